# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role flanneld, not for playbooks: which addresses of other nodes' containers to ping."""

from __future__ import annotations

from ..module_utils._flannel.probe import probe_targets
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(probe_targets=probe_targets)
