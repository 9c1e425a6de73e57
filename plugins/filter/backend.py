# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role network_config, not for playbooks: which backend a flannel network has, and what speaks against it."""

from __future__ import annotations

import typing as t

from ..module_utils._flannel.backend import choose_backend, find_room, parse_live
from ..plugin_utils._filters import filter_module

if t.TYPE_CHECKING:
    from ..module_utils._core.item import Item


def backend(
    desired: str,
    published: Item | None = None,
    leases: t.Sequence[Item] = (),
    options: Item | None = None,
    nodes: t.Sequence[Item] = (),
    vpc: Item | None = None,
    tables: t.Sequence[Item] = (),
    network: str = "0.0.0.0/0",
    owner: str = "",
    *,
    daemon: bool = True,
    change: bool = False,
) -> dict[str, t.Any]:
    """Return the backend to have and what speaks against it."""
    live = parse_live(published, leases)
    room = find_room(nodes, vpc or {}, tables, network, owner)
    return choose_backend(desired, live, room, daemon=daemon, change=change, options=options).public(live)


FilterModule = filter_module(backend=backend)
