# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.alicloud.flannel.plugins.module_utils._core.host.owners import group_name, user_name


def test_numbers_have_names_where_somebody_has_them() -> None:
    assert (user_name(0), group_name(0)) == ("root", "root")
    assert (user_name(4_000_000_000), group_name(4_000_000_000)) == ("4000000000", "4000000000")
