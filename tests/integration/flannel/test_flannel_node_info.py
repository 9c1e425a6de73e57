# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module that observes a node, on this machine: what it returns is what the plans read, and it never fails as a whole."""

from __future__ import annotations

import hashlib
import os
import time
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node import paths
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.observed import parse_node
from ansible_collections.alicloud.flannel.plugins.modules.flannel_node_info import DOCUMENTATION, RETURN
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._flannel.node.example_node import answer, bare

ENDPOINTS = ["https://127.0.0.1:1", "https://[::1", "https://127.0.0.1:2"]


def observe(path: str | None = None, **options: t.Any) -> dict[str, t.Any]:
    """Run the module; ``path`` is where it finds commands."""
    given = {"network": "10.24.0.0/16", "cert_dir": "/nowhere", **options}
    result = run_module("flannel_node_info", given, check=True, env=None if path is None else {"PATH": path})
    assert (result.failed, result.changed) == (False, False)
    return t.cast("dict[str, t.Any]", result["node"])


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> dict[str, t.Any]:
    """Observe this machine, with one CNI plugin and a program."""
    folder = tmp_path_factory.mktemp("node")
    for name in ("bridge", "flanneld"):
        (folder / name).write_text(name)
        (folder / name).chmod(0o750)
    (folder / "link").symlink_to("flanneld")
    return {"folder": folder, **observe(cni_bin_dirs=["/nowhere", str(folder)], program_dir=str(folder), endpoints=ENDPOINTS)}


def test_it_returns_what_the_plans_read(node: dict[str, t.Any]) -> None:
    values = {name: value for name, value in node.items() if name != "folder"}
    assert values.keys() == answer(bare()).keys() == yaml.safe_load(RETURN)["node"]["contains"].keys()
    observed = parse_node(values, "here")
    assert "127.0.0.1/8" in observed.interfaces["lo"].addresses
    assert observed.ip_forward in ("0", "1")
    assert observed.rp_filter.keys() == {"all", *observed.interfaces}


def test_it_tells_files_with_their_sums(node: dict[str, t.Any]) -> None:
    folder, files = node["folder"], node["files"]
    program = files[f"{folder}/flanneld"]
    assert (program["kind"], program["mode"], program["size"]) == ("file", "0750", 8)
    assert program["sha256"] == hashlib.sha256(b"flanneld").hexdigest()
    assert program["modified_ns"] == (folder / "flanneld").stat().st_mtime_ns
    assert (program["uid"], program["gid"]) == (os.getuid(), os.getgid())
    assert (files[f"{folder}/link"]["kind"], files[f"{folder}/link"]["target"]) == ("link", "flanneld")
    assert files[str(folder)]["kind"] == "directory"
    assert [path for path in files if path.startswith("/nowhere")] == []


def test_it_tells_what_is_there_and_what_is_wrong(node: dict[str, t.Any]) -> None:
    assert node["cni_plugins"] == {"/nowhere": [], str(node["folder"]): ["bridge"]}
    assert node["firewall"]["check"] is None
    assert list(node["endpoints"]) == ENDPOINTS
    assert all(node["endpoints"].values())


def test_it_does_without_any_command(tmp_path: Path) -> None:
    bare_path = observe(path=str(tmp_path), endpoints=[])
    assert (bare_path["log"], bare_path["endpoints"]) == ([], {})
    assert parse_node(bare_path, "here")


@pytest.mark.parametrize("network", ["nonsense", "10.24.0.0", "::/0"])
def test_a_network_that_is_none_has_no_routes(network: str) -> None:
    assert {route["dst"] for route in observe(network=network)["routes"]} <= {"default"}


def test_it_takes_no_longer_than_it_must() -> None:
    begun = time.monotonic()
    observe()
    assert time.monotonic() - begun < 5


def test_the_role_and_the_plan_agree_on_paths() -> None:
    variables = yaml.safe_load((PROJECT / "roles/flanneld/vars/main.yml").read_text())
    names = {
        "_flanneld_firewall": paths.FIREWALL,
        "_flanneld_subnet_env": paths.SUBNET_ENV,
        "_flanneld_static_env": paths.STATIC_ENV,
        "_flanneld_conflist": paths.CONFLIST,
        "_flanneld_docker_bridge": paths.DOCKER_BRIDGE,
    }
    assert {name: variables[name] for name in names} == names
    assert variables["_flanneld_program_dir"].startswith(f"{paths.OPT_DIR}/")
    assert yaml.safe_load(DOCUMENTATION)["options"]["cni_bin_dirs"]["default"] == variables["_flanneld_cni_bin_dirs"]
