# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fixtures that the attackers use; property tests are held to their laws, not to a time."""

from __future__ import annotations

from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import certificates, etcd, park, prefix
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_tasks import api
from ansible_collections.alicloud.flannel.tests.integration.flannel.flannel_records import bare, flannel
from hypothesis import settings

settings.register_profile("lawful", deadline=None)
settings.load_profile("lawful")

__all__ = ["api", "bare", "certificates", "etcd", "flannel", "park", "prefix"]
