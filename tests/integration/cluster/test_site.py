# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of one cluster, from bare hosts on. The tests are its chapters: each begins where the one before has ended."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import (
    CA_FOLDER,
    PREFIX,
    TABLE,
    Cluster,
    Lease,
    bring_up,
    needs_sandbox,
    pings,
)

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run

pytestmark = needs_sandbox

NODES = {"n1": "172.16.0.11", "n2": "172.16.0.12", "n3": "172.16.0.13"}
SUBNETS = {"n1": "10.24.1.0/24", "n2": "10.24.2.0/24", "n3": "10.24.3.0/24"}
ALL_PINGS = sorted((a, b, True) for a in NODES for b in NODES if a != b)
CHANGED_FILES = "find / -xdev -newer /tmp/mark -type f -not -path '/root/.ansible/*' -not -path '/var/log/*' -not -path '/tmp/*'"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Three bare hosts."""
    yield from bring_up("site", tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def outputs() -> list[str]:
    """Collect what runs have printed and reported, to be searched for secrets."""
    return []


def everything_of(run: Run) -> str:
    """Return all that a run says."""
    return run.stdout + json.dumps(run.events)


def planned_leases(run: Run) -> dict[str, str]:
    """Return address by subnet, as the last reservation says."""
    return {lease["subnet"]: lease["public_ip"] for lease in run.results_of("flannel_lease")[-1]["leases"]}


def planned_routes(run: Run) -> set[tuple[str, str, str, str]]:
    """Return what the route tables hold, as the module says."""
    tables = run.results_of("ali_vpc_route")[-1]["tables"]
    return {
        (table["route_table_id"], entry["destination"], entry["next_hop_id"], entry["name"])
        for table in tables
        for entry in table["entries"]
        if entry["type"] == "Custom"
    }


def desired_routes(run: Run) -> set[str]:
    """Return the destinations that the run has asked for."""
    return {route["destination"] for route in run.results_of("ali_vpc_route")[-1]["invocation"]["module_args"]["routes"]}


def test_check_mode_predicts_what_the_first_run_makes(cluster: Cluster, outputs: list[str]) -> None:
    sandbox = cluster.sandbox
    for node in NODES:
        sandbox.host_exec(node, ["touch", "/tmp/mark"])
    planned = cluster.site("--check", "--diff")
    assert planned.rc == 0, planned.messages()
    assert (sandbox.calls()["writes"], cluster.entries()) == (0, {})
    assert {node: sandbox.host_exec(node, ["sh", "-c", CHANGED_FILES]).stdout for node in NODES} == dict.fromkeys(NODES, "")

    made = cluster.site("--diff", "-vvvv")
    assert made.rc == 0, made.messages()
    assert planned_leases(planned) == {subnet: lease.public_ip for subnet, lease in cluster.leases().items()}
    assert planned_leases(planned) == {SUBNETS[node]: address for node, address in NODES.items()}
    entries = cluster.entries().values()
    assert planned_routes(planned) == {(TABLE, entry["destination"], entry["next_hop_id"], entry["name"]) for entry in entries}
    assert cluster.next_hops() == {SUBNETS[node]: f"i-sandbox-{node}" for node in NODES}
    outputs.extend([everything_of(planned), everything_of(made)])


def test_second_run_changes_nothing(cluster: Cluster, outputs: list[str]) -> None:
    before = cluster.revision()
    cluster.sandbox.reset_calls()
    run = cluster.site("-vvvv")
    assert run.rc == 0, run.messages()
    assert run.stats["changed"] == {}
    assert cluster.sandbox.calls()["writes"] == 0
    assert cluster.revision() == before
    outputs.append(everything_of(run))


def read_secrets(cluster: Cluster) -> dict[str, str]:
    """Return the secrets of this cluster: the cloud's key, the password in etcd, and a line of each private key."""
    listing = cluster.sandbox.host_exec(
        "n1", ["sh", "-c", f"ls {CA_FOLDER}/*.key {CA_FOLDER}/*.password /etc/etcd/pki/*.key"]
    ).stdout.split()
    first_line = ["sed", "--quiet", "/^-/!{p;q}"]
    keys = {path: cluster.sandbox.host_exec("n1", [*first_line, path]).stdout.strip() for path in listing}
    return {"the cloud's key": cluster.sandbox.read_environment()["ALIBABA_CLOUD_ACCESS_KEY_SECRET"], **keys}


def test_no_secret_is_printed_or_left_behind(cluster: Cluster, outputs: list[str]) -> None:
    secrets = read_secrets(cluster)
    assert set(secrets) >= {
        "the cloud's key",
        "/etc/etcd/pki/server.key",
        *(f"{CA_FOLDER}/{name}" for name in ("automation.key", "ca.key", "flannel-control.password")),
    }
    assert all(len(secret) >= 32 for secret in secrets.values())
    said = [name for name, secret in {**secrets, "a private key": "PRIVATE KEY"}.items() if any(secret in text for text in outputs)]
    assert said == []

    home = "".join(path.read_text(errors="replace") for path in (cluster.folder / "run/home").rglob("*") if path.is_file())
    assert [name for name, secret in secrets.items() if secret in home] == []

    search = ["grep", "--recursive", "--fixed-strings", "--text", "--files-with-matches"]
    folders = ["/etc", "/var", "/root", "/tmp", "/run", "/home", "/opt", "/usr/local"]
    found = {
        (node, name): set(cluster.sandbox.host_exec(node, [*search, secret, *folders]).stdout.split())
        for node in NODES
        for name, secret in secrets.items()
    }
    assert {place: paths for place, paths in found.items() if paths} == {("n1", name): {name} for name in secrets if name.startswith("/")}


