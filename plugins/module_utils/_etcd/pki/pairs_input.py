# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Turns the options of the module etcd_key_pair into what is desired. Pure."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ..._core.errors import InvalidInput
from .files import Access
from .pem import certificates_only, key_only
from .subject import Subject

if t.TYPE_CHECKING:
    from ..._core.item import Item

_MODE = re.compile(r"0?[0-7]{3}")


@dataclass(frozen=True)
class DesiredPair:
    """A key, its certificate, and whose they are. Texts are empty where they are not given."""

    name: str
    key: Path
    cert: Path
    access: Access
    subject: Subject | None
    cert_text: str = ""
    key_text: str = ""

    def __repr__(self) -> str:
        """Never show the key."""
        return f"DesiredPair({self.name})"


def parse_pairs(params: Item) -> tuple[DesiredPair, ...]:
    """Return what the options ask for."""
    certificates, keys = params["certificates"] or {}, params["private_keys"] or {}
    unknown = sorted({*certificates, *keys} - {item["name"] for item in params["pairs"]})
    if unknown:
        raise InvalidInput(f"The option pairs does not name {', '.join(unknown)}. Nothing was changed.")
    return tuple(_parse_pair(item, certificates.get(item["name"]), keys.get(item["name"])) for item in params["pairs"])


def _parse_pair(item: Item, certificate: object, key: object) -> DesiredPair:
    name = item["name"]
    key_path, cert_path = Path(item["key"]), Path(item["cert"])
    if not (key_path.is_absolute() and cert_path.is_absolute()):
        raise InvalidInput(f"The paths of the pair {name} must be absolute. Nothing was changed.")
    if not _MODE.fullmatch(item["mode"]):
        raise InvalidInput(
            f"The mode of the pair {name} is {item['mode']!r}: give three or four octal digits in quotes. Nothing was changed."
        )
    subject = Subject(item["organization"], item["common_name"] or "") if item["organization"] else None
    access = Access(item["owner"], item["group"], int(item["mode"], 8))
    return DesiredPair(name, key_path, cert_path, access, subject, _certificate_text(name, certificate), _key_text(name, key))


def _certificate_text(name: str, given: object) -> str:
    if given is None:
        return ""
    text = certificates_only(str(given))
    if not text:
        raise InvalidInput(f"The option certificates holds no certificate in PEM format for {name}. Nothing was changed.")
    return text


def _key_text(name: str, given: object) -> str:
    if given is None:
        return ""
    text = key_only(str(given))
    if not text:
        raise InvalidInput(f"The option private_keys holds no key in PEM format for {name}. Nothing was changed.")
    return text
