# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Tells etcd about users and roles, which only its user root may.

With etcdctl and not over the JSON gateway: with authentication on, the gateway refuses every certificate with a CN, and root's has one.
A password for root, or the role root for the modules' user, would be a secret that opens everything; root's certificate never leaves the
members.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

from ..._core.errors import InvalidInput
from ..errors import EtcdError

if t.TYPE_CHECKING:
    from ..connection import Connection
    from .auth_plan import Command

# Returns the exit code and both outputs, as AnsibleModule.run_command does.
Run = t.Callable[..., t.Tuple[int, str, str]]
# What etcd answers to somebody who has logged in and may not read the key, and to a wrong password.
_NOT_ALLOWED, _WRONG = "permission denied", "authentication failed"


class Etcdctl:
    """etcd's own client, as whom the connection says."""

    def __init__(self, program: str, connection: Connection, run: Run) -> None:
        self._connection = connection
        self._run = run
        self._words = [program, *_options(connection)]
        self._login = f"{connection.username}:{connection.password}" if connection.username else None

    def ask(self, *words: str) -> str:
        """Return the answer to a question, as JSON."""
        code, answer, error = self._call(["--write-out=json", *words], self._login)
        if code != 0:
            raise self._failure(" ".join(words), error)
        return answer

    def tell(self, command: Command) -> None:
        """Carry out a command."""
        code, _answer, error = self._call(command.words, self._login, command.password)
        if code != 0:
            raise self._failure(command.describe(), error)

    def accepts(self, name: str, password: str) -> bool:
        """Return whether a password is accepted; only with authentication on is another one not."""
        code, _answer, error = self._call(["get", "."], f"{name}:{password}")
        if code == 0 or _NOT_ALLOWED in error:
            return True
        if _WRONG in error:
            return False
        raise self._failure(f"log in as {name}", error)

    def _call(self, words: t.Sequence[str], login: str | None, data: str | None = None) -> tuple[int, str, str]:
        # Passwords go by ways that no other user of the host can read: the environment and standard input.
        environment = {"ETCDCTL_API": "3", **({"ETCDCTL_USER": login} if login else {})}
        options = {"data": data, "environ_update": environment, "expand_user_and_vars": False, "handle_exceptions": False}
        try:
            return self._run([*self._words, *words], **options)
        except OSError as exc:
            raise InvalidInput(f"Could not run {self._words[0]}, which the option etcdctl names: {exc.strerror}.") from None

    def _failure(self, action: str, error: str) -> EtcdError:
        said = (error.strip().splitlines() or ["nothing"])[-1]
        return EtcdError(
            f"Could not tell etcd to {action}: etcdctl at {', '.join(self._connection.endpoints)} said: {said[:500].rstrip('.')}. "
            "What was done before is kept; run again when this is corrected."
        )


def _options(connection: Connection) -> list[str]:
    files = {"cacert": connection.ca_cert, "cert": connection.client_cert, "key": connection.client_key}
    given = {option: path for option, path in files.items() if path is not None}
    if any("-----BEGIN" in path for path in given.values()):
        raise InvalidInput("etcdctl reads certificates and keys from files: give paths in ca_cert, client_cert and client_key.")
    options = [f"--{option}={Path(path).expanduser()}" for option, path in given.items()]
    return [*options, f"--endpoints={','.join(connection.endpoints)}", "--dial-timeout=10s", f"--command-timeout={connection.timeout}s"]
