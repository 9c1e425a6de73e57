# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How openssl is run: nobody is asked anything, since without pipelining there is a terminal at which nobody sits."""

from __future__ import annotations

import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.openssl import OpenSSL, Signer
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.subject import Subject

KEY = "/etc/etcd/pki/server.key"
KEY_OPTIONS = {"-key", "-keyfile"}


class Recorder:
    """A host on which every program ends with this answer."""

    def __init__(self, code: int = 0, stderr: str = "", path: str | None = "/usr/bin/openssl") -> None:
        self.calls: list[tuple[list[str], str | None]] = []
        self._answer = (code, "", stderr)
        self._path = path

    def run(self, *args: str, seconds: float, stdin: str | None) -> subprocess.CompletedProcess[str]:
        assert seconds > 0
        self.calls.append((list(args), stdin))
        if "-out" in args:
            Path(args[args.index("-out") + 1]).write_text("signed")
        return subprocess.CompletedProcess(args, *self._answer)

    def openssl(self) -> OpenSSL:
        return OpenSSL(self, self.run)

    def get_bin_path(self, arg: str) -> str | None:
        return self._path


CALLS: dict[str, t.Callable[[OpenSSL], object]] = {
    "make a key": lambda openssl: openssl.make_key(),
    "public half": lambda openssl: openssl.public_half(KEY),
    "request": lambda openssl: openssl.request(KEY, Subject("us", "n1")),
    "read a request": lambda openssl: openssl.requested_subject("request"),
    "sign": lambda openssl: openssl.certify("request", Signer(Path("/ca.crt"), Path("/ca.key")), 1, ""),
    "sign its own": lambda openssl: openssl.certify("request", Signer(None, Path("/ca.key")), 1, ""),
}


@pytest.mark.parametrize("name", CALLS)
def test_only_what_reads_is_given_something(name: str) -> None:
    """A command that ends before it has read breaks the pipe."""
    host = Recorder()
    CALLS[name](host.openssl())
    assert [bool(stdin) for _arguments, stdin in host.calls] == [name in ("request", "read a request")]


def test_a_program_that_hangs_is_told() -> None:
    openssl = OpenSSL(Recorder(), lambda *_args, **_options: None)
    with pytest.raises(CollectionError, match="it did not end in 60 seconds"):
        openssl.make_key()


@pytest.mark.parametrize("name", ["public half", "request", "sign", "sign its own"])
def test_it_does_not_ask_for_the_passphrase_of_a_key(name: str) -> None:
    host = Recorder()
    CALLS[name](host.openssl())
    ((arguments, _stdin),) = host.calls
    assert KEY_OPTIONS & set(arguments) or arguments[1:3] == ["pkey", "-in"]
    assert arguments[arguments.index("-passin") + 1] == "pass:"


def test_values_are_arguments_of_their_own() -> None:
    host = Recorder()
    host.openssl().request(KEY, Subject("us; reboot", "$(reboot)"))
    ((arguments, _stdin),) = host.calls
    assert "/O=us; reboot/CN=$(reboot)" in arguments
    assert not {"sh", "-c"} & set(arguments)


def test_a_failure_says_what_openssl_said() -> None:
    with pytest.raises(CollectionError, match=r"a private key can't be made. openssl says: bad thing. Nothing was replaced."):
        Recorder(1, " bad\nthing \n").openssl().make_key()
    assert Recorder(1).openssl().public_half(KEY) is None


def test_without_it_the_failure_says_what_to_do() -> None:
    openssl = Recorder(path=None).openssl()
    assert not openssl.is_installed
    with pytest.raises(CollectionError, match="it has no openssl"):
        openssl.make_key()
