# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Property tests are held to their laws, not to a time: a busy machine must not fail them."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("lawful", deadline=None)
settings.load_profile("lawful")
