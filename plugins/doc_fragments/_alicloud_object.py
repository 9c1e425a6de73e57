# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private documentation fragment of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Documentation of the options that every object of the cloud has; their argument spec is in module_utils/_core/argspec.py."""

from __future__ import annotations


class ModuleDocFragment:
    """The options of every module that makes an object in the cloud."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - V(present) makes the object, or changes the existing one until it is as desired.
      - V(absent) removes it. While something depends on it, the task fails and nothing is removed.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - Name of the object, 1 to 128 characters that do not begin with C(http://) or C(https://).
      - When no ID is given, the object is found by this name and O(tags) within its parent. If one of this name lacks one of the
        tags, the task fails, so that there are never two of the same name.
      - When an ID is given, the object gets this name.
    type: str
  tags:
    description:
      - Tags that the object must have. Without an ID it is also found by them, together with O(name).
      - When an ID is given, those that are missing are added.
    type: dict
  purge_tags:
    description: Whether to remove all other tags, except for the cloud's own.
    type: bool
    default: false
  wait_timeout:
    description:
      - Seconds to wait until the cloud has carried out a change. A change of an earlier run that is still in progress is also waited for.
      - On a timeout the task fails; run again to continue.
    type: int
    default: 300
"""
