# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Whether a cluster can be restored from a snapshot, whether it was already, and what that would cost. Pure."""

from __future__ import annotations

import hashlib
import re
import typing as t
from dataclasses import dataclass

from ..._core.answer import Answer, BadAnswer
from ..member.results import view_of
from ..member.text import harmless

if t.TYPE_CHECKING:
    from ..._core.item import Item
    from ..member.cluster_view import Endpoint
    from ..member.config import Dump
    from ..member.observed import Load

_ID_LENGTH = 16
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MARK = re.compile(r"[0-9a-f]{16}")
_REVISION = re.compile(r"-r(\d{1,20})\.db$", re.ASCII)
_FAR_AWAY = 10**11


@dataclass(frozen=True)
class DesiredRestore:
    """The file to restore, on which host in which folder; the members of the inventory, and those that are not in this run.

    ``needed`` are the files without which etcd is not installed.
    """

    file: str
    folder: str
    host: str
    group: str
    initial_cluster: str
    data_dir: str
    absent: tuple[str, ...]
    needed: tuple[str, ...]


@dataclass(frozen=True)
class RestoredMember:
    """What is known of a member: which restore its data is from, which one was finished with it, and what it says of itself."""

    restored_from: str
    finished: str
    finished_at: int
    own: Endpoint


@dataclass(frozen=True)
class RestorePlan:
    """With a problem nothing can be done. ``question`` is what has to be confirmed; the same id is that of the same restore."""

    problem: str = ""
    id: str = ""
    # An earlier run has finished this restore on a member, but not all members have continued from it.
    is_again: bool = False
    is_finished: bool = False
    question: str = ""


def plan_restore(results: t.Mapping[str, Item], snapshot: Item, desired: DesiredRestore, load: Load) -> RestorePlan:
    """Plan, from what was observed on the members, and of the file."""
    members = {name: parse_restored(result) for name, result in results.items()}
    bare = [name for name, result in results.items() if not _is_installed(result, desired.needed, load)]
    problem = _member_problem(bare, desired) or _file_problem(snapshot, desired)
    if problem:
        return RestorePlan(problem)
    # The same snapshot for the same members makes the same cluster, so that an interrupted run is completed by the next one.
    text = f"{_sum_of(snapshot)} {desired.initial_cluster}"
    identifier = hashlib.sha256(text.encode()).hexdigest()[:_ID_LENGTH]
    # An interrupted run may have left the mark on some members only.
    is_marked = any(member.finished == identifier for member in members.values())
    # One that is not from this snapshot must serve: else it was left behind.
    others = [member for member in members.values() if member.restored_from != identifier]
    is_finished = is_marked and all(member.own.serves for member in others)
    return RestorePlan(id=identifier, is_again=is_marked, is_finished=is_finished, question=_question(members, desired))


def parse_restored(result: Item) -> RestoredMember:
    """Return where the data of a member is from; nothing where its host has answered nonsense, or not at all."""
    own = view_of(result).own
    try:
        found = Answer(result.get("etcd_member"), "its answer")["restore"]
        restored_from, finished = (_mark(found[name].text()) for name in ("restored_from", "finished"))
        time = found["finished_at"].number()
    except BadAnswer:
        return RestoredMember("", "", 0, own)
    return RestoredMember(restored_from, finished, time if 0 <= time < _FAR_AWAY else 0, own)


def _is_installed(result: Item, needed: t.Sequence[str], load: Load) -> bool:
    """Say whether a member has all that etcd needs to start, and a configuration that can be changed."""
    try:
        answer = Answer(result.get("etcd_member"), "its answer")
        files = answer["files"].entries()
        return all(path in files and files[path].value is not None for path in needed) and bool(load(answer["config"].text()))
    except BadAnswer:
        return False


def last_restore(results: t.Iterable[Item]) -> int:
    """Return when the members say that the cluster was restored last, in seconds since 1970; 0 for never."""
    return max((parse_restored(result).finished_at for result in results), default=0)


def _mark(text: str) -> str:
    return text if _MARK.fullmatch(text) else ""


def _member_problem(bare: t.Sequence[str], desired: DesiredRestore) -> str:
    if not bare and not desired.absent:
        return ""
    return (
        f"A restore needs every member of the inventory at once, with etcd installed. Not in this run, or not reachable: "
        f"{', '.join(desired.absent) or 'none'}; without etcd: {', '.join(bare) or 'none'}. Run without --limit, and take hosts that are "
        f"lost, or are to replace them, out of the group {desired.group}; new ones join afterwards, with site.yml."
    )


def _file_problem(snapshot: Item, desired: DesiredRestore) -> str:
    found = snapshot.get("snapshot")
    said = found.get("problem") if isinstance(found, dict) else snapshot.get("msg")
    if _sum_of(snapshot) and not said:
        return ""
    why = harmless(str(said or "it can't be read"))
    return f"{desired.file} in {desired.folder} on {desired.host} can't be restored ({why.rstrip('.')}). Choose another file there."


def _sum_of(snapshot: Item) -> str:
    found = snapshot.get("snapshot")
    said = found.get("sha256") if isinstance(found, dict) else None
    return said if isinstance(said, str) and _SHA256.fullmatch(said) else ""


def _question(members: t.Mapping[str, RestoredMember], desired: DesiredRestore) -> str:
    now = max((member.own.revision for member in members.values()), default=0)
    named = _REVISION.search(desired.file)
    if not now:
        lost = " (no member responds now)"
    else:
        lost = f" (it is of revision {named.group(1)}, the cluster is at revision {now})" if named else ""
    return (
        f"This stops etcd on {', '.join(members)} and starts it again with the data in {desired.file}. Anything written after that "
        f"snapshot is lost{lost}: leases and config as well as users and passwords. The present data is kept on each member, in "
        f"{desired.data_dir}/member.before-<time>. Run it with --extra-vars etcd_restore=true if that is meant."
    )


def restored_config(text: str, initial_cluster: str, token: str, load: Load, dump: Dump) -> str:
    """Return the configuration with which a member begins the restored cluster, everything else as it is, also its first comment."""
    comment = [line for line in text.splitlines()[:1] if line.startswith("#")]
    initial = {"initial-cluster": initial_cluster, "initial-cluster-state": "new", "initial-cluster-token": token}
    return "".join(f"{line}\n" for line in comment) + dump({**load(text), **initial})
