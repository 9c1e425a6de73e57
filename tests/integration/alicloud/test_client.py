# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Alibaba Cloud client against the emulated cloud."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.client import AlicloudClient
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.credentials import Credentials
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.errors import (
    ApiError,
    CredentialsError,
    Forbidden,
    NotFound,
    TaskConflict,
    Throttled,
    UnknownOutcome,
    Unreachable,
)
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.pace import BACKOFF
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError, InvalidInput
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY, TABLE_ID, VPC_ID, Cloud
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError as Refused
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault

READ = ("vpc", "DescribeVpcAttribute", {"VpcId": VPC_ID})
CHECK_OFF = ("ecs", "ModifyNetworkInterfaceAttribute", {"NetworkInterfaceId": "eni-sandbox-n1", "SourceDestCheck": False})
CREATE = ("vpc", "CreateRouteEntry", {"RouteTableId": TABLE_ID, "DestinationCidrBlock": "10.24.1.0/24", "NextHopId": "i-sandbox-n1"})
THROTTLED = Refused("Throttling.User", "Too many.")
BUSY = Refused("IncorrectRouteEntryStatus", "Not now.")
BROKEN = Refused("ServiceUnavailable", "Broken.", 503)


class Time:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.naps: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def client(cloud: Cloud, time: Time) -> AlicloudClient:
    return make_client(cloud, time)


def make_client(
    cloud: Cloud, time: Time, credentials: Credentials | None = None, region: str = "cn-hangzhou", endpoint: str | None = None
) -> AlicloudClient:
    return AlicloudClient(
        region,
        credentials or Credentials(ACCESS_KEY, SECRET_KEY),
        endpoint=endpoint or cloud.server.url,
        retry_seconds=60,
        clock=time.clock,
        sleep=time.sleep,
    )


def test_a_call_is_signed_and_names_its_region(cloud: Cloud, client: AlicloudClient) -> None:
    assert client.call(*READ)["CidrBlock"] == "172.16.0.0/16"
    (call,) = cloud.server.calls
    assert (call.params["RegionId"], call.params["Version"], client.api_calls) == ("cn-hangzhou", "2016-04-28", 1)


def test_the_endpoint_may_name_the_product(cloud: Cloud, time: Time) -> None:
    with pytest.raises(Unreachable, match=r"http://vpc\.invalid:1"):
        make_client(cloud, time, endpoint="http://{product}.invalid:1").call(*READ)


@pytest.mark.parametrize("size", [10, 100])
def test_pages_by_token(cloud: Cloud, client: AlicloudClient, size: int) -> None:
    for number in range(120):
        cloud.state.add_route_entry(TABLE_ID, f"10.24.{number}.0/24", "i-sandbox-n1", name=f"o/{number}")
    query = {"RouteTableId": TABLE_ID, "RouteEntryType": "Custom", "MaxResult": size}
    found = [item["DestinationCidrBlock"] for item in client.pages("vpc", "DescribeRouteEntryList", query)]
    assert sorted(found) == sorted(f"10.24.{number}.0/24" for number in range(120))
    assert client.api_calls == 120 // size + (120 % size > 0)


def test_pages_by_number(cloud: Cloud, client: AlicloudClient) -> None:
    for number in range(1, 120):
        cloud.state.add_vswitch(VPC_ID, f"172.16.{number}.0/24", "cn-hangzhou-a")
    found = list(client.pages("vpc", "DescribeVSwitches", {"VpcId": VPC_ID}, items=("VSwitches", "VSwitch"), token=False))
    assert len({item["VSwitchId"] for item in found}) == len(found) == 120
    assert client.api_calls == 3


def test_an_expired_listing_starts_over(cloud: Cloud, client: AlicloudClient) -> None:
    for number in range(15):
        cloud.state.add_route_entry(TABLE_ID, f"10.24.{number}.0/24", "i-sandbox-n1")
    cloud.server.faults.add(Fault("DescribeRouteEntryList", skip=1, error=Refused("IllegalParam.NextTokenExpired", "Too late.")))
    found = list(client.pages("vpc", "DescribeRouteEntryList", {"RouteTableId": TABLE_ID, "RouteEntryType": "Custom", "MaxResult": 10}))
    assert len(found) == 15
    assert client.api_calls == 4


