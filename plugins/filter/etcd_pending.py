# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: what a running etcd has not picked up yet."""

from __future__ import annotations

import typing as t

from ..module_utils._etcd.member.observed import parse_member
from ..module_utils._etcd.member.pending import find_pending
from ..plugin_utils._filters import filter_module
from ..plugin_utils._yaml import load_mapping


def etcd_pending(result: t.Mapping[str, t.Any], name: str, program: str, files: t.Sequence[str]) -> list[str]:
    """Return the paths, of its program and of files that it reads when it starts, from a result of etcd_member_info on this host."""
    return find_pending(parse_member(result["etcd_member"], name, load_mapping), program, files)


FilterModule = filter_module(etcd_pending=etcd_pending)
