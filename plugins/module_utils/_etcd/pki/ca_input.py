# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Turns the options of the module etcd_ca into what is desired. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from ..._core.errors import InvalidInput
from .names import openssl_names
from .subject import Subject

if t.TYPE_CHECKING:
    from ..._core.item import Item

ORGANIZATION = "alicloud-flannel"
USAGES = ("serverAuth", "clientAuth")


@dataclass(frozen=True)
class Request:
    """A certificate to sign: the CA decides all of it, and takes only the public key of the text."""

    name: str
    text: str
    subject: Subject
    days: int
    extensions: str


@dataclass(frozen=True)
class DesiredCa:
    """The CA in a folder, its subject where one is to be made, and what it has to sign."""

    folder: Path
    state: str
    subject: Subject | None
    days: int
    requests: tuple[Request, ...] = ()


def parse_ca(params: Item) -> DesiredCa:
    """Return what the options ask for."""
    folder = Path(params["ca_dir"])
    if not folder.is_absolute():
        raise InvalidInput(f"The option ca_dir is {params['ca_dir']!r}: give an absolute path. Nothing was changed.")
    subject = Subject(params["organization"], params["common_name"]) if params["common_name"] else None
    csrs = params["csrs"] or {}
    requests = tuple(_parse_request(item, str(csrs.get(item["name"]) or "")) for item in params["requests"] or ())
    _check_days([params["days"], *(request.days for request in requests)])
    return DesiredCa(folder, params["state"], subject, params["days"], requests)


def _parse_request(item: Item, text: str) -> Request:
    name = item["name"]
    if "-----BEGIN" not in text:
        raise InvalidInput(f"The option csrs has no request in PEM format for {name}, which requests names. Nothing was signed.")
    return Request(
        name, text, Subject(item["organization"], item["common_name"] or ""), item["days"], extensions(item["usages"], item["names"])
    )


def _check_days(given: t.Iterable[int]) -> None:
    for days in given:
        if not 1 <= days <= 36500:
            raise InvalidInput(f"A certificate can't be valid for {days} days: give 1 to 36500. Nothing was changed.")


def extensions(usages: t.Sequence[str], names: t.Sequence[str] | None) -> str:
    """Return what a certificate says beside its subject, as openssl reads it."""
    lines = [
        "basicConstraints = critical, CA:FALSE",
        "keyUsage = critical, digitalSignature",
        f"extendedKeyUsage = {','.join(usages)}",
        "subjectKeyIdentifier = hash",
        "authorityKeyIdentifier = keyid",
    ]
    covered = openssl_names(names or ())
    return "\n".join([*lines, f"subjectAltName = {', '.join(covered)}"] if covered else lines) + "\n"


CA_EXTENSIONS = """basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""
