# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Turns the options of the module etcd_key into the key that is desired. Pure."""

from __future__ import annotations

import json
import typing as t
from base64 import b64decode
from dataclasses import dataclass

from .._core.errors import InvalidInput


@dataclass(frozen=True)
class Content:
    """A desired value: bytes, and whether they are JSON, whose formatting does not matter."""

    data: bytes
    is_json: bool

    def matches(self, stored: bytes) -> bool:
        """Return whether a stored value is this one."""
        if stored == self.data:
            return True
        return self.is_json and _canonical_json(stored) == _canonical_json(self.data)


@dataclass(frozen=True)
class DesiredKey:
    """The desired state of one key. ``content`` None means that the key must not exist."""

    key: bytes
    content: Content | None = None
    ttl: int | None = None
    refresh: bool = False
    create_only: bool = False
    prev_value: Content | None = None
    prev_revision: int | None = None


def parse_desired_key(params: t.Mapping[str, t.Any]) -> DesiredKey:
    """Return the desired state that the module's parameters describe."""
    if not params["key"]:
        raise InvalidInput("The key is empty.")
    _check_combination(params)
    present = params["state"] == "present"
    return DesiredKey(
        key=to_bytes("key", params["key"]),
        content=_parse_value(params) if present else None,
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
        raise InvalidInput("The option create_only is for a key that does not exist yet: use it with state=present and without prev_*.")
    if params["ttl"] is not None and params["ttl"] < 0:
        raise InvalidInput(f"A ttl of {params['ttl']} seconds is impossible. Use 0 for a key without TTL.")
    if params["refresh"] and params["state"] == "present" and not params["ttl"]:
        raise InvalidInput("The option refresh restarts a TTL: also give ttl.")


def _parse_value(params: t.Mapping[str, t.Any]) -> Content:
    if params["value_b64"] is None:
        return parse_content("value", params["value"])
    try:
        return Content(b64decode(params["value_b64"], validate=True), is_json=False)
    except ValueError:
        raise InvalidInput("The option value_b64 is not base64.") from None


def parse_content(option: str, value: t.Any) -> Content:
    """Return a value as it will be stored: text as it is, anything else as JSON."""
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


def _canonical_json(data: bytes) -> str | None:
    """Return JSON in one canonical form; None for what is not JSON."""
    try:
        return json.dumps(json.loads(data.decode("utf-8")), sort_keys=True)
    except (ValueError, RecursionError):
        return None
