# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The file that keeps a user's password on the host where the module runs."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from ..._core.errors import InvalidInput

_LONGEST = 4096


class PasswordFile:
    """A file whose only line is a password, for its owner alone."""

    def __init__(self, path: str, option: str = "password_file") -> None:
        self.path = Path(path)
        self._option = option
        if not self.path.is_absolute():
            raise InvalidInput(f"The option {option} is {path!r}: give an absolute path.")

    def read(self) -> str | None:
        """Return the password, None when there is no file or an empty one."""
        try:
            with self.path.open(encoding="utf-8") as file:
                return file.read(_LONGEST).strip() or None
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) else "it is not text"
            raise InvalidInput(f"Could not read {self.path}, which the option {self._option} names: {reason}.") from None

    def write(self, password: str) -> None:
        """Write the file whole or not at all."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")  # mode 0600
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(f"{password}\n")
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except OSError as exc:
            text = f"Could not write {self.path}, which the option {self._option} names: {exc.strerror}. No user was changed."
            raise InvalidInput(text) from None


def make_password() -> str:
    """Return a new password."""
    return secrets.token_hex(32)
