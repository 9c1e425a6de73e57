# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What a value may be. Forms are small, and combine to lists, dictionaries and alternatives. Pure.

A quoted number is a number and a quoted yes or no is a flag: an INI inventory and ``--extra-vars`` give nothing else.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t
from collections import abc
from dataclasses import dataclass

# Says why a value doesn't fit: None when it fits, a sentence that helps, or nothing more to say.
FitCheck = t.Callable[[t.Any], t.Optional[str]]


@dataclass(frozen=True)
class Fault:
    """A value, or the part of it that ``path`` points to, that is not what it must be; ``hint`` is a sentence or empty."""

    value: t.Any
    expected: str
    hint: str = ""
    path: str = ""
    secret: bool = False


@dataclass(frozen=True)
class Form:
    """What a value may be: its type in an argument spec, the same in words, and what is wrong with a value."""

    type: str
    expected: str
    faults: t.Callable[[t.Any], t.Iterator[Fault]]
    choices: tuple[str, ...] = ()
    items: Form | None = None


def scalar(type_: str, expected: str, check: FitCheck, choices: t.Sequence[str] = ()) -> Form:
    """Return the form of values that have no parts."""

    def faults(value: t.Any) -> t.Iterator[Fault]:
        hint = check(value)
        if hint is not None:
            yield Fault(value, expected, hint)

    return Form(type_, expected, faults, tuple(choices))


def flag() -> Form:
    """Yes or no, in the words that the filter bool knows."""
    words = ("true", "false", "yes", "no", "on", "off", "1", "0")
    return scalar("bool", "true or false", lambda value: None if _is_scalar(value) and str(value).lower() in words else "")


def whole(least: int, most: int | None = None) -> Form:
    """Return the form of whole numbers within bounds."""
    expected = f"a whole number from {least} to {most}" if most is not None else f"a whole number, at least {least}"

    def check(value: t.Any) -> str | None:
        number = parse_whole(value)
        return None if number is not None and least <= number and (most is None or number <= most) else ""

    return scalar("int", expected, check)


def one_of(*numbers: int) -> Form:
    """Return the form of a few whole numbers."""
    words = [str(number) for number in numbers]
    return scalar("int", f"{', '.join(words[:-1])} or {words[-1]}", lambda value: None if parse_whole(value) in numbers else "")


def percentage() -> Form:
    """Return the form of a percentage, which may have a fraction."""

    def check(value: t.Any) -> str | None:
        fits = _is_scalar(value) and not isinstance(value, bool) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", str(value))
        return None if fits and float(value) <= 100 else ""

    return scalar("float", "a number from 0 to 100", check)


def choice(*choices: str) -> Form:
    """One of a few words."""
    words = [repr(one).replace("'", '"') if one == "" else one for one in choices]
    expected = f"{', '.join(words[:-1])} or {words[-1]}"

    def check(value: t.Any) -> str | None:
        return None if isinstance(value, str) and value in choices else _other_case(value, choices)

    return scalar("str", expected, check, choices)


def matching(pattern: str, expected: str, type_: str = "str") -> Form:
    """Text that a regular expression matches in full."""
    compiled = re.compile(pattern)

    def check(value: t.Any) -> str | None:
        if isinstance(value, str):
            return None if compiled.fullmatch(value) else ""
        return "Put it in quotes." if _is_scalar(value) and compiled.fullmatch(str(value)) else ""

    return scalar(type_, expected, check)


def or_empty(form: Form, null: bool = False) -> Form:
    """Return the form that takes empty text as well; with ``null`` also nothing at all."""
    expected = f"{form.expected}, or empty"

    def faults(value: t.Any) -> t.Iterator[Fault]:
        if value == "" or (null and value is None):
            return
        for fault in form.faults(value):
            yield dataclasses.replace(fault, expected=expected) if fault.expected == form.expected else fault

    return dataclasses.replace(form, expected=expected, faults=faults)


def list_of(items: Form, expected: str, *, least: int = 0) -> Form:
    """Return the form of lists; ``expected`` names the items, with an example."""
    whole_expected = f"a list of {expected}{', and not empty' if least else ''}"

    def faults(value: t.Any) -> t.Iterator[Fault]:
        if not is_list(value):
            yield Fault(value, whole_expected, "Write it as a list, even if it has one item." if isinstance(value, str) else "")
        elif len(value) < least:
            yield Fault(value, whole_expected)
        else:
            for number, item in enumerate(value):
                yield from _within(f"[{number}]", items.faults(item))

    return Form("list", whole_expected, faults, items=items)


def mapping(expected: str) -> Form:
    """Return the form of dictionaries with any content."""

    def faults(value: t.Any) -> t.Iterator[Fault]:
        if not isinstance(value, abc.Mapping):
            yield Fault(value, expected)
        elif not all(isinstance(key, str) for key in value):
            yield Fault(value, expected, "Its keys must be text.")

    return Form("dict", expected, faults)


def fields(known: t.Mapping[str, Form], required: t.Sequence[str] = (), secret: t.Sequence[str] = ()) -> Form:
    """Return the form of dictionaries with these keys; what is under a secret one is never shown."""
    expected = f"a dictionary with the keys {', '.join(known)}"

    def faults(value: t.Any) -> t.Iterator[Fault]:
        if not isinstance(value, abc.Mapping):
            yield Fault(value, expected, secret=bool(secret))
            return
        unknown, missing = [key for key in value if key not in known], [key for key in required if key not in value]
        if unknown or missing:
            words = [f"has no {key}" for key in missing] + [f"may not have {str(key)[:40]!r}" for key in unknown]
            yield Fault(value, expected, f"It {' and '.join(words)}.")
        for key in known.keys() & value.keys():
            within = _within(f".{key}", known[key].faults(value[key]))
            yield from (dataclasses.replace(fault, secret=True) if key in secret else fault for fault in within)

    return Form("dict", expected, faults)


def either(one: Form, other: Form) -> Form:
    """Return what fits one of two forms; an argument spec knows the first one's type."""
    expected = f"{one.expected}, or {other.expected}"

    def faults(value: t.Any) -> t.Iterator[Fault]:
        if all(next(form.faults(value), None) is not None for form in (one, other)):
            yield Fault(value, expected)

    return Form(one.type, expected, faults)


def parse_whole(value: t.Any) -> int | None:
    """Return a whole number, also a quoted one; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value) else None


def parse_flag(value: t.Any) -> bool:
    """Return whether a sound flag is set, as the filter bool does."""
    return str(value).lower() in ("true", "yes", "on", "1")


def is_list(value: t.Any) -> bool:
    """Say whether a value is a list, and not text."""
    return isinstance(value, abc.Sequence) and not isinstance(value, (str, bytes))


def _is_scalar(value: t.Any) -> bool:
    return isinstance(value, (str, int, float))


def _within(path: str, faults: t.Iterable[Fault]) -> t.Iterator[Fault]:
    return (dataclasses.replace(fault, path=path + fault.path) for fault in faults)


def _other_case(value: t.Any, choices: t.Sequence[str]) -> str:
    meant = next((one for one in choices if isinstance(value, str) and one and one == value.strip().lower()), None)
    return f"Write {meant}." if meant else ""