def test_containers_reach_each_other(cluster: Cluster) -> None:
    run, report = cluster.verify()
    assert run.rc == 0, run.messages()
    assert run.stats["changed"] == {}
    assert pings(report) == ALL_PINGS
    assert report["findings"] == []


LYING_PLUGIN = """#!/bin/sh
cat >/dev/null
[ "$CNI_COMMAND" = ADD ] || exit 0
echo '{"cniVersion": "0.4.0", "ips": [{"address": "10.24.2.5;touch owned;echo"}]}'
"""
PLUGIN = "/usr/lib/cni/portmap"


def test_what_a_node_says_of_its_container_is_no_part_of_a_command_elsewhere(cluster: Cluster) -> None:
    cluster.on("n2", "mv", PLUGIN, f"{PLUGIN}.orig")
    cluster.on("n2", "sh", "-c", f"cat >{PLUGIN} && chmod 755 {PLUGIN}", stdin=LYING_PLUGIN)
    try:
        run, report = cluster.verify()
    finally:
        cluster.on("n2", "mv", f"{PLUGIN}.orig", PLUGIN)
    assert run.rc != 0
    assert [(finding["node"], finding["problem"]) for finding in report["findings"]] == [
        ("n2", "n2 does not say which IPv4 address its container has.")
    ]
    assert {(a, b) for a, b, ok in pings(report) if not ok} == {("n1", "n2"), ("n3", "n2")}
    assert {node: cluster.on(node, "find", "/root", "-name", "owned") for node in NODES} == dict.fromkeys(NODES, "")


def test_what_was_deleted_by_hand_is_named_and_nothing_else_is_repaired(cluster: Cluster) -> None:
    entries, leases = cluster.remember()
    cluster.sandbox.request("DELETE", "entry", {"table_id": TABLE, "destination": SUBNETS["n2"]})
    broken, report = cluster.verify()
    assert broken.rc != 0
    first = report["findings"][0]
    assert (first["node"], first["problem"]) == ("n2", f"No route entry for {SUBNETS['n2']} in route table {TABLE}.")
    assert {(a, b) for a, b, ok in pings(report) if not ok} == {(a, b) for a, b, _ok in ALL_PINGS if "n2" in (a, b)}
    assert first["problem"] in broken.messages()

    cluster.etcdctl("del", f"{PREFIX}/subnets/{SUBNETS['n3'].replace('/', '-')}")
    cluster.sandbox.reset_calls()
    run = cluster.site("--tags", "network_config,vpc_routes")
    assert run.rc == 0, run.messages()
    assert sum(run.stats["changed"].values()) == 2  # the lease, the route
    assert cluster.sandbox.calls()["writes"] == 1
    assert {key: entry for key, entry in cluster.entries().items() if key != SUBNETS["n2"]} == {
        key: entry for key, entry in entries.items() if key != SUBNETS["n2"]
    }
    assert {key: lease for key, lease in cluster.leases().items() if key != SUBNETS["n3"]} == {
        key: lease for key, lease in leases.items() if key != SUBNETS["n3"]
    }
    whole, report = cluster.verify()
    assert whole.rc == 0, whole.messages()
    assert pings(report) == ALL_PINGS


def test_limit_changes_nothing_for_other_nodes(cluster: Cluster) -> None:
    before = cluster.remember()
    run = cluster.site("--limit", "n1", variables={"flannel_purge": True})
    assert run.rc == 0, run.messages()
    assert run.stats["changed"] == {}
    assert set(run.stats["ok"]) == {"n1"}
    # All nodes were wanted: none of the others was merely spared by a guard.
    assert desired_routes(run) == set(SUBNETS.values())
    assert cluster.remember() == before


def test_limit_to_an_unreachable_node_changes_nothing(cluster: Cluster) -> None:
    before = cluster.remember()
    cluster.sandbox.stop_host("n3")
    try:
        run = cluster.site("--limit", "n3", variables={"flannel_purge": True})
        assert run.rc != 0
        assert set(run.stats["dark"]) == {"n3"}
        assert cluster.remember() == before
        routes = cluster.play("playbooks/routes.yml", variables={"flannel_purge": True})
        assert routes.rc == 0, routes.messages()
        assert desired_routes(routes) == set(SUBNETS.values())
        assert cluster.remember() == before
    finally:
        cluster.sandbox.start_host("n3")


def test_node_that_has_booted_needs_no_run(cluster: Cluster) -> None:
    run, report = cluster.verify()
    assert run.rc == 0, run.messages()
    assert pings(report) == ALL_PINGS


def test_lease_of_nobody_in_the_inventory_gets_no_route_and_is_reported(cluster: Cluster) -> None:
    before = cluster.remember()
    value = json.dumps({"PublicIP": "172.16.0.99", "PublicIPv6": None, "BackendType": "alloc"})
    cluster.etcdctl("put", f"{PREFIX}/subnets/10.24.200.0-24", value)
    run = cluster.play("playbooks/routes.yml")
    assert run.rc == 0, run.messages()
    (reported,) = run.results("Report leases that belong to no node of the inventory")
    assert reported["msg"] == ["10.24.200.0/24: 172.16.0.99 is the address of no node in the inventory"]
    entries, leases = cluster.remember()
    assert entries == before[0]
    stray = leases.pop("10.24.200.0/24")
    assert leases == before[1]
    assert stray == Lease("172.16.0.99", cluster.revision())
