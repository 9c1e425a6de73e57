# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metadata service: tells an instance who it is. The caller is known by its address."""

from __future__ import annotations

import json
import secrets
import threading
import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.moments import wall_time
from werkzeug.wrappers import Response

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Account, Instance
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState
    from werkzeug.wrappers import Request

TOKEN_HEADER = "X-aliyun-ecs-metadata-token"
TTL_HEADER = "X-aliyun-ecs-metadata-token-ttl-seconds"
MAX_TTL = 21600
LASTING = 3600.0
ROOT = "/latest/meta-data/"
USER_DATA = "/latest/user-data"
ROLES = "ram/security-credentials/"


class Metadata:
    """Answers below /latest."""

    def __init__(self, state: CloudState, default_instance: str | None) -> None:
        self._state = state
        self._default = default_instance
        self._tokens: dict[str, float] = {}
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Response:
        instance = self._caller(request.remote_addr)
        if instance is None:
            return Response("no instance has this address", 404)
        if request.path == "/latest/api/token":
            return self._issue(request)
        if not self._may_read(request, instance):
            return Response("a valid metadata token is needed", 403)
        body = self._find(instance, request.path)
        return Response("not found", 404) if body is None else Response(body, mimetype="text/plain")

    def _caller(self, address: str | None) -> Instance | None:
        instances = self._state.instances
        found = next((i for i in list(instances.values()) if i.private_ip == address), None)
        return found or instances.get(self._default or "")

    def _issue(self, request: Request) -> Response:
        ttl = request.headers.get(TTL_HEADER, "")
        if request.method != "PUT" or not ttl.isdigit() or not 1 <= int(ttl) <= MAX_TTL:
            return Response("bad token request", 400)
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._tokens[token] = self._state.clock() + int(ttl)
        return Response(token, mimetype="text/plain")

    def _may_read(self, request: Request, instance: Instance) -> bool:
        token = request.headers.get(TOKEN_HEADER)
        if token is None:
            return instance.http_tokens == "optional"
        with self._lock:
            return self._tokens.get(token, 0.0) > self._state.clock()

    def _find(self, instance: Instance, path: str) -> str | None:
        if path == USER_DATA:
            return instance.user_data or None
        return self._read(instance, path[len(ROOT) :]) if path.startswith(ROOT) else None

    def _read(self, instance: Instance, path: str) -> str | None:
        if path.startswith(ROLES):
            return self._read_role(instance, path[len(ROLES) :])
        vpc, vswitch = self._state.vpcs[instance.vpc_id], self._state.vswitches[instance.vswitch_id]
        values = {
            "instance-id": instance.instance_id,
            "region-id": self._state.region,
            "zone-id": instance.zone_id,
            "vpc-id": vpc.vpc_id,
            "vpc-cidr-block": vpc.cidr,
            "vswitch-id": vswitch.vswitch_id,
            "vswitch-cidr-block": vswitch.cidr,
            "private-ipv4": instance.private_ip,
            "hostname": instance.name,
        }
        return values.get(path.rstrip("/"))

    def _read_role(self, instance: Instance, role: str) -> str | None:
        if instance.ram_role is None:
            return None
        if not role:
            return instance.ram_role
        # The newest keys: the service changes them before they expire.
        account = next((a for a in reversed([*self._state.accounts.values()]) if a.ram_role == role == instance.ram_role), None)
        return None if account is None else json.dumps(self._credentials(account))

    def _credentials(self, account: Account) -> dict[str, str]:
        return {
            "Code": "Success",
            "AccessKeyId": account.access_key,
            "AccessKeySecret": account.secret_key,
            "SecurityToken": account.security_token or "",
            "Expiration": wall_time(self._seconds_left(account)),
            "LastUpdated": wall_time(0.0),
        }

    def _seconds_left(self, account: Account) -> float:
        return LASTING if account.token_expires is None else account.token_expires - self._state.clock()
