# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans what becomes of a CA. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ..._core.errors import InvalidInput
from ..._core.plan import Outcome
from .ca_state import ABSENT, INTERRUPTED, NEXT, PREVIOUS, STABLE, CaState
from .pem import fingerprint

if t.TYPE_CHECKING:
    from pathlib import Path

    from .ca_input import DesiredCa, Request

# What a step does to the CA. Each is complete with one rename, so that the next run completes an interrupted one.
MAKE = "make"
MAKE_NEXT = "make next"
SWITCH = "switch"
DROP = "drop"

STATES = ("present", "next", "switched", "dropped")


@dataclass(frozen=True)
class CaPlan:
    """The steps to take, in order, and what to sign after them."""

    folder: Path
    steps: tuple[str, ...]
    requests: tuple[Request, ...]
    before: CaState
    after: CaState

    @property
    def changes(self) -> t.Sequence[t.Any]:
        """Return the steps, and the requests, whose certificates change nothing on the host."""
        return [*self.steps, *self.requests]

    def predict(self) -> Outcome:
        """Return what will hold; nothing is signed before."""
        return self.outcome(self.after, {})

    def outcome(self, after: CaState, certificates: t.Mapping[str, str]) -> Outcome:
        """Return what holds."""
        returns = {"ca": after.item(self.folder), "certificates": dict(certificates)}
        return Outcome(bool(self.steps), self.before.item(self.folder), after.item(self.folder), returns)


def plan_ca(current: CaState, desired: DesiredCa) -> CaPlan:
    """Plan the steps from the CA as it is to the desired state."""
    steps = tuple(_steps(current, desired))
    if MAKE in steps or MAKE_NEXT in steps:
        _check_subject(current, desired)
    after = current
    for step in steps:
        after = predict_step(after, step)
    return CaPlan(desired.folder, steps, desired.requests, current, after)


def _steps(current: CaState, desired: DesiredCa) -> t.Iterator[str]:
    if current.phase == ABSENT:
        if desired.state != "present":
            raise InvalidInput(f"There is no CA in {desired.folder} to replace. Nothing was changed.")
        yield MAKE
    if current.phase == INTERRUPTED and desired.state == "dropped":
        raise InvalidInput(
            f"The switch to the next CA in {desired.folder} was interrupted: complete it, and reissue all certificates first. "
            "Nothing was changed."
        )
    # Nothing can be signed before the switch is complete.
    if current.phase == INTERRUPTED or (current.phase == NEXT and desired.state == "switched"):
        yield SWITCH
    if desired.state == "next" and current.phase in (INTERRUPTED, PREVIOUS):
        raise InvalidInput(f"The CA in {desired.folder} is still being replaced: drop the previous one first. Nothing was changed.")
    if desired.state == "next" and current.phase == STABLE:
        yield MAKE_NEXT
    if desired.state == "dropped" and current.phase == PREVIOUS:
        yield DROP


def _check_subject(current: CaState, desired: DesiredCa) -> None:
    if desired.subject is None:
        lacking = "There is no CA in" if current.phase == ABSENT else "There is no next CA in"
        raise InvalidInput(f"{lacking} {desired.folder}, and without common_name none is made. Nothing was changed.")


def predict_step(state: CaState, step: str) -> CaState:
    """Return the CA after a step. The certificate of a new one is not known before it is made."""
    if step == MAKE:
        return CaState(STABLE)
    if step == MAKE_NEXT:
        return replace(state, phase=NEXT)
    if step == SWITCH:
        return CaState(PREVIOUS, state.next, "", state.previous or state.current, state.replaced)
    names = dict.fromkeys([*state.replaced, fingerprint(state.previous)])
    return CaState(STABLE, state.current, replaced=tuple(names))
