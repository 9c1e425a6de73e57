# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Controllers with another Python and another ansible-core than this machine has."""

from __future__ import annotations

from ansible_collections.alicloud.flannel.tests.sandbox.controller.controller import Controller, make_controller

__all__ = ["Controller", "make_controller"]
