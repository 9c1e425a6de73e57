# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the etcd modules inside the test's process: all but the start of a Python, which costs a hundred times what the rest does."""

from __future__ import annotations

import importlib
import json
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.alicloud.flannel.plugins.module_utils._core.runner import run, run_info
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.key_resource import make_key, read_keys
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_resource import make_lease_resource, read_lease_info
from ansible_collections.alicloud.flannel.tests.integration.run_module import PACKAGE, ModuleResult

MAINS: dict[str, t.Callable[[t.Any], None]] = {
    "etcd_key": lambda module: run(module, make_key),
    "etcd_key_info": lambda module: run_info(module, read_keys),
    "flannel_lease": lambda module: run(module, make_lease_resource),
    "flannel_lease_info": lambda module: run_info(module, read_lease_info),
}


class _Left(Exception):
    """The module is done."""


class _Module:
    """What the runner and the resources ask of an AnsibleModule."""

    def __init__(self, name: str, args: t.Mapping[str, t.Any], check: bool, diff: bool) -> None:
        checked = ArgumentSpecValidator(importlib.import_module(f"{PACKAGE}.{name}").argument_spec()).validate(dict(args))
        assert not checked.error_messages, checked.error_messages
        self.params = checked.validated_parameters
        self.check_mode = check
        self._diff = diff
        self.no_log_values: set[str] = set()
        self.warnings: list[str] = []
        self.values: dict[str, t.Any] = {}

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def exit_json(self, **values: t.Any) -> t.NoReturn:
        self.values = values
        raise _Left

    def fail_json(self, **values: t.Any) -> t.NoReturn:
        self.exit_json(failed=True, **values)


def run_task(name: str, args: t.Mapping[str, t.Any], *, check: bool = False, diff: bool = False) -> ModuleResult:
    """Run the module and return its answer."""
    module = _Module(name, args, check, diff)
    try:
        MAINS[name](module)
    except _Left:
        output = json.dumps({**module.values, "warnings": module.warnings})
        return ModuleResult(json.loads(output), output)
    raise AssertionError(f"{name} did not answer.")


@pytest.fixture(params=["v3", "v2"])
def api(request: pytest.FixtureRequest) -> str:
    """Name an API."""
    return str(request.param)
