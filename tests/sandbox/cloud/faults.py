# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that make chosen calls go wrong. A rule is matched by action; rules act in the order in which they were added."""

from __future__ import annotations

import fnmatch
import threading
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState


class ReplyLost(Exception):
    """The connection ends without a reply, or in the middle of ``reply``."""

    def __init__(self, reply: t.Mapping[str, t.Any] | None = None) -> None:
        super().__init__()
        self.reply = reply


@dataclass
class Fault:
    """What happens to the calls of an action (a pattern such as ``*RouteEntries``).

    The rule passes over the first ``skip`` matching calls and then acts on ``times`` of them (None: on all).
    ``error`` and ``drop`` act before the call is carried out, or after it with ``when="after"``. ``truncate`` lets the
    connection end in the middle of the reply, so it is always after.
    ``entries`` fails single entries of a batch: destination to FailedCode.
    """

    action: str
    times: int | None = 1
    skip: int = 0
    latency: float = 0.0
    run: t.Callable[[CloudState, ApiRequest], None] | None = None
    error: ApiError | None = None
    drop: bool = False
    truncate: bool = False
    when: str = "before"
    entries: t.Mapping[str, str] = field(default_factory=dict)

    def take(self, action: str) -> bool:
        """Count a call and say whether this rule acts on it."""
        if not fnmatch.fnmatchcase(action, self.action) or self.times == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def strike(self, when: str) -> None:
        """Fail the call when it is this rule's moment."""
        if when != self.when:
            return
        if self.drop:
            raise ReplyLost
        if self.error:
            raise self.error.with_traceback(None)


class Faults:
    """The rules in force."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, *rules: Fault) -> None:
        with self._lock:
            self._rules.extend(rules)

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def carry_out(self, state: CloudState, request: ApiRequest, handler: t.Callable[[], dict[str, t.Any]]) -> dict[str, t.Any]:
        """Call the handler as the rules that match this request allow."""
        with self._lock:
            rules = self._take(request.action)
        for rule in rules:
            time.sleep(rule.latency)
            if rule.run:
                rule.run(state, request)
            request.failing_entries.update(rule.entries)
            rule.strike("before")
        reply = handler()
        for rule in rules:
            rule.strike("after")
            if rule.truncate:
                raise ReplyLost(reply)
        return reply

    def _take(self, action: str) -> list[Fault]:
        """Return the rules for a call: up to the first one that makes it fail, so that failures come one after another."""
        taken = []
        for rule in self._rules:
            if rule.take(action):
                taken.append(rule)
                if rule.error or rule.drop or rule.truncate:
                    break
        return taken


def fault_from_json(data: t.Mapping[str, t.Any]) -> Fault:
    """Return the rule that a control call describes; an error is {code, message, status}."""
    fields = dict(data)
    if "error" in fields:
        fields["error"] = ApiError(**fields["error"])
    return Fault(**fields)
