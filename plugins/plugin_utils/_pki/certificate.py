# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private plugin_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads certificates and keys in PEM format. Pure; on the controller, where ansible-core has cryptography."""

from __future__ import annotations

import contextlib
import ipaddress
import typing as t
from datetime import datetime, timezone

from ...module_utils._etcd.pki.pem import certificate_blocks

# ansible-core depends on it; ansible-test imports plugins without it.
with contextlib.suppress(ImportError):
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, load_pem_public_key
    from cryptography.x509.oid import NameOID, SignatureAlgorithmOID

_NAMES = {"O": "ORGANIZATION_NAME", "CN": "COMMON_NAME"}


def read_certificates(text: str) -> list[x509.Certificate]:
    """Return the certificates of a text; none when one of them is damaged."""
    try:
        return [x509.load_pem_x509_certificate(block.encode()) for block in certificate_blocks(text)]
    except ValueError:
        return []


def is_trusted(text: str, ca: str, now: datetime) -> bool:
    """Return whether one of the CAs that are valid now has signed the first certificate, directly or through those that follow it."""
    return is_signed_by(read_certificates(text), [anchor for anchor in read_certificates(ca) if begins(anchor) <= now <= ends(anchor)])


def is_signed_by(chain: t.Sequence[x509.Certificate], anchors: t.Sequence[x509.Certificate]) -> bool:
    """Return whether a CA has signed the first certificate of a chain, directly or through those that follow it, whatever the time is."""
    cas = [anchor for anchor in anchors if _is_ca(anchor)]
    current: x509.Certificate | None = chain[0] if chain else None
    for _step in chain:
        if current is None:
            return False
        if any(_has_signed(ca, current) for ca in cas):
            return True
        current = next((link for link in chain[1:] if link != current and _is_ca(link) and _has_signed(link, current)), None)
    return False


def _is_ca(cert: x509.Certificate) -> bool:
    constraints = extension(cert, x509.BasicConstraints)
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


def public_half(cert: x509.Certificate) -> bytes:
    """Return the public key that a certificate is for."""
    return cert.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def public_half_of_key(text: str) -> bytes:
    """Return the public half of a private key; raise TypeError when it has a passphrase, ValueError when it is none."""
    return load_pem_private_key(text.encode(), password=None).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def read_public_half(text: str) -> bytes:
    """Return a public key; nothing when a text has none."""
    try:
        return load_pem_public_key(text.encode()).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return b""


def begins(cert: x509.Certificate) -> datetime:
    """Return when a certificate begins to be valid."""
    return _date(cert, "not_valid_before")


def ends(cert: x509.Certificate) -> datetime:
    """Return when a certificate ceases to be valid."""
    return _date(cert, "not_valid_after")


def _date(cert: x509.Certificate, name: str) -> datetime:
    # Versions of cryptography before 42 know the dates without their time zone only.
    found = getattr(cert, f"{name}_utc", None) or getattr(cert, name)
    return t.cast("datetime", found.replace(tzinfo=timezone.utc))


def subject_text(cert: x509.Certificate) -> str:
    """Return the subject as messages show it, like C(/O=alicloud-flannel/CN=n1)."""
    oids = {getattr(NameOID, oid): name for name, oid in _NAMES.items()}
    text = "".join(f"/{oids.get(item.oid, item.oid.dotted_string)}={item.value!s}" for item in cert.subject)
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text[:200])


def common_names(cert: x509.Certificate) -> str:
    """Return the common name; where there are several, all of them."""
    return ", ".join(common_name_list(cert))


def common_name_list(cert: x509.Certificate) -> list[str]:
    """Return the common names, of which a certificate has one or none as a rule."""
    return [str(name.value) for name in cert.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


def covers(cert: x509.Certificate, name: str) -> bool:
    """Return whether a certificate is for a name. They are compared as Go does: a star stands for the whole first label."""
    found = extension(cert, x509.SubjectAlternativeName)
    if found is None:
        return False
    kind, _separator, value = name.partition(":")
    if kind == "IP":
        return ipaddress.ip_address(value) in found.get_values_for_type(x509.IPAddress)
    patterns = [pattern.lower() for pattern in found.get_values_for_type(x509.DNSName)]
    return value.lower() in patterns or f"*.{value.lower().partition('.')[2]}" in patterns


_Extension = t.TypeVar("_Extension", bound="x509.ExtensionType")


def extension(cert: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    """Return an extension of a certificate, None when it has none or a damaged one."""
    try:
        return cert.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, ValueError):
        return None
