# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One JSON line a case."""

from __future__ import annotations

import json
import time
import typing as t


def report(case: str, budget: t.Mapping[str, float], **counted: t.Any) -> bool:
    """Print a case and return whether it keeps its budget: no figure may be greater than its limit."""
    exceeded = [name for name, limit in budget.items() if counted[name] > limit]
    line = {"case": case, **counted, "budget": dict(budget)}
    print(json.dumps({**line, "exceeded": exceeded} if exceeded else line), flush=True)
    return not exceeded


def timed(function: t.Callable[..., t.Any], *args: t.Any, **options: t.Any) -> tuple[t.Any, float]:
    """Call a function and return what it returns, and the seconds that it took."""
    started = time.monotonic()
    value = function(*args, **options)
    return value, round(time.monotonic() - started, 3)
