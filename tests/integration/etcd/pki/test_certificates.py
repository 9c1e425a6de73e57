# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scripts with which the role etcd makes, signs, judges and replaces certificates, run with the real openssl."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import subprocess
import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.etcd.pki.etcd_ca import (
    EXTENSIONS,
    SUBJECT,
    ca,
    make_ca,
    make_leaf,
    make_request,
    read_state,
    run,
    run_at_terminal,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = 86400

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None and not os.environ.get("CI"), reason="needs openssl")


def parse(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def is_trusted(cert: Path, bundle: t.Sequence[str], tmp_path: Path) -> bool:
    path = tmp_path / "bundle"
    path.write_text("".join(bundle))
    command = ["openssl", "verify", "-x509_strict", "-CAfile", str(path), str(cert)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_ca_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "ca"
    first = make_ca(folder)
    assert (folder.stat().st_mode & 0o777, (folder / "ca.key").stat().st_mode & 0o777) == (0o700, 0o600)
    made = parse(first)
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert made.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    state, bundle = read_state(folder)
    assert (state["phase"], bundle) == ("stable", [first])


def test_a_ca_that_was_cut_short_is_completed_with_its_key(tmp_path: Path) -> None:
    make_ca(tmp_path)
    key = (tmp_path / "ca.key").read_text()
    (tmp_path / "ca.crt").unlink()
    assert read_state(tmp_path) == ({}, [])
    make_ca(tmp_path)
    assert (tmp_path / "ca.key").read_text() == key
    assert read_state(tmp_path)[0]["phase"] == "stable"


def test_a_certificate_is_for_both_sides_and_found_by_strict_clients(tmp_path: Path) -> None:
    bundle = [make_ca(tmp_path)]
    cert = make_leaf(tmp_path, "n1")
    assert is_trusted(cert, bundle, tmp_path)
    made = parse(cert.read_text())
    assert made.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    assert len(list(made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)) == 2
    another = parse(make_leaf(tmp_path, "n2").read_text())
    assert made.serial_number.bit_length() > 64
    assert made.serial_number != another.serial_number


def test_a_certificate_counts_for_hosts_whose_clock_is_behind(tmp_path: Path) -> None:
    make_ca(tmp_path)
    for cert in (tmp_path / "ca.crt", make_leaf(tmp_path, "n1")):
        text = subprocess.check_output(["openssl", "x509", "-in", str(cert), "-noout", "-startdate"], text=True)
        begins = datetime.strptime(text.strip(), "notBefore=%b %d %H:%M:%S %Y GMT").replace(tzinfo=timezone.utc)
        assert timedelta(minutes=59) < datetime.now(timezone.utc) - begins < timedelta(minutes=70)


def test_only_the_agreed_subject_is_signed(tmp_path: Path) -> None:
    make_ca(tmp_path)
    request = make_request(tmp_path / "n1.key", "/O=alicloud-flannel/CN=root")
    done = run("ca.sh", "sign", tmp_path, SUBJECT, 10, EXTENSIONS, stdin=request)
    assert (done.returncode, done.stdout) == (1, "")
    assert "The request is for /O=alicloud-flannel/CN=root, expected was /O=alicloud-flannel/CN=n1: not signed." in done.stderr


def test_a_roll_over_trusts_both_before_the_new_one_signs(tmp_path: Path) -> None:
    old = make_ca(tmp_path)
    first = make_leaf(tmp_path, "n1")
    new = make_ca(tmp_path / "next", "etcd CA, the next")
    state, bundle = read_state(tmp_path)
    assert (state["phase"], state["signer"], bundle) == ("next", "2", [new, old])
    assert is_trusted(make_leaf(tmp_path, "n2"), [old], tmp_path)

    ca("switch", tmp_path)
    state, bundle = read_state(tmp_path)
    # The same text: nobody has to restart for it.
    assert (state["phase"], state["signer"], bundle) == ("previous", "1", [new, old])
    last = make_leaf(tmp_path, "n3")
    assert [is_trusted(cert, bundle, tmp_path) for cert in (first, last)] == [True, True]

    replaced = state["fingerprint"]
    ca("drop", tmp_path)
    state, bundle = read_state(tmp_path)
    assert (state["phase"], bundle, state["fingerprint"]) == ("stable", [new], replaced)
    assert [is_trusted(cert, bundle, tmp_path) for cert in (first, last)] == [False, True]
    assert state["replaced"].split() == [subprocess_fingerprint(old, tmp_path)]


def subprocess_fingerprint(pem: str, tmp_path: Path) -> str:
    make_ca(tmp_path / "other")
    (tmp_path / "other/ca.crt").write_text(pem)
    return read_state(tmp_path / "other")[0]["fingerprint"]


def test_steps_are_safe_to_repeat_and_to_take_too_early(tmp_path: Path) -> None:
    old = make_ca(tmp_path)
    for verb in ("switch", "drop"):
        ca(verb, tmp_path)
    assert read_state(tmp_path)[1] == [old]
    new = make_ca(tmp_path / "next", "etcd CA, the next")
    ca("drop", tmp_path)
    assert read_state(tmp_path)[1] == [new, old]
    assert read_state(tmp_path)[0]["phase"] == "next"
    ca("switch", tmp_path)
    ca("switch", tmp_path)
    assert read_state(tmp_path)[1] == [new, old]


def test_a_switch_that_was_cut_short_is_seen_and_completed(tmp_path: Path) -> None:
    old = make_ca(tmp_path)
    new = make_ca(tmp_path / "next", "etcd CA, the next")
    (tmp_path / "previous").mkdir()
    shutil.copy(tmp_path / "ca.crt", tmp_path / "previous/ca.crt")
    (tmp_path / "next/ca.key").rename(tmp_path / "ca.key")
    state, bundle = read_state(tmp_path)
    assert (state["phase"], state["signer"], bundle) == ("interrupted", "2", [new, old])
    # The key and the certificate don't fit: nothing is signed that nobody would trust.
    request = make_request(tmp_path / "n1.key")
    assert run("ca.sh", "sign", tmp_path, SUBJECT, 10, EXTENSIONS, stdin=request).returncode != 0
    ca("switch", tmp_path)
    assert read_state(tmp_path)[0]["phase"] == "previous"
    assert is_trusted(make_leaf(tmp_path, "n1"), [new], tmp_path)


def test_an_expired_ca_is_told(tmp_path: Path) -> None:
    make_ca(tmp_path)
    assert "expired" not in read_state(tmp_path)[0]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "etcd CA")])
    key = ec.generate_private_key(ec.SECP256R1())
    past = datetime.now(timezone.utc) - timedelta(days=2)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), past, past + timedelta(days=1))
    (tmp_path / "ca.crt").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    assert "expired" in read_state(tmp_path)[0]


