# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPC 2016-04-28: what creates, moves and deletes route entries."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud import routes
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError, dry_run, illegal, missing

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import RouteEntry
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest

Reply = t.Dict[str, t.Any]
MAX_BATCH = 50
HOP_TYPES = {
    "Instance", "HaVip", "RouterInterface", "NetworkInterface", "VpnGateway", "IPv6Gateway", "NatGateway", "Attachment", "VpcPeer",
    "Ipv4Gateway", "GatewayEndpoint", "CenBasic", "Ecr", "GatewayLoadBalancerEndpoint", "RouteTargetGroup",
}  # fmt: skip


def create_route_entry(request: ApiRequest) -> Reply:
    new = _new_entry(
        {
            "RouteTableId": request.require("RouteTableId"),
            "DstCidrBlock": request.require("DestinationCidrBlock"),
            "NextHop": request.require("NextHopId"),
            "NextHopType": request.get("NextHopType") or "Instance",
            "Name": request.get("RouteEntryName") or "",
            "Description": request.get("Description") or "",
        }
    )
    known = _earlier_reply(request)
    if known:
        return known
    tables = routes.require_tables(request.state, [new.table_id])
    destination = _single(lambda: routes.check_new(request.state, new, batch=False))
    if request.flag("DryRun"):
        raise dry_run()
    routes.require_quiet(request.state, tables)
    entry = routes.start_create(request.state, new, destination)
    _remember(request, entry)
    return {"RouteEntryId": entry.entry_id}


def _earlier_reply(request: ApiRequest) -> Reply | None:
    """Return what the same request with the same token was answered before."""
    token = request.get("ClientToken")
    if token is None or (request.action, token) not in request.state.client_tokens:
        return None
    params, entry_id = request.state.client_tokens[request.action, token]
    if params != _meaning(request):
        raise ApiError("IdempotentParameterMismatch", "The ClientToken was used with other parameters.")
    return {"RouteEntryId": entry_id}


def _remember(request: ApiRequest, entry: RouteEntry) -> None:
    token = request.get("ClientToken")
    if token:
        request.state.client_tokens[request.action, token] = (_meaning(request), entry.entry_id)


def _meaning(request: ApiRequest) -> dict[str, str]:
    """Return the parameters that make two requests the same one."""
    names = ("RouteTableId", "DestinationCidrBlock", "NextHopId", "NextHopType", "RouteEntryName", "Description")
    return {name: request.params.get(name, "") for name in names}


def delete_route_entry(request: ApiRequest) -> Reply:
    target = _target(request, "DestinationCidrBlock", "NextHopId")
    entry = _single(lambda: routes.check_change(routes.find(request.state, target)))
    if request.flag("DryRun"):
        raise dry_run()
    routes.require_quiet(request.state, [request.state.tables[entry.table_id]])
    routes.start_delete(request.state, entry)
    return {}


def modify_route_entry(request: ApiRequest) -> Reply:
    target = _target(request, "DestinationCidrBlock", "")
    state = request.state
    entry = _single(lambda: routes.find(state, target))
    table = state.tables[entry.table_id]
    fields = _changed_fields(request)
    hop, hop_type = fields.get("next_hop_id", entry.next_hop_id), fields.get("next_hop_type", entry.next_hop_type)
    if hop != entry.next_hop_id:
        _single(lambda: routes.check_hop(state, table, hop, hop_type))
    if request.flag("DryRun"):
        raise dry_run()
    routes.require_quiet(state, [table])
    _single(lambda: routes.check_change(entry))
    routes.start_modify(state, entry, fields)
    return {}


def _changed_fields(request: ApiRequest) -> dict[str, str]:
    names = {
        "NewNextHopId": "next_hop_id",
        "NewNextHopType": "next_hop_type",
        "RouteEntryName": "name",
        "Description": "description",
    }
    fields = {field: request.params[name] for name, field in names.items() if request.get(name)}
    if "next_hop_id" in fields and "next_hop_type" not in fields:
        raise missing("NewNextHopType")
    if not fields:
        raise missing("NewNextHopId")
    return fields


