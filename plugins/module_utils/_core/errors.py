# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Errors that an operator can act on."""

from __future__ import annotations

import typing as t

from .text import LONGEST_MESSAGE, show


class CollectionError(Exception):
    """A failure that names what was attempted, on what, what came back and what to do next.

    ``details`` are JSON-safe values that the module returns beside the message
    (``code``, ``request_id``, ``endpoint`` and the like). Never put a secret into either. What others say may be in the message, which is
    one line of printable text, whatever they say.
    """

    def __init__(self, message: str, **details: t.Any) -> None:
        super().__init__(show(message, LONGEST_MESSAGE))
        self.details: dict[str, t.Any] = {name: value for name, value in details.items() if value is not None}


class InvalidInput(CollectionError):
    """What the user asked for can't be done as asked; nothing was written."""


class LostRace(CollectionError):
    """Somebody else wrote between our read and our write; nothing of ours was written."""
