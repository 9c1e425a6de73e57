# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role flanneld, not for playbooks: whether a node's daemon was started before a given time."""

from __future__ import annotations

from ..module_utils._flannel.node.restart import is_older
from ..plugin_utils._filters import filter_module

FilterModule = filter_module(node_restart=is_older)