INSPECTIONS: list[tuple[str, tuple[t.Any, ...], str]] = [
    ("as it should be", ("n1.crt", "n1.key", 90 * DAY, SUBJECT, "DNS:n1", "IP:172.16.0.11"), ""),
    ("no key", ("n1.crt", "n9.key", 0, SUBJECT), "missing"),
    ("too old", ("n1.crt", "n1.key", 120 * DAY, SUBJECT), "less than 120 days left"),
    ("another key", ("n1.crt", "n2.key", 0, SUBJECT), "not made for the key in {folder}/n2.key"),
    ("another subject", ("n1.crt", "n1.key", 0, "/CN=root"), f"made for {SUBJECT} instead of /CN=root"),
    ("a name too few", ("n1.crt", "n1.key", 0, "", "DNS:n1", "DNS:n2", "IP:172.16.0.12"), "does not cover n2\ndoes not cover 172.16.0.12"),
]


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a CA with two certificates."""
    folder = tmp_path_factory.mktemp("signed")
    make_ca(folder)
    for name in ("n1", "n2"):
        make_leaf(folder, name)
    return folder


@pytest.mark.parametrize(("arguments", "expected"), [row[1:] for row in INSPECTIONS], ids=[row[0] for row in INSPECTIONS])
def test_a_certificate_stays_as_long_as_it_is_good(signed: Path, arguments: tuple[t.Any, ...], expected: str) -> None:
    cert, key, *others = arguments
    done = run("inspect_certificate.sh", signed / cert, signed / key, *others, stdin=(signed / "ca.crt").read_text())
    assert (done.returncode, done.stdout.strip()) == (0, expected.format(folder=signed))


def test_a_certificate_of_another_ca_of_the_same_name_is_replaced(signed: Path, tmp_path: Path) -> None:
    done = run("inspect_certificate.sh", signed / "n1.crt", signed / "n1.key", 0, SUBJECT, stdin=make_ca(tmp_path))
    assert done.stdout.strip() == "not signed by the CA"


def test_nobody_is_asked_for_the_passphrase_of_a_key(signed: Path, tmp_path: Path) -> None:
    """Ansible gives a command a terminal where it doesn't pipeline, at which nobody sits."""
    for name in ("ca.key", "n1.key"):
        subprocess.run(["openssl", "pkey", "-in", signed / name, "-aes256", "-passout", "pass:secret", "-out", tmp_path / name], check=True)
    shutil.copy(signed / "ca.crt", tmp_path / "ca.crt")
    request = tmp_path / "request"
    request.write_text(make_request(signed / "n3.key"))
    signing = run_at_terminal("ca.sh", "sign", tmp_path, SUBJECT, 10, EXTENSIONS, stdin=request)
    assert (signing.returncode, signing.stdout) == (1, "")
    inspection = run_at_terminal("inspect_certificate.sh", signed / "n1.crt", tmp_path / "n1.key", DAY, SUBJECT, stdin=signed / "ca.crt")
    assert inspection.stdout.strip() == f"not made for the key in {tmp_path}/n1.key"


