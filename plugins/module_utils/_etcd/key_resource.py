# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads and writes keys for the modules etcd_key and etcd_key_info."""

from __future__ import annotations

import dataclasses
import typing as t
from base64 import b64decode

from .._core.errors import InvalidInput
from .._core.scrub import find_secrets
from .key_input import DesiredKey, parse_desired_key, to_bytes
from .key_plan import (
    Current,
    DeletePrefix,
    KeepAlive,
    KeyPlan,
    plan_key,
    plan_prefix,
    show_value,
)
from .open_store import open_store
from .store import KeyValue, LeaseTtl, Store, show_key

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from .._core.plan import Outcome


class KeyResource:
    """One key, or with ``prefix`` every key that begins with it."""

    def __init__(self, store: Store, desired: DesiredKey, prefix: bool) -> None:
        self._store = store
        self._desired = desired
        self._prefix = prefix

    def plan(self) -> KeyPlan:
        """Read the key and plan."""
        if self._prefix:
            return plan_prefix(self._desired.key, self._store.read_prefix(self._desired.key))
        kv = self._store.read(self._desired.key)
        ttls = self._store.read_ttls([kv]) if kv is not None else {}
        return plan_key(Current(kv, ttls.get(self._desired.key)), self._desired)

    def apply(self, plan: KeyPlan) -> Outcome:
        """Make the plan's change."""
        outcome = plan.predict()
        (change,) = plan.changes
        if isinstance(change, DeletePrefix):
            self._store.delete_prefix(change.prefix, change.found)
        elif isinstance(change, KeepAlive):
            self._store.keep_alive(change.kv, change.ttl)
        else:
            revision = self._store.write([change])
            if outcome.returns["exists"]:
                return dataclasses.replace(outcome, returns={**outcome.returns, "revision": revision})
        return outcome


def make_key(module: AnsibleModule) -> KeyResource:
    """Return what the module's parameters describe."""
    # The module's own arguments are shown at high verbosity, too.
    module.no_log_values.update(_find_secrets(module.params))
    desired = parse_desired_key(module.params)
    return KeyResource(open_store(module), desired, module.params["prefix"])


def _find_secrets(params: t.Mapping[str, t.Any]) -> set[str]:
    secrets = find_secrets(params["value"]) | find_secrets(params["prev_value"])
    if params["value_b64"] is not None and find_secrets(_decode(params["value_b64"])):
        secrets.add(params["value_b64"])
    return secrets


def _decode(text: str) -> str:
    try:
        return b64decode(text).decode("utf-8")
    except ValueError:
        return ""


def read_keys(module: AnsibleModule) -> dict[str, t.Any]:
    """Return the key that the module's parameters name, or with ``prefix`` all that begin with it."""
    if not module.params["key"]:
        raise InvalidInput("The key is empty.")
    key = to_bytes("key", module.params["key"])
    store = open_store(module)
    if module.params["prefix"]:
        kvs: t.Sequence[KeyValue] = store.read_prefix(key).kvs
    else:
        kv = store.read(key)
        kvs = () if kv is None else (kv,)
    ttls = store.read_ttls(kvs) if module.params["ttl"] else {}
    return {"exists": bool(kvs), "entries": [_show(kv, ttls.get(kv.key)) for kv in kvs]}


def _show(kv: KeyValue, ttl: LeaseTtl | None) -> dict[str, t.Any]:
    shown = {
        "key": show_key(kv.key),
        **show_value(kv.value),
        "create_revision": kv.create_revision,
        "revision": kv.mod_revision,
        "leased": kv.lease != 0,
    }
    if ttl is not None:
        shown["ttl"] = ttl.remaining
    if ttl is not None and ttl.granted is not None:
        shown["granted_ttl"] = ttl.granted
    return shown
