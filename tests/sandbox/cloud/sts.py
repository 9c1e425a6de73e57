# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""STS 2015-04-01: temporary credentials of a role."""

from __future__ import annotations

import secrets
import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError, illegal
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.moments import wall_time

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest

SHORTEST, LONGEST = 900, 3600


def assume_role_with_oidc(request: ApiRequest) -> dict[str, t.Any]:
    """Do the same for whoever has a token of a provider that is known."""
    provider, token = request.require("OIDCProviderArn"), request.require("OIDCToken")
    if provider not in request.state.oidc_tokens:
        raise ApiError("AuthenticationFail.NoPermission", "No such OIDC provider is registered.", 401)
    if token not in request.state.oidc_tokens[provider]:
        raise ApiError("AuthenticationFail.OIDCToken.Invalid", f"The token {token} is none of this provider.", 401)
    return assume_role(request)


def assume_role(request: ApiRequest) -> dict[str, t.Any]:
    """Open an account that has the role's policy for as long as its token lasts."""
    arn, session = request.require("RoleArn"), request.require("RoleSessionName")
    seconds = request.integer("DurationSeconds", LONGEST)
    if not SHORTEST <= seconds <= LONGEST:
        raise illegal("DurationSeconds", seconds)
    if arn not in request.state.roles:
        raise ApiError("EntityNotExist.Role", "There is no such role.", 404)
    account = request.state.add_account(
        f"STS.{secrets.token_hex(8)}",
        secrets.token_hex(16),
        request.state.roles[arn],
        security_token=secrets.token_urlsafe(32),
        token_seconds=seconds,
    )
    return {
        "AssumedRoleUser": {"Arn": f"{arn}/{session}", "AssumedRoleId": f"role:{session}"},
        "Credentials": {
            "AccessKeyId": account.access_key,
            "AccessKeySecret": account.secret_key,
            "SecurityToken": account.security_token,
            "Expiration": wall_time(seconds),
        },
    }
