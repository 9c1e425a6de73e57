# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin ali_ecs in ansible-inventory, of the newest and the oldest ansible-core, against the emulated cloud."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from ansible_collections.alicloud.flannel.tests.integration.alicloud.cloud_fixtures import ACCESS_KEY, SECRET_KEY, VPC_ID, VSWITCH_ID, Cloud
from ansible_collections.alicloud.flannel.tests.integration.run_module import COLLECTIONS
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError as Refused
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault

BINARIES = {"newest": Path(sys.executable).parent, "oldest": PROJECT / ".venv-oldest/bin"}
EXAMPLE = yaml.safe_load((PROJECT / "inventories/example_cloud/ali_ecs.yml").read_text())
SECRET_TOKEN = "secret-token"


@dataclass(frozen=True)
class Listing:
    """What ansible-inventory listed, and everything it printed."""

    code: int
    groups: t.Mapping[str, t.Any]
    output: str

    @property
    def hosts(self) -> dict[str, t.Any]:
        """Return the variables of every host by its name."""
        return t.cast("dict[str, t.Any]", self.groups["_meta"]["hostvars"])

    def members(self, group: str) -> list[str]:
        return sorted(self.groups.get(group, {}).get("hosts", []))


def _unmarked(value: dict[str, t.Any]) -> t.Any:
    """Return text that is marked as none of a template without the mark."""
    return value.get("__ansible_unsafe", value)


@pytest.fixture(params=BINARIES)
def core(request: pytest.FixtureRequest) -> Path:
    """Return the commands of each ansible-core in turn."""
    folder = BINARIES[request.param]
    if not (folder / "ansible-inventory").exists() and "CI" not in os.environ:
        pytest.skip(f"no ansible-core in {folder}")
    return folder


