# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role etcd_pki on hosts that are folders of this machine: what it does, what it says, and how often it asks a host."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.subject import Subject
from ansible_collections.alicloud.flannel.tests.integration.etcd.pki.etcd_ca import make_ca, make_request, sign
from ansible_collections.alicloud.flannel.tests.integration.etcd.pki.role_hosts import NODES, Hosts, needs_root, remote_calls

pytestmark = needs_root


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Hosts:
    """Three bare hosts, of which the first keeps the CA."""
    hosts = Hosts(tmp_path_factory.mktemp("hosts"))
    make_ca(hosts.ca)
    return hosts


def test_check_mode_predicts_on_a_bare_host(hosts: Hosts) -> None:
    planned = hosts.run("client", "--check")
    assert (planned.rc, sorted(planned.stats["changed"])) == (0, list(NODES)), planned.messages()
    assert [hosts.client(node).parent.exists() for node in NODES] == [False] * 3


def test_each_host_gets_its_certificate_and_then_costs_one_call(hosts: Hosts) -> None:
    first = hosts.run("client")
    assert first.rc == 0, first.messages()
    assert "PRIVATE KEY" not in first.stdout + json.dumps(first.events)
    assert len({hosts.client(node).read_text() for node in NODES}) == 3
    second = hosts.run("client")
    assert (second.rc, second.stats["changed"]) == (0, {})
    # The CA is read once for all of them.
    assert remote_calls(second) == ["n1", *NODES]
    # And the check of the variables, which Ansible adds.
    assert second.tasks() <= 1 + 4


def test_what_is_put_right_is_said_with_its_reason_and_keys_stay(hosts: Hosts) -> None:
    before = {name: hosts.client("n2", name).read_text() for name in ("client.crt", "client.key")}
    hosts.client("n3", "client.key").chmod(0o644)
    run = hosts.run("client", "--limit", "n2,n3", etcd_pki_renew_days=1200)
    assert run.rc == 0, run.messages()
    said = {line for result in run.results("Report what is changed, and why") for line in result["msg"].splitlines()}
    assert said == {
        *(f"{hosts.client(node)}: less than 1200 days left" for node in ("n2", "n3")),
        f"{hosts.client('n3', 'client.key')}: not 0600 for root and root",
    }
    assert hosts.client("n2").read_text() != before["client.crt"]
    assert hosts.client("n2", "client.key").read_text() == before["client.key"]
    assert hosts.client("n3", "client.key").stat().st_mode & 0o777 == 0o600


def test_the_identity_is_made_beside_the_ca_and_read_by_one_call(hosts: Hosts) -> None:
    first = hosts.run("identity")
    assert first.rc == 0, first.messages()
    second = hosts.run("identity")
    assert (second.rc, second.stats["changed"], remote_calls(second)) == (0, {}, ["n1"])
    key = (hosts.ca / "automation.key").read_text().splitlines()[1]
    assert [word for word in ("PRIVATE KEY", key) if word in first.stdout + second.stdout + json.dumps([first.events, second.events])] == []


def test_days_left_are_told_by_path(hosts: Hosts) -> None:
    run = hosts.run("expiry", etcd_pki_clients=list(NODES))
    found = [result["ansible_facts"]["etcd_pki_days_left"] for result in run.results("Remember the days left")]
    left = {path: days for facts in found for path, days in facts.items()}
    assert left[str(hosts.ca / "ca.crt")] == 3649
    assert {left[str(hosts.client(node))] for node in NODES} == {1094}
    assert left[str(hosts.ca / "automation.crt")] == 1094


@pytest.fixture(scope="module")
def provided(hosts: Hosts) -> dict[str, str]:
    """Make a CA of the user's, and certificates for a client: one that is right, and one of another user."""
    folder = hosts.folder / "own"
    make_ca(folder, "the user's CA")
    for name in ("flannel", "root"):
        subject = Subject("the user", name)
        (folder / f"{name}.crt").write_text(sign(folder, make_request(folder / f"{name}.key", subject), subject=subject))
    return {
        "etcd_pki_ca_cert": f"{folder}/ca.crt",
        "etcd_pki_client_cert": f"{folder}/flannel.crt",
        "etcd_pki_client_key": f"{folder}/flannel.key",
    }


def test_a_provided_certificate_that_would_not_work_changes_nothing(hosts: Hosts, provided: dict[str, str]) -> None:
    run = hosts.run("client", **{**provided, "etcd_pki_client_cert": provided["etcd_pki_client_cert"].replace("flannel", "root")})
    assert run.rc != 0
    assert run.stats["changed"] == {}
    for words in ("etcd_pki_client_cert for n1 can't be used", "the key does not match it", "its CN is root", "Nothing was changed."):
        assert words in run.messages()


def test_a_provided_certificate_is_stored_with_its_key_and_without_the_roles_ca(hosts: Hosts, provided: dict[str, str]) -> None:
    shutil.move(hosts.ca, hosts.folder / "ca.away")
    try:
        first, second = hosts.run("client", **provided), hosts.run("client", **provided)
    finally:
        shutil.move(hosts.folder / "ca.away", hosts.ca)
    assert first.rc == 0, first.messages()
    assert (second.rc, second.stats["changed"], remote_calls(second)) == (0, {}, list(NODES)), second.messages()
    assert {hosts.client(node).read_text() for node in NODES} == {Path(provided["etcd_pki_client_cert"]).read_text()}
    assert hosts.client("n1", "ca.crt").read_text() == Path(provided["etcd_pki_ca_cert"]).read_text()
    assert "PRIVATE KEY" not in first.stdout + json.dumps(first.events)