def _target(request: ApiRequest, destination: str, next_hop: str) -> routes.Target:
    table_id = request.get("RouteTableId")
    if table_id:
        routes.require_tables(request.state, [table_id])
    if request.get("RouteEntryId"):
        return routes.Target(entry_id=request.get("RouteEntryId"), table_id=table_id)
    return routes.Target(None, request.require("RouteTableId"), request.require(destination), request.get(next_hop))


ResultT = t.TypeVar("ResultT")


def _single(step: t.Callable[[], ResultT]) -> ResultT:
    """Turn the refusal of an entry into the error of the call."""
    try:
        return step()
    except routes.Refused as exc:
        raise exc.refusal.as_error() from None


def create_route_entries(request: ApiRequest) -> Reply:
    created: list[str] = []

    def create(record: dict[str, str]) -> None:
        new = _new_entry(record)
        destination = routes.check_new(request.state, new, batch=True)
        created.append(routes.start_create(request.state, new, destination).entry_id)

    reply = _batch(request, create, required=("RouteTableId", "DstCidrBlock", "NextHop", "NextHopType"))
    return {**reply, "RouteEntryIds": created}


def delete_route_entries(request: ApiRequest) -> Reply:
    def delete(record: dict[str, str]) -> None:
        target = routes.Target(record.get("RouteEntryId"), record["RouteTableId"], record.get("DstCidrBlock"), record.get("NextHop"))
        routes.start_delete(request.state, routes.check_change(routes.find(request.state, target)))

    records = request.records("RouteEntries")
    if any("RouteEntryId" not in record and not {"DstCidrBlock", "NextHop"} <= record.keys() for record in records):
        raise missing("RouteEntries.N.RouteEntryId")
    return _batch(request, delete, required=("RouteTableId",))


def _batch(request: ApiRequest, write: t.Callable[[dict[str, str]], None], required: t.Sequence[str]) -> Reply:
    """Write each entry; what is refused is counted and named, without its table."""
    records = request.records("RouteEntries")
    if not records:
        raise missing("RouteEntries.1.RouteTableId")
    if len(records) > MAX_BATCH:
        raise illegal("RouteEntries", f"{len(records)} entries")
    for number, record in enumerate(records, 1):
        for name in required:
            if name not in record:
                raise missing(f"RouteEntries.{number}.{name}")
    tables = routes.require_tables(request.state, (record["RouteTableId"] for record in records))
    if request.flag("DryRun"):
        raise dry_run()
    routes.require_quiet(request.state, tables)
    failed = [failure for record in records if (failure := _failure(request, record, write))]
    return {"SuccessCount": len(records) - len(failed), "FailedCount": len(failed), "FailedRouteEntries": failed}


def _failure(request: ApiRequest, record: dict[str, str], write: t.Callable[[dict[str, str]], None]) -> Reply | None:
    """Write one entry of a batch; return its failure."""
    code, message = request.failing_entries.get(_destination(request, record)), "The entry could not be written."
    if code is None:
        try:
            write(record)
        except routes.Refused as exc:
            code, message = exc.refusal.failed_code, exc.refusal.message
        else:
            return None
    named: Reply = {name: record[name] for name in ("RouteEntryId", "DstCidrBlock", "NextHop") if name in record}
    return {**named, "FailedCode": code, "FailedMessage": message}


def _destination(request: ApiRequest, record: dict[str, str]) -> str:
    entry = request.state.entries.get(record.get("RouteEntryId", ""))
    return entry.destination if entry else record.get("DstCidrBlock", "")


def _new_entry(record: t.Mapping[str, str]) -> routes.NewEntry:
    if record["NextHopType"] not in HOP_TYPES:
        raise illegal("NextHopType", record["NextHopType"])
    for field, longest in (("Name", 128), ("Description", 256)):
        text = record.get(field, "")
        if len(text) > longest or text.startswith(("http://", "https://")):
            raise illegal(field, text)
    return routes.NewEntry(
        record["RouteTableId"],
        record["DstCidrBlock"],
        record["NextHop"],
        record["NextHopType"],
        record.get("Name", ""),
        record.get("Description", ""),
    )
