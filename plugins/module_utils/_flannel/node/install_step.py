# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Whether flanneld is on a node, as it is to be. Pure."""

from __future__ import annotations

import typing as t

from . import paths
from .step import Step, is_file, is_folder

if t.TYPE_CHECKING:
    from .desired import DesiredNode
    from .observed import ObservedNode


def plan_install(node: ObservedNode, wanted: DesiredNode) -> Step | None:
    """Plan to install flanneld. The link to it comes last, so that it stands for a program that is whole."""
    if wanted.mode != "daemon":
        return None
    install, machine = wanted.install, node.architecture
    archive = f"{install.program_dir}/{install.archive_name(machine)}"
    comes = (install.program, install.source, "0755") if install.method == "file" else (archive, install.archive_sum(machine), "0644")
    reasons = (
        *(f"{path} is missing or differs" for path in (paths.OPT_DIR, install.program_dir) if not is_folder(node.files.get(path))),
        *_differs(node, *comes),
        *(f"{path} is missing or differs" for path in (install.program,) if not is_file(node.files.get(path), "0755")),
        *_not_linked(node, install.program),
    )
    if not reasons:
        return None
    details = {
        "folders": [paths.OPT_DIR, install.program_dir],
        "method": install.method,
        "program": install.program,
        "archive": archive,
        "url": install.url(machine),
        "checksum": install.archive_sum(machine),
        "link": paths.LINK,
    }
    return Step("install", tuple(dict.fromkeys(reasons)), details)


def _differs(node: ObservedNode, path: str, checksum: str, mode: str) -> t.Iterator[str]:
    """Yield that a file is not what it is installed from."""
    state = node.files.get(path)
    if state is None or not is_file(state, mode) or state.sha256 != checksum.rpartition(":")[2]:
        yield f"{path} is missing or differs"


def _not_linked(node: ObservedNode, program: str) -> t.Iterator[str]:
    link = node.files.get(paths.LINK)
    if link is None or link.target != program:
        yield f"{paths.LINK} does not lead to it"
