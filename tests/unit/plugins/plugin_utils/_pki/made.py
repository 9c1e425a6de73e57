# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates of all kinds, made in the test's process."""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)
DAY = timedelta(days=1)
BOTH = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)


@dataclass(frozen=True)
class Made:
    """A certificate and its key, ready to sign others."""

    cert: x509.Certificate
    key: t.Any

    @property
    def pem(self) -> str:
        return self.cert.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def public_pem(self) -> str:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return str(self.key.public_key().public_bytes(serialization.Encoding.PEM, form), "ascii")

    def key_pem(self, password: bytes | None = None) -> str:
        lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        return str(self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock), "ascii")


def make(
    name: str,
    issuer: Made | None = None,
    *,
    ca: bool = False,
    begins: datetime = NOW - DAY,
    ends: datetime = NOW + DAY,
    names: t.Sequence[str] = ("n1.example", "172.16.0.11"),
    usages: t.Sequence[x509.ObjectIdentifier] | None = BOTH,
    key: t.Any = None,
    organization: str = "",
    **signing: t.Any,
) -> Made:
    key = key or ec.generate_private_key(ec.SECP256R1())
    given = ((NameOID.ORGANIZATION_NAME, organization), (NameOID.COMMON_NAME, name))
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in given if value])
    builder = x509.CertificateBuilder(
        issuer.cert.subject if issuer else subject, subject, key.public_key(), x509.random_serial_number(), begins, ends
    ).add_extension(x509.BasicConstraints(ca, None), critical=True)
    if not ca:
        found = [x509.IPAddress(ipaddress.ip_address(item)) if item[0].isdigit() else x509.DNSName(item) for item in names]
        builder = builder.add_extension(x509.SubjectAlternativeName(found), critical=False) if found else builder
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False) if usages is not None else builder
    signer = issuer.key if issuer else key
    own_hash = isinstance(signer, (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey))
    return Made(builder.sign(signer, None if own_hash else hashes.SHA256(), **signing), key)
