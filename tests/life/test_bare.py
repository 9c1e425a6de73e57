# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In check mode every playbook ends, also on bare hosts and with the settings that Ansible has by default."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import needs_sandbox
from ansible_collections.alicloud.flannel.tests.integration.project.installed_fixtures import User, bring_up_user
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

pytestmark = needs_sandbox

PLAYBOOKS = sorted(path.stem for path in (PROJECT / "playbooks").glob("*.yml"))
# What some playbooks want to be told; all others don't know it.
VARIABLES = {
    "etcd_member": "n1",
    "etcd_restore": True,
    "etcd_restore_snapshot": "snapshot.db",
    "flannel_backend_change": True,
    "flannel_mode": "static",
    "flannel_node": "n3",
    "flannel_ram_key_file": "key.json",
    "flannel_teardown": True,
    "provision_allow_removal": True,
    "provision_confirm": "sandbox",
}
REFUSAL = re.compile(r'^fatal: \[.+"msg": "[^"]{20}', re.MULTILINE)


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[User]:
    """Somebody who has just installed the collection, and has three bare hosts."""
    yield from bring_up_user("bare", tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_it_ends_well_or_says_why_not(user: User, playbook: str) -> None:
    output = user.play(playbook, "--check", "--diff", "--extra-vars", json.dumps(VARIABLES))
    assert "Traceback" not in output.text
    assert output.rc == 0 or (output.rc == 2 and REFUSAL.search(output.text)), output.text
