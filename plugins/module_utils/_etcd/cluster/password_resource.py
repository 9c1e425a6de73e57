# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""A password that is kept in a file: it is there, or it is made."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.plan import Outcome
from .password_file import PasswordFile, make_password

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


@dataclass(frozen=True)
class PasswordPlan:
    """The password that the file has, None when there is none, and whether one is made."""

    path: str
    found: str | None
    is_made: bool

    @property
    def changes(self) -> tuple[str, ...]:
        """Return the file that is written; the password is not part of any plan."""
        return (self.path,) if self.is_made else ()

    def predict(self) -> Outcome:
        """Return what will hold: a password that is not made yet is not known."""
        return self.outcome(self.found or "")

    def outcome(self, password: str) -> Outcome:
        """Return the result with this password, which the diff never shows."""
        before, after = ({"exists": exists} for exists in (self.found is not None, self.found is not None or self.is_made))
        return Outcome(bool(self.changes), before, after, {"password": password})


class KeptPassword:
    """The file, and whether a password is made where there is none."""

    def __init__(self, path: str, create: bool) -> None:
        self._file = PasswordFile(path, "path")
        self._create = create

    def plan(self) -> PasswordPlan:
        """Look for the password."""
        found = self._file.read()
        return PasswordPlan(str(self._file.path), found, self._create and found is None)

    def apply(self, plan: PasswordPlan) -> Outcome:
        """Make the password and keep it."""
        password = make_password()
        self._file.write(password)
        return plan.outcome(password)


def make_kept_password(module: AnsibleModule) -> KeptPassword:
    """Return the password that the module's options describe."""
    return KeptPassword(module.params["path"], module.params["create"])
