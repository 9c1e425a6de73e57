# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ClientTokens: the same request with the same token is carried out once and answered alike."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest

Reply = t.Dict[str, t.Any]
# What differs between two tries of one request.
NO_MEANING = {"ClientToken", "Signature", "SignatureNonce", "Timestamp", "SecurityToken", "AccessKeyId"}


def once(handler: t.Callable[[ApiRequest], Reply]) -> t.Callable[[ApiRequest], Reply]:
    """Return the handler as one that heeds the ClientToken."""

    def answer(request: ApiRequest) -> Reply:
        token = request.get("ClientToken")
        if token is None:
            return handler(request)
        meaning = {name: value for name, value in request.params.items() if name not in NO_MEANING}
        known = request.state.replies.get((request.action, token))
        if known is None:
            reply = handler(request)
            request.state.replies[request.action, token] = (meaning, reply)
            return reply
        if known[0] != meaning:
            raise ApiError("IdempotentParameterMismatch", "The ClientToken was used with other parameters.")
        return known[1]

    return answer
