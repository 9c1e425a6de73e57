# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shipped RAM policy: enough for the main job, nothing in it unused, and each missing right is named by what needs it."""

from __future__ import annotations

import contextlib
import json
import re
import types
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.ecs.source_dest_check import SourceDestCheck
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError
from ansible_collections.alicloud.flannel.plugins.module_utils._core.runner import converge
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.plan import WRITES
from ansible_collections.alicloud.flannel.plugins.module_utils._routes.resource import read_routes
from ansible_collections.alicloud.flannel.plugins.modules import ali_instance_info, ali_vpc_route_info
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import (
    ACCESS_KEY,
    RAM_POLICY,
    SECRET_KEY,
    TABLE_ID,
    VPC_ID,
    build_state,
)
from ansible_collections.alicloud.flannel.tests.integration.routes.route_fixtures import Region, node_routes, serve
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.config import cloud_config
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.world import plan_world

DOCUMENT = PROJECT / "docs" / "ram.md"
QUOTA = "quotas:GetProductQuota"
GROUPS = "ecs:DescribeSecurityGroupAttribute"
COURTESIES = (QUOTA, GROUPS)
NODES = ["i-sandbox-n1", "i-sandbox-n2", "i-sandbox-n3"]

Policy = t.Dict[str, t.Any]
# A failure, if there was one, and the destinations and instances that were changed.
Told = t.Tuple[t.Optional[str], t.Set[str]]
Job = t.Callable[[Region], Told]


def actions_of(statement: t.Mapping[str, t.Any]) -> list[str]:
    listed = statement["Action"]
    return [listed] if isinstance(listed, str) else list(listed)


RIGHTS = sorted(action for statement in RAM_POLICY["Statement"] for action in actions_of(statement))


def without(right: str) -> Policy:
    statements = [{**one, "Action": [action for action in actions_of(one) if action != right]} for one in RAM_POLICY["Statement"]]
    return {**RAM_POLICY, "Statement": statements}


@contextlib.contextmanager
def region_with(policy: Policy) -> t.Iterator[Region]:
    """Serve a region in which one route is missing, one leads to another node, and one is to be deleted."""
    state = build_state(policy, settle_seconds=0.0)
    for destination, hop, name in (
        ("10.24.1.0/24", "i-sandbox-n1", "k1/n1"),
        ("10.24.2.0/24", "i-sandbox-n3", "k1/n2"),
        ("10.24.9.0/24", "i-sandbox-n3", "k1/n9"),
    ):
        state.put_entry(TABLE_ID, destination, hop, name=name)
    with contextlib.contextmanager(serve)(state) as region:
        yield region


def converge_routes(region: Region) -> Told:
    outcome = region.converge(node_routes(3), purge=True, max_disruption="100%")
    return outcome.problem, written(outcome.returns["results"])


def written(results: t.Iterable[t.Mapping[str, t.Any]]) -> set[str]:
    return {result["destination"] for result in results if result["state"] in WRITES}


def turn_the_checks_off(region: Region) -> Told:
    outcome = converge(SourceDestCheck(region.client(), NODES, VPC_ID, enabled=False), check_mode=False)
    return outcome.problem, {node for node in NODES if outcome.before[node] != outcome.after[node]}


def read_the_tables(region: Region) -> Told:
    read_routes(asked(region, ali_vpc_route_info.argument_spec()))
    return None, set()


def read_the_nodes(region: Region) -> Told:
    desired = {"private_ips": ["172.16.0.11", "172.16.0.12"], "security_groups": True}
    found = ali_instance_info.read(asked(region, ali_instance_info.argument_spec(), **desired))
    assert [(one["instance_id"], one["source_dest_check"]) for one in found["instances"]] == [(node, True) for node in NODES[:2]]
    return None, set()


def asked(region: Region, spec: t.Mapping[str, t.Any], **options: t.Any) -> t.Any:
    """Return what the code of a module needs of an AnsibleModule."""
    identity = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "region": region.state.region, "endpoint": region.server.url}
    defaults = {name: option.get("default") for name, option in spec.items()}
    return types.SimpleNamespace(params={**defaults, **identity, "vpc_id": VPC_ID, **options}, no_log_values=set())


JOBS: tuple[Job, ...] = (converge_routes, turn_the_checks_off, read_the_tables, read_the_nodes)


