# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Whether Docker has the subnet that it is to have. Pure."""

from __future__ import annotations

import typing as t

from . import paths
from .contents import docker_values
from .observed import DockerFile, DockerState, Interface
from .step import Step, is_folder

if t.TYPE_CHECKING:
    from .desired import DesiredNode
    from .observed import ObservedNode

_DOCKER_DIR = "/etc/docker"


def plan_docker(node: ObservedNode, wanted: DesiredNode) -> Step | None:
    """Plan to give Docker the subnet."""
    values = docker_values(node, wanted)
    if not values:
        return plan_docker_back(node)
    config = node.docker.config or DockerFile()
    bridge = node.interfaces.get(paths.DOCKER_BRIDGE, Interface(0, ()))
    reasons = [f"{key} is {config.values.get(key, 'not set')}" for key, value in values.items() if config.values.get(key) != value]
    # As a run leaves it that was stopped between the file and the restart.
    stale = bridge.first_address not in ("", wanted.gateway.split("/")[0])
    if stale:
        reasons.append(f"{paths.DOCKER_BRIDGE} has {bridge.first_address}")
    if node.docker.before is None:
        reasons.append("its former settings are not recorded")
    return _step(node, reasons, write=config.values != values, subnet=values, restart=stale or config.values != values)


def plan_docker_back(node: ObservedNode) -> Step | None:
    """Plan to restore Docker's former settings, where they are recorded."""
    if node.docker.before is None:
        return None
    config = node.docker.config or DockerFile()
    changed = config.values != node.docker.before.values
    return _step(node, ["its former settings are recorded"], write=changed, subnet={}, restart=changed)


def _step(node: ObservedNode, reasons: t.Sequence[str], *, write: bool, subnet: t.Mapping[str, t.Any], restart: bool) -> Step | None:
    if not reasons:
        return None
    docker: DockerState = node.docker
    details = {
        "subnet": dict(subnet),
        "config_file": paths.DOCKER_CONFIG,
        "before_file": paths.DOCKER_BEFORE,
        "present": [
            path for path, file in ((paths.DOCKER_CONFIG, docker.config), (paths.DOCKER_BEFORE, docker.before)) if file is not None
        ],
        "folder": [] if is_folder(node.files.get(_DOCKER_DIR)) else [_DOCKER_DIR],
        "write": write,
        # Not when it doesn't run: it may be stopped on purpose.
        "restart": restart and node.unit(paths.DOCKER_UNIT).active,
    }
    return Step("docker", tuple(reasons), details)
