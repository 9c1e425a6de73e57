# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Which version changes a running etcd cluster may make. Pure.

By etcd's upgrade guides: one minor version at a time; to 3.6 from 3.5.26 on, since before that the store that 3.6 reads may contain
removed members, and with nothing but members in the v2 store; to 3.7 from 3.6.11 on. A fully upgraded cluster refuses an earlier minor
version.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Version = t.Tuple[int, int, int]

NEEDED_BEFORE: dict[tuple[int, int], Version] = {(3, 6): (3, 5, 26), (3, 7): (3, 6, 11)}
WITHOUT_V2 = (3, 6)
WITHOUT_EXPERIMENTAL = (3, 7)
V2_KEYS = ("enable-v2", "enable-v2v3", "experimental-enable-v2v3")


@dataclass(frozen=True)
class VersionPlan:
    """Which members get another version, and what prevents it."""

    changes: tuple[str, ...]
    check_v2_store: bool
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def plan_versions(running: t.Mapping[str, str], desired: str, config_keys: t.Iterable[str] = ()) -> VersionPlan:
    """Plan the step to the desired version from that of each member, empty if it doesn't answer; the keys are those that users add."""
    target = parse_version(desired)
    known = {name: parse_version(version) for name, version in running.items() if version}
    changes = tuple(name for name, version in known.items() if version != target)
    problems = [text for name in changes for text in _step_problems(name, known[name], target)]
    silent = [name for name, version in running.items() if not version]
    if changes and silent:
        problems.append(
            f"{', '.join(silent)} doesn't answer: the version is changed only while all members are up. Repair or remove it first."
        )
    older = [f"{name} {_text(known[name])}" for name in changes if known[name] > target and not problems]
    return VersionPlan(
        changes,
        check_v2_store=any(version[:2] < WITHOUT_V2 <= target[:2] for version in known.values()),
        problems=(*problems, *_key_problems(target, config_keys)),
        warnings=(f"{desired} is older than what is running ({', '.join(older)}): their fixes are lost.",) if older else (),
    )


def parse_version(text: str) -> Version:
    """Return the numbers of a version; what follows them, as in 3.6.0-rc.1, is left out."""
    major, minor, patch = text.split("-")[0].split("+")[0].split(".")[:3]
    return int(major), int(minor), int(patch)


def _step_problems(name: str, version: Version, target: Version) -> t.Iterator[str]:
    step = f"{name} runs {_text(version)}, desired is {_text(target)}"
    if target[:2] < version[:2]:
        yield f"{step}: etcd can't return to an earlier minor version. Stay with {version[0]}.{version[1]}."
    elif target[:2] > (version[0], version[1] + 1):
        yield f"{step}: etcd is upgraded one minor version at a time. Go to {version[0]}.{version[1] + 1} first."
    elif target[:2] != version[:2] and version < NEEDED_BEFORE.get(target[:2], version):
        yield f"{step}: it is safe only from {_text(NEEDED_BEFORE[target[:2]])} on. Go to the newest {version[0]}.{version[1]} first."


def _key_problems(target: Version, keys: t.Iterable[str]) -> t.Iterator[str]:
    gone = [key for key in keys if _is_gone(key, target[:2])]
    if gone:
        yield f"etcd {_text(target)} no longer has {', '.join(gone)}: remove it from etcd_extra_config before the upgrade."


def _is_gone(key: str, minor: tuple[int, int]) -> bool:
    return (key in V2_KEYS and minor >= WITHOUT_V2) or (key.startswith("experimental-") and minor >= WITHOUT_EXPERIMENTAL)


def _text(version: Version) -> str:
    return ".".join(str(number) for number in version)
