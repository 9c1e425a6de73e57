# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CA that the role etcd_pki makes, lets sign and replaces, with the real openssl."""

from __future__ import annotations

import os
import shutil
import subprocess
import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError, InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.ca_input import Request
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.pem import fingerprint
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.subject import Subject
from ansible_collections.alicloud.flannel.tests.integration.etcd.pki.etcd_ca import (
    EXTENSIONS,
    SUBJECT,
    bundle,
    ca,
    make_ca,
    make_leaf,
    make_next,
    make_request,
    read_state,
    run_at_terminal,
    sign,
)
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module
from cryptography import x509

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None and not os.environ.get("CI"), reason="needs openssl")

NEXT = "etcd CA, the next"
REQUEST = {"name": "n1", "days": 1, "usages": ["clientAuth"]}


def parse(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def is_trusted(cert: Path, texts: t.Sequence[str], tmp_path: Path) -> bool:
    path = tmp_path / "bundle"
    path.write_text("".join(texts))
    command = ["openssl", "verify", "-x509_strict", "-CAfile", str(path), str(cert)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_ca_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "ca"
    first = make_ca(folder)
    assert (folder.stat().st_mode & 0o777, (folder / "ca.key").stat().st_mode & 0o777) == (0o700, 0o600)
    made = parse(first)
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert made.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    assert (read_state(folder)["phase"], bundle(folder)) == ("stable", [first])
    again = ca(folder, name="another")
    assert (again.changed, bundle(folder)) == (False, [first])


def test_a_ca_that_was_cut_short_is_completed_with_its_key(tmp_path: Path) -> None:
    make_ca(tmp_path)
    key = (tmp_path / "ca.key").read_text()
    (tmp_path / "ca.crt").unlink()
    assert (read_state(tmp_path)["phase"], bundle(tmp_path)) == ("absent", [])
    make_ca(tmp_path)
    assert (tmp_path / "ca.key").read_text() == key
    assert read_state(tmp_path)["phase"] == "stable"


@pytest.mark.parametrize("state", ["present", "next", "switched", "dropped"])
def test_a_ca_is_not_made_by_accident(tmp_path: Path, state: str) -> None:
    with pytest.raises(InvalidInput, match="There is no CA in"):
        ca(tmp_path / "ca", state)
    assert not (tmp_path / "ca").exists()


def test_names_that_mean_something_to_openssl_are_names(tmp_path: Path) -> None:
    name = "a/CN=b+O=c, $HOME #é"
    assert (
        parse(make_ca(tmp_path, name)).subject.rfc4514_string()
        == x509.Name(
            [
                x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "alicloud-flannel"),
                x509.NameAttribute(x509.NameOID.COMMON_NAME, name),
            ]
        ).rfc4514_string()
    )
    subject = Subject("alicloud-flannel", "n/1+2")
    signed = sign(tmp_path, make_request(tmp_path / "n.key", subject), subject=subject)
    assert parse(signed).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value == "n/1+2"


def test_a_certificate_is_for_both_sides_and_found_by_strict_clients(tmp_path: Path) -> None:
    texts = [make_ca(tmp_path)]
    cert = make_leaf(tmp_path, "n1")
    assert is_trusted(cert, texts, tmp_path)
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
    before = files(tmp_path)
    for other in ("root", "n1/CN=root"):
        request = make_request(tmp_path.parent / f"{tmp_path.name}.key", Subject("alicloud-flannel", other))
        with pytest.raises(CollectionError) as refusal:
            sign(tmp_path, request)
        assert f"The request is for /O=alicloud-flannel/CN={other}, expected was /O=alicloud-flannel/CN=n1: not signed." in str(
            refusal.value
        )
    assert files(tmp_path) == before


def test_signing_changes_nothing_and_check_mode_signs_nothing(tmp_path: Path) -> None:
    make_ca(tmp_path)
    before = files(tmp_path)
    request = Request("n1", make_request(tmp_path.parent / f"{tmp_path.name}.key"), SUBJECT, 10, EXTENSIONS)
    signed = ca(tmp_path, requests=[request])
    planned = ca(tmp_path, requests=[request], check_mode=True)
    assert (signed.changed, list(signed.returns["certificates"])) == (False, ["n1"])
    assert (planned.changed, planned.returns["certificates"]) == (False, {})
    assert files(tmp_path) == before


def test_a_roll_over_trusts_both_before_the_new_one_signs(tmp_path: Path) -> None:
    old = make_ca(tmp_path)
    first = make_leaf(tmp_path, "n1")
    new = make_next(tmp_path)
    assert (read_state(tmp_path)["phase"], bundle(tmp_path)) == ("next", [new, old])
    assert is_trusted(make_leaf(tmp_path, "n2"), [old], tmp_path)

    ca(tmp_path, "switched")
    # The same text: nobody has to restart for it.
    assert (read_state(tmp_path)["phase"], bundle(tmp_path)) == ("previous", [new, old])
    last = make_leaf(tmp_path, "n3")
    assert [is_trusted(cert, bundle(tmp_path), tmp_path) for cert in (first, last)] == [True, True]

    ca(tmp_path, "dropped")
    state = read_state(tmp_path)
    assert (state["phase"], bundle(tmp_path), state["current"]) == ("stable", [new], new)
    assert [is_trusted(cert, bundle(tmp_path), tmp_path) for cert in (first, last)] == [False, True]
    assert state["replaced"] == [fingerprint(old)]
    assert sorted(name for name in files(tmp_path) if "ca." in name) == ["ca.crt", "ca.key"]


def test_a_fingerprint_is_the_one_that_openssl_prints(tmp_path: Path) -> None:
    made = make_ca(tmp_path)
    printed = subprocess.check_output(["openssl", "x509", "-in", f"{tmp_path}/ca.crt", "-noout", "-fingerprint", "-sha256"], text=True)
    assert printed.partition("=")[2].startswith(f"{fingerprint(made)}:")
    assert len(fingerprint(made)) == 23


def test_steps_are_safe_to_repeat_and_to_take_too_early(tmp_path: Path) -> None:
    old = make_ca(tmp_path)
    for state in ("switched", "dropped"):
        assert not ca(tmp_path, state).changed
    assert bundle(tmp_path) == [old]
    new = make_next(tmp_path)
    assert not ca(tmp_path, "next", name=NEXT).changed
    ca(tmp_path, "dropped")
    assert bundle(tmp_path) == [new, old]
    assert read_state(tmp_path)["phase"] == "next"
    assert ca(tmp_path, "switched").changed
    assert not ca(tmp_path, "switched").changed
    assert bundle(tmp_path) == [new, old]
    with pytest.raises(InvalidInput, match="still being replaced"):
        ca(tmp_path, "next", name=NEXT)


@pytest.mark.parametrize("state", ["present", "next", "switched", "dropped"])
def test_check_mode_predicts_and_changes_nothing(tmp_path: Path, state: str) -> None:
    make_ca(tmp_path)
    if state in ("switched", "dropped"):
        make_next(tmp_path)
    if state == "dropped":
        ca(tmp_path, "switched")
    before = files(tmp_path)
    planned = ca(tmp_path, state, name=NEXT, check_mode=True)
    assert files(tmp_path) == before
    made = ca(tmp_path, state, name=NEXT)
    unknown = {"next": ""} if state == "next" else {}
    assert (planned.changed, planned.after) == (made.changed, {**dict(made.after), **unknown})
    assert not ca(tmp_path, state, name=NEXT).changed


def test_a_switch_that_was_cut_short_is_seen_and_completed(tmp_path: Path) -> None:
    old = make_ca(tmp_path)
    new = make_next(tmp_path)
    (tmp_path / "previous").mkdir()
    shutil.copy(tmp_path / "ca.crt", tmp_path / "previous/ca.crt")
    (tmp_path / "next/ca.key").rename(tmp_path / "ca.key")
    assert (read_state(tmp_path)["phase"], bundle(tmp_path)) == ("interrupted", [new, old])
    # The key and the certificate don't fit: nothing is signed that nobody would trust, but the switch is completed first.
    assert is_trusted(make_leaf(tmp_path, "n1"), [new], tmp_path)
    assert (read_state(tmp_path)["phase"], bundle(tmp_path)) == ("previous", [new, old])


@pytest.mark.parametrize("state", ["present", "switched"])
def test_the_next_run_completes_a_switch_that_was_cut_short(tmp_path: Path, state: str) -> None:
    old = make_ca(tmp_path)
    new = make_next(tmp_path)
    (tmp_path / "next/ca.key").rename(tmp_path / "ca.key")
    assert ca(tmp_path, state).changed
    assert (read_state(tmp_path)["phase"], bundle(tmp_path)) == ("previous", [new, old])


def test_a_next_ca_that_was_cut_short_is_completed_with_its_key(tmp_path: Path) -> None:
    old = make_ca(tmp_path)
    make_next(tmp_path)
    key = (tmp_path / "next/ca.key").read_text()
    (tmp_path / "next/ca.crt").unlink()
    assert (read_state(tmp_path)["phase"], bundle(tmp_path)) == ("stable", [old])
    make_next(tmp_path)
    assert ((tmp_path / "next/ca.key").read_text(), read_state(tmp_path)["phase"]) == (key, "next")


def test_a_drop_that_was_cut_short_remembers_the_ca_once(tmp_path: Path) -> None:
    old = make_ca(tmp_path)
    make_next(tmp_path)
    ca(tmp_path, "switched")
    (tmp_path / "replaced").write_text(f"{fingerprint(old)}\n")
    ca(tmp_path, "dropped")
    assert read_state(tmp_path)["replaced"] == [fingerprint(old)]


def test_nobody_is_asked_for_the_passphrase_of_a_key(tmp_path: Path) -> None:
    """Ansible gives a command a terminal where it doesn't pipeline, at which nobody sits."""
    folder = tmp_path / "ca"
    make_ca(folder)
    command = ["openssl", "pkey", "-in", f"{folder}/ca.key", "-aes256", "-passout", "pass:secret", "-out", f"{tmp_path}/locked"]
    subprocess.run(command, check=True)
    shutil.copy(tmp_path / "locked", folder / "ca.key")
    asked = {"name": "n1", "common_name": "n1", "days": 10, "usages": ["clientAuth"]}
    options = {"ca_dir": str(folder), "requests": [asked], "csrs": {"n1": make_request(tmp_path / "n1.key")}}
    answer = run_at_terminal("etcd_ca", options, tmp_path)
    assert answer["failed"]
    assert "can't be signed" in answer["msg"]


def test_the_module_makes_signs_and_shows_what_changed(tmp_path: Path) -> None:
    options = {"ca_dir": str(tmp_path / "ca"), "common_name": "etcd CA", "days": 30}
    planned = run_module("etcd_ca", options, check=True, diff=True)
    assert (planned.changed, planned["diff"]["after"]["phase"], (tmp_path / "ca").exists()) == (True, "stable", False)
    asked = {"name": "server", "common_name": "n1", "days": 10, "usages": ["serverAuth", "clientAuth"], "names": ["n1", "172.16.0.11"]}
    csrs = {"server": make_request(tmp_path / "n1.key")}
    made = run_module("etcd_ca", {**options, "requests": [asked], "csrs": csrs})
    assert (made.changed, made["ca"]["phase"]) == (True, "stable")
    signed = parse(made["certificates"]["server"])
    names = signed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert (names.get_values_for_type(x509.DNSName), [str(ip) for ip in names.get_values_for_type(x509.IPAddress)]) == (
        ["n1"],
        ["172.16.0.11"],
    )
    assert "PRIVATE KEY" not in made.output
    assert not run_module("etcd_ca", options).changed


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"ca_dir": "ca"}, "absolute path"),
        ({"common_name": "a\nb"}, "can't be in a certificate"),
        ({"common_name": "x" * 65}, "1 to 64 characters"),
        ({"days": 0}, "0 days"),
        ({"requests": [REQUEST]}, "no request in PEM format for n1"),
        (
            {"requests": [{"name": "n1", "days": 1, "usages": ["clientAuth"], "names": ["a\nb"]}], "csrs": {"n1": "-----BEGIN"}},
            "name 'a\\nb'",
        ),
    ],
)
def test_what_can_not_be_in_a_certificate_is_refused(tmp_path: Path, options: dict[str, t.Any], expected: str) -> None:
    refused = run_module("etcd_ca", {"ca_dir": str(tmp_path / "ca"), **options})
    assert refused.failed
    assert expected in refused.msg
    assert not (tmp_path / "ca").exists()
