# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Whether a node's daemon was started before a given time. Pure."""

from __future__ import annotations

import typing as t

from .observed import parse_node
from .paths import DAEMON_UNIT


def is_older(answer: t.Any, name: str, before: int) -> bool:
    """Say whether the daemon runs since this time or an earlier one, in seconds since 1970."""
    daemon = parse_node(answer, name).unit(DAEMON_UNIT)
    return daemon.active and daemon.started is not None and daemon.started <= before
