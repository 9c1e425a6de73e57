# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.read_program import parse_version, read_program


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("etcd Version: 3.5.1\nGit SHA: e8732fb5f\nGo Version: go1.16.3\n", "3.5.1"),
        ("etcd Version: 3.6.0-rc.1\n", "3.6.0-rc.1"),
        ("etcd Version: 3.5.1 {{ x }}\n", ""),
        ("Go Version: go1.16.3\n", ""),
        ("", ""),
    ],
)
def test_the_version_is_read(printed: str, version: str) -> None:
    assert parse_version(printed) == version


def test_a_program_is_found_through_links(tmp_path: Path) -> None:
    program = tmp_path / "etcd-3.5.1"
    program.write_text("#!/bin/sh\necho etcd Version: 3.5.1\n")
    program.chmod(0o755)
    (tmp_path / "etcd").symlink_to(program)
    assert read_program(str(tmp_path / "etcd")) == {"path": str(program.resolve()), "version": "3.5.1"}


def test_what_is_no_program_has_no_version(tmp_path: Path) -> None:
    (tmp_path / "etcd").write_text("nonsense")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert read_program(str(tmp_path / "etcd")) == {"path": str((tmp_path / "etcd").resolve()), "version": ""}
    for name in ("dangling", "loop", "nothing"):
        assert read_program(str(tmp_path / name)) == {"path": "", "version": ""}
