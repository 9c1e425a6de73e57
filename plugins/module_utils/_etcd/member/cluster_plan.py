# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The plans of a cluster's hosts, and what holds for all of them. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from .step import MemberStep


@dataclass(frozen=True)
class HostPlan:
    """Why nothing may be done on a host, or what is to be done there; ``pending`` is what its etcd has not picked up yet."""

    problems: tuple[str, ...] = ()
    steps: tuple[MemberStep, ...] = ()
    pending: tuple[str, ...] = ()

    def has(self, step: str) -> bool:
        """Say whether there is such a step."""
        return any(one.name == step for one in self.steps)

    def public(self) -> dict[str, t.Any]:
        """Return the plan as the role uses it."""
        return {
            "problems": list(self.problems),
            "steps": {step.name: {**step.details, "reasons": list(step.reasons)} for step in self.steps},
            "summary": [f"{step.name}: {', '.join(step.reasons)}" for step in self.steps],
            "pending": list(self.pending),
        }


@dataclass(frozen=True)
class ClusterPlan:
    """The plans of all hosts, and what holds for the cluster.

    ``answering`` is the host whose member is asked for the cluster, ``restarts`` and ``joins`` are in their order, and ``down`` are members
    that don't answer.
    """

    hosts: t.Mapping[str, HostPlan]
    is_first_start: bool = False
    is_live: bool = False
    needs_health: bool = False
    is_access_due: bool = True
    is_snapshot_due: bool = False
    is_alone: bool = False
    answering: str = ""
    leader: str = ""
    restarts: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    with_data: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def public(self) -> dict[str, t.Any]:
        """Return the plan as the role uses it."""
        names = ("is_first_start", "is_live", "needs_health", "is_access_due", "is_snapshot_due", "is_alone", "answering", "leader")
        lists = ("restarts", "joins", "down", "with_data", "running", "unlisted", "warnings")
        return {
            "hosts": {name: host.public() for name, host in self.hosts.items()},
            **{name: getattr(self, name) for name in names},
            **{name: list(getattr(self, name)) for name in lists},
        }
