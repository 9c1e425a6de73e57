# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd_pki, not for playbooks: whether and how the CA is replaced."""

from __future__ import annotations

import dataclasses
import typing as t

from ..plugin_utils._filters import filter_module
from ..plugin_utils._pki.observation import parse_ca, parse_observation
from ..plugin_utils._pki.rollover import plan_rollover


def etcd_pki_rollover(seen: t.Mapping[str, t.Any], asked_for: str, place: str) -> dict[str, t.Any]:
    """Return the plan, from what etcd_pki_info saw on the CA's host."""
    observation = parse_observation(seen)
    return dataclasses.asdict(plan_rollover(parse_ca(seen["ca"]), str(asked_for), str(place), observation.time))


FilterModule = filter_module(etcd_pki_rollover=etcd_pki_rollover)
