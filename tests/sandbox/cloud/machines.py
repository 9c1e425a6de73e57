# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs the instances below the emulated API: the cloud calls it, it never calls the cloud."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Instance


class Machines(t.Protocol):
    """Effects of the instances' states on real hosts.

    Calls come one at a time and in order, with no lock of the state held; a call may read the state but must not call the API.
    The API answers nobody while a call lasts: begin what takes long, such as a boot or an orderly shutdown, and return. Every
    method sets a state, so the same call may come again. On start the cloud tells every instance that runs already. The rules and
    the check of an instance reach the dataplane before its machine is started. Machines that a world file names get the state.
    """

    def machine_started(self, instance: Instance) -> None:
        """Boot the instance's host under its address; the instance is Running once this returns.

        The instance carries what a first boot needs: name, private_ip, key_pair, user_data, password.
        """

    def machine_stopped(self, instance_id: str) -> None:
        """Shut the host down and keep its disk; the instance is Stopped once this returns."""

    def machine_released(self, instance_id: str) -> None:
        """End the host, running or not, and throw its disk away; the instance is gone already."""
