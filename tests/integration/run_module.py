# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module of the collection as a process of its own, as a controller would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from dataclasses import dataclass

from ansible_collections.alicloud.flannel.tests.repository import PROJECT

COLLECTIONS = PROJECT / "playbooks" / "collections"
PACKAGE = "ansible_collections.alicloud.flannel.plugins.modules"


@dataclass(frozen=True)
class ModuleResult:
    """What a module answered, and everything it printed."""

    values: t.Mapping[str, t.Any]
    output: str

    @property
    def failed(self) -> bool:
        return bool(self.values.get("failed", False))

    @property
    def changed(self) -> bool:
        return bool(self.values.get("changed", False))

    @property
    def msg(self) -> str:
        return str(self.values.get("msg", ""))

    def __getitem__(self, name: str) -> t.Any:
        return self.values[name]

    def get(self, name: str, default: t.Any = None) -> t.Any:
        return self.values.get(name, default)


def run_module(
    name: str,
    args: t.Mapping[str, t.Any],
    *,
    check: bool = False,
    diff: bool = False,
    env: t.Mapping[str, str] | None = None,
    timeout: float = 120,
) -> ModuleResult:
    """Run the module and return its answer; raise when it did not answer with exactly one JSON object."""
    request = {"ANSIBLE_MODULE_ARGS": {**args, "_ansible_check_mode": check, "_ansible_diff": diff}}
    process = subprocess.run(
        [sys.executable, "-m", f"{PACKAGE}.{name}"],
        input=json.dumps(request),
        env={**os.environ, "PYTHONPATH": str(COLLECTIONS), **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    output = process.stdout + process.stderr
    try:
        values = json.loads(process.stdout)
    except ValueError:
        raise AssertionError(f"{name} did not answer with JSON (exit code {process.returncode}):\n{output}") from None
    result = ModuleResult(values, output)
    if result.failed != (process.returncode != 0):
        raise AssertionError(f"{name} answered failed={result.failed} but left with exit code {process.returncode}:\n{output}")
    return result
