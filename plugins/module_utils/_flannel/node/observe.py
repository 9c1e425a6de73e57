# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Observes a node: reads everything that a decision about it needs. Changes nothing and decides nothing."""

from __future__ import annotations

import ipaddress
import platform
import typing as t
from dataclasses import dataclass

from ..._core.host.files import list_names, read_states, read_text
from . import paths
from .read_docker import read_docker
from .read_endpoints import ask_endpoints
from .read_firewall import read_firewall
from .read_system import read_interfaces, read_log, read_routes, read_settings, read_units

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

Facts = t.Dict[str, t.Any]

_MOST_NAMES = 4096
_MOST_PROGRAMS = 8
_FOLDERS = ("/etc/flannel", "/etc/cni/net.d", "/etc/docker", paths.OPT_DIR)


@dataclass(frozen=True)
class Question:
    """What to look at."""

    network: str
    program_dir: str
    cert_dir: str
    cni_bin_dirs: tuple[str, ...]
    endpoints: tuple[str, ...]


def read_node_info(module: AnsibleModule) -> dict[str, t.Any]:
    """Observe as the module's options say."""
    options = module.params
    return {
        "node": observe(
            Question(
                network=options["network"] or "",
                program_dir=options["program_dir"] or "",
                cert_dir=options["cert_dir"],
                cni_bin_dirs=tuple(options["cni_bin_dirs"]),
                endpoints=tuple(options["endpoints"]),
            )
        )
    }


def observe(question: Question) -> Facts:
    """Return all that is read on the node."""
    units = read_units()
    interfaces = read_interfaces()
    return {
        "architecture": platform.machine(),
        "interfaces": interfaces,
        "routes": read_routes(question.network),
        "settings": read_settings(interfaces),
        "units": units,
        "log": read_log(units),
        "files": _read_files(question),
        "subnet_env": read_text(paths.SUBNET_ENV),
        "conflist": read_text(paths.CONFLIST),
        "firewall": read_firewall(question.network),
        "cni_plugins": {folder: _read_plugins(folder) for folder in question.cni_bin_dirs},
        "cni_addresses": [name for name in list_names(paths.CNI_STATE, _MOST_NAMES) if _is_address(name)],
        "docker": read_docker(),
        "endpoints": ask_endpoints(question.endpoints, question.cert_dir),
    }


def _read_files(question: Question) -> Facts:
    """Return what the role's files are; with a sum those that it compares, which hold no secret."""
    programs = [f"{question.program_dir}/{name}" for name in list_names(question.program_dir, _MOST_PROGRAMS)]
    certificates = [f"{question.cert_dir}/{name}" for name in paths.CERTIFICATES]
    others = [*_FOLDERS, question.program_dir, paths.CNI_STATE, paths.DOCKER_CONFIG, paths.DOCKER_BEFORE, *certificates]
    return {**read_states([*paths.OWN_FILES, *programs], sums=True), **read_states(others, sums=False)}


def _read_plugins(folder: str) -> list[str]:
    names = list_names(folder, _MOST_NAMES)
    return [plugin for plugin in paths.CNI_PLUGINS if plugin in names]


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True
