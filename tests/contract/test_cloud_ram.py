# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users and policies of RAM: what depends on what, the limits, and what a user's key may do. RAM's own packages are not needed."""

from __future__ import annotations

import json
import typing as t

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from ansible_collections.alicloud.flannel.tests.contract.cloud_clients import Refused
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY, Cloud

NAMED = {"PolicyType": "Custom", "PolicyName": "p", "UserName": "u"}
Call = t.Callable[..., t.Dict[str, t.Any]]


def document(action: str) -> str:
    return json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})


@pytest.fixture
def call(cloud: Cloud) -> Call:
    """Return a function that calls RAM by name."""

    def send(action: str, key: str = ACCESS_KEY, secret: str = SECRET_KEY, **params: t.Any) -> dict[str, t.Any]:
        request = CommonRequest()
        request.set_domain(cloud.server.url.partition("://")[2])
        request.set_protocol_type("http")
        request.set_version("2015-05-01")
        request.set_action_name(action)
        for name, value in {**NAMED, **params}.items():
            request.add_query_param(name, value)
        try:
            answer: dict[str, t.Any] = json.loads(AcsClient(key, secret, "cn-hangzhou").do_action_with_exception(request))
        except ServerException as exc:
            raise Refused(exc.get_error_code(), exc.get_http_status(), exc.get_error_msg()) from None
        return answer

    return send


@pytest.fixture
def furnished(call: Call) -> Call:
    """Return the function once there are a user and a policy."""
    call("CreatePolicy", PolicyDocument=document("vpc:*"), Description="text")
    call("CreateUser", DisplayName="U", Comments="text")
    return call


def refusal(call: Call, action: str, **params: t.Any) -> tuple[str, int]:
    with pytest.raises(Refused) as caught:
        call(action, **params)
    return caught.value.code, caught.value.status or 0


def test_a_key_may_do_what_the_policies_of_its_user_allow_now(furnished: Call) -> None:
    key = furnished("CreateAccessKey")["AccessKey"]
    own = {"key": key["AccessKeyId"], "secret": key["AccessKeySecret"]}
    assert refusal(furnished, "GetUser", **own) == ("NoPermission", 403)
    furnished("AttachPolicyToUser")
    assert refusal(furnished, "GetUser", **own) == ("NoPermission", 403)
    furnished("CreatePolicyVersion", PolicyDocument=document("ram:Get*"), SetAsDefault="true")
    assert furnished("GetUser", **own)["User"] == {"UserName": "u", "DisplayName": "U", "Comments": "text"}
    furnished("DetachPolicyFromUser")
    assert refusal(furnished, "GetUser", **own) == ("NoPermission", 403)
    furnished("DeleteAccessKey", UserAccessKeyId=key["AccessKeyId"])
    assert refusal(furnished, "GetUser", **own) == ("InvalidAccessKeyId.NotFound", 404)


def test_what_is_in_use_is_not_deleted(furnished: Call) -> None:
    furnished("AttachPolicyToUser")
    key = furnished("CreateAccessKey")["AccessKey"]["AccessKeyId"]
    furnished("CreatePolicyVersion", PolicyDocument=document("ecs:*"))
    assert [one["UserName"] for one in furnished("ListEntitiesForPolicy")["Users"]["User"]] == ["u"]
    assert refusal(furnished, "DeleteUser") == ("DeleteConflict.User.AccessKey", 409)
    furnished("DeleteAccessKey", UserAccessKeyId=key)
    assert refusal(furnished, "DeleteUser") == ("DeleteConflict.User.Policy", 409)
    assert refusal(furnished, "DeletePolicy") == ("DeleteConflict.Policy.User", 409)
    furnished("DetachPolicyFromUser")
    assert refusal(furnished, "DeletePolicy") == ("DeleteConflict.Policy.Version", 409)
    assert refusal(furnished, "DeletePolicyVersion", VersionId="v1") == ("DeleteConflict.Policy.Version.Default", 409)
    furnished("DeletePolicyVersion", VersionId="v2")
    furnished("DeletePolicy")
    furnished("DeleteUser")
    for action in ("GetUser", "GetPolicy"):
        assert refusal(furnished, action) == (f"EntityNotExist.{action[3:]}", 404)


def test_limits(furnished: Call) -> None:
    for _number in range(2):
        furnished("CreateAccessKey")
    assert refusal(furnished, "CreateAccessKey") == ("LimitExceeded.User.AccessKey", 409)
    for _number in range(4):
        furnished("CreatePolicyVersion", PolicyDocument=document("ecs:*"))
    version = {"PolicyDocument": document("ecs:Describe*"), "SetAsDefault": "true"}
    assert refusal(furnished, "CreatePolicyVersion", **version) == ("LimitExceeded.Policy.Version", 409)
    furnished("CreatePolicyVersion", **version, RotateStrategy="DeleteOldestNonDefaultVersionWhenLimitExceeded")
    versions = {one["VersionId"]: one["IsDefaultVersion"] for one in furnished("ListPolicyVersions")["PolicyVersions"]["PolicyVersion"]}
    assert versions == {"v1": False, "v3": False, "v4": False, "v5": False, "v6": True}
    assert furnished("GetPolicy")["DefaultPolicyVersion"]["PolicyDocument"] == version["PolicyDocument"]


@pytest.mark.parametrize(
    ("action", "params", "expected"),
    [
        ("CreateUser", {}, ("EntityAlreadyExists.User", 409)),
        ("CreatePolicy", {"PolicyDocument": document("*")}, ("EntityAlreadyExists.Policy", 409)),
        ("CreatePolicy", {"PolicyName": "q", "PolicyDocument": "{}"}, ("MalformedPolicyDocument", 400)),
        ("CreatePolicy", {"PolicyName": "q", "PolicyDocument": document("x" * 7000)}, ("InvalidParameter.PolicyDocument.Length", 400)),
        ("AttachPolicyToUser", {"PolicyType": "System"}, ("EntityNotExist.Policy", 404)),
        ("DetachPolicyFromUser", {}, ("EntityNotExist.User.Policy", 404)),
        ("DeleteAccessKey", {"UserAccessKeyId": "LTAInone"}, ("EntityNotExist.User.AccessKey", 404)),
        ("GetUser", {"UserName": ""}, ("MissingParameter", 400)),
    ],
)
def test_refusals(furnished: Call, action: str, params: dict[str, str], expected: tuple[str, int]) -> None:
    assert refusal(furnished, action, **params) == expected
