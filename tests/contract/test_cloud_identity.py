# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do what: signatures, temporary credentials, RAM policies."""

from __future__ import annotations

import json
import typing as t
from urllib.parse import urlencode

import pytest
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from ansible_collections.alicloud.flannel.tests.contract.cloud_clients import OldSdk, Refused
from ansible_collections.alicloud.flannel.tests.contract.cloud_http import fetch, get, signed
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY, TABLE_ID, Cloud

REGION = {"RegionId": "cn-hangzhou"}
ROUTE = {"RouteTableId": TABLE_ID, "DstCidrBlock": "10.24.1.0/24", "NextHop": "i-sandbox-n1", "NextHopType": "Instance"}
Sdk = t.Type[t.Any]


def refusal(client: t.Any, product: str, action: str, params: t.Mapping[str, t.Any]) -> tuple[str, int]:
    with pytest.raises(Refused) as caught:
        client.call(product, action, params)
    return caught.value.code, caught.value.status or 0


def allow(*actions: str, resource: t.Any = "*", effect: str = "Allow") -> dict[str, t.Any]:
    return {"Version": "1", "Statement": [{"Effect": effect, "Action": list(actions), "Resource": resource}]}


def test_a_wrong_secret_is_refused(cloud: Cloud, sdk: Sdk) -> None:
    code, status = refusal(sdk(cloud.server.url, ACCESS_KEY, "wrong"), "vpc", "DescribeVpcs", REGION)
    # The older SDK sees that only the secret can be the reason, and says so.
    assert (code, status) == ("InvalidAccessKeySecret" if sdk is OldSdk else "SignatureDoesNotMatch", 400)


def test_an_unknown_key_is_refused(cloud: Cloud, sdk: Sdk) -> None:
    assert refusal(sdk(cloud.server.url, "nobody", SECRET_KEY), "vpc", "DescribeVpcs", REGION) == ("InvalidAccessKeyId.NotFound", 404)


def test_a_changed_parameter_breaks_the_signature(cloud: Cloud) -> None:
    params = signed("GET", {"Action": "DescribeVpcs", "Version": "2016-04-28", "VpcId": "vpc-sandbox"})
    status, body = fetch(f"{cloud.server.url}/?{urlencode({**params, 'VpcId': 'vpc-other'})}")
    assert (status, json.loads(body)["Code"]) == (400, "SignatureDoesNotMatch")


@pytest.mark.parametrize("missing", ["AccessKeyId", "Signature", "SignatureNonce", "Timestamp", "Action"])
def test_an_incomplete_request_is_refused(cloud: Cloud, missing: str) -> None:
    params = signed("GET", {"Action": "DescribeVpcs", "Version": "2016-04-28"})
    status, body = fetch(f"{cloud.server.url}/?{urlencode({k: v for k, v in params.items() if k != missing})}")
    assert (status, json.loads(body)["Code"]) == (400, "MissingParameter")


