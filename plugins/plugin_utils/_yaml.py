# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private plugin_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Configurations as YAML. For the controller: modules must do without a library for it."""

from __future__ import annotations

import json
import typing as t

import yaml


def load_mapping(text: str) -> t.Mapping[str, t.Any]:
    """Return the mapping that a text holds; an empty one when it holds anything else."""
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def dump_mapping(mapping: t.Mapping[str, t.Any]) -> str:
    """Return a mapping as text, with its keys in alphabetical order."""
    # Ansible's own kinds of text, numbers and lists become plain ones.
    plain = json.loads(json.dumps(mapping, default=str))
    return yaml.safe_dump(plain, indent=2, allow_unicode=True, default_flow_style=False)
