# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with certificates that a user provides, and why those that the CA has issued are replaced."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.plugin_utils._pki.certificate import is_trusted
from ansible_collections.alicloud.flannel.plugins.plugin_utils._pki.judge import (
    CertificateRequirements,
    Issuing,
    count_days_left,
    find_problems,
    find_renewal_reasons,
)
from ansible_collections.alicloud.flannel.plugins.plugin_utils._pki.observation import SeenFile, SeenPair
from ansible_collections.alicloud.flannel.tests.unit.plugins.plugin_utils._pki.made import BOTH, DAY, NOW, Made, make
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

MEMBER = CertificateRequirements(("serverAuth", "clientAuth"), ("DNS:n1.example", "IP:172.16.0.11"), other_users=("root", "flannel"))


CA = make("CA", ca=True)
OTHER = make("CA", ca=True)
OLD = make("CA", ca=True, begins=NOW - 3 * DAY, ends=NOW - DAY)
BETWEEN = make("between", CA, ca=True)
LEAF = make("n1", CA)


def problems(made: Made, desired: CertificateRequirements = MEMBER, ca: str = CA.pem) -> list[str]:
    return find_problems(made.pem, made.key_pem(), ca, desired, NOW)


REFUSALS: list[tuple[str, Made, CertificateRequirements, str]] = [
    ("other CA", make("n1", OTHER), MEMBER, "no CA in etcd_pki_ca_cert that is valid now has signed it"),
    ("signed by a leaf", make("n1", LEAF), MEMBER, "no CA in etcd_pki_ca_cert that is valid now has signed it"),
    ("expired", make("n1", CA, begins=NOW - 2 * DAY, ends=NOW - DAY), MEMBER, "it expired on 2026-05-31 12:00 UTC"),
    ("not yet", make("n1", CA, begins=NOW + DAY, ends=NOW + 2 * DAY), MEMBER, "it is not valid before 2026-06-02 12:00 UTC"),
    ("server only", make("n1", CA, usages=BOTH[:1]), MEMBER, "its extendedKeyUsage lacks clientAuth"),
    ("neither", make("n1", CA, usages=[ExtendedKeyUsageOID.CODE_SIGNING]), MEMBER, "its extendedKeyUsage lacks serverAuth and clientAuth"),
    ("no address", make("n1", CA, names=["n1.example"]), MEMBER, "it does not cover 172.16.0.11"),
    ("star too far up", make("n1", CA, names=["*.com", "172.16.0.11"]), MEMBER, "it does not cover n1.example"),
    ("a user's CN", make("root", CA), MEMBER, "its CN is root, a user of etcd, whose permissions everybody would get through the gateway"),
    ("not the user's CN", make("n1", CA), CertificateRequirements(user="flannel"), "its CN is n1, but etcd's user is flannel"),
    ("no CN", make("", CA), CertificateRequirements(user="flannel"), "its CN is missing, but etcd's user is flannel"),
    ("CN at the gateway", make("n1", CA), CertificateRequirements(user=""), "its CN is n1, which etcd's gateway refuses"),
]

GOOD: list[tuple[str, Made, CertificateRequirements]] = [
    ("as asked", LEAF, MEMBER),
    ("upper case and star", make("n1", CA, names=["*.EXAMPLE", "172.16.0.11"]), MEMBER),
    ("usage not limited", make("n1", CA, usages=None), MEMBER),
    ("the user's CN", make("flannel", CA, names=[]), CertificateRequirements(("clientAuth",), user="flannel")),
    ("no CN", make("", CA, names=[]), CertificateRequirements(("clientAuth",), user="")),
    ("no CN at all, any", make("", CA), MEMBER),
]


@pytest.mark.parametrize(("made", "desired", "expected"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_a_certificate_that_would_not_work_is_refused(made: Made, desired: CertificateRequirements, expected: str) -> None:
    assert problems(made, desired) == [expected]


@pytest.mark.parametrize(("made", "desired"), [row[1:] for row in GOOD], ids=[row[0] for row in GOOD])
def test_a_good_certificate_is_taken(made: Made, desired: CertificateRequirements) -> None:
    assert problems(made, desired) == []


def test_any_ca_of_a_bundle_will_do_but_none_that_expired() -> None:
    assert problems(LEAF, ca=OTHER.pem + OLD.pem + CA.pem) == []
    assert problems(make("n1", OLD), ca=OLD.pem) == ["no CA in etcd_pki_ca_cert that is valid now has signed it"]


def make_rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


PSS = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
needs_pss = pytest.mark.skipif(not hasattr(x509.Certificate, "signature_algorithm_parameters"), reason="cryptography has it since 41")
KINDS = [
    pytest.param(make_rsa_key, {}, id="RSA"),
    pytest.param(make_rsa_key, {"rsa_padding": PSS}, id="RSA-PSS", marks=needs_pss),
    pytest.param(lambda: ec.generate_private_key(ec.SECP384R1()), {}, id="EC"),
    pytest.param(ed25519.Ed25519PrivateKey.generate, {}, id="Ed25519"),
    pytest.param(ed448.Ed448PrivateKey.generate, {}, id="Ed448"),
]


@pytest.mark.parametrize(("make_key", "signing"), KINDS)
def test_a_ca_has_signed_with_its_key_not_its_name(make_key: t.Callable[[], t.Any], signing: dict[str, t.Any]) -> None:
    ca, namesake, renamed = (
        make(name, ca=True, key=key) for key in [make_key()] for name, key in (("CA", key), ("CA", make_key()), ("X", key))
    )
    leaf = make("n1", ca, **signing)
    assert problems(leaf, ca=ca.pem) == []
    assert [is_trusted(leaf.pem, other.pem, NOW) for other in (namesake, renamed, CA)] == [False, False, False]


def test_a_ca_of_a_kind_that_etcd_does_not_know_signs_nothing() -> None:
    ca = make("CA", ca=True, key=dsa.generate_private_key(2048))
    assert not is_trusted(make("n1", ca).pem, ca.pem, NOW)


def test_a_chain_comes_with_the_certificate() -> None:
    leaf = make("n1", BETWEEN)
    assert not is_trusted(leaf.pem, CA.pem, NOW)
    assert is_trusted(leaf.pem + BETWEEN.pem, CA.pem, NOW)
    assert not is_trusted(leaf.pem + BETWEEN.pem, OTHER.pem, NOW)
    # Two that claim to have signed each other end the search.
    assert not is_trusted(LEAF.pem + LEAF.pem, OTHER.pem, NOW)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (CA.key_pem(), "the key does not match it"),
        (LEAF.key_pem(b"secret"), "its key has a passphrase, which a service cannot give"),
        (LEAF.pem, "its key is not a private key in PEM format"),
        ("", "its key is not a private key in PEM format"),
    ],
)
def test_a_key_that_would_not_work_is_refused(key: str, expected: str) -> None:
    assert find_problems(LEAF.pem, key, CA.pem, MEMBER, NOW) == [expected]


