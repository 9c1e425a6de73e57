# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role flanneld, not for playbooks: the leases of one node."""

from __future__ import annotations

from ..module_utils._flannel.nodes import own_leases
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(own_leases=own_leases)
