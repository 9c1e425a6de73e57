# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both generations of the official SDK behind one interface: an action, its parameters by wire name, the answer."""

from __future__ import annotations

import importlib
import json
import typing as t

from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from darabonba.exceptions import UnretryableException

Params = t.Mapping[str, t.Any]
Answer = t.Dict[str, t.Any]


class Refused(Exception):
    """The API's error, as the SDK tells it."""

    def __init__(self, code: str, status: int | None, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status
        self.message = message


class NoReply(Exception):
    """The connection ended."""


class Client(t.Protocol):
    """One generation of the SDK."""

    def call(self, product: str, action: str, params: Params) -> Answer:
        """Return the answer; raise Refused or NoReply."""


class OldSdk:
    """aliyun-python-sdk: signature version 1 in a POST's query."""

    packages: t.ClassVar = {"vpc": "aliyunsdkvpc.request.v20160428", "ecs": "aliyunsdkecs.request.v20140526"}

    def __init__(self, url: str, access_key: str, secret_key: str, security_token: str | None = None) -> None:
        self._url = url
        self._token = security_token
        self._client = AcsClient(access_key, secret_key, "cn-hangzhou", auto_retry=False, proxy={"http": "", "https": ""})

    def call(self, product: str, action: str, params: Params) -> Answer:
        request = getattr(importlib.import_module(f"{self.packages[product]}.{action}Request"), f"{action}Request")()
        request.set_endpoint(self._url)
        for name, value in params.items():
            # The setter of a list has one more s; RegionId has none.
            setter = getattr(request, f"set_{name}", None) or getattr(request, f"set_{name}s", None)
            setter(value) if setter else request.add_query_param(name, value)
        if self._token:
            request.add_query_param("SecurityToken", self._token)
        try:
            answer: Answer = json.loads(self._client.do_action_with_exception(request))
        except ServerException as exc:
            raise Refused(exc.get_error_code(), exc.get_http_status(), exc.get_error_msg()) from None
        return answer


class NewSdk:
    """alibabacloud: signature version 3 in a header; answers pass through the SDK's own models."""

    packages: t.ClassVar = {"vpc": "alibabacloud_vpc20160428", "ecs": "alibabacloud_ecs20140526"}

    def __init__(self, url: str, access_key: str, secret_key: str, security_token: str | None = None) -> None:
        scheme, endpoint = url.split("://")
        self._config = Config(
            access_key_id=access_key,
            access_key_secret=secret_key,
            security_token=security_token,
            region_id="cn-hangzhou",
            endpoint=endpoint,
            protocol=scheme,
        )

    def call(self, product: str, action: str, params: Params) -> Answer:
        package = self.packages[product]
        client = importlib.import_module(f"{package}.client").Client(self._config)
        request = getattr(importlib.import_module(f"{package}.models"), f"{action}Request")().from_map(dict(params))
        method = next(name for name in dir(client) if name.replace("_", "") == action.lower())
        try:
            answer: Answer = getattr(client, method)(request).body.to_map()
        except AlibabaCloudException as exc:
            raise Refused(exc.code, exc.status_code, exc.message) from None
        except UnretryableException as exc:
            raise NoReply(str(exc)) from None
        return answer


SDKS: tuple[type[OldSdk] | type[NewSdk], ...] = (OldSdk, NewSdk)
