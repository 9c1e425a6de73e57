# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._verify.example_observations import (
    DOWN,
    Break,
    facts,
    found,
    leases,
    part,
    silent,
    subnet,
)

# The same for daemons, and for what is only worth knowing.
DAEMON: list[tuple[str, list[Break], str, str, str]] = [
    (
        "cut off",
        [facts("n2", endpoints={"https://m1:2379": "timed out"})],
        "broken",
        "etcd access",
        "cannot reach etcd from here: https://m1",
    ),
    ("partly", [facts("n2", endpoints={"https://m1:2379": "timed out", "https://m2:2379": ""})], "warning", "etcd access", "only partly"),
    (
        "no space",
        [facts("n2", endpoints={"https://m1:2379": 'status 503: {"health":"false","reason":"ALARM NOSPACE"}'})],
        "broken",
        "etcd access",
        'etcd reports that it is unhealthy: https://m1:2379: status 503: {"health":"false","reason":"ALARM NOSPACE"}',
    ),
    ("not renewed", [leases(subnet(2), ttl=3600)], "broken", "lease", "flanneld does not renew it"),
    (
        "failed",
        [part("n2", "units", **{"flanneld.service": DOWN}), facts("n2", log=["E1 flannel config not found in etcd store. Did you"])],
        "broken",
        "unit",
        "There is no network config under the prefix",
    ),
    (
        "failed without a word",
        [part("n2", "units", **{"flanneld.service": DOWN})],
        "broken",
        "unit",
        "flanneld.service is failed (failed).",
    ),
    (
        "not at boot",
        [part("n2", "units", **{"flanneld.service": {**DOWN, "active": True, "enabled": False}})],
        "warning",
        "unit",
        "at boot",
    ),
]


@pytest.mark.parametrize(("breaks", "level", "link", "problem"), [case[1:] for case in DAEMON], ids=[case[0] for case in DAEMON])
def test_daemons_are_looked_at(breaks: list[Break], level: str, link: str, problem: str) -> None:
    (finding,) = found(*breaks, mode="daemon")
    assert (finding["node"], finding["link"], finding["level"]) == ("n2", link, level)
    assert problem in finding["problem"]


def test_one_member_that_does_not_answer_is_worth_a_warning_only() -> None:
    (finding,) = found(silent(2))
    assert (finding["node"], finding["link"], finding["level"]) == ("", "etcd", "warning")
    assert "https://m2:2379 does not answer: timed out" in finding["problem"]
    # Nodes that miss the same member say nothing more.
    assert found(silent(2), facts("n2", endpoints={"https://m1:2379": "", "https://m2:2379": "x"}), mode="daemon")[1:] == []
