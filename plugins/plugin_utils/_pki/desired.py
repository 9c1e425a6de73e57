# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private plugin_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Which certificates a host is to have, from the variables of the role etcd_pki. Pure."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ...module_utils._core.errors import InvalidInput
from ...module_utils._etcd.pki.ca_input import ORGANIZATION, USAGES
from ...module_utils._etcd.pki.names import certificate_names
from ...module_utils._etcd.pki.subject import Subject
from .judge import CertificateRequirements
from .observation import FileAccess

MEMBER, CLIENT, IDENTITY = "member", "client", "identity"

Variables = t.Mapping[str, t.Any]

# The name of a user of etcd.
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_ROOT = FileAccess("root", "root", "0600")


@dataclass(frozen=True)
class Provided:
    """A certificate and its key that a user provides, as text."""

    cert: str = ""
    key: str = ""

    def __repr__(self) -> str:
        """Never show the key."""
        return "Provided(...)"


@dataclass(frozen=True)
class DesiredCertificate:
    """A certificate of a host: where it is, whose its key is, what it says, and the one that is provided."""

    name: str
    folder: str
    file: str
    subject: Subject
    requirements: CertificateRequirements
    access: FileAccess
    provided: Provided

    @property
    def cert(self) -> str:
        """Return the path of the certificate."""
        return f"{self.folder}/{self.file}.crt"

    @property
    def key(self) -> str:
        """Return the path of the key."""
        return f"{self.folder}/{self.file}.key"

    @property
    def is_provided(self) -> bool:
        """Return whether the user provides it."""
        return bool(self.provided.cert)

    def pair(self) -> dict[str, str]:
        """Return the options of the module etcd_key_pair."""
        subject = {"organization": self.subject.organization, "common_name": self.subject.common_name}
        return {"name": self.name, "key": self.key, "cert": self.cert, **self.access._asdict(), **subject}

    def request(self, days: int) -> dict[str, t.Any]:
        """Return the options of the module etcd_ca."""
        subject = {"organization": self.subject.organization, "common_name": self.subject.common_name}
        names = [name.partition(":")[2] for name in self.requirements.names]
        return {"name": self.name, **subject, "days": days, "usages": list(self.requirements.usages), "names": names}


@dataclass(frozen=True)
class DesiredPki:
    """What one entry point of the role keeps on a host."""

    part: str
    host: str
    certificates: tuple[DesiredCertificate, ...]
    # The folder with what the host trusts; none for the identity, which is beside its CA.
    folder: str
    folder_access: FileAccess
    trusts_own_ca: bool
    provided_ca: str
    renew_days: int
    cert_days: int
    ca_place: str
    # Why there can be none of this.
    objection: str = ""
    # The identity of the modules, which is judged with the members' certificates.
    identity: DesiredCertificate | None = None

    @property
    def bundle(self) -> str:
        """Return the path of the certificates that are trusted."""
        return f"{self.folder}/ca.crt"

    @property
    def issued(self) -> list[DesiredCertificate]:
        """Return the certificates that the role's CA issues."""
        return [cert for cert in self.certificates if not cert.is_provided]


def desire(part: str, variables: Variables, provided: Variables) -> DesiredPki:
    """Return what an entry point keeps. ``variables`` are those of the role without their prefix, ``provided`` texts by name."""
    if part not in _MAKE:
        raise InvalidInput(f"There is no part {part!r} of the certificates: it is one of {', '.join(_MAKE)}.")
    given = {str(name): Provided(str(value["cert"]), str(value["key"])) for name, value in provided.items() if name != "ca"}
    certificates = tuple(_MAKE[part](variables, given))
    identities = [cert for cert in _of_identity(variables, given) if part == MEMBER and cert.is_provided]
    is_own = str(variables["own_ca"]) == "True" and (part == MEMBER or not certificates[0].is_provided)
    return DesiredPki(
        part,
        str(variables["host"]),
        certificates,
        "" if part == IDENTITY else certificates[0].folder,
        FileAccess("root", "etcd", "0750") if part == MEMBER else FileAccess("root", "root", "0755"),
        trusts_own_ca=is_own,
        provided_ca=str(provided.get("ca") or ""),
        renew_days=int(variables["renew_days"]),
        cert_days=int(variables["cert_days"]),
        ca_place=f"{variables['ca_dir']} on {variables['ca_host']}",
        objection=_client_objection(variables) if part == CLIENT else "",
        identity=identities[0] if identities else None,
    )


def _of_member(variables: Variables, given: t.Mapping[str, Provided]) -> t.Iterator[DesiredCertificate]:
    folder = str(variables["dir"])
    names = tuple(certificate_names([str(name) for name in variables["names"]], str(variables["hostname"])))
    users = tuple(str(user) for user in variables["users"])
    subject, access = Subject(ORGANIZATION, str(variables["host"])[:64]), FileAccess("etcd", "etcd", "0600")
    for name in ("server", "peer"):
        requirements = CertificateRequirements(USAGES, names, other_users=users)
        yield DesiredCertificate(name, folder, name, subject, requirements, access, given.get(name, Provided()))
    # etcdctl's on a member. etcd takes the CN for the name of a user, and the user root may do everything.
    root = given.get("root", Provided())
    if root.cert or not given.get("server", Provided()).cert:
        requirements = CertificateRequirements(("clientAuth",), user="root")
        yield DesiredCertificate("root", folder, "root", Subject(ORGANIZATION, "root"), requirements, _ROOT, root)


def _of_client(variables: Variables, given: t.Mapping[str, Provided]) -> t.Iterator[DesiredCertificate]:
    folder, name = str(variables["client_dir"]), str(variables["client_cn"])
    access = FileAccess(*(str(variables[f"client_{what}"]) for what in ("owner", "group", "key_mode")))
    requirements = CertificateRequirements(("clientAuth",), user=name)
    yield DesiredCertificate("client", folder, "client", Subject(ORGANIZATION, name), requirements, access, given.get("client", Provided()))


def _client_objection(variables: Variables) -> str:
    name, group = variables["client_cn"], variables["group"]
    if _USER.fullmatch(str(name)) and str(variables["has_members"]) == "True":
        return ""
    return (
        f"etcd_pki_client_cn ({name}) may use letters, digits, dots, dashes and underscores; the inventory group {group} (etcd_pki_group) "
        "must contain etcd's members. Nothing was changed."
    )


def _of_identity(variables: Variables, given: t.Mapping[str, Provided]) -> t.Iterator[DesiredCertificate]:
    # A client that comes through etcd's gateway must have no CN, or etcd refuses it once users exist.
    requirements = CertificateRequirements(("clientAuth",), user="")
    folder, provided = str(variables["ca_dir"]), given.get("identity", Provided())
    yield DesiredCertificate("identity", folder, "automation", Subject(ORGANIZATION), requirements, _ROOT, provided)


_MAKE: dict[str, t.Callable[[Variables, t.Mapping[str, Provided]], t.Iterator[DesiredCertificate]]] = {
    MEMBER: _of_member,
    CLIENT: _of_client,
    IDENTITY: _of_identity,
}
