# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which identity the modules have, from what was read and what is provided."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.filter.etcd_pki_identity import etcd_pki_identity
from ansible_collections.alicloud.flannel.plugins.filter.etcd_pki_text import etcd_pki_text
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.alicloud.flannel.tests.unit.plugins.plugin_utils._pki.hosts import ca_state, make_authority
from ansible_collections.alicloud.flannel.tests.unit.plugins.plugin_utils._pki.made import make

OLD, NEW, OWN = make_authority("old"), make_authority("new"), make("own", ca=True)
KEPT, PROVIDED = make("automation"), make("mine")
NOTHING = {"cert": "", "key": ""}
READ = {"cert": KEPT.pem, "key": KEPT.key_pem()}


def identity(
    read: t.Mapping[str, str],
    ca: t.Mapping[str, t.Any] | None,
    *,
    password: str = "",
    own_ca: bool = True,
    provided_ca: str = "",
    provided: t.Mapping[str, str] | None = None,
) -> dict[str, str]:
    seen = {"identity": read, "password": password, **({"ca": ca} if ca else {})}
    return etcd_pki_identity(seen, own_ca, {"ca": provided_ca, "identity": provided or NOTHING})


def test_what_is_kept_with_the_ca_is_told_apart() -> None:
    expected = {"ca_cert": OLD.pem, "client_cert": KEPT.pem, "client_key": KEPT.key_pem()}
    assert identity(READ, ca_state(OLD)) == {**expected, "password": ""}
    assert identity(READ, ca_state(OLD), password="s3cret+/=") == {**expected, "password": "s3cret+/="}


def test_the_newer_of_two_is_trusted_first_before_and_after_the_switch() -> None:
    states = ca_state(OLD, "next", next=NEW), ca_state(NEW, "previous", previous=OLD)
    assert [identity(READ, state, provided_ca=f"text\n{OWN.pem}")["ca_cert"] for state in states] == [NEW.pem + OLD.pem + OWN.pem] * 2


def test_what_is_provided_wins_and_trusts_the_ca_that_is_provided() -> None:
    mine = {"cert": PROVIDED.pem, "key": PROVIDED.key_pem()}
    expected = {"ca_cert": OWN.pem, "client_cert": PROVIDED.pem, "client_key": PROVIDED.key_pem(), "password": "s3cret"}
    assert identity(NOTHING, None, password="s3cret", provided=mine, provided_ca=OWN.pem) == expected
    assert identity(READ, ca_state(OLD), password="s3cret", provided=mine, provided_ca=OWN.pem) == expected


def test_members_with_certificates_of_the_users_are_not_trusted_for_the_roles_ca() -> None:
    assert identity(READ, ca_state(OLD), own_ca=False, provided_ca=OWN.pem)["ca_cert"] == OWN.pem


def test_where_nothing_could_be_read_there_is_none() -> None:
    assert etcd_pki_identity({}, True, {"ca": "", "identity": NOTHING}) == {
        "ca_cert": "",
        "client_cert": "",
        "client_key": "",
        "password": "",
    }


def test_what_is_provided_is_text_or_a_file_on_the_controller(tmp_path: Path) -> None:
    path = tmp_path / "mine.crt"
    path.write_text(PROVIDED.pem)
    assert [etcd_pki_text(given) for given in ("", PROVIDED.pem, str(path))] == ["", PROVIDED.pem, PROVIDED.pem]


@pytest.mark.parametrize("given", ["c2VjcmV0", "secret\0", "secret" * 99])
def test_what_is_no_file_is_refused_and_not_shown(given: str) -> None:
    with pytest.raises(InvalidInput, match=r"neither PEM text nor a file that can be read on the controller") as refused:
        etcd_pki_text(given)
    assert given not in str(refused.value)
