# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Which member a backup is taken from, and what that member reports of it, before another host acts on that. Pure."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ..._core.answer import Answer, BadAnswer
from ..._core.errors import CollectionError
from ..snapshot.names import is_snapshot_name

if t.TYPE_CHECKING:
    from ..member.cluster_view import ClusterView

_SHA256 = re.compile(r"[0-9a-f]{64}")
_OUT_OF_DATE = (
    "What a member has without a quorum may be out of date. If the quorum is lost for good, back up the most up-to-date member with "
    "--extra-vars etcd_backup_quorum=false, and restore that."
)


@dataclass(frozen=True)
class BackupSource:
    """The member to back up, or why there is none."""

    member: str = ""
    problem: str = ""


def choose_source(views: t.Mapping[str, ClusterView], preferred: str, *, with_quorum: bool) -> BackupSource:
    """Choose a member that serves, if possible on the preferred host; without a quorum the one that has most of the log."""
    serving = [name for name, view in views.items() if view.own.serves]
    answering = sorted((name for name, view in views.items() if not view.own.error), key=lambda name: views[name].own.applied)
    candidates = serving if with_quorum else answering[-1:]
    if candidates:
        return BackupSource(preferred if preferred in candidates else candidates[0])
    why = "; ".join(dict.fromkeys(text for view in views.values() for text in [view.own.error or view.own.read_error] if text))
    advice = _OUT_OF_DATE if with_quorum else "Check the members with systemctl status etcd.service."
    missing = "No member has a quorum" if with_quorum else "No member responds"
    return BackupSource(problem=f"{missing}, so nothing was saved ({', '.join(views)} were tried{f': {why}' if why else ''}). {advice}")


@dataclass(frozen=True)
class SavedSnapshot:
    """A snapshot that a member has saved; its name is a file's name on the host that keeps backups, too."""

    path: str
    name: str
    sha256: str
    revision: int
    records: int
    size: int


def parse_saved_snapshot(said: t.Any, folder: str, prefix: str) -> SavedSnapshot:
    """Return what the member has saved in this folder; names begin with the prefix."""
    try:
        found = _parse(Answer(said, "its answer"))
    except BadAnswer:
        found = SavedSnapshot("", "", "", 0, 0, 0)
    is_sound = is_snapshot_name(found.name, prefix) and found.path == f"{folder}/{found.name}" and _SHA256.fullmatch(found.sha256)
    if not is_sound:
        raise CollectionError(
            f"The member did not report a snapshot that it has saved in {folder}. Nothing was copied; check that folder there."
        )
    return found


def _parse(answer: Answer) -> SavedSnapshot:
    path, name, sha256 = (answer[field].text() for field in ("path", "name", "sha256"))
    revision, records, size = (answer[field].number() for field in ("revision", "records", "size"))
    return SavedSnapshot(path, name, sha256, revision, records, size)
