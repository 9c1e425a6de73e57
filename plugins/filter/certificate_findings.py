# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter certificate_findings."""

from __future__ import annotations

import typing as t

from ..module_utils._verify.expiry import judge_expiry

DOCUMENTATION = r"""
name: certificate_findings
short_description: Names etcd's certificates that run out
author:
  - alicloud.flannel contributors (!UNKNOWN)
version_added: 0.2.0
description:
  - Judges for how long certificates are valid yet, and whether the CA is half replaced.
positional: _input
options:
  _input:
    description:
      - By host name, the days that each certificate has left, by path, as the entry point C(expiry) of the role etcd reads them.
    type: dict
    required: true
  least:
    description:
      - Certificates with less days left are told.
    type: integer
    required: true
"""

EXAMPLES = r"""
- name: Tell what runs out
  ansible.builtin.debug:
    msg: "{{ {'n1': {'/etc/etcd/pki/server.crt': 12}} | alicloud.flannel.certificate_findings(least=30) }}"
"""

RETURN = r"""
_value:
  description:
    - Findings as P(alicloud.flannel.findings#filter) returns them.
  type: list
  elements: dict
"""


def certificate_findings(days_left: t.Mapping[str, t.Mapping[str, int]], least: int) -> list[dict[str, t.Any]]:
    """Return what runs out."""
    return judge_expiry({host: {path: int(days) for path, days in paths.items()} for host, paths in days_left.items()}, int(least))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"certificate_findings": certificate_findings}
