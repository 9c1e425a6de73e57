# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What the members of etcd answered, each judged by itself. Pure."""

from __future__ import annotations

import ipaddress
import typing as t

from .._core.answer import Answer, BadAnswer

if t.TYPE_CHECKING:
    from .._core.item import Item


def parse_member(answer: Item) -> Item:
    """Return what one endpoint of etcd answered M(alicloud.flannel.flannel_lease_info), or why that is of no use."""
    nothing = {"endpoint": answer["item"], "leases": [], "unusable": [], "network": None}
    if "leases" not in answer:
        return {**nothing, "problem": answer.get("msg") or "no answer"}
    try:
        return {**nothing, **_parse_records(Answer(answer, "its answer")), "problem": ""}
    except BadAnswer as exc:
        return {**nothing, "problem": f"What it answers can't be used: {exc}"}


def _parse_records(answer: Answer) -> Item:
    return {
        "leases": [_parse_lease(lease) for lease in answer["leases"].items()],
        "unusable": [_parse_unusable(record) for record in answer["unusable"].or_none(Answer.items) or ()],
        "network": answer["network"].value,
    }


def _parse_lease(lease: Answer) -> Item:
    return {
        "subnet": _parse(lease["subnet"], ipaddress.IPv4Network),
        "public_ip": _parse(lease["public_ip"], ipaddress.IPv4Address),
        "leased": lease["leased"].or_none(Answer.flag) or False,
        "ttl": lease["ttl"].or_none(Answer.number),
    }


def _parse_unusable(record: Answer) -> Item:
    return {
        "key": record["key"].text(),
        "problem": record["problem"].text(),
        "subnet": record["subnet"].or_none(lambda item: _parse(item, ipaddress.IPv4Network)),
        "public_ip": record["public_ip"].or_none(lambda item: _parse(item, ipaddress.IPv4Address)),
    }


def _parse(answer: Answer, kind: t.Callable[[str], object]) -> str:
    text = answer.text()
    try:
        return str(kind(text))
    except ValueError:
        raise answer.refusal("what it should be") from None
