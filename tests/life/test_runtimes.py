# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What containers get on hosts that differ: CNI or Docker, iptables or nftables. The tests are chapters of one story."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
import typing as t

import pytest
import yaml
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import DAEMON, Cluster, bring_up, needs_sandbox, pings
from ansible_collections.alicloud.flannel.tests.life.docker_packages import install_docker
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.pods import POD, add_pod, remove_pod

pytestmark = needs_sandbox

# What each host is there for.
NFTABLES, DOCKER = NODES = ("n1", "n2")
# A container on Docker's bridge, made and removed by the module that probes.
ON_BRIDGE = """
- hosts: {node}
  gather_facts: false
  become: true
  tasks:
    - name: Probe
      alicloud.flannel.flannel_probe: {{name: {pod}, bridge: docker0, state: {state}}}
"""
FIREWALL = "/usr/local/sbin/flannel-firewall"
OPERATOR = "192.168.100.2"
VPC = "172.16.0.0/16"
PORT = 9999
UDP = "import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"
LISTEN = f"{UDP}; s.bind(('', {PORT})); s.settimeout(10); print(s.recvfrom(9)[1][0])"
SEND = f"{UDP}; s.sendto(b'x', (sys.argv[1], {PORT}))"
GUARD = "table inet guard { chain forward { type filter hook forward priority 0; policy drop; }; }"
ACCEPT = "for way in saddr daddr; do nft add rule inet guard forward ip $way 10.24.0.0/16 accept; done"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Two hosts: one with CNI has nftables alone, one with Docker has old iptables, and both drop what they forward."""
    for cluster in bring_up("runtimes", tmp_path_factory.mktemp("runtimes"), nodes=2, etcd=1):
        shell(cluster, NFTABLES, "rm /usr/sbin/iptables* /usr/sbin/xtables*; nft -f -", stdin=GUARD)
        shell(cluster, DOCKER, "update-alternatives --set iptables /usr/sbin/iptables-legacy && iptables -P FORWARD DROP")
        install_docker(cluster.sandbox, DOCKER)
        change_inventory(cluster, DOCKER, flanneld_cni=False, flanneld_docker=True)
        yield cluster


def change_inventory(cluster: Cluster, node: str, **variables: t.Any) -> None:
    """Give a host variables of its own."""
    path = cluster.sandbox.folder / "inventory.yml"
    inventory = yaml.safe_load(path.read_text(encoding="utf-8"))
    inventory["all"]["children"]["flannel_nodes"]["hosts"][node].update(variables)
    path.write_text(yaml.safe_dump(inventory), encoding="utf-8")


def shell(cluster: Cluster, node: str, command: str, stdin: str | None = None) -> str:
    """Run a shell command on a host and return what it says."""
    done = cluster.sandbox.host_exec(node, ["sh", "-c", command], stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def checks(cluster: Cluster) -> list[int]:
    """Return what the firewall's own check says on each node."""
    return [cluster.sandbox.host_exec(node, [FIREWALL, "check"]).returncode for node in NODES]


def source_seen(cluster: Cluster, listener: t.Sequence[str], address: str, node: str) -> str:
    """Return the address from which a packet of the node's pod comes to a listener."""
    with subprocess.Popen([*listener, f'python3 -c "{LISTEN}"'], stdout=subprocess.PIPE, text=True) as process:
        time.sleep(2)
        sent = cluster.sandbox.host_exec(node, ["ip", "netns", "exec", POD, "python3", "-c", SEND, address])
        assert sent.returncode == 0, sent.stderr
        return process.communicate(timeout=30)[0].strip()


