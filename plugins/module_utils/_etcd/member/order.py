# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Which members are restarted, one after the other. Pure."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ..._core.item import Item


def order_restarts(plan: Item, present: t.Iterable[str], renewed: t.Collection[str], leader: str = "") -> list[str]:
    """Return those of a public plan whose hosts are still in the run, and those whose CA is another than they run with; the leader last.

    ``renewed`` are the hosts whose CA was changed after they were observed. Without a ``leader`` it is that of the plan.
    """
    due = [*plan["restarts"], *(name for name in plan["running"] if name in renewed and name not in plan["restarts"])]
    hosts = {str(name) for name in present}
    return sorted((name for name in due if name in hosts), key=lambda name: name == (leader or plan["leader"]))
