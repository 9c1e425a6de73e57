# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A call as the handlers see it: an action, flat parameters, and the state of the region that it asks."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import illegal, missing
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Account
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState


@dataclass
class ApiRequest:
    action: str
    product: str
    params: t.Mapping[str, str]
    account: Account
    state: CloudState
    failing_entries: dict[str, str] = field(default_factory=dict)  # injected: destination to FailedCode

    def get(self, name: str) -> str | None:
        """Return a parameter; an empty one counts as not given."""
        return self.params.get(name) or None

    def require(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise missing(name)
        return value

    def flag(self, name: str) -> bool:
        return self.params.get(name, "").lower() == "true"

    def integer(self, name: str, default: int) -> int:
        text = self.params.get(name) or str(default)
        try:
            return int(text)
        except ValueError:
            raise illegal(name, text) from None

    def strings(self, name: str) -> list[str]:
        """Return the values of Name.1, Name.2 and so on."""
        return [self.params[key] for key in self._numbered(name) if key.count(".") == 1]

    def records(self, name: str) -> list[dict[str, str]]:
        """Return Name.1.Field, Name.2.Field and so on as one record per number."""
        records: dict[str, dict[str, str]] = {}
        for key in self._numbered(name):
            _name, number, *rest = key.split(".", 2)
            if rest and self.params[key]:
                records.setdefault(number, {})[rest[0]] = self.params[key]
        return list(records.values())

    def json_strings(self, name: str) -> list[str] | None:
        """Return a parameter that is a JSON array of strings."""
        text = self.get(name)
        if text is None:
            return None
        try:
            return [str(item) for item in json.loads(text)]
        except (TypeError, ValueError):
            raise illegal(name, text) from None

    def _numbered(self, name: str) -> list[str]:
        keys = [key for key in self.params if key.startswith(f"{name}.") and key.split(".")[1].isdigit()]
        return sorted(keys, key=lambda key: int(key.split(".")[1]))
