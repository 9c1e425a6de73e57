# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Why a node can't be what it is to be: everything that is wrong, found before anything is changed. Pure."""

from __future__ import annotations

import typing as t

from . import paths
from .contents import interfaces_with, subnet_env_differences
from .desired import ARCHITECTURES

if t.TYPE_CHECKING:
    from .desired import DesiredNode
    from .observed import ObservedNode


def find_problems(node: ObservedNode, wanted: DesiredNode) -> list[str]:
    """Return what is wrong, in the order in which it is best repaired."""
    checks = [_address, _backend, _packet_filter, _forwarding, _cni, _docker, _lease]
    if wanted.mode == "daemon":
        checks += [_endpoints, _certificates, _release if wanted.install.method == "release" else _binary]
    found = [problem for check in checks for problem in check(node, wanted)]
    return found or (list(_subnet_env(node, wanted)) if wanted.started else [])


def _address(node: ObservedNode, wanted: DesiredNode) -> t.Iterator[str]:
    if len(interfaces_with(node, wanted.address)) != 1:
        addresses = [address.split("/")[0] for interface in node.interfaces.values() for address in interface.addresses]
        there = ", ".join(address for address in addresses if not address.startswith("127.")) or "none"
        yield (
            f"No interface has {wanted.address} as its first address; this node has {there}. flannel_address, or else ansible_host, must "
            "be the primary private address of the instance's primary network interface."
        )


def _backend(_node: ObservedNode, wanted: DesiredNode) -> t.Iterator[str]:
    if wanted.backend == "vpc":
        return
    if wanted.mode != "daemon":
        yield "The backend vxlan needs the daemon, which keeps the tunnel; set flannel_mode (in the role alone: flanneld_mode) to daemon."
    if wanted.masquerade_except:
        yield (
            "flanneld_masquerade_except needs flanneld_backend vpc: with VXLAN, hosts outside the network have no route to a container's "
            "address."
        )


def _packet_filter(node: ObservedNode, _wanted: DesiredNode) -> t.Iterator[str]:
    if not node.firewall.iptables and not node.firewall.nft:
        yield (
            "This node has neither iptables nor nft, one of which translates the addresses of what leaves the network. Install the package "
            "nftables or iptables and run again."
        )
    if not node.firewall.readable:
        yield "The rules of nftables can't be read: nft --json list chains fails on this node."


def _forwarding(node: ObservedNode, wanted: DesiredNode) -> t.Iterator[str]:
    # Where there is iptables, the role accepts the network in its table.
    trusted = {*wanted.trusted_tables, *(["ip filter"] if node.firewall.iptables else [])}
    for chain in node.firewall.drops:
        table = f"{chain.family} {chain.table}"
        if not chain.accepts and table not in trusted:
            yield (
                f"The chain {chain.name} of the nftables table {table} drops forwarded packets, and no other table can overrule that. "
                f'Accept the network in it: "ip saddr {wanted.network} accept" and "ip daddr {wanted.network} accept"; or, if it lets '
                f"the network through in another way, add {table!r} to flanneld_trusted_tables."
            )


def _cni(node: ObservedNode, wanted: DesiredNode) -> t.Iterator[str]:
    complete = [folder for folder, plugins in node.cni_plugins.items() if set(paths.CNI_PLUGINS) <= set(plugins)]
    if wanted.cni and not complete:
        yield (
            f"The CNI plugins {', '.join(paths.CNI_PLUGINS)} are not all in one of {', '.join(wanted.cni_bin_dirs)}. Install them (on "
            "Debian the package containernetworking-plugins), or set flanneld_cni_bin_dir to their folder, or set flanneld_cni to false if "
            "the containers' runtime needs no CNI."
        )


def _docker(node: ObservedNode, wanted: DesiredNode) -> t.Iterator[str]:
    files = [file for file in (node.docker.config, node.docker.before) if file]
    if not wanted.docker and not node.docker.before:
        return
    for problem in sorted({file.problem for file in files if file.problem}):
        yield f"Docker's daemon.json, or what was remembered of it, {problem}. Correct it."
    if wanted.docker and node.docker.flags:
        flags = ", ".join(node.docker.flags)
        yield f"Docker's start command has {flags}, which the node's subnet determines. Remove it from docker.service."


def _lease(_node: ObservedNode, wanted: DesiredNode) -> t.Iterator[str]:
    if len(wanted.leases) != 1:
        subnets = ", ".join(str(lease["subnet"]) for lease in wanted.leases)
        yield (
            f"{'More than one subnet is' if subnets else 'No subnet is'} reserved for {wanted.address} under {wanted.etcd_prefix}/subnets"
            f"{': ' if subnets else ''}{subnets}. The role network_config reserves one for each node of the inventory: run it first."
        )


def _endpoints(_node: ObservedNode, wanted: DesiredNode) -> t.Iterator[str]:
    if not wanted.endpoints or not all(endpoint.startswith("https://") for endpoint in wanted.endpoints):
        yield (
            "flanneld needs at least one endpoint in flanneld_etcd, and all of them as https:// URLs: without TLS and a client certificate "
            f"some of its versions hang without a word. Given: {', '.join(wanted.endpoints) or 'none'}."
        )


def _certificates(node: ObservedNode, wanted: DesiredNode) -> t.Iterator[str]:
    missing = [path for path in wanted.certificates if path not in node.files]
    # On a bare host in check mode the certificates are planned, too.
    if missing and not wanted.check_mode:
        yield (
            f"Not on this node: {', '.join(missing)}. The entry point client of the role etcd_pki creates them; or provide your own and "
            "set flanneld_etcd_cert_dir."
        )


def _release(node: ObservedNode, wanted: DesiredNode) -> t.Iterator[str]:
    install, machine = wanted.install, node.architecture
    if machine not in ARCHITECTURES or not install.archive_sum(machine):
        yield (
            f"flanneld {install.version} for {machine} cannot be installed: the architecture must be {' or '.join(ARCHITECTURES)}, and the "
            f"version's sha256 sum must be known. Known are {', '.join(install.checksums)}; for another version set flanneld_checksum to "
            f'"sha256:<sum>", where the sum is what curl -L {install.url(machine)} | sha256sum prints and flannel\'s release page confirms.'
        )


def _binary(_node: ObservedNode, wanted: DesiredNode) -> t.Iterator[str]:
    if not wanted.install.source:
        yield (f"flanneld_install_method is file, but flanneld_binary ({wanted.install.binary or 'not set'}) is no file on the controller.")


def _subnet_env(node: ObservedNode, wanted: DesiredNode) -> t.Iterator[str]:
    differences = subnet_env_differences(node, wanted)
    if differences:
        yield (
            f"{paths.SUBNET_ENV} does not agree with the reservation: {', '.join(differences)}. Reservations outside the network, of "
            "another length, or below SubnetMin are deleted by flanneld, which then takes another subnet: run the role network_config, "
            "then this one again."
        )
