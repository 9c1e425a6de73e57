# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host says of its certificates, by the module as a process, and what the controller makes of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.filter.certificate_days_left import certificate_days_left
from ansible_collections.alicloud.flannel.plugins.plugin_utils._pki.judge import CertificateRequirements, Issuing, find_renewal_reasons
from ansible_collections.alicloud.flannel.plugins.plugin_utils._pki.observation import SeenPair, parse_observation
from ansible_collections.alicloud.flannel.plugins.plugin_utils._pki.rollover import find_behind
from ansible_collections.alicloud.flannel.tests.integration.etcd.pki.etcd_ca import make_ca, make_leaf, make_next, run_at_terminal
from ansible_collections.alicloud.flannel.tests.integration.run_module import ModuleResult, run_module

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None and not os.environ.get("CI"), reason="needs openssl")

SUBJECT = "/O=alicloud-flannel/CN=n1"
NAMES = ("DNS:n1", "IP:172.16.0.11")


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a CA with two certificates."""
    folder = tmp_path_factory.mktemp("signed")
    make_ca(folder)
    for name in ("n1", "n2"):
        make_leaf(folder, name)
    return folder


def observe(*pairs: tuple[Path, Path | None], **options: t.Any) -> ModuleResult:
    found = run_module(
        "etcd_pki_info", {"certificates": [{"cert": str(cert), "key": str(key) if key else None} for cert, key in pairs], **options}
    )
    assert not found.failed, found.msg
    assert not found.changed
    assert "PRIVATE KEY" not in found.output
    return found


def see(cert: Path, key: Path) -> SeenPair:
    return parse_observation(observe((cert, key)).values).pairs[str(cert)]


def reasons(seen: SeenPair, signer: Path, days: int = 0, subject: str = SUBJECT, names: t.Sequence[str] = NAMES) -> list[str]:
    now = datetime.now(timezone.utc)
    requirements = CertificateRequirements(("serverAuth", "clientAuth"), tuple(names))
    return find_renewal_reasons(seen, Issuing(signer.read_text(), days, subject, requirements, str(seen.key.path)), now, now)


INSPECTIONS: list[tuple[str, tuple[str, str], dict[str, t.Any], list[str]]] = [
    ("as it should be", ("n1.crt", "n1.key"), {"days": 90}, []),
    ("no key", ("n1.crt", "n9.key"), {}, ["missing"]),
    ("no certificate", ("n9.crt", "n1.key"), {}, ["missing"]),
    ("too old", ("n1.crt", "n1.key"), {"days": 120}, ["less than 120 days left"]),
    ("another key", ("n1.crt", "n2.key"), {}, ["not made for the key in {folder}/n2.key"]),
    ("another subject", ("n1.crt", "n1.key"), {"subject": "/CN=root"}, [f"made for {SUBJECT} instead of /CN=root"]),
    (
        "a name too few",
        ("n1.crt", "n1.key"),
        {"names": ("DNS:n1", "DNS:n2", "IP:172.16.0.12")},
        ["does not cover n2", "does not cover 172.16.0.12"],
    ),
]


@pytest.mark.parametrize(("files", "asked", "expected"), [row[1:] for row in INSPECTIONS], ids=[row[0] for row in INSPECTIONS])
def test_a_certificate_stays_as_long_as_it_is_good(
    signed: Path, files: tuple[str, str], asked: dict[str, t.Any], expected: list[str]
) -> None:
    cert, key = (signed / name for name in files)
    assert reasons(see(cert, key), signed / "ca.crt", **asked) == [text.format(folder=signed) for text in expected]


def test_a_certificate_of_another_ca_of_the_same_name_is_replaced(signed: Path, tmp_path: Path) -> None:
    make_ca(tmp_path)
    assert reasons(see(signed / "n1.crt", signed / "n1.key"), tmp_path / "ca.crt") == ["not signed by the CA"]


def test_nobody_is_asked_for_the_passphrase_of_a_key(signed: Path, tmp_path: Path) -> None:
    """Ansible gives a command a terminal where it doesn't pipeline, at which nobody sits."""
    command = ["openssl", "pkey", "-in", f"{signed}/n1.key", "-aes256", "-passout", "pass:secret", "-out", f"{tmp_path}/n1.key"]
    subprocess.run(command, check=True)
    asked = {"certificates": [{"cert": str(signed / "n1.crt"), "key": str(tmp_path / "n1.key")}]}
    answer = run_at_terminal("etcd_pki_info", asked, tmp_path)
    (found,) = answer["certificates"]
    assert (found["key"]["locked"], found["key"]["public"]) == (True, "")
    seen = parse_observation(answer).pairs[str(signed / "n1.crt")]
    assert reasons(seen, signed / "ca.crt") == [f"not made for the key in {tmp_path}/n1.key"]


