# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Observes what a host has of etcd's certificates. Changes nothing, and no private key is a part of the result."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone
from pathlib import Path

from ..._core.errors import InvalidInput
from .ca_state import read_ca
from .files import FoundFile, find_file
from .openssl import OpenSSL
from .pem import certificates_only, is_locked

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from ..._core.item import Item


def read_pki(module: AnsibleModule) -> Item:
    """Return what is there."""
    return observe_pki(OpenSSL(module), module.params["certificates"], module.params["ca_dir"])


def observe_pki(openssl: OpenSSL, items: t.Sequence[Item], ca_dir: str | None) -> Item:
    """Return certificates, the public halves of their keys, and the CA, where there is a folder for one."""
    _check_paths(items, ca_dir)
    values = {
        "time": f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}",
        "openssl": openssl.is_installed,
        "certificates": [_observe(item, openssl) for item in items],
        "folders": [_observe_folder(folder) for folder in sorted({str(Path(item["cert"]).parent) for item in items})],
    }
    return {**values, "ca": read_ca(Path(ca_dir)).item(Path(ca_dir))} if ca_dir else values


def _check_paths(items: t.Sequence[Item], ca_dir: str | None) -> None:
    given = [path for item in items for path in (item["cert"], item["key"])] + [ca_dir]
    relative = [path for path in given if path and not path.startswith("/")]
    if relative:
        raise InvalidInput(f"Paths must be absolute, and {relative[0]} is not. Correct it.")


def _observe(item: Item, openssl: OpenSSL) -> Item:
    cert = find_file(item["cert"])
    found = {"cert": {"path": item["cert"], **_access(cert), "pem": certificates_only(cert.text or "") if cert else ""}}
    return {**found, "key": _observe_key(item["key"], openssl)} if item["key"] else found


def _observe_key(path: str, openssl: OpenSSL) -> Item:
    key = find_file(path)
    text = (key.text or "") if key else ""
    locked = is_locked(text)
    public = openssl.public_half(path) if text and not locked and openssl.is_installed else None
    return {"path": path, **_access(key), "locked": locked, "public": public or ""}


def _observe_folder(path: str) -> Item:
    return {"path": path, **_access(find_file(path))}


def _access(found: FoundFile | None) -> Item:
    if found is None:
        return {"exists": False, "owner": "", "group": "", "mode": ""}
    return {"exists": True, "owner": found.owner, "group": found.group, "mode": found.mode}
