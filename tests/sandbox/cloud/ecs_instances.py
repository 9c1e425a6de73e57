# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ECS 2014-05-26: what starts, stops and releases instances."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.ecs_run import run_instances
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError, dry_run, illegal
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.tokens import once

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Instance
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest

Reply = t.Dict[str, t.Any]
MAX_INSTANCES = 100


def _change(status: str, following: str) -> t.Callable[[ApiRequest], Reply]:
    """Return a handler that takes instances from one state to another: all of them or none, or with SuccessFirst those it can."""

    def change(request: ApiRequest) -> Reply:
        instances = _named(request)
        if request.get("BatchOptimization") != "SuccessFirst":
            _require(instances, {status})
        if request.flag("DryRun"):
            raise dry_run()
        return {"InstanceResponses": {"InstanceResponse": [_changed(request, instance, status, following) for instance in instances]}}

    return change


def _changed(request: ApiRequest, instance: Instance, status: str, following: str) -> Reply:
    previous = instance.status
    code = "200" if previous == status and not instance.releasing else "IncorrectInstanceStatus"
    if code == "200":
        request.state.lifecycle.begin(instance, following)
    return {"InstanceId": instance.instance_id, "PreviousStatus": previous, "CurrentStatus": instance.status, "Code": code, "Message": code}


def _start_instance(request: ApiRequest) -> Reply:
    _start(request)
    return {}


_start = _change("Stopped", "Starting")


def delete_instances(request: ApiRequest) -> Reply:
    instances = _named(request)
    _require(instances, {"Stopped", "Running"} if request.flag("Force") else {"Stopped"})
    if request.flag("DryRun"):
        raise dry_run()
    for instance in instances:
        request.state.lifecycle.begin_release(instance)
    return {}


def _named(request: ApiRequest) -> list[Instance]:
    ids = request.strings("InstanceId") or [request.require("InstanceId")]
    if len(ids) > MAX_INSTANCES:
        raise illegal("InstanceId", f"{len(ids)} values")
    found = [request.state.instances.get(one) for one in ids]
    if None in found:
        raise ApiError("InvalidInstanceId.NotFound", "There is no such instance in this region.", 404)
    return [instance for instance in found if instance]


def _require(instances: t.Iterable[Instance], statuses: set[str]) -> None:
    if any(instance.status not in statuses or instance.releasing for instance in instances):
        raise ApiError("IncorrectInstanceStatus", "The state of an instance does not allow this.", 403)


ACTIONS: dict[str, t.Callable[[ApiRequest], Reply]] = {
    "RunInstances": once(run_instances),
    "StartInstance": _start_instance,
    "StartInstances": _start,
    "StopInstances": _change("Running", "Stopping"),
    "DeleteInstances": once(delete_instances),
}
