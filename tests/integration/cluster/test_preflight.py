# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with an inventory is told by the first task, all of it, before anybody is asked; text that stands for a number is taken."""

from __future__ import annotations

import sys
import typing as t

import pytest
import yaml
from ansible_collections.alicloud.flannel.tests.integration.cluster.control_plane_fixtures import (
    CREDENTIALS,
    THREE_NODES,
    ControlPlane,
    control_plane,
    plain_etcd,
)
from ansible_collections.alicloud.flannel.tests.integration.playbook_runs import Run
from ansible_collections.alicloud.flannel.tests.repository import PROJECT

__all__ = ["control_plane", "plain_etcd"]

CORES = [pytest.param(sys.executable, id="newest"), pytest.param(str(PROJECT / ".venv-oldest/bin/python"), id="oldest")]
NETWORK_PART = ("--tags", "network_config")

# The value of each variable, and what the message says of it.
UNUSABLE: dict[str, tuple[t.Any, str]] = {
    "alicloud_vpc_id": (None, "is not set. It must be an ID, such as vpc-bp1example. Set it for all hosts, in group_vars/all.yml"),
    "flannel_network": ("10.24.0.1/16", 'is "10.24.0.1/16" on all hosts. It must be an IPv4 network'),
    "flannel_owner": ("my cluster", 'is "my cluster" on all hosts. It must be 1 to 63 letters'),
    "flannel_mode": ("Static", 'is "Static" on all hosts. It must be daemon or static.'),
    "flannel_backend": ("ali-vpc", 'is "ali-vpc" on all hosts. It must be vpc, vxlan or auto.'),
    "flanneld_masquerade_except": ("192.168.0.0/16", 'is "192.168.0.0/16" on all hosts. It must be a list of IPv4 networks'),
    "flanneld_version": ("v0.27.4", 'is "v0.27.4" on all hosts. It must be a version with three numbers'),
    "etcd_pki_extra_names": ("etcd.example.com", 'is "etcd.example.com" on n1. It must be a list of DNS names'),
    "etcd_extra_config": ("heartbeat-interval: 200", 'is "heartbeat-interval: 200" on n1. It must be a dictionary'),
    "vpc_routes_max_disruption": ("150%", 'is "150%" on all hosts. It must be a number, or a percentage up to 100%'),
    "flannel_control_host": ("{{ groups['nobody'] | first }}", "can't be worked out on all hosts: "),
    "etcd_pki_ca_host": ("{{ 1 / 0 }}", "can't be worked out on all hosts: "),
}


def refused_at_once(control_plane: ControlPlane, playbook: str, variables: t.Mapping[str, t.Any], **options: t.Any) -> Run:
    """Run a playbook, which must fail in the check of the variables and write nothing."""
    before = control_plane.written()
    run = control_plane.run(playbook, variables, **options)
    assert run.rc != 0, run.stdout
    assert [event["event_data"]["task"] for event in run.events if event["event"] == "runner_on_failed"] == ["Check all variables"]
    assert "Traceback" not in run.stdout
    assert control_plane.region.actions() == {}
    assert control_plane.written() == before
    return run


@pytest.mark.parametrize("python", CORES)
def test_everything_is_told_at_once(control_plane: ControlPlane, python: str) -> None:
    variables = {name: value for name, (value, _words) in UNUSABLE.items()}
    run = refused_at_once(control_plane, "site.yml", {**variables, "flannel_perge": True}, members=["n1"], python=python)
    assert run.tasks() == 2
    (advice,) = run.results("Report variables that nobody reads")
    assert advice["msg"].startswith("WARNING: flannel_perge is set on n1, n2, n3, but the playbooks do not read it. Is flannel_purge meant")
    sentences = run.messages().splitlines()
    assert [
        name for name, (_value, words) in UNUSABLE.items() if not any(one.startswith(f"{name} (") and words in one for one in sentences)
    ] == []
    assert sentences[-1] == "Nothing was changed."
    assert len(sentences) == len(UNUSABLE) + 1


