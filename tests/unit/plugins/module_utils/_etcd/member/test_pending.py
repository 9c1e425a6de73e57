# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a running etcd has not picked up: read from the process and the files, whichever run has changed them."""

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.filter.etcd_pending import etcd_pending
from ansible_collections.alicloud.flannel.plugins.module_utils._core.answer import BadAnswer
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.member.example_members import (
    CA,
    CONFIG,
    LINK,
    OLD_PROGRAM,
    UNIT,
    Answer,
    converged,
)


def pending(answer: Answer) -> list[str]:
    """Ask as the role does, which gets no cluster then."""
    host_alone = {**answer, "cluster": None, "auth": None, "config": "name: n1\n"}
    return etcd_pending({"etcd_member": host_alone}, "n1", LINK, [CONFIG, UNIT, CA])


def test_nothing_is_pending() -> None:
    assert pending(converged()["n1"]) == []


def test_all_that_is_newer_is_named() -> None:
    answer = converged()["n1"]
    answer["unit"]["running_program"] = OLD_PROGRAM
    for path in (CA, CONFIG):
        answer["files"][path]["is_newer_than_start"] = True
    assert pending(answer) == [LINK, CONFIG, CA]
    answer["unit"]["pid"] = 0
    assert pending(answer) == []


def test_an_answer_of_another_form_is_refused_in_a_sentence() -> None:
    with pytest.raises(BadAnswer, match=r"What n1 says of itself can't be used: its answer\.files is not a dictionary"):
        pending({**converged()["n1"], "files": 3})