def test_without_a_key_the_rest_is_judged() -> None:
    assert find_problems(LEAF.pem, None, CA.pem, MEMBER, NOW) == []
    assert find_problems(LEAF.pem, None, OTHER.pem, MEMBER, NOW) != []


@pytest.mark.parametrize("text", ["", "/etc/n1.crt", CA.key_pem(), CA.pem.replace("MII", "!II", 1)])
def test_what_is_no_certificate_is_refused(text: str) -> None:
    assert find_problems(text, "", CA.pem, MEMBER, NOW) == ["it holds no certificate in PEM format"]


def test_a_ca_that_is_no_certificate_signs_nothing() -> None:
    assert problems(LEAF, ca="/etc/ca.crt") == ["no CA in etcd_pki_ca_cert that is valid now has signed it"]


ISSUING = Issuing(
    CA.pem, 90, "/O=us/CN=n1", CertificateRequirements(("serverAuth", "clientAuth"), ("DNS:n1.example", "IP:172.16.0.11")), "/n1.key"
)


def issue(**options: t.Any) -> Made:
    return make("n1", **{"issuer": CA, "organization": "us", "ends": NOW + 100 * DAY, **options})


def seen(made: Made, **options: t.Any) -> SeenPair:
    found = SeenPair(SeenFile("/n1.crt", True), made.pem, SeenFile("/n1.key", True), made.public_pem)
    return dataclasses.replace(found, **options)


REASONS: list[tuple[str, SeenPair, list[str]]] = [
    ("good", seen(issue()), []),
    ("by an intermediate CA", seen(issue(issuer=BETWEEN)), ["not signed by the CA"]),
    ("no key", seen(issue(), key=SeenFile("/n1.key")), ["missing"]),
    ("no certificate", seen(issue(), cert=SeenFile("/n1.crt")), ["missing"]),
    ("nonsense", seen(issue(), pem="?"), ["not a certificate"]),
    ("90 days", seen(issue(ends=NOW + 90 * DAY)), []),
    ("less", seen(issue(ends=NOW + 90 * DAY - DAY / 24)), ["less than 90 days left"]),
    ("not yet", seen(issue(begins=NOW + DAY)), ["not valid before 2026-06-02 12:00 UTC"]),
    ("another CA", seen(issue(issuer=OTHER)), ["not signed by the CA"]),
    ("another key", seen(issue(), public=CA.public_pem), ["not made for the key in /n1.key"]),
    ("a key that can't be read", seen(issue(), public=""), ["not made for the key in /n1.key"]),
    ("a key that nobody could read", seen(issue(), public="", is_key_known=False), []),
    ("another subject", seen(issue(organization="them")), ["made for /O=them/CN=n1 instead of /O=us/CN=n1"]),
    ("a subject to mislead", seen(issue(organization="\x1b[2J")), ["made for /O=\\x1b[2J/CN=n1 instead of /O=us/CN=n1"]),
    ("server only", seen(issue(usages=BOTH[:1])), ["extendedKeyUsage lacks clientAuth"]),
    ("a name too few", seen(issue(names=["n1.example"])), ["does not cover 172.16.0.11"]),
]


@pytest.mark.parametrize(("found", "expected"), [row[1:] for row in REASONS], ids=[row[0] for row in REASONS])
def test_an_issued_certificate_is_replaced_for_a_reason(found: SeenPair, expected: list[str]) -> None:
    assert find_renewal_reasons(found, ISSUING, NOW, NOW) == expected


def test_a_host_whose_clock_is_wrong_gets_no_new_certificate_in_each_run() -> None:
    made = seen(issue(begins=NOW - DAY))
    assert find_renewal_reasons(made, ISSUING, NOW - 300 * DAY, NOW) == []
    # It is the host that has to do with what is left.
    assert find_renewal_reasons(made, ISSUING, NOW + 20 * DAY, NOW) == ["less than 90 days left"]


def test_days_left_are_rounded_down() -> None:
    assert [count_days_left(issue(ends=NOW + left).pem, NOW) for left in (DAY, DAY / 2, -DAY / 2)] == [1, 0, -1]
    assert [count_days_left(text, NOW) for text in ("", "x", CA.key_pem())] == [None, None, None]
    assert count_days_left(issue(ends=NOW + 9 * DAY).pem + CA.pem, NOW) == 9
