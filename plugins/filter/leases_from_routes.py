# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role network_config, not for playbooks: leases rebuilt from route entries."""

from __future__ import annotations

from ..module_utils._cluster.recovery import plan_recovery
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(leases_from_routes=plan_recovery)