@pytest.mark.parametrize("playbook", ["routes", "verify", "teardown", "provision", "etcd_backup", "certificates", "ram_user"])
def test_other_playbooks_look_first_as_well(control_plane: ControlPlane, playbook: str) -> None:
    words = ["flannel_node_count (", '"two" on all hosts', "Nothing was changed."]
    run = refused_at_once(control_plane, f"{playbook}.yml", {"flannel_node_count": "two"}, members=["n1"])
    assert [word for word in words if word not in run.messages()] == [], run.messages()
    assert run.tasks() <= 3


def test_a_part_of_the_hosts_or_of_the_work_is_no_way_around(control_plane: ControlPlane) -> None:
    run = refused_at_once(control_plane, "site.yml", {"flannel_owner": ""}, arguments=["--limit", "n3", "--tags", "vpc_routes"])
    assert "flannel_owner (" in run.messages()


@pytest.mark.parametrize("playbook", ["routes", "etcd_backup"])
def test_a_group_without_hosts_is_refused(control_plane: ControlPlane, playbook: str) -> None:
    run = refused_at_once(control_plane, f"{playbook}.yml", {}, nodes={}, members=[])
    assert "The inventory has no host in the group" in run.messages()


def test_a_setting_that_hides_the_roles_variables_is_refused(control_plane: ControlPlane) -> None:
    run = refused_at_once(control_plane, "routes.yml", {}, credentials={**CREDENTIALS, "ANSIBLE_PRIVATE_ROLE_VARS": "true"})
    assert run.messages().startswith("Ansible's setting private_role_vars is on")


# As ini inventories and --extra-vars have them: text, all of it.
QUOTED = {
    "network_config_subnet_len": "24",
    "network_config_route_quota": "0",
    "network_config_keep_ttl_below": "39600",
    "network_config_max_disruption": "10%",
    "vpc_routes_route_quota": "0",
    "vpc_routes_wait_timeout": "60",
    "vpc_routes_allow_empty": "no",
    "flannel_purge": "no",
    "flannel_purge_force": "false",
    "flannel_node_count": "1",
    "provision_system_disk_size_gb": "0",
}
# What a template gives, once as text and once, with jinja2_native, as what it stands for.
TEMPLATED = {name: f"{{{{ '{value}' }}}}" for name, value in QUOTED.items()}


@pytest.mark.parametrize("python", CORES)
@pytest.mark.parametrize(
    ("variables", "environment"),
    [
        pytest.param(QUOTED, {}, id="quoted"),
        pytest.param(TEMPLATED, {"ANSIBLE_JINJA2_NATIVE": "true"}, id="native"),
    ],
)
def test_numbers_and_flags_may_be_quoted(
    control_plane: ControlPlane, python: str, variables: t.Mapping[str, str], environment: dict[str, str]
) -> None:
    control_plane.publish()
    run = control_plane.run("routes.yml", variables, python=python, credentials={**CREDENTIALS, **environment})
    assert run.rc == 0, run.messages()
    assert len(control_plane.region.routes()) == len(THREE_NODES)


def test_a_playbook_that_imports_ours_may_give_the_variables(control_plane: ControlPlane) -> None:
    control_plane.publish()
    given = {"flannel_owner": "test", "flannel_mode": "static"}
    project = control_plane.folder / "project"
    project.mkdir()
    plays = [{"name": "Ours", "ansible.builtin.import_playbook": "alicloud.flannel.routes", "vars": given}]
    (project / "playbooks").mkdir()
    (project / "playbooks/mine.yml").write_text(yaml.safe_dump(plays))
    environment = {**CREDENTIALS, "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "playbooks/collections")}
    run = control_plane.run("mine.yml", {"flannel_owner": None}, project=project, credentials=environment)
    assert run.rc == 0, run.messages() or run.stdout
    assert len(control_plane.region.routes()) == len(THREE_NODES)
