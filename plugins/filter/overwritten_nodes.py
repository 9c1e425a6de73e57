# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role network_config, not for playbooks: the nodes whose lease was overwritten with what can't be right."""

from __future__ import annotations

from ..module_utils._cluster.loss import find_overwritten
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(overwritten_nodes=find_overwritten)