def told_by(job: Job, region: Region) -> Told:
    """Run the job and return what its user hears."""
    try:
        return job(region)
    except CollectionError as exc:
        return str(exc), written(exc.details.get("results") or ())


def world(region: Region) -> dict[str, t.Any]:
    return {**region.routes(), **{name: one.source_dest_check for name, one in region.state.instances.items()}}


def changed_by(before: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any]) -> set[str]:
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


@pytest.fixture(scope="module")
def used() -> dict[Job, set[str]]:
    """Return the rights that each job uses, by running it with all of them."""
    found = {}
    for job in JOBS:
        with region_with(RAM_POLICY) as region:
            assert told_by(job, region)[0] is None
            found[job] = {f"{call.product.lower()}:{call.action}" for call in region.server.calls}
    return found


def test_every_right_is_used_and_no_other_call_is_made(used: dict[Job, set[str]]) -> None:
    assert sorted(set().union(*used.values())) == RIGHTS


@pytest.mark.parametrize("right", [right for right in RIGHTS if right not in COURTESIES])
def test_a_missing_right_is_named_by_every_job_that_needs_it(used: dict[Job, set[str]], right: str) -> None:
    needing = [job for job in JOBS if right in used[job]]
    assert needing
    for job in needing:
        with region_with(without(right)) as region:
            before = world(region)
            message, claimed = told_by(job, region)
            assert set(re.findall(r"\b(?:vpc|ecs|quotas):[A-Z]\w+", message or "")) == {right}, message
            assert "docs/ram-policy.json" in (message or "")
            assert claimed == changed_by(before, world(region))


def test_the_right_to_ask_for_the_quota_may_be_missing() -> None:
    with region_with(without(QUOTA)) as region:
        assert told_by(converge_routes, region) == (None, {"10.24.2.0/24", "10.24.3.0/24", "10.24.9.0/24"})
        assert told_by(read_the_tables, region)[0] is None


@pytest.mark.parametrize(("policy", "known"), [(RAM_POLICY, True), (without(GROUPS), False)], ids=["with", "without"])
def test_the_right_to_look_into_security_groups_may_be_missing(policy: Policy, known: bool) -> None:
    with region_with(policy) as region:
        found = ali_instance_info.read(asked(region, ali_instance_info.argument_spec(), private_ips=["172.16.0.11"], security_groups=True))
        assert [group["rules"] is not None for group in found["security_groups"]] == [known]


def test_a_plan_refused_by_the_assumed_quota_names_the_right_to_ask() -> None:
    many = [{"destination": f"10.24.{n}.0/24", "next_hop_id": "i-sandbox-n1", "name": f"n{n}"} for n in range(201)]
    with region_with(without(QUOTA)) as region:
        region.state.route_quota = 1000
        message, claimed = told_by(lambda here: (here.converge(many, max_disruption="100%").problem, set()), region)
        assert message is not None
        assert QUOTA in message
        assert (claimed, region.server.writes()) == (set(), 0)


def narrowed(table_id: str) -> Policy:
    """Return the policy with the statement that the documentation shows, for this table."""
    (example,) = re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    statement = json.loads(example.replace("vtb-bp1example", table_id))
    others = [one for one in RAM_POLICY["Statement"] if one["Resource"] != "acs:vpc:*:*:routetable/*"]
    assert len(others) == len(RAM_POLICY["Statement"]) - 1
    return {**RAM_POLICY, "Statement": [*others, statement]}


def test_the_writes_can_be_narrowed_to_one_table() -> None:
    with region_with(narrowed(TABLE_ID)) as region:
        assert told_by(converge_routes, region) == (None, {"10.24.2.0/24", "10.24.3.0/24", "10.24.9.0/24"})


def test_a_table_outside_the_narrowed_policy_is_left_alone() -> None:
    with region_with(narrowed("vtb-other")) as region:
        before = world(region)
        message, claimed = told_by(converge_routes, region)
        assert "lacks the permission vpc:" in (message or "")
        assert (claimed, world(region)) == (set(), before)


def test_the_sandbox_has_this_policy() -> None:
    assert [account["policy"] for account in cloud_config(plan_world(), "key", "secret")["accounts"]] == [RAM_POLICY]
