# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Saves a snapshot, or stores one that was copied to this host. It gets its name only after it was checked."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
import typing as t
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

from ..._core.errors import CollectionError, InvalidInput
from ..._core.plan import Outcome
from ..member.identity import choose_certificate
from .checksum import verify_checksum
from .names import check_prefix, is_snapshot_name, name_surplus, snapshot_name
from .tool import read_counts, save_snapshot

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

_WORK = ".saving."
_STALE_SECONDS = 24 * 3600
_COMMAND_SECONDS = 600


@dataclass(frozen=True)
class Saved:
    """A snapshot. The counts are None where no program could tell them."""

    path: str
    name: str
    sha256: str
    revision: int | None = None
    records: int | None = None
    size: int | None = None


@dataclass(frozen=True)
class Request:
    """Where snapshots are kept, how many, and where the new one comes from: a file, or etcd by these words of etcdctl."""

    folder: Path
    prefix: str
    keep: int
    source: Path | None
    name: str
    etcdctl: tuple[str, ...]


@dataclass(frozen=True)
class SavePlan:
    """One more snapshot, and which there are."""

    request: Request
    names: tuple[str, ...]
    changes: t.Sequence[str] = ("save",)

    def predict(self) -> Outcome:
        """Return what is known before."""
        return self.outcome(None, [])

    def outcome(self, saved: Saved | None, removed: t.Sequence[str]) -> Outcome:
        """Return what holds with this snapshot, without those."""
        after = sorted({*self.names, saved.name if saved else "a new snapshot"} - {*removed})
        returns = {"snapshot": asdict(saved) if saved else None, "removed": list(removed)}
        return Outcome(True, {"snapshots": sorted(self.names)}, {"snapshots": after}, returns)


class SaveResource:
    """The snapshots in a folder."""

    def __init__(self, request: Request) -> None:
        self._request = request

    def plan(self) -> SavePlan:
        """Read which there are."""
        return SavePlan(self._request, tuple(name for name in _names(self._request.folder) if is_snapshot_name(name, self._request.prefix)))

    def apply(self, plan: SavePlan) -> Outcome:
        """Save one, and remove the oldest."""
        request = self._request
        try:
            request.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            request.folder.chmod(0o700)
            _remove_stale(request.folder)
            saved = _store(request, request.source) if request.source else _save(request)
            surplus = name_surplus(_names(request.folder), request.prefix, request.keep, saved.name)
            for name in surplus:
                (request.folder / name).unlink()
        except OSError as exc:
            raise CollectionError(f"Could not save a snapshot in {request.folder}: {exc.strerror}. Check that folder.") from None
        return plan.outcome(saved, surplus)


def _names(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []


def _remove_stale(folder: Path) -> None:
    """Remove what a killed run left."""
    for path in folder.glob(f"{_WORK}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.lstat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(path)


def _save(request: Request) -> Saved:
    with tempfile.TemporaryDirectory(prefix=_WORK, dir=request.folder) as work:
        path = Path(work) / "snapshot.db"
        save_snapshot(request.etcdctl, path)
        sha256 = verify_checksum(path)
        counts = read_counts(request.etcdctl[0], path)
        name = snapshot_name(request.prefix, datetime.now(timezone.utc), counts.revision)
        _move(path, request.folder / name)
    return Saved(str(request.folder / name), name, sha256, **asdict(counts))


def _store(request: Request, source: Path) -> Saved:
    sha256 = verify_checksum(source)
    _move(source, request.folder / request.name)
    return Saved(str(request.folder / request.name), request.name, sha256)


def _move(source: Path, target: Path) -> None:
    """Rename a file once its content is on the disk."""
    source.chmod(0o600)
    handle = os.open(source, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    source.replace(target)


def make_save(module: AnsibleModule) -> SaveResource:
    """Return what the module's parameters describe."""
    params = module.params
    check_prefix(params["prefix"])
    if params["keep"] < 0:
        raise InvalidInput(f"The option keep is {params['keep']}: give the number of snapshots to keep, or 0 for all.")
    if params["source"] and not is_snapshot_name(params["name"] or "", params["prefix"]):
        raise InvalidInput("The option name is not the name of a snapshot with this prefix: give the name that it has where it was made.")
    source = Path(params["source"]) if params["source"] else None
    return SaveResource(Request(Path(params["folder"]), params["prefix"], params["keep"], source, params["name"] or "", _etcdctl(params)))


def _etcdctl(params: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    if params["source"]:
        return ()
    cert, key = choose_certificate(params)
    files = {"cacert": params["ca_cert"], "cert": cert, "key": key}
    options = [f"--{name}={path}" for name, path in files.items() if path]
    timeouts = ("--dial-timeout=10s", f"--command-timeout={_COMMAND_SECONDS}s")
    return (params["etcdctl"], f"--endpoints={params['endpoint']}", *timeouts, *options)
