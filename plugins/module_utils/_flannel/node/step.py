# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""A step of a node's plan, and files as they are to be. Pure."""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass, field

if t.TYPE_CHECKING:
    from .observed import FileState, ObservedNode


@dataclass(frozen=True)
class Step:
    """Something to do, why, and what the role needs to know to do it."""

    name: str
    reasons: tuple[str, ...]
    details: t.Mapping[str, t.Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DesiredFile:
    """A file as it is to be; ``validate`` names how its content is checked before it is there."""

    path: str
    content: str
    mode: str = "0644"
    validate: str = "none"

    def public(self) -> dict[str, str]:
        """Return the file as the role writes it."""
        return {"path": self.path, "content": self.content, "mode": self.mode, "validate": self.validate}

    def is_there(self, node: ObservedNode) -> bool:
        """Say whether the node has it, with its owner and mode."""
        state = node.files.get(self.path)
        return state is not None and is_file(state, self.mode) and self.has_content(node)

    def has_content(self, node: ObservedNode) -> bool:
        """Say whether the node has a file with this content."""
        state = node.files.get(self.path)
        return state is not None and state.sha256 == hashlib.sha256(self.content.encode()).hexdigest()


def is_file(state: FileState | None, mode: str) -> bool:
    """Say whether it is a file of root, with this mode."""
    return state is not None and (state.kind, state.uid, state.gid, state.mode) == ("file", 0, 0, mode)


def is_folder(state: FileState | None) -> bool:
    """Say whether it is a folder of root, as the role makes folders."""
    return state is not None and (state.kind, state.uid, state.gid, state.mode) == ("directory", 0, 0, "0755")