@pytest.mark.parametrize("refusal", [THROTTLED, BUSY, Refused("TaskConflict", "Busy.")], ids=lambda refusal: refusal.code)
@pytest.mark.parametrize("call", [READ, CHECK_OFF], ids=["read", "write"])
def test_a_call_that_was_not_carried_out_is_repeated(
    cloud: Cloud, client: AlicloudClient, time: Time, call: tuple[str, str, dict[str, t.Any]], refusal: Refused
) -> None:
    cloud.server.faults.add(Fault(call[1], times=7, error=refusal))
    client.call(*call)
    assert client.api_calls == cloud.server.count() == 8
    assert len(time.naps) >= 7
    assert max(time.naps) <= 12.5


@pytest.mark.parametrize(("refusal", "kind"), [(THROTTLED, Throttled), (BUSY, TaskConflict)])
def test_repetition_ends_before_the_deadline(
    cloud: Cloud, client: AlicloudClient, time: Time, refusal: Refused, kind: type[ApiError]
) -> None:
    cloud.server.faults.add(Fault("*", times=None, error=refusal))
    with pytest.raises(kind, match="run again later"):
        client.call(*CHECK_OFF)
    assert 30 < sum(time.naps) <= 60 + BACKOFF.longest  # the distance that a throttled call leaves may come on top
    assert 5 <= cloud.server.writes() <= len(time.naps) + 1


LOST = [
    Fault("*", drop=True, when="before"),
    Fault("*", drop=True, when="after"),
    Fault("*", error=BROKEN),
    Fault("*", error=BROKEN, when="after"),
]
LOST_IDS = ["drop-before", "drop-after", "503-before", "503-after"]


def _again(fault: Fault, times: int | None = 1) -> Fault:
    return Fault(fault.action, times=times, error=fault.error, drop=fault.drop, when=fault.when)


@pytest.mark.parametrize("fault", LOST, ids=LOST_IDS)
def test_a_read_without_answer_is_repeated(cloud: Cloud, client: AlicloudClient, fault: Fault) -> None:
    cloud.server.faults.add(_again(fault, 2))
    assert client.call(*READ)["VpcId"] == VPC_ID
    assert client.api_calls == 3


@pytest.mark.parametrize("fault", LOST, ids=LOST_IDS)
def test_a_read_that_is_never_answered_ends(cloud: Cloud, client: AlicloudClient, fault: Fault) -> None:
    cloud.server.faults.add(_again(fault, None))
    with pytest.raises(Unreachable, match="vpc:DescribeVpcAttribute for vpc-sandbox"):
        client.call(*READ)
    assert client.api_calls == BACKOFF.attempts


def test_the_calls_after_a_throttled_one_keep_their_distance(cloud: Cloud, client: AlicloudClient, time: Time) -> None:
    cloud.server.faults.add(Fault("*", times=3, error=THROTTLED))
    client.call(*READ)
    time.naps.clear()
    for _call in range(6):
        client.call(*READ)
    assert time.naps == [1.0, 0.5, 0.25, 0.125, 0.0625]


@pytest.mark.parametrize("fault", LOST, ids=LOST_IDS)
def test_a_write_without_answer_is_made_once_and_its_outcome_is_unknown(cloud: Cloud, client: AlicloudClient, fault: Fault) -> None:
    cloud.server.faults.add(_again(fault))
    with pytest.raises(UnknownOutcome, match="not known whether ecs:ModifyNetworkInterfaceAttribute for eni-sandbox-n1"):
        client.call(*CHECK_OFF)
    assert cloud.server.writes() == client.api_calls == 1
    assert cloud.state.instances["i-sandbox-n1"].source_dest_check is (fault.when == "before")


@pytest.mark.parametrize("fault", LOST, ids=LOST_IDS)
def test_a_write_with_a_client_token_is_repeated_and_carried_out_once(cloud: Cloud, client: AlicloudClient, fault: Fault) -> None:
    cloud.server.faults.add(_again(fault))
    client.call(CREATE[0], CREATE[1], {**CREATE[2], "ClientToken": "token-1"})
    assert cloud.custom_entries() == {"10.24.1.0/24": "i-sandbox-n1"}
    assert client.api_calls == 2


def test_a_write_that_was_never_sent_is_not_of_unknown_outcome(cloud: Cloud, time: Time) -> None:
    client = make_client(cloud, time, endpoint="http://127.0.0.1:1")
    with pytest.raises(Unreachable, match="refused"):
        client.call(*CHECK_OFF)


