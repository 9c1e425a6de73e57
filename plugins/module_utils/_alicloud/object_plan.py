# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans that are lists of API calls, and the one way to carry them out: a call, then reading back, until nothing is left to do."""

from __future__ import annotations

import typing as t
import uuid
from dataclasses import dataclass

from .._core.errors import CollectionError
from .._core.plan import Outcome
from .errors import ApiError, NotFound, UnknownOutcome
from .object import Tags, plan_tags, wait_for, wire_tags

if t.TYPE_CHECKING:
    from .client import AlicloudClient

# What was in it may still count for a while after it has left the listings (known from practice, not from the API reference).
DEPENDENCY_SECONDS = 60.0
DEPENDENCY_PAUSE = 5.0
_DEPENDENCY = ("DependencyViolation", "IncorrectRouteTableStatus")

Public = t.Dict[str, t.Any]


@dataclass(frozen=True)
class ApiCall:
    """A write. ``token`` says whether the API takes a ClientToken for it; ``id_field`` is where the answer has a new object's ID."""

    action: str
    params: t.Mapping[str, t.Any]
    token: bool = False
    id_field: str | None = None


@dataclass(frozen=True)
class ObjectPlan:
    """An object as it is and as it is desired, None where there is none, and the calls in between."""

    kind: str  # name of the return value
    before: Public | None
    after: Public | None
    changes: tuple[ApiCall, ...] = ()

    @property
    def status(self) -> str:
        """Return the status that was read."""
        return str((self.before or {}).get("status", "missing"))

    def predict(self) -> Outcome:
        """Return what will hold once every call is made."""
        return self.outcome(bool(self.changes), self.after)

    def outcome(self, changed: bool, after: Public | None, problem: str | None = None) -> Outcome:
        """Return the outcome for a plan that was started from this one."""
        return Outcome(changed, self.before or {}, after or {}, {self.kind: after or {}}, problem)


class ObjectResource:
    """One object of a product. ``make_plan`` reads and plans; it is given the ID of the object that this run has made, or None."""

    def __init__(self, client: AlicloudClient, product: str, make_plan: t.Callable[[str | None], ObjectPlan], wait_timeout: float) -> None:
        self._client = client
        self._product = product
        self._make_plan = make_plan
        self._wait_timeout = wait_timeout
        self._made: str | None = None

    def plan(self) -> ObjectPlan:
        """Read the object, once no change to it is in progress, and plan."""
        return self._make_plan(self._made)

    def apply(self, plan: ObjectPlan) -> Outcome:
        """Make the first call of the plan, plan again from the result, and so on."""
        latest, done = plan, 0
        try:
            while latest.changes:
                call = latest.changes[0]
                self._write(call)
                done += 1
                latest = self._read_back(call)
        except CollectionError as exc:
            if not done:
                raise
            return plan.outcome(True, latest.before, f"{exc} Calls made before that: {done}.")
        return plan.outcome(True, latest.after)

    def _write(self, call: ApiCall) -> None:
        try:
            answer = self._send(call)
        except UnknownOutcome:
            # There is no token for this call, so the current state shows whether it was carried out.
            if call in self.plan().changes:
                raise
            return
        except NotFound:
            if not call.action.startswith("Delete"):
                raise
            return
        if call.id_field:
            self._made = answer[call.id_field]

    def _send(self, call: ApiCall) -> dict[str, t.Any]:
        deadline = self._client.clock() + min(self._wait_timeout, DEPENDENCY_SECONDS)
        while True:
            token = {"ClientToken": str(uuid.uuid4())} if call.token else {}
            try:
                return self._client.call(self._product, call.action, {**call.params, **token})
            except ApiError as exc:
                if not (exc.code or "").startswith(_DEPENDENCY):
                    raise
                if self._client.clock() + DEPENDENCY_PAUSE > deadline:
                    raise _still_needed(exc) from None
            self._client.sleep(DEPENDENCY_PAUSE)

    def _read_back(self, call: ApiCall) -> ObjectPlan:
        """Wait until reading shows what the call did: a listing may lag behind."""
        return wait_for(
            self._client, self.plan, lambda latest: call not in latest.changes, self._wait_timeout, f"The effect of {call.action}"
        )


def _still_needed(exc: ApiError) -> CollectionError:
    return CollectionError(
        f"{exc} Something that this run could not find still depends on it: find it in the VPC console, remove it and run again.",
        **exc.details,
    )


def tag_calls(
    resource_type: str, object_id: str, current: Tags, desired: Tags, *, purge: bool, untag: str = "UnTagResources"
) -> tuple[tuple[ApiCall, ...], Tags]:
    """Return the calls that give an object its tags, and the tags that it then has. ``untag`` is the product's own spelling."""
    plan = plan_tags(current, desired, purge=purge)
    which = {"ResourceType": resource_type, "ResourceId": [object_id]}
    calls = []
    if plan.add:
        calls.append(ApiCall("TagResources", {**which, "Tag": wire_tags(plan.add)}))
    if plan.remove:
        calls.append(ApiCall(untag, {**which, "TagKey": list(plan.remove)}))
    return tuple(calls), plan.after
