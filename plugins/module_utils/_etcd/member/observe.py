# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Observes a member of etcd: reads everything that a decision about it needs. Changes nothing and decides nothing."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ..._core.host.files import read_text
from ..snapshot.origin import read_restore
from .identity import choose_certificate
from .read_cluster import Access, Asked, read_cluster
from .read_files import read_member_files
from .read_host import read_host
from .read_journal import read_last_error
from .read_program import read_program
from .read_unit import read_unit

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

Options = t.Mapping[str, t.Any]
Values = t.Dict[str, t.Any]

HOST, CLUSTER, AUTH = GATHER = ("host", "cluster", "auth")


def read_member_info(module: AnsibleModule) -> Values:
    """Observe as the module's options say."""
    return {"etcd_member": observe(module.params)}


def observe(options: Options) -> Values:
    """Return all that was asked for; what was not is null."""
    wanted = options["gather"]
    has_data = (Path(options["data_dir"]) / "member").is_dir()
    is_asked = (has_data or options["endpoints"]) and {CLUSTER, AUTH} & {*wanted}
    asked = _ask(options, AUTH in wanted) if is_asked else None
    return {
        **_read_host(options, HOST in wanted),
        "has_data": has_data,
        "cluster": asked.item() if asked and CLUSTER in wanted else None,
        "auth": asked.auth.item() if asked and asked.auth else None,
    }


def _read_host(options: Options, is_wanted: bool) -> Values:
    if not is_wanted:
        return dict.fromkeys(("host", "program", "unit", "files", "config", "last_error", "restore"))
    unit = read_unit(options["unit"])
    return {
        "host": read_host(),
        "program": read_program(options["program"]),
        "unit": unit,
        "files": read_member_files(options["files"], unit["started_at"]),
        "config": read_text(options["config"]) or "",
        "last_error": read_last_error(options["unit"]),
        "restore": read_restore(Path(options["data_dir"])).item(),
    }


def _ask(options: Options, with_auth: bool) -> Asked:
    cert, key = choose_certificate(options)
    access = Access(options["endpoint"], options["ca_cert"] or "", cert, key, options["timeout"])
    return read_cluster(access, options["endpoints"], with_auth)
