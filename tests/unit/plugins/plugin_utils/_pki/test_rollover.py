# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the CA is replaced, and what is said of it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.filter.etcd_pki_behind import etcd_pki_behind
from ansible_collections.alicloud.flannel.plugins.filter.etcd_pki_rollover import etcd_pki_rollover
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.pem import fingerprint
from ansible_collections.alicloud.flannel.tests.unit.plugins.plugin_utils._pki.hosts import (
    ABSENT,
    DAY,
    NOW,
    bare,
    ca_state,
    make_authority,
)
from ansible_collections.alicloud.flannel.tests.unit.plugins.plugin_utils._pki.made import make

OLD, NEW, GONE = make_authority("old"), make_authority("new"), "AA:BB"
NAME = fingerprint(OLD.pem)
PLACE = "/etc/etcd-ca on n1"


def plan(ca: t.Mapping[str, t.Any], asked_for: str = "") -> dict[str, t.Any]:
    return etcd_pki_rollover({**bare("identity"), "ca": {**ca, "replaced": [GONE] if ca["phase"] != "absent" else []}}, asked_for, PLACE)


@pytest.mark.parametrize("asked_for", [NAME, NAME.lower()])
def test_the_ca_that_is_named_is_replaced(asked_for: str) -> None:
    found = plan(ca_state(OLD), asked_for)
    assert (found["refusal"], found["makes_next"], found["is_in_progress"]) == ("", True, True)
    assert found["report"] == f"The CA that signs is {NAME}. It is to be replaced."


def test_one_that_was_replaced_before_is_nothing_to_do() -> None:
    found = plan(ca_state(OLD), GONE)
    assert (found["refusal"], found["makes_next"], found["is_in_progress"]) == ("", False, False)
    assert "was replaced before: nothing to do" in found["report"]


@pytest.mark.parametrize(
    ("asked_for", "expected"), [("", "--extra-vars etcd_pki_rollover="), ("CC:DD", "There never was a CA CC:DD here.")]
)
def test_another_one_is_refused_with_the_right_name(asked_for: str, expected: str) -> None:
    refusal = plan(ca_state(OLD), asked_for)["refusal"]
    assert expected in refusal
    assert f"name it: --extra-vars etcd_pki_rollover={NAME}. Nothing was changed." in refusal


@pytest.mark.parametrize(
    ("phase", "others", "expected"),
    [
        ("next", {"next": NEW}, "will sign once every host trusts it"),
        ("interrupted", {"next": NEW}, "was interrupted and will be completed"),
        ("previous", {"previous": NEW}, "will be dropped once all certificates are reissued"),
    ],
)
def test_one_in_progress_goes_on_without_a_name(phase: str, others: t.Mapping[str, t.Any], expected: str) -> None:
    found = plan(ca_state(OLD, phase, **others))
    assert (found["refusal"], found["makes_next"], found["is_in_progress"]) == ("", False, True)
    assert expected in found["report"]


def test_what_is_not_there_or_has_expired_is_not_replaced() -> None:
    assert plan(ABSENT, NAME)["refusal"].startswith(f"There is no CA in {PLACE}.")
    expired = make("old", ca=True, begins=NOW - 9 * DAY, ends=NOW - DAY)
    assert "An expired or lost CA" in plan(ca_state(expired), fingerprint(expired.pem))["refusal"]


def test_a_ca_that_can_not_be_read_is_told() -> None:
    with pytest.raises(CollectionError, match="can't be read"):
        plan({**ca_state(OLD), "current": "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"})


def test_a_host_without_files_follows_nobody() -> None:
    files = [{"cert": "/etc/etcd/ca.crt"}, {"cert": "/etc/etcd/client.crt", "key": "/etc/etcd/client.key"}]
    nothing = {**bare("client"), "certificates": []}
    assert etcd_pki_behind(nothing, files, ca_state(OLD), "") == ["/etc/etcd/ca.crt", "/etc/etcd/client.crt"]
    assert etcd_pki_behind(nothing, [], ca_state(OLD), "") == []
