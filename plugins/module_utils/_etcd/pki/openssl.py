# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The program openssl, which makes keys and signs. Never a shell, never a question: its input is closed and passphrases are empty."""

from __future__ import annotations

import os
import tempfile
import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ..._core.errors import CollectionError
from ..._core.host.commands import run

if t.TYPE_CHECKING:
    import subprocess

    from .subject import Subject

# openssl asks for a passphrase at the terminal, whatever its standard input is.
_NO_PASSPHRASE = ("-passin", "pass:")
_SECONDS = 60
_REQUEST = "[req]\ndistinguished_name = name\n[name]\n"
_DATABASE = """[ca]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
preserve = yes
email_in_dn = no
[any]
organizationName = optional
commonName = optional
"""

# As run() of _core/host/commands.py.
Run = t.Callable[..., t.Optional["subprocess.CompletedProcess[str]"]]


class Finds(t.Protocol):
    """What is asked of an AnsibleModule."""

    def get_bin_path(self, arg: str) -> str | None:
        """Return where a program is."""


@dataclass(frozen=True)
class Signer:
    """Who signs: its certificate, None when it signs its own, and its key."""

    cert: Path | None
    key: Path

    def options(self) -> list[str]:
        """Return the options of openssl."""
        own = ["-selfsign"] if self.cert is None else ["-cert", str(self.cert)]
        return [*own, "-keyfile", str(self.key), *_NO_PASSPHRASE]


class OpenSSL:
    """Runs openssl."""

    def __init__(self, module: Finds, run: Run = run) -> None:
        """Find the program; whether it is there is known before anything is asked of it."""
        self._run_command = run
        self._path = module.get_bin_path("openssl")

    @property
    def is_installed(self) -> bool:
        """Return whether the host has it."""
        return self._path is not None

    def make_key(self) -> str:
        """Return a new private key."""
        return self._run("a private key can't be made", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"])

    def public_half(self, key: str) -> str | None:
        """Return the public half of the key in a file, None when there is none."""
        code, out, _err = self._call(["pkey", "-in", key, *_NO_PASSPHRASE, "-pubout"])
        return out if code == 0 else None

    def request(self, key: str, subject: Subject) -> str:
        """Return a request of the key in a file."""
        arguments = ["req", "-new", "-sha256", "-key", key, *_NO_PASSPHRASE]
        arguments += ["-utf8", "-subj", subject.for_openssl(), "-config", "/dev/stdin"]
        return self._run(f"no request can be made for the key {key}", arguments, _REQUEST)

    def requested_subject(self, request: str) -> list[str]:
        """Return the names in a request, one a line."""
        options = ["-noout", "-subject", "-nameopt", "sep_multiline,sname,utf8,esc_ctrl"]
        printed = self._run("the request can't be read", ["req", *options], request)
        return [line[4:] for line in printed.split("\n")[1:] if line]

    def certify(self, request: str, signer: Signer, days: int, extensions: str) -> str:
        """Return a certificate for the public key of a request. It is valid from an hour ago, for hosts whose clocks are behind."""
        with tempfile.TemporaryDirectory(prefix="etcd-ca-") as name:
            folder = Path(name)
            for file, text in _files_of(folder, request, extensions).items():
                (folder / file).write_text(text, encoding="utf-8")
            begins = datetime.now(timezone.utc) - timedelta(hours=1)
            # Only this command of openssl can set when a certificate begins, in every version.
            arguments = ["ca", "-batch", "-notext", "-utf8", "-name", "ca", "-config", f"{folder}/config", "-in", f"{folder}/request"]
            arguments += ["-startdate", f"{begins:%Y%m%d%H%M%SZ}", "-days", str(days), "-extfile", f"{folder}/extensions"]
            self._run("the certificate can't be signed", [*arguments, "-out", f"{folder}/certificate", *signer.options()])
            return (folder / "certificate").read_text(encoding="ascii")

    def _run(self, failure: str, arguments: t.Sequence[str], stdin: str | None = None) -> str:
        if self._path is None:
            raise CollectionError(f"On this host {failure}, since it has no openssl. Install it.")
        code, out, err = self._call(arguments, stdin)
        if code != 0:
            said = " ".join(err.split())[-600:] or "nothing"
            raise CollectionError(f"On this host {failure}. openssl says: {said}. Nothing was replaced.")
        return out

    def _call(self, arguments: t.Sequence[str], stdin: str | None = None) -> tuple[int, str, str]:
        # Not run_command of AnsibleModule, which lends a command its own input, or breaks when the command ends before it has read one.
        done = self._run_command(str(self._path), *arguments, seconds=_SECONDS, stdin=stdin)
        return (done.returncode, done.stdout, done.stderr) if done else (1, "", f"it did not end in {_SECONDS} seconds")


def _files_of(folder: Path, request: str, extensions: str) -> dict[str, str]:
    return {
        "request": request,
        "extensions": extensions,
        "serial": f"{os.urandom(16).hex()}\n",
        "index": "",
        "config": _DATABASE.format(folder=folder),
    }
