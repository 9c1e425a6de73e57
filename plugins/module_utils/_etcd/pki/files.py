# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads and writes the files of certificates and keys."""

from __future__ import annotations

import contextlib
import fcntl
import grp
import os
import pwd
import stat
import typing as t
from dataclasses import dataclass

from ..._core.errors import CollectionError
from ..._core.host.owners import group_name, user_name

if t.TYPE_CHECKING:
    from pathlib import Path

# Of a certificate with its chain, or a bundle of CAs, there are a few kilobytes.
LARGEST = 65536


@dataclass(frozen=True)
class FoundFile:
    """A file or folder as it is. ``text`` is None when it is no regular file, or larger than any certificate."""

    owner: str
    group: str
    mode: str
    text: str | None


@dataclass(frozen=True)
class Access:
    """Who may use a file. An empty owner or group is that of whoever writes."""

    owner: str = ""
    group: str = ""
    mode: int = 0o600


def find_file(path: str) -> FoundFile | None:
    """Return the file, None when there is none; a pipe or a device is never waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as exc:
        raise CollectionError(f"{path} can't be read: {exc.strerror}. Run the module as root (become), and check the file.") from None
    try:
        found = os.fstat(handle)
        text = _read(handle) if stat.S_ISREG(found.st_mode) else None
    finally:
        os.close(handle)
    return FoundFile(user_name(found.st_uid), group_name(found.st_gid), f"{stat.S_IMODE(found.st_mode):04o}", text)


def _read(handle: int) -> str | None:
    data = b""
    while len(data) <= LARGEST:
        more = os.read(handle, LARGEST + 1 - len(data))
        if not more:
            return data.decode("ascii", "replace")
        data += more
    return None


def write_file(path: Path, text: str, access: Access = Access()) -> None:
    """Replace the file with one rename; what a killed run leaves is replaced as well."""
    stage_file(path, text, access).replace(path)


def stage_file(path: Path, text: str, access: Access) -> Path:
    """Write the text beside the file that it will replace, never readable for others than that one, and return where."""
    staged = path.with_name(f"{path.name}.new")
    try:
        with contextlib.suppress(FileNotFoundError):
            staged.unlink()
        handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            os.fchown(handle, *_ids(access))
            os.fchmod(handle, access.mode)
            file.flush()
            os.fsync(handle)
    except OSError as exc:
        raise CollectionError(f"{path} can't be written: {exc.strerror}. Nothing was replaced.") from None
    return staged


def _ids(access: Access) -> tuple[int, int]:
    try:
        user = pwd.getpwnam(access.owner).pw_uid if access.owner else -1
        group = grp.getgrnam(access.group).gr_gid if access.group else -1
    except KeyError:
        raise CollectionError(
            f"The host lacks the user {access.owner} or the group {access.group}. Create them. Nothing was replaced."
        ) from None
    return user, group


@contextlib.contextmanager
def locked(folder: Path) -> t.Iterator[None]:
    """Keep others who ask for the same out of the folder; a killed process lets go of it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
