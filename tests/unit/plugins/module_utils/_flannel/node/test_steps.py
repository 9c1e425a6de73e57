# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done on a node: nothing without a reason, in an order that holds, and to the end whenever it was stopped."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import replace

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node import paths
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.observed import (
    DockerFile,
    DockerState,
    FileState,
    Interface,
    ObservedNode,
    UnitState,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.steps import plan_steps
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._flannel.node.example_node import (
    CERT_DIR,
    GATEWAY,
    NEW,
    PROGRAM_DIR,
    WISHES,
    bare,
    converged,
    desired,
    drop,
    make,
    put,
    run_role,
    settle,
)
from hypothesis import given, settings
from hypothesis import strategies as st

ORDER = (
    *("install", "files", "forwarding", "firewall", "other_mode", "lease", "foreign", "start"),
    *("overlay", "cni", "no_cni", "bridge", "docker"),
)
Change = t.Callable[[ObservedNode], ObservedNode]


def unit(name: str, **changes: t.Any) -> Change:
    return lambda node: replace(node, units={**node.units, name: replace(node.unit(name), **changes)})


def file(path: str, **changes: t.Any) -> Change:
    return lambda node: put(node, {path: replace(node.files.get(path, FileState("file")), **changes)})


def gone(*files: str) -> Change:
    return lambda node: drop(node, files)


def env(**changes: str) -> Change:
    return lambda node: replace(node, subnet_env="".join(f"{key}={value}\n" for key, value in {**node.env, **changes}.items()))


def link(name: str, mtu: int, *addresses: str) -> Change:
    return lambda node: replace(node, interfaces={**node.interfaces, name: Interface(mtu, addresses)})


def firewall(**changes: t.Any) -> Change:
    return lambda node: replace(node, firewall=replace(node.firewall, **changes))


def of(**changes: t.Any) -> Change:
    return functools.partial(replace, **changes)


CERTIFICATE = f"{CERT_DIR}/client.crt"
UNIT_FILE = paths.unit_file(paths.DAEMON_UNIT)

# What is otherwise on a node with a daemon, and the steps that this makes, each with a word of its reasons.
DAEMON: list[tuple[str, Change, dict[str, str]]] = [
    ("another program", file(f"{PROGRAM_DIR}/flanneld", mode="0644"), {"install": f"{PROGRAM_DIR}/flanneld"}),
    ("half an archive", file(f"{PROGRAM_DIR}/flannel-v0.27.4-linux-amd64.tar.gz", sha256="0"), {"install": "tar.gz"}),
    ("not linked", gone(paths.LINK), {"install": paths.LINK}),
    ("linked elsewhere", file(paths.LINK, target="/opt/other"), {"install": paths.LINK}),
    ("another mode", file(paths.SYSCTL_FILE, mode="0600"), {"files": paths.SYSCTL_FILE}),
    ("another owner of the unit", file(UNIT_FILE, uid=1000), {"files": UNIT_FILE}),
    ("a link instead of the script", file(paths.FIREWALL, kind="link", sha256=None), {"files": paths.FIREWALL, "firewall": "new"}),
    ("other rules", file(paths.FIREWALL, sha256="0"), {"files": paths.FIREWALL, "firewall": "its rules are new"}),
    ("another unit", file(UNIT_FILE, sha256="0"), {"files": UNIT_FILE, "start": "flanneld.service is new"}),
    ("no forwarding", of(ip_forward="0"), {"forwarding": "ip_forward"}),
    ("lost rules", firewall(check=1), {"firewall": "not complete"}),
    ("a firewall that is off", unit(paths.FIREWALL_UNIT, active=False, state="inactive (dead)"), {"firewall": "is inactive (dead)"}),
    ("a firewall that does not boot", unit(paths.FIREWALL_UNIT, enabled=False), {"firewall": "at boot"}),
    ("a daemon that is off", unit(paths.DAEMON_UNIT, active=False, state="failed"), {"start": "flanneld.service is failed"}),
    ("a unit that systemd has not read", unit(paths.DAEMON_UNIT, needs_reload=True), {"start": "has changed"}),
    ("a unit that no process has", file(UNIT_FILE, modified_ns=NEW + 1), {"start": f"{UNIT_FILE} is newer"}),
    ("a new certificate", file(CERTIFICATE, modified_ns=NEW + 1), {"start": f"{CERTIFICATE} is newer"}),
    ("no subnet.env", lambda node: gone(paths.SUBNET_ENV)(of(subnet_env=None)(node)), {"start": "FLANNEL_SUBNET is missing"}),
    ("another network", env(FLANNEL_NETWORK="10.25.0.0/16"), {"start": "FLANNEL_NETWORK is 10.25.0.0/16"}),
    ("another subnet", env(FLANNEL_SUBNET="10.24.9.1/24"), {"foreign": "1 file", "start": "FLANNEL_SUBNET is 10.24.9.1/24"}),
    ("the MTU of the daemon", env(FLANNEL_MTU="1400"), {"cni": paths.CONFLIST}),
    ("addresses of another subnet", of(cni_addresses=("10.24.1.2", "10.24.9.2")), {"foreign": "1 file"}),
    ("the other mode's unit", file(paths.unit_file(paths.STATIC_UNIT)), {"other_mode": paths.STATIC_UNIT}),
    ("the other mode's file", file(paths.STATIC_ENV), {"other_mode": paths.STATIC_ENV}),
    ("an overlay", link("flannel.1", 1450, "10.24.1.0/32"), {"overlay": "flannel.1"}),
    ("an overlay of another network", link("flannel.2", 1450, "10.99.1.0/32"), {}),
    ("a bridge", link(paths.CNI_BRIDGE, 1500, GATEWAY), {}),
    ("a bridge with a greater MTU", link(paths.CNI_BRIDGE, 9000), {"bridge": "9000"}),
    ("another CNI network", file(paths.CONFLIST, sha256="0"), {"cni": paths.CONFLIST}),
    ("Docker's own settings", of(docker=DockerState(DockerFile(values={"bip": "x"}))), {}),
    ("Docker's settings as they were", of(docker=DockerState(before=DockerFile())), {"docker": "recorded"}),
]


@pytest.mark.parametrize(("change", "expected"), [pytest.param(*row[1:], id=row[0]) for row in DAEMON])
def test_what_differs_is_changed_with_its_reason(change: Change, expected: dict[str, str]) -> None:
    wanted = desired()
    steps = plan_steps(change(converged(wanted)), wanted)
    assert [step.name for step in steps] == list(expected)
    assert [step.reasons for step in steps if expected[step.name] not in " ".join(step.reasons)] == []


STATIC: list[tuple[str, Change, list[str]]] = [
    ("newer certificates", file(CERTIFICATE, modified_ns=NEW + 1), []),
    ("another MTU", env(FLANNEL_MTU="1400"), ["start"]),
    ("masquerading", env(FLANNEL_IPMASQ="true"), ["start"]),
    ("another subnet for the next boot", file(paths.STATIC_ENV, sha256="0"), ["files"]),
    ("the daemon's unit", file(UNIT_FILE), ["other_mode"]),
]


@pytest.mark.parametrize(("change", "expected"), [pytest.param(*row[1:], id=row[0]) for row in STATIC])
def test_without_a_daemon(change: Change, expected: list[str]) -> None:
    wanted = desired(mode="static")
    assert [step.name for step in plan_steps(change(converged(wanted)), wanted)] == expected


OF_DOCKER: list[tuple[str, Change, bool, bool]] = [
    ("other values", of(docker=DockerState(DockerFile(values={"bip": "x"}), DockerFile())), True, True),
    ("the bridge of before", link(paths.DOCKER_BRIDGE, 1500, "172.17.0.1/16"), False, True),
    (
        "the bridge of before, stopped",
        lambda node: unit(paths.DOCKER_UNIT, active=False)(link(paths.DOCKER_BRIDGE, 1500, "172.17.0.1/16")(node)),
        False,
        False,
    ),
    ("a record that is lost", lambda node: replace(node, docker=replace(node.docker, before=None)), False, False),
]


@pytest.mark.parametrize(("change", "write", "restart"), [pytest.param(*row[1:], id=row[0]) for row in OF_DOCKER])
def test_docker_is_restarted_for_other_settings_only(change: Change, write: bool, restart: bool) -> None:
    wanted = desired(**WISHES["docker"])
    (step,) = plan_steps(change(converged(wanted)), wanted)
    assert (step.name, step.details["write"], step.details["restart"]) == ("docker", write, restart)


def test_nftables_have_a_script_of_their_own() -> None:
    wanted = desired()
    node = firewall(iptables=False)(bare())
    (files,) = (step for step in plan_steps(node, wanted) if step.name == "files")
    (script,) = (one for one in files.details["files"] if one["path"] == paths.FIREWALL)
    assert script["content"] == wanted.contents["flannel-firewall-nft"]


def test_a_lease_that_no_daemon_renews_is_made_permanent() -> None:
    lease = {"public_ip": "172.16.0.11", "subnet": "10.24.1.0/24", "leased": True}
    node = converged(desired(mode="static"))
    assert [step.name for step in plan_steps(node, desired(mode="static", leases=[lease]))] == ["lease"]
    assert plan_steps(converged(desired()), desired(leases=[lease])) == []


@pytest.mark.parametrize("wish", WISHES)
def test_a_bare_node_is_made_in_order(wish: str) -> None:
    wanted = desired(**WISHES[wish])
    names = [step.name for step in plan_steps(bare(), wanted)]
    assert names == [name for name in ORDER if name in names]
    assert {"files", "forwarding", "firewall", "start"} <= set(names)
    assert ("install" in names) == (wanted.mode == "daemon")


def make_all(node: ObservedNode, changes: t.Iterable[Change]) -> ObservedNode:
    for change in changes:
        node = change(node)
    return node


CHANGES = [change for _name, change, _expected in [*DAEMON, *STATIC]]
NODES = st.builds(
    make_all,
    st.sampled_from([bare(), *(converged(desired(**wish)) for wish in WISHES.values())]),
    st.lists(st.sampled_from(CHANGES), max_size=6),
)
WANTED = st.sampled_from([desired(**wish) for wish in WISHES.values()])


@given(NODES, WANTED)
@settings(deadline=None)
def test_the_next_run_has_nothing_to_do(node: ObservedNode, wanted: t.Any) -> None:
    assert plan_steps(run_role(node, wanted), wanted) == []


@given(NODES, WANTED, st.integers(0, len(ORDER)))
@settings(deadline=None)
def test_the_next_run_ends_one_that_was_stopped(node: ObservedNode, wanted: t.Any, done: int) -> None:
    stopped = make(node, wanted, plan_steps(node, wanted)[:done])
    assert plan_steps(run_role(stopped, wanted), wanted) == []


@given(NODES, WANTED)
@settings(deadline=None)
def test_every_step_has_its_place_and_its_reasons(node: ObservedNode, wanted: t.Any) -> None:
    steps = plan_steps(node, wanted)
    names = [step.name for step in steps]
    assert names == [name for name in ORDER if name in names]
    assert all(step.reasons for step in steps)


@given(st.lists(st.sampled_from([change for name, change, _expected in DAEMON if "start" not in _expected]), max_size=6))
@settings(deadline=None)
def test_the_daemon_is_not_restarted_for_what_does_not_concern_it(changes: list[Change]) -> None:
    wanted = desired()
    names = [step.name for step in plan_steps(make_all(converged(wanted), changes), wanted)]
    assert "start" not in names


def test_a_unit_that_runs_otherwise_is_no_unit_that_runs() -> None:
    assert settle(bare(), paths.DAEMON_UNIT).unit(paths.DAEMON_UNIT).active
    assert UnitState() == bare().unit("nobody.service")
