# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fixtures that tests of several files use."""

from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import cloud, cloud_args
from ansible_collections.alicloud.flannel.tests.integration.alicloud.ecs.ecs_fixtures import ecs
from ansible_collections.alicloud.flannel.tests.integration.alicloud.object_fixtures import empty_region, furnished_region
from ansible_collections.alicloud.flannel.tests.integration.alicloud.ram.ram_fixtures import ram
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import certificates, etcd, etcd_auth, etcd_tls, park, prefix
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_tasks import api
from ansible_collections.alicloud.flannel.tests.integration.flannel.flannel_records import bare, flannel, flannel_v3
from ansible_collections.alicloud.flannel.tests.integration.routes.route_fixtures import region

__all__ = [
    "api",
    "bare",
    "certificates",
    "cloud",
    "cloud_args",
    "ecs",
    "empty_region",
    "etcd",
    "etcd_auth",
    "etcd_tls",
    "flannel",
    "flannel_v3",
    "furnished_region",
    "park",
    "prefix",
    "ram",
    "region",
]
