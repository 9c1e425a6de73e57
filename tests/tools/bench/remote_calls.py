# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts what Ansible starts on each host: programs that stand in for ssh and sftp note the host, and then are ssh and sftp."""

from __future__ import annotations

import shutil
import typing as t
from collections import Counter
from pathlib import Path

_PROGRAM = """#!/bin/sh
for word; do
  word=${word#[}
  word=${word%]}
  case " $BENCH_HOSTS " in *" $word "*)
    echo "$word" >> "$BENCH_CALLS"
    break ;;
  esac
done
exec PROGRAM "$@"
"""


class RemoteCalls:
    """The calls of one run, by the name of the host."""

    def __init__(self, folder: Path, addresses: t.Mapping[str, str], path: str | None = None) -> None:
        """Write the programs into a folder; ``path`` is where the real ones are looked for, by default where every program is."""
        self.addresses = addresses
        self._names = {address: name for name, address in addresses.items()}
        self._log = folder / "calls"
        self._log.write_text("")
        self.environment = {"BENCH_CALLS": str(self._log), "BENCH_HOSTS": " ".join(self._names)}
        for program in ("ssh", "sftp"):
            stand_in = folder / program
            stand_in.write_text(_PROGRAM.replace("PROGRAM", str(shutil.which(program, path=path))))
            stand_in.chmod(0o755)
            self.environment[f"ANSIBLE_{program.upper()}_EXECUTABLE"] = str(stand_in)

    def count(self) -> Counter[str]:
        """Return the number of calls of each host so far."""
        return Counter(self._names[address] for address in self._log.read_text().split())

    def reset(self) -> None:
        """Begin anew."""
        self._log.write_text("")
