# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd_pki, not for playbooks: the certificates of the CAs to trust."""

from __future__ import annotations

import typing as t

from ..plugin_utils._filters import filter_module
from ..plugin_utils._pki.ca import trusted_text
from ..plugin_utils._pki.observation import parse_ca


def etcd_pki_trusted(ca: t.Mapping[str, t.Any] | None, provided: str) -> str:
    """Return those of the role's CA, if there is one, and those that are provided."""
    return trusted_text(parse_ca(ca) if ca else None, str(provided))


FilterModule = filter_module(etcd_pki_trusted=etcd_pki_trusted)
