# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The repository: where it is, what it consists of, and how it is built."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def list_files() -> set[str]:
    """Return the paths of all files that git tracks or would track, without the link to the project itself."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split("\0")
    return {name for name in listed if name and (PROJECT / name).is_file()}


def build_artefact(folder: Path) -> Path:
    """Build the collection as it is published; return the archive, which is all that an empty folder then holds."""
    command = [str(Path(sys.executable).with_name("ansible-galaxy")), "collection", "build", str(PROJECT), "--output-path", str(folder)]
    subprocess.run(command, capture_output=True, check=True)
    (path,) = folder.iterdir()
    return path
