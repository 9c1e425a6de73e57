# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What every plan has in common. A plan is made without I/O, from what was read and what is desired."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """What holds after a plan, predicted or done.

    ``before`` and ``after`` feed the diff: text, or JSON-safe data. ``returns`` are the module's
    return values. ``problem`` is set when a part was refused or failed while the rest was done:
    the module then reports everything and fails.
    """

    changed: bool
    before: t.Any
    after: t.Any
    returns: t.Mapping[str, t.Any] = field(default_factory=dict)
    problem: str | None = None


class Plan(t.Protocol):
    """The changes between the state that was read and the desired state."""

    @property
    def changes(self) -> t.Sequence[t.Any]:
        """Return the changes in the order in which they are made; empty when there is nothing to do."""

    def predict(self) -> Outcome:
        """Return what will hold once every change is made."""


PlanT = t.TypeVar("PlanT", bound=Plan)


class Resource(t.Protocol[PlanT]):
    """Something that can be read, planned and changed."""

    def plan(self) -> PlanT:
        """Read the current state and plan; never write."""

    def apply(self, plan: PlanT) -> Outcome:
        """Make the plan's changes and return what then holds; raise LostRace when nothing was written."""
