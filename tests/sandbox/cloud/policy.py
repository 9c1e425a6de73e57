# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RAM policies. Pure: an explicit Deny wins, then an Allow, else no."""

from __future__ import annotations

import fnmatch
import typing as t

ACCOUNT_ID = "1000000000000000"


def is_allowed(policy: t.Mapping[str, t.Any] | None, action: str, resource: str) -> bool:
    """Say whether the policy lets its holder do the action on the resource."""
    if policy is None:
        return True
    effects = {s["Effect"] for s in policy["Statement"] if _matches(s["Action"], action) and _matches(s["Resource"], resource)}
    return "Allow" in effects and "Deny" not in effects


def _matches(patterns: str | t.Sequence[str], value: str) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatch.fnmatchcase(value.lower(), pattern.lower()) for pattern in listed)


def resource_name(product: str, region: str, path: str) -> str:
    return f"acs:{product.lower()}:{region}:{ACCOUNT_ID}:{path}"
