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


def find_pending(seen: ObservedMember, link: str, read_at_start: t.Iterable[str]) -> list[str]:
    """Return the paths of what was changed since etcd was started, of its program and of these files; none when it does not run.

    A certificate of the member itself is none of them: it is taken at the next handshake.
    """
    if not seen.unit.has_process:
        return []
    other = [link] if seen.unit.program and seen.unit.program != seen.program else []
    return other + [path for path in read_at_start if path in seen.files and seen.files[path].is_newer]


def find_pending_of(seen: ObservedMember, wanted: DesiredMember) -> list[str]:
    """Return what etcd has not picked up of what a member is to be."""
    return find_pending(seen, wanted.install.link, wanted.read_at_start)
