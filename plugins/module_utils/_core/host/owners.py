# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Names of users and groups by their numbers."""

from __future__ import annotations

import grp
import pwd


def user_name(number: int) -> str:
    """Return the name of a user; the number where no user has it."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def group_name(number: int) -> str:
    """Return the name of a group; the number where no group has it."""
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
