# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the role etcd_pki, not for playbooks: what is to be done about a host's certificates."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

from ..plugin_utils._filters import filter_module
from ..plugin_utils._pki.desired import desire
from ..plugin_utils._pki.observation import parse_ca, parse_observation
from ..plugin_utils._pki.plan import plan_host
from ..plugin_utils._pki.refusals import Circumstances, find_dependents


def etcd_pki_plan(
    seen: t.Mapping[str, t.Any],
    part: str,
    variables: t.Mapping[str, t.Any],
    ca: t.Mapping[str, t.Any] | None = None,
    provided: t.Mapping[str, t.Any] | None = None,
    members: t.Sequence[t.Mapping[str, t.Any]] = (),
    clients: t.Mapping[str, str] | None = None,
    check_mode: bool = False,
) -> dict[str, t.Any]:
    """Return the plan of a host, from what etcd_pki_info saw there and on the other members, and what the role's variables ask for.

    With ``clients``, which are the certificates that are provided to them, it is checked that nobody is cut off.
    """
    desired = desire(part, variables, provided or {})
    state = parse_ca(ca) if ca else None
    in_use = any(parse_observation(one).has_server_certificate for one in members if one)
    circumstances = Circumstances(in_use, None if clients is None else find_dependents(desired, clients), bool(check_mode))
    return plan_host(parse_observation(seen), desired, state, datetime.now(timezone.utc), circumstances).item()


FilterModule = filter_module(etcd_pki_plan=etcd_pki_plan)
