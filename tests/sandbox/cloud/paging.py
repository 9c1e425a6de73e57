# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API's two ways to page."""

from __future__ import annotations

import base64
import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError, illegal

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest

ItemT = t.TypeVar("ItemT")


def page_by_number(request: ApiRequest, items: t.Sequence[ItemT], *, largest: int = 50) -> tuple[t.Sequence[ItemT], dict[str, int]]:
    """Return the page that PageNumber and PageSize ask for, and the fields that describe it."""
    number, size = request.integer("PageNumber", 1), request.integer("PageSize", 10)
    if number < 1:
        raise illegal("PageNumber", number)
    if not 1 <= size <= largest:
        raise illegal("PageSize", size)
    start = (number - 1) * size
    return items[start : start + size], {"TotalCount": len(items), "PageNumber": number, "PageSize": size}


def page_by_token(
    request: ApiRequest, items: t.Sequence[ItemT], sequence: t.Callable[[ItemT], int], size: int
) -> tuple[t.Sequence[ItemT], str]:
    """Return the items after the token, and the next token or an empty one. Items made meanwhile come last."""
    after = _position(request)
    rest = [item for item in items if sequence(item) > after]
    page = rest[:size]
    more = len(rest) > size
    return page, base64.urlsafe_b64encode(f"after {sequence(page[-1])}".encode()).decode() if more else ""


def _position(request: ApiRequest) -> int:
    token = request.get("NextToken")
    if token is None:
        return 0
    try:
        word, number = base64.urlsafe_b64decode(token.encode()).decode().split(" ")
        if word == "after":
            return int(number)
    except ValueError:
        pass
    raise ApiError("IllegalParam.NextToken", "The token is none of ours.")
