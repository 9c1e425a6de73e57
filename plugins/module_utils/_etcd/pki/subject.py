# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The subject of a certificate. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..._core.errors import InvalidInput

# What openssl takes, and prints again as it was. Longer names than this it refuses.
_VALUE = re.compile(r"[^\x00-\x1f\x7f\\]{1,64}")


@dataclass(frozen=True)
class Subject:
    """An organization and, unless empty, a common name."""

    organization: str
    common_name: str = ""

    def __post_init__(self) -> None:
        for name, value in (("organization", self.organization), ("common_name", self.common_name or "none")):
            if not _VALUE.fullmatch(value):
                raise InvalidInput(
                    f"The {name} {value!r} can't be in a certificate: it has 1 to 64 characters, and no backslash. Correct it."
                )

    def __str__(self) -> str:
        """Return it as messages show it."""
        return f"/O={self.organization}" + (f"/CN={self.common_name}" if self.common_name else "")

    def for_openssl(self) -> str:
        """Return it as the option -subj takes it, where a slash and a plus begin something else."""
        parts = [("O", self.organization), ("CN", self.common_name)]
        return "".join(f"/{name}=" + re.sub(r"([/+])", r"\\\1", value) for name, value in parts if value)

    def lines(self) -> list[str]:
        """Return it as openssl prints it with one name a line."""
        return [f"{name}={value}" for name, value in (("O", self.organization), ("CN", self.common_name)) if value]
