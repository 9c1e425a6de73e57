# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private plugin_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What all filters share: how Ansible finds them, and how their failures are reported."""

from __future__ import annotations

import functools
import json
import typing as t
from dataclasses import asdict

from ansible.errors import AnsibleFilterError

from ..module_utils._core.errors import CollectionError

Filter = t.Callable[..., t.Any]
# What Python raises when data has an unexpected shape. Not Jinja's errors: Ansible handles undefined values itself.
_MISFIT = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def filter_module(**functions: Filter) -> type:
    """Return the class that Ansible looks for in a file of filters, with these filters by name."""
    found = {name: reporting(name, function) for name, function in functions.items()}

    class FilterModule:
        """The filters of this file."""

        def filters(self) -> dict[str, Filter]:
            """Return the filters by name."""
            return found

    return FilterModule


def reporting(name: str, function: Filter) -> Filter:
    """Wrap a filter so that all its failures reach the user as one sentence."""

    @functools.wraps(function)
    def wrapped(*args: t.Any, **kwargs: t.Any) -> t.Any:
        try:
            return function(*args, **kwargs)
        except CollectionError as exc:
            raise AnsibleFilterError(str(exc)) from None
        except _MISFIT as exc:
            # Without its cause, whose text may hold a value.
            raise AnsibleFilterError(_misfit(name, args, kwargs, exc)) from None

    return wrapped


def _misfit(name: str, args: t.Sequence[t.Any], kwargs: t.Mapping[str, t.Any], exc: Exception) -> str:
    # Kinds alone: a value may be a secret.
    given = [_kind(value) for value in args] + [f"{option}: {_kind(value)}" for option, value in sorted(kwargs.items())]
    return (
        f"The filter alicloud.flannel.{name} can't use its input ({', '.join(given) or 'none'}): a value is missing or has the wrong type "
        f"({type(exc).__name__}). Check the variables that it is given."
    )


def _kind(value: t.Any) -> str:
    """Return what a value is: Ansible's own types go by many names."""
    kinds = (
        (type(None), "none"),
        (bool, "boolean"),
        ((int, float), "number"),
        ((str, bytes), "text"),
        (t.Mapping, "dictionary"),
        (t.Sequence, "list"),
    )
    return next((kind for types, kind in kinds if isinstance(value, types)), "another type")


def as_data(value: t.Any) -> dict[str, t.Any]:
    """Return a dataclass in the form in which Ansible keeps data: a list can be added to a list, and not to a tuple."""
    return t.cast("dict[str, t.Any]", json.loads(json.dumps(asdict(value))))
