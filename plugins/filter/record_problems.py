# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the roles network_config and vpc_routes, not for playbooks: the records in etcd that can't be right, and who has no lease."""

from __future__ import annotations

from ..module_utils._flannel.lease_faults import explain_records
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(record_problems=explain_records)
