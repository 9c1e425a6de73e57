# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.subject import Subject


def test_a_subject_is_written_for_people_and_for_openssl() -> None:
    subject = Subject("us/them", "a+b=c")
    assert (str(subject), subject.for_openssl()) == ("/O=us/them/CN=a+b=c", r"/O=us\/them/CN=a\+b=c")
    assert subject.lines() == ["O=us/them", "CN=a+b=c"]


def test_a_subject_may_have_no_common_name() -> None:
    subject = Subject("us")
    assert (str(subject), subject.for_openssl(), subject.lines()) == ("/O=us", "/O=us", ["O=us"])


@pytest.mark.parametrize("name", ["a\nb", "a\\b", "a\x00", "x" * 65])
def test_what_openssl_would_read_otherwise_is_refused(name: str) -> None:
    for values in ((name, "n1"), ("us", name)):
        with pytest.raises(InvalidInput, match="can't be in a certificate"):
            Subject(*values)


def test_an_organization_is_required() -> None:
    with pytest.raises(InvalidInput, match="The organization ''"):
        Subject("", "n1")
