# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What several settings must be like together. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from .inventory import Inventory


@dataclass(frozen=True)
class SettingRule:
    """Yields a sentence or two for each problem; asked only when nothing is wrong with any of its settings by itself.

    ``roles`` ask it on their own, too, with what one host has.
    """

    settings: tuple[str, ...]
    problems: t.Callable[[Inventory], t.Iterator[str]]
    roles: tuple[str, ...] = ()
