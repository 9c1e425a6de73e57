# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: the URLs of the members of the inventory."""

from __future__ import annotations

from ..module_utils._etcd.member.addresses import member_urls
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(etcd_member_urls=member_urls)
