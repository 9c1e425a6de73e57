# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""How a value is shown in a message: short, on one line, escaped, and never when it may be a secret. Pure."""

from __future__ import annotations

import json
import re
import typing as t
from collections import abc

from .._core.text import name_first

LONGEST = 60
MOST = 5

_LIST = "a list"
_DICTIONARY = "a dictionary"
_PRIVATE = re.compile(r"PRIVATE KEY|://[^/\s]*@")


def show(value: t.Any, *, secret: bool = False) -> str:
    """Return what a value is, as it would stand in an inventory."""
    if secret:
        return f"{_kind(value)} (not shown)"
    if value is None:
        return "empty (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return shorten(str(value))
    if isinstance(value, str):
        return _show_text(value)
    return _show_collection(value)


def name_some(names: t.Iterable[str]) -> str:
    """Return the names in a sentence: the first ones, and how many there are besides."""
    return name_first((shorten(json.dumps(name)[1:-1]) for name in names), MOST)


def _show_text(value: str) -> str:
    if not value:
        return "empty"
    return "text (not shown)" if _PRIVATE.search(value) else shorten(json.dumps(value))


def _show_collection(value: t.Any) -> str:
    if isinstance(value, abc.Mapping):
        return f"a dictionary with {name_some(map(str, value))}" if value else "an empty dictionary"
    if isinstance(value, abc.Sequence):
        return f"a list of {len(value)}: {_show_items(value)}" if value else "an empty list"
    return _kind(value)


def _show_items(values: t.Sequence[t.Any]) -> str:
    items = [_kind(one) if _kind(one) in (_LIST, _DICTIONARY) else show(one) for one in values[:MOST]]
    return ", ".join([*items, "…"] if len(values) > MOST else items)


def _kind(value: t.Any) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, abc.Mapping):
        return _DICTIONARY
    if isinstance(value, abc.Sequence):
        return _LIST
    return "a number" if isinstance(value, (int, float)) and not isinstance(value, bool) else "a value"


def shorten(text: str, most: int = LONGEST) -> str:
    """Return the beginning of a long text."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
