# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a signed HTTP request to an action and its reply."""

from __future__ import annotations

import typing as t
import uuid
from dataclasses import dataclass

from ansible_collections.alicloud.flannel.tests.sandbox.cloud import (
    ecs,
    ecs_groups,
    ecs_instances,
    ecs_keys,
    ecs_legacy,
    ecs_tags,
    quotas,
    ram,
    sts,
    vpc_objects,
    vpc_reads,
    vpc_tables,
    vpc_tags,
    vpc_writes,
)
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError, dry_run, forbidden, missing
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Account
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.policy import is_allowed, resource_name
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.signature import HttpRequest, authenticate
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.tokens import once

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Faults

Reply = t.Dict[str, t.Any]
PRODUCTS = {"2016-04-28": "Vpc", "2014-05-26": "Ecs", "2020-05-10": "Quotas", "2015-04-01": "Sts", "2015-05-01": "Ram"}
NOBODY = Account("", "")
REGION_PREFIXES = ("cn-", "ap-", "us-", "eu-", "me-", "na-")


@dataclass(frozen=True)
class Action:
    """A handler, the resources that its caller needs a right to, and what a caller without it sees.

    ``empty`` replaces the refusal: some ECS queries answer such a caller with an empty list. ``dry_run`` is for the one
    of them that says by a dry run whether the right is there.
    """

    handler: t.Callable[[ApiRequest], Reply]
    resources: t.Callable[[ApiRequest], t.Iterable[str]]
    empty: t.Mapping[str, t.Any] | None = None
    dry_run: bool = False
    unsigned: bool = False


def _all_of(kind: str) -> t.Callable[[ApiRequest], t.Iterable[str]]:
    return lambda request: [f"{kind}/*"]


def _one(kind: str, parameter: str) -> t.Callable[[ApiRequest], t.Iterable[str]]:
    return lambda request: [f"{kind}/{request.get(parameter) or '*'}"]


def _tagged(request: ApiRequest) -> t.Iterable[str]:
    kind = (request.get("ResourceType") or "*").lower()
    return [f"{kind}/{object_id}" for object_id in request.strings("ResourceId")]


def _family(kind: str, handlers: t.Mapping[str, t.Callable[[ApiRequest], Reply]]) -> dict[str, Action]:
    return {name: Action(handler, _all_of(kind)) for name, handler in handlers.items()}


def _named_tables(request: ApiRequest) -> t.Iterable[str]:
    """Return the tables of a route call; an entry that is named by its id alone belongs to one, too."""
    ids = {record.get("RouteTableId", "*") for record in request.records("RouteEntries")}
    if not ids:
        entry = request.state.entries.get(request.params.get("RouteEntryId", ""))
        ids = {request.get("RouteTableId") or (entry.table_id if entry else "*")}
    return [f"routetable/{table_id}" for table_id in sorted(ids)]


def _named_interface(request: ApiRequest) -> t.Iterable[str]:
    return [f"eni/{request.get('NetworkInterfaceId') or '*'}"]


