# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ali_ram_user against the emulated cloud."""

from __future__ import annotations

import json
import stat
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError, InvalidInput
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import VPC_ID
from ansible_collections.alicloud.flannel.tests.integration.alicloud.ram.ram_fixtures import Ram
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault

POLICY = json.loads((PROJECT / "docs" / "ram-policy.json").read_text())
BOTH = [{"name": "routes"}, {"name": "AliyunVPCReadOnlyAccess", "type": "system"}]
READ_ONLY = {"name": "AliyunVPCReadOnlyAccess", "type": "system"}


def secrets_of(ram: Ram, name: str = "robot") -> list[str]:
    """Return the keys of a user and their secrets."""
    keys = ram.cloud.state.users[name].keys
    return [*keys, *(ram.cloud.state.accounts[key].secret_key for key in keys)]


def read_file(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def test_the_cycle(ram: Ram, cloud_args: dict[str, str], tmp_path: Path) -> None:
    ram.policy()
    key = {"user_access_key": "present", "access_key_file": str(tmp_path / "key.env")}
    full = {"name": "robot", "display_name": "Robot", "comments": "one", "access_keys": 1}
    cycle: list[tuple[dict[str, t.Any], dict[str, t.Any] | None]] = [
        (
            {"display_name": "Robot", "comments": "one", "policies": [{"name": "routes"}], **key},
            {**full, "policies": [{"name": "routes", "type": "custom"}]},
        ),
        ({"comments": "two", "policies": [READ_ONLY], "purge_policies": True, **key}, {**full, "comments": "two", "policies": [READ_ONLY]}),
        ({"state": "absent", "force": True}, None),
    ]
    for options, expected in cycle:
        for check, changed in ((True, True), (False, True), (True, False), (False, False)):
            writes = ram.cloud.server.writes()
            result = run_module("ali_ram_user", {**cloud_args, "name": "robot", **options}, check=check, diff=True)
            assert not result.failed, result.msg
            assert (result.changed, result["user"], result["diff"]["after"]) == (changed, expected, expected or {})
            assert (ram.cloud.server.writes() > writes) is (changed and not check)
            held = secrets_of(ram) if "robot" in ram.cloud.state.users else []
            assert not [secret for secret in held if secret in result.output]
    assert ram.cloud.state.users == {}


def test_the_least_right_user_of_the_documentation_converges_routes(ram: Ram, cloud_args: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "key.env"
    ram.policy(document=POLICY)
    ram.user(policies=[{"name": "routes"}], user_access_key="present", access_key_file=str(path))
    route = {"destination": "10.24.1.0/24", "next_hop_id": "i-sandbox-n1", "name": "n1"}
    args = {
        **{name: cloud_args[name] for name in ("region", "endpoint")},
        "vpc_id": VPC_ID,
        "owner": "one",
        "scope": ["10.24.0.0/16"],
        "routes": [route],
    }
    result = run_module("ali_vpc_route", args, env=read_file(path))
    assert not result.failed, result.msg
    assert ram.cloud.custom_entries() == {"10.24.1.0/24": "i-sandbox-n1"}
    ram.user(policies=[], purge_policies=True)
    assert "lacks the permission" in run_module("ali_vpc_route", args, env=read_file(path)).msg


def test_a_key_file_is_private_and_whole(ram: Ram, tmp_path: Path) -> None:
    path = tmp_path / "key.env"
    outcome = ram.user(user_access_key="present", access_key_file=str(path))
    assert (stat.S_IMODE(path.stat().st_mode), [*tmp_path.iterdir()]) == (0o600, [path])
    assert [*read_file(path).values()] == secrets_of(ram)
    assert not [secret for secret in secrets_of(ram) if secret in repr(outcome)]


def test_a_secret_is_returned_once_where_that_is_asked_for(ram: Ram) -> None:
    made = ram.user(user_access_key="present", return_secret=True)
    assert [*made.returns["access_key"].values()] == secrets_of(ram)
    again = ram.user(user_access_key="present", return_secret=True)
    assert (again.changed, "access_key" in again.returns) == (False, False)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_secret_costs_no_second_key(ram: Ram, tmp_path: Path, when: str) -> None:
    path = tmp_path / "key.env"
    ram.cloud.server.faults.add(Fault("CreateAccessKey", times=2, drop=True, when=when))
    ram.user(user_access_key="present", access_key_file=str(path))
    assert ram.cloud.server.writes("CreateAccessKey") == 3
    assert [*read_file(path).values()] == secrets_of(ram)


def test_keys_that_somebody_else_makes_meanwhile_are_not_deleted(ram: Ram) -> None:
    def make(*_args: t.Any) -> None:
        ram.cloud.state.users["robot"].keys.extend(["LTAItheirs", "LTAItheirs2"])

    ram.cloud.server.faults.add(Fault("CreateAccessKey", run=make), Fault("CreateAccessKey", drop=True))
    with pytest.raises(CollectionError, match="somebody else makes keys"):
        ram.user(user_access_key="present", return_secret=True)
    assert ram.cloud.state.users["robot"].keys == ["LTAItheirs", "LTAItheirs2"]


def test_a_key_that_cannot_be_written_down_is_deleted_again(ram: Ram, tmp_path: Path) -> None:
    path = tmp_path / "key.env"

    def write(*_args: t.Any) -> None:
        path.write_text("mine\n")

    ram.cloud.server.faults.add(Fault("CreateAccessKey", run=write))
    with pytest.raises(CollectionError, match=r"could not be written to .*key.env: File exists. It was deleted again"):
        ram.user(user_access_key="present", access_key_file=str(path))
    assert (ram.cloud.state.users["robot"].keys, path.read_text()) == ([], "mine\n")
    assert [*tmp_path.iterdir()] == [path]


def test_a_file_and_keys_that_do_not_belong_together_are_refused(ram: Ram, tmp_path: Path) -> None:
    path = tmp_path / "key.env"
    key = {"user_access_key": "present", "access_key_file": str(path)}
    ram.user(**key)
    content = path.read_text()
    path.unlink()
    writes = ram.cloud.server.writes()
    with pytest.raises(InvalidInput, match="has 1 access keys, but the file"):
        ram.user(**key)
    for text in ("", content.replace("LTAI", "LTAIx")):
        path.write_text(text)
        with pytest.raises(InvalidInput, match="holds no access key of the user robot"):
            ram.user(**key)
    with pytest.raises(InvalidInput, match="holds no access key of the user other"):
        ram.user("other", **key)
    with pytest.raises(InvalidInput, match="does not exist, or can't be written to"):
        ram.user("other", user_access_key="present", access_key_file=str(tmp_path / "none" / "key"))
    assert ram.cloud.server.writes() == writes


def test_a_user_who_can_do_something_is_deleted_only_when_that_is_meant(ram: Ram) -> None:
    ram.policy()
    ram.user(policies=BOTH, user_access_key="present", return_secret=True)
    with pytest.raises(InvalidInput, match="has 1 access keys, the policy routes, the policy AliyunVPCReadOnlyAccess; nothing was removed"):
        ram.user(state="absent")
    ram.cloud.state.users["robot"].groups.append("admins")
    with pytest.raises(InvalidInput, match="in the groups admins; nothing was removed"):
        ram.user(state="absent", force=True)
    ram.cloud.state.users["robot"].groups.clear()
    assert ram.user(state="absent", force=True).changed
    assert (ram.cloud.state.users, len(ram.cloud.state.accounts)) == ({}, 1)


def test_policies_are_kept_unless_they_are_to_be_purged(ram: Ram) -> None:
    ram.policy()
    ram.user(policies=BOTH)
    assert not ram.user(policies=[READ_ONLY]).changed
    assert not ram.user(purge_policies=True).changed
    assert ram.user(policies=[READ_ONLY], purge_policies=True).after["policies"] == [READ_ONLY]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("action", "options"),
    [
        ("CreateUser", {"name": "other"}),
        ("UpdateUser", {"comments": "other"}),
        ("AttachPolicyToUser", {"policies": BOTH}),
        ("DetachPolicyFromUser", {"policies": [], "purge_policies": True}),
        ("DeleteAccessKey", {"state": "absent", "force": True}),
        ("DeleteUser", {"state": "absent", "force": True}),
    ],
)
def test_a_lost_reply_is_made_good_by_reading_back(ram: Ram, action: str, options: dict[str, t.Any], when: str) -> None:
    ram.policy()
    ram.user(policies=[READ_ONLY], user_access_key="present", return_secret=True)
    ram.cloud.server.reset_calls()
    ram.cloud.server.faults.add(Fault(action, drop=True, when=when))
    assert ram.user(**options).changed
    assert ram.cloud.server.writes(action) == (2 if when == "before" else 1)
    assert not ram.user(**options).changed


def test_a_half_finished_run_is_finished_by_the_next(ram: Ram) -> None:
    desired: dict[str, t.Any] = {"policies": [{"name": "routes"}], "user_access_key": "present", "return_secret": True}
    with pytest.raises(CollectionError, match=r"EntityNotExist.Policy.* 1 of 2 changes were made before that"):
        ram.user(**desired)
    ram.policy()
    assert "access_key" in ram.user(**desired).returns


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": "a b"}, "letters, digits, dots"),
        ({"name": "x" * 65}, "1 to 64"),
        ({"display_name": ""}, "display_name has 0"),
        ({"comments": "x" * 129}, "comments has 129"),
        ({"policies": [{"name": "a_b"}]}, "names 'a_b'"),
        ({"user_access_key": "present"}, "where its secret goes"),
        ({"user_access_key": "present", "access_key_file": "/x", "return_secret": True}, "where its secret goes"),
        ({"user_access_key": "present", "access_key_file": "key.env"}, "absolute path"),
    ],
)
def test_bad_input_is_refused_before_any_call(ram: Ram, options: dict[str, t.Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        ram.user(**options)
    assert ram.cloud.server.count() == 0
