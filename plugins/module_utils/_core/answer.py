# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads what a host answered, which may be anything: form, types and sizes are checked before a value is used. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .errors import CollectionError
from .text import show

_LONGEST_TEXT = 100_000
_MOST_ITEMS = 10_000
_LONGEST_NAME = 100
_LARGEST_NUMBER = 2**64
# What an honest node with a thousand interfaces and routes says is a tenth of it.
_LARGEST = 4_000_000
_DEEPEST = 50

Value = t.TypeVar("Value")


class BadAnswer(CollectionError):
    """A host's answer does not have the form that it must have."""


def check_size(value: t.Any, place: str) -> None:
    """Raise BadAnswer when JSON data is larger than a host may send: characters and items together, and how deep they are nested."""
    size, level = 0, [value]
    for _depth in range(_DEEPEST):
        if not level:
            return
        size += sum(_weight(item) for item in level)
        if size > _LARGEST:
            raise BadAnswer(f"{place} is not of at most {_LARGEST} characters.")
        level = [inner for item in level for inner in _parts(item)]
    raise BadAnswer(f"{place} is nested more than {_DEEPEST} times.")


def _weight(value: t.Any) -> int:
    return len(value) + 1 if isinstance(value, (str, dict, list)) else 1


def _parts(value: t.Any) -> t.Iterable[t.Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else ()


@dataclass(frozen=True)
class Answer:
    """A value in an answer, and where it stands in there."""

    value: t.Any
    place: str

    def __getitem__(self, name: str) -> Answer:
        """Return a part of it, which is None when it is missing."""
        return Answer(self._of(dict, "a dictionary").get(name), self._place_of(name))

    def entries(self) -> dict[str, Answer]:
        """Return all parts of a dictionary by name."""
        return {self._name(name): Answer(value, self._place_of(name)) for name, value in self._of(dict, "a dictionary").items()}

    def items(self) -> list[Answer]:
        """Return the items of a list."""
        return [Answer(value, f"{self.place}[{number}]") for number, value in enumerate(self._of(list, "a list"))]

    def text(self) -> str:
        """Return a text."""
        return t.cast("str", self._of(str, "text"))

    def number(self) -> int:
        """Return a whole number."""
        if isinstance(self.value, bool):
            raise self.refusal("a number")
        number = t.cast("int", self._of(int, "a number"))
        if abs(number) > _LARGEST_NUMBER:
            raise self.refusal("a number of 64 bits")
        return number

    def flag(self) -> bool:
        """Return whether it is so."""
        return t.cast("bool", self._of(bool, "true or false"))

    def texts(self) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(item.text() for item in self.items())

    def or_none(self, read: t.Callable[[Answer], Value]) -> Value | None:
        """Return the value as ``read`` reads it; None where there is none."""
        return None if self.value is None else read(self)

    def refusal(self, words: str) -> BadAnswer:
        """Return what says that it is not that."""
        # Not the value: it is the host's, and may be long or a secret.
        return BadAnswer(f"{self.place} is not {words}.")

    def _of(self, kind: type, words: str) -> t.Any:
        if not isinstance(self.value, kind):
            raise self.refusal(words)
        if isinstance(self.value, str) and len(self.value) > _LONGEST_TEXT:
            raise self.refusal(f"text of at most {_LONGEST_TEXT} characters")
        if isinstance(self.value, (dict, list)) and len(self.value) > _MOST_ITEMS:
            raise self.refusal(f"of at most {_MOST_ITEMS} items")
        return self.value

    def _place_of(self, name: t.Any) -> str:
        return f"{self.place}.{show(name, _LONGEST_NAME)}"

    def _name(self, name: t.Any) -> str:
        if not isinstance(name, str) or len(name) > _LONGEST_TEXT:
            raise self.refusal("a dictionary whose keys are text")
        return name
