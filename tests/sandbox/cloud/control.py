# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Control endpoints for tests in other processes; they are no part of the cloud."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud import operations
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import fault_from_json
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Rule
from werkzeug.wrappers import Response

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Faults
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.recorder import Recorder
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState
    from werkzeug.wrappers import Request

ROOT = "/_sandbox/"
Json = t.Dict[str, t.Any]


class Control:
    """Answers below /_sandbox."""

    def __init__(self, state: CloudState, faults: Faults, recorder: Recorder) -> None:
        self._state = state
        self._actions: dict[tuple[str, str], t.Callable[[Json], t.Any]] = {
            ("GET", "calls"): lambda data: recorder.summary(),
            ("POST", "calls/reset"): lambda data: recorder.reset(),
            ("GET", "state"): lambda data: self._describe(),
            ("POST", "entry"): lambda data: dataclasses.asdict(state.add_route_entry(**data)),
            ("DELETE", "entry"): lambda data: state.remove_route_entry(**data),
            ("POST", "security_group"): self._security_group,
            ("POST", "instance/start"): lambda data: dataclasses.asdict(operations.start_instance(state, **data)),
            ("POST", "instance/release"): lambda data: dataclasses.asdict(operations.release_instance(state, **data)),
            ("POST", "instance/replace"): lambda data: dataclasses.asdict(operations.replace_instance(state, **data)),
            ("POST", "instance/address"): lambda data: dataclasses.asdict(operations.readdress_instance(state, **data)),
            ("POST", "instance/source_dest_check"): lambda data: operations.set_source_dest_check(state, **data),
            ("POST", "fault"): lambda data: faults.add(fault_from_json(data)),
            ("POST", "fault/clear"): lambda data: faults.clear(),
        }

    def answer(self, request: Request) -> Response:
        action = self._actions.get((request.method, request.path[len(ROOT) :]))
        if action is None:
            return _json({"error": f"no control endpoint {request.method} {request.path}"}, 404)
        try:
            return _json(action(json.loads(request.get_data() or b"{}")))
        except (KeyError, TypeError, ValueError) as exc:
            return _json({"error": f"{type(exc).__name__}: {exc}"}, 400)

    def _security_group(self, data: Json) -> None:
        rules = [Rule(**rule) for rule in data["rules"]] if "rules" in data else None
        operations.set_security_group(self._state, data["security_group_id"], rules, data.get("inner_access"))

    def _describe(self) -> Json:
        state = self._state
        state.settling.settle()
        with state.lock:
            return {
                "region": state.region,
                "instances": {i.instance_id: dataclasses.asdict(i) for i in state.instances.values()},
                "route_tables": {table_id: [dataclasses.asdict(e) for e in state.entries_of(table_id)] for table_id in state.tables},
                "objects": sorted(_objects(state)),
            }


def _objects(state: CloudState) -> list[str]:
    """Return the ids of all that somebody would have to delete, to have an empty account again."""
    kinds = (state.vpcs, state.vswitches, state.tables, state.security_groups, state.key_pairs, state.instances)
    return [object_id for kind in kinds for object_id in kind]


def _json(data: t.Any, status: int = 200) -> Response:
    return Response(json.dumps(data or {}), status, mimetype="application/json")
