# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Reads of Docker's settings what the plan needs. The rest may hold a proxy's password and stays on the node."""

from __future__ import annotations

import typing as t

from ..._core.host.commands import output
from ..._core.host.files import read_text
from ..docker import KEYS, own_flags, parse_settings
from .paths import DOCKER_BEFORE, DOCKER_CONFIG, DOCKER_UNIT

Facts = t.Dict[str, t.Any]

_LONGEST_VALUE = 100


def read_docker() -> Facts:
    """Return the values of our keys, in the settings and in what was remembered of them, and the flags in Docker's start command."""
    return {
        "config": read_settings_file(DOCKER_CONFIG),
        "before": read_settings_file(DOCKER_BEFORE),
        "flags": own_flags(output("systemctl", "show", "--property=ExecStart", DOCKER_UNIT)),
    }


def read_settings_file(path: str) -> Facts | None:
    """Return what a file says of our keys; None where there is no file."""
    text = read_text(path)
    if text is None:
        return None
    try:
        settings = parse_settings(text)
    except ValueError as exc:
        return {"problem": str(exc), "values": {}}
    return {"problem": "", "values": {key: _short(settings[key]) for key in KEYS if key in settings}}


def _short(value: t.Any) -> str | int | None:
    """Return a value as it is when it can be one of ours, else None."""
    return value if isinstance(value, int) or (isinstance(value, str) and len(value) <= _LONGEST_VALUE) else None
