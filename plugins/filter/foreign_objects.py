# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role provision, not for playbooks: what is in a cluster's VPC and does not belong to the cluster."""

from __future__ import annotations

from ..module_utils._cluster.provisioning import foreign_objects
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(foreign_objects=foreign_objects)
