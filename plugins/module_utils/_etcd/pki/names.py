# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The names and addresses that a member's certificate is for. Pure.

They become lines of openssl's configuration on the CA's host, where a comma or a line break would begin something else.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ..._core.errors import InvalidInput

_DNS_NAME = re.compile(r"(?:\*\.)?[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}", re.ASCII)


def certificate_names(names: t.Sequence[str], hostname: str) -> list[str]:
    """Return the names as openssl writes them, addresses first; what the host calls itself is left out where it is no name."""
    return openssl_names([*names, hostname] if _DNS_NAME.fullmatch(hostname) and not _is_address(hostname) else names)


def openssl_names(names: t.Sequence[str]) -> list[str]:
    """Return the names as openssl writes them, addresses first."""
    for name in names:
        if not _is_address(name) and not _DNS_NAME.fullmatch(name):
            raise InvalidInput(
                f"A certificate can't be made for the name {name!r}: it must be an IP address or a DNS name, as all of "
                "etcd_pki_extra_names are. Correct it."
            )
    listed = dict.fromkeys(names)
    return [*(f"IP:{name}" for name in listed if _is_address(name)), *(f"DNS:{name}" for name in listed if not _is_address(name))]


def _is_address(name: str) -> bool:
    try:
        return "%" not in name and bool(ipaddress.ip_address(name))
    except ValueError:
        return False
