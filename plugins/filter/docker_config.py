# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role flanneld, not for playbooks: what Docker's daemon.json is to hold for a node's subnet."""

from __future__ import annotations

import typing as t

from ..module_utils._core.errors import InvalidInput
from ..module_utils._flannel.docker import new_settings
from ..plugin_utils._filters import filter_module


def docker_config(current: str, before: str = "", subnet: t.Mapping[str, t.Any] | None = None) -> dict[str, t.Any]:
    """Return what daemon.json is to hold, and what to remember of it."""
    try:
        return dict(new_settings(current, before, subnet))
    except ValueError as exc:
        raise InvalidInput(f"Docker's daemon.json, or what was remembered of it, {exc}. Correct it.") from None


FilterModule = filter_module(docker_config=docker_config)
