# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private plugin_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What a filter sees of the variables around it, and of the controller."""

from __future__ import annotations

import hashlib
import typing as t
from pathlib import Path

if t.TYPE_CHECKING:
    from jinja2.runtime import Context


_PART_BYTES = 1 << 20


class TaskVariables(t.Mapping[str, t.Any]):
    """The variables of the task, each worked out when it is asked for."""

    def __init__(self, context: Context) -> None:
        """Take the context that Jinja passes to a filter."""
        self._context = context

    def __contains__(self, name: object) -> bool:
        """Say whether there is a variable of the name."""
        return isinstance(name, str) and name in self._context

    def __getitem__(self, name: str) -> t.Any:
        """Return what the variable is; something undefined fails when it is used."""
        return self._context.resolve(name)

    def __iter__(self) -> t.Iterator[str]:
        """Yield the names."""
        return iter(self._context.get_all())

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._context.get_all())


def is_file(path: str) -> bool:
    """Say whether a file is on the controller."""
    return Path(path).expanduser().is_file()


def file_sum(path: str) -> str:
    """Return the sha256 sum of a file on the controller; nothing when it can't be read."""
    found = hashlib.sha256()
    try:
        with Path(path).expanduser().open("rb") as file:
            for part in iter(lambda: file.read(_PART_BYTES), b""):
                found.update(part)
    except OSError:
        return ""
    return found.hexdigest()
