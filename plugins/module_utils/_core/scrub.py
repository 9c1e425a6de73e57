# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Keeps cloud keys out of everything shown: a legacy flannel configuration in etcd may hold a pair of them."""

from __future__ import annotations

import json
import re
import typing as t

MASK = "********"

# flannel's JSON decoder takes the names in any case.
_NAMES = ("accesskeyid", "accesskeysecret")
_IN_TEXT = re.compile(r'("accesskey(?:id|secret)"\s*:\s*)"((?:[^"\\]|\\.)*)"', re.IGNORECASE)


def scrub(text: str) -> str:
    """Return the text with every cloud key masked; text without any comes back unchanged."""
    data = _parse(text)
    if data is None:
        return _IN_TEXT.sub(rf'\1"{MASK}"', text)
    scrubbed = scrub_data(data)
    return text if scrubbed == data else json.dumps(scrubbed, ensure_ascii=False)


def scrub_data(data: t.Any) -> t.Any:
    """Return JSON data with every cloud key masked, also in text that is JSON itself."""
    if isinstance(data, dict):
        return {name: MASK if _is_secret(name, value) else scrub_data(value) for name, value in data.items()}
    if isinstance(data, list):
        return [scrub_data(value) for value in data]
    return scrub(data) if isinstance(data, str) else data


def find_secrets(value: t.Any) -> set[str]:
    """Return the cloud keys in text or JSON data, for a module to keep out of everything it prints."""
    if isinstance(value, dict):
        own = {str(inner) for name, inner in value.items() if _is_secret(name, inner)}
        return own.union(*(find_secrets(inner) for inner in value.values()))
    if isinstance(value, list):
        return set().union(*(find_secrets(inner) for inner in value))
    if not isinstance(value, str):
        return set()
    data = _parse(value)
    return {match.group(2) for match in _IN_TEXT.finditer(value)} - {""} if data is None else find_secrets(data)


def _is_secret(name: t.Any, value: t.Any) -> bool:
    return str(name).lower() in _NAMES and value not in (None, "")


def _parse(text: str) -> t.Any:
    """Return the JSON object or list that a text is, None when it is neither."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
