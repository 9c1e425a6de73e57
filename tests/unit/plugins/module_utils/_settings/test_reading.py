# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that can't be worked out are told, and what needs facts is left to the role."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.catalogue import SETTINGS
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.gathering import gather
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.reading import Unreadable, read_settings
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.setting import Setting

OWNER, VERSION, NAMES = (SETTINGS[name] for name in ("flannel_owner", "etcd_version", "etcd_pki_extra_names"))


class Broken(t.Dict[str, t.Any]):
    """Variables of which none can be worked out."""

    def __getitem__(self, name: str) -> t.Any:
        raise ValueError(f"no {name}\nand much more")


class Undefined:
    """What Jinja puts in the place of something undefined: it fails when it is looked at."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("'x' is undefined")

    __hash__ = None  # type: ignore[assignment]


def read(setting: Setting, value: t.Any, **others: t.Any) -> t.Any:
    """Return what is read of a value that stays as it is written, as before ansible-core 2.19; None when it is left to the role."""
    source = {setting.name: value, **others}
    return read_settings([setting], source, lambda: source).get(setting.name)


def test_a_value_is_read_as_it_is() -> None:
    assert read(OWNER, "example") == "example"
    assert read(NAMES, ["a", ("b", 1)]) == ["a", ["b", 1]]
    assert read_settings([OWNER], {}, dict) == {}


@pytest.mark.parametrize("value", ["{{ owner }}", ["a", "{{ owner }}"], {"a": {"b": "x {% if y %}"}}, Undefined(), ["a", Undefined()]])
def test_what_stays_a_template_is_told(value: t.Any) -> None:
    found = read(OWNER, value)
    assert isinstance(found, Unreadable)
    assert "defined" in found.reason


def test_a_failure_is_told_in_one_line() -> None:
    assert read_settings([OWNER], Broken({"flannel_owner": ""}), dict) == {"flannel_owner": Unreadable("no flannel_owner")}


def test_text_that_is_marked_as_no_template_is_left_alone() -> None:
    unsafe = type("Unsafe", (str,), {"__UNSAFE__": True})("{{ for cloud-init }}")
    assert read(SETTINGS["provision_user_data"], unsafe) == "{{ for cloud-init }}"


def test_what_needs_facts_is_left_to_the_role_that_gathers_them() -> None:
    assert read(VERSION, "{{ ansible_facts['x'] }}") is None
    assert read(NAMES, ["{{ name }}"], name="{{ ansible_fqdn }}") is None
    assert read(NAMES, ["{{ one }}"], one="{{ other }}", other="{{ one }}") == Unreadable("something in {{ one }} is not defined")
    assert read(VERSION, "{{ ansible_host }}") == Unreadable("something in {{ ansible_host }} is not defined")
    # Others need to know them, so no host's facts help.
    assert read(OWNER, "{{ ansible_facts['x'] }}") is not None
    assert read(SETTINGS["flannel_address"], "{{ ansible_facts['x'] }}") is not None


def test_a_value_without_end_is_told() -> None:
    endless: list[t.Any] = []
    endless.append(endless)
    assert read(OWNER, endless) == Unreadable("it is nested too deeply")


class HostVars(t.Dict[str, t.Dict[str, t.Any]]):
    """Ansible's hostvars, with nothing to work out."""

    raw_get = dict.__getitem__


CONTROLLER_READS = {"flannel_owner", "provision_nodes"}
HOSTS = HostVars(
    n1={"flannel_owner": "a", "flannel_subnet": "b", "etcd_version": "c", "provision_nodes": 1},
    m1={"flannel_owner": "a", "flannel_subnet": "b", "etcd_version": "c", "provision_nodes": 1},
    localhost={"flannel_owner": "a", "flannel_subnet": "b", "etcd_version": "c", "provision_nodes": 1},
)


@pytest.mark.parametrize(
    ("runs_on", "read_of"),
    [
        ("flannel_nodes", {"n1": {"flannel_owner", "flannel_subnet"}, "m1": {"etcd_version"}}),
        (
            "localhost",
            {"n1": {"flannel_owner", "flannel_subnet"}, "m1": {"etcd_version"}, "localhost": CONTROLLER_READS},
        ),
    ],
)
def test_a_host_is_asked_for_what_is_read_of_it(runs_on: str, read_of: dict[str, set[str]]) -> None:
    found = gather({"flannel_nodes": ["n1"], "etcd": ["m1"], "all": ["n1", "m1"]}, HOSTS, runs_on, {})
    assert {host: set(values) for host, values in found.items()} == read_of


def test_what_a_playbook_gives_to_ours_counts_where_the_inventory_says_nothing() -> None:
    found = gather({"flannel_nodes": ["n1"]}, HOSTS, "flannel_nodes", {"flannel_owner": "other", "flannel_mode": "static"})
    assert (found["n1"]["flannel_owner"], found["n1"]["flannel_mode"]) == ("a", "static")
