# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ECS 2014-05-26: tags of instances, security groups and key pairs."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError, illegal, missing

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest

Reply = t.Dict[str, t.Any]
MAX_TAGS = 20
MAX_RESOURCES = 50


def request_tags(request: ApiRequest) -> dict[str, str]:
    """Return the tags that the request brings."""
    tags = {tag.get("Key", ""): tag.get("Value", "") for tag in request.records("Tag")}
    if "" in tags or any(key.startswith(("aliyun", "acs:")) for key in tags):
        raise ApiError("InvalidTagKey.Malformed", "A tag key is not allowed.")
    _check_number(tags)
    return tags


def _check_number(tags: t.Mapping[str, str]) -> None:
    if len(tags) > MAX_TAGS:
        raise ApiError("QuotaExceed.Tags", f"{len(tags)} tags are more than {MAX_TAGS}.", 403)


def has_tags(request: ApiRequest, tags: t.Mapping[str, str]) -> bool:
    """Say whether these tags are those that the request asks for; a key alone asks for any value."""
    return all(tag["Key"] in tags and tag.get("Value") in (None, tags[tag["Key"]]) for tag in request.records("Tag"))


def list_tags(tags: t.Mapping[str, str]) -> Reply:
    return {"Tags": {"Tag": [{"TagKey": key, "TagValue": value} for key, value in tags.items()]}}


def tag_resources(request: ApiRequest) -> Reply:
    wanted = request_tags(request)
    if not wanted:
        raise missing("Tag.1.Key")
    for tags in _tags_of(request):
        _check_number({**tags, **wanted})
        tags.update(wanted)
    return {}


def untag_resources(request: ApiRequest) -> Reply:
    keys = request.strings("TagKey")
    for tags in _tags_of(request):
        for key in list(tags) if request.flag("All") and not keys else keys:
            tags.pop(key, None)
    return {}


def _tags_of(request: ApiRequest) -> list[dict[str, str]]:
    kind, ids = request.require("ResourceType").lower(), request.strings("ResourceId")
    state = request.state
    kinds: dict[str, t.Mapping[str, t.Any]] = {
        "instance": state.instances,
        "securitygroup": state.security_groups,
        "keypair": state.key_pairs,
    }
    if kind not in kinds:
        raise ApiError("InvalidResourceType.NotFound", f"There is no kind of resource {kind!r} here.", 404)
    if not 1 <= len(ids) <= MAX_RESOURCES:
        raise illegal("ResourceId", f"{len(ids)} values")
    if any(one not in kinds[kind] for one in ids):
        raise ApiError("InvalidResourceId.NotFound", "There is no such resource in this region.", 404)
    return [kinds[kind][one].tags for one in ids]


ACTIONS: dict[str, t.Callable[[ApiRequest], Reply]] = {"TagResources": tag_resources, "UntagResources": untag_resources}
