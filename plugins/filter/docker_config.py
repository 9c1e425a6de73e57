# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role flanneld, not for playbooks: what Docker's daemon.json is to hold for a node's subnet."""

from __future__ import annotations

import typing as t

from ..module_utils._flannel.docker import plan_docker
from ..plugin_utils._filters import filter_module


def docker_config(current: str, before: str = "", subnet: t.Mapping[str, t.Any] | None = None, command: str = "") -> dict[str, t.Any]:
    """Return what daemon.json is to hold."""
    return plan_docker(current, before, subnet, command).public()


FilterModule = filter_module(docker_config=docker_config)
