# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What the module flannel_probe does on a node."""

from __future__ import annotations

import typing as t
from ipaddress import IPv4Address

from .._core.errors import InvalidInput
from .ping import ping
from .probe_container import Bridge, Network, start, stop

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def run_probe(module: AnsibleModule) -> dict[str, t.Any]:
    """Start, ping from, or remove the throw-away container; return the address, or the answers."""
    params = module.params
    if params["state"] == "pinged":
        addresses = _parse_addresses(params["addresses"])
        return {"answers": {} if module.check_mode else ping(params["name"], addresses)}
    if module.check_mode:
        return {}
    network = (
        Bridge(params["name"], params["bridge"])
        if params["bridge"]
        else Network(params["name"], params["conflist"], params["cni_bin_dirs"])
    )
    if params["state"] == "absent":
        stop(network)
        return {}
    return {"address": start(network)}


def _network(params: t.Mapping[str, t.Any]) -> Network | Bridge:
    if params["bridge"]:
        return Bridge(params["name"], params["bridge"])
    return Network(params["name"], params["conflist"], params["cni_bin_dirs"])


def _parse_addresses(texts: t.Iterable[str]) -> list[str]:
    try:
        return [str(IPv4Address(text)) for text in texts]
    except ValueError as exc:
        raise InvalidInput(f"addresses: {exc}.") from exc