ROUTE_ACTIONS = {
    "CreateRouteEntry": Action(vpc_writes.create_route_entry, _named_tables),
    "DeleteRouteEntry": Action(vpc_writes.delete_route_entry, _named_tables),
}
VPC_OBJECT_ACTIONS = {
    "DescribeVSwitchAttributes": Action(vpc_reads.describe_vswitch_attributes, _one("vswitch", "VSwitchId")),
    "DescribeZones": Action(vpc_reads.describe_zones, _all_of("zone")),
    "CreateVpc": Action(once(vpc_objects.create_vpc), _all_of("vpc")),
    "DeleteVpc": Action(once(vpc_objects.delete_vpc), _one("vpc", "VpcId")),
    "ModifyVpcAttribute": Action(vpc_objects.modify_vpc_attribute, _one("vpc", "VpcId")),
    "AssociateVpcCidrBlock": Action(vpc_objects.associate_vpc_cidr_block, _one("vpc", "VpcId")),
    "UnassociateVpcCidrBlock": Action(vpc_objects.unassociate_vpc_cidr_block, _one("vpc", "VpcId")),
    "CreateVSwitch": Action(once(vpc_objects.create_vswitch), _all_of("vswitch")),
    "DeleteVSwitch": Action(vpc_objects.delete_vswitch, _one("vswitch", "VSwitchId")),
    "ModifyVSwitchAttribute": Action(vpc_objects.modify_vswitch_attribute, _one("vswitch", "VSwitchId")),
    "CreateRouteTable": Action(once(vpc_tables.create_route_table), _all_of("routetable")),
    "DeleteRouteTable": Action(vpc_tables.delete_route_table, _one("routetable", "RouteTableId")),
    "ModifyRouteTableAttributes": Action(vpc_tables.modify_route_table_attributes, _one("routetable", "RouteTableId")),
    "AssociateRouteTable": Action(once(vpc_tables.associate_route_table), _one("vswitch", "VSwitchId")),
    "UnassociateRouteTable": Action(once(vpc_tables.unassociate_route_table), _one("vswitch", "VSwitchId")),
    "TagResources": Action(vpc_tags.tag_resources, _tagged),
    "UnTagResources": Action(vpc_tags.untag_resources, _tagged),
    "ListTagResources": Action(vpc_tags.list_tag_resources, _tagged),
}
ACTIONS: dict[str, dict[str, Action]] = {
    "Vpc": {
        **ROUTE_ACTIONS,
        "CreateRouteEntries": Action(vpc_writes.create_route_entries, _named_tables),
        "DeleteRouteEntries": Action(vpc_writes.delete_route_entries, _named_tables),
        "ModifyRouteEntry": Action(vpc_writes.modify_route_entry, _named_tables),
        "DescribeRouteEntryList": Action(vpc_reads.describe_route_entry_list, _named_tables),
        "DescribeRouteTableList": Action(vpc_reads.describe_route_table_list, _all_of("routetable")),
        "DescribeVSwitches": Action(vpc_reads.describe_vswitches, _all_of("vswitch")),
        "DescribeVpcAttribute": Action(vpc_reads.describe_vpc_attribute, _all_of("vpc")),
        "DescribeVpcs": Action(vpc_reads.describe_vpcs, _all_of("vpc")),
        **VPC_OBJECT_ACTIONS,
    },
    "Ecs": {
        **ROUTE_ACTIONS,
        "DescribeVpcs": Action(ecs_legacy.describe_vpcs, _all_of("vpc")),
        "DescribeVRouters": Action(ecs_legacy.describe_vrouters, _all_of("vrouter")),
        "DescribeRouteTables": Action(ecs_legacy.describe_route_tables, _all_of("routetable")),
        "DescribeInstances": Action(
            ecs.describe_instances, _all_of("instance"), {"Instances": {"Instance": []}, "NextToken": "", "TotalCount": 0}, dry_run=True
        ),
        "DescribeNetworkInterfaces": Action(
            ecs.describe_network_interfaces,
            _all_of("eni"),
            {"NetworkInterfaceSets": {"NetworkInterfaceSet": []}, "NextToken": "", "TotalCount": 0},
        ),
        "ModifyNetworkInterfaceAttribute": Action(ecs.modify_network_interface_attribute, _named_interface),
        **_family("securitygroup", ecs_groups.ACTIONS),
        **_family("keypair", ecs_keys.ACTIONS),
        **_family("instance", ecs_instances.ACTIONS),
        **_family("*", ecs_tags.ACTIONS),
    },
    "Quotas": {"GetProductQuota": Action(quotas.get_product_quota, _all_of("quota"))},
    "Sts": {
        "AssumeRole": Action(sts.assume_role, _all_of("role")),
        "AssumeRoleWithOIDC": Action(sts.assume_role_with_oidc, _all_of("role"), unsigned=True),
    },
    "Ram": {name: Action(handler, ram.resources) for name, handler in ram.ACTIONS.items()},
}


class Api:
    """The actions over one region's state."""

    def __init__(self, state: CloudState, faults: Faults) -> None:
        self._state = state
        self._faults = faults

    def name_of(self, http: HttpRequest) -> tuple[str, str]:
        """Return product and action, without trusting either."""
        params = {**http.query, **http.form}
        version = http.headers.get("x-acs-version") or params.get("Version", "")
        return PRODUCTS.get(version, version), http.headers.get("x-acs-action") or params.get("Action", "")

    def answer(self, http: HttpRequest) -> Reply:
        """Carry the request out."""
        product, name = self.name_of(http)
        if not name:
            raise missing("Action")
        action = ACTIONS.get(product, {}).get(name)
        if action is None:
            raise ApiError("InvalidAction.NotFound", f"{product} has no action {name} here.", 404)
        account = NOBODY if action.unsigned else authenticate(http, self._state.accounts, self._state.clock())
        self._state.settling.settle()
        params = {**http.query, **http.form}
        # Roles, users and accounts belong to no region.
        state = self._state if product in ("Sts", "Ram") else self._region(params.get("RegionId"))
        request = ApiRequest(name, product, params, account, state)
        reply = self._faults.carry_out(self._state, request, lambda: _perform(action, request))
        self._state.settling.settle()
        return reply

    def _region(self, region: str | None) -> CloudState:
        """Return the state of the region that is asked for; all but ours are empty."""
        if region in (None, "", self._state.region):
            return self._state
        if not region.startswith(REGION_PREFIXES):
            raise ApiError("InvalidRegionId.NotFound", "There is no such region.", 404)
        return CloudState(region)


def _perform(action: Action, request: ApiRequest) -> Reply:
    with request.state.lock:
        denied = _denied_resource(action, request)
        is_dry_run = action.dry_run and request.flag("DryRun")
        if denied and (action.empty is None or is_dry_run):
            raise forbidden(f"{request.product.lower()}:{request.action}", denied)
        if denied:
            return dict(action.empty or {})
        if is_dry_run:
            raise dry_run()
        return action.handler(request)


def _denied_resource(action: Action, request: ApiRequest) -> str | None:
    name = f"{request.product.lower()}:{request.action}"
    resources = [resource_name(request.product, request.state.region, path) for path in action.resources(request)]
    return next((resource for resource in resources if not is_allowed(request.account.policy, name, resource)), None)


def request_id() -> str:
    return str(uuid.uuid4()).upper()
