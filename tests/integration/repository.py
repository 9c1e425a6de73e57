# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the repository consists of."""

from __future__ import annotations

import subprocess
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def list_files() -> set[str]:
    """Return the paths of all files that git tracks or would track, without the link to the project itself."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split("\0")
    return {name for name in listed if name and (PROJECT / name).is_file()}
