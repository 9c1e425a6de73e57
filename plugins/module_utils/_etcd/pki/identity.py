# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads the identity with which the modules reach etcd, on the host that keeps it. Its private key and password are part of the result."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ..cluster.password_file import PasswordFile
from .files import find_file
from .observe import observe_pki
from .openssl import OpenSSL
from .pem import certificates_only, key_only

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from ..._core.item import Item

NAME = "automation"


def read_identity(module: AnsibleModule) -> Item:
    """Return the state of the CA and of the identity, and the identity itself; what is missing is empty."""
    folder, password_file = module.params["ca_dir"], module.params["password_file"]
    cert, key = (str(Path(folder) / f"{NAME}.{ending}") for ending in ("crt", "key"))
    return {
        **observe_pki(OpenSSL(module), [{"cert": cert, "key": key}], folder),
        "identity": {"cert": certificates_only(_text(cert)), "key": key_only(_text(key))},
        "password": (PasswordFile(password_file).read() or "") if password_file else "",
    }


def _text(path: str) -> str:
    found = find_file(path)
    return (found.text or "") if found else ""
