# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.read_host import os_family


@pytest.mark.parametrize(
    ("release", "family"),
    [
        ('NAME="Debian"\nID=debian\n', "debian"),
        ("ID=ubuntu\nID_LIKE=debian\n", "debian"),
        ('ID=mint\nID_LIKE="ubuntu debian"\n', "debian"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "rocky"),
        ("ID=debianesque\n", "debianesque"),
        ("ID=" + "x" * 1000, "x" * 64),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_the_family_of_systems(release: str, family: str) -> None:
    assert os_family(release) == family
