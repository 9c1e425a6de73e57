# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes in the vRouter's namespace: the emulated cloud and the mirror."""

from __future__ import annotations

import http.client
import os
import sys
import time
import typing as t
from functools import partial
from pathlib import Path

import yaml
from ansible_collections.alicloud.flannel.tests.sandbox.hosts import world as w
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.cgroup import ControlGroup
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.mirror import Mirror
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.netns import call_in_netns, entering, netns_name
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import SandboxError
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.wires import VROUTER

COLLECTIONS = Path(__file__).parents[6]
CLOUD = "ansible_collections.alicloud.flannel.tests.sandbox.cloud"
START_SECONDS = 20
LISTENERS = ((w.API_ADDRESS, w.API_PORT), (w.METADATA_ADDRESS, 80), (w.MIRROR_ADDRESS, 80))


def start_cloud(config: t.Mapping[str, t.Any], world: w.World, folder: Path) -> None:
    """Start the cloud; it boots the hosts of the instances that it has from the start."""
    file = _config_file(folder)
    file.write_text(yaml.safe_dump(dict(config), sort_keys=False), encoding="utf-8")
    listen = [f"--listen={w.API_ADDRESS}:{w.API_PORT}", f"--listen={w.METADATA_ADDRESS}:80"]
    python = ["env", f"PYTHONPATH={COLLECTIONS}", sys.executable, "-m", CLOUD]
    _start(world, [*python, f"--config={file}", *listen], folder / "cloud.log")


def read_config(folder: Path) -> dict[str, t.Any]:
    """Return what the cloud was started with."""
    return dict(yaml.safe_load(_config_file(folder).read_text(encoding="utf-8")))


def _config_file(folder: Path) -> Path:
    return folder / "cloud.yml"


def start_mirror(world: w.World, folder: Path, mirror: Mirror) -> None:
    """Start the web server for downloads."""
    server = [sys.executable, "-m", "http.server", "--bind", w.MIRROR_ADDRESS, "--directory", str(mirror.folder), "80"]
    _start(world, server, folder / "mirror.log")


def _start(world: w.World, argv: t.Sequence[str], log: Path) -> None:
    group = ControlGroup.of_sandbox(world.name, VROUTER)
    group.create()
    group.start(entering(netns_name(world.name, VROUTER), argv), log)


def wait_for_servers(world: w.World, folder: Path) -> None:
    """Wait until every server answers; by then the cloud has told its hosts to boot."""
    deadline = time.monotonic() + START_SECONDS
    for listener in LISTENERS:
        while not call_in_netns(netns_name(world.name, VROUTER), partial(_answers, listener)):
            if time.monotonic() > deadline or not ControlGroup.of_sandbox(world.name, VROUTER).is_populated():
                logs = "\n".join(_tail(folder / name) for name in ("cloud.log", "mirror.log"))
                raise SandboxError(f"nothing listens on {listener[0]}:{listener[1]} after {START_SECONDS} s; the logs end with:\n{logs}")
            time.sleep(0.05)


def _answers(listener: tuple[str, int]) -> bool:
    connection = http.client.HTTPConnection(*listener, timeout=START_SECONDS)
    try:
        # Whatever the answer is; it counts as no call of the API.
        connection.request("GET", "/latest/")
        connection.getresponse()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def _tail(log: Path) -> str:
    return f"{log.name}: " + os.fsdecode(log.read_bytes())[-1500:]
