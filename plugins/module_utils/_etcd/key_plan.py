# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Plans what the module etcd_key does to a key. Pure."""

from __future__ import annotations

import json
import typing as t
from base64 import b64decode, b64encode
from dataclasses import dataclass

from .._core.errors import CollectionError, InvalidInput
from .._core.plan import Outcome
from .._core.scrub import scrub
from .store import Delete, KeyValue, LeaseTtl, Put, Range, show_key

# What etcd makes of a shorter TTL: 1.5 times its election timeout of 1 second, rounded up.
SHORTEST_TTL = 2


class Conflict(CollectionError):
    """The key is not as the user requires it to be."""


@dataclass(frozen=True)
class Content:
    """A value that is wanted: bytes, and whether they are JSON, whose spelling does not matter."""

    data: bytes
    is_json: bool

    def matches(self, stored: bytes) -> bool:
        """Return whether a stored value is this one."""
        if stored == self.data:
            return True
        return self.is_json and _canonical_json(stored) == _canonical_json(self.data)


@dataclass(frozen=True)
class Wish:
    """What the user wants of one key. ``content`` None means that the key shall not exist."""

    key: bytes
    content: Content | None = None
    ttl: int | None = None
    refresh: bool = False
    create_only: bool = False
    prev_value: Content | None = None
    prev_revision: int | None = None


@dataclass(frozen=True)
class Current:
    """One key as it was read, with its TTL."""

    kv: KeyValue | None
    ttl: LeaseTtl | None = None


@dataclass(frozen=True)
class KeepAlive:
    """Start the TTL of a key anew."""

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


def parse_wish(params: t.Mapping[str, t.Any]) -> Wish:
    """Return the wish that the module's parameters express."""
    if not params["key"]:
        raise InvalidInput("The key is empty.")
    _check_combination(params)
    present = params["state"] == "present"
    return Wish(
        key=to_bytes("key", params["key"]),
        content=_parse_wanted(params) if present else None,
        ttl=params["ttl"] if present else None,
        refresh=params["refresh"],
        create_only=params["create_only"],
        prev_value=None if params["prev_value"] is None else parse_content("prev_value", params["prev_value"]),
        prev_revision=params["prev_revision"],
    )


def _check_combination(params: t.Mapping[str, t.Any]) -> None:
    conditions = [name for name in ("create_only", "prev_value", "prev_revision") if params[name] is not None and params[name] is not False]
    if params["prefix"] and (params["state"] == "present" or conditions):
        raise InvalidInput("The option prefix deletes every key below one: use it with state=absent and without create_only and prev_*.")
    if params["create_only"] and (params["state"] == "absent" or len(conditions) > 1):
        raise InvalidInput("The option create_only is for a key that is not there yet: use it with state=present and without prev_*.")
    if params["ttl"] is not None and params["ttl"] < 0:
        raise InvalidInput(f"A ttl of {params['ttl']} seconds is impossible. Use 0 for a key without TTL.")
    if params["refresh"] and params["state"] == "present" and not params["ttl"]:
        raise InvalidInput("The option refresh starts a TTL anew: give ttl, too.")


def _parse_wanted(params: t.Mapping[str, t.Any]) -> Content:
    if params["value_b64"] is None:
        return parse_content("value", params["value"])
    try:
        return Content(b64decode(params["value_b64"], validate=True), is_json=False)
    except ValueError:
        raise InvalidInput("The option value_b64 is not base64.") from None


