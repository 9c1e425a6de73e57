# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scripts with which the role etcd_pki makes, signs, judges and replaces certificates, as tests run them."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.repository import PROJECT

FILES = PROJECT / "roles/etcd_pki/files"
SUBJECT = "/O=alicloud-flannel/CN=n1"
EXTENSIONS = """extendedKeyUsage = serverAuth,clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:n1, IP:172.16.0.11, IP:127.0.0.1"""


def run(script: str, *arguments: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run one of the role's scripts as the role does: by its text."""
    text = (FILES / script).read_text()
    command = ["sh", "-c", text, "sh", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)


def run_at_terminal(script: str, *arguments: object, stdin: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as ansible does without pipelining: where there is a terminal, at which nobody types."""
    command = [*_at_terminal(stdin), "sh", "-c", (FILES / script).read_text(), "sh", *map(str, arguments)]
    controller, terminal = pty.openpty()
    try:
        return subprocess.run(command, stdin=terminal, capture_output=True, text=True, check=False, timeout=10)
    finally:
        os.close(terminal)
        os.close(controller)


def _at_terminal(stdin: Path) -> list[str]:
    return ["setsid", "--ctty", "--wait", "sh", "-c", 'input=$1; shift; exec "$@" <"$input"', "sh", str(stdin)]


def ca(verb: str, folder: Path, *arguments: object, stdin: str = "") -> str:
    done = run("ca.sh", verb, folder, *arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout


def make_ca(folder: Path, name: str = "etcd CA") -> str:
    ca("make", folder, f"/O=alicloud-flannel/CN={name}", 3650)
    return (folder / "ca.crt").read_text()


def make_request(key: Path, subject: str = SUBJECT) -> str:
    assert run("make_key.sh", key).returncode == 0
    command = ["openssl", "req", "-new", "-sha256", "-key", str(key), "-subj", subject, "-config", "/dev/stdin"]
    return subprocess.run(command, input="[req]\ndistinguished_name = name\n[name]\n", capture_output=True, text=True, check=True).stdout


def make_leaf(folder: Path, name: str, days: int = 100) -> Path:
    """Make a key and its certificate beside the CA."""
    request = make_request(folder / f"{name}.key")
    cert = folder / f"{name}.crt"
    cert.write_text(ca("sign", folder, SUBJECT, days, EXTENSIONS, stdin=request))
    return cert


def read_state(folder: Path) -> tuple[dict[str, str], list[str]]:
    """Return what the role reads of a CA: the state, and the certificates to trust."""
    state, mark, bundle = ca("read", folder).partition("-----BEGIN")
    certificates = [mark + part for part in (mark + bundle).split(mark)[1:]] if mark else []
    return dict(line.partition(" ")[::2] for line in state.splitlines()), certificates
