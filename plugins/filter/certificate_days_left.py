# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd_pki, not for playbooks: how many days certificates have left."""

from __future__ import annotations

import typing as t

from ..module_utils._core.errors import CollectionError
from ..module_utils._verify.expiry import NOWHERE
from ..plugin_utils._filters import filter_module
from ..plugin_utils._pki.judge import count_days_left
from ..plugin_utils._pki.observation import parse_observation


def certificate_days_left(seen: t.Mapping[str, t.Any]) -> dict[str, int]:
    """Return the days by path, from what etcd_pki_info saw on a host; nothing of one that did not answer.

    Of an answer that can't be used it is a day of no path: a failure would take the host out of the run, and what others say with it.
    """
    if "certificates" not in seen:
        return {}
    try:
        return _count(seen)
    except (CollectionError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return {NOWHERE: 0}


def _count(seen: t.Mapping[str, t.Any]) -> dict[str, int]:
    observation = parse_observation(seen)
    days = {pair.cert.path: count_days_left(pair.pem, observation.time) for pair in observation.pairs.values()}
    return {path: left for path, left in days.items() if left is not None}


FilterModule = filter_module(certificate_days_left=certificate_days_left)