def on_bridge(cluster: Cluster, state: str) -> str:
    """Make or remove the container of the host with Docker; return its address, where there is one."""
    playbook = cluster.folder / "on_bridge.yml"
    playbook.write_text(ON_BRIDGE.format(node=DOCKER, pod=POD, state=state), encoding="utf-8")
    run = cluster.play(str(playbook), environment={"ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "playbooks/collections")})
    assert run.rc == 0, run.messages()
    return str(run.results("Probe")[0].get("address", ""))


@contextlib.contextmanager
def pods(cluster: Cluster) -> t.Iterator[dict[str, str]]:
    """Make a container on every node, that of the host with Docker on Docker's bridge, and give their addresses."""
    try:
        yield {NFTABLES: add_pod(cluster.sandbox, NFTABLES), DOCKER: on_bridge(cluster, "present")}
    finally:
        on_bridge(cluster, "absent")
        remove_pod(cluster.sandbox, NFTABLES)


def sources(cluster: Cluster) -> dict[str, list[str]]:
    """Return by node the source of what its container sends to another one, to a host of the VPC, and to the outside."""
    found: dict[str, list[str]] = {}
    hosts = cluster.sandbox.read_nodes()
    with pods(cluster) as addresses:
        for node, other in ((NFTABLES, DOCKER), (DOCKER, NFTABLES)):
            on_host = cluster.sandbox.ssh(hosts[other])
            seen = [
                source_seen(cluster, [*on_host, f"ip netns exec {POD}"], addresses[other], node),
                source_seen(cluster, on_host, hosts[other], node),
                source_seen(cluster, cluster.sandbox.operator_command(["sh", "-c"]), OPERATOR, node),
            ]
            found[node] = ["container" if source == addresses[node] else "node" if source == hosts[node] else source for source in seen]
    return found


def docker_settings(cluster: Cluster) -> t.Any:
    """Return Docker's settings."""
    return json.loads(shell(cluster, DOCKER, "cat /etc/docker/daemon.json"))


def docker_process(cluster: Cluster) -> str:
    """Return Docker's process."""
    return shell(cluster, DOCKER, "systemctl show --property MainPID --value docker")


def test_rules_that_would_drop_are_refused(cluster: Cluster) -> None:
    run = cluster.site()
    assert run.rc == 2
    assert "nftables table inet guard drops forwarded packets" in run.messages()
    assert set(run.stats["failures"]) == {NFTABLES}
    assert cluster.sandbox.host_exec(NFTABLES, ["test", "-e", FIREWALL]).returncode != 0


def test_hosts_that_differ_get_the_same(cluster: Cluster) -> None:
    shell(cluster, NFTABLES, ACCEPT)
    run = cluster.site()
    assert run.rc == 0, run.messages()
    assert checks(cluster) == [0, 0]
    assert "masquerade" in shell(cluster, NFTABLES, "nft list table ip alicloud-flannel")
    again = cluster.site("--tags", "flanneld")
    assert (again.rc, again.stats["changed"]) == (0, {}), again.messages()


def test_docker_has_the_subnet(cluster: Cluster) -> None:
    assert docker_settings(cluster) == {"bip": "10.24.2.1/24", "mtu": 1500, "ip-masq": False, "log-level": "warn"}
    network = json.loads(shell(cluster, DOCKER, "docker network inspect bridge"))[0]
    assert network["IPAM"]["Config"][0]["Subnet"] == "10.24.2.0/24"
    assert network["Options"]["com.docker.network.driver.mtu"] == "1500"
    assert "MASQUERADE" not in shell(cluster, DOCKER, "iptables -t nat -S POSTROUTING")
    assert "-P FORWARD DROP" in shell(cluster, DOCKER, "iptables -S FORWARD")


def assert_containers_reach_each_other(cluster: Cluster) -> None:
    run, report = cluster.verify()
    assert run.rc == 0, run.messages()
    assert pings(report) == [("n1", "n2", True), ("n2", "n1", True)]


def test_containers_reach_each_other(cluster: Cluster) -> None:
    assert_containers_reach_each_other(cluster)


def test_addresses_are_kept_inside_and_translated_outside(cluster: Cluster) -> None:
    assert sources(cluster) == {node: ["container", "node", "node"] for node in NODES}


def test_rules_and_subnets_are_there_after_a_boot(cluster: Cluster) -> None:
    for node in NODES:
        cluster.sandbox.stop_host(node)
        cluster.sandbox.start_host(node)
    shell(cluster, DOCKER, "systemctl start docker")
    assert checks(cluster) == [0, 0]
    assert_containers_reach_each_other(cluster)


def test_daemons_change_nothing_for_the_runtimes(cluster: Cluster) -> None:
    docker = docker_process(cluster)
    cluster.variables = {**DAEMON, "flanneld_masquerade_except": [VPC]}
    run = cluster.site("--tags", "network_config,flanneld")
    assert run.rc == 0, run.messages()
    assert docker_process(cluster) == docker
    assert checks(cluster) == [0, 0]
    assert sources(cluster) == {node: ["container", "container", "node"] for node in NODES}
    assert_containers_reach_each_other(cluster)


def test_rules_that_somebody_changed_are_repaired(cluster: Cluster) -> None:
    shell(cluster, DOCKER, "iptables -t nat -F ALICLOUD-FLANNEL-MASQ")
    shell(cluster, NFTABLES, "nft flush chain ip alicloud-flannel postrouting")
    # As on a host that had no iptables when the rules were first set.
    shell(cluster, DOCKER, "nft add table ip alicloud-flannel")
    assert checks(cluster) == [1, 1]
    run = cluster.site("--tags", "flanneld")
    assert run.rc == 0, run.messages()
    assert checks(cluster) == [0, 0]
    assert shell(cluster, DOCKER, "nft list tables | grep alicloud || true") == ""


def test_docker_that_a_stopped_run_left_as_it_was_is_restarted(cluster: Cluster) -> None:
    shell(cluster, DOCKER, "ip address flush dev docker0; ip address add 172.30.0.1/16 dev docker0")
    run = cluster.site("--tags", "flanneld")
    assert (run.rc, run.stats["changed"]) == (0, {DOCKER: 1}), run.messages()
    assert "10.24.2.1/24" in shell(cluster, DOCKER, "ip -4 address show dev docker0")
    again = cluster.site("--tags", "flanneld")
    assert (again.rc, again.stats["changed"]) == (0, {}), again.messages()


def test_everything_is_given_back(cluster: Cluster) -> None:
    run = cluster.play("playbooks/teardown.yml", variables={"flannel_teardown": True})
    assert run.rc == 0, run.messages()
    assert docker_settings(cluster) == {"bip": "172.30.0.1/16", "log-level": "warn"}
    assert "172.30.0.1" in shell(cluster, DOCKER, "ip -4 address show dev docker0")
    assert "alicloud" not in shell(cluster, NFTABLES, "nft list ruleset")
    assert "ALICLOUD" not in shell(cluster, DOCKER, "iptables-save")
