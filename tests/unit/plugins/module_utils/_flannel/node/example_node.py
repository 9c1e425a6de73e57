# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node as the role flanneld finds it, bare or as it should be, and what the role's steps make of it."""

from __future__ import annotations

import copy
import hashlib
import json
import typing as t
from dataclasses import asdict, replace

from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node import paths
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.contents import docker_values, env_text, subnet_env
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.desired import DesiredNode, parse_desired
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.observed import (
    DockerFile,
    DockerState,
    FileState,
    FirewallState,
    Interface,
    ObservedNode,
    UnitState,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.step import Step
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.steps import plan_steps

ADDRESS = "172.16.0.11"
NETWORK = "10.24.0.0/16"
GATEWAY = "10.24.1.1/24"
CERT_DIR = "/etc/flannel/etcd"
PROGRAM_DIR = "/opt/alicloud-flannel/flanneld-v0.27.4"
SUM = "a" * 64
FOLDER = FileState("directory", mode="0755")
OLD, NEW = 1_000, 2_000
GIVEN: dict[str, t.Any] = {
    "name": "n1",
    "address": ADDRESS,
    "network": NETWORK,
    "mode": "daemon",
    "backend": "vpc",
    "etcd_prefix": "/coreos.com/network",
    "endpoints": ["https://172.16.0.11:2379"],
    "cert_dir": CERT_DIR,
    "cni": True,
    "cni_bin_dirs": ["/opt/cni/bin", "/usr/lib/cni"],
    "docker": False,
    "masquerade_except": [],
    "trusted_tables": [],
    "leases": [{"public_ip": ADDRESS, "subnet": "10.24.1.0/24", "leased": False}],
    "install": {
        "method": "release",
        "version": "0.27.4",
        "checksum": "",
        "checksums": {"0.27.4": {"amd64": f"sha256:{SUM}"}},
        "release_url": "https://example.com/releases",
        "binary": "",
        "source": "",
        "program_dir": PROGRAM_DIR,
    },
    "contents": {
        name: f"the content of {name}\n"
        for name in ("flannel-firewall", "flannel-firewall-nft", "flannel-firewall.service", "flanneld.service", "flannel-subnet.service")
    },
    "check_mode": False,
    "started": False,
}
# What the role can be told to make, each with all that is not told as above.
WISHES: dict[str, dict[str, t.Any]] = {
    "daemon": {},
    "binary": {"install": {**GIVEN["install"], "method": "file", "binary": "/x/flanneld", "source": SUM}},
    "static": {"mode": "static"},
    "vxlan": {"backend": "vxlan"},
    "docker": {"mode": "static", "cni": False, "docker": True},
    "neither": {"mode": "static", "cni": False},
}


def given(**changes: t.Any) -> dict[str, t.Any]:
    """Return what the role gives to the plan."""
    return {**copy.deepcopy(GIVEN), **changes}


def desired(**changes: t.Any) -> DesiredNode:
    """Return what a node is to be."""
    return parse_desired(given(**changes))


def bare() -> ObservedNode:
    """Return a node on which the role has not run; its certificates are there, and so is Docker."""
    return ObservedNode(
        architecture="x86_64",
        interfaces={"lo": Interface(65536, ("127.0.0.1/8",)), "eth0": Interface(1500, (f"{ADDRESS}/32",))},
        routes=(),
        ip_forward="0",
        rp_filter={"all": "0"},
        units={paths.DOCKER_UNIT: UnitState(loaded=True, active=True, enabled=True, state="active (running)")},
        log=(),
        files={f"{CERT_DIR}/{name}": FileState("file", modified_ns=OLD) for name in paths.CERTIFICATES},
        subnet_env=None,
        conflist=None,
        firewall=FirewallState(iptables=True, nft=True),
        cni_plugins={"/usr/lib/cni": paths.CNI_PLUGINS},
        cni_addresses=(),
        docker=DockerState(),
        endpoints={},
    )


def converged(wanted: DesiredNode) -> ObservedNode:
    """Return a node that the role has made what it is to be."""
    return run_role(bare(), wanted)


def run_role(node: ObservedNode, wanted: DesiredNode) -> ObservedNode:
    """Do what the role does: make the steps; once the unit was started, plan again for what follows."""
    steps = plan_steps(node, wanted)
    names = [step.name for step in steps]
    if "start" not in names:
        return make(node, wanted, steps)
    at = names.index("start") + 1
    node = make(node, wanted, steps[:at])
    later = ("overlay", "cni", "no_cni", "bridge", "docker")
    return make(node, wanted, [step for step in plan_steps(node, wanted) if step.name in later])


def make(node: ObservedNode, wanted: DesiredNode, steps: t.Iterable[Step]) -> ObservedNode:
    """Return what these steps make of a node."""
    for step in steps:
        node = MAKERS[step.name](node, wanted, step.details)
    return node


Details = t.Mapping[str, t.Any]


def put(node: ObservedNode, files: t.Mapping[str, FileState]) -> ObservedNode:
    return replace(node, files={**node.files, **files})


def drop(node: ObservedNode, gone: t.Collection[str]) -> ObservedNode:
    return replace(node, files={path: state for path, state in node.files.items() if path not in gone})


def written(content: str, mode: str = "0644") -> FileState:
    return FileState("file", mode=mode, modified_ns=OLD, sha256=hashlib.sha256(content.encode()).hexdigest())


def settle(node: ObservedNode, unit: str) -> ObservedNode:
    return replace(node, units={**node.units, unit: UnitState(loaded=True, active=True, enabled=True, state="active")})


def without(node: ObservedNode, links: t.Collection[str]) -> ObservedNode:
    return replace(node, interfaces={name: link for name, link in node.interfaces.items() if name not in links})


def _install(node: ObservedNode, wanted: DesiredNode, step: Details) -> ObservedNode:
    program = FileState("file", mode="0755", sha256=wanted.install.source or "b" * 64)
    archive = {} if step["method"] == "file" else {step["archive"]: FileState("file", sha256=SUM)}
    link = FileState("link", mode="0777", target=step["program"])
    return put(node, {**dict.fromkeys(step["folders"], FOLDER), **archive, step["program"]: program, step["link"]: link})


def _files(node: ObservedNode, _wanted: DesiredNode, step: Details) -> ObservedNode:
    files = {file["path"]: written(file["content"], file["mode"]) for file in step["files"]}
    return put(node, {**dict.fromkeys(step["folders"], FOLDER), **files})


def _firewall(node: ObservedNode, _wanted: DesiredNode, step: Details) -> ObservedNode:
    return replace(settle(node, step["unit"]), firewall=replace(node.firewall, check=0))


def _foreign(node: ObservedNode, _wanted: DesiredNode, step: Details) -> ObservedNode:
    addresses = tuple(address for address in node.cni_addresses if f"{paths.CNI_STATE}/{address}" not in step["files"])
    env = None if paths.SUBNET_ENV in step["files"] else node.subnet_env
    return replace(drop(node, step["files"]), cni_addresses=addresses, subnet_env=env)


def _start(node: ObservedNode, wanted: DesiredNode, step: Details) -> ObservedNode:
    mtu = str(1450 if wanted.backend == "vxlan" else 1500)
    text = env_text({"FLANNEL_MTU": mtu, **subnet_env(node, wanted)})
    now = max(NEW, *(state.modified_ns + 1 for state in node.files.values()))
    started = put(settle(node, step["unit"]), {paths.SUBNET_ENV: FileState("file", modified_ns=now)})
    return replace(started, subnet_env=text)


def _cni(node: ObservedNode, _wanted: DesiredNode, step: Details) -> ObservedNode:
    return put(node, {step["folder"]: FOLDER, paths.CONFLIST: written(step["file"]["content"])})


def _bridge(node: ObservedNode, _wanted: DesiredNode, step: Details) -> ObservedNode:
    bridge = replace(node.interfaces[step["link"]], mtu=step["mtu"])
    return replace(node, interfaces={**node.interfaces, step["link"]: bridge})


def _docker(node: ObservedNode, wanted: DesiredNode, step: Details) -> ObservedNode:
    values = docker_values(node, wanted)
    before = node.docker.before or node.docker.config or DockerFile()
    docker = DockerState(DockerFile(values=values), before) if values else DockerState(before, None)
    bridges = {paths.DOCKER_BRIDGE: Interface(1500, (wanted.gateway,))} if step["restart"] and values else {}
    return put(replace(node, docker=docker, interfaces={**node.interfaces, **bridges}), dict.fromkeys(step["folder"], FOLDER))


MAKERS: dict[str, t.Callable[[ObservedNode, DesiredNode, Details], ObservedNode]] = {
    "install": _install,
    "files": _files,
    "forwarding": lambda node, _wanted, _step: replace(node, ip_forward="1"),
    "firewall": _firewall,
    "other_mode": lambda node, _wanted, step: drop(node, step["files"]),
    "foreign": _foreign,
    "start": _start,
    "overlay": lambda node, _wanted, step: without(node, step["found"]),
    "cni": _cni,
    "no_cni": lambda node, _wanted, step: drop(node, [step["file"]]),
    "bridge": _bridge,
    "docker": _docker,
}


def answer(node: ObservedNode) -> dict[str, t.Any]:
    """Return a node as the module returns it."""
    values = json.loads(json.dumps(asdict(node)))
    values["settings"] = {name: values.pop(name) for name in ("ip_forward", "rp_filter")}
    return t.cast("dict[str, t.Any]", values)
