# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Checks the file of a snapshot, for the module etcd_snapshot_info. Changes nothing."""

from __future__ import annotations

import typing as t
from dataclasses import asdict
from pathlib import Path

from .checksum import BadSnapshot, verify_checksum
from .tool import read_counts

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def read_snapshot(module: AnsibleModule) -> dict[str, t.Any]:
    """Return what is in the file, and what is wrong with it."""
    path, etcdctl = Path(module.params["path"]), module.params["etcdctl"]
    found: dict[str, t.Any] = {"path": str(path), "sha256": "", "revision": None, "records": None, "size": None, "problem": ""}
    try:
        found["sha256"] = verify_checksum(path)
        found.update(asdict(read_counts(etcdctl, path)) if etcdctl else {})
    except BadSnapshot as exc:
        found["problem"] = str(exc)
    return {"snapshot": found}
