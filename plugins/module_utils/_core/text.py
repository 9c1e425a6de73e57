# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Words for messages: lists, and what others say, which is shown so that it is nothing but text. Pure."""

from __future__ import annotations

import typing as t

# What a message has room for, and what one value in it may take of that.
LONGEST_MESSAGE = 20_000
LONGEST_VALUE = 500
_LAYOUT = "\n\t"


def show(value: t.Any, most: int = LONGEST_VALUE, *, lines: bool = False) -> str:
    """Return foreign text as it may be printed: nothing in it moves a cursor, begins a line, or turns the direction of what follows.

    All that is printed of hosts, etcd and the cloud goes through here. Characters that do not print (C0, C1, DEL, marks of direction, lone
    surrogates, separators of lines) are written as in Python; ``lines`` leaves line feeds and tabs as they are. Bytes that
    are not UTF-8 are escaped, too. Of a text with more than ``most`` characters the beginning is left, and how many it had. What this
    returns it leaves as it is.
    """
    text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
    if len(text) <= most and text.isprintable():
        return text
    # Not more than can be shown, whatever was sent.
    escaped = "".join(_escape(sign, lines) for sign in text[: most + 1])
    if len(text) <= most and len(escaped) <= most:
        return escaped
    mark = f"... ({len(text)} characters)"
    return escaped[: max(0, most - len(mark))] + mark


def show_data(data: t.Any, most: int = LONGEST_MESSAGE, *, lines: bool = False) -> t.Any:
    """Return JSON data with all text in it as it may be printed, names included."""
    if isinstance(data, t.Mapping):
        return {show_data(name, most): show_data(value, most, lines=lines) for name, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [show_data(value, most, lines=lines) for value in data]
    return show(data, most, lines=lines) if isinstance(data, (str, bytes)) else data


def name_first(items: t.Iterable[str], most: int) -> str:
    """Return the items as a list in words; of a long one the first and how many more there are."""
    listed = list(items)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def _escape(sign: str, lines: bool) -> str:
    if sign.isprintable() or (lines and sign in _LAYOUT):
        return sign
    return "\\0" if sign == "\0" else sign.encode("unicode_escape").decode("ascii")
