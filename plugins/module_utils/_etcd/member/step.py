# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""A step of a member's plan. Pure."""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass, field

if t.TYPE_CHECKING:
    from ..cluster.membership import Join
    from ..cluster.versions import VersionPlan
    from .observed import FileState


@dataclass(frozen=True)
class MemberStep:
    """Something to do, why, and what the role needs to know to do it."""

    name: str
    reasons: tuple[str, ...]
    details: t.Mapping[str, t.Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Situation:
    """What the cluster decides of a host's steps.

    ``versions`` is None where the distribution decides the version, ``join`` for a host that is a member, and ``config`` is the text that
    the configuration is to have.
    """

    versions: VersionPlan | None
    join: Join | None
    config: str


def sha256_of(text: str) -> str:
    """Return the sum of a file with this text."""
    return hashlib.sha256(text.encode()).hexdigest()


def has_text(state: FileState | None, text: str) -> bool:
    """Say whether it is a file with this text."""
    return state is not None and state.kind == "file" and state.sha256 == sha256_of(text)
