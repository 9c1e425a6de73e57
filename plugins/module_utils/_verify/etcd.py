# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The links of the chain that are in etcd: its members, the network config, the leases. Pure."""

from __future__ import annotations

import ipaddress
import typing as t

from .._core.text import name_first, show
from .._flannel.backend import TYPES
from .._flannel.lease import lease_key
from .._flannel.network import parse_config
from .chain import CLUSTER, NOBODY, WARNING, Finding

if t.TYPE_CHECKING:
    from .._core.item import Item
    from .observations import Observations

# Scheduled runs renew leases with less time left (keep_ttl_below of flannel_lease); the daemon renews it an hour earlier.
_LOW_SECONDS = 11 * 3600
_SHOWN = 5
_LONGEST_KEY = 200
_PUBLISH = "Run site.yml with --tags network_config."

_RECOVER = (
    "If the cluster ran before, restore a backup of etcd (etcd_restore.yml), or let recover_leases.yml rebuild the leases from the route "
    "tables; a new cluster gets its leases from site.yml."
)


def check_etcd(observed: Observations) -> t.Iterator[Finding]:
    """Yield what is wrong in etcd."""
    answer = observed.answer
    if answer is None:
        yield _silence(observed)
        return
    for member in observed.members:
        if member["problem"]:
            yield Finding(
                CLUSTER, "etcd", f"The member {member['endpoint']} does not answer: {member['problem']}", _restart(member), WARNING
            )
    yield from _config(observed, answer["network"])
    yield from _records(observed)
    if not answer["leases"]:
        yield Finding(CLUSTER, "lease", f"There is no lease at all under {observed.etcd_prefix}/subnets.", _RECOVER)
        return
    for node in observed.nodes:
        yield from _leases(observed, node, [lease for lease in answer["leases"] if lease["public_ip"] == node["address"]])


def _records(observed: Observations) -> t.Iterator[Finding]:
    if observed.unusable:
        named = name_first((f"{show(record['key'], _LONGEST_KEY)} ({record['problem']})" for record in observed.unusable), _SHOWN)
        repair = "Find out who wrote them, and delete their keys with etcdctl; then run site.yml, for the nodes that have no other lease."
        yield Finding(CLUSTER, "record", f"etcd has records that can't be right: {named}.", repair)


def _silence(observed: Observations) -> Finding:
    if observed.etcd_problem:
        return Finding(
            CLUSTER,
            "etcd",
            f"etcd could not be queried: {observed.etcd_problem}",
            "Repair that host, or name another flannel_control_host; or, instead of the identity on etcd_pki_ca_host (by default the first "
            "member), provide one as etcd_pki_identity_cert and etcd_pki_identity_key. site.yml with --tags etcd makes a lost one again.",
        )
    said = "; ".join(f"{member['endpoint']}: {member['problem']}" for member in observed.members) or "no member is known"
    return Finding(
        CLUSTER,
        "etcd",
        f"etcd cannot be read: {said}",
        "More than half of the members must be running and reach each other: start those that are down (site.yml with --tags etcd does). "
        "Containers still reach each other; nothing new can be reserved, and leases of daemons expire after 24 hours.",
    )


def _restart(member: Item) -> str:
    return f"Check the unit etcd on the host of {member['endpoint']}, and run site.yml with --tags etcd."


def _config(observed: Observations, config: Item | None) -> t.Iterator[Finding]:
    if config is None:
        yield Finding(CLUSTER, "config", f"{observed.etcd_prefix}/config holds no config that flannel accepts.", _PUBLISH)
        return
    if ipaddress.ip_network(config["Network"]) != ipaddress.ip_network(observed.network):
        yield Finding(
            CLUSTER,
            "config",
            f"{observed.etcd_prefix}/config has the network {config['Network']}, the inventory {observed.network}.",
            "Correct flannel_network in the inventory. To change the network, run alicloud.flannel.teardown with the published one, "
            "then set the new one and run site.yml.",
        )
    kind = config["Backend"]["Type"]
    desired = TYPES.get(observed.desired_backend, kind)
    if kind != desired:
        yield Finding(
            CLUSTER,
            "config",
            f"{observed.etcd_prefix}/config has the backend {kind}, but flannel_backend {observed.desired_backend} means {desired}.",
            "Correct flannel_backend, or move the cluster: run alicloud.flannel.change_backend.",
        )


def _leases(observed: Observations, node: Item, leases: t.Sequence[Item]) -> t.Iterator[Finding]:
    name, address = node["name"], node["address"]
    if not leases:
        yield Finding(name, "lease", f"There is no lease for {address} under {observed.etcd_prefix}/subnets.", _PUBLISH)
        return
    if len(leases) > 1:
        subnets = [lease["subnet"] for lease in leases]
        problem = f"More than one subnet is leased to {address}: {', '.join(subnets)}."
        yield Finding(name, "lease", problem, _keep_one(observed, name, subnets))
        return
    refusal = _refusal(observed, leases[0]["subnet"])
    if refusal:
        problem = f"Its lease {leases[0]['subnet']} is one that flannel does not accept: {refusal}."
        yield Finding(name, "lease", problem, f"Delete {_key(observed, leases[0]['subnet'])}, then run site.yml.")
        return
    yield from _time_left(observed, name, leases[0])


def _keep_one(observed: Observations, name: str, subnets: t.Sequence[str]) -> str:
    used = observed.hosts[name].subnet if name in observed.hosts else None
    if used not in subnets:
        return f"Delete all but one of their keys under {observed.etcd_prefix}/subnets, then run site.yml."
    keys = ", ".join(_key(observed, subnet) for subnet in subnets if subnet != used)
    return f"The node uses {used}: delete {keys} with etcdctl, and run routes.yml."


def _key(observed: Observations, subnet: str) -> str:
    return lease_key(observed.etcd_prefix, ipaddress.IPv4Network(subnet))


def _refusal(observed: Observations, subnet: str) -> str | None:
    answer = observed.answer
    if answer is None or answer["network"] is None:
        return None
    return parse_config(answer["network"]).refusal(ipaddress.IPv4Network(subnet))


def _time_left(observed: Observations, name: str, lease: Item) -> t.Iterator[Finding]:
    host = observed.hosts.get(name)
    ttl = lease.get("ttl")
    if ttl is None or host is None or host.node is None:
        return
    if host.mode == "static":
        problem = f"Its lease {lease['subnet']} expires in {ttl} seconds: nothing renews it in static mode."
        yield Finding(name, "lease", problem, "Run site.yml with --tags flanneld, which makes it permanent.", peers=NOBODY)
    elif ttl < _LOW_SECONDS:
        problem = f"Its lease {lease['subnet']} expires in {ttl} seconds: flanneld does not renew it."
        yield Finding(
            name, "lease", problem, "Check flanneld.service on the node. routes.yml keeps the lease in the meantime.", peers=NOBODY
        )
