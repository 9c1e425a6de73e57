# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the roles, not for playbooks: what a host says, as it may be printed."""

from __future__ import annotations

import typing as t

from ..module_utils._core.text import LONGEST_VALUE, show
from ..plugin_utils._filters import filter_module


def shown(said: t.Any, default: str = "no reason given", most: int = LONGEST_VALUE) -> str:
    """Return the text escaped and bounded; the default where nothing was said."""
    return show("" if said is None else said, int(most)).strip() or default


FilterModule = filter_module(shown=shown)
