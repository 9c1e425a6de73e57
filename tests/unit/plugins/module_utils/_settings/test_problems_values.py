# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every variable with every kind of wrong value: the message names the variable, the value, what it may be and the host that has it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.catalogue import SETTINGS
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.inventory import Inventory
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.problems import find_problems
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.setting import CONTROLLER, Setting
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.show import show
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._settings.rows import ROWS, WRONG_TYPES

GROUPS = {"all": ["n1", "n2"], "flannel_nodes": ["n1", "n2"], "etcd": ["n1", "n2"]}
BASE = {"n1": {"ansible_host": "192.0.2.11"}, "n2": {"ansible_host": "192.0.2.12"}}


def bad_values(setting: Setting) -> list[t.Any]:
    """Return what a variable may not be, but for what its row says that it may."""
    row = ROWS[setting.name]
    wrong = [value for value in WRONG_TYPES[setting.form.type] if not (value is None and row.null)]
    # True is 1 to Python.
    return [value for value in [*wrong, *row.bad] if repr(value) not in map(repr, row.good)]


BAD = [pytest.param(setting, value, id=f"{setting.name}={value!r:.40}") for setting in SETTINGS.values() for value in bad_values(setting)]
GOOD = [pytest.param(SETTINGS[name], value, id=f"{name}={value!r:.40}") for name, row in ROWS.items() for value in row.good]


def test_every_variable_has_rows() -> None:
    assert set(ROWS) == set(SETTINGS)
    assert [name for name, row in ROWS.items() if not (row.good and row.bad)] == []


@pytest.mark.parametrize(("setting", "value"), GOOD)
def test_what_is_possible_is_taken(setting: Setting, value: t.Any) -> None:
    assert list(setting.form.faults(value)) == []


@pytest.mark.parametrize(("setting", "value"), BAD)
def test_what_is_not_possible_is_refused_in_a_sentence(setting: Setting, value: t.Any) -> None:
    host = CONTROLLER if CONTROLLER in setting.readers else "n2"
    values = {**BASE, CONTROLLER: {}, host: {**BASE.get(host, {}), setting.name: value}}
    problems = find_problems(Inventory(values, GROUPS), setting.readers[0])
    own = [problem for problem in problems if problem.startswith(setting.name) and "It must be " in problem]
    assert len(own) >= 1, problems
    faults = list(setting.form.faults(value))
    assert len(own) == len(faults)
    for problem, fault in zip(own, faults):
        shown = show(fault.value, secret=setting.secret or fault.secret)
        assert problem.startswith(f"{setting.name}{fault.path} ({setting.what}) is {shown} on {host}. It must be {fault.expected}.")
        assert len(problem) < 500
        assert problem.isprintable()


PRIVATE = "-----BEGIN PRIVATE KEY-----\ns3cret\n"
HIDDEN = [
    *((setting.name, value) for setting in SETTINGS.values() if setting.secret for value in (["s3cret"], {"a": ["s3cret"]})),
    ("alicloud_secret_key", "s3cret\n"),
    ("etcd_pki_server_key", "s3cret\n"),
    *(("flannel_etcd", value) for value in ("s3cret", {"password": ["s3cret"]}, {"client_key": {"s3cret": 1}})),
    ("flannel_etcd", {"endpoints": ["https://user:s3cret@192.0.2.11"]}),
    # A key in the wrong place, and a mirror that wants a password.
    ("etcd_version", PRIVATE),
    ("vpc_routes_adopt_from", [PRIVATE]),
    ("flanneld_release_url", "https://user:s3cret@mirror/a b"),
]


@pytest.mark.parametrize(("name", "value"), [pytest.param(*one, id=f"{one[0]}={one[1]!r:.30}") for one in HIDDEN])
def test_a_secret_is_never_shown(name: str, value: t.Any) -> None:
    reader = SETTINGS[name].readers[0]
    host = CONTROLLER if reader == CONTROLLER else "n2"
    problems = find_problems(Inventory({**BASE, CONTROLLER: {}, host: {**BASE.get(host, {}), name: value}}, GROUPS), reader)
    assert name in " ".join(problems)
    assert "s3cret" not in " ".join(problems)


def test_what_is_wrong_everywhere_is_said_once() -> None:
    values = {host: {**BASE[host], "flannel_mode": "Static", "flannel_subnet": "10.24.1.1/24"} for host in BASE}
    values["n2"]["flannel_subnet"] = "ten"
    problems = [one for one in find_problems(Inventory(values, GROUPS), "flannel_nodes") if one.startswith("flannel_")]
    assert problems == [
        'flannel_mode (how a node keeps its subnet) is "Static" on all hosts. It must be daemon or static. Write static.',
        (
            'flannel_subnet (the node\'s fixed subnet) is "10.24.1.1/24" on n1. It must be an IPv4 network, '
            "such as 10.24.1.0/24, or empty. 10.24.1.1/24 is an address within 10.24.1.0/24."
        ),
        'flannel_subnet (the node\'s fixed subnet) is "ten" on n2. It must be an IPv4 network, such as 10.24.1.0/24, or empty.',
    ]


def test_many_hosts_are_not_all_named() -> None:
    names = [f"n{number}" for number in range(1, 31)]
    values = {name: {"ansible_host": f"192.0.2.{name[1:]}", "flanneld_docker": "ja" if name != "n9" else "no"} for name in names}
    problems = find_problems(Inventory(values, {"all": names, "flannel_nodes": names, "etcd": ["n1"]}), "flannel_nodes")
    assert [one.partition(" on ")[2] for one in problems] == ["n1, n2, n3, n4, n5 and 24 more. It must be true or false."]
