# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real hosts around the emulated cloud: systemd, SSH and packets on one machine. See tests/sandbox/README.md."""

from __future__ import annotations

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.sandbox import Sandbox
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import SandboxError

__all__ = ["Sandbox", "SandboxError"]
