# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd_pki, not for playbooks: why a certificate can't be used for etcd."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

from ..plugin_utils._filters import filter_module
from ..plugin_utils._pki.judge import CertificateRequirements, find_problems


def certificate_problems(
    cert: str,
    ca: str,
    key: str | None = None,
    usages: t.Sequence[str] = (),
    names: t.Sequence[str] = (),
    user: str | None = None,
    other_users: t.Sequence[str] = (),
) -> list[str]:
    """Return why the certificate can't be used."""
    desired = CertificateRequirements(tuple(usages), tuple(names), user, tuple(other_users))
    return find_problems(str(cert), None if key is None else str(key), str(ca), desired, datetime.now(timezone.utc))


FilterModule = filter_module(certificate_problems=certificate_problems)
