# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Docker's start command."""

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.docker import own_flags


@pytest.mark.parametrize(
    ("command", "flags"),
    [
        ("/usr/bin/dockerd -H fd:// --bip=10.0.0.1/24 --mtu 1400", ["--bip", "--mtu"]),
        ("/usr/bin/dockerd --ip-masq=false", ["--ip-masq"]),
        ("/usr/bin/dockerd --network-control-plane-mtu=1400 --bip6=x", []),
        ("", []),
    ],
)
def test_options_in_the_command_are_found(command: str, flags: list[str]) -> None:
    assert own_flags(command) == flags
