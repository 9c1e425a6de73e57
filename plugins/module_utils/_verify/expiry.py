# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Checks how long etcd's certificates are still valid. Pure."""

from __future__ import annotations

import typing as t

from .chain import BROKEN, CLUSTER, WARNING, Finding

_RENEW = "Run certificates.yml, as site.yml does as well; if you provided it, provide a new one first."
_RENEW_CA = "Run etcd_ca_rollover.yml, which says how to begin; if you provided it, provide a new one."
_NEW_CA = "See 'An expired or lost CA' in docs/certificates.md."


# The path of what a host says that can't be used.
NOWHERE = ""


def check_expiry(days_left: t.Mapping[str, t.Mapping[str, int]], least: int) -> list[dict[str, t.Any]]:
    """Return findings on certificates, given by host and path with the days that they have left."""
    leaves = [
        _finding(host, f"{path} {_when(days)}", days, _RENEW)
        for host, paths in sorted(days_left.items())
        for path, days in sorted(paths.items())
        if days < least and path != NOWHERE and not _is_ca(path)
    ]
    return [finding.public(()) for finding in [*_nonsense(days_left), *_unfinished(days_left), *_expiring_cas(days_left, least), *leaves]]


def _nonsense(days_left: t.Mapping[str, t.Mapping[str, int]]) -> t.Iterator[Finding]:
    for host, paths in sorted(days_left.items()):
        if NOWHERE in paths:
            yield Finding(host, "certificate", f"What {host} says of its certificates can't be used.", "Find out what answers there.")


def _is_ca(path: str) -> bool:
    return path.endswith("/ca.crt")


def _unfinished(days_left: t.Mapping[str, t.Mapping[str, int]]) -> t.Iterator[Finding]:
    for host, paths in sorted(days_left.items()):
        if any(path.endswith(("/next/ca.crt", "/previous/ca.crt")) for path in paths):
            problem = f"The rollover of etcd's CA on {host} is only partly complete"
            yield Finding(CLUSTER, "certificate", problem, "Run etcd_ca_rollover.yml, which continues where it stopped.", WARNING)


def _expiring_cas(days_left: t.Mapping[str, t.Mapping[str, int]], least: int) -> t.Iterator[Finding]:
    """Report a CA once, however many hosts trust it; what exists only during a rollover is reported as such."""
    hosts: dict[int, list[str]] = {}
    for host, paths in sorted(days_left.items()):
        for days in {days for path, days in paths.items() if _is_ca(path) and "/next/" not in path and "/previous/" not in path}:
            hosts.setdefault(days, []).append(host)
    for days, names in sorted(hosts.items()):
        if days < least:
            problem = f"The CA that {', '.join(names)} trust(s) {_when(days)}"
            yield _finding(CLUSTER, problem, days, _NEW_CA if days < 0 else _RENEW_CA)


def _when(days: int) -> str:
    return "has expired" if days < 0 else f"expires in {days} day(s)"


def _finding(node: str, problem: str, days: int, repair: str) -> Finding:
    return Finding(node, "certificate", problem, repair, BROKEN if days < 0 else WARNING)
