# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter certificate_problems."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

from ..plugin_utils._certificate import Wanted, find_problems

DOCUMENTATION = r"""
name: certificate_problems
short_description: Why a certificate can't be used for etcd
author:
  - alicloud.flannel contributors (!UNKNOWN)
version_added: 0.2.0
description:
  - Judges a certificate that is brought for etcd before anything is changed.
  - The usages are judged only where the certificate limits them.
positional: _input
options:
  _input:
    description:
      - The certificate in PEM format, and after it those between it and its CA.
    type: string
    required: true
  ca:
    description:
      - The CAs to trust, in PEM format.
    type: string
    required: true
  key:
    description:
      - The private key in PEM format. Without it, all else is judged.
    type: string
  usages:
    description:
      - What the certificate is for, V(serverAuth) and V(clientAuth).
    type: list
    elements: string
    default: []
  names:
    description:
      - The names and addresses that it must cover, like V(DNS:n1) and V(IP:192.0.2.11).
    type: list
    elements: string
    default: []
  user:
    description:
      - The CN that it must have; empty when it must have none. By default any will do.
    type: string
  other_users:
    description:
      - What its CN must not be.
    type: list
    elements: string
    default: []
"""

EXAMPLES = r"""
- name: Refuse a certificate that can't be used
  ansible.builtin.assert:
    that: problems | length == 0
    fail_msg: "{{ problems | join('; ') }}"
  vars:
    problems: >-
      {{
        lookup('ansible.builtin.file', 'n1.crt')
        | alicloud.flannel.certificate_problems(ca=lookup('ansible.builtin.file', 'ca.crt'), usages=['serverAuth'], names=['DNS:n1'])
      }}
"""

RETURN = r"""
_value:
  description: What is wrong, one sentence each; empty when nothing is.
  type: list
  elements: string
  sample: ["it expired on 2026-01-31 12:00 UTC"]
"""


def certificate_problems(
    cert: str,
    ca: str,
    key: str | None = None,
    usages: t.Sequence[str] = (),
    names: t.Sequence[str] = (),
    user: str | None = None,
    other_users: t.Sequence[str] = (),
) -> list[str]:
    """Return why the certificate can't be used."""
    wanted = Wanted(tuple(usages), tuple(names), user, tuple(other_users))
    return find_problems(str(cert), None if key is None else str(key), str(ca), wanted, datetime.now(timezone.utc))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"certificate_problems": certificate_problems}
