# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What modules promise: attributes that several of them share."""

    # A module that writes.
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: full
  idempotent:
    description: When run twice in a row outside check mode with the same arguments, the second run reports that nothing changed.
    support: full
  platform:
    description: Systems that the module runs on.
    platforms: posix
    support: full
"""

    # A module that only reads.
    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
    details:
      - The module changes nothing.
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: N/A
    details:
      - The module changes nothing.
  idempotent:
    description: When run twice in a row outside check mode with the same arguments, the second run reports that nothing changed.
    support: full
    details:
      - The module changes nothing.
  platform:
    description: Systems that the module runs on.
    platforms: posix
    support: full
"""

    ETCD = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/alicloud.flannel.etcd) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - alicloud.flannel.etcd
"""

    ALICLOUD = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/alicloud.flannel.alicloud) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - alicloud.flannel.alicloud
"""
