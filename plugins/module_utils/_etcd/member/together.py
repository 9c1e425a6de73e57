# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Asks several questions at once, and waits for the answers no longer than until a deadline.

Threads that nobody waits for when the process ends, as those of concurrent.futures are not: a name that is being looked up can't be given a
timeout.
"""

from __future__ import annotations

import threading
import typing as t

from ..grpc.errors import NoReply

if t.TYPE_CHECKING:
    from ..grpc.wire import Deadline

_SECONDS_TO_NOTICE = 0.1


def start(question: t.Callable[[], None]) -> threading.Thread:
    """Begin to ask. What it learns it keeps itself, since it may be waited for in vain."""
    thread = threading.Thread(target=question, daemon=True)
    thread.start()
    return thread


def wait(threads: t.Iterable[threading.Thread], deadline: Deadline) -> None:
    """Wait until all have their answers, or the time is over."""
    for thread in threads:
        thread.join(seconds_left(deadline) + _SECONDS_TO_NOTICE)


def seconds_left(deadline: Deadline) -> float:
    """Return how many seconds are left, none when the time is over."""
    try:
        return deadline.left()
    except NoReply:
        return 0
