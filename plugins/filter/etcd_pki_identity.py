# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd_pki, not for playbooks: the identity of the modules, from what was read on the CA's host and what the user provides."""

from __future__ import annotations

import typing as t

from ..plugin_utils._filters import filter_module
from ..plugin_utils._pki.ca import trusted_text
from ..plugin_utils._pki.observation import parse_ca


def etcd_pki_identity(seen: t.Mapping[str, t.Any], own_ca: bool, provided: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Return the CAs to trust, certificate, key and password; what there is none of is empty.

    ``seen`` is what etcd_identity_info returned on the CA's host. A certificate for the modules that is ``provided`` wins, and then only
    the CA that is provided is trusted.
    """
    mine, kept = provided["identity"], seen.get("identity") or {}
    is_provided = bool(mine["cert"])
    ca = parse_ca(seen["ca"]) if own_ca and not is_provided and seen.get("ca") else None
    identity = mine if is_provided else kept
    return {
        "ca_cert": trusted_text(ca, str(provided["ca"])),
        "client_cert": str(identity.get("cert", "")),
        "client_key": str(identity.get("key", "")),
        "password": str(seen.get("password") or ""),
    }


FilterModule = filter_module(etcd_pki_identity=etcd_pki_identity)
