# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.host.owners import group_name, user_name
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.read_files import read_member_files


@pytest.mark.parametrize(("started_at", "newer"), [(None, None), (999.5, True), (1000.5, False), (1001.0, False)])
def test_what_changed_after_the_start_is_told(tmp_path: Path, started_at: float | None, newer: bool | None) -> None:
    path = tmp_path / "etcd.yml"
    path.write_text("name: n1\n")
    os.utime(path, (1000.5, 1000.5))
    state = read_member_files([str(path)], started_at)[str(path)]
    assert state is not None
    assert (state["changed_at"], state["is_newer_than_start"]) == (1000.5, newer)
    assert (state["owner"], state["group"]) == (user_name(os.getuid()), group_name(os.getgid()))


def test_a_link_changes_with_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("x")
    os.utime(tmp_path / "ca.crt", (2000, 2000))
    (tmp_path / "link").symlink_to("ca.crt")
    states = read_member_files([str(tmp_path / "link"), str(tmp_path / "nothing")], 1000)
    link = states[str(tmp_path / "link")]
    assert link is not None
    assert (link["kind"], link["target"], link["sha256"], link["changed_at"], link["is_newer_than_start"]) == (
        "link",
        "ca.crt",
        None,
        2000,
        True,
    )
    assert states[str(tmp_path / "nothing")] is None
