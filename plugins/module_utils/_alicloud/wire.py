# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""One call to Alibaba Cloud through its official SDK, in the only way that is safe.

The SDK would otherwise use cleartext HTTP, take another identity from the environment, ignore NO_PROXY, leave the
server name out of TLS on Python 3.12 and later, and log signed URLs.
"""

from __future__ import annotations

import importlib
import json
import logging
import re
import sys
import typing as t
from urllib.parse import urlsplit

from ansible.module_utils.basic import missing_required_lib

from .._core.errors import CollectionError, InvalidInput
from .endpoint import check_endpoint, proxies_for
from .errors import (
    Call,
    Refusal,
    error_for,
    redact,
    unreachable,
    unreadable,
)

if t.TYPE_CHECKING:
    from .credentials import Credentials

# The request classes of these products come with packages of their own; the name is also the minimum version to ask for.
_PACKAGES = {
    "vpc": ("aliyunsdkvpc.request.v20160428", "aliyun-python-sdk-vpc >= 3.0.47"),
    "ecs": ("aliyunsdkecs.request.v20140526", "aliyun-python-sdk-ecs >= 4.24.0"),
}
_VERSIONS = {"sts": "2015-04-01", "quotas": "2020-05-10", "ram": "2015-05-01"}
_CENTRAL = {"quotas": "quotas.aliyuncs.com", "ram": "ram.aliyuncs.com"}
_REGION = re.compile(r"^[a-z0-9-]+$")
CONNECT_SECONDS = 5
READ_SECONDS = 30
_SUBJECTS = (
    *("VpcId", "VSwitchId", "RouteTableId", "RouteEntryId", "InstanceId", "NetworkInterfaceId", "SecurityGroupId"),
    *("RoleArn", "PolicyName", "UserName"),
)


class Wire:
    """Sends signed requests as one identity to one region."""

    def __init__(self, region: str, credentials: Credentials, endpoint: str | None) -> None:
        if not _REGION.match(region):
            raise InvalidInput(f"{region!r} is not the ID of a region; one looks like cn-hangzhou.")
        self._region = region
        self._credentials = credentials
        self._endpoint = check_endpoint(endpoint) if endpoint else None
        client = _import("aliyunsdkcore.client", "aliyun-python-sdk-core >= 2.16.0")
        self._errors = importlib.import_module("aliyunsdkcore.acs_exception.exceptions")
        self._rpc = importlib.import_module("aliyunsdkcore.request").RpcRequest
        # The SDK compares by identity: an equal string would mean cleartext.
        self._https = importlib.import_module("aliyunsdkcore.http.protocol_type").HTTPS
        _silence()
        _restore_server_name()
        self._sdk = client.AcsClient(
            credentials.access_key,
            credentials.secret_key,
            region,
            auto_retry=False,
            connect_timeout=CONNECT_SECONDS,
            timeout=READ_SECONDS,
        )
        # Otherwise ~/.netrc may add a password to the request.
        self._sdk.session.trust_env = False

    def send(self, call: Call, body: t.Mapping[str, str]) -> dict[str, t.Any]:
        """Send one request and return its answer; raise a typed error whose message holds no secret."""
        request = self._request(call)
        request.set_body_params(dict(body))
        url = (self._endpoint or f"https://{self._default_host(call.product, request)}").replace("{product}", call.product)
        request.set_endpoint(url)
        self._sdk.proxy = proxies_for(url)
        peer = f"{url} through the environment's proxy" if self._sdk.proxy[urlsplit(url).scheme] else url
        try:
            return _parse(call, peer, self._sdk.do_action_with_exception(request))
        except self._errors.ServerException as exc:
            raise self._refused(call, peer, exc) from None
        except self._errors.ClientException as exc:
            raise unreachable(call, peer, str(exc.get_error_msg())) from None
        except IndexError:
            # The SDK stumbles over this refusal when its text has no colon.
            raise error_for(call, Refusal("SignatureDoesNotMatch", "")) from None
        except (TypeError, AttributeError, ValueError):
            raise unreadable(call, peer, None) from None

    def _request(self, call: Call) -> t.Any:
        if call.product in _PACKAGES:
            package, requirement = _PACKAGES[call.product]
            name = f"{call.action}Request"
            request = getattr(_import(f"{package}.{name}", requirement), name)()
        else:
            request = self._rpc(call.product, _VERSIONS[call.product], call.action)
        request.set_method("POST")
        request.set_protocol_type(self._https)
        if self._credentials.security_token:
            request.add_query_param("SecurityToken", self._credentials.security_token)
        return request

    def _default_host(self, product: str, request: t.Any) -> str:
        known = request.endpoint_map or {}
        return str(_CENTRAL.get(product) or known.get(self._region) or f"{product}.{self._region}.aliyuncs.com")

    def _refused(self, call: Call, peer: str, exc: t.Any) -> CollectionError:
        code, status = str(exc.get_error_code()), exc.get_http_status()
        if code == "SDK.UnknownServerError":
            return unreadable(call, peer, status)
        message = redact(str(exc.get_error_msg()), self._credentials.secrets)
        return error_for(call, Refusal(code, message, status, exc.get_request_id()))


def flatten(params: t.Mapping[str, t.Any], prefix: str = "") -> dict[str, str]:
    """Return parameters as the API expects them: a list becomes Name.1, Name.2 and so on, a dict Name.Field; None is left out."""
    flat: dict[str, str] = {}
    for name, value in params.items():
        if isinstance(value, (list, tuple)):
            flat.update(flatten({str(number): item for number, item in enumerate(value, start=1)}, f"{prefix}{name}."))
        elif isinstance(value, t.Mapping):
            flat.update(flatten(value, f"{prefix}{name}."))
        elif isinstance(value, bool):
            flat[prefix + name] = "true" if value else "false"
        elif value is not None:
            flat[prefix + name] = str(value)
    return flat


def subject_of(params: t.Mapping[str, t.Any]) -> str:
    """Return what a call is about, for messages."""
    named = [str(params[name]) for name in _SUBJECTS if isinstance(params.get(name), str)]
    return f" for {', '.join(named)}" if named else ""


def _parse(call: Call, peer: str, body: bytes) -> dict[str, t.Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise unreadable(call, peer, None)
    return answer


def _import(name: str, requirement: str) -> t.Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise CollectionError(missing_required_lib(requirement, url="https://github.com/aliyun/aliyun-openapi-python-sdk")) from None


def _silence() -> None:
    """Keep the SDK from logging: its log has signed URLs, and DEBUG=sdk in the environment prints them."""
    log = logging.getLogger("aliyunsdkcore")
    log.propagate = False
    log.addHandler(logging.NullHandler())
    importlib.import_module("aliyunsdkcore.http.http_response")
    logging.getLogger("aliyunsdkcore.http.http_response").disabled = True


def _restore_server_name() -> None:
    """Make the SDK's bundled TLS code send the host's name; it stopped when Python 3.12 removed ssl.wrap_socket."""
    if sys.version_info >= (3, 12):
        importlib.import_module("aliyunsdkcore.vendored.requests.packages.urllib3.util.ssl_").HAS_SNI = True
