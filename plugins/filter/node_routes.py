# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role vpc_routes, not for playbooks: the route entries of nodes that are removed."""

from __future__ import annotations

from ..module_utils._cluster.removal import plan_node_routes
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(node_routes=plan_node_routes)
