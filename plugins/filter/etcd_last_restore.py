# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: when a cluster was restored last."""

from __future__ import annotations

from ..module_utils._etcd.cluster.backup import last_restore
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(etcd_last_restore=last_restore)
