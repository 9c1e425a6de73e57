# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads a host's variables one by one, so that one that can't be evaluated is reported instead of ending the run. No I/O of its own."""

from __future__ import annotations

import re
import typing as t
from collections import abc
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from .setting import Setting

_TEMPLATE = re.compile(r"\{\{.*\}\}|\{%.*%\}", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NO_FACTS = {"ansible_host", "ansible_port", "ansible_user", "ansible_check_mode"}
_DEEPEST = 20


@dataclass(frozen=True)
class Unreadable:
    """What is there instead of a value whose template fails."""

    reason: str


Variables = t.Mapping[str, t.Any]


def read_settings(settings: t.Iterable[Setting], values: Variables, read_source: t.Callable[[], Variables]) -> dict[str, t.Any]:
    """Return the settings that a host has.

    ``values`` works each variable out when it is asked for, ``read_source`` returns all of them as they are written. Left out is what only
    the host's facts can tell: the role that reads it checks it then.
    """
    found = {}
    for setting in settings:
        if setting.name in values:
            value = _read(setting.name, values, read_source)
            if not (isinstance(value, Unreadable) and setting.may_use_facts and _uses_facts(setting.name, read_source())):
                found[setting.name] = value
    return found


def _read(name: str, values: Variables, read_source: t.Callable[[], Variables]) -> t.Any:
    try:
        value = _plain(values[name])
    except Exception as exc:  # whatever a template, a lookup or a vault raises
        return Unreadable(_first_line(exc))
    # Before ansible-core 2.19 a template with something undefined stays as it is written.
    templates = set(_templates(value))
    left = next((text for text in _templates(read_source().get(name, "")) if text in templates), None) if templates else None
    return value if left is None else Unreadable(f"something in {left} is not defined")


def _plain(value: t.Any, depth: int = 0) -> t.Any:
    """Return a copy that is worked out all through, without what Ansible's own types do when they are read."""
    if depth > _DEEPEST:
        raise ValueError("it is nested too deeply")
    if isinstance(value, abc.Mapping):
        return {_plain(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth + 1) for item in value]
    # To compare it is to find out whether it is there: what Jinja calls undefined raises then.
    return str(value) if isinstance(value, str) or value == "" or hasattr(value, "__ENCRYPTED__") else value


def _first_line(exc: Exception) -> str:
    return (str(exc).strip() or type(exc).__name__).splitlines()[0]


def _templates(value: t.Any) -> t.Iterator[str]:
    """Yield the texts in a value that are templates."""
    if isinstance(value, abc.Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _templates(item)
    elif isinstance(value, str) and _TEMPLATE.search(value) and not hasattr(value, "__UNSAFE__"):
        yield str(value)


def _uses_facts(name: str, source: Variables) -> bool:
    """Say whether a variable needs facts, by itself or through other variables."""
    seen: set[str] = set()
    todo = {name}
    while todo:
        if any(one.startswith("ansible_") for one in todo - _NO_FACTS):
            return True
        seen |= todo
        todo = {found for one in todo if one in source for found in _NAME.findall(str(source[one]))} - seen
    return False
