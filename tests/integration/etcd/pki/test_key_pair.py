# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys, their requests, and the certificates that are stored with them, by the module as a process, with the real openssl."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.etcd.pki.etcd_ca import make_ca, make_leaf, run_at_terminal, sign
from ansible_collections.alicloud.flannel.tests.integration.run_module import ModuleResult, run_module

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None and not os.environ.get("CI"), reason="needs openssl")

OWNER = pwd.getpwuid(os.geteuid()).pw_name
GROUP = grp.getgrgid(os.getegid()).gr_name


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a CA with two certificates."""
    folder = tmp_path_factory.mktemp("signed")
    make_ca(folder)
    for name in ("n1", "n2"):
        make_leaf(folder, name)
    return folder


def pair(folder: Path, **options: str) -> dict[str, str]:
    return {"name": "n1", "key": f"{folder}/n1.key", "cert": f"{folder}/n1.crt", "owner": OWNER, "group": GROUP, **options}


def request(folder: Path, **options: t.Any) -> ModuleResult:
    asked = pair(folder, organization="alicloud-flannel", common_name="n1")
    return run_module("etcd_key_pair", {"state": "requested", "pairs": [asked]}, **options)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_key_is_made_where_it_is_used_and_stays_there(tmp_path: Path, signed: Path) -> None:
    planned = request(tmp_path, check=True)
    assert (planned.changed, planned["csrs"], names_in(tmp_path)) == (True, {}, set())
    made = request(tmp_path)
    key = (tmp_path / "n1.key").read_text()
    assert (made.changed, (tmp_path / "n1.key").stat().st_mode & 0o777, names_in(tmp_path)) == (True, 0o600, {"n1.key"})
    again = request(tmp_path, diff=True)
    assert (again.changed, (tmp_path / "n1.key").read_text()) == (False, key)
    assert "PRIVATE KEY" not in made.output + again.output
    assert key.splitlines()[1] not in made.output + again.output
    assert "BEGIN CERTIFICATE" in sign(signed, again["csrs"]["n1"])


def test_what_a_killed_run_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "n1.key").write_text("")
    (tmp_path / "n1.key.new").write_text("half a ke")
    made = request(tmp_path)
    assert (made.changed, names_in(tmp_path)) == (True, {"n1.key"})


def test_nobody_is_asked_for_the_passphrase_of_a_key(tmp_path: Path, signed: Path) -> None:
    command = ["openssl", "pkey", "-in", f"{signed}/n1.key", "-aes256", "-passout", "pass:secret", "-out", f"{tmp_path}/n1.key"]
    subprocess.run(command, check=True)
    asked = pair(tmp_path, organization="alicloud-flannel", common_name="n1")
    answer = run_at_terminal("etcd_key_pair", {"state": "requested", "pairs": [asked]}, tmp_path)
    assert answer["failed"]
    assert f"no request can be made for the key {tmp_path}/n1.key" in answer["msg"]


def test_a_provided_pair_is_stored_when_it_is_another(signed: Path, tmp_path: Path) -> None:
    key, cert = tmp_path / "n1.key", tmp_path / "n1.crt"

    def store(name: str, check: bool = False) -> bool:
        texts = {part: (signed / f"{name}.{part}").read_text().strip() for part in ("crt", "key")}
        values = {"certificates": {"n1": texts["crt"]}, "private_keys": {"n1": texts["key"]}}
        done = run_module("etcd_key_pair", {"state": "stored", "pairs": [pair(tmp_path, mode="0640")], **values}, diff=True, check=check)
        assert not done.failed, done.msg
        assert "PRIVATE KEY" not in done.output and texts["key"].splitlines()[1] not in done.output
        return done.changed

    assert (store("n1", check=True), key.exists()) == (True, False)
    assert [store("n1"), store("n1"), store("n1", check=True)] == [True, False, False]
    assert (key.read_text(), cert.read_text()) == tuple((signed / name).read_text() for name in ("n1.key", "n1.crt"))
    assert (key.stat().st_mode & 0o777, cert.stat().st_mode & 0o777) == (0o640, 0o644)
    assert [store("n2"), cert.read_text()] == [True, (signed / "n2.crt").read_text()]
    assert names_in(tmp_path) == {"n1.key", "n1.crt"}


def test_a_certificate_alone_keeps_its_key(signed: Path, tmp_path: Path) -> None:
    shutil.copy(signed / "n1.key", tmp_path / "n1.key")
    values = {"state": "stored", "pairs": [pair(tmp_path)], "certificates": {"n1": (signed / "n1.crt").read_text()}}
    assert run_module("etcd_key_pair", values).changed
    assert not run_module("etcd_key_pair", values).changed
    assert (tmp_path / "n1.key").read_text() == (signed / "n1.key").read_text()


def test_what_is_signed_later_is_predicted(tmp_path: Path) -> None:
    values = {"state": "stored", "pairs": [pair(tmp_path)]}
    planned = run_module("etcd_key_pair", values, check=True, diff=True)
    assert (planned.changed, planned["diff"]["after"]) == (True, {f"{tmp_path}/n1.crt": "signed in a real run\n"})
    assert "has none for n1" in run_module("etcd_key_pair", values).msg


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"pairs": [{"name": "n1", "key": "n1.key", "cert": "n1.crt"}]}, "absolute"),
        ({"pairs": [{"name": "n1", "key": "/n1.key", "cert": "/n1.crt", "mode": "rw"}]}, "octal"),
        ({"certificates": {"n2": "x"}}, "does not name n2"),
        ({"certificates": {"n1": "x"}}, "no certificate in PEM format for n1"),
        ({"private_keys": {"n1": "x"}}, "no key in PEM format for n1"),
        ({"state": "requested"}, "no organization"),
    ],
)
def test_what_can_not_be_stored_is_refused(tmp_path: Path, options: dict[str, t.Any], expected: str) -> None:
    refused = run_module("etcd_key_pair", {"state": "stored", "pairs": [pair(tmp_path)], **options})
    assert refused.failed
    assert expected in refused.msg
    assert names_in(tmp_path) == set()


def test_an_owner_that_the_host_lacks_is_named(tmp_path: Path) -> None:
    asked = pair(tmp_path, organization="alicloud-flannel", owner="nobody-of-this-name")
    refused = run_module("etcd_key_pair", {"state": "requested", "pairs": [asked]})
    assert refused.failed
    assert "lacks the user nobody-of-this-name" in refused.msg
    assert not (tmp_path / "n1.key").exists()
