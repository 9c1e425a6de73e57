# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role verify runs on a node: it tells the same things as the unit tests' observations, and never fails as a whole."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._verify.example_observations import observe

SCRIPT = PROJECT / "roles/verify/files/observe.py"
PLUGINS = "--cni-plugins=bridge,host-local"


def run_script(*arguments: str, path: str | None = None) -> dict[str, t.Any]:
    """Run the script on this machine."""
    fixed = ["--mode=daemon", "--network=10.24.0.0/16", "--cert-dir=/nowhere", "--conflist=/nowhere/flannel.conflist", PLUGINS]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *fixed, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=None if path is None else {"PATH": path},
    )
    facts: dict[str, t.Any] = json.loads(done.stdout)
    return facts


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, t.Any]:
    """Observe this machine, with one CNI plugin."""
    folder = tmp_path_factory.mktemp("cni")
    (folder / "bridge").touch()
    return run_script(f"--cni-path=/nowhere:{folder}", "https://127.0.0.1:1,https://127.0.0.1:2")


def test_it_tells_what_the_checks_read(facts: dict[str, t.Any]) -> None:
    expected = json.loads(observe()["hosts"]["n1"]["observation"]["stdout_lines"][0])
    assert facts.keys() == expected.keys()
    for part in ("settings", "firewall"):
        assert facts[part].keys() == expected[part].keys()
    assert facts["interfaces"]["lo"].keys() == expected["interfaces"]["lo"].keys()
    assert "127.0.0.1/8" in facts["interfaces"]["lo"]["addresses"]
    assert facts["settings"]["ip_forward"] in ("0", "1")


def test_it_tells_what_is_missing(facts: dict[str, t.Any]) -> None:
    assert facts["missing_plugins"] == ["host-local"]
    assert facts["conflist"] is None
    assert facts["firewall"]["check"] is None
    assert set(facts["endpoints"]) == {"https://127.0.0.1:1", "https://127.0.0.1:2"}
    assert all(facts["endpoints"].values())


def test_it_does_without_any_command() -> None:
    bare = run_script("--cni-path=/nowhere", "", path="/nowhere")
    assert (bare["units"], bare["interfaces"], bare["routes"], bare["log"], bare["endpoints"]) == ({}, {}, [], "", {})
