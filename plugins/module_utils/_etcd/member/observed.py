# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What was observed on the host of a member, checked and in the form that plans use. Pure."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from ..._core.answer import Answer, BadAnswer
from ..cluster.members import MemberHost, clean_version
from .cluster_view import ClusterView, parse_view
from .text import harmless

if t.TYPE_CHECKING:
    from ..._core.item import Item

# Reads the text of a configuration; what is no mapping is an empty one.
Load = t.Callable[[str], t.Mapping[str, t.Any]]

_PATH = re.compile(r"(/[A-Za-z0-9._+-]+)+", re.ASCII)
_INITIAL = {
    "initial-cluster": re.compile(r"[A-Za-z0-9._:/\[\]%,=-]{1,10000}", re.ASCII),
    "initial-cluster-state": re.compile(r"new|existing"),
    # Whatever the user has chosen, but nothing that a template could be made of.
    "initial-cluster-token": re.compile(r"[^\x00-\x1f{}]{1,500}"),
}


@dataclass(frozen=True)
class FileState:
    """What is at a path; ``target`` is where a link leads.

    ``is_newer`` is whether it was changed after the running etcd was started; None when none runs.
    """

    kind: str
    mode: str = ""
    owner: str = ""
    group: str = ""
    sha256: str = ""
    is_newer: bool | None = None
    target: str = ""

    def is_like(self, kind: str, mode: str, owner: str, group: str) -> bool:
        """Say whether it is of this kind, with this mode, owner and group."""
        return (self.kind, self.mode, self.owner, self.group) == (kind, mode, owner, group)


@dataclass(frozen=True)
class UnitState:
    """etcd's unit. A member that waits for the others has a process, but is not active yet.

    ``program`` is the file that the process runs, which may be deleted; empty when there is none or it can't be told.
    """

    has_process: bool = False
    is_active: bool = False
    is_enabled: bool = False
    needs_reload: bool = False
    program: str = ""


@dataclass(frozen=True)
class AuthState:
    """Whether authentication is on, and the sum of users and roles, empty where the member did not tell it."""

    is_enabled: bool
    digest: str


@dataclass(frozen=True)
class ObservedMember:
    """All that was observed. ``program`` is the file of etcd that a start would run, empty when there is none."""

    name: str
    hostname: str
    addresses: tuple[str, ...]
    architecture: str
    service_manager: str
    os_family: str
    program: str
    version: str
    unit: UnitState
    has_data: bool
    files: t.Mapping[str, FileState]
    # What the configuration says of the start of the cluster, as far as it can be used.
    written: t.Mapping[str, str] = field(default_factory=dict)
    view: ClusterView | None = None
    auth: AuthState | None = None

    @property
    def was_started_new(self) -> bool:
        """Say whether it took part in a first start that may be incomplete; once its unit is enabled, a host without data has lost it."""
        return not self.has_data and not self.unit.is_enabled and self.written.get("initial-cluster-state") == "new"

    def host(self, peer_url: str) -> MemberHost:
        """Return it as plans about members use it."""
        return MemberHost(
            self.name,
            peer_url,
            is_reached=True,
            has_data=self.has_data,
            was_started_new=self.was_started_new,
            installed=self.version,
            cluster=self.view.cluster() if self.view else None,
        )


def parse_member(answer: t.Any, name: str, load: Load) -> ObservedMember:
    """Return what M(alicloud.flannel.etcd_member_info) has returned on a host; raise BadAnswer when it can't be that."""
    try:
        return _parse_member(Answer(answer, "its answer"), name, load)
    except BadAnswer as exc:
        raise BadAnswer(f"What {name} says of itself can't be used: {exc} Find out what answers there.") from None


def observed_host(name: str, peer_url: str, result: Item, load: Load) -> MemberHost:
    """Return a host as plans about members use it; one that was not observed, or answers nonsense, counts as not reached."""
    try:
        return parse_member(result["etcd_member"], name, load).host(peer_url)
    except (BadAnswer, KeyError):
        return MemberHost(name, peer_url)


def _parse_member(answer: Answer, name: str, load: Load) -> ObservedMember:
    host, program = answer["host"], answer["program"]
    return ObservedMember(
        name,
        hostname=harmless(host["hostname"].text()),
        addresses=tuple(harmless(address) for address in host["addresses"].texts()),
        architecture=harmless(host["architecture"].text()),
        service_manager=harmless(host["service_manager"].text()),
        os_family=harmless(host["os_family"].text()),
        program=_path(program["path"]),
        version=clean_version(program["version"].text()),
        unit=_parse_unit(answer["unit"]),
        has_data=answer["has_data"].flag(),
        files={path: state for path, item in answer["files"].entries().items() if (state := item.or_none(_parse_file))},
        written=_parse_config(load(answer["config"].text())),
        view=answer["cluster"].or_none(parse_view),
        auth=answer["auth"].or_none(lambda item: AuthState(item["is_enabled"].flag(), item["digest"].text())),
    )


def _path(answer: Answer) -> str:
    """Return a path, which becomes a part of a command; none where it is empty or odd."""
    text = answer.text()
    return text if _PATH.fullmatch(text) else ""


def _parse_unit(answer: Answer) -> UnitState:
    flags = {name: answer[name].flag() for name in ("is_active", "is_enabled", "needs_reload")}
    return UnitState(has_process=answer["pid"].number() > 0, **flags, program=harmless(answer["running_program"].text()))


def _parse_file(answer: Answer) -> FileState:
    texts = {
        name: harmless(answer[name].or_none(lambda item: item.text()) or "") for name in ("mode", "owner", "group", "sha256", "target")
    }
    return FileState(answer["kind"].text(), **texts, is_newer=answer["is_newer_than_start"].or_none(lambda item: item.flag()))


def _parse_config(config: t.Mapping[str, t.Any]) -> dict[str, str]:
    found = {name: config.get(name) for name in _INITIAL}
    return {name: value for name, value in found.items() if isinstance(value, str) and _INITIAL[name].fullmatch(value)}
