# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Makes keys and requests on the host that uses them, and stores certificates with their keys."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.errors import CollectionError, InvalidInput
from ..._core.plan import Outcome
from .files import Access, find_file, stage_file, write_file
from .openssl import OpenSSL
from .pairs_input import DesiredPair, parse_pairs

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from ..._core.item import Item

# Of whoever runs the module, which is root.
_CERTIFICATE = Access(mode=0o644)
_LATER = "signed in a real run\n"


@dataclass(frozen=True)
class PairsPlan:
    """The pairs to change. ``before`` and ``after`` are certificates by path, or whether there is a key; never a key."""

    pairs: tuple[DesiredPair, ...]
    before: Item
    after: Item
    changed: bool

    @property
    def changes(self) -> t.Sequence[DesiredPair]:
        """Return the pairs that there is something to do for."""
        return self.pairs

    def predict(self) -> Outcome:
        """Return what will hold."""
        return self.outcome({})

    def outcome(self, requests: t.Mapping[str, str]) -> Outcome:
        """Return what holds."""
        return Outcome(self.changed, self.before, self.after, {"csrs": dict(requests)})


class Requests:
    """Keys that there have to be, and a request for each."""

    def __init__(self, openssl: OpenSSL, pairs: tuple[DesiredPair, ...]) -> None:
        self._openssl = openssl
        self._pairs = pairs

    def plan(self) -> PairsPlan:
        """Find out which keys there are. A request changes nothing."""
        there = {str(pair.key): _is_there(pair) for pair in self._pairs}
        before = {path: "a key" if found else "" for path, found in there.items()}
        return PairsPlan(self._pairs, before, dict.fromkeys(there, "a key"), not all(there.values()))

    def apply(self, plan: PairsPlan) -> Outcome:
        """Make the keys that are missing, and all requests."""
        return plan.outcome({pair.name: self._request(pair) for pair in plan.pairs})

    def _request(self, pair: DesiredPair) -> str:
        if pair.subject is None:
            raise InvalidInput(f"The pair {pair.name} has no organization to request a certificate for. Nothing was changed.")
        if not _is_there(pair):
            write_file(pair.key, self._openssl.make_key(), pair.access)
        return self._openssl.request(str(pair.key), pair.subject)


class StoredPairs:
    """Certificates, and the keys that come with them."""

    def __init__(self, pairs: tuple[DesiredPair, ...], check_mode: bool) -> None:
        lacking = [pair.name for pair in pairs if not pair.cert_text]
        if lacking and not check_mode:
            raise InvalidInput(f"The option certificates has none for {', '.join(lacking)}. Nothing was changed.")
        self._pairs = pairs

    def plan(self) -> PairsPlan:
        """Compare with what is there."""
        differing = tuple(pair for pair in self._pairs if not _is_stored(pair))
        before = {str(pair.cert): _text_of(str(pair.cert)) for pair in self._pairs}
        after = {**before, **{str(pair.cert): pair.cert_text or _LATER for pair in differing}}
        return PairsPlan(differing, before, after, bool(differing))

    def apply(self, plan: PairsPlan) -> Outcome:
        """Replace certificate and key together, so that hardly any handshake meets a pair that doesn't match."""
        for pair in plan.pairs:
            key = stage_file(pair.key, pair.key_text, pair.access) if pair.key_text else None
            cert = stage_file(pair.cert, pair.cert_text, _CERTIFICATE)
            if key is not None:
                key.replace(pair.key)
            cert.replace(pair.cert)
        return plan.outcome({})


def _is_there(pair: DesiredPair) -> bool:
    return bool(_text_of(str(pair.key)))


def _is_stored(pair: DesiredPair) -> bool:
    has_key = not pair.key_text or _text_of(str(pair.key)).strip() == pair.key_text.strip()
    return has_key and bool(pair.cert_text) and _text_of(str(pair.cert)).strip() == pair.cert_text.strip()


def _text_of(path: str) -> str:
    found = find_file(path)
    if found is not None and found.text is None:
        raise CollectionError(f"{path} is no regular file, or a very large one. Move it away. Nothing was changed.")
    return (found.text or "") if found else ""


def make_pairs(module: AnsibleModule) -> Requests | StoredPairs:
    """Return the pairs that the module's options describe."""
    pairs = parse_pairs(module.params)
    return Requests(OpenSSL(module), pairs) if module.params["state"] == "requested" else StoredPairs(pairs, module.check_mode)
