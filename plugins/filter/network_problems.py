# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role network_config, not for playbooks: what speaks against a flannel config."""

from __future__ import annotations

import typing as t

from ..module_utils._flannel import network as networks
from ..module_utils._flannel.network_fit import (
    change_problems,
    reservation_problems,
    reserved_ranges,
)
from ..plugin_utils._filters import filter_module


def network_problems(
    config: str | bytes | t.Mapping[str, t.Any],
    nodes: t.Sequence[t.Any] = (),
    vpc: t.Mapping[str, t.Any] | None = None,
    published: t.Mapping[str, t.Any] | None = None,
    leases: t.Sequence[t.Mapping[str, t.Any]] = (),
) -> list[str]:
    """Return what speaks against the config."""
    reserved = reserved_ranges(vpc) if vpc else []
    problems = networks.network_problems(config, nodes, reserved)
    return problems or reservation_problems(config, nodes) or change_problems(config, published, leases)


FilterModule = filter_module(network_problems=network_problems)
