# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Opens the store that a module's options describe."""

from __future__ import annotations

import typing as t

from .._core.errors import InvalidInput
from .connection import Connection
from .store import Guard, KeyValue, KeyWrite, LeaseTtl, Range, Store
from .v3_client import EtcdV3
from .v3_store import V3Store

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def open_store(module: AnsibleModule) -> Store:
    """Return the store to use: an empty one in check mode with ``bootstrap``, else the etcd of the connection options."""
    if module.params["bootstrap"] and module.check_mode:
        return EmptyStore()
    connection = Connection.from_params(module.params)
    if module.params["api"] == "v3":
        return V3Store(EtcdV3(connection, warn=module.warn))
    # python-etcd is a requirement of API v2 alone.
    from .v2_store import V2Store

    return V2Store(connection)


class EmptyStore:
    """Stands in for an etcd that is not installed yet; check mode plans against it."""

    batch_limit = 1
    requests = 0

    def read(self, key: bytes) -> KeyValue | None:
        """Return no key."""
        return None

    def read_prefix(self, prefix: bytes) -> Range:
        """Return no keys."""
        return Range((), 0)

    def read_range(self, start: bytes, end: bytes) -> Range:
        """Return no keys."""
        return Range((), 0)

    def read_ttls(self, kvs: t.Iterable[KeyValue]) -> dict[bytes, LeaseTtl]:
        """Return no TTLs."""
        return {}

    def write(self, changes: t.Sequence[KeyWrite], guard: Guard | None = None) -> int:
        """Refuse: there is no etcd to write to."""
        raise InvalidInput("With bootstrap there is no etcd to write to, only one to plan against.")

    def delete_prefix(self, prefix: bytes, found: Range) -> int:
        """Refuse: there is no etcd to write to."""
        return self.write(())

    def keep_alive(self, kv: KeyValue, ttl: int) -> None:
        """Refuse: there is no etcd to write to."""
        self.write(())
