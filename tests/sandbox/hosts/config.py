# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files that a sandbox writes: the cloud's world, the inventory and the environment of whoever operates it."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.hosts import world as w
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.mirror import Mirror
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.state import disks_folder

HOSTS = "ansible_collections.alicloud.flannel.tests.sandbox.hosts"
KEY_PAIR = "sandbox"
DOCS = PROJECT / "docs"


def cloud_config(world: w.World, access_key: str, secret_key: str) -> dict[str, t.Any]:
    """Return the region and what is in it, as the cloud's process takes it, with the operator's account."""
    return {
        "region": w.REGION,
        "settle_seconds": world.settle_seconds,
        "accounts": [{"access_key": access_key, "secret_key": secret_key, "policy": operator_policy(world)}],
        "vpcs": [] if world.is_empty else [_vpc(world)],
    }


def operator_policy(world: w.World) -> dict[str, t.Any]:
    """Return the rights that the documentation says are needed, and nothing more."""
    names = ["ram-policy.json", *(["ram-policy-provision.json"] if world.is_empty else [])]
    first, *others = (json.loads((DOCS / name).read_text(encoding="utf-8")) for name in names)
    return {**first, "Statement": [statement for policy in (first, *others) for statement in policy["Statement"]]}


def hosting(world: w.World, folder: Path, base: Path) -> dict[str, t.Any]:
    """Return what makes the cloud's instances real, as its process takes it; the folder has the operator's key."""
    places = {"disks": str(disks_folder(folder)), "base": str(base), "known_hosts": str(folder / "known_hosts")}
    public_key = (folder / "id_ed25519.pub").read_text(encoding="utf-8").strip()
    return {
        "dataplane": {"class": f"{HOSTS}.dataplane:KernelDataplane"},
        "machines": {"class": f"{HOSTS}.instances:NspawnMachines", "options": {"sandbox": world.name, **places}},
        "key_pairs": [] if world.is_empty else [{"name": KEY_PAIR, "public_key": public_key}],
    }


def _vpc(world: w.World) -> dict[str, t.Any]:
    return {
        "vpc_id": w.VPC_ID,
        "cidr": w.VPC_CIDR,
        "system_table_id": w.SYSTEM_TABLE,
        "route_tables": [{"route_table_id": table} for table in world.custom_tables],
        "vswitches": [_vswitch(switch) for switch in world.vswitches],
        "security_groups": [{"security_group_id": w.SECURITY_GROUP, "rules": _security_group_rules()}],
        "instances": [instance_config(node) for node in world.nodes],
    }


def _vswitch(switch: w.VSwitch) -> dict[str, t.Any]:
    own_table = None if switch.route_table_id == w.SYSTEM_TABLE else switch.route_table_id
    return {"vswitch_id": switch.vswitch_id, "cidr": switch.cidr, "zone_id": switch.zone_id, "route_table_id": own_table}


def _security_group_rules() -> list[dict[str, t.Any]]:
    tcp = [(ports, cidr) for ports in ("22/22", "2379/2380") for cidr in (w.VPC_CIDR, w.OPERATOR_NETWORK)]
    rules: list[dict[str, t.Any]] = [{"cidr": cidr, "protocol": "TCP", "port_range": ports} for ports, cidr in tcp]
    return [*rules, {"cidr": w.FLANNEL_NETWORK}]


def instance_config(node: w.Node) -> dict[str, t.Any]:
    """Return a node's instance, as the cloud takes it."""
    return {
        "instance_id": node.instance_id,
        "name": node.name,
        "private_ip": node.address,
        "vswitch_id": node.vswitch.vswitch_id,
        "network_interface_id": node.eni_id,
        "security_group_ids": [w.SECURITY_GROUP],
        "source_dest_check": True,
        "key_pair": KEY_PAIR,
    }


def ssh_options(folder: Path) -> list[str]:
    """Return what SSH needs to log in to the hosts with the sandbox's own key, and to trust only their keys."""
    return [
        *["-F", "/dev/null", "-o", "IdentitiesOnly=yes", "-o", f"IdentityFile={folder / 'id_ed25519'}"],
        *["-o", f"UserKnownHostsFile={folder / 'known_hosts'}", "-o", "StrictHostKeyChecking=yes"],
    ]


def inventory(world: w.World, folder: Path, mirror: Mirror) -> dict[str, t.Any]:
    """Return the inventory, as an operator of this cloud would write it; of an empty account it has no hosts."""
    members: dict[str, t.Any] = {node.name: None for node in world.nodes[: world.etcd_members]}
    connection = {
        "ansible_user": "root",
        "ansible_python_interpreter": "/usr/bin/python3",
        "ansible_ssh_common_args": " ".join(ssh_options(folder)),
    }
    settings = {
        "alicloud_region": w.REGION,
        **(_choices(folder) if world.is_empty else {"alicloud_vpc_id": w.VPC_ID}),
        "alicloud_endpoint": f"http://{w.API_ADDRESS}:{w.API_PORT}",
        "flannel_network": w.FLANNEL_NETWORK,
        "flannel_owner": "sandbox",
        **mirror.variables(f"http://{w.MIRROR_ADDRESS}"),
    }
    if world.operator == "ssh-only" and world.nodes:
        settings["flannel_control_host"] = world.nodes[0].name
    groups = {"etcd": {"hosts": members}, "flannel_nodes": {"hosts": {}, "vars": connection}}
    return with_nodes({"all": {"vars": settings, "children": groups}}, world.nodes)


def with_nodes(content: dict[str, t.Any], nodes: t.Iterable[w.Node]) -> dict[str, t.Any]:
    """Return an inventory that has these nodes, too."""
    hosts = {node.name: {"ansible_host": node.address, "alicloud_instance_id": node.instance_id} for node in nodes}
    content["all"]["children"]["flannel_nodes"]["hosts"].update(hosts)
    return content


def _choices(folder: Path) -> dict[str, t.Any]:
    """Return what has to be chosen before there are instances: two zones, the second one's vSwitch with a route table of its own."""
    return {
        "provision_vpc_cidr": w.VPC_CIDR,
        "provision_vswitches": [
            {"zone_id": f"{w.REGION}-a", "cidr_block": "172.16.0.0/24"},
            {"zone_id": f"{w.REGION}-b", "cidr_block": "172.16.1.0/24", "own_route_table": True},
        ],
        "provision_nodes": 3,
        "provision_image_id": w.IMAGE,
        "provision_instance_type": w.INSTANCE_TYPE,
        "provision_public_key": f"{{{{ lookup('ansible.builtin.file', '{folder / 'id_ed25519.pub'}') }}}}",
        "provision_ssh_sources": [w.OPERATOR_NETWORK],
        # The VPC alone reaches etcd.
        "flannel_control_host": "{{ groups['etcd'] | first }}",
    }


def key_environment(access_key: str, secret_key: str) -> dict[str, str]:
    """Return the environment that names somebody's key."""
    return {"ALIBABA_CLOUD_ACCESS_KEY_ID": access_key, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret_key}


def operator_environment(folder: Path, access_key: str, secret_key: str) -> dict[str, str]:
    """Return the environment in which the operator's commands run."""
    return {
        **key_environment(access_key, secret_key),
        "ALIBABA_CLOUD_REGION": w.REGION,
        "ANSIBLE_INVENTORY": str(folder / "inventory.yml"),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(folder / "cp"),
    }
