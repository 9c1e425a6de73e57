# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Commands that nobody keeps waiting: in bounded time, and at no terminal.

Not C(run_command) of AnsibleModule, which waits for as long as a command takes.
"""

from __future__ import annotations

import json
import os
import subprocess
import typing as t

_SECONDS = 10
_LONGEST_OUTPUT = 8_000_000
_SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"


def run(
    *command: str, seconds: float = _SECONDS, variables: t.Mapping[str, str] | None = None, stdin: str | None = None
) -> subprocess.CompletedProcess[str] | None:
    """Run a command, with these variables added to the environment; None when it isn't there or hangs.

    It reads ``stdin``, or else nothing. Nothing is not an empty text: a command that ends before that is written to it would break a pipe.
    """
    environment = {**os.environ, "LC_ALL": "C", "PATH": f"{os.environ.get('PATH', '')}:{_SYSTEM_FOLDERS}", **(variables or {})}
    reads: dict[str, t.Any] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    try:
        return subprocess.run(  # noqa: S603  (ours)
            command,
            **reads,
            capture_output=True,
            env=environment,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def output(*command: str) -> str:
    """Return what a command prints; nothing when it fails, or prints without end."""
    done = run(*command)
    return done.stdout if done and done.returncode == 0 and len(done.stdout) <= _LONGEST_OUTPUT else ""


def listing(*command: str) -> list[dict[str, t.Any]]:
    """Return what a command prints as a JSON list of dictionaries; nothing when it fails."""
    found = _parse(output(*command))
    return [item for item in found if isinstance(item, dict) and item] if isinstance(found, list) else []


def document(*command: str) -> dict[str, t.Any] | None:
    """Return what a command prints as a JSON object; None when it fails."""
    found = _parse(output(*command))
    return found if isinstance(found, dict) else None


def _parse(text: str) -> t.Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
