# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans and makes custom policies of RAM."""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass

from ..._core.errors import InvalidInput
from ..._core.plan import Outcome
from .steps import HOLDERS, RamStep, apply_steps, read_or_none

if t.TYPE_CHECKING:
    from ..client import AlicloudClient

# API reference of CreatePolicy and CreatePolicyVersion.
NAME = re.compile(r"[A-Za-z0-9-]{1,128}")
_LONGEST_DOCUMENT = 6144
_LONGEST_DESCRIPTION = 1024
_ROTATE = "DeleteOldestNonDefaultVersionWhenLimitExceeded"


@dataclass(frozen=True)
class Policy:
    """A custom policy: what its default version says."""

    name: str
    description: str
    document: t.Mapping[str, t.Any]

    def public(self) -> dict[str, t.Any]:
        """Return what the module shows of it."""
        return {"name": self.name, "description": self.description, "document": dict(self.document)}


@dataclass(frozen=True)
class DesiredPolicy:
    """The desired policy; without a document it is to be absent."""

    name: str
    document: t.Mapping[str, t.Any] | None = None
    description: str | None = None
    detach: bool = False


@dataclass(frozen=True)
class Use:
    """What has to be removed before a policy: versions that are not the default one, and steps that detach it, each with its holder."""

    versions: tuple[str, ...] = ()
    holders: tuple[tuple[str, RamStep], ...] = ()


@dataclass(frozen=True)
class PolicyPlan:
    """The policy as it is and as it is desired, and the calls in between."""

    current: Policy | None
    after: Policy | None
    changes: tuple[RamStep, ...]

    def predict(self) -> Outcome:
        """Return what will hold once every change is made."""
        before, after = (policy.public() if policy else {} for policy in (self.current, self.after))
        return Outcome(bool(self.changes), before, after, {"policy": after or None})


def parse_desired_policy(options: t.Mapping[str, t.Any]) -> DesiredPolicy:
    """Return what the module's options ask for; refuse what the API would."""
    name, description = options["name"], options["description"]
    if not NAME.fullmatch(name):
        raise InvalidInput(f"The option name is {name!r}. The name of a policy has 1 to 128 letters, digits and hyphens.")
    if options["state"] == "absent":
        return DesiredPolicy(name, detach=options["detach"])
    if description is not None and not 1 <= len(description) <= _LONGEST_DESCRIPTION:
        raise InvalidInput(f"The option description has {len(description)} characters; a policy's has 1 to {_LONGEST_DESCRIPTION}.")
    _check_document(options["document"])
    return DesiredPolicy(name, options["document"], description)


def _check_document(document: t.Mapping[str, t.Any]) -> None:
    statements = document.get("Statement")
    if document.get("Version") != "1" or not isinstance(statements, list) or not statements:
        raise InvalidInput(
            "The option document is not a RAM policy: it needs a Version, the text '1', and a list Statement that is not empty."
        )
    for number, statement in enumerate(statements, start=1):
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            raise InvalidInput(f"Statement {number} of the option document has no Effect that is Allow or Deny.")
    size = len(_text(document).encode())
    if size > _LONGEST_DOCUMENT:
        raise InvalidInput(
            f"The option document has {size} bytes as JSON; a policy has at most {_LONGEST_DOCUMENT}. Split it into two policies."
        )


def _text(document: t.Mapping[str, t.Any]) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def parse_policy(answer: t.Mapping[str, t.Any]) -> Policy:
    """Return the answer of GetPolicy in our shape."""
    document = answer["DefaultPolicyVersion"]["PolicyDocument"]
    return Policy(answer["Policy"]["PolicyName"], answer["Policy"].get("Description") or "", json.loads(document))


def parse_use(versions: t.Mapping[str, t.Any], entities: t.Mapping[str, t.Any], name: str) -> Use:
    """Return what keeps a policy from being deleted: the answers of ListPolicyVersions and ListEntitiesForPolicy."""
    listed = (versions.get("PolicyVersions") or {}).get("PolicyVersion") or []
    holders = [
        (f"{inner.lower()} {one[field]}", RamStep(detach, {"PolicyType": "Custom", "PolicyName": name, field: one[field]}))
        for outer, inner, field, detach in HOLDERS
        for one in (entities.get(outer) or {}).get(inner) or []
    ]
    return Use(tuple(one["VersionId"] for one in listed if not one["IsDefaultVersion"]), tuple(holders))


def plan_policy(desired: DesiredPolicy, current: Policy | None, use: Use) -> PolicyPlan:
    """Plan; refuse to delete a policy that is still attached. ``use`` matters for a policy that is to be deleted."""
    if desired.document is None:
        return PolicyPlan(current, None, _deletion(desired, use) if current else ())
    named = {"PolicyName": desired.name}
    text = _text(desired.document)
    if current is None:
        created = Policy(desired.name, desired.description or "", desired.document)
        return PolicyPlan(None, created, (RamStep("CreatePolicy", {**named, "PolicyDocument": text, "Description": desired.description}),))
    after = Policy(desired.name, desired.description or current.description, desired.document)
    changes = []
    if after.document != current.document:
        version = {**named, "PolicyDocument": text, "SetAsDefault": True, "RotateStrategy": _ROTATE}
        changes.append(RamStep("CreatePolicyVersion", version))
    if after.description != current.description:
        changes.append(RamStep("UpdatePolicyDescription", {**named, "NewDescription": after.description}))
    return PolicyPlan(current, after, tuple(changes))


def _deletion(desired: DesiredPolicy, use: Use) -> tuple[RamStep, ...]:
    if use.holders and not desired.detach:
        raise InvalidInput(
            f"The policy {desired.name} is attached to {', '.join(holder for holder, _step in use.holders)}; nothing was removed. Detach "
            "it there first, or set detach: true, which takes these permissions away."
        )
    named = {"PolicyName": desired.name}
    versions = [RamStep("DeletePolicyVersion", {**named, "VersionId": version}) for version in use.versions]
    return (*(step for _holder, step in use.holders), *versions, RamStep("DeletePolicy", named))


class PolicyResource:
    """One custom policy of the account."""

    def __init__(self, client: AlicloudClient, options: t.Mapping[str, t.Any]) -> None:
        self._client = client
        self._desired = parse_desired_policy(options)

    def plan(self) -> PolicyPlan:
        """Read the policy and plan."""
        named = {"PolicyType": "Custom", "PolicyName": self._desired.name}
        answer = read_or_none(self._client, "GetPolicy", named)
        current = parse_policy(answer) if answer else None
        use = Use()
        if current and self._desired.document is None:
            versions, entities = (
                read_or_none(self._client, action, named) or {} for action in ("ListPolicyVersions", "ListEntitiesForPolicy")
            )
            use = parse_use(versions, entities, self._desired.name)
        return plan_policy(self._desired, current, use)

    def apply(self, plan: PolicyPlan) -> Outcome:
        """Make the plan's changes."""
        apply_steps(self._client, plan.changes, lambda: self.plan().changes)
        return plan.predict()