def parse_content(option: str, value: t.Any) -> Content:
    """Return a value as it is to be stored: text as it is, anything else as JSON."""
    if value is None:
        raise InvalidInput(f"The option {option} is null. Give a text (it may be empty) or a dictionary or list.")
    if isinstance(value, str):
        return Content(to_bytes(option, value), is_json=False)
    try:
        return Content(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8"), is_json=True)
    except (TypeError, ValueError) as exc:
        raise InvalidInput(f"The option {option} can't be stored as JSON: {exc}.") from None


def to_bytes(option: str, text: str) -> bytes:
    """Return an option's text as bytes; Ansible passes bytes that are not UTF-8 as surrogates."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise InvalidInput(f"The option {option} holds characters that can't be written as UTF-8.") from None


def plan_key(current: Current, wish: Wish) -> KeyPlan:
    """Plan for one key."""
    if wish.content is None:
        return _plan_absent(current, wish)
    if current.kv is not None and wish.content.matches(current.kv.value) and has_wished_ttl(current.ttl, wish.ttl):
        changes = (KeepAlive(current.kv, _effective(wish.ttl)),) if wish.refresh and wish.ttl else ()
        return _make_plan(current, wish, changes, current.kv.value)
    check_conditions(current.kv, wish)
    change = _plan_put(current.kv, wish, wish.content)
    return _make_plan(current, wish, (change,), change.value)


def _plan_put(kv: KeyValue | None, wish: Wish, content: Content) -> Put:
    if kv is None:
        return Put(wish.key, content.data, expected=0, ttl=_effective(wish.ttl))
    value = kv.value if content.matches(kv.value) else content.data
    if wish.ttl is None:
        return Put(wish.key, value, expected=kv.mod_revision, lease=kv.lease)
    return Put(wish.key, value, expected=kv.mod_revision, ttl=_effective(wish.ttl))


def _effective(ttl: int | None) -> int:
    return max(ttl, SHORTEST_TTL) if ttl else 0


def _plan_absent(current: Current, wish: Wish) -> KeyPlan:
    if current.kv is None:
        return _make_plan(current, wish, (), None)
    check_conditions(current.kv, wish)
    return _make_plan(current, wish, (Delete(wish.key, current.kv.mod_revision),), None)


def plan_prefix(prefix: bytes, found: Range) -> KeyPlan:
    """Plan the deletion of every key that begins with ``prefix``."""
    keys = [show_key(kv.key) for kv in found.kvs]
    changes = (DeletePrefix(prefix, found),) if keys else ()
    return KeyPlan(changes, {"keys": keys}, {"keys": []}, {"key": show_key(prefix), "deleted_keys": keys})


def has_wished_ttl(ttl: LeaseTtl | None, wish: int | None) -> bool:
    """Return whether a key's TTL is as wished; without a wish any is. Where the granted time is unknown, having less left is enough."""
    if wish is None:
        return True
    if ttl is None or wish == 0:
        return ttl is None and wish == 0
    return ttl.remaining <= _effective(wish) if ttl.granted is None else ttl.granted == _effective(wish)


def check_conditions(kv: KeyValue | None, wish: Wish) -> None:
    """Raise Conflict when the key is not as the user's conditions say."""
    name = show_key(wish.key)
    if kv is None:
        if wish.prev_value is not None or wish.prev_revision is not None:
            raise Conflict(f"Could not write {name}: it does not exist, but prev_value or prev_revision is given. Nothing was written.")
        return
    found = f"It was last changed at revision {kv.mod_revision}; nothing was written."
    if wish.create_only:
        raise Conflict(f"Could not create {name}: it exists, with another value or TTL. {found}", revision=kv.mod_revision)
    if wish.prev_revision not in (None, kv.mod_revision):
        raise Conflict(f"Could not change {name}: it is not at revision {wish.prev_revision}. {found}", revision=kv.mod_revision)
    if wish.prev_value is not None and not wish.prev_value.matches(kv.value):
        raise Conflict(f"Could not change {name}: its value is not prev_value. {found}", revision=kv.mod_revision)


def _make_plan(current: Current, wish: Wish, changes: tuple[KeyChange, ...], value: bytes | None) -> KeyPlan:
    is_json = wish.content is not None and wish.content.is_json
    kv, ttl = current.kv, _shown_ttl(current.ttl)
    before = {} if kv is None else {"value": _show_in_diff(kv.value, is_json), "ttl": ttl}
    returns: dict[str, t.Any] = {"key": show_key(wish.key), "exists": value is not None, "previous": None}
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
    """Return a value as a module returns it: text when it is UTF-8, else base64."""
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


def _canonical_json(data: bytes) -> str | None:
    """Return JSON with one spelling; None for what is not JSON."""
    try:
        return json.dumps(json.loads(data.decode("utf-8")), sort_keys=True)
    except (ValueError, RecursionError):
        return None
