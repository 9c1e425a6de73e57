# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An inventory whose hosts are all to be root's: sudo is for them, and not for the controller."""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.control_plane_fixtures import (
    THREE_NODES,
    ControlPlane,
    control_plane,
    plain_etcd,
)

__all__ = ["control_plane", "plain_etcd"]

HERE = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}


@pytest.fixture
def sudo(tmp_path: Path) -> Path:
    """Return a program that remembers that it was called, and fails."""
    program = tmp_path / "sudo"
    program.write_text(f"#!/bin/sh\necho >>{tmp_path}/called\nexit 1\n")
    program.chmod(0o755)
    return program


def becoming(sudo: Path) -> dict[str, t.Any]:
    return {"ansible_become": True, "ansible_become_user": "nobody", "ansible_become_exe": str(sudo)}


def test_nobody_becomes_root_on_the_controller(control_plane: ControlPlane, sudo: Path) -> None:
    control_plane.publish()
    run = control_plane.run("routes.yml", becoming(sudo))
    assert run.rc == 0, run.messages()
    assert len(control_plane.region.routes()) == 3
    assert not (sudo.parent / "called").exists()


def test_on_another_control_host_the_inventory_decides(control_plane: ControlPlane, sudo: Path) -> None:
    control_plane.publish()
    nodes = {**THREE_NODES, "n1": {**THREE_NODES["n1"], **HERE}}
    settings = {"flannel_control_host": "n1"}
    assert control_plane.run("routes.yml", settings, nodes=nodes).rc == 0
    assert control_plane.run("routes.yml", {**settings, **becoming(sudo)}, nodes=nodes).rc != 0
    assert (sudo.parent / "called").exists()
