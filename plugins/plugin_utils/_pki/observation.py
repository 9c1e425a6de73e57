# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private plugin_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What the module etcd_pki_info saw on a host, which is data of that host: its form is checked before anything is made of it. Pure."""

from __future__ import annotations

import typing as t
from collections import abc
from dataclasses import dataclass
from datetime import datetime, timezone

from ...module_utils._core.errors import CollectionError
from ...module_utils._etcd.pki.ca_state import ABSENT, INTERRUPTED, NEXT, PREVIOUS, STABLE, CaState
from ...module_utils._etcd.pki.files import LARGEST

_PHASES = (ABSENT, STABLE, NEXT, INTERRUPTED, PREVIOUS)
_MOST = 100
_LONGEST_PATH = 4096


class FileAccess(t.NamedTuple):
    """Whose a file or folder is, and what they may do with it."""

    owner: str
    group: str
    mode: str


PUBLIC = FileAccess("root", "root", "0644")


@dataclass(frozen=True)
class SeenFile:
    """A file or a folder, and whose it is."""

    path: str = ""
    exists: bool = False
    owner: str = ""
    group: str = ""
    mode: str = ""

    def belongs_to(self, access: FileAccess) -> bool:
        """Return whether owner, group and mode are these."""
        return (self.owner, self.group, self.mode.zfill(4)) == (access.owner, access.group, access.mode.zfill(4))


@dataclass(frozen=True)
class SeenPair:
    """A certificate, and the public half of its key; empty when it can't be told."""

    cert: SeenFile
    pem: str
    key: SeenFile = SeenFile()
    public: str = ""
    is_key_known: bool = True

    @property
    def has_key(self) -> bool:
        """Return whether there is a key."""
        return self.key.exists


NOTHING = SeenPair(SeenFile(), "")


@dataclass(frozen=True)
class Observation:
    """What a host has: its clock, openssl, pairs by the path of their certificates, folders by path, and on the CA's host the CA."""

    time: datetime
    has_openssl: bool
    pairs: t.Mapping[str, SeenPair]
    folders: t.Mapping[str, SeenFile]
    ca: CaState | None = None

    @property
    def has_server_certificate(self) -> bool:
        """Return whether the host has the certificate of a member."""
        return any(path.endswith("/server.crt") and pair.cert.exists for path, pair in self.pairs.items())


def parse_observation(given: t.Any) -> Observation:
    """Return what was seen; raise when the answer has another form than the module's."""
    item = _mapping(given)
    has_openssl = _is_true(item.get("openssl"))
    pairs = [_parse_pair(one, has_openssl) for one in map(_mapping, _items(item.get("certificates")))]
    folders = {found.path: found for found in map(_parse_file, _items(item.get("folders")))}
    by_path = {pair.cert.path: pair for pair in pairs}
    return Observation(_parse_time(item.get("time")), has_openssl, by_path, folders, parse_ca(item["ca"]) if item.get("ca") else None)


def parse_ca(given: t.Any) -> CaState:
    """Return the state of a CA, as the modules etcd_pki_info and etcd_ca say it."""
    item = _mapping(given)
    phase, current, following, previous = (_text(item.get(name)) for name in ("phase", "current", "next", "previous"))
    if phase not in _PHASES:
        raise _nonsense()
    return CaState(phase, current, following, previous, tuple(_text(name) for name in _items(item.get("replaced"))))


def _parse_pair(item: t.Mapping[str, t.Any], has_openssl: bool) -> SeenPair:
    cert = _mapping(item.get("cert"))
    seen = SeenPair(_parse_file(cert), _text(cert.get("pem")))
    if not item.get("key"):
        return seen
    key = _mapping(item["key"])
    return SeenPair(seen.cert, seen.pem, _parse_file(key), _text(key.get("public")), has_openssl)


def _parse_file(given: t.Any) -> SeenFile:
    item = _mapping(given)
    path, owner, group, mode = (_text(item.get(name)) for name in ("path", "owner", "group", "mode"))
    if not path.isprintable() or len(path) > _LONGEST_PATH:
        raise _nonsense()
    return SeenFile(path, _is_true(item.get("exists")), owner, group, mode)


def _parse_time(given: t.Any) -> datetime:
    try:
        return datetime.strptime(_text(given), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        raise _nonsense() from None


def _mapping(given: t.Any) -> t.Mapping[str, t.Any]:
    if not isinstance(given, abc.Mapping):
        raise _nonsense()
    return given


def _items(given: t.Any) -> t.Sequence[t.Any]:
    if not isinstance(given, (list, tuple)) or len(given) > _MOST:
        raise _nonsense()
    return given


def _text(given: t.Any) -> str:
    if not isinstance(given, str) or len(given) > LARGEST:
        raise _nonsense()
    return str(given)


def _is_true(given: t.Any) -> bool:
    # Before ansible-core 2.19, templates make text of it.
    return str(given) == "True"


def _nonsense() -> CollectionError:
    return CollectionError("A host's answer about its certificates can't be used: it does not have the form of the module etcd_pki_info.")
