# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A password in a file: made once, never changed, and for its owner alone."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError
from ansible_collections.alicloud.flannel.plugins.module_utils._core.runner import converge
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.password_resource import KeptPassword


def keep(path: Path, create: bool = True, check_mode: bool = False) -> tuple[bool, str, t.Any]:
    outcome = converge(KeptPassword(str(path), create), check_mode=check_mode)
    return outcome.changed, outcome.returns["password"], (outcome.before, outcome.after)


def test_a_password_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "folder/password"
    changed, password, diff = keep(path)
    assert (changed, len(password), path.read_text()) == (True, 64, f"{password}\n")
    assert diff == ({"exists": False}, {"exists": True})
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert keep(path) == (False, password, ({"exists": True}, {"exists": True}))
    assert keep(path, create=False)[1] == password


def test_an_empty_file_is_no_password(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("\n")
    assert keep(path, create=False)[:2] == (False, "")
    assert keep(path)[0] is True


def test_check_mode_makes_none(tmp_path: Path) -> None:
    path = tmp_path / "password"
    assert keep(path, check_mode=True) == (True, "", ({"exists": False}, {"exists": True}))
    assert not path.exists()


def test_none_is_made_where_none_is_wanted(tmp_path: Path) -> None:
    assert keep(tmp_path / "password", create=False) == (False, "", ({"exists": False}, {"exists": False}))


def test_a_path_must_be_absolute() -> None:
    with pytest.raises(CollectionError, match="absolute"):
        keep(Path("password"))
