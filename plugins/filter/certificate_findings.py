# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role verify, not for playbooks: which of etcd's certificates expire soon, and whether a CA rollover was left half-way."""

from __future__ import annotations

import typing as t

from ..module_utils._verify.expiry import check_expiry
from ..plugin_utils._filters import filter_module


def certificate_findings(days_left: t.Mapping[str, t.Mapping[str, int]], least: int) -> list[dict[str, t.Any]]:
    """Return the certificates that expire."""
    return check_expiry({host: {path: int(days) for path, days in paths.items()} for host, paths in days_left.items()}, int(least))


FilterModule = filter_module(certificate_findings=certificate_findings)
