# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.ecs.inventory import Query, choose, parse_query, plan_hosts
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError, InvalidInput
from hypothesis import given
from hypothesis import strategies as st

OPTIONS: dict[str, t.Any] = {
    **dict.fromkeys(("region", "vpc_id", "tags", "profile", "ram_role_arn", "endpoint")),
    "regions": [],
    "statuses": ["Running"],
}


def instance(number: int = 1, **fields: t.Any) -> dict[str, t.Any]:
    return {
        "instance_id": f"i-{number}",
        "name": f"n{number}",
        "status": "Running",
        "region": "cn-hangzhou",
        "primary_ip": f"172.16.0.{number}",
        "public_ips": [],
        "eip": None,
        "tags": {},
        **fields,
    }


REGIONS: list[tuple[dict[str, t.Any], dict[str, str], tuple[str, ...]]] = [
    ({"regions": ["b", "a", "b"]}, {"ALIBABA_CLOUD_REGION": "c"}, ("b", "a")),
    ({"region": "a"}, {"ALIBABA_CLOUD_REGION": "c"}, ("a",)),
    ({}, {"ALIYUN_REGION_ID": "d", "ALICLOUD_REGION": "c"}, ("c",)),
    ({"regions": ["a", "a"], "vpc_id": "vpc-1"}, {}, ("a",)),
]


@pytest.mark.parametrize(("options", "environment", "regions"), REGIONS)
def test_regions(options: dict[str, t.Any], environment: dict[str, str], regions: tuple[str, ...]) -> None:
    assert parse_query({**OPTIONS, **options}, environment).regions == regions


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "No region is given"),
        ({"regions": ["a"], "region": "b"}, "leave one out"),
        ({"regions": ["a", "b"], "vpc_id": "vpc-1"}, "a VPC is in one region"),
    ],
)
def test_queries_that_ask_for_nothing_possible(options: dict[str, t.Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        parse_query({**OPTIONS, **options}, {})


def query(**options: t.Any) -> Query:
    return parse_query({**OPTIONS, "regions": ["cn-hangzhou"], **options}, {})


CHOSEN: list[tuple[dict[str, t.Any], dict[str, t.Any], bool]] = [
    ({}, {}, True),
    ({}, {"status": "Stopped"}, False),
    ({"statuses": ["Stopped", "Running"]}, {"status": "Stopped"}, True),
    ({"tags": {"a": 1}}, {"tags": {"a": "1", "b": "2"}}, True),
    ({"tags": {"a": 1, "b": 1}}, {"tags": {"a": "1"}}, False),
    ({"tags": {"a": None}}, {"tags": {"a": ""}}, True),
    ({"tags": {"a": ""}}, {"tags": {}}, False),
]


@pytest.mark.parametrize(("options", "fields", "chosen"), CHOSEN)
def test_instances_are_chosen_by_status_and_tags(options: dict[str, t.Any], fields: dict[str, t.Any], chosen: bool) -> None:
    one = instance(**fields)
    assert choose(query(**options), [one], allow_empty=True) == ([one] if chosen else [])


def test_no_instance_is_an_error_unless_it_is_expected() -> None:
    asked = query(vpc_id="vpc-1", tags={"a": "1"})
    with pytest.raises(CollectionError, match=r"in cn-hangzhou, vpc-1, with the status Running and a=1; 2 were listed"):
        choose(asked, [instance(1), instance(2)], allow_empty=False)
    assert choose(asked, [], allow_empty=True) == []


def test_a_host_has_what_the_playbooks_need() -> None:
    one = instance(eip="203.0.113.9", public_ips=["203.0.113.8"])
    (private,) = plan_hosts([one], ["name"], "private")
    assert (private.name, private.variables) == (
        "n1",
        {"ansible_host": "172.16.0.1", "flannel_address": "172.16.0.1", "alicloud_instance_id": "i-1", "ali_ecs": one},
    )
    (public,) = plan_hosts([one], ["name"], "public")
    assert public.variables == {**private.variables, "ansible_host": "203.0.113.9"}
    assert plan_hosts([{**one, "eip": None}], ["name"], "public")[0].variables["ansible_host"] == "203.0.113.8"


NAMES = [
    (["name"], {}, "n1"),
    (["instance_id", "name"], {}, "i-1"),
    (["private_ip"], {}, "172.16.0.1"),
    (["tag:hostname", "name"], {}, "n1"),
    (["tag:hostname", "name"], {"tags": {"hostname": "web-1.example"}}, "web-1.example"),
    (["name", "instance_id"], {"name": ""}, "i-1"),
    (["name"], {"name": "节点1"}, "节点1"),
]


@pytest.mark.parametrize(("preferences", "fields", "name"), NAMES)
def test_hosts_are_named_by_preference(preferences: list[str], fields: dict[str, t.Any], name: str) -> None:
    assert [host.name for host in plan_hosts([instance(**fields)], preferences, "private")] == [name]


REFUSED = [
    ([instance(1), instance(2, name="n1")], ["name"], "private", r"host 'n1': i-1 .* and i-2 "),
    ([instance(primary_ip=None)], ["name"], "private", "i-1 .*no primary private address"),
    ([instance()], ["name"], "public", "i-1 .*no public address"),
    ([instance(name="")], ["name"], "private", "i-1 .*none of what hostnames asks for"),
    ([instance(name="localhost")], ["name"], "private", "i-1 .*can't be a host named 'localhost'"),
    ([instance(name="{{ x }}")], ["name"], "private", "i-1 .*can't be a host named"),
    ([instance(name="a,b")], ["name"], "private", "i-1 .*can't be a host named"),
    ([instance(name="n1\n")], ["name"], "private", "i-1 .*can't be a host named"),
    ([], ["mac"], "private", "'mac'; possible are"),
    ([], ["tag:"], "private", "'tag:'; possible are"),
    ([], [], "private", "hostnames is empty"),
]


@pytest.mark.parametrize(("instances", "preferences", "address", "words"), REFUSED)
def test_a_host_in_doubt_refuses_the_whole_inventory(
    instances: list[dict[str, t.Any]], preferences: list[str], address: str, words: str
) -> None:
    with pytest.raises(CollectionError, match=words):
        plan_hosts([*instances, instance(9)], preferences, address)


@given(st.lists(st.integers(1, 250), unique=True))
def test_every_instance_is_one_host_in_the_order_of_names(numbers: list[int]) -> None:
    hosts = plan_hosts([instance(number) for number in numbers], ["name"], "private")
    assert [host.name for host in hosts] == sorted(f"n{number}" for number in numbers)


def test_a_cached_answer_is_used_for_the_same_query_only() -> None:
    record = json.loads(json.dumps(query(tags={"a": "1"}).record([instance()])))
    assert query(tags={"a": "1"}).recall(record) == [instance()]
    for other in (query(), query(tags={"a": "1"}, profile="p"), query(tags={"a": "1"}, regions=["cn-beijing"])):
        assert other.recall(record) is None


@pytest.mark.parametrize("instances", [[], None, "text", {"a": 1}, [instance(), "text"], [{"instance_id": "i-1"}]])
def test_a_cached_answer_that_is_empty_or_broken_is_not_used(instances: t.Any) -> None:
    assert query().recall({**query().record([]), "instances": instances}) is None


@pytest.mark.parametrize("record", [None, "text", [], {}])
def test_a_cache_without_an_answer_is_not_used(record: t.Any) -> None:
    assert query().recall(record) is None
