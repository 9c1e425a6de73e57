# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What a running etcd has not picked up yet. Pure.

Read from the process and the files, not remembered by a run, so that the next run completes an interrupted one.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .desired import DesiredMember
    from .observed import ObservedMember


def find_pending(seen: ObservedMember, wanted: DesiredMember) -> list[str]:
    """Return the paths of what was changed since etcd was started; none when it does not run."""
    if not seen.unit.has_process:
        return []
    other = [wanted.install.link] if seen.unit.program and seen.unit.program != seen.program else []
    # A certificate of the member itself is taken at the next handshake.
    read_at_start = (wanted.config_path, wanted.unit_path, wanted.trusted)
    return other + [path for path in read_at_start if path in seen.files and seen.files[path].is_newer]
