# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans RAM users, their policies and their first access key."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field, replace

from ..._core.errors import InvalidInput
from ..._core.plan import Outcome
from .policy import NAME as POLICY_NAME
from .steps import RamStep

# API reference of CreateUser.
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LONGEST = {"display_name": 128, "comments": 128}


class Attachment(t.NamedTuple):
    """A policy that is attached to a user; ``kind`` is Custom or System."""

    kind: str
    name: str


@dataclass(frozen=True)
class User:
    """A user. ``keys`` are the IDs of the access keys; they are shown nowhere."""

    name: str
    display_name: str = ""
    comments: str = ""
    policies: tuple[Attachment, ...] = ()
    keys: tuple[str, ...] = field(default=(), repr=False)
    groups: tuple[str, ...] = ()

    def public(self) -> dict[str, t.Any]:
        """Return what the module shows of it."""
        return {
            "name": self.name,
            "display_name": self.display_name,
            "comments": self.comments,
            "policies": [{"name": one.name, "type": one.kind.lower()} for one in self.policies],
            "access_keys": len(self.keys),
        }


@dataclass(frozen=True)
class DesiredUser:
    """The desired user."""

    name: str
    present: bool = True
    display_name: str | None = None
    comments: str | None = None
    policies: tuple[Attachment, ...] | None = None
    purge_policies: bool = False
    key: bool = False
    force: bool = False


@dataclass(frozen=True)
class UserPlan:
    """The user as it is and as it is desired, and the calls in between."""

    current: User | None
    after: User | None
    changes: tuple[RamStep, ...]

    def predict(self) -> Outcome:
        """Return what will hold once every change is made."""
        before, after = (user.public() if user else {} for user in (self.current, self.after))
        return Outcome(bool(self.changes), before, after, {"user": after or None})


def parse_desired_user(options: t.Mapping[str, t.Any]) -> DesiredUser:
    """Return what the module's options ask for; refuse what the API would."""
    name = options["name"]
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"The option name is {name!r}. The name of a user has 1 to 64 letters, digits, dots, hyphens and underscores.")
    if options["state"] == "absent":
        return DesiredUser(name, present=False, force=options["force"])
    for option, longest in _LONGEST.items():
        if options[option] is not None and not 1 <= len(options[option]) <= longest:
            raise InvalidInput(f"The option {option} has {len(options[option])} characters; a user's has 1 to {longest}.")
    key = options["user_access_key"] == "present"
    if key and bool(options["access_key_file"]) == options["return_secret"]:
        raise InvalidInput("With user_access_key: present, say where its secret goes: either access_key_file or return_secret: true.")
    return DesiredUser(
        name,
        display_name=options["display_name"],
        comments=options["comments"],
        policies=None if options["policies"] is None else _parse_policies(options["policies"]),
        purge_policies=options["purge_policies"],
        key=key,
    )


def _parse_policies(policies: t.Iterable[t.Mapping[str, t.Any]]) -> tuple[Attachment, ...]:
    for policy in policies:
        if not POLICY_NAME.fullmatch(policy["name"]):
            raise InvalidInput(
                f"The option policies names {policy['name']!r}. The name of a policy has 1 to 128 letters, digits and hyphens."
            )
    return tuple(sorted({Attachment(policy["type"].capitalize(), policy["name"]) for policy in policies}))


def plan_user(desired: DesiredUser, current: User | None) -> UserPlan:
    """Plan; refuse to delete a user who still has permissions."""
    if not desired.present:
        return UserPlan(current, None, _deletion(desired, current) if current else ())
    base = current or User(desired.name)
    keep = () if desired.purge_policies and desired.policies is not None else base.policies
    after = replace(
        base,
        display_name=desired.display_name or base.display_name,
        comments=desired.comments or base.comments,
        policies=tuple(sorted({*keep, *(desired.policies or ())})),
        keys=base.keys or (("new",) if desired.key else ()),
    )
    return UserPlan(current, after, _changes(current, base, after))


def _changes(current: User | None, base: User, after: User) -> tuple[RamStep, ...]:
    named = {"UserName": after.name}
    attach = [RamStep("AttachPolicyToUser", _attachment(after, one)) for one in after.policies if one not in base.policies]
    detach = [RamStep("DetachPolicyFromUser", _attachment(after, one)) for one in base.policies if one not in after.policies]
    steps = [*attach, *detach]
    if current is None:
        steps.insert(0, RamStep("CreateUser", {**named, "DisplayName": after.display_name or None, "Comments": after.comments or None}))
    elif (after.display_name, after.comments) != (base.display_name, base.comments):
        changed = {"NewDisplayName": after.display_name or None, "NewComments": after.comments or None}
        steps.insert(0, RamStep("UpdateUser", {**named, **changed}))
    if len(after.keys) > len(base.keys):
        steps.append(RamStep("CreateAccessKey", named))
    return tuple(steps)


def _attachment(user: User, policy: Attachment) -> dict[str, str]:
    return {"UserName": user.name, "PolicyType": policy.kind, "PolicyName": policy.name}


def _deletion(desired: DesiredUser, user: User) -> tuple[RamStep, ...]:
    if user.groups:
        raise InvalidInput(
            f"The user {user.name} is in the groups {', '.join(user.groups)}; nothing was removed. Take the user out of them first, in the "
            "RAM console."
        )
    held = [f"{len(user.keys)} access keys"] if user.keys else []
    held += [f"the policy {policy.name}" for policy in user.policies]
    if held and not desired.force:
        raise InvalidInput(
            f"The user {user.name} has {', '.join(held)}; nothing was removed. Set force: true to delete the user with them: whatever uses "
            "the keys stops working at once."
        )
    keys = [RamStep("DeleteAccessKey", {"UserName": user.name, "UserAccessKeyId": key}) for key in user.keys]
    detach = [RamStep("DetachPolicyFromUser", _attachment(user, policy)) for policy in user.policies]
    return (*keys, *detach, RamStep("DeleteUser", {"UserName": user.name}))


def check_key_file(desired: DesiredUser, user: User | None, held: str | None, path: str) -> None:
    """Refuse when the file at this path and the user's keys don't match; ``held`` is the ID of the key in the file."""
    keys = user.keys if user else ()
    if held is None and keys:
        raise InvalidInput(
            f"The user {desired.name} has {len(keys)} access keys, but the file {path} does not exist. The secret of a key can't be "
            "read again, and an existing key is never replaced. Restore the file, or delete the key in the RAM console and run again."
        )
    if held is not None and held not in keys:
        raise InvalidInput(
            f"The file {path} holds no access key of the user {desired.name}; it is never overwritten. Move it away, or name another file "
            "with the option access_key_file."
        )
