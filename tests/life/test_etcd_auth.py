# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster whose etcd asked nobody who he is, and then does; its daemons notice nothing. The tests are chapters of one story."""

from __future__ import annotations

import time
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import (
    CA_FOLDER,
    DAEMON,
    PKI_FOLDER,
    PREFIX,
    Cluster,
    bring_up,
    needs_sandbox,
    pings,
)

pytestmark = needs_sandbox

PASSWORD_FILE = f"{CA_FOLDER}/flannel-control.password"
NODE = ("/etc/flannel/etcd/client.crt", "/etc/flannel/etcd/client.key")
MODULES = (f"{CA_FOLDER}/automation.crt", f"{CA_FOLDER}/automation.key")
LEASE = f"{PREFIX}/subnets/10.24.1.0-24"
ON = {"etcd_auth": True}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Two hosts with daemons, one of them etcd's only member."""
    for cluster in bring_up("auth", tmp_path_factory.mktemp("auth"), nodes=2, etcd=1):
        cluster.variables = {**DAEMON, "etcd_auth": False}
        yield cluster


def allowed(cluster: Cluster, files: tuple[str, str], *arguments: str) -> bool:
    """Whether etcd lets the holder of a certificate do this."""
    command = ["/usr/local/bin/etcdctl", f"--cacert={PKI_FOLDER}/ca.crt", f"--cert={files[0]}", f"--key={files[1]}"]
    done = cluster.sandbox.host_exec("n1", [*command, "--endpoints=https://127.0.0.1:2379", *arguments])
    assert done.returncode == 0 or "permission denied" in done.stderr, done.stderr
    return done.returncode == 0


def is_on(cluster: Cluster) -> bool:
    """Whether somebody without a name is refused."""
    return not allowed(cluster, MODULES, "get", f"{PREFIX}/config")


def daemons(cluster: Cluster) -> list[str]:
    """Return what changes with each start of a daemon."""
    show = ["systemctl", "show", "--property=MainPID,NRestarts", "flanneld.service"]
    return [cluster.sandbox.host_exec(node, show).stdout for node in ("n1", "n2")]


def test_at_first_everybody_may_do_everything(cluster: Cluster) -> None:
    run = cluster.site()
    assert run.rc == 0, run.messages()
    assert not is_on(cluster)
    assert allowed(cluster, NODE, "put", "/elsewhere", "x") and allowed(cluster, NODE, "del", "/elsewhere")


def test_daemons_keep_their_leases_while_authentication_is_turned_on(cluster: Cluster) -> None:
    before = daemons(cluster), cluster.leases()
    planned = cluster.site("--tags", "etcd", "--check", variables=ON)
    assert planned.rc == 0, planned.messages()
    assert (planned.stats["changed"] != {}, is_on(cluster)) == (True, False)
    run = cluster.site("--tags", "etcd", "-vvvv", variables=ON)
    assert run.rc == 0, run.messages()
    assert is_on(cluster)
    password = cluster.sandbox.host_exec("n1", ["cat", PASSWORD_FILE]).stdout.strip()
    assert (len(password), password in run.stdout) == (64, False)
    assert (daemons(cluster), cluster.leases()) == before


def test_what_a_node_may_do(cluster: Cluster) -> None:
    assert allowed(cluster, NODE, "get", f"{PREFIX}/config")
    assert allowed(cluster, NODE, "get", "--prefix", f"{PREFIX}/subnets")
    for words in (("put", f"{PREFIX}/config", "{}"), ("put", "/elsewhere", "x"), ("get", "/elsewhere"), ("get", "--prefix", "/")):
        assert [allowed(cluster, files, *words) for files in (NODE, MODULES)] == [False, False]
    assert not allowed(cluster, MODULES, "get", LEASE)


def test_a_daemon_still_watches_its_lease(cluster: Cluster) -> None:
    before = daemons(cluster)[0]
    cluster.etcdctl("del", LEASE)
    deadline = time.monotonic() + 60
    while (daemons(cluster)[0] == before or "10.24.1.0/24" not in cluster.leases()) and time.monotonic() < deadline:
        time.sleep(1)
    assert daemons(cluster)[0] != before
    assert cluster.leases()["10.24.1.0/24"].public_ip == "172.16.0.11"


def test_a_whole_run_then_changes_nothing(cluster: Cluster) -> None:
    first = cluster.site("--tags", "network_config,vpc_routes", variables=ON)
    assert first.rc == 0, first.messages()
    run = cluster.site("-vvvv", variables=ON)
    assert run.rc == 0, run.messages()
    assert run.stats["changed"] == {}
    secret = cluster.sandbox.host_exec("n1", ["cat", PASSWORD_FILE]).stdout.strip()
    assert (len(secret), secret in run.stdout) == (64, False)
    found = {
        node: cluster.sandbox.host_exec(node, ["grep", "-raFl", secret, "/etc", "/var", "/root", "/tmp"]).stdout for node in ("n1", "n2")
    }
    assert found == {"n1": f"{PASSWORD_FILE}\n", "n2": ""}
    verified, report = cluster.verify()
    assert verified.rc == 0, verified.messages()
    assert pings(report) == [("n1", "n2", True), ("n2", "n1", True)]


def test_a_lost_password_is_made_and_set_anew(cluster: Cluster) -> None:
    cluster.sandbox.host_exec("n1", ["rm", PASSWORD_FILE])
    run = cluster.site("--tags", "etcd,network_config", variables=ON)
    assert run.rc == 0, run.messages()
    assert is_on(cluster)


def test_it_is_turned_off_again(cluster: Cluster) -> None:
    for changed in (True, False):
        run = cluster.site("--tags", "etcd,network_config")
        assert run.rc == 0, run.messages()
        assert (run.stats["changed"] != {}, is_on(cluster)) == (changed, False)


def test_nobody_is_locked_out_where_the_modules_are_refused(cluster: Cluster) -> None:
    # The gateway refuses every certificate with a CN as soon as authentication is on.
    pair = zip(("cert", "key"), NODE)
    identity = {f"etcd_pki_identity_{part}": cluster.sandbox.host_exec("n1", ["cat", file]).stdout for part, file in pair}
    run = cluster.site("--tags", "etcd", variables={**ON, **identity})
    assert run.rc != 0
    assert "off again" in run.messages() and "no CN" in run.messages(), run.messages()
    assert not is_on(cluster)
    repaired = cluster.site("--tags", "etcd,network_config", variables=ON)
    assert repaired.rc == 0, repaired.messages()
    assert is_on(cluster)
