# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the contract tests."""

from __future__ import annotations

from ansible_collections.alicloud.flannel.tests.integration.cloud_fixtures import cloud, cloud_args

__all__ = ["cloud", "cloud_args"]
