# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Writes to ECS objects whose actions take no ClientToken: a lost reply is cleared up by reading back."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud_errors import UnknownOutcome
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud_object import TagPlan, wire_tags

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud_client import AlicloudClient


def write(client: AlicloudClient, action: str, params: t.Mapping[str, t.Any], holds: t.Callable[[], bool]) -> None:
    """Make the call; when its reply was lost, raise only if what it was to bring about does not hold."""
    try:
        client.call("ecs", action, params)
    except UnknownOutcome:
        if not holds():
            raise


def write_tags(client: AlicloudClient, kind: str, object_id: str, plan: TagPlan, read: t.Callable[[], t.Mapping[str, str]]) -> None:
    """Set and take away the tags of an object; ``kind`` is the API's own word (instance, securitygroup, keypair)."""
    resource = {"ResourceType": kind, "ResourceId": [object_id]}
    if plan.add:
        write(client, "TagResources", {**resource, "Tag": wire_tags(plan.add)}, lambda: plan.add.items() <= read().items())
    if plan.remove:
        write(client, "UntagResources", {**resource, "TagKey": list(plan.remove)}, lambda: not set(plan.remove) & set(read()))
