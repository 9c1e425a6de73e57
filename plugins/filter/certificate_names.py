# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd_pki, not for playbooks: what a member's certificate is for."""

from __future__ import annotations

from ..module_utils._etcd.pki.names import certificate_names
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(certificate_names=certificate_names)
