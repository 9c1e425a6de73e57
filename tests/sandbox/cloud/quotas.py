# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Quotas 2020-05-10: how many custom entries a route table may hold."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.request import ApiRequest

ROUTE_ENTRIES = ("vpc", "vpc_quota_route_entrys_num")


def get_product_quota(request: ApiRequest) -> dict[str, t.Any]:
    product, code = request.require("ProductCode"), request.require("QuotaActionCode")
    if (product, code) != ROUTE_ENTRIES:
        raise ApiError("QUOTA.NOT.EXIST", "There is no such quota.", 404)
    return {
        "Quota": {
            "ProductCode": product,
            "QuotaActionCode": code,
            "TotalQuota": request.state.route_quota,
            "Adjustable": True,
            "QuotaCategory": "CommonQuota",
        }
    }
