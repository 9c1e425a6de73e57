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
      - V(present) makes the object, or changes the one that is there until it is as wanted.
      - V(absent) removes it. While something depends on it, the task fails and nothing is removed.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - Name of the object, 1 to 128 characters that do not begin with C(http://) or C(https://).
      - When no ID is given, the object is found by this name and O(tags) within its parent. One of this name that lacks one of the tags is
        not the one that is meant, and the task fails, so that there are never two of one name.
      - When an ID is given, the object gets this name.
    type: str
  tags:
    description:
      - Tags that the object must have. Without an ID they are also what it is found by, together with O(name).
      - When an ID is given, those that are missing are added.
    type: dict
  purge_tags:
    description: Whether to remove all other tags, except for those of the cloud itself.
    type: bool
    default: false
  wait_timeout:
    description:
      - Seconds to wait until the cloud has carried out a change. A change of an earlier run that is still going on is waited for, too.
      - When the time is up the task fails; run again, and it goes on from there.
    type: int
    default: 300
"""