def test_hosts_that_do_not_follow_the_ca_are_told(signed: Path, tmp_path: Path) -> None:
    host = tmp_path / "pki"
    host.mkdir()
    for name in ("ca.crt", "n1.crt"):
        shutil.copy(signed / name, host / name)
    bundle = (signed / "ca.crt").read_text()
    new = make_ca(tmp_path / "new")
    assert run("check_trust.sh", bundle, host, stdin=bundle).stdout == ""
    assert run("check_trust.sh", bundle, host, stdin=new + bundle).stdout.split() == [f"{host}/ca.crt"]
    assert run("check_trust.sh", new, host, stdin=new + bundle).stdout.split() == [f"{host}/ca.crt", f"{host}/n1.crt"]
    assert run("check_trust.sh", bundle, stdin=bundle).stdout == ""


def test_days_left_are_told_of_what_is_there(signed: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "ca.crt"
    bundle.write_text((signed / "ca.crt").read_text() + (signed / "n1.crt").read_text())
    done = run("expiry.sh", bundle, tmp_path / "missing.crt", signed / "n1.crt")
    assert done.stdout.splitlines() == [f"3649 {bundle}", f"99 {signed}/n1.crt"]


def test_a_provided_pair_is_stored_when_it_is_another(signed: Path, tmp_path: Path) -> None:
    owner = pwd.getpwuid(os.geteuid()).pw_name
    group = grp.getgrgid(os.getegid()).gr_name
    key, cert = tmp_path / "n1.key", tmp_path / "n1.crt"

    def store(name: str, dry: str = "no") -> str:
        pair = f"{(signed / f'{name}.key').read_text().strip()}\n{(signed / f'{name}.crt').read_text().strip()}"
        done = run("store_pair.sh", dry, key, cert, owner, group, "0640", stdin=pair)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.strip()

    assert (store("n1", dry="yes"), key.exists()) == ("changed", False)
    assert [store("n1"), store("n1"), store("n1", dry="yes")] == ["changed", "", ""]
    assert (key.read_text(), cert.read_text()) == tuple((signed / name).read_text() for name in ("n1.key", "n1.crt"))
    assert (key.stat().st_mode & 0o777, cert.stat().st_mode & 0o777) == (0o640, 0o644)
    assert [store("n2"), cert.read_text()] == ["changed", (signed / "n2.crt").read_text()]
    assert {path.name for path in tmp_path.iterdir()} == {"n1.key", "n1.crt"}
