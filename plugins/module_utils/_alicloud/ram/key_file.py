# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The file that an access key is written to, once: its secret can't be read from the cloud again."""

from __future__ import annotations

import os
import re
import tempfile
import typing as t
from pathlib import Path

from ..._core.errors import InvalidInput

_ID = re.compile(r"^ALIBABA_CLOUD_ACCESS_KEY_ID=(\S+)$", re.MULTILINE)


class AccessKey(t.NamedTuple):
    """An access key and its secret."""

    access_key_id: str
    access_key_secret: str

    def __repr__(self) -> str:
        return "AccessKey(...)"


class KeyFile:
    """A file with the two environment variables that every cloud module reads, for its owner alone."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        if not self.path.is_absolute():
            raise InvalidInput(f"The option access_key_file is {path!r}: give an absolute path.")

    def read_id(self) -> str | None:
        """Return the ID of the key in the file; None when there is no file, and nothing when it holds no key."""
        try:
            found = _ID.search(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as exc:
            raise InvalidInput(f"The file {self.path} of the option access_key_file can't be read: {exc}.") from None
        return found.group(1) if found else ""

    def check_folder(self) -> None:
        """Refuse a folder that no file can be written to: the key would be made and lost."""
        folder = self.path.parent
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            raise InvalidInput(
                f"The folder {folder} of the option access_key_file does not exist, or can't be written to; no key was made."
            )

    def write(self, key: AccessKey) -> None:
        """Write the file whole or not at all, readable for its owner alone; raise OSError."""
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(f"ALIBABA_CLOUD_ACCESS_KEY_ID={key.access_key_id}\nALIBABA_CLOUD_ACCESS_KEY_SECRET={key.access_key_secret}\n")
                file.flush()
                os.fsync(file.fileno())
            # Unlike a rename, a link never replaces a file that has appeared in the meantime.
            os.link(name, self.path)
        finally:
            Path(name).unlink()
