# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPC 2016-04-28: tags of VPCs, vSwitches and route tables."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError, illegal, missing

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Described
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest

Reply = t.Dict[str, t.Any]
MAX_TAGS = 20
MAX_OBJECTS = 50


def tag_resources(request: ApiRequest) -> Reply:
    tags = {tag["Key"]: tag.get("Value", "") for tag in request.records("Tag")}
    if not tags:
        raise missing("Tag.1.Key")
    chosen = _chosen(request)
    for _object_id, about in chosen:
        if len({**about.tags, **tags}) > MAX_TAGS:
            raise ApiError("QuotaExceeded.TagPerResource", "The object has as many tags as the quota allows.")
    for _object_id, about in chosen:
        about.tags.update(tags)
    return {}


def untag_resources(request: ApiRequest) -> Reply:
    keys = request.strings("TagKey")
    for _object_id, about in _chosen(request):
        for key in list(about.tags) if request.flag("All") and not keys else keys:
            about.tags.pop(key, None)
    return {}


def list_tag_resources(request: ApiRequest) -> Reply:
    kind = request.require("ResourceType").upper()
    rows = [
        {"ResourceId": object_id, "ResourceType": kind, "TagKey": key, "TagValue": value}
        for object_id, about in _chosen(request)
        for key, value in about.tags.items()
    ]
    return {"NextToken": "", "TagResources": {"TagResource": rows}}


def _chosen(request: ApiRequest) -> list[tuple[str, Described]]:
    kind, wanted = request.require("ResourceType").upper(), request.strings("ResourceId")
    state = request.state
    holders: dict[str, t.Mapping[str, t.Any]] = {"VPC": state.vpcs, "VSWITCH": state.vswitches, "ROUTETABLE": state.tables}
    if kind not in holders:
        raise illegal("ResourceType", kind)
    if not 1 <= len(wanted) <= MAX_OBJECTS:
        raise missing("ResourceId.1") if not wanted else illegal("ResourceId", f"{len(wanted)} values")
    unknown = [object_id for object_id in wanted if object_id not in holders[kind]]
    if unknown:
        raise ApiError("InvalidResourceId.NotFound", f"There is no {', '.join(unknown)} in this region.", 404)
    return [(object_id, holders[kind][object_id].about) for object_id in wanted]
