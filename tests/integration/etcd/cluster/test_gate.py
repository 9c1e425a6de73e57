# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate before a member is restarted or defragmented: which answers of ``etcdctl endpoint health`` open it."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

SCRIPT = PROJECT / "roles/etcd/files/gate.sh"
WELL = "https://192.0.2.1:2379 is healthy: successfully committed proposal: took = 2.1ms"
FULL = "https://192.0.2.2:2379 is unhealthy: failed to commit proposal: Active Alarm(s): NOSPACE "
DEAD = "https://192.0.2.3:2379 is unhealthy: failed to commit proposal: context deadline exceeded"
CORRUPT = "https://192.0.2.3:2379 is unhealthy: failed to commit proposal: Active Alarm(s): CORRUPT "

TEST_GATE: list[tuple[list[str], int, bool]] = [
    ([WELL, WELL], 0, True),
    ([WELL, FULL], 1, True),
    ([FULL, FULL], 1, True),
    ([WELL, DEAD], 1, False),
    ([FULL, DEAD], 1, False),
    ([FULL, CORRUPT], 1, False),
    (["Error: bad certificate"], 1, False),
    ([], 1, False),
]


@pytest.mark.parametrize(("answers", "code", "is_open"), TEST_GATE)
def test_only_want_of_space_is_let_pass(answers: list[str], code: int, is_open: bool) -> None:
    command = ["sh", "-c", f'printf "%s\\n" "$@" >&2; exit {code}', "sh", *answers]
    done = subprocess.run(["sh", "-c", SCRIPT.read_text(), "sh", *command], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is is_open
