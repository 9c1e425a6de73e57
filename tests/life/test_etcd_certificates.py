# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Etcd's certificates are renewed, replaced with their CA, and lost, while the cluster is used. The tests are chapters of one story."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import (
    CA_FOLDER,
    DAEMON,
    PKI_FOLDER,
    Cluster,
    Record,
    bring_up,
    needs_sandbox,
)
from ansible_collections.alicloud.flannel.tests.life.writer import writing

pytestmark = needs_sandbox

NODES = ("n1", "n2", "n3")
ROLLOVER = "playbooks/etcd_ca_rollover.yml"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Three hosts, each a member of etcd and a node with a daemon."""
    for cluster in bring_up("certs", tmp_path_factory.mktemp("certificates"), nodes=3):
        cluster.variables = dict(DAEMON)
        run = cluster.site()
        assert run.rc == 0, run.messages()
        yield cluster


def processes(cluster: Cluster, unit: str) -> list[str]:
    """Return the process of a unit on each host."""
    return [cluster.on(node, "systemctl", "show", "--property=MainPID", "--value", unit).strip() for node in NODES]


def presented(cluster: Cluster, member: str) -> str:
    """Return the serial number and issuer of the certificate that the running member shows."""
    script = "openssl s_client -connect 127.0.0.1:2379 </dev/null 2>/dev/null | openssl x509 -noout -serial -issuer"
    return cluster.on(member, "sh", "-c", script)


def trusted(cluster: Cluster) -> set[str]:
    """Return what the hosts trust; the texts of all of them, in their folders for members and for clients."""
    return {cluster.on(node, "cat", f"{folder}/ca.crt") for node in NODES for folder in (PKI_FOLDER, "/etc/flannel/etcd")}


def ca_files(cluster: Cluster) -> list[str]:
    return sorted(cluster.on("n1", "sh", "-c", f"cd {CA_FOLDER} && find . -name 'ca.*'").split())


def make_next_ca(cluster: Cluster, name: str) -> None:
    """Make the next CA, as a run leaves it that did nothing else."""
    command = ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-days", "3650"]
    command += ["-config", "/dev/null", "-subj", f"/O=alicloud-flannel/CN={name}", "-addext", "subjectKeyIdentifier=hash"]
    command += ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    cluster.on("n1", "mkdir", "--mode=700", f"{CA_FOLDER}/next")
    cluster.on("n1", *command, "-keyout", f"{CA_FOLDER}/next/ca.key", "-out", f"{CA_FOLDER}/next/ca.crt")


def fingerprint(cluster: Cluster) -> str:
    """Return the name of the CA, as the playbook tells it when it is not told which to replace."""
    run = cluster.play(ROLLOVER)
    assert run.rc == 2
    assert "Nothing was changed." in run.messages()
    (found,) = set(re.findall("etcd_pki_rollover=([0-9A-F:]+)", run.messages()))
    return str(found)


def test_a_renewed_certificate_is_taken_over_without_a_restart(cluster: Cluster, record_property: Record) -> None:
    before, members, daemons = presented(cluster, "n2"), processes(cluster, "etcd.service"), processes(cluster, "flanneld.service")
    with writing(cluster) as writes:
        # Longer than they are valid: all of them run out.
        run = cluster.play("playbooks/certificates.yml", variables={"etcd_pki_renew_days": 1200})
    assert run.rc == 0, run.messages()
    assert presented(cluster, "n2") != before
    assert processes(cluster, "etcd.service") == members
    # The daemon reads its certificate when it starts.
    assert not set(processes(cluster, "flanneld.service")) & set(daemons)
    record_property("figure", f"renewal of all certificates: {writes[0]}")
    assert writes[0].lost == 0


def test_verify_tells_what_runs_out(cluster: Cluster) -> None:
    cluster.variables["verify_certificate_days"] = 1200
    run, report = cluster.verify()
    del cluster.variables["verify_certificate_days"]
    assert run.rc == 0, run.messages()
    assert {path.rpartition("/")[2] for path in report["certificates"]["n1"]} == {
        "automation.crt", "ca.crt", "client.crt", "peer.crt", "root.crt", "server.crt",
    }  # fmt: skip
    told = {finding["node"] for finding in report["findings"] if finding["link"] == "certificate"}
    assert told == set(NODES)


def test_a_roll_over_that_stopped_goes_on_and_loses_no_write(cluster: Cluster, record_property: Record) -> None:
    old = fingerprint(cluster)
    before = trusted(cluster)
    # A run that was killed as soon as it had made the next CA.
    make_next_ca(cluster, "etcd CA, the next")
    daemons = cluster.leases().keys()
    with writing(cluster) as writes:
        run = cluster.play(ROLLOVER)
    assert run.rc == 0, run.messages()
    assert ca_files(cluster) == ["./ca.crt", "./ca.key"]
    after = trusted(cluster)
    assert (len(before), len(after)) == (1, 1)
    assert before != after
    assert "the next" in presented(cluster, "n3")
    assert cluster.leases().keys() == daemons
    record_property("figure", f"rollover of the CA: {writes[0]}")
    assert writes[0].lost == 0

    again = cluster.play(ROLLOVER, variables={"etcd_pki_rollover": old})
    assert (again.rc, again.stats["changed"]) == (0, {}), again.messages()


def test_a_roll_over_waits_for_every_host_and_site_yml_does_not_mind(cluster: Cluster) -> None:
    name = fingerprint(cluster)
    # The connections that Ansible keeps open end, too.
    cluster.sandbox.host_exec("n3", ["sh", "-c", "systemctl stop ssh.socket ssh.service; pkill -x sshd"])
    run = cluster.play(ROLLOVER, variables={"etcd_pki_rollover": name})
    cluster.sandbox.host_exec("n3", ["systemctl", "start", "ssh.service"])
    assert run.rc != 0
    assert "Not in this run, not reachable, or failed before: n3." in run.messages()
    assert ca_files(cluster) == ["./ca.crt", "./ca.key"]

    # As a run leaves it that was killed in the middle of the switch.
    script = "mkdir previous && cp ca.crt previous && mv next/ca.key ca.key"
    make_next_ca(cluster, "etcd CA, a third")
    site = cluster.site("--tags", "etcd,flanneld")
    assert site.rc == 0, site.messages()
    assert {text.count("BEGIN") for text in trusted(cluster)} == {2}
    # A member that nobody gives a certificate.
    cluster.etcdctl("member", "add", "stranger", "--learner", "--peer-urls=https://172.16.0.99:2380")
    run = cluster.play(ROLLOVER)
    assert "does not have, so that they get no certificate of the next CA" in run.messages()
    assert {"./next/ca.crt", "./next/ca.key"} < set(ca_files(cluster))
    (stranger,) = (line.split(",")[0] for line in cluster.etcdctl("member", "list").splitlines() if "172.16.0.99" in line)
    cluster.etcdctl("member", "remove", stranger)
    cluster.on("n1", "sh", "-c", f"cd {CA_FOLDER} && {script}")
    run = cluster.play(ROLLOVER)
    assert run.rc == 0, run.messages()
    assert "a third" in presented(cluster, "n3")
    last, _report = cluster.verify()
    assert last.rc == 0, last.messages()


def test_a_lost_ca_is_made_anew_as_documented(cluster: Cluster) -> None:
    keys = cluster.read_keys().keys()
    cluster.on("n1", "mv", CA_FOLDER, f"{CA_FOLDER}.old")
    refused = cluster.site("--tags", "etcd")
    assert refused.rc != 0
    assert "A new CA would cut them off from each other" in refused.messages()
    for node in NODES:
        cluster.on(node, "sh", "-c", f"systemctl stop etcd.service && mv {PKI_FOLDER} {PKI_FOLDER}.old")
    run = cluster.site()
    assert run.rc == 0, run.messages()
    assert cluster.read_keys().keys() == keys
    last, _report = cluster.verify()
    assert last.rc == 0, last.messages()
