# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox's own promises, held on real hosts: a ping proves a route, and nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import needs_sandbox
from ansible_collections.alicloud.flannel.tests.integration.sandbox.sandbox_fixtures import name_of, read_leftovers, run_ps, write_cni
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.hosts import Sandbox
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.netns import netns_name
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.pods import add_pod, ping_all, ping_matrix, read_reached, remove_pod

pytestmark = needs_sandbox

COMMAND = PROJECT / "tests/sandbox/sandbox"
NODES = ("n1", "n2", "n3")
TABLE = "vtb-sandbox-system"
OPEN = [{"cidr": "0.0.0.0/0"}]
REFUSED, TIMEOUT, OK = "refused", "timeout", "ok"

CONNECT = """
import socket, sys
probe = socket.socket()
probe.settimeout(1)
try:
    probe.connect((sys.argv[1], int(sys.argv[2])))
    print("ok")
except ConnectionRefusedError:
    print("refused")
except OSError:
    print("timeout")
"""


def add_route(sandbox: Sandbox, destination: str, node: str, table: str = TABLE) -> None:
    """Add a route entry, as someone else's."""
    entry = {"table_id": table, "destination": destination, "next_hop_id": f"i-sandbox-{node}", "name": "other"}
    sandbox.request("POST", "entry", entry)


def remove_route(sandbox: Sandbox, destination: str, table: str = TABLE) -> None:
    """Remove a route entry."""
    sandbox.request("DELETE", "entry", {"table_id": table, "destination": destination})


def move_route(sandbox: Sandbox, destination: str, node: str) -> None:
    """Send the destination of a route entry to another node."""
    remove_route(sandbox, destination)
    add_route(sandbox, destination, node)


def set_check(sandbox: Sandbox, node: str, on: bool) -> None:
    """Switch the source/destination check of a node."""
    sandbox.request("POST", "instance/source_dest_check", {"instance_id": f"i-sandbox-{node}", "on": on})


def set_rules(sandbox: Sandbox, rules: list[dict[str, t.Any]]) -> None:
    """Replace the rules of the security group; nothing else is let in."""
    sandbox.request("POST", "security_group", {"security_group_id": "sg-sandbox", "rules": rules, "inner_access": False})


def connect(sandbox: Sandbox, address: str, port: int) -> str:
    """Say what becomes of a connection from the operator."""
    return sandbox.exec(["python3", "-c", CONNECT, address, str(port)]).stdout.strip()


@pytest.fixture(scope="module")
def sandbox() -> t.Iterator[Sandbox]:
    """Three hosts whose containers would reach each other, if the VPC let them."""
    sandbox = Sandbox(name_of("a"))
    try:
        sandbox.up(nodes=3, settle_seconds=0.1)
        for number, node in enumerate(NODES, 1):
            write_cni(sandbox, node, f"10.24.{number}.0/24")
        yield sandbox
    finally:
        sandbox.down()


@pytest.fixture
def connected(sandbox: Sandbox) -> t.Iterator[Sandbox]:
    """The same with everything in place for containers to reach each other."""
    set_rules(sandbox, OPEN)
    for number, node in enumerate(NODES, 1):
        add_route(sandbox, f"10.24.{number}.0/24", node)
        set_check(sandbox, node, False)
    yield sandbox
    set_rules(sandbox, OPEN)
    for number, node in enumerate(NODES, 1):
        remove_route(sandbox, f"10.24.{number}.0/24")
        set_check(sandbox, node, True)


def test_hosts_are_real_and_their_own(sandbox: Sandbox) -> None:
    found = {
        node: sandbox.host_exec(node, ["sh", "-c", "hostname; systemctl is-system-running; cat /etc/machine-id"]).stdout.split()
        for node in NODES
    }
    assert [(row[0], row[1]) for row in found.values()] == [(node, "running") for node in NODES]
    assert len({row[2] for row in found.values()}) == len(NODES)


