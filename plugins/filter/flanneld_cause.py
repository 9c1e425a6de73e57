# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter flanneld_cause."""

from __future__ import annotations

import typing as t

from ..module_utils._flannel.daemon_log import explain_start

DOCUMENTATION = r"""
name: flanneld_cause
version_added: 0.2.0
short_description: Tells why flanneld did not get ready
author:
  - alicloud.flannel contributors (!UNKNOWN)
description:
  - Knows what flanneld writes into its log when something is wrong, and what it means when it writes nothing.
positional: _input
options:
  _input:
    description:
      - The end of flanneld's log.
    type: str
    required: true
  asked:
    description:
      - Results of M(ansible.builtin.uri) for each endpoint of etcd, asked from the node with flanneld's certificates.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Say why flanneld is not ready
  ansible.builtin.debug:
    msg: "{{ journal.stdout | alicloud.flannel.flanneld_cause(asked=answers.results) }}"
"""

RETURN = r"""
_value:
  description:
    - The cause, in a sentence or several; empty when nothing tells it.
  type: str
"""


def flanneld_cause(log: str, asked: t.Sequence[t.Mapping[str, t.Any]] = ()) -> str:
    """Return why flanneld did not get ready."""
    return explain_start(log, asked)


class FilterModule:
    """Filters about flanneld."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"flanneld_cause": flanneld_cause}
