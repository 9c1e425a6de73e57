# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints, as JSON, the paths of what has one of some names in one of some folders.

A folder that does not exist has nothing; the module find warns of each.
"""

from __future__ import annotations

import argparse
import json
import sys
from fnmatch import fnmatchcase
from pathlib import Path


def list_names(folder: Path) -> list[str]:
    """Return the names in a folder."""
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def find(folders: list[str], patterns: list[str]) -> list[str]:
    """Return the paths."""
    return [
        f"{folder}/{name}"
        for folder in dict.fromkeys(folders)
        for name in sorted(list_names(Path(folder)))
        if any(fnmatchcase(name, pattern) for pattern in patterns)
    ]


def main() -> None:
    """Print what is found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", action="append", required=True)
    parser.add_argument("pattern", nargs="+")
    options = parser.parse_args()
    sys.stdout.write(json.dumps(find(options.folder, options.pattern)) + "\n")


if __name__ == "__main__":
    main()
