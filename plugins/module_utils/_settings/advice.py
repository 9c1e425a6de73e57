# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Finds variables that nobody reads although they look as if somebody should. Pure."""

from __future__ import annotations

import typing as t

from .catalogue import ROLE_OPTIONS, SETTINGS
from .setting import PAGE
from .show import name_some


def find_advice(variables: t.Mapping[str, t.Iterable[str]]) -> list[str]:
    """Return a sentence for each variable of the hosts that is nearly one of ours, or that the playbooks work out themselves."""
    hosts: dict[str, list[str]] = {}
    for host, names in variables.items():
        for name in names:
            hosts.setdefault(name, []).append(host)
    known = {form: name for name in SETTINGS for form in _forms(name)}
    meant = ((name, ROLE_OPTIONS.get(name) or _closest(name, known)) for name in sorted(hosts) if name not in SETTINGS)
    return [
        f"{name} is set on {name_some(hosts[name])}, but the playbooks do not read it. Is {other} meant? See {PAGE}."
        for name, other in meant
        if other
    ]


def _closest(name: str, known: t.Mapping[str, str]) -> str:
    return next((known[form] for form in _forms(name) if form in known), "")


def _forms(name: str) -> t.Iterator[str]:
    """Yield the name, and what it is without one of its letters: two names that have a form in common differ by a slip or two."""
    yield name
    for place in range(len(name)):
        yield name[:place] + name[place + 1 :]
