# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.pki.pem import (
    certificate_blocks,
    certificates_only,
    fingerprint,
    is_locked,
)

ONE = "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----"
TWO = "-----BEGIN CERTIFICATE-----\nREVG\n-----END CERTIFICATE-----"
KEY = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"


def test_nothing_but_certificates_is_kept() -> None:
    text = f"subject=CN=n1\r\n{ONE}\n{KEY}\n\n{TWO}"
    assert certificate_blocks(text) == [ONE, TWO]
    assert certificates_only(text) == f"{ONE}\n{TWO}\n"
    assert certificates_only(KEY) == certificates_only("") == ""


def test_line_ends_make_no_other_certificate() -> None:
    assert certificate_blocks(ONE.replace("\n", "\r\n") + "\r\n") == [ONE]


def test_a_passphrase_is_seen_in_both_formats() -> None:
    texts = ["-----BEGIN ENCRYPTED PRIVATE KEY-----", "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED", KEY, ""]
    assert [is_locked(text) for text in texts] == [True, True, False, False]


def test_a_fingerprint_is_the_beginning_of_the_digest() -> None:
    # printf ABC | sha256sum
    assert fingerprint(ONE) == fingerprint(f"{ONE}\n{TWO}") == "B5:D4:04:5C:3F:46:6F:A9"


@pytest.mark.parametrize("text", ["", KEY, "-----BEGIN CERTIFICATE-----\nQ\n-----END CERTIFICATE-----"])
def test_what_is_no_certificate_has_none(text: str) -> None:
    assert fingerprint(text) == ""
