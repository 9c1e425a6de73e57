# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Docker's daemon.json: how it gets a node's subnet, and how it is restored. Pure."""

from __future__ import annotations

import json
import re
import typing as t

if t.TYPE_CHECKING:
    from .._core.item import Item

KEYS = ("bip", "mtu", "ip-masq")


def new_settings(current: str, before: str, subnet: Item | None) -> dict[str, Item]:
    """Return the content of daemon.json, and what to remember of it.

    From its text, what was remembered of it (empty: nothing), and the desired values (none: restore it).
    """
    config, remembered = parse_settings(current), parse_settings(before)
    # What is remembered dates from before the first run: values that are ours by now say nothing about it.
    kept = remembered if before else {key: config[key] for key in KEYS if key in config}
    restored = {**{key: value for key, value in config.items() if key not in KEYS}, **kept} if before else config
    return {"config": {**config, **subnet} if subnet else restored, "before": kept}


def parse_settings(text: str) -> Item:
    """Return the settings that a file holds; raise ValueError that says why it holds none."""
    try:
        config = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        raise ValueError("is not valid JSON") from None
    if not isinstance(config, dict):
        raise ValueError("is not a JSON object")
    return t.cast("Item", config)


def own_flags(command: str) -> list[str]:
    """Return which of our options are in Docker's start command: it does not start with one that is in daemon.json, too."""
    return [f"--{key}" for key in KEYS if re.search(rf"(?<!\S)--{key}(?![\w-])", command)]
