# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
import time

from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.grpc.wire import Deadline
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.together import seconds_left, start, wait


def test_all_are_asked_at_once_and_none_is_waited_for_too_long() -> None:
    answers: list[int] = []
    stuck = threading.Event()

    def hang() -> None:
        stuck.wait()

    begin = time.monotonic()
    deadline = Deadline(0.3)
    wait([start(hang), start(lambda: answers.append(1)), start(lambda: answers.append(2))], deadline)
    assert sorted(answers) == [1, 2]
    assert 0.3 <= time.monotonic() - begin < 2
    assert seconds_left(deadline) == 0
    stuck.set()
