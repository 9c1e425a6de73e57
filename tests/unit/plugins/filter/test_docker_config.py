# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.alicloud.flannel.plugins.filter.docker_config import FilterModule, docker_config

docker_config_filter = FilterModule().filters()["docker_config"]
SUBNET = {"bip": "10.24.1.1/24", "mtu": 1500, "ip-masq": False}
OURS = json.dumps(SUBNET)
THEIRS = {"bip": "172.30.0.1/16", "log-driver": "journald"}

# daemon.json, what is remembered, the desired values; daemon.json then, what to remember, and whether it changes.
TEST_PLAN: list[tuple[str, str, dict[str, t.Any] | None, dict[str, t.Any], dict[str, t.Any]]] = [
    ("", "", SUBNET, SUBNET, {}),
    ("{}\n", "", SUBNET, SUBNET, {}),
    (OURS, "{}", SUBNET, SUBNET, {}),
    (json.dumps(THEIRS), "", SUBNET, {**THEIRS, **SUBNET}, {"bip": "172.30.0.1/16"}),
    (json.dumps({**THEIRS, **SUBNET}), '{"bip": "172.30.0.1/16"}', SUBNET, {**THEIRS, **SUBNET}, {"bip": "172.30.0.1/16"}),
    (json.dumps({**SUBNET, "mtu": 1450}), "{}", SUBNET, SUBNET, {}),
    # Given back.
    (json.dumps({**THEIRS, **SUBNET}), '{"bip": "172.30.0.1/16"}', None, THEIRS, {"bip": "172.30.0.1/16"}),
    (OURS, "{}", None, {}, {}),
    # Nothing is remembered: nothing was ever ours.
    (json.dumps(THEIRS), "", None, THEIRS, {"bip": "172.30.0.1/16"}),
    ("", "", None, {}, {}),
]


@pytest.mark.parametrize(("current", "before", "subnet", "config", "remembered"), TEST_PLAN)
def test_settings(
    current: str, before: str, subnet: dict[str, t.Any] | None, config: dict[str, t.Any], remembered: dict[str, t.Any]
) -> None:
    found = docker_config(current, before, subnet)
    assert found == {"config": config, "before": remembered}
    if subnet:
        assert docker_config(json.dumps(found["config"]), json.dumps(found["before"]), subnet) == found


@pytest.mark.parametrize(("text", "word"), [("{,}", "is not valid JSON"), ("[]", "is not a JSON object")])
def test_bad_settings_are_refused(text: str, word: str) -> None:
    for texts in ((text, ""), ("", text)):
        with pytest.raises(AnsibleFilterError, match=word):
            docker_config_filter(*texts, SUBNET)
