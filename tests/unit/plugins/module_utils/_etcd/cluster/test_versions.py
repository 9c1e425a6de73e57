# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.versions import parse_version, plan_versions

# Versions that run, separated by spaces ("-" doesn't answer); the desired one; who changes; a word of the problem; whether it warns.
STEPS = [
    ("3.5.1 3.5.1 3.5.1", "3.5.1", "", "", False),
    ("3.4.23 3.4.23 3.4.23", "3.5.1", "n1 n2 n3", "", False),
    # A step that was stopped goes on, also to a newer patch.
    ("3.5.1 3.4.23 3.4.23", "3.5.1", "n2 n3", "", False),
    ("3.5.1 3.4.23 3.4.23", "3.5.33", "n1 n2 n3", "", False),
    ("3.6.1 3.5.26 3.6.1", "3.6.14", "n1 n2 n3", "", False),
    (
        "3.6.1 3.5.26 3.6.1",
        "3.7.0",
        "n1 n2 n3",
        "n2 runs 3.5.26, desired is 3.7.0: etcd is upgraded one minor version at a time. Go to 3.6 first",
        False,
    ),
    ("3.4.23 3.4.23", "3.6.14", "n1 n2", "Go to 3.5 first", False),
    ("3.5.1 3.4.23", "3.4.23", "n1", "can't return", False),
    ("3.6.1", "3.5.33", "n1", "can't return", False),
    ("3.5.33 3.5.33", "3.5.26", "n1 n2", "", True),
    ("3.5.25", "3.6.14", "n1", "it is safe only from 3.5.26 on", False),
    ("3.5.26", "3.6.14", "n1", "", False),
    ("3.6.10", "3.7.1", "n1", "it is safe only from 3.6.11 on", False),
    ("3.6.11", "3.7.1", "n1", "", False),
    ("3.4.23 - 3.4.23", "3.5.1", "n1 n3", "n2 doesn't answer", False),
    ("3.5.1 - 3.5.1", "3.5.1", "", "", False),
]


@pytest.mark.parametrize(("running", "desired", "changes", "problem", "warns"), STEPS)
def test_steps(running: str, desired: str, changes: str, problem: str, warns: bool) -> None:
    versions = {f"n{number}": version.strip("-") for number, version in enumerate(running.split(), 1)}
    plan = plan_versions(versions, desired)
    assert plan.changes == tuple(changes.split())
    assert problem in " ".join(plan.problems)
    assert bool(plan.problems) == bool(problem)
    assert bool(plan.warnings) == warns


@pytest.mark.parametrize(
    ("version", "desired", "checked"),
    [("3.4.23", "3.5.1", False), ("3.5.26", "3.6.14", True), ("3.6.1", "3.6.14", False), ("3.6.11", "3.7.1", False)],
)
def test_the_v2_store_is_checked_before_it_goes(version: str, desired: str, checked: bool) -> None:
    assert plan_versions({"n1": version}, desired).check_v2_store is checked


@pytest.mark.parametrize(
    ("desired", "keys", "gone"),
    [
        ("3.5.1", ["enable-v2", "experimental-initial-corrupt-check"], ""),
        ("3.6.14", ["enable-v2", "experimental-initial-corrupt-check"], "no longer has enable-v2:"),
        ("3.7.1", ["experimental-initial-corrupt-check", "heartbeat-interval"], "no longer has experimental-initial-corrupt-check:"),
    ],
)
def test_settings_that_a_version_no_longer_has(desired: str, keys: list[str], gone: str) -> None:
    problems = plan_versions({}, desired, keys).problems
    assert gone in " ".join(problems)
    assert bool(problems) == bool(gone)


@pytest.mark.parametrize("text", ["3.6.0", "3.6.0-rc.1", "3.6.0+dirty"])
def test_what_follows_the_numbers_does_not_matter(text: str) -> None:
    assert parse_version(text) == (3, 6, 0)
