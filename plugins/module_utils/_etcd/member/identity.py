# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Which client certificate a member's own programs use: that of etcd's user root, or else the member's."""

from __future__ import annotations

import typing as t
from pathlib import Path

_PAIR, _FALLBACK = ("client_cert", "client_key"), ("fallback_cert", "fallback_key")


def choose_certificate(options: t.Mapping[str, t.Any]) -> tuple[str, str]:
    """Return the paths of certificate and key, the fallback's where the first certificate does not exist or is empty."""
    names = _PAIR if _has_content(options["client_cert"]) or not options["fallback_cert"] else _FALLBACK
    cert, key = (options[name] or "" for name in names)
    return cert, key


def _has_content(path: str | None) -> bool:
    try:
        return bool(path) and Path(path or "").stat().st_size > 0
    except OSError:
        return False
