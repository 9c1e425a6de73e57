# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks, docs/variables.md and the roles' argument specs know the same variables, of the same types and with the same defaults."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.config import Initial, member_config
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.member.desired import parse_desired
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.catalogue import ROLE_OPTIONS, SETTINGS
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.known import etcd as known_etcd
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.known import node
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.known.cluster import FLANNEL_ETCD
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.known.provision import VSWITCH
from ansible_collections.alicloud.flannel.plugins.module_utils._settings.rules import etcd
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.member.example_members import given

PROJECT = Path(__file__).parents[5]
ROLES = ("etcd", "etcd_pki", "flanneld", "network_config", "provision", "verify", "vpc_routes")
CLUSTER_VARS = yaml.safe_load((PROJECT / "playbooks/vars/cluster.yml").read_text())

# Options that a playbook, or another role, gives to a role with a task.
PASSED_ON = {
    "network_config_backend_change",
    "verify_etcd_problem",
    "etcd_pki_group",
    "etcd_pki_hostname",
    "etcd_pki_names",
    "etcd_pki_password_file",
    "etcd_pki_users",
    "flanneld_probe_nodes",
    "flanneld_probe_peers",
    "flanneld_restart_before",
}


class DocRow(t.NamedTuple):
    """A row of docs/variables.md."""

    name: str
    default: str
    may_be: str


def options_of(role: str) -> dict[str, dict[str, t.Any]]:
    """Return the options of all entry points of a role."""
    specs = yaml.safe_load((PROJECT / f"roles/{role}/meta/argument_specs.yml").read_text())["argument_specs"]
    return {name: option for entry_point in specs.values() for name, option in (entry_point.get("options") or {}).items()}


OPTIONS = {name: option for role in ROLES for name, option in options_of(role).items()}
DEFAULTS = {
    name: value for role in ROLES for name, value in yaml.safe_load((PROJECT / f"roles/{role}/defaults/main.yml").read_text()).items()
}
DOC_ROWS = [
    DocRow(name, default, may_be)
    for name, default, may_be in re.findall(
        r"^\| `([a-z_]+)` \| ([^|]+) \| ([^|]+) \| [^|]+ \|$", (PROJECT / "docs/variables.md").read_text(), flags=re.MULTILINE
    )
]


def test_docs_and_checks_know_the_same_variables() -> None:
    assert sorted(row.name for row in DOC_ROWS) == sorted(SETTINGS)


@pytest.mark.parametrize("row", DOC_ROWS, ids=lambda row: row.name)
def test_docs_say_what_is_checked(row: DocRow) -> None:
    assert row.may_be == SETTINGS[row.name].form.expected


@pytest.mark.parametrize("row", [row for row in DOC_ROWS if row.name in DEFAULTS], ids=lambda row: row.name)
def test_docs_have_the_roles_defaults(row: DocRow) -> None:
    default = DEFAULTS[row.name]
    if isinstance(default, str) and "{{" in default:
        assert row.default != "none"
    elif default in ("", [], {}):
        assert row.default in ("none", "flannel's", "the cloud's")
    elif isinstance(default, bool):
        assert row.default == f"`{str(default).lower()}`"
    else:
        assert row.default == f"`{'[' + ', '.join(default) + ']' if isinstance(default, list) else default}`"


def test_every_option_of_a_role_is_checked_or_worked_out() -> None:
    worked_out = {name for name in CLUSTER_VARS if not name.startswith("_")}
    assert sorted(set(OPTIONS) - worked_out - PASSED_ON - set(SETTINGS)) == []
    assert sorted((worked_out | PASSED_ON) & set(SETTINGS)) == []
    assert sorted(PASSED_ON - set(OPTIONS)) == []


def test_what_belongs_to_a_role_is_an_option_of_it() -> None:
    prefixes = tuple(f"{role}_" for role in ROLES)
    assert sorted(name for name in SETTINGS if name.startswith(prefixes) and name not in OPTIONS) == []


@pytest.mark.parametrize("name", [*(name for name in SETTINGS if name in OPTIONS), *ROLE_OPTIONS])
def test_types_agree(name: str) -> None:
    form, option = SETTINGS[ROLE_OPTIONS.get(name, name)].form, OPTIONS[name]
    assert form.type == option["type"]
    assert sorted(form.choices) == sorted(option.get("choices", []))
    if form.items is not None:
        assert form.items.type == option["elements"]


def test_dictionaries_have_the_same_keys() -> None:
    assert set(FLANNEL_ETCD) - {"user"} == set(OPTIONS["network_config_etcd"]["options"])
    vswitch = OPTIONS["provision_vswitches"]["options"]
    assert {name: form.type for name, form in VSWITCH.items()} == {name: option["type"] for name, option in vswitch.items()}


def test_secrets_of_argument_specs_are_secret() -> None:
    hidden = {name for name, option in OPTIONS.items() if option.get("no_log")}
    assert sorted(name for name in hidden & set(SETTINGS) if not SETTINGS[name].secret) == []


def test_etcd_settings_that_the_role_makes_itself_are_known() -> None:
    role = yaml.safe_load((PROJECT / "roles/etcd/vars/main.yml").read_text())
    member = parse_desired(given(["n1"])["n1"])
    assert sorted(member_config(member, Initial("", "", ""))) == list(etcd.ROLE_KEYS)
    assert role["_etcd_control_user"] == etcd.CONTROL_USER


@pytest.mark.parametrize(("role", "versions"), [("etcd", known_etcd.VERSIONS), ("flanneld", node.VERSIONS)])
def test_versions_with_a_checksum_are_known(role: str, versions: tuple[str, ...]) -> None:
    assert tuple(yaml.safe_load((PROJECT / f"roles/{role}/vars/main.yml").read_text())[f"_{role}_checksums"]) == versions