def test_ansible_logs_in_with_the_written_inventory(sandbox: Sandbox) -> None:
    done = sandbox.exec(["ansible", "flannel_nodes", "-m", "ansible.builtin.command", "-a", "hostname"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("rc=0") == len(NODES)


def test_inventory_names_the_instances_and_a_download_that_matches_its_sum(sandbox: Sandbox) -> None:
    loaded = yaml.safe_load((sandbox.folder / "inventory.yml").read_text())["all"]
    assert loaded["children"]["flannel_nodes"]["hosts"]["n2"] == {"ansible_host": "172.16.0.12", "alicloud_instance_id": "i-sandbox-n2"}
    settings = loaded["vars"]
    url = f"{settings['etcd_release_url']}/v{settings['etcd_version']}/etcd-v{settings['etcd_version']}-linux-amd64.tar.gz"
    task = ["ansible", "n1", "-m", "ansible.builtin.get_url", "-a", f"url={url} dest=/tmp/etcd.tgz checksum={settings['etcd_checksum']}"]
    done = sandbox.exec(task)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_host_has_no_way_out(sandbox: Sandbox) -> None:
    routes = subprocess.run(["ip", "-n", netns_name(sandbox.name, "vrouter"), "-json", "route"], capture_output=True, text=True, check=True)
    assert "default" not in {route["dst"] for route in json.loads(routes.stdout)}
    links = subprocess.run(["ip", "-n", netns_name(sandbox.name, "vrouter"), "-json", "link"], capture_output=True, text=True, check=True)
    assert {link["ifname"] for link in json.loads(links.stdout)} == {"lo", "operator", *NODES}


def test_containers_reach_each_other_when_all_is_in_place(connected: Sandbox) -> None:
    assert ping_matrix(connected, NODES) == {(a, b): True for a in NODES for b in NODES if a != b}


@pytest.mark.parametrize(
    ("breaks", "lost"),
    [
        # Without the route to n2's subnet neither its requests' answers nor requests to it arrive.
        pytest.param(
            lambda s: remove_route(s, "10.24.2.0/24"), {("n1", "n2"), ("n2", "n1"), ("n3", "n2"), ("n2", "n3")}, id="route missing"
        ),
        pytest.param(
            lambda s: move_route(s, "10.24.2.0/24", "n3"), {("n1", "n2"), ("n2", "n1"), ("n3", "n2"), ("n2", "n3")}, id="route to n3"
        ),
        pytest.param(lambda s: set_check(s, "n1", True), {("n1", "n2"), ("n2", "n1"), ("n1", "n3"), ("n3", "n1")}, id="check on"),
        pytest.param(
            lambda s: set_rules(s, [{"cidr": "172.16.0.0/16"}, {"cidr": "10.24.1.0/24"}]),
            {("n2", "n1"), ("n2", "n3"), ("n3", "n1"), ("n3", "n2")},
            id="security group lets in only n1's containers",
        ),
    ],
)
def test_containers_are_cut_off(connected: Sandbox, breaks: t.Callable[[Sandbox], None], lost: set[tuple[str, str]]) -> None:
    breaks(connected)
    results = ping_matrix(connected, NODES)
    assert {pair for pair, answered in results.items() if not answered} == lost


def test_source_check_drops_what_a_container_sends_to_a_node(connected: Sandbox) -> None:
    add_pod(connected, "n1")
    try:
        assert read_reached(connected, "n1", ["172.16.0.12"]) == {"172.16.0.12"}
        set_check(connected, "n1", True)
        assert read_reached(connected, "n1", ["172.16.0.12"]) == set()
    finally:
        remove_pod(connected, "n1")


def test_a_host_keeps_its_disk_over_a_reboot_and_nothing_else(sandbox: Sandbox) -> None:
    read = ["sh", "-c", "ls /var/lib/kept; sysctl -n net.ipv4.ip_forward"]
    sandbox.host_exec("n3", ["touch", "/var/lib/kept"])
    assert sandbox.host_exec("n3", read).stdout.split() == ["/var/lib/kept", "1"]
    sandbox.stop_host("n3")
    assert not sandbox.is_host_running("n3")
    assert connect(sandbox, "172.16.0.13", 22) == TIMEOUT
    sandbox.start_host("n3")
    assert sandbox.host_exec("n3", read).stdout.split() == ["/var/lib/kept", "0"]
    sandbox.host_exec("n3", ["sysctl", "-q", "net.ipv4.ip_forward=1"])  # as the other tests expect


def test_operator_reaches_etcd_and_the_mirror(sandbox: Sandbox) -> None:
    assert connect(sandbox, "172.16.0.11", 2379) == REFUSED  # let through; nothing listens
    assert connect(sandbox, "100.100.2.148", 80) == OK


def test_second_sandbox_with_an_operator_that_reaches_only_ssh_and_the_api(sandbox: Sandbox) -> None:
    other = Sandbox(name_of("b"))
    try:
        other.up(nodes=1, operator="ssh-only")
        set_rules(other, OPEN)
        reached = {(address, port): connect(other, address, port) for address, port in PLACES}
        assert {place for place, outcome in reached.items() if outcome == OK} == {("172.16.0.11", 22), ("100.100.100.201", 8080)}
        assert set(reached.values()) == {OK, TIMEOUT}
    finally:
        other.down()
    assert sandbox.exec(["ansible", "n1", "-m", "ansible.builtin.ping"]).returncode == 0


PLACES = [("172.16.0.11", 22), ("172.16.0.11", 2379), ("100.100.100.201", 8080), ("100.100.100.200", 80), ("100.100.2.148", 80)]


def test_each_vswitch_uses_its_own_table() -> None:
    sandbox = Sandbox(name_of("v"))
    try:
        sandbox.up(nodes=2, vswitches=2, settle_seconds=0)
        for number, node in enumerate(("n1", "n2"), 1):
            write_cni(sandbox, node, f"10.24.{number}.0/24")
            set_check(sandbox, node, False)
        pods = {node: add_pod(sandbox, node) for node in ("n1", "n2")}
        # n1 uses the system table, n2 the table of the second vSwitch: both routes in one table serve one direction only.
        add_route(sandbox, "10.24.2.0/24", "n2")
        add_route(sandbox, "10.24.1.0/24", "n1")
        assert not any(ping_all(sandbox, pods).values())
        add_route(sandbox, "10.24.1.0/24", "n1", table="vtb-sandbox-b")
        assert all(ping_all(sandbox, pods).values())
    finally:
        sandbox.down()


def read_locks(sandbox: Sandbox) -> list[Path]:
    """Return the files with which systemd-nspawn locks the disks of this sandbox."""
    disks = [path.stat() for path in sandbox.folder.glob("hosts/*/root")]
    return [Path(f"/run/systemd/nspawn/locks/inode-{disk.st_dev}:{disk.st_ino}") for disk in disks]


def test_down_leaves_nothing_of_a_busy_sandbox() -> None:
    sandbox = Sandbox(name_of("d"))
    sandbox.up(nodes=2)
    locks = read_locks(sandbox)
    write_cni(sandbox, "n1", "10.24.1.0/24")
    add_pod(sandbox, "n1")
    sandbox.exec(["ansible", "all", "-m", "ansible.builtin.ping"])  # leaves SSH masters behind
    hanging = subprocess.Popen(sandbox.operator_command(["sleep", "600"]))
    assert set(read_leftovers(sandbox.name)) == {"processes", "mounts", "folders"}
    sandbox.down()
    assert hanging.wait(5) == -signal.SIGKILL
    assert read_leftovers(sandbox.name) == {}
    assert len(locks) == 2
    assert not any(path.exists() for path in locks)
    sandbox.down()  # again: nothing to do
    assert not (Path("/run/alicloud-flannel") / sandbox.name).exists()


@pytest.mark.parametrize("moment", ["network:", "hosts:", "up:"])
def test_up_and_down_work_after_a_run_was_killed(moment: str) -> None:
    name = name_of("k")
    command = [str(COMMAND), "up", "--name", name, "--nodes", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert any(moment in line for line in first.stdout)
        time.sleep(0.15)
        first.kill()
    try:
        kill_supervisors(name)
        subprocess.run(command, check=True)
        assert subprocess.run([str(COMMAND), "status", "--name", name], check=False).returncode == 0
    finally:
        subprocess.run([str(COMMAND), "down", "--name", name], check=True)
    assert read_leftovers(name) == {}
    assert subprocess.run([str(COMMAND), "status", "--name", name], check=False).returncode == 3


def kill_supervisors(name: str) -> None:
    """Kill the hosts' supervisors alone: the hosts themselves live on without them."""
    for line in run_ps():
        if f"--machine=alicloud-flannel.{name}." in line and "/supervisor" in line:
            os.kill(int(line.split()[0]), signal.SIGKILL)


def test_up_that_is_asked_to_end_removes_what_it_made() -> None:
    name = name_of("i")
    with subprocess.Popen([str(COMMAND), "up", "--name", name], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert any("hosts:" in line for line in running.stdout)
        running.terminate()
        assert running.wait(60) == 128 + signal.SIGTERM
    assert read_leftovers(name) == {}


def test_exec_passes_on_output_exit_code_and_environment() -> None:
    name = name_of("e")
    sandbox = Sandbox(name)
    try:
        sandbox.up(nodes=1)
        done = subprocess.run(
            [str(COMMAND), "exec", "--name", name, "--", "sh", "-c", "echo $ALIBABA_CLOUD_REGION $https_proxy; exit 7"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "https_proxy": "http://192.0.2.1:3128"},
        )
        assert (done.returncode, done.stdout) == (7, "cn-hangzhou\n")
    finally:
        sandbox.down()
    done = subprocess.run([str(COMMAND), "exec", "--name", name, "--", "true"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "is not up" in done.stderr
