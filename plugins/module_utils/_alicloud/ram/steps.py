# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Calls to RAM, the service for users and permissions, as steps of a plan. None of its actions takes a ClientToken."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.errors import CollectionError, LostRace
from ..errors import ApiError, UnknownOutcome

if t.TYPE_CHECKING:
    from ..client import AlicloudClient

# Codes are those of the API's list of errors.
_NOT_THERE = ("EntityNotExist.User", "EntityNotExist.Policy")
_TAKEN = ("EntityAlreadyExists.User", "EntityAlreadyExists.Policy")
# Kinds of those that a policy is attached to: the outer and the inner key of a listing, the name of one, and the action to detach.
HOLDERS = (
    ("Users", "User", "UserName", "DetachPolicyFromUser"),
    ("Groups", "Group", "GroupName", "DetachPolicyFromGroup"),
    ("Roles", "Role", "RoleName", "DetachPolicyFromRole"),
)


@dataclass(frozen=True)
class RamStep:
    """A call that a plan is made of. Two plans with an equal step have the same thing left to do."""

    action: str
    params: t.Mapping[str, t.Any]


def read_or_none(client: AlicloudClient, action: str, params: t.Mapping[str, t.Any]) -> dict[str, t.Any] | None:
    """Return the answer; None when what is asked for does not exist."""
    try:
        return client.call("ram", action, params)
    except ApiError as exc:
        if exc.code in _NOT_THERE:
            return None
        raise


def apply_steps(client: AlicloudClient, steps: t.Sequence[RamStep], read_steps: t.Callable[[], t.Sequence[RamStep]]) -> None:
    """Make the calls in order. ``read_steps`` reads again and returns what is left to do; a failure says how far it got."""
    done = 0
    try:
        for step in steps:
            apply_step(client, step, read_steps)
            done += 1
    except CollectionError as exc:
        if not done:
            raise
        raise CollectionError(
            f"{exc} {done} of {len(steps)} changes were made before that; run again to complete the rest.", **exc.details
        ) from exc


def apply_step(client: AlicloudClient, step: RamStep, read_steps: t.Callable[[], t.Sequence[RamStep]]) -> None:
    """Make one call; when its reply is lost, make it again only if it is still left to do."""
    retry = client.retry()
    while True:
        try:
            client.call("ram", step.action, step.params)
        except UnknownOutcome:
            if step in read_steps():
                if not retry.pause(unanswered=True):
                    raise
                continue
        except ApiError as exc:
            if not _is_settled(step, exc):
                raise
        return


def _is_settled(step: RamStep, exc: ApiError) -> bool:
    """Say whether the refusal means that somebody else made the same change; raise LostRace when they made the object itself."""
    code = str(exc.code)
    if step.action.startswith("Create") and code in _TAKEN:
        raise LostRace(str(exc), **exc.details) from None
    if step.action.startswith("Attach"):
        return code == "EntityAlreadyExists.User.Policy"
    return step.action.startswith(("Detach", "Delete")) and code.startswith("EntityNotExist.")