@pytest.mark.parametrize("in_body", ["none", "some", "all"])
def test_parameters_may_come_in_query_and_form(cloud: Cloud, in_body: str) -> None:
    params = signed("POST", {"Action": "DescribeVpcs", "Version": "2016-04-28", "VpcName": "a b*ä/~+", "SignatureType": ""})
    chosen = {"none": {}, "some": {"VpcName"}, "all": set(params)}[in_body]
    query = urlencode({name: value for name, value in params.items() if name not in chosen})
    form = urlencode({name: value for name, value in params.items() if name in chosen}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    status, body = fetch(f"{cloud.server.url}/?{query}", "POST", form, headers)
    assert (status, json.loads(body)["TotalCount"]) == (200, 1)


def test_an_error_body_has_all_fields(cloud: Cloud) -> None:
    status, body = get(cloud.server.url, "DescribeVpcs", secret_key="wrong")
    assert status == 400
    assert body.keys() == {"RequestId", "HostId", "Code", "Message", "Recommend"}


TOKENS = [
    ("token", 3600.0, "token", None),
    ("token", None, "token", None),
    ("token", 0.0, "token", "InvalidSecurityToken.Expired"),
    ("token", 3600.0, "other", "InvalidSecurityToken.MismatchWithAccessKey"),
    ("token", 3600.0, None, "InvalidAccessKeyId.NotFound"),
    (None, None, "token", "InvalidSecurityToken.MismatchWithAccessKey"),
]


@pytest.mark.parametrize(("issued", "seconds", "sent", "code"), TOKENS)
def test_security_tokens(cloud: Cloud, sdk: Sdk, issued: str | None, seconds: float | None, sent: str | None, code: str | None) -> None:
    cloud.state.add_account("STS.key", "sts-secret", security_token=issued, token_seconds=seconds)
    client = sdk(cloud.server.url, "STS.key", "sts-secret", sent)
    if code is None:
        assert client.call("vpc", "DescribeVpcs", REGION)["TotalCount"] == 1
    else:
        assert refusal(client, "vpc", "DescribeVpcs", REGION)[0] == code


def client_with(cloud: Cloud, sdk: Sdk, policy: t.Mapping[str, t.Any]) -> t.Any:
    cloud.state.add_account("limited", "limited-secret", policy)
    return sdk(cloud.server.url, "limited", "limited-secret")


def test_a_write_without_a_right_is_refused_by_name(cloud: Cloud, sdk: Sdk) -> None:
    client = client_with(cloud, sdk, allow("vpc:Describe*"))
    with pytest.raises(Refused) as caught:
        client.call("vpc", "CreateRouteEntries", {**REGION, "RouteEntries": [ROUTE]})
    assert (caught.value.code, caught.value.status) == ("Forbidden.RAM", 403)
    assert "vpc:CreateRouteEntries" in caught.value.message
    assert cloud.custom_entries() == {}
    assert client.call("vpc", "DescribeVpcs", REGION)["TotalCount"] == 1


POLICIES = [
    (allow("*"), True),
    (allow("vpc:*"), True),
    (allow("vpc:CreateRouteEntries", resource=f"acs:vpc:cn-hangzhou:*:routetable/{TABLE_ID}"), True),
    (allow("vpc:CreateRouteEntries", resource=["acs:vpc:*:*:routetable/vtb-other"]), False),
    (allow("vpc:CreateRouteEntry"), False),
    (allow("ecs:*"), False),
    (allow(), False),
    ({"Version": "1", "Statement": [*allow("*")["Statement"], *allow("vpc:Create*", effect="Deny")["Statement"]]}, False),
]


@pytest.mark.parametrize(("policy", "allowed"), POLICIES)
def test_policies(cloud: Cloud, policy: t.Mapping[str, t.Any], allowed: bool) -> None:
    client = client_with(cloud, OldSdk, policy)
    try:
        client.call("vpc", "CreateRouteEntries", {**REGION, "RouteEntries": [ROUTE]})
    except Refused as exc:
        assert (exc.code, allowed) == ("Forbidden.RAM", False)
    else:
        assert allowed


def test_instances_are_an_empty_list_without_the_right(cloud: Cloud, sdk: Sdk) -> None:
    client = client_with(cloud, sdk, allow("vpc:*"))
    assert client.call("ecs", "DescribeInstances", REGION)["TotalCount"] == 0
    assert client.call("ecs", "DescribeNetworkInterfaces", {**REGION, "DryRun": True})["TotalCount"] == 0  # which has no such parameter
    assert refusal(client, "ecs", "DescribeInstances", {**REGION, "DryRun": True}) == ("Forbidden.RAM", 403)
    permitted = sdk(cloud.server.url, ACCESS_KEY, SECRET_KEY)
    assert refusal(permitted, "ecs", "DescribeInstances", {**REGION, "DryRun": True}) == ("DryRunOperation", 400)


def common_request(cloud: Cloud, product: str, version: str, action: str, **params: str) -> dict[str, t.Any]:
    request = CommonRequest()
    request.set_domain(cloud.server.url.partition("://")[2])
    request.set_protocol_type("http")
    request.set_product(product)
    request.set_version(version)
    request.set_action_name(action)
    for name, value in params.items():
        request.add_query_param(name, value)
    answer: dict[str, t.Any] = json.loads(AcsClient(ACCESS_KEY, SECRET_KEY, "cn-hangzhou").do_action_with_exception(request))
    return answer


def test_the_quota_can_be_asked(cloud: Cloud) -> None:
    cloud.state.route_quota = 77
    names = {"ProductCode": "vpc", "QuotaActionCode": "vpc_quota_route_entrys_num"}
    assert common_request(cloud, "quotas", "2020-05-10", "GetProductQuota", **names)["Quota"]["TotalQuota"] == 77


def test_a_role_can_be_assumed(cloud: Cloud, sdk: Sdk) -> None:
    arn = "acs:ram::1000000000000000:role/routes"
    cloud.state.roles[arn] = allow("vpc:Describe*")
    named = {"RoleArn": arn, "RoleSessionName": "test", "RegionId": "cn-beijing"}
    credentials = common_request(cloud, "Sts", "2015-04-01", "AssumeRole", **named)["Credentials"]
    client = sdk(cloud.server.url, credentials["AccessKeyId"], credentials["AccessKeySecret"], credentials["SecurityToken"])
    assert client.call("vpc", "DescribeVpcs", REGION)["TotalCount"] == 1
    assert refusal(client, "vpc", "CreateRouteEntries", {**REGION, "RouteEntries": [ROUTE]})[0] == "Forbidden.RAM"
