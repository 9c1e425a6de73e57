# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Text that a host or etcd says, in a form that nothing takes for more than text. Pure."""

from __future__ import annotations

import re

from ..._core.text import show

# What begins a template: before ansible-core 2.19 a fact with it would be evaluated.
_TEMPLATE = re.compile(r"\{(?=[{%#])")


def harmless(text: str) -> str:
    """Return a text as it may be printed, without what a template could be made of."""
    return _TEMPLATE.sub("{ ", show(text.strip()))
