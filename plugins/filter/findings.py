# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role verify, not for playbooks: what is broken between etcd and a container's packet."""

from __future__ import annotations

from ..module_utils._verify.diagnosis import diagnose
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(findings=diagnose)
