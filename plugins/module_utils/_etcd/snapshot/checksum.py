# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The checksum of a snapshot's file.

etcd ends a snapshot with the SHA-256 sum of everything before it (its source: server/etcdserver/api/v3rpc/maintenance.go). Its tools do not
verify that when they show the status of a file.
"""

from __future__ import annotations

import hashlib
import typing as t

from ..._core.errors import CollectionError

if t.TYPE_CHECKING:
    from pathlib import Path

_SUM_BYTES = 32
# A database consists of whole pages, whose size is a multiple of this.
_PAGE_PART = 512
_BLOCK = 1024 * 1024


class BadSnapshot(CollectionError):
    """A file is no whole snapshot."""


def verify_checksum(path: Path) -> str:
    """Return the sum in hexadecimal; raise BadSnapshot when the content does not have it."""
    try:
        size = path.stat().st_size
        if size % _PAGE_PART != _SUM_BYTES:
            raise BadSnapshot(
                f"{path} does not end with a checksum, as a file of etcdctl snapshot save does: "
                "it is incomplete, or a copy of a member's database."
            )
        with path.open("rb") as file:
            found = _sum(file, size - _SUM_BYTES)
            expected = file.read(_SUM_BYTES)
    except OSError as exc:
        raise BadSnapshot(f"{path} can't be read: {exc.strerror}.") from None
    if found != expected:
        raise BadSnapshot(f"{path} is damaged: its content does not match the checksum at its end.")
    return expected.hex()


def _sum(file: t.BinaryIO, count: int) -> bytes:
    digest = hashlib.sha256()
    while count:
        block = file.read(min(count, _BLOCK))
        if not block:
            break
        digest.update(block)
        count -= len(block)
    return digest.digest()
