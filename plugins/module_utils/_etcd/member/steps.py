# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The steps that make a host the member that it is to be, in the order in which they are done. Pure."""

from __future__ import annotations

import posixpath
import typing as t

from .pending import find_pending_of
from .step import MemberStep, has_text

if t.TYPE_CHECKING:
    from .desired import DesiredInstall, DesiredMember
    from .observed import ObservedMember
    from .step import Situation

USER = "etcd"


def plan_steps(seen: ObservedMember, wanted: DesiredMember, situation: Situation) -> list[MemberStep]:
    """Return what is to be done; nothing, when the member is as it should be."""
    plans = (_plan_v2_store, _plan_user, _plan_install, _plan_configure, _plan_start, _plan_restart, _plan_join)
    steps = (plan(seen, wanted, situation) for plan in plans)
    return [step for step in steps if step]


def _plan_v2_store(seen: ObservedMember, wanted: DesiredMember, situation: Situation) -> MemberStep | None:
    """Plan to look for user data that the next version would not have; the tool for it comes with the present one."""
    versions = situation.versions
    if versions is None or not versions.check_v2_store or not seen.has_data:
        return None
    tool = posixpath.join(posixpath.dirname(seen.program or wanted.install.program), "etcdutl")
    return MemberStep("v2_store", (f"etcd {wanted.install.version} has no v2 store",), {"program": tool})


def _plan_user(seen: ObservedMember, wanted: DesiredMember, _situation: Situation) -> MemberStep | None:
    data = seen.files.get(wanted.data_dir)
    if data and (data.owner, data.group) == (USER, USER):
        return None
    return MemberStep("user", (f"{wanted.data_dir} does not belong to {USER}",), {"name": USER, "home": wanted.data_dir})


def _plan_install(seen: ObservedMember, wanted: DesiredMember, _situation: Situation) -> MemberStep | None:
    install = wanted.install
    if install.is_package:
        # The package starts a lone member as soon as it is installed; its data would be in the way of the cluster's first start.
        details = {"method": install.method, "mask": wanted.unit_path not in seen.files}
        return None if seen.program else MemberStep("install", (f"{install.link} is missing",), details)
    archive, reasons = install.archive(seen.architecture), tuple(_install_reasons(seen, install))
    if not reasons:
        return None
    details = {
        "method": install.method,
        "url": install.url(seen.architecture),
        "archive": archive,
        "checksum": install.archive_sum(seen.architecture),
        "folder": install.release_dir,
        "links": {f"{install.program_dir}/{name}": f"{install.release_dir}/{name}" for name in ("etcd", "etcdctl")},
        # A version is linked only once it is unpacked completely, so one without a link may be what a killed run left.
        "unpack": seen.program != install.program,
    }
    return MemberStep("install", reasons, details)


def _install_reasons(seen: ObservedMember, install: DesiredInstall) -> t.Iterator[str]:
    if seen.program != install.program:
        yield f"{install.link} is {seen.program or 'missing'}, not {install.program}"
    tool, archive = seen.files.get(f"{install.program_dir}/etcdctl"), seen.files.get(install.archive(seen.architecture))
    if tool is None or tool.target != f"{install.release_dir}/etcdctl":
        yield f"{install.program_dir}/etcdctl is {tool.target or 'no link' if tool else 'missing'}, not {install.release_dir}/etcdctl"
    if install.source and archive and archive.sha256 not in ("", install.source):
        yield f"{install.archive(seen.architecture)} differs from the controller's"


def _plan_configure(seen: ObservedMember, wanted: DesiredMember, situation: Situation) -> MemberStep | None:
    folders = [
        {"path": path, "owner": owner, "group": USER, "mode": mode}
        for path, owner, mode in ((wanted.config_dir, "root", "0750"), (wanted.data_dir, USER, "0700"))
        if not _is_like(seen, path, "directory", mode, owner, USER)
    ]
    config, unit = _config_differs(seen, wanted, situation), _unit_differs(seen, wanted)
    if not (folders or config or unit):
        return None
    paths = [*(folder["path"] for folder in folders), *([wanted.config_path] * config), *([wanted.unit_path] * unit)]
    details = {"folders": folders, "config": situation.config if config else "", "unit": wanted.unit if unit else ""}
    return MemberStep("configure", tuple(f"{path} is missing or differs" for path in paths), details)


def _config_differs(seen: ObservedMember, wanted: DesiredMember, situation: Situation) -> bool:
    path = wanted.config_path
    return not (_is_like(seen, path, "file", "0640", "root", USER) and has_text(seen.files.get(path), situation.config))


def _unit_differs(seen: ObservedMember, wanted: DesiredMember) -> bool:
    path = wanted.unit_path
    return not (_is_like(seen, path, "file", "0644", "root", "root") and has_text(seen.files.get(path), wanted.unit))


def _is_like(seen: ObservedMember, path: str, kind: str, mode: str, owner: str, group: str) -> bool:
    return path in seen.files and seen.files[path].is_like(kind, mode, owner, group)


def _plan_start(seen: ObservedMember, wanted: DesiredMember, situation: Situation) -> MemberStep | None:
    if situation.join and not seen.has_data:
        return None
    unit = seen.unit
    reasons = (
        *(() if unit.is_active else ("etcd.service does not run",)),
        *(() if unit.is_enabled else ("etcd.service does not start at boot",)),
        *(("systemd has not read etcd.service since it was changed",) if unit.needs_reload else ()),
    )
    # Check mode can't ask systemd for a unit that is yet to be written.
    return MemberStep("start", reasons, {"is_written": wanted.unit_path in seen.files}) if reasons else None


def _plan_restart(seen: ObservedMember, wanted: DesiredMember, situation: Situation) -> MemberStep | None:
    if not seen.unit.has_process:
        return None
    install = wanted.install
    changes = {
        install.link: not install.is_package and seen.program != install.program,
        wanted.config_path: not has_text(seen.files.get(wanted.config_path), situation.config),
        wanted.unit_path: not has_text(seen.files.get(wanted.unit_path), wanted.unit),
    }
    new = [path for path, changes_now in changes.items() if changes_now]
    reasons = [f"{path} is newer than what runs" for path in dict.fromkeys([*new, *find_pending_of(seen, wanted)])]
    if wanted.restart and seen.has_data:
        reasons.append("etcd_restart is set")
    return MemberStep("restart", tuple(reasons)) if reasons else None


def _plan_join(seen: ObservedMember, _wanted: DesiredMember, situation: Situation) -> MemberStep | None:
    if situation.join is None:
        return None
    reason = "it has no vote yet" if seen.has_data else "it is no member yet"
    return MemberStep("join", (reason,), {"peer_url": situation.join.peer_url})
