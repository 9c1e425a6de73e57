# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One node of several is down, broken or set otherwise, or a part of a playbook is chosen: what is the whole cluster's stays as it is."""

from __future__ import annotations

import json
import sys
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.control_plane_fixtures import (
    ControlPlane,
    control_plane,
    plain_etcd,
    running,
)

__all__ = ["control_plane", "plain_etcd", "running"]

Host = t.Dict[str, t.Any]

# Hosts that answer without being contacted, that SSH refuses, and where no module runs.
ANSWERS: Host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
DOWN: Host = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
BROKEN: Host = {"ansible_connection": "local", "ansible_python_interpreter": "/nowhere/python"}


def three(**last: t.Any) -> dict[str, Host]:
    """Return three nodes, of which only the last is not as it should be."""
    hosts = {"n1": ANSWERS, "n2": ANSWERS, "n3": {**ANSWERS, **last}}
    return {name: {**host, "flannel_address": f"172.16.0.1{name[1]}"} for name, host in hosts.items()}


@pytest.mark.parametrize("silent", [pytest.param(DOWN, id="down"), pytest.param(BROKEN, id="without Python")])
@pytest.mark.parametrize(("playbook", "guard"), [("remove_node.yml", {"flannel_node": "n3"}), ("teardown.yml", {"flannel_teardown": True})])
def test_a_node_that_cannot_be_cleared_keeps_lease_and_route(
    running: ControlPlane, playbook: str, guard: dict[str, t.Any], silent: Host
) -> None:
    before = running.written()
    run = running.run(playbook, guard, nodes=three(**silent))
    assert run.rc != 0
    assert [
        word for word in ("n3 can't be reached", "flannel_node_is_gone=true", "Nothing was changed") if word not in run.messages()
    ] == []
    assert running.written() == before


def test_another_network_is_not_torn_down(running: ControlPlane) -> None:
    before = running.written()
    run = running.run("teardown.yml", {"flannel_teardown": True, "flannel_network": "10.25.0.0/16"}, nodes=three())
    assert run.rc != 0
    assert "etcd has the network 10.24.0.0/16, the inventory 10.25.0.0/16" in run.messages()
    assert running.written() == before


@pytest.mark.parametrize("chosen", [("--tags", "flanneld"), ("--skip-tags", "vpc_routes")], ids=" ".join)
@pytest.mark.parametrize(
    "playbook", ["change_backend", "remove_node", "teardown", "verify", "etcd_restore", "etcd_ca_rollover", "etcd_backup"]
)
def test_what_has_guards_runs_as_a_whole(control_plane: ControlPlane, playbook: str, chosen: tuple[str, str]) -> None:
    run = control_plane.run(f"{playbook}.yml", arguments=chosen)
    assert run.rc != 0
    assert "This playbook runs as a whole" in run.messages()


@pytest.mark.parametrize("where", ["n1", "n3"])
def test_vxlan_needs_the_daemon_on_every_node(control_plane: ControlPlane, where: str) -> None:
    nodes = three()
    nodes[where]["flannel_mode"] = "static"
    before = control_plane.written()
    run = control_plane.run("site.yml", {"flannel_backend": "vxlan"}, nodes=nodes, arguments=("--tags", "network_config"))
    assert run.rc != 0
    assert [word for word in ("flanneld on every node", "othing was changed") if word not in run.messages()] == [], run.messages()
    assert control_plane.written() == before


@pytest.mark.parametrize(
    ("last", "words"),
    [
        pytest.param(DOWN, ["n3 can't be reached", "alicloud.flannel.remove_node"], id="down"),
        pytest.param(BROKEN, ["n3 can't be reached", "/nowhere/python"], id="without Python"),
        pytest.param({"flanneld_masquerade_except": ["192.0.2.0/24"]}, ["Empty flanneld_masquerade_except"], id="needs the VPC's routes"),
    ],
)
def test_the_backend_changes_for_all_nodes_or_for_none(running: ControlPlane, last: Host, words: list[str]) -> None:
    before = running.written()
    run = running.run("change_backend.yml", {"flannel_backend": "vxlan", "flannel_backend_change": True}, nodes=three(**last))
    assert run.rc != 0
    assert [word for word in [*words, "Nothing was changed"] if word not in run.messages()] == [], run.messages()
    assert running.written() == before


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        pytest.param({"flannel_etcd": None}, ("could not be read on n1", "etcd_pki_ca_host"), id="CA"),
        pytest.param({"flannel_control_host": "n1"}, ("n1 is not reached", "flannel_control_host"), id="control host"),
    ],
)
def test_verify_names_the_host_without_which_etcd_is_not_read(
    running: ControlPlane, variables: dict[str, t.Any], words: tuple[str, str]
) -> None:
    """No node is reached, either; the report is there all the same."""
    nodes = {name: {**DOWN, "flannel_address": f"172.16.0.1{name[1]}"} for name in ("n1", "n2", "n3")}
    report = running.folder / "report.json"
    run = running.run("verify.yml", {**variables, "verify_report_file": str(report)}, nodes=nodes, members=["n1"])
    assert run.rc != 0
    findings = json.loads(report.read_text())["findings"]
    assert [(finding["node"], finding["link"]) for finding in findings] == [("", "etcd"), ("n1, n2, n3", "node")]
    assert (words[0] in findings[0]["problem"], words[1] in findings[0]["repair"]) == (True, True), findings[0]