def test_hosts_that_do_not_follow_the_ca_are_told(signed: Path, tmp_path: Path) -> None:
    host = tmp_path / "pki"
    host.mkdir()
    for name in ("ca.crt", "n1.crt", "n1.key"):
        shutil.copy(signed / name, host / name)
    authority = tmp_path / "authority"
    shutil.copytree(signed, authority)

    def behind() -> list[str]:
        state = parse_observation(observe(ca_dir=str(authority)).values).ca
        assert state
        seen = observe((host / "ca.crt", None), (host / "n1.crt", host / "n1.key"))
        return find_behind(parse_observation(seen.values), {f"{host}/ca.crt": False, f"{host}/n1.crt": True}, state, "")

    assert behind() == []
    make_next(authority)
    assert behind() == [f"{host}/ca.crt"]
    (authority / "ca.crt").write_text((authority / "next/ca.crt").read_text())
    assert behind() == [f"{host}/ca.crt", f"{host}/n1.crt"]


def test_days_left_are_told_of_what_is_there(signed: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "ca.crt"
    bundle.write_text((signed / "ca.crt").read_text() + (signed / "n1.crt").read_text())
    damaged = tmp_path / "damaged.crt"
    damaged.write_text((signed / "n1.crt").read_text().replace("MII", "!II", 1))
    found = observe((bundle, None), (tmp_path / "missing.crt", None), (damaged, None), (signed / "n1.crt", None))
    assert certificate_days_left(found.values) == {str(bundle): 3649, f"{signed}/n1.crt": 99}


def test_nothing_but_certificates_leaves_the_host(signed: Path, tmp_path: Path) -> None:
    both = tmp_path / "n1.pem"
    both.write_text("# of n1\n" + (signed / "n1.key").read_text() + (signed / "n1.crt").read_text())
    both.chmod(0o640)
    found = observe((both, both))
    (entry,) = found["certificates"]
    assert entry["cert"]["pem"] == (signed / "n1.crt").read_text()
    assert (entry["cert"]["mode"], entry["key"]["mode"]) == ("0640", "0640")
    assert "BEGIN PUBLIC KEY" in entry["key"]["public"]
    assert (signed / "n1.key").read_text().splitlines()[1] not in found.output


def test_what_is_no_such_file_is_told_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"-----BEGIN" * 10_000)
    (tmp_path / "nonsense").write_bytes(bytes(range(256)))
    names = ("pipe", "large", "nonsense", "none", ".")
    begin = time.monotonic()
    found = observe(*((tmp_path / name, tmp_path / name) for name in names))
    assert time.monotonic() - begin < 10
    seen = {Path(entry["cert"]["path"]).name: entry for entry in found["certificates"]}
    assert [seen[name]["cert"]["exists"] for name in names[:4]] == [True, True, True, False]
    assert {(entry["cert"]["pem"], entry["key"]["public"]) for entry in seen.values()} == {("", "")}
    assert len(found.output) < 20_000


def test_the_hosts_clock_and_folders_are_told(signed: Path) -> None:
    found = observe((signed / "n1.crt", None), (signed / "missing/n1.crt", None))
    assert abs(parse_observation(found.values).time - datetime.now(timezone.utc)) < timedelta(minutes=1)
    assert [(folder["path"], folder["exists"]) for folder in found["folders"]] == [(str(signed), True), (f"{signed}/missing", False)]
    assert found["openssl"]


def test_without_openssl_nothing_is_said_of_keys(signed: Path, tmp_path: Path) -> None:
    options = {"certificates": [{"cert": f"{signed}/n1.crt", "key": f"{signed}/n2.key"}]}
    found = run_module("etcd_pki_info", options, env={"PATH": str(tmp_path)})
    assert not found["openssl"]
    assert reasons(parse_observation(found.values).pairs[f"{signed}/n1.crt"], signed / "ca.crt") == []


def test_a_relative_path_is_refused() -> None:
    assert "must be absolute" in run_module("etcd_pki_info", {"ca_dir": "etcd-ca"}).msg
