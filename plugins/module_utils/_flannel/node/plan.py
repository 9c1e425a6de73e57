# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""From what was observed on a node to what is to be done there, in order and with reasons. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.answer import BadAnswer
from ..._core.text import show
from .desired import parse_desired
from .observed import parse_node
from .problems import find_problems
from .steps import plan_steps

if t.TYPE_CHECKING:
    from ..._core.item import Item
    from .step import Step

_LONGEST_PROBLEM = 5000


@dataclass(frozen=True)
class NodePlan:
    """Why nothing may be done, or what is to be done."""

    problems: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    def public(self) -> dict[str, t.Any]:
        """Return the plan as the role uses it."""
        reasons = {step.name: [show(reason) for reason in step.reasons] for step in self.steps}
        return {
            "problems": [show(problem, _LONGEST_PROBLEM) for problem in self.problems],
            "steps": {step.name: {**step.details, "reasons": reasons[step.name]} for step in self.steps},
            "summary": [f"{name}: {', '.join(told)}" for name, told in reasons.items()],
        }


def plan_node(answer: t.Any, given: Item, problems: t.Sequence[str] = ()) -> NodePlan:
    """Plan from what a node answered and what the role gives; with ``problems`` of its variables, those are all that is told."""
    if problems:
        return NodePlan(tuple(problems))
    wanted = parse_desired(given)
    try:
        node = parse_node(answer, wanted.name)
    except BadAnswer as exc:
        return NodePlan((str(exc),))
    found = find_problems(node, wanted)
    return NodePlan(tuple(found)) if found else NodePlan(steps=tuple(plan_steps(node, wanted)))
