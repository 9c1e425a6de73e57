# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role flanneld finds files on a node with."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t

from ansible_collections.alicloud.flannel.tests.repository import PROJECT

if t.TYPE_CHECKING:
    from pathlib import Path

SCRIPT = PROJECT / "roles/flanneld/files/find_files.py"


def find(folders: list[Path], *patterns: str) -> list[str]:
    """Run the script; it must have nothing to say but the answer."""
    options = [f"--folder={folder}" for folder in folders]
    done = subprocess.run([sys.executable, str(SCRIPT), *options, *patterns], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return t.cast("list[str]", json.loads(done.stdout))


def test_files_folders_and_links_are_found_by_name_and_pattern(tmp_path: Path) -> None:
    (tmp_path / "nft").touch()
    (tmp_path / "flannel.1").mkdir()
    (tmp_path / "10.24.1.2").symlink_to("nowhere")
    (tmp_path / "nftables").touch()
    found = find([tmp_path], "nft", "flannel.*", "[1-9]*.*.*.*[0-9]")
    assert found == [f"{tmp_path}/{name}" for name in ("10.24.1.2", "flannel.1", "nft")]


def test_a_folder_is_not_searched_below_nor_twice(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below/nft").touch()
    assert find([tmp_path], "nft") == []
    assert find([tmp_path / "below", tmp_path / "below"], "nft") == [f"{tmp_path}/below/nft"]


def test_what_is_no_folder_has_nothing(tmp_path: Path) -> None:
    (tmp_path / "nft").touch()
    assert find([tmp_path / "missing", tmp_path / "nft"], "nft") == []
