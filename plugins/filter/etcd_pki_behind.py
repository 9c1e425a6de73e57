# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd_pki, not for playbooks: which files of a host do not follow the CA yet."""

from __future__ import annotations

import typing as t

from ..plugin_utils._filters import filter_module
from ..plugin_utils._pki.observation import parse_ca, parse_observation
from ..plugin_utils._pki.rollover import find_behind


def etcd_pki_behind(
    seen: t.Mapping[str, t.Any], files: t.Sequence[t.Mapping[str, str]], ca: t.Mapping[str, t.Any], provided: str
) -> list[str]:
    """Return their paths, from what etcd_pki_info saw on the host of the files that it is to have."""
    desired = {str(file["cert"]): bool(file.get("key")) for file in files}
    return find_behind(parse_observation(seen), desired, parse_ca(ca), str(provided))


FilterModule = filter_module(etcd_pki_behind=etcd_pki_behind)
