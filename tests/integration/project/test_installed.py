# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The artefact, installed on today's Debian with the ansible-core that pip installs there: no ansible.cfg, and no other setting of Ansible.

Only one of three nodes is a member of etcd. The tests are chapters: each begins where the one before has ended.
"""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import TABLE, needs_sandbox, pings
from ansible_collections.alicloud.flannel.tests.integration.project.installed_fixtures import NODES, Output, User, bring_up_user

pytestmark = needs_sandbox

STATIC = ("--extra-vars", "flannel_mode=static")


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[User]:
    """Somebody who has just installed the collection, and has three bare hosts."""
    yield from bring_up_user("user", tmp_path_factory.mktemp("home"))


def changes(output: Output) -> dict[str, int]:
    """Return how many tasks changed something, by host."""
    assert output.rc == 0, output.text
    assert output.complaints() == []
    return {host: counts["changed"] for host, counts in output.recap().items() if counts["changed"]}


def test_check_mode_of_the_first_run_shows_what_it_would_do(user: User) -> None:
    assert sorted(changes(user.play("site", "--check", "--diff", *STATIC))) == list(NODES)


def test_first_run_makes_the_cluster(user: User) -> None:
    assert sorted(changes(user.play("site", *STATIC))) == list(NODES)
    entries = user.sandbox.request("GET", "state")["route_tables"][TABLE]
    hops = sorted(entry["next_hop_id"] for entry in entries if entry["type"] == "Custom")
    assert hops == [f"i-sandbox-{node}" for node in NODES]


def test_second_run_changes_nothing(user: User) -> None:
    assert changes(user.play("site", *STATIC)) == {}


def test_every_ping_is_answered_and_nothing_is_found(user: User) -> None:
    assert changes(user.play("verify", *STATIC, "--extra-vars", "verify_report_file=report.json")) == {}
    report = json.loads((user.home / "report.json").read_text())
    assert report["findings"] == []
    assert pings(report) == sorted((a, b, True) for a in NODES for b in NODES if a != b)


def test_scheduled_run_changes_nothing(user: User) -> None:
    assert changes(user.play("routes", *STATIC)) == {}