@pytest.mark.parametrize(
    ("credentials", "words"),
    [
        (Credentials("LTAIother", SECRET_KEY, source="a test"), "access key ID is unknown.*came from a test"),
        (Credentials(ACCESS_KEY, "wrong", source="a test"), "secret key does not match.*came from a test"),
        (Credentials(ACCESS_KEY, SECRET_KEY, "stray"), "same temporary credentials"),
        (Credentials("STS.old", "old-secret", "old-token"), "has expired"),
        (Credentials("STS.old", "old-secret", "other-token"), "same temporary credentials"),
    ],
)
def test_a_bad_identity_is_refused_with_advice_and_once(cloud: Cloud, time: Time, credentials: Credentials, words: str) -> None:
    cloud.state.add_account("STS.old", "old-secret", security_token="old-token", token_seconds=-1)
    client = make_client(cloud, time, credentials)
    with pytest.raises(CredentialsError, match=words) as caught:
        client.call(*READ)
    assert client.api_calls == 1
    assert not any(secret in str(caught.value) for secret in credentials.secrets)


@pytest.mark.parametrize(("message", "status"), [("no such thing", 400), ("AccessKeyId%3DLTAIsandbox: server string", 403)])
def test_every_way_in_which_a_signature_is_refused_is_understood(cloud: Cloud, client: AlicloudClient, message: str, status: int) -> None:
    cloud.server.faults.add(Fault("*", error=Refused("SignatureDoesNotMatch", message, status)))
    with pytest.raises(CredentialsError, match="secret key"):
        client.call(*READ)


def test_a_temporary_identity_works(cloud: Cloud, time: Time) -> None:
    cloud.state.add_account("STS.new", "new-secret", security_token="new-token", token_seconds=60)
    client = make_client(cloud, time, Credentials("STS.new", "new-secret", "new-token"))
    assert client.call(*READ)["VpcId"] == VPC_ID


def test_a_role_can_be_assumed(cloud: Cloud, client: AlicloudClient, time: Time) -> None:
    arn = "acs:ram::1000000000000000:role/routes"
    cloud.state.roles[arn] = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "vpc:*", "Resource": "*"}]}
    assumed = client.assume_role(arn)
    assert arn in assumed.source
    as_role = make_client(cloud, time, assumed)
    assert as_role.call(*READ)["VpcId"] == VPC_ID
    with pytest.raises(Forbidden):
        as_role.call(*CHECK_OFF)


def test_a_missing_right_is_named(cloud: Cloud, time: Time) -> None:
    cloud.state.add_account("LTAIpoor", "poor-secret", {"Version": "1", "Statement": []})
    client = make_client(cloud, time, Credentials("LTAIpoor", "poor-secret"))
    with pytest.raises(Forbidden, match="lacks the permission vpc:DescribeVpcAttribute"):
        client.call(*READ)
    assert client.api_calls == 1


@pytest.mark.parametrize("region", ["cn-beijing", "xx-nowhere-1"])
def test_a_wrong_region_is_named(cloud: Cloud, time: Time, region: str) -> None:
    with pytest.raises(NotFound, match=f"{region}.*region"):
        make_client(cloud, time, region=region).call(*READ)


@pytest.mark.parametrize(
    ("action", "params"),
    [("DescribeVpcAttribute", {"VpcId": "vpc-none"}), ("DescribeRouteEntryList", {"RouteTableId": "vtb-none", "MaxResult": 100})],
)
def test_something_unknown_is_named(client: AlicloudClient, action: str, params: dict[str, t.Any]) -> None:
    with pytest.raises(NotFound, match=r"none.*Check the ID, the region"):
        client.call("vpc", action, params)


@pytest.mark.parametrize("region", ["", "cn hangzhou", "cn-hangzhou.example.com/"])
def test_a_region_that_is_none_is_refused(region: str) -> None:
    with pytest.raises(InvalidInput, match="not the ID of a region"):
        AlicloudClient(region, Credentials(ACCESS_KEY, SECRET_KEY))


def test_an_action_that_the_installed_sdk_does_not_have_names_the_version_to_install(client: AlicloudClient) -> None:
    with pytest.raises(CollectionError, match="aliyun-python-sdk-vpc >="):
        client.call("vpc", "DescribeNothing", {})
