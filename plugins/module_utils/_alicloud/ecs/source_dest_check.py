# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans and sets the source/destination check of instances' primary network interfaces."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ..._core.errors import CollectionError
from ..._core.plan import Outcome
from ..errors import UnknownOutcome
from .instance import missing_instances, read_checks, read_instances

if t.TYPE_CHECKING:
    from ..client import AlicloudClient


@dataclass(frozen=True)
class InterfaceCheck:
    """The check of one instance; ``enabled`` is None in a region that has no such check."""

    instance_id: str
    network_interface_id: str
    enabled: bool | None


@dataclass(frozen=True)
class CheckPlan:
    """The checks as they are and as they are desired."""

    current: tuple[InterfaceCheck, ...]
    enabled: bool

    @property
    def changes(self) -> tuple[InterfaceCheck, ...]:
        """Return the checks to set, in their desired state."""
        return tuple(replace(check, enabled=self.enabled) for check in self.current if check.enabled is (not self.enabled))

    def predict(self) -> Outcome:
        """Return what will hold once every change is made."""
        return self.outcome(self.changes)

    def outcome(self, done: t.Sequence[InterfaceCheck], problem: str | None = None) -> Outcome:
        """Return what holds once these changes are made."""
        changed = {check.instance_id: check for check in done}
        after = [changed.get(check.instance_id, check) for check in self.current]
        return Outcome(
            changed=bool(done),
            before=_by_instance(self.current),
            after=_by_instance(after),
            returns={"instances": [_public(check) for check in after]},
            problem=problem,
        )


class SourceDestCheck:
    """The source/destination check of the given instances."""

    def __init__(self, client: AlicloudClient, instance_ids: t.Sequence[str], vpc_id: str | None, enabled: bool) -> None:
        self._client = client
        self._instance_ids = sorted(set(instance_ids))
        self._vpc_id = vpc_id
        self._enabled = enabled

    def plan(self) -> CheckPlan:
        """Read the instances' primary interfaces and plan."""
        found = read_instances(self._client, self._vpc_id, instance_ids=self._instance_ids)
        missing = sorted(set(self._instance_ids) - {instance["instance_id"] for instance in found})
        if missing:
            raise missing_instances(self._client, missing, self._vpc_id)
        checks = [InterfaceCheck(one["instance_id"], one["network_interface_id"], one["source_dest_check"]) for one in found]
        return CheckPlan(tuple(checks), self._enabled)

    def apply(self, plan: CheckPlan) -> Outcome:
        """Set each check with a call of its own: the API takes no more. Stop at the first that fails."""
        done: list[InterfaceCheck] = []
        try:
            for check in plan.changes:
                self._apply_check(check)
                done.append(check)
        except CollectionError as exc:
            return plan.outcome(done, problem=f"{exc} {len(done)} of {len(plan.changes)} interfaces were changed before that.")
        return plan.outcome(done)

    def _apply_check(self, check: InterfaceCheck) -> None:
        params = {"NetworkInterfaceId": check.network_interface_id, "SourceDestCheck": check.enabled}
        try:
            self._client.call("ecs", "ModifyNetworkInterfaceAttribute", params)
        except UnknownOutcome:
            if read_checks(self._client, [check.network_interface_id]).get(check.network_interface_id) is not check.enabled:
                raise


def _by_instance(checks: t.Iterable[InterfaceCheck]) -> dict[str, bool | None]:
    return {check.instance_id: check.enabled for check in checks}


def _public(check: InterfaceCheck) -> dict[str, t.Any]:
    return {
        "instance_id": check.instance_id,
        "network_interface_id": check.network_interface_id,
        "source_dest_check": check.enabled,
    }
