# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Makes a member's data from a snapshot beside the data in use, and puts it in its place.

No data that a member ever ran with is deleted.
"""

from __future__ import annotations

import os
import shutil
import typing as t
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from ..._core.errors import CollectionError, InvalidInput
from ..._core.plan import Outcome
from .checksum import verify_checksum
from .origin import FINISHED, RESTORED, Restore, read_restore, write_mark
from .tool import NewMember, make_data, read_counts

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

STAGED, SWAPPED, FINISHED_STATE = STATES = ("staged", "swapped", "finished")
# Where new data is made, in the folder of the data in use: a rename needs the same file system.
WORK = ".restore"


@dataclass(frozen=True)
class Request:
    """What is to hold for the data in a folder. ``restore`` names the restore; only the state ``staged`` needs more than this."""

    data_dir: Path
    restore: str
    state: str
    again: bool
    etcdctl: str
    member: NewMember

    @property
    def work(self) -> Path:
        """Return the folder in which the new data is made."""
        return self.data_dir / WORK

    @property
    def data(self) -> Path:
        """Return the data in use."""
        return self.data_dir / "member"


@dataclass(frozen=True)
class RestorePlan:
    """The step, unless it was done before."""

    request: Request
    found: Restore
    changes: t.Sequence[str]

    def predict(self) -> Outcome:
        """Return what will hold."""
        before = self.found.item()
        after = {**before, **self._after()} if self.changes else before
        return Outcome(bool(self.changes), before, after, {"data": {name: after[name] for name in ("restored_from", "finished")}})

    def _after(self) -> dict[str, str]:
        if self.request.state == SWAPPED:
            return {"restored_from": self.request.restore, "finished": ""}
        return {"finished": self.request.restore} if self.request.state == FINISHED_STATE else {}


class RestoreResource:
    """The data of one member."""

    def __init__(self, request: Request) -> None:
        self._request = request

    def plan(self) -> RestorePlan:
        """Read which restore the data is from."""
        request, found = self._request, read_restore(self._request.data_dir)
        done = {
            STAGED: False,
            SWAPPED: found.restored_from == request.restore and not request.again,
            FINISHED_STATE: found.finished == request.restore and not request.work.exists(),
        }
        return RestorePlan(request, found, () if done[request.state] else (request.state,))

    def apply(self, plan: RestorePlan) -> Outcome:
        """Do the step."""
        steps = {STAGED: _stage, SWAPPED: _swap, FINISHED_STATE: _finish}
        try:
            steps[self._request.state](self._request)
        except OSError as exc:
            raise CollectionError(
                f"The data in {self._request.data_dir} could not be {self._request.state}: {exc.strerror}. Correct that, and run again."
            ) from None
        return plan.predict()


def _stage(request: Request) -> None:
    snapshot, folder = request.work / "snapshot.db", request.work / "data"
    verify_checksum(snapshot)
    read_counts(request.etcdctl, snapshot)
    if folder.exists():
        shutil.rmtree(folder)
    make_data(request.etcdctl, snapshot, request.member, folder)
    write_mark(folder / "member" / RESTORED, request.restore)
    _give(folder, request.data_dir.stat())
    os.sync()


def _give(folder: Path, owner: os.stat_result) -> None:
    """Give a folder and all in it to whom the folder of the data belongs."""
    os.chown(folder, owner.st_uid, owner.st_gid, follow_symlinks=False)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(parent) / name, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _swap(request: Request) -> None:
    new = request.work / "data" / "member"
    if not new.is_dir():
        raise CollectionError(f"There is no new data in {new.parent}: it is made with the state staged. Nothing was changed.")
    if request.data.exists():
        request.data.rename(request.data_dir / f"member.before-{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}")
    new.rename(request.data)
    os.sync()


def _finish(request: Request) -> None:
    if read_restore(request.data_dir).restored_from != request.restore:
        raise CollectionError(f"The data in {request.data_dir} is not from this restore: it is put there with the state swapped.")
    write_mark(request.data / FINISHED, request.restore)
    if request.work.exists():
        shutil.rmtree(request.work)


def make_restore(module: AnsibleModule) -> RestoreResource:
    """Return what the module's parameters describe."""
    params = module.params
    if not params["restore"].isalnum() or not params["restore"].isascii():
        raise InvalidInput("The option restore names a restore with letters and digits alone.")
    member = NewMember(*(params[name] or "" for name in ("name", "initial_cluster", "initial_cluster_token", "peer_url")))
    return RestoreResource(
        Request(Path(params["data_dir"]), params["restore"], params["state"], params["again"], params["etcdctl"] or "", member)
    )
