# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules that make, sign and replace certificates, as tests run them: inside the test's process, with the real openssl."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

from ansible_collections.alicloud.flannel.plugins.module_utils._core.plan import Outcome
from ansible_collections.alicloud.flannel.plugins.module_utils._core.runner import converge
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.ca_input import DesiredCa, Request, extensions
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.ca_resource import CaResource
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.ca_state import read_ca
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.openssl import OpenSSL
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.subject import Subject
from ansible_collections.alicloud.flannel.tests.integration.run_module import COLLECTIONS, PACKAGE

SUBJECT = Subject("alicloud-flannel", "n1")
EXTENSIONS = extensions(["serverAuth", "clientAuth"], ["n1", "172.16.0.11", "127.0.0.1"])


class Host:
    """What openssl is run with; programs inherit what the test has as its standard input, unless they are given one."""

    def run_command(self, args: t.Sequence[str], **options: t.Any) -> tuple[int, str, str]:
        data = options.get("data")
        assert data, "Ansible takes empty input for none, and lends its own."
        done = subprocess.run(args, input=data, capture_output=True, text=True, check=False, timeout=30)
        return done.returncode, done.stdout, done.stderr

    def get_bin_path(self, arg: str) -> str | None:
        return shutil.which(arg)


OPENSSL = OpenSSL(Host())


def ca(folder: Path, state: str = "present", *, name: str = "", requests: t.Sequence[Request] = (), check_mode: bool = False) -> Outcome:
    """Bring a CA into a state."""
    subject = Subject("alicloud-flannel", name) if name else None
    return converge(CaResource(OPENSSL, DesiredCa(folder, state, subject, 3650, tuple(requests))), check_mode=check_mode)


def make_ca(folder: Path, name: str = "etcd CA") -> str:
    ca(folder, name=name)
    return (folder / "ca.crt").read_text()


def make_next(folder: Path, name: str = "etcd CA, the next") -> str:
    ca(folder, "next", name=name)
    return (folder / "next/ca.crt").read_text()


def make_request(key: Path, subject: Subject = SUBJECT) -> str:
    key.write_text(OPENSSL.make_key())
    return OPENSSL.request(str(key), subject)


def sign(folder: Path, text: str, days: int = 10, subject: Subject = SUBJECT) -> str:
    request = Request("n1", text, subject, days, EXTENSIONS)
    return str(ca(folder, requests=[request]).returns["certificates"]["n1"])


def make_leaf(folder: Path, name: str, days: int = 100) -> Path:
    """Make a key and its certificate beside the CA."""
    cert = folder / f"{name}.crt"
    cert.write_text(sign(folder, make_request(folder / f"{name}.key"), days))
    return cert


def read_state(folder: Path) -> dict[str, t.Any]:
    """Return the state of a CA as the modules return it."""
    return dict(read_ca(folder).item(folder))


def bundle(folder: Path) -> list[str]:
    """Return the certificates to trust, the newest first."""
    state = read_state(folder)
    return [state[name] for name in ("next", "current", "previous") if state[name]]


def run_at_terminal(module: str, args: t.Mapping[str, t.Any], folder: Path) -> dict[str, t.Any]:
    """Run a module as ansible does without pipelining: where there is a terminal, at which nobody types."""
    request = folder / "request.json"
    request.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": dict(args)}))
    command = ["setsid", "--ctty", "--wait", "sh", "-c", 'input=$1; shift; exec "$@" <"$input"', "sh", str(request)]
    controller, terminal = pty.openpty()
    try:
        done = subprocess.run(
            [*command, sys.executable, "-m", f"{PACKAGE}.{module}"],
            stdin=terminal,
            env={**os.environ, "PYTHONPATH": str(COLLECTIONS)},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    finally:
        os.close(terminal)
        os.close(controller)
    return dict(json.loads(done.stdout))
