# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.credentials import Credentials, resolve_credentials
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import InvalidInput

NEW = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "new", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "new-secret"}
OLD = {"ALIYUN_ACCESS_KEY_ID": "old", "ALIYUN_ACCESS_KEY_SECRET": "old-secret", "ALIYUN_SECURITY_TOKEN": "old-token"}
SHORT = {"ALICLOUD_ACCESS_KEY": "short", "ALICLOUD_SECRET_KEY": "short-secret"}
GIVEN: dict[str, str | None] = {"access_key": "own", "secret_key": "own-secret"}

RESOLVED: list[tuple[dict[str, str | None], dict[str, str], tuple[str, str, str | None]]] = [
    (GIVEN, {}, ("own", "own-secret", None)),
    ({**GIVEN, "security_token": "own-token"}, {}, ("own", "own-secret", "own-token")),
    ({**GIVEN, "security_token": ""}, NEW, ("own", "own-secret", None)),
    (GIVEN, {**NEW, **OLD}, ("own", "own-secret", None)),
    (GIVEN, {"ALIBABA_CLOUD_SECURITY_TOKEN": "stray"}, ("own", "own-secret", None)),
    ({}, NEW, ("new", "new-secret", None)),
    ({}, {**NEW, **OLD}, ("new", "new-secret", None)),
    ({}, {**NEW, "ALIBABA_CLOUD_SECURITY_TOKEN": "new-token"}, ("new", "new-secret", "new-token")),
    ({}, SHORT, ("short", "short-secret", None)),
    ({}, {**SHORT, **OLD}, ("short", "short-secret", None)),
    ({}, OLD, ("old", "old-secret", "old-token")),
    ({"access_key": None, "profile": None}, OLD, ("old", "old-secret", "old-token")),
]


@pytest.mark.parametrize(("options", "environment", "expected"), RESOLVED)
def test_an_identity_is_taken_whole_from_the_first_place_that_has_one(
    options: dict[str, str | None], environment: dict[str, str], expected: tuple[str, str, str | None]
) -> None:
    found = resolve_credentials(options, environment)
    assert (found.access_key, found.secret_key, found.security_token) == expected


@pytest.mark.parametrize(
    ("options", "environment", "words"),
    [
        ({"access_key": "own"}, {}, "together"),
        ({"secret_key": "own-secret"}, {}, "together"),
        ({"security_token": "own-token"}, NEW, "together"),
        ({**GIVEN, "profile": "p"}, {}, "access_key and profile"),
        ({}, {"ALIBABA_CLOUD_ACCESS_KEY_ID": "new"}, "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
        ({}, {"ALICLOUD_SECRET_KEY": "short-secret", **OLD}, "ALICLOUD_ACCESS_KEY_ID"),
    ],
)
def test_half_an_identity_is_refused(options: dict[str, str | None], environment: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        resolve_credentials(options, environment)
    assert not any(value in str(caught.value) for value in ("own-secret", "own-token", "short-secret"))


def test_a_source_is_named_for_messages() -> None:
    assert resolve_credentials({}, OLD).source == "the environment variables ALIYUN_*"


def test_secrets_are_listed_and_not_shown() -> None:
    credentials = Credentials("own", "own-secret", None)
    assert credentials.secrets == {"own", "own-secret"}
    assert "own-secret" not in repr(credentials)
