# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""A RAM user as a resource: reads, writes, and delivers the secret of a new access key."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..._core.errors import CollectionError
from ..client import items_of
from ..errors import UnknownOutcome
from .key_file import AccessKey, KeyFile
from .steps import RamStep, apply_step, apply_steps, read_or_none
from .user import (
    Attachment,
    User,
    UserPlan,
    check_key_file,
    parse_desired_user,
    plan_user,
)

if t.TYPE_CHECKING:
    from ..._core.plan import Outcome
    from ..client import AlicloudClient


class UserResource:
    """One user of the account."""

    def __init__(self, client: AlicloudClient, options: t.Mapping[str, t.Any]) -> None:
        self._client = client
        self._desired = parse_desired_user(options)
        path = options["access_key_file"]
        self._file = KeyFile(path) if self._desired.key and path else None
        self._named = {"UserName": self._desired.name}

    def plan(self) -> UserPlan:
        """Read the user and plan."""
        current = self._read()
        if self._file:
            check_key_file(self._desired, current, self._file.read_id(), str(self._file.path))
        return plan_user(self._desired, current)

    def apply(self, plan: UserPlan) -> Outcome:
        """Make the plan's changes, the key last."""
        if self._file and any(step.action == "CreateAccessKey" for step in plan.changes):
            self._file.check_folder()
        steps = [step for step in plan.changes if step.action != "CreateAccessKey"]
        apply_steps(self._client, steps, lambda: plan_user(self._desired, self._read()).changes)
        outcome = plan.predict()
        if len(steps) == len(plan.changes):
            return outcome
        key = self._make_key()
        if self._file:
            self._keep(self._file, key)
            return outcome
        return replace(outcome, returns={**outcome.returns, "access_key": key._asdict()})

    def _read(self) -> User | None:
        answer = read_or_none(self._client, "GetUser", self._named)
        if answer is None:
            return None
        user = answer["User"]
        policies = self._list("ListPoliciesForUser", "Policies", "Policy")
        return User(
            user["UserName"],
            user.get("DisplayName") or "",
            user.get("Comments") or "",
            tuple(sorted(Attachment(one["PolicyType"], one["PolicyName"]) for one in policies)),
            self._read_keys(),
            () if self._desired.present else tuple(one["GroupName"] for one in self._list("ListGroupsForUser", "Groups", "Group")),
        )

    def _read_keys(self) -> tuple[str, ...]:
        return tuple(one["AccessKeyId"] for one in self._list("ListAccessKeys", "AccessKeys", "AccessKey"))

    def _list(self, action: str, outer: str, inner: str) -> t.Any:
        return items_of(self._client.call("ram", action, self._named), (outer, inner))

    def _make_key(self) -> AccessKey:
        """Make the key. If the reply is lost, so is the secret: the new key is deleted, and another one made."""
        retry = self._client.retry()
        while True:
            known = set(self._read_keys())
            try:
                made = self._client.call("ram", "CreateAccessKey", self._named)["AccessKey"]
            except UnknownOutcome:
                self._delete_orphan(set(self._read_keys()) - known)
                if not retry.pause(unanswered=True):
                    raise
            else:
                return AccessKey(made["AccessKeyId"], made["AccessKeySecret"])

    def _delete_orphan(self, orphans: set[str]) -> None:
        if len(orphans) > 1:
            raise CollectionError(
                f"Making an access key for {self._desired.name} got no answer, and {len(orphans)} keys have appeared since: somebody else "
                "makes keys for this user, too. Delete those that nobody uses in the RAM console, then run again."
            )
        for key in orphans:
            self._delete(key)

    def _delete(self, key: str) -> None:
        step = RamStep("DeleteAccessKey", {**self._named, "UserAccessKeyId": key})
        apply_step(self._client, step, lambda: [step] if key in self._read_keys() else [])

    def _keep(self, file: KeyFile, key: AccessKey) -> None:
        try:
            file.write(key)
        except OSError as exc:
            self._delete(key.access_key_id)
            raise CollectionError(
                f"The access key of {self._desired.name} could not be written to {file.path}: {exc.strerror}. It was deleted again; free "
                "some space or name another file with the option access_key_file, then run again."
            ) from None
