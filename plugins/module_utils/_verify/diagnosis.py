# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Follows the chain from etcd to the packet, and reports each cause once with all its consequences. Pure.

The chain itself is in ``chain``; its links are checked in ``etcd``, ``host`` and ``cloud``.
"""

from __future__ import annotations

import typing as t

from .._core.text import name_first, show
from .chain import BROKEN, SUSPECT, Finding, Pair
from .cloud import check_cloud
from .etcd import check_etcd
from .host import check_hosts
from .observations import Observations, parse_observations
from .packets import lost_pairs, unexplained

_PAIRS_SHOWN = 6
# A finding that is merged from many nodes names them all.
_LONGEST_PART = 10_000
_LONGEST_LINE = 20_000


def diagnose(observations: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """Return the first broken links, in the order of the chain, each with the pairs of nodes whose packets it stops."""
    observed = parse_observations(observations)
    found = sorted([*check_etcd(observed), *check_hosts(observed), *check_cloud(observed)], key=lambda finding: finding.position)
    pairs, unexplained_losses = _blame(found, observed)
    causes = [finding for finding in found if not _follows(finding, found) and (finding.level != SUSPECT or finding in pairs)]
    told = _merge(finding.public(pairs.get(finding, ())) for finding in causes)
    return [*told, *(finding.public(lost) for finding, lost in unexplained_losses), *observed.further]


def describe(findings: t.Sequence[t.Mapping[str, t.Any]]) -> list[str]:
    """Return the findings as lines for people."""
    return [_line(finding) for finding in findings]


def _merge(findings: t.Iterable[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """Report what is the same on several nodes once."""
    merged: dict[tuple[str, ...], dict[str, t.Any]] = {}
    for finding in findings:
        same = merged.setdefault(tuple(finding[key] for key in ("link", "level", "problem", "repair")), finding)
        if same is not finding:
            same["node"] += f", {finding['node']}"
            same["pairs"] = sorted({*map(tuple, same["pairs"]), *map(tuple, finding["pairs"])})
    return [{**finding, "pairs": [list(pair) for pair in finding["pairs"]]} for finding in merged.values()]


def _line(finding: t.Mapping[str, t.Any]) -> str:
    pairs = [f"{show(source)}-{show(target)}" for source, target in finding.get("pairs", ())]
    stopped = f" Stops packets between {name_first(pairs, _PAIRS_SHOWN)}." if pairs else ""
    node, link, problem, repair = (show(finding[name], _LONGEST_PART) for name in ("node", "link", "problem", "repair"))
    problem += "" if problem.endswith(".") else "."
    mark = "" if finding["level"] == BROKEN else f" ({show(finding['level'])})"
    return show(f"{node or 'cluster'}: {link}{mark}: {problem}{stopped} -> {repair}", _LONGEST_LINE)


def _follows(finding: Finding, found: t.Iterable[Finding]) -> bool:
    return any(other.is_before(finding) for other in found)


def _causes_of(finding: Finding, found: t.Sequence[Finding]) -> set[Finding]:
    """Return the first broken links that cause this one; itself, if there is none."""
    before = [other for other in found if other.is_before(finding)]
    return set().union(*(_causes_of(other, found) for other in before)) if before else {finding}


def _blame(found: t.Sequence[Finding], observed: Observations) -> tuple[dict[Finding, set[Pair]], list[tuple[Finding, list[Pair]]]]:
    """Return the lost pairs by what stops them, and findings for those that nothing explains."""
    blamed: dict[Finding, set[Pair]] = {}
    left = []
    for pair in lost_pairs(observed):
        stopping = [finding for finding in found if finding.stops(pair)]
        firm = [finding for finding in stopping if finding.level == BROKEN]
        causes = {cause for finding in firm or stopping for cause in _causes_of(finding, found)}
        for cause in causes:
            blamed.setdefault(cause, set()).add(pair)
        if not causes:
            left.append(pair)
    return blamed, unexplained(left, observed)
