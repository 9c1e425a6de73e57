# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private plugin_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The judge of certificates: what is wrong with one that a user provides, and why one that the CA has issued can't stay. Pure."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta

from .certificate import (
    begins,
    common_names,
    covers,
    ends,
    extension,
    is_signed_by,
    is_trusted,
    public_half,
    public_half_of_key,
    read_certificates,
    read_public_half,
    subject_text,
)

with contextlib.suppress(ImportError):
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

if t.TYPE_CHECKING:
    from .observation import SeenPair

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class CertificateRequirements:
    """What a certificate is needed for: ``names`` are like C(DNS:n1) and C(IP:172.16.0.11)."""

    usages: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    user: str | None = None
    other_users: tuple[str, ...] = ()


@dataclass(frozen=True)
class Issuing:
    """By what an issued certificate is measured: who signs, how many days it must have left, what it is for, and where its key is."""

    signer: str
    renew_days: int
    subject: str
    requirements: CertificateRequirements
    key: str


def find_problems(cert: str, key: str | None, ca: str, desired: CertificateRequirements, now: datetime) -> list[str]:
    """Return why a provided certificate can't be used; without a key, everything but the key is checked."""
    chain = read_certificates(cert)
    if not chain:
        return ["it holds no certificate in PEM format"]
    leaf = chain[0]
    return [
        *([] if key is None else _key_problems(leaf, key)),
        *_date_problems(leaf, now),
        *([] if is_trusted(cert, ca, now) else ["no CA in etcd_pki_ca_cert that is valid now has signed it"]),
        *(f"its {problem}" for problem in _usage_problems(leaf, desired.usages)),
        *(f"it does not cover {name}" for name in _uncovered(leaf, desired.names)),
        *_user_problems(leaf, desired),
    ]


def find_renewal_reasons(seen: SeenPair, desired: Issuing, host_time: datetime, now: datetime) -> list[str]:
    """Return why an issued certificate is to be replaced; nothing when it can stay. ``now`` is what the controller's clock says."""
    chain = read_certificates(seen.pem)
    if not seen.has_key or not seen.cert.exists:
        return ["missing"]
    if not chain:
        return ["not a certificate"]
    leaf = chain[0]
    found = subject_text(leaf)
    return [
        *([f"less than {desired.renew_days} days left"] if ends(leaf) - host_time < desired.renew_days * _DAY else []),
        # A new one would not help a host whose own clock is behind.
        *([f"not valid before {begins(leaf):%Y-%m-%d %H:%M} UTC"] if max(host_time, now) < begins(leaf) else []),
        *([] if is_signed_by(chain, read_certificates(desired.signer)) else ["not signed by the CA"]),
        *([f"not made for the key in {desired.key}"] if seen.is_key_known and read_public_half(seen.public) != public_half(leaf) else []),
        *([f"made for {found} instead of {desired.subject}"] if found != desired.subject else []),
        *_usage_problems(leaf, desired.requirements.usages),
        *(f"does not cover {name}" for name in _uncovered(leaf, desired.requirements.names)),
    ]


def count_days_left(pem: str, now: datetime) -> int | None:
    """Return how many days the first certificate has left, rounded down, so that one that has just expired has -1; None without one."""
    chain = read_certificates(pem)
    return (ends(chain[0]) - now) // _DAY if chain else None


def _key_problems(leaf: x509.Certificate, text: str) -> t.Iterator[str]:
    try:
        found = public_half_of_key(text)
    except TypeError:
        yield "its key has a passphrase, which a service cannot give"
    except ValueError:
        yield "its key is not a private key in PEM format"
    else:
        if found != public_half(leaf):
            yield "the key does not match it"


def _date_problems(cert: x509.Certificate, now: datetime) -> t.Iterator[str]:
    if now < begins(cert):
        yield f"it is not valid before {begins(cert):%Y-%m-%d %H:%M} UTC"
    if now > ends(cert):
        yield f"it expired on {ends(cert):%Y-%m-%d %H:%M} UTC"


def _usage_problems(leaf: x509.Certificate, usages: t.Sequence[str]) -> t.Iterator[str]:
    known = {"serverAuth": ExtendedKeyUsageOID.SERVER_AUTH, "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH}
    found = extension(leaf, x509.ExtendedKeyUsage)
    missing = [usage for usage in usages if found is not None and known[usage] not in found]
    if missing:
        yield f"extendedKeyUsage lacks {' and '.join(missing)}"


def _uncovered(leaf: x509.Certificate, names: t.Sequence[str]) -> list[str]:
    return [name.partition(":")[2] for name in names if not covers(leaf, name)]


def _user_problems(leaf: x509.Certificate, desired: CertificateRequirements) -> t.Iterator[str]:
    found = common_names(leaf)
    if found in desired.other_users:
        yield f"its CN is {found}, a user of etcd, whose permissions everybody would get through the gateway"
    if desired.user is not None and found != desired.user:
        yield (
            f"its CN is {found or 'missing'}, but etcd's user is {desired.user}"
            if desired.user
            else f"its CN is {found}, which etcd's gateway refuses"
        )
