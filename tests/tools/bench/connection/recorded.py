# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stands in for a host that is as it should be: answers the one module that looks at it, as a real host once did."""

from __future__ import annotations

DOCUMENTATION = """
name: recorded
short_description: Answer as a host that was recorded
description: Answers the module flannel_node_info with what was recorded, under this host's address and subnet, and refuses everything else.
author: alicloud.flannel contributors
options:
  record:
    description: File with the record.
    type: path
    vars: [{name: recorded_file}]
  address:
    description: Address of this host.
    type: str
    vars: [{name: ansible_host}]
  subnet:
    description: Subnet of this host.
    type: str
    vars: [{name: recorded_subnet}]
  calls:
    description: File to which each call adds the host's address.
    type: path
    vars: [{name: recorded_calls}]
"""

import json
import re
import typing as t
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase
from ansible_collections.alicloud.flannel.tests.tools.bench.record import Record

_MODULE = re.compile(r"(?:ansible\.modules|plugins\.modules)\.(\w+)")


class Connection(ConnectionBase):  # type: ignore[misc]
    """A connection to nowhere."""

    transport = "recorded"
    has_pipelining = True

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Answer a module."""
        found = _MODULE.search((in_data or b"").decode("utf-8", "replace"))
        if found is None or found.group(1) != "flannel_node_info":
            raise AnsibleConnectionFailure(f"A recorded host only answers flannel_node_info, not {found.group(1) if found else cmd[:200]}.")
        with Path(self.get_option("calls")).open("a", encoding="utf-8") as calls:
            calls.write(f"{self.get_option('address')}\n")
        record = Record.read(Path(self.get_option("record")))
        return 0, json.dumps(record.answer_of(self.get_option("address"), self.get_option("subnet"))).encode(), b""

    def put_file(self, in_path: str, out_path: str) -> t.NoReturn:
        """Refuse."""
        raise AnsibleConnectionFailure(f"A recorded host takes no files: {out_path}.")

    def fetch_file(self, in_path: str, out_path: str) -> t.NoReturn:
        """Refuse."""
        raise AnsibleConnectionFailure(f"A recorded host has no files: {in_path}.")

    def close(self) -> None:
        """Forget it."""
        self._connected = False
