# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.filter.docker_config import docker_config

SUBNET = {"bip": "10.24.1.1/24", "mtu": 1500, "ip-masq": False}
OURS = json.dumps(SUBNET)
THEIRS = {"bip": "172.30.0.1/16", "log-driver": "journald"}

# daemon.json, what is remembered, the desired values; daemon.json then, what to remember, and whether it changes.
TEST_PLAN: list[tuple[str, str, dict[str, t.Any] | None, dict[str, t.Any], dict[str, t.Any], bool]] = [
    ("", "", SUBNET, SUBNET, {}, True),
    ("{}\n", "", SUBNET, SUBNET, {}, True),
    (OURS, "{}", SUBNET, SUBNET, {}, False),
    (json.dumps(THEIRS), "", SUBNET, {**THEIRS, **SUBNET}, {"bip": "172.30.0.1/16"}, True),
    (json.dumps({**THEIRS, **SUBNET}), '{"bip": "172.30.0.1/16"}', SUBNET, {**THEIRS, **SUBNET}, {"bip": "172.30.0.1/16"}, False),
    (json.dumps({**SUBNET, "mtu": 1450}), "{}", SUBNET, SUBNET, {}, True),
    # Given back.
    (json.dumps({**THEIRS, **SUBNET}), '{"bip": "172.30.0.1/16"}', None, THEIRS, {"bip": "172.30.0.1/16"}, True),
    (OURS, "{}", None, {}, {}, True),
    # Nothing is remembered: nothing was ever ours.
    (json.dumps(THEIRS), "", None, THEIRS, {"bip": "172.30.0.1/16"}, False),
    ("", "", None, {}, {}, False),
]


@pytest.mark.parametrize(("current", "before", "subnet", "config", "remembered", "changed"), TEST_PLAN)
def test_plan(
    current: str, before: str, subnet: dict[str, t.Any] | None, config: dict[str, t.Any], remembered: dict[str, t.Any], changed: bool
) -> None:
    found = docker_config(current, before, subnet)
    assert found == {"config": config, "before": remembered, "changed": changed, "problems": []}
    if subnet:
        again = docker_config(json.dumps(found["config"]), json.dumps(found["before"]), subnet)
        assert again == {**found, "changed": False}


@pytest.mark.parametrize(("text", "word"), [("{,}", "is not valid JSON"), ("[]", "is not a JSON object")])
def test_bad_settings_are_refused(text: str, word: str) -> None:
    assert [word in problem for problem in docker_config(text, "", SUBNET)["problems"]] == [True]
    assert [word in problem for problem in docker_config("", text, SUBNET)["problems"]] == [True]


@pytest.mark.parametrize(
    ("command", "flags"),
    [
        ("/usr/bin/dockerd -H fd:// --bip=10.0.0.1/24 --mtu 1400", ["--bip, --mtu"]),
        ("/usr/bin/dockerd --ip-masq=false", ["--ip-masq"]),
        ("/usr/bin/dockerd --network-control-plane-mtu=1400 --bip6=x", []),
    ],
)
def test_options_in_the_command_are_refused(command: str, flags: list[str]) -> None:
    problems = docker_config("", "", SUBNET, command)["problems"]
    assert len(problems) == len(flags)
    assert all(flag in problem for flag, problem in zip(flags, problems))
    assert docker_config("", "", None, command)["problems"] == []
