# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd, not for playbooks: the configuration of a member whose data was made from a snapshot."""

from __future__ import annotations

import typing as t

from ..module_utils._etcd.cluster.restore import restored_config
from ..plugin_utils._filters import filter_module
from ..plugin_utils._yaml import dump_mapping, load_mapping


def etcd_restored_config(observed: t.Mapping[str, t.Any], initial_cluster: str, token: str) -> str:
    """Return the text, from what was observed on the host."""
    return restored_config(observed["etcd_member"]["config"], initial_cluster, token, load_mapping, dump_mapping)


FilterModule = filter_module(etcd_restored_config=etcd_restored_config)
