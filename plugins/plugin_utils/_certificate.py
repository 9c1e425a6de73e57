# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private plugin_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Checks certificates that a user provides, before anything is changed. Pure; on the controller, where ansible-core has cryptography."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import typing as t
from dataclasses import dataclass
from datetime import datetime, timezone

# ansible-core depends on it; ansible-test imports plugins without it.
with contextlib.suppress(ImportError):
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, SignatureAlgorithmOID

_PEM_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True)
class CertificateRequirements:
    """What a certificate is needed for: ``names`` are like C(DNS:n1) and C(IP:172.16.0.11)."""

    usages: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    user: str | None = None
    other_users: tuple[str, ...] = ()


def find_problems(cert: str, key: str | None, ca: str, desired: CertificateRequirements, now: datetime) -> list[str]:
    """Return why a certificate can't be used; without a key, everything but the key is checked."""
    chain = _parse_all(cert)
    if not chain:
        return ["it holds no certificate in PEM format"]
    leaf = chain[0]
    return [
        *([] if key is None else _key_problems(leaf, key)),
        *_date_problems(leaf, now),
        *([] if is_trusted(cert, ca, now) else ["no CA in etcd_pki_ca_cert that is valid now has signed it"]),
        *_usage_problems(leaf, desired.usages),
        *[f"it does not cover {name.partition(':')[2]}" for name in desired.names if not _covers(leaf, name)],
        *_user_problems(leaf, desired),
    ]


def is_trusted(cert: str, ca: str, now: datetime) -> bool:
    """Return whether one of the CAs has signed the first certificate, directly or through those that follow it."""
    chain = _parse_all(cert)
    anchors = [anchor for anchor in _parse_all(ca) if _is_ca(anchor) and not list(_date_problems(anchor, now))]
    current: x509.Certificate | None = chain[0] if chain else None
    for _step in chain:
        if current is None:
            return False
        if any(_has_signed(anchor, current) for anchor in anchors):
            return True
        current = next((link for link in chain[1:] if link != current and _is_ca(link) and _has_signed(link, current)), None)
    return False


def _parse_all(text: str) -> list[x509.Certificate]:
    """Return the certificates of a text; none when one of them is damaged."""
    try:
        return [x509.load_pem_x509_certificate(block.encode()) for block in _PEM_BLOCK.findall(text)]
    except ValueError:
        return []


def _is_ca(cert: x509.Certificate) -> bool:
    constraints = _extension(cert, x509.BasicConstraints)
    return constraints is not None and constraints.ca


def _has_signed(issuer: x509.Certificate, cert: x509.Certificate) -> bool:
    if cert.issuer != issuer.subject:
        return False
    try:
        return _verify(issuer.public_key(), cert)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False


def _verify(key: t.Any, cert: x509.Certificate) -> bool:
    """Raise or return false unless the key has signed the certificate."""
    # Not verify_directly_issued_by, which versions of cryptography before 40 don't have.
    signed = (cert.signature, cert.tbs_certificate_bytes)
    if isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
        key.verify(*signed)
        return True
    hashed = cert.signature_hash_algorithm
    if hashed is not None and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(*signed, ec.ECDSA(hashed))
        return True
    if hashed is not None and isinstance(key, rsa.RSAPublicKey):
        is_pss = cert.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS
        key.verify(*signed, padding.PSS(padding.MGF1(hashed), padding.PSS.AUTO) if is_pss else padding.PKCS1v15(), hashed)
        return True
    return False


def _key_problems(leaf: x509.Certificate, text: str) -> t.Iterator[str]:
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except TypeError:
        yield "its key has a passphrase, which a service cannot give"
    except ValueError:
        yield "its key is not a private key in PEM format"
    else:
        form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if key.public_key().public_bytes(*form) != leaf.public_key().public_bytes(*form):
            yield "the key does not match it"


def _date_problems(cert: x509.Certificate, now: datetime) -> t.Iterator[str]:
    begins, ends = _date(cert, "not_valid_before"), _date(cert, "not_valid_after")
    if now < begins:
        yield f"it is not valid before {begins:%Y-%m-%d %H:%M} UTC"
    if now > ends:
        yield f"it expired on {ends:%Y-%m-%d %H:%M} UTC"


def _date(cert: x509.Certificate, name: str) -> datetime:
    # Versions of cryptography before 42 know the dates without their time zone only.
    found = getattr(cert, f"{name}_utc", None) or getattr(cert, name)
    return t.cast("datetime", found.replace(tzinfo=timezone.utc))


def _usage_problems(leaf: x509.Certificate, usages: t.Sequence[str]) -> t.Iterator[str]:
    known = {"serverAuth": ExtendedKeyUsageOID.SERVER_AUTH, "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH}
    found = _extension(leaf, x509.ExtendedKeyUsage)
    if found is not None:
        missing = [usage for usage in usages if known[usage] not in found]
        if missing:
            yield f"its extendedKeyUsage lacks {' and '.join(missing)}"


def _covers(leaf: x509.Certificate, name: str) -> bool:
    """Names are compared as Go does: a star stands for the whole first label."""
    found = _extension(leaf, x509.SubjectAlternativeName)
    if found is None:
        return False
    kind, _separator, value = name.partition(":")
    if kind == "IP":
        return ipaddress.ip_address(value) in found.get_values_for_type(x509.IPAddress)
    patterns = [pattern.lower() for pattern in found.get_values_for_type(x509.DNSName)]
    return value.lower() in patterns or f"*.{value.lower().partition('.')[2]}" in patterns


def _user_problems(leaf: x509.Certificate, desired: CertificateRequirements) -> t.Iterator[str]:
    found = ", ".join(str(name.value) for name in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME))
    if found in desired.other_users:
        yield f"its CN is {found}, a user of etcd, whose permissions everybody would get through the gateway"
    if desired.user is not None and found != desired.user:
        yield (
            f"its CN is {found or 'missing'}, but etcd's user is {desired.user}"
            if desired.user
            else f"its CN is {found}, which etcd's gateway refuses"
        )


_Extension = t.TypeVar("_Extension", bound="x509.ExtensionType")


def _extension(cert: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return cert.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, ValueError):
        return None
