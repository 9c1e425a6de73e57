# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd_pki, not for playbooks: a certificate and its key from a text that has both."""

from __future__ import annotations

from ..module_utils._etcd.pki.pem import certificates_only, key_only
from ..plugin_utils._filters import filter_module


def etcd_pki_pair(text: str) -> dict[str, str]:
    """Return both; what the text does not have is empty."""
    return {"cert": certificates_only(text), "key": key_only(text)}


FilterModule = filter_module(etcd_pki_pair=etcd_pki_pair)
