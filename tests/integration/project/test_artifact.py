# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as it is published: built, installed into an empty folder without a network, and used from there."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tarfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.repository import PROJECT, build_artefact, list_files

BINARIES = {"newest": Path(sys.executable).parent, "oldest": PROJECT / ".venv-oldest/bin"}
# The filters that users may call. All others serve a role: their first line says so, and they have no page.
FILTERS = ["alicloud.flannel.findings_text", "alicloud.flannel.nodes", "alicloud.flannel.reservations", "alicloud.flannel.routes"]
# Of the repository only: git's own, the checks' settings, and the link that makes a checkout look like an installed collection.
CHECKOUT_ONLY = (".ansible-lint", ".ci/", ".gitignore", ".yamllint", "galaxy.yml")


def names(folder: str, pattern: str = "*.py") -> list[str]:
    """Return the full names of what lies in a folder of the project."""
    return sorted(f"alicloud.flannel.{path.stem}" for path in (PROJECT / folder).glob(pattern))


@dataclass(frozen=True)
class Installed:
    """A folder with the installed collection, and the ansible-core that installed it."""

    folder: Path
    binaries: Path

    def run(self, *command: str, rc: int = 0) -> str:
        """Run a command of ansible-core in the folder, with nothing around it; return what it prints."""
        environment = {
            "HOME": str(self.folder),
            "PATH": f"{self.binaries}:{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(self.folder),
            "ANSIBLE_NOCOLOR": "1",
        }
        argv = [str(self.binaries / command[0]), *command[1:]]
        done = subprocess.run(argv, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == rc, done.stdout + done.stderr
        assert "[WARNING]" not in done.stderr
        return done.stdout + (done.stderr if rc else "")

    def document(self, kind: str, plugins: t.Sequence[str]) -> dict[str, t.Any]:
        """Return what ansible-doc knows of the plugins."""
        return t.cast("dict[str, t.Any]", json.loads(self.run("ansible-doc", "--json", "--type", kind, *plugins)))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the artefact."""
    return build_artefact(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module", params=BINARIES)
def installed(request: pytest.FixtureRequest, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Install the artefact into an empty folder, without a network."""
    binaries = BINARIES[request.param]
    if not binaries.exists() and not os.environ.get("CI"):
        pytest.skip(f"{binaries} does not exist: make setup")
    collection = Installed(tmp_path_factory.mktemp(request.param), binaries)
    collection.run("ansible-galaxy", "collection", "install", "--offline", "--collections-path", str(collection.folder), str(archive))
    return collection


def test_the_artefact_holds_the_repository_and_nothing_else(archive: Path) -> None:
    with tarfile.open(archive) as opened:
        members = {member.name for member in opened.getmembers() if not member.isdir()}
    expected = {name for name in list_files() if not name.startswith(CHECKOUT_ONLY)}
    assert members - {"MANIFEST.json", "FILES.json"} == expected


@pytest.mark.parametrize(
    ("kind", "plugins"),
    [("module", names("plugins/modules")), ("filter", FILTERS), ("inventory", names("plugins/inventory"))],
)
def test_plugins_are_documented(installed: Installed, kind: str, plugins: list[str]) -> None:
    documents = installed.document(kind, plugins)
    assert sorted(documents) == plugins
    for document in documents.values():
        assert document["doc"]["short_description"]
        assert document["examples"]
        assert document["return"] or kind == "inventory"


def test_a_filter_is_either_documented_or_says_whom_it_serves() -> None:
    others = [path for path in (PROJECT / "plugins/filter").glob("*.py") if f"alicloud.flannel.{path.stem}" not in FILTERS]
    first = {path.name: ast.get_docstring(ast.parse(path.read_text())) or "" for path in others}
    assert {name: line for name, line in first.items() if not line.startswith("For ")} == {}


def test_a_filter_that_is_given_nonsense_says_what_is_wrong(installed: Installed) -> None:
    call = ["ansible", "localhost", "--module-name", "ansible.builtin.debug", "--inventory", "localhost,"]
    assert "The filter alicloud.flannel.nodes can't use its input (number, dictionary)" in installed.run(
        *call, "--args", "msg={{ 5 | alicloud.flannel.nodes({}) }}", rc=2
    )


def test_roles_are_documented(installed: Installed) -> None:
    # The one that only has variables is for the playbooks alone.
    roles = [role for role in names("roles", "*") if role != "alicloud.flannel.cluster"]
    documents = installed.document("role", roles)
    assert sorted(documents) == roles
    for document in documents.values():
        assert document["entry_points"]["main"]["short_description"]


def test_playbooks_are_found_by_their_names(installed: Installed) -> None:
    playbooks = names("playbooks", "*.yml")
    inventory = installed.folder / "ansible_collections/alicloud/flannel/inventories/example"
    output = installed.run("ansible-playbook", "--syntax-check", "--inventory", str(inventory), *playbooks)
    checked = [Path(line.removeprefix("playbook: ")) for line in output.splitlines() if line.startswith("playbook: ")]
    assert [f"alicloud.flannel.{path.stem}" for path in checked] == playbooks
    assert {path.parent for path in checked} == {installed.folder / "ansible_collections/alicloud/flannel/playbooks"}
