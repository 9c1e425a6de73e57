# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role provision, not for playbooks: what speaks against making or changing a cluster."""

from __future__ import annotations

from ..module_utils._cluster.provisioning import provision_problems
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(provision_problems=provision_problems)