@pytest.fixture
def listed(cloud: Cloud, tmp_path: Path) -> t.Callable[..., Listing]:
    """Return a function that lists the inventory of these options."""

    def run(
        core: Path = BINARIES["newest"], *, beside: str | None = None, env: t.Mapping[str, str] | None = None, **options: t.Any
    ) -> Listing:
        written = {"plugin": EXAMPLE["plugin"], "regions": ["cn-hangzhou"], "endpoint": cloud.server.url, **options}
        path = tmp_path / "my.ali_ecs.yml"
        path.write_text("---\n" + yaml.safe_dump({name: value for name, value in written.items() if value is not None}))
        sources = ["-i", str(path)]
        if beside is not None:
            (tmp_path / "hosts.ini").write_text(beside)
            sources = ["-i", str(tmp_path / "hosts.ini"), *sources]
        environment = {
            "HOME": str(tmp_path),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_NOCOLOR": "1",
            "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET_KEY,
            **(env or {}),
        }
        argv = [str(core / "ansible-inventory"), *sources, "--list", "-vvvv"]
        done = subprocess.run(argv, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        start = done.stdout.find("\n{\n") + 1
        groups = json.loads(done.stdout[start:], object_hook=_unmarked) if done.returncode == 0 else {}
        return Listing(done.returncode, groups, done.stdout + done.stderr)

    return run


def test_tags_make_the_groups_of_the_playbooks(cloud: Cloud, listed: t.Callable[..., Listing], core: Path) -> None:
    for instance in cloud.state.instances.values():
        instance.tags.update({"alicloud-flannel-cluster": "example", "alicloud-flannel-etcd": "false", "note": "{{ 1 + 1 }}"})
    cloud.state.instances["i-sandbox-n2"].tags["alicloud-flannel-etcd"] = "true"
    cloud.state.add_instance(VSWITCH_ID, "172.16.0.50", "i-other")
    cloud.state.add_instance(VSWITCH_ID, "172.16.0.51", "i-stopped", status="Stopped", tags={"alicloud-flannel-cluster": "example"})
    found = listed(core, **EXAMPLE, keyed_groups=[{"prefix": "zone", "key": "ali_ecs.zone_id"}])
    assert "[WARNING]" not in found.output
    assert found.members("flannel_nodes") == found.members("zone_cn_hangzhou_a") == ["n1", "n2", "n3"]
    assert found.members("etcd") == ["n2"]
    host = found.hosts["n2"]
    assert {name: value for name, value in host.items() if name != "ali_ecs"} == {
        "ansible_host": "172.16.0.12",
        "flannel_address": "172.16.0.12",
        "alicloud_instance_id": "i-sandbox-n2",
        "alicloud_vpc_id": VPC_ID,
        "etcd_member_address": "172.16.0.12",
    }
    assert host["ali_ecs"]["network_interface_id"] == "eni-sandbox-n2"
    assert host["ali_ecs"]["tags"]["note"] == "{{ 1 + 1 }}"
    assert '"__ansible_unsafe": "{{ 1 + 1 }}"' in found.output


def test_public_addresses_and_several_regions(cloud: Cloud, listed: t.Callable[..., Listing]) -> None:
    for number, instance in enumerate(cloud.state.instances.values()):
        instance.eip = f"203.0.113.{number}"
    found = listed(regions=["cn-hangzhou", "cn-beijing"], address="public", hostnames=["private_ip"])
    assert {name: host["ansible_host"] for name, host in found.hosts.items()} == {
        "172.16.0.11": "203.0.113.0",
        "172.16.0.12": "203.0.113.1",
        "172.16.0.13": "203.0.113.2",
    }


def _same_names(cloud: Cloud) -> None:
    cloud.state.instances["i-sandbox-n1"].name = "n2"


def _no_right(cloud: Cloud) -> None:
    cloud.state.add_account(ACCESS_KEY, SECRET_KEY, {"Version": "1", "Statement": []})


def _no_answer(cloud: Cloud) -> None:
    text = f"key {ACCESS_KEY} secret {SECRET_KEY} https://x/?AccessKeyId={ACCESS_KEY}&Signature=abc"
    cloud.server.faults.add(Fault("*", times=None, error=Refused("InvalidSomething", text)))


def _fine(cloud: Cloud) -> None:
    pass


FAILING: list[tuple[t.Callable[[Cloud], None], dict[str, t.Any], str]] = [
    (_same_names, {}, "i-sandbox-n1 (172.16.0.11, cn-hangzhou) and i-sandbox-n2"),
    (_no_right, {}, "lacks the permission ecs:DescribeInstances"),
    (_no_answer, {}, "InvalidSomething"),
    (_fine, {"tags": {"cluster": "none"}}, "allow_empty"),
    (_fine, {"regions": ["cn-hangzhou", "xx-nowhere-1"]}, "xx-nowhere-1"),
    (_fine, {"vpc_id": "vpc-none"}, "vpc-none"),
    (_fine, {"access_key": ACCESS_KEY, "secret_key": "wrong-secret"}, "secret key does not match"),
    (_fine, {"strict": True, "groups": {"etcd": "ali_ecs.tags.etcd == 'yes'"}}, "etcd"),
]


@pytest.mark.parametrize(("prepare", "options", "words"), FAILING, ids=[words for _prepare, _options, words in FAILING])
def test_what_fails_leaves_no_host_behind_and_shows_no_secret(
    cloud: Cloud, listed: t.Callable[..., Listing], prepare: t.Callable[[Cloud], None], options: dict[str, t.Any], words: str
) -> None:
    prepare(cloud)
    found = listed(beside="other ansible_host=192.0.2.1\n", **options)
    printed = " ".join(found.output.split())
    assert words in printed
    assert [*found.hosts] == ["other"]
    assert not [secret for secret in (ACCESS_KEY, SECRET_KEY, "wrong-secret", "Signature=abc") if secret in found.output]


def test_a_failure_of_the_oldest_core_leaves_no_host_behind_either(listed: t.Callable[..., Listing], core: Path) -> None:
    found = listed(core, strict=True, groups={"etcd": "ali_ecs.tags.etcd == 'yes'"})
    assert (found.code, found.hosts) == (0, {})
    ended = listed(core, vpc_id="vpc-none", env={"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1"})
    assert ended.code != 0
    assert "vpc-none" in ended.output


def test_no_instance_may_be_expected(listed: t.Callable[..., Listing]) -> None:
    found = listed(tags={"cluster": "none"}, allow_empty=True)
    assert "[WARNING]: Failed" not in found.output
    assert found.hosts == {}


def test_a_cached_inventory_is_used_until_it_is_broken_or_empty(cloud: Cloud, listed: t.Callable[..., Listing], tmp_path: Path) -> None:
    cached = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    first = listed(**cached)
    calls = cloud.server.count()
    assert len(first.hosts) == 3
    assert listed(**cached).hosts == first.hosts
    assert cloud.server.count() == calls
    (path,) = (tmp_path / "cache").iterdir()
    assert not [secret for secret in (ACCESS_KEY, SECRET_KEY) if secret in path.read_text()]
    for broken in ("{", "{}", path.read_text().replace("i-sandbox", "i")[:-40], json.dumps({"query": {}, "instances": []})):
        path.write_text(broken)
        assert listed(**cached).hosts == first.hosts
    assert cloud.server.count() == 5 * calls


def test_the_file_is_known_by_its_name(cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "cloud.yml").write_text(f"plugin: {EXAMPLE['plugin']}\n")
    argv = [str(BINARIES["newest"] / "ansible-inventory"), "-i", str(tmp_path / "cloud.yml"), "--list"]
    done = subprocess.run(
        argv, env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}, capture_output=True, text=True, check=False
    )
    assert "could not be verified by inventory plugin" in done.stderr
    assert cloud.server.count() == 0
