# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.backup import SavedSnapshot, last_restore, parse_saved_snapshot

FOLDER, PREFIX = "/var/backups/etcd", "etcd-"
NAME = "etcd-20260101T000000Z-r7.db"
SUM = "a" * 64


def saved(path: object = f"{FOLDER}/{NAME}", sha256: object = SUM, status: object = None) -> str:
    counts = {"hash": 1, "revision": 7, "totalKey": 12, "totalSize": 20480} if status is None else status
    return json.dumps({"path": path, "sha256": sha256, "status": counts})


def test_a_snapshot_is_read() -> None:
    assert parse_saved_snapshot(saved(), FOLDER, PREFIX) == SavedSnapshot(f"{FOLDER}/{NAME}", NAME, SUM, 7, 12, 20480)


@pytest.mark.parametrize(
    "said",
    [
        saved(f"{FOLDER}/.."),
        saved(f"{FOLDER}/../{NAME}"),
        saved(f"{FOLDER}/other/{NAME}"),
        saved(f"/etc/{NAME}"),
        saved(f"{FOLDER}/other-20260101T000000Z-r7.db"),
        saved(f"{FOLDER}/{NAME}\n"),
        saved(f"{FOLDER}/etcd-{{{{ x }}}}.db"),
        saved(["x"]),
        saved(sha256="a"),
        saved(sha256="{{ x }}" + SUM),
        saved(status={"revision": "{{ x }}", "totalKey": 1, "totalSize": 1}),
        saved(status=[]),
        *("", "7", "[]", "{}", "no JSON", "[" * 200_000),
    ],
)
def test_a_member_names_no_other_file(said: str) -> None:
    with pytest.raises(CollectionError, match="did not report a snapshot that it has saved in /var/backups/etcd"):
        parse_saved_snapshot(said, FOLDER, PREFIX)


def test_the_last_restore_counts() -> None:
    assert last_restore(['{"finished_at": 0}', '{"finished_at": 1767225600}', '{"finished_at": 1767225500}']) == 1767225600
    assert last_restore([]) == 0


@pytest.mark.parametrize(
    "said", ["", "7", "[]", "{}", *(f'{{"finished_at": {value}}}' for value in ('"{{ x }}"', '"$(id)"', "-1", "1e300", "1.5", "[1]"))]
)
def test_what_is_no_time_is_never(said: str) -> None:
    assert last_restore([said]) == 0
