# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Calls to Alibaba Cloud: pace, retries and paging, for every module of this collection.

One call is made by ``wire``. A call that was certainly not carried out is repeated until a deadline. A read that
got no answer is repeated a few times. A write that got no answer is never repeated: it raises UnknownOutcome.
"""

from __future__ import annotations

import os
import random
import time
import typing as t

from .._core.errors import InvalidInput
from .credentials import Credentials, resolve_credentials
from .errors import (
    ApiError,
    Call,
    CredentialsError,
    TaskConflict,
    Throttled,
    Unreachable,
    unknown_outcome,
)
from .pace import BACKOFF, Backoff, Pace, Retry
from .wire import Wire, flatten, subject_of

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

RETRY_SECONDS = 300
PAGE_SIZE = 50
_EXPIRED = "InvalidSecurityToken.Expired"
_READS = ("Describe", "Get", "List", "AssumeRole")
# A listing that takes too long starts over.
_LISTING_RESTARTS = 2


class AlicloudClient:
    """Calls the API as one identity in one region. ``hide`` is given every secret before it is used."""

    def __init__(
        self,
        region: str,
        credentials: Credentials,
        *,
        endpoint: str | None = None,
        retry_seconds: float = RETRY_SECONDS,
        backoff: Backoff = BACKOFF,
        pace: Pace | None = None,
        clock: t.Callable[[], float] = time.monotonic,
        sleep: t.Callable[[float], None] = time.sleep,
        hide: t.Callable[[set[str]], object] = lambda secrets: None,
        assumed_by: AlicloudClient | None = None,
    ) -> None:
        self.region = region
        self._calls = 0
        self._assumed_by = assumed_by
        self._endpoint = endpoint
        self._hide = hide
        self._call_as(credentials)
        self._retry_seconds = retry_seconds
        self._backoff = backoff
        self._pace = pace or Pace()
        self.clock = clock
        self.sleep = sleep
        self._chance = random.SystemRandom().random

    @classmethod
    def from_module(cls, module: AnsibleModule, retry_seconds: float = RETRY_SECONDS) -> AlicloudClient:
        """Return the client for the module's options and the environment; mark all secrets as such in the module."""
        return cls.from_options(module.params, os.environ, module.no_log_values.update, retry_seconds)

    @classmethod
    def from_options(
        cls,
        options: t.Mapping[str, t.Any],
        environment: t.Mapping[str, str],
        hide: t.Callable[[set[str]], object] = lambda secrets: None,
        retry_seconds: float = RETRY_SECONDS,
    ) -> AlicloudClient:
        """Return the client for these options and the environment."""
        if not options["region"]:
            raise InvalidInput("No region is given: set the option region (inventory variable alicloud_region) or ALIBABA_CLOUD_REGION.")

        how: dict[str, t.Any] = {"endpoint": options["endpoint"], "retry_seconds": retry_seconds, "hide": hide}
        client = cls(options["region"], resolve_credentials(options, environment), **how)
        if not options["ram_role_arn"]:
            return client
        return cls(options["region"], client.assume_role(options["ram_role_arn"]), assumed_by=client, **how)

    @property
    def api_calls(self) -> int:
        """Return how many requests were sent, those for the identity included."""
        return self._calls + (self._assumed_by.api_calls if self._assumed_by else 0)

    def assume_role(self, role_arn: str) -> Credentials:
        """Return temporary credentials of the role."""
        answer = self.call("sts", "AssumeRole", {"RoleArn": role_arn, "RoleSessionName": "alicloud-flannel"})["Credentials"]
        return Credentials(
            answer["AccessKeyId"],
            answer["AccessKeySecret"],
            answer["SecurityToken"],
            source=f"{role_arn}, assumed with {self._credentials.source}",
            renew=lambda: self.assume_role(role_arn),
        )

    def call(self, product: str, action: str, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """Make a call and return its answer; repeat it while that is safe and may help."""
        retry = self.retry()
        while True:
            try:
                return self.call_once(product, action, params)
            except (Throttled, TaskConflict):
                if not retry.pause():
                    raise
            except Unreachable:
                if not retry.pause(unanswered=True):
                    raise

    def call_once(self, product: str, action: str, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """Send one request and return its answer. ``product`` is vpc, ecs, sts, ram or quotas; lists and dicts may be given as they are.

        Throttled, TaskConflict and Unreachable mean that the call may be made again, UnknownOutcome that it may have been carried out.
        A call that was refused because the identity has expired is sent once more, with new keys of the same identity.
        """
        try:
            return self._send(product, action, params)
        except CredentialsError as exc:
            if exc.code != _EXPIRED or not self._credentials.renew:
                raise
            self._call_as(self._credentials.renew())
        return self._send(product, action, params)

    def _call_as(self, credentials: Credentials) -> None:
        self._hide(credentials.secrets)
        self._credentials = credentials
        self._wire = Wire(self.region, credentials, self._endpoint)

    def _send(self, product: str, action: str, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        call = Call(product, action, self.region, self._credentials.source, subject_of(params))
        wait = self._pace.next_call(self.clock())
        if wait:
            self.sleep(wait)
        self._calls += 1
        try:
            answer = self._wire.send(call, flatten(params))
        except Throttled:
            self._pace.throttled()
            raise
        except Unreachable as exc:
            if exc.sent and not (action.startswith(_READS) or "ClientToken" in params):
                raise unknown_outcome(call, exc) from None
            raise
        self._pace.answered()
        return answer

    def retry(self) -> Retry:
        """Return the tries of a piece of work that begins now."""
        return Retry(self._backoff, self._retry_seconds, self.clock, self.sleep, self._chance)

    def pages(
        self,
        product: str,
        action: str,
        params: t.Mapping[str, t.Any],
        items: t.Sequence[str] = ("RouteEntrys", "RouteEntry"),
        token: bool = True,
    ) -> t.Iterator[dict[str, t.Any]]:
        """Return all items of a listing, by NextToken or else by PageNumber. The caller sets MaxResult or MaxResults."""
        for _restart in range(_LISTING_RESTARTS):
            try:
                return self._listing(product, action, params, items, token)
            except ApiError as exc:
                if exc.code != "IllegalParam.NextTokenExpired":
                    raise
        return self._listing(product, action, params, items, token)

    def _listing(
        self, product: str, action: str, params: t.Mapping[str, t.Any], items: t.Sequence[str], token: bool
    ) -> t.Iterator[dict[str, t.Any]]:
        return iter([item for page in self._pages(product, action, params, token) for item in items_of(page, items)])

    def _pages(self, product: str, action: str, params: t.Mapping[str, t.Any], token: bool) -> t.Iterator[dict[str, t.Any]]:
        position: dict[str, t.Any] = {} if token else {"PageNumber": 1, "PageSize": PAGE_SIZE}
        while True:
            page = self.call(product, action, {**params, **position})
            yield page
            following = _next_token(page) if token else _next_number(page, position)
            if not following:
                return
            position = following


def items_of(answer: t.Mapping[str, t.Any], path: t.Sequence[str]) -> t.Any:
    """Return what the answer holds at the path; an empty list where the API left a part of it out."""
    value: t.Any = answer
    for name in path:
        value = (value or {}).get(name)
    return value or []


def _next_token(page: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {"NextToken": page["NextToken"]} if page.get("NextToken") else {}


def _next_number(page: t.Mapping[str, t.Any], position: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    seen = position["PageNumber"] * PAGE_SIZE
    return {**position, "PageNumber": position["PageNumber"] + 1} if seen < page["TotalCount"] else {}
