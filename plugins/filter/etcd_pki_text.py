# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd_pki, not for playbooks: a certificate or key that the user provides, as text."""

from __future__ import annotations

from pathlib import Path

from ..module_utils._core.errors import InvalidInput
from ..plugin_utils._filters import filter_module


def etcd_pki_text(given: str) -> str:
    """Return the text itself, or what is in the file on the controller that is named; nothing for nothing."""
    if not given or "--BEGIN" in given:
        return str(given)
    try:
        return Path(given).expanduser().read_text(encoding="utf-8")
    except (OSError, ValueError) as exc:
        # Without what was given, which may be a key that lost its first line.
        raise InvalidInput(
            "One of etcd_pki_…_cert and etcd_pki_…_key is neither PEM text nor a file that can be read on the controller "
            f"({type(exc).__name__}). Nothing was changed."
        ) from None


FilterModule = filter_module(etcd_pki_text=etcd_pki_text)
