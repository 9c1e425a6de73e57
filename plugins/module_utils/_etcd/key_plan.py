# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans what the module etcd_key does to a key. Pure."""

from __future__ import annotations

import json
import typing as t
from base64 import b64encode
from dataclasses import dataclass

from .._core.errors import CollectionError
from .._core.plan import Outcome
from .._core.scrub import scrub
from .store import Delete, KeyValue, LeaseTtl, Put, Range, show_key

if t.TYPE_CHECKING:
    from .key_input import Content, DesiredKey

# What etcd raises a shorter TTL to: 1.5 times its election timeout of 1 second, rounded up.
SHORTEST_TTL = 2


class Conflict(CollectionError):
    """The key is not as the user requires it to be."""


@dataclass(frozen=True)
class Current:
    """One key as it was read, with its TTL."""

    kv: KeyValue | None
    ttl: LeaseTtl | None = None


@dataclass(frozen=True)
class KeepAlive:
    """Restart the TTL of a key."""

    kv: KeyValue
    ttl: int


@dataclass(frozen=True)
class DeletePrefix:
    """Delete every key that begins with ``prefix``."""

    prefix: bytes
    found: Range


KeyChange = t.Union[Put, Delete, KeepAlive, DeletePrefix]


@dataclass(frozen=True)
class KeyPlan:
    """The one change that is needed, if any, and what the module shows."""

    changes: tuple[KeyChange, ...]
    before: t.Any
    after: t.Any
    returns: t.Mapping[str, t.Any]

    def predict(self) -> Outcome:
        """Return what will hold once the change is made."""
        return Outcome(bool(self.changes), self.before, self.after, self.returns)


def plan_key(current: Current, desired: DesiredKey) -> KeyPlan:
    """Plan for one key."""
    if desired.content is None:
        return _plan_absent(current, desired)
    if current.kv is not None and desired.content.matches(current.kv.value) and has_desired_ttl(current.ttl, desired.ttl):
        changes = (KeepAlive(current.kv, _effective(desired.ttl)),) if desired.refresh and desired.ttl else ()
        return _make_plan(current, desired, changes, current.kv.value)
    check_conditions(current.kv, desired)
    change = _plan_put(current.kv, desired, desired.content)
    return _make_plan(current, desired, (change,), change.value)


def _plan_put(kv: KeyValue | None, desired: DesiredKey, content: Content) -> Put:
    if kv is None:
        return Put(desired.key, content.data, expected=0, ttl=_effective(desired.ttl))
    value = kv.value if content.matches(kv.value) else content.data
    if desired.ttl is None:
        return Put(desired.key, value, expected=kv.mod_revision, lease=kv.lease)
    return Put(desired.key, value, expected=kv.mod_revision, ttl=_effective(desired.ttl))


def _effective(ttl: int | None) -> int:
    return max(ttl, SHORTEST_TTL) if ttl else 0


def _plan_absent(current: Current, desired: DesiredKey) -> KeyPlan:
    if current.kv is None:
        return _make_plan(current, desired, (), None)
    check_conditions(current.kv, desired)
    return _make_plan(current, desired, (Delete(desired.key, current.kv.mod_revision),), None)


def plan_prefix(prefix: bytes, found: Range) -> KeyPlan:
    """Plan the deletion of every key that begins with ``prefix``."""
    keys = [show_key(kv.key) for kv in found.kvs]
    changes = (DeletePrefix(prefix, found),) if keys else ()
    return KeyPlan(changes, {"keys": keys}, {"keys": []}, {"key": show_key(prefix), "deleted_keys": keys})


def has_desired_ttl(ttl: LeaseTtl | None, desired: int | None) -> bool:
    """Return whether a key has the desired TTL; None accepts any. Where the granted time is unknown, having less left is enough."""
    if desired is None:
        return True
    if ttl is None or desired == 0:
        return ttl is None and desired == 0
    return ttl.remaining <= _effective(desired) if ttl.granted is None else ttl.granted == _effective(desired)


def check_conditions(kv: KeyValue | None, desired: DesiredKey) -> None:
    """Raise Conflict when the key is not as the user's conditions say."""
    name = show_key(desired.key)
    if kv is None:
        if desired.prev_value is not None or desired.prev_revision is not None:
            raise Conflict(f"Could not write {name}: it does not exist, but prev_value or prev_revision is given. Nothing was written.")
        return
    found = f"It was last changed at revision {kv.mod_revision}; nothing was written."
    if desired.create_only:
        raise Conflict(f"Could not create {name}: it exists, with another value or TTL. {found}", revision=kv.mod_revision)
    if desired.prev_revision not in (None, kv.mod_revision):
        raise Conflict(f"Could not change {name}: it is not at revision {desired.prev_revision}. {found}", revision=kv.mod_revision)
    if desired.prev_value is not None and not desired.prev_value.matches(kv.value):
        raise Conflict(f"Could not change {name}: its value is not prev_value. {found}", revision=kv.mod_revision)


def _make_plan(current: Current, desired: DesiredKey, changes: tuple[KeyChange, ...], value: bytes | None) -> KeyPlan:
    is_json = desired.content is not None and desired.content.is_json
    kv, ttl = current.kv, _shown_ttl(current.ttl)
    before = {} if kv is None else {"value": _show_in_diff(kv.value, is_json), "ttl": ttl}
    returns: dict[str, t.Any] = {"key": show_key(desired.key), "exists": value is not None, "previous": None}
    if kv is not None:
        returns["previous"] = {**show_value(kv.value), "ttl": ttl, "revision": kv.mod_revision}
    if value is None:
        return KeyPlan(changes, before, {}, returns)
    after_ttl = _predict_ttl(ttl, changes)
    returns.update(show_value(value), ttl=after_ttl)
    if kv is not None and not changes:
        returns["revision"] = kv.mod_revision
    return KeyPlan(changes, before, {"value": _show_in_diff(value, is_json), "ttl": after_ttl}, returns)


def _predict_ttl(ttl: int | None, changes: tuple[KeyChange, ...]) -> int | None:
    if not changes:
        return ttl
    if isinstance(changes[0], (Put, KeepAlive)) and changes[0].ttl:
        return changes[0].ttl
    return ttl if isinstance(changes[0], Put) and changes[0].lease else None


def _shown_ttl(ttl: LeaseTtl | None) -> int | None:
    if ttl is None:
        return None
    return ttl.remaining if ttl.granted is None else ttl.granted


def show_value(value: bytes) -> dict[str, str]:
    """Return a value as a module returns it: text if it is UTF-8, else base64."""
    try:
        return {"value": scrub(value.decode("utf-8"))}
    except UnicodeDecodeError:
        return {"value_b64": b64encode(value).decode("ascii")}


def _show_in_diff(value: bytes, is_json: bool) -> t.Any:
    text = scrub(value.decode("utf-8", "backslashreplace"))
    try:
        return json.loads(text) if is_json else text
    except ValueError:
        return text
