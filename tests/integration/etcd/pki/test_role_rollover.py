# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role etcd_pki replaces the CA step by step. The tests are chapters of one story; a running cluster has it in tests/life."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.pem import fingerprint
from ansible_collections.alicloud.flannel.tests.integration.etcd.pki.etcd_ca import bundle, make_ca, make_leaf, read_state
from ansible_collections.alicloud.flannel.tests.integration.etcd.pki.role_hosts import NODES, Hosts, needs_root

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run

pytestmark = needs_root

CLIENTS = {"etcd_pki_clients": list(NODES)}


def keep_member(hosts: Hosts) -> None:
    """Give the member what the role etcd would."""
    (hosts.member / "ca.crt").write_text("".join(bundle(hosts.ca)))
    for name in ("server", "peer", "root"):
        made = make_leaf(hosts.ca, "member")
        made.rename(hosts.member / f"{name}.crt")
        made.with_suffix(".key").rename(hosts.member / f"{name}.key")


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Hosts:
    """Hosts with certificates of one CA."""
    hosts = Hosts(tmp_path_factory.mktemp("hosts"))
    make_ca(hosts.ca)
    hosts.member.mkdir()
    keep_member(hosts)
    assert hosts.run("client").rc == 0
    return hosts


def begin(hosts: Hosts, name: str = "", *arguments: str) -> Run:
    return hosts.run("rollover_begin", *arguments, **CLIENTS, etcd_pki_rollover=name, etcd_pki_ca_name="etcd CA")


def step(hosts: Hosts, **variables: t.Any) -> Run:
    return hosts.run("rollover_step", **CLIENTS, **variables)


def test_the_ca_must_be_named_and_check_mode_begins_nothing(hosts: Hosts) -> None:
    name = fingerprint((hosts.ca / "ca.crt").read_text())
    refused = begin(hosts)
    assert f"--extra-vars etcd_pki_rollover={name}. Nothing was changed." in refused.messages()
    planned = begin(hosts, name, "--check")
    assert (planned.rc, read_state(hosts.ca)["phase"]) == (0, "stable")


def test_everybody_trusts_both_before_the_next_one_signs(hosts: Hosts) -> None:
    run = begin(hosts, fingerprint((hosts.ca / "ca.crt").read_text()).lower())
    assert run.rc == 0, run.messages()
    assert read_state(hosts.ca)["phase"] == "next"
    early = step(hosts)
    assert early.rc != 0
    for node in NODES:
        assert str(hosts.client(node, "ca.crt")) in early.messages()
    assert "The rollover of the CA stays where it is" in early.messages()
    assert read_state(hosts.ca)["phase"] == "next"


def test_a_member_that_is_behind_or_has_to_restart_blocks_the_step(hosts: Hosts) -> None:
    assert hosts.run("client").rc == 0
    early = step(hosts)
    assert f"n1\n({hosts.member / 'ca.crt'})" in early.messages() or f"n1 ({hosts.member / 'ca.crt'})" in early.messages()
    keep_member(hosts)
    waiting = step(hosts, etcd_pki_pending=["a restart of etcd"])
    assert "a restart of etcd" in waiting.messages()
    assert read_state(hosts.ca)["phase"] == "next"


def test_the_next_one_signs_and_then_the_old_one_is_dropped(hosts: Hosts) -> None:
    switched = step(hosts)
    assert switched.rc == 0, switched.messages()
    assert read_state(hosts.ca)["phase"] == "previous"
    early = step(hosts)
    assert str(hosts.client("n2")) in early.messages() and f"{hosts.member}/root.crt" in early.messages()
    keep_member(hosts)
    assert hosts.run("client").rc == 0
    dropped = step(hosts)
    assert dropped.rc == 0, dropped.messages()
    assert read_state(hosts.ca)["phase"] == "stable"
    last = hosts.run("client")
    assert (last.rc, last.stats["changed"]) == (0, dict.fromkeys(NODES, 1))
    assert {hosts.client(node, "ca.crt").read_text() for node in NODES} == {(hosts.ca / "ca.crt").read_text()}


def test_to_name_a_ca_that_was_replaced_changes_nothing(hosts: Hosts) -> None:
    (replaced,) = read_state(hosts.ca)["replaced"]
    run = begin(hosts, replaced)
    assert (run.rc, run.stats["changed"]) == (0, {}), run.messages()
