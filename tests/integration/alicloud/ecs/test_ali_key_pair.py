# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ali_key_pair against the emulated cloud."""

from __future__ import annotations

import base64
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.errors import ApiError, UnknownOutcome
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY
from ansible_collections.alicloud.flannel.tests.integration.alicloud.ecs.ecs_fixtures import POLICY, TAGS, VSWITCH_A, Ecs
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault


def public_key(number: int, kind: str = "ssh-rsa") -> str:
    blob = len(kind).to_bytes(4, "big") + kind.encode() + bytes([number]) * 32
    return f"{kind} {base64.b64encode(blob).decode()} somebody@example"


PAIR: dict[str, t.Any] = {"name": "cluster", "public_key": public_key(1), "tags": TAGS}
CYCLE: list[tuple[str, dict[str, t.Any], dict[str, int]]] = [
    ("create", PAIR, {"ImportKeyPair": 1}),
    ("modify", {**PAIR, "tags": {"role": "node"}, "purge_tags": True}, {"TagResources": 1, "UntagResources": 1}),
    ("delete", {"name": "cluster", "tags": {"role": "node"}, "state": "absent"}, {"DeleteKeyPairs": 1}),
]


def test_the_cycle_of_each_state_in_check_mode_and_for_real(ecs: Ecs) -> None:
    for step, options, writes in CYCLE:
        predicted = ecs.run("ali_key_pair", check=True, **options)
        assert ecs.writes() == {}
        real = ecs.run("ali_key_pair", **options)
        assert (predicted, ecs.writes()) == (real, writes)
        assert real.changed and real.before != real.after
        assert ("cluster" in ecs.state.key_pairs) == (step != "delete")
        if step != "delete":
            pair = ecs.state.key_pairs["cluster"]
            assert real.returns["key_pair"] == {"name": "cluster", "fingerprint": pair.fingerprint, "tags": pair.tags}
        ecs.server.reset_calls()
        for check in (True, False):
            again = ecs.run("ali_key_pair", check=check, **options)
            assert (again.changed, again.before, ecs.writes()) == (False, again.after, {})
        ecs.server.reset_calls()


def test_another_comment_is_the_same_key(ecs: Ecs) -> None:
    ecs.run("ali_key_pair", **PAIR)
    assert not ecs.run("ali_key_pair", **{**PAIR, "public_key": public_key(1).replace("somebody", "another")}).changed


@pytest.mark.parametrize("tells_key", [True, False])
def test_another_key_under_the_name_is_refused(ecs: Ecs, tells_key: bool) -> None:
    ecs.run("ali_key_pair", **PAIR)
    if not tells_key:
        ecs.state.key_pairs["cluster"].public_key = ""
        assert not ecs.run("ali_key_pair", **PAIR).changed
    ecs.server.reset_calls()
    for check in (True, False):
        with pytest.raises(InvalidInput, match=f"fingerprint is {ecs.state.key_pairs['cluster'].fingerprint}, that of the desired key"):
            ecs.run("ali_key_pair", check=check, **{**PAIR, "public_key": public_key(2)})
    assert ecs.writes() == {}


def test_a_pair_in_use_or_without_the_tags_is_not_removed(ecs: Ecs) -> None:
    ecs.run("ali_key_pair", **PAIR)
    ecs.state.add_instance(VSWITCH_A, "172.16.0.9", "i-user", key_pair="cluster")
    ecs.server.reset_calls()
    for tags, message in ((TAGS, "used by i-user"), ({"cluster": "two"}, "lacks the tag cluster=two")):
        with pytest.raises(InvalidInput, match=message):
            ecs.run("ali_key_pair", name="cluster", tags=tags, state="absent")
    assert ecs.writes() == {}


@pytest.mark.parametrize("action", ["ImportKeyPair", "DeleteKeyPairs"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_reply_is_cleared_up_by_reading_back(ecs: Ecs, action: str, when: str) -> None:
    options = PAIR if action == "ImportKeyPair" else {"name": "one", "state": "absent"}
    ecs.server.faults.add(Fault(action, drop=True, when=when))
    if when == "before":
        with pytest.raises(UnknownOutcome, match=action):
            ecs.run("ali_key_pair", **options)
    else:
        assert ecs.run("ali_key_pair", **options).changed
    ecs.run("ali_key_pair", **options)
    assert ("cluster" in ecs.state.key_pairs, "one" in ecs.state.key_pairs) == ((action == "ImportKeyPair"), (action == "ImportKeyPair"))


@pytest.mark.parametrize("action", ["DescribeKeyPairs", "ImportKeyPair", "DeleteKeyPairs"])
def test_a_missing_right_is_named(ecs: Ecs, action: str) -> None:
    statements = [{**one, "Action": [right for right in one["Action"] if right != f"ecs:{action}"]} for one in POLICY["Statement"][:2]]
    ecs.state.add_account(ACCESS_KEY, SECRET_KEY, {**POLICY, "Statement": statements})
    with pytest.raises(ApiError, match=f"lacks the permission ecs:{action}"):
        ecs.run("ali_key_pair", **PAIR)
        ecs.run("ali_key_pair", name="cluster", state="absent")


PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----"  # the beginning of one, and nothing of a key


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "x"}, "option name is 'x'"),
        ({"name": "1cluster"}, "option name is '1cluster'"),
        ({"name": "clu*ter"}, "option name"),
        ({"public_key": "ssh-rsa"}, "not an OpenSSH public key"),
        ({"public_key": "ssh-rsa AAAA"}, "not an OpenSSH public key"),
        ({"public_key": public_key(1).replace("ssh-rsa", "ssh-dss")}, "not an OpenSSH public key"),
        ({"public_key": public_key(1) + "\n" + public_key(2)}, "not an OpenSSH public key"),
        ({"public_key": PRIVATE}, "never that of a private key"),
        ({"tags": {"aliyun": "x"}}, "The tag 'aliyun'"),
    ],
)
def test_bad_input_is_refused_before_any_call(ecs: Ecs, options: dict[str, t.Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        ecs.run("ali_key_pair", **{**PAIR, **options})
    assert "AAAA\n" not in str(caught.value)
    assert ecs.server.count() == 0


def test_as_a_process(ecs: Ecs) -> None:
    made = ecs.run_process("ali_key_pair", **PAIR)
    assert (made.failed, made.changed, made["key_pair"]["name"]) == (False, True, "cluster")
    assert "public_key" in ecs.run_process("ali_key_pair", name="cluster").msg
