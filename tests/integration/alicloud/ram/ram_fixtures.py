# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The RAM modules in this process, against the emulated cloud and without waiting."""

from __future__ import annotations

import importlib
import json
import typing as t
from dataclasses import dataclass

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.client import AlicloudClient
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.credentials import Credentials
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.ram.policy import PolicyResource
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.ram.user_resource import UserResource
from ansible_collections.alicloud.flannel.plugins.module_utils._core.plan import Outcome
from ansible_collections.alicloud.flannel.plugins.module_utils._core.runner import converge
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, Cloud
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

POLICY = json.loads((PROJECT / "docs" / "ram-policy-users.json").read_text())
RESOURCES: dict[str, t.Callable[..., t.Any]] = {"ali_ram_policy": PolicyResource, "ali_ram_user": UserResource}
DOCUMENT = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["vpc:Describe*"], "Resource": "*"}]}
OTHER = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["ecs:Describe*"], "Resource": "*"}]}


@dataclass(frozen=True)
class Ram:
    """The account of an emulated region."""

    cloud: Cloud

    def run(self, module: str, *, check: bool = False, access_key: str = ACCESS_KEY, **options: t.Any) -> Outcome:
        """Do a module's work once, as the module would."""
        spec = importlib.import_module(f"ansible_collections.alicloud.flannel.plugins.modules.{module}").argument_spec()
        parsed = ArgumentSpecValidator(spec).validate({"region": "cn-hangzhou", **options})
        assert not parsed.error_messages
        credentials = Credentials(access_key, self.cloud.state.accounts[access_key].secret_key)
        client = AlicloudClient("cn-hangzhou", credentials, endpoint=self.cloud.server.url, sleep=lambda _seconds: None)
        return converge(RESOURCES[module](client, parsed.validated_parameters), check_mode=check)

    def policy(self, name: str = "routes", **options: t.Any) -> Outcome:
        """Run ali_ram_policy."""
        document = None if options.get("state") == "absent" else DOCUMENT
        return self.run("ali_ram_policy", name=name, **{"document": document, **options})

    def user(self, name: str = "robot", **options: t.Any) -> Outcome:
        """Run ali_ram_user."""
        return self.run("ali_ram_user", name=name, **options)


@pytest.fixture
def ram(cloud: Cloud) -> Ram:
    """Return the account of a fresh region; it is managed with the shipped policy for that."""
    cloud.state.accounts[ACCESS_KEY].policy = POLICY
    return Ram(cloud)
