# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""etcd that runs out of space, and how it gets it back. The tests are chapters of one story."""

from __future__ import annotations

import time
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import Cluster, Record, bring_up, needs_sandbox
from ansible_collections.alicloud.flannel.tests.life.writer import writing

pytestmark = needs_sandbox

QUOTA = 48 * 1024**2
# The same keys again and again leave old values behind, keys of their own leave none.
FILL = 'i=0; while [ $i -lt 400 ] && head -c SIZE /dev/zero | tr "\\0" x | "$@" "/fill/WHERE/$((i % KEYS))"; do i=$((i + 1)); done'


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Three members with a small quota."""
    for cluster in bring_up("space", tmp_path_factory.mktemp("space"), nodes=3):
        cluster.variables["etcd_quota_backend_bytes"] = QUOTA
        run = cluster.site("--tags", "etcd")
        assert run.rc == 0, run.messages()
        yield cluster


def fill(cluster: Cluster, keys: int, where: str = "first", size: int = 1_000_000) -> None:
    """Write values of this many bytes until etcd refuses."""
    script = FILL.replace("KEYS", str(keys)).replace("WHERE", where).replace("SIZE", str(size))
    put = cluster.etcdctl_command("--endpoints", "https://127.0.0.1:2379", "put")
    done = cluster.sandbox.host_exec("n1", ["sh", "-c", script, "sh", *put])
    assert "database space exceeded" in done.stderr, done
    assert "NOSPACE" in cluster.etcdctl("alarm", "list")


def test_a_little_is_not_worth_it(cluster: Cluster) -> None:
    run = cluster.play("playbooks/etcd_defrag.yml")
    assert (run.rc, run.stats["changed"]) == (0, {}), run.messages()


def test_old_values_fill_the_quota(cluster: Cluster, record_property: Record) -> None:
    with writing(cluster) as writes:
        fill(cluster, keys=4)
        planned = cluster.play("playbooks/etcd_defrag.yml", "--check")
        assert (planned.rc, planned.changed > 0) == (0, True), planned.messages()
        assert "NOSPACE" in cluster.etcdctl("alarm", "list")
        run = cluster.play("playbooks/etcd_defrag.yml")
        assert run.rc == 0, run.messages()
    assert cluster.etcdctl("alarm", "list") == ""
    cluster.etcdctl("put", "/again", "1")
    record_property("figure", f"quota full, cured by etcd_defrag.yml: {writes[0]}")
    assert writes[0].lost == 0
    again = cluster.play("playbooks/etcd_defrag.yml")
    assert (again.rc, again.stats["changed"]) == (0, {}), again.messages()


def test_a_backup_is_made_and_the_data_itself_is_too_large(cluster: Cluster) -> None:
    fill(cluster, keys=400)
    saved = cluster.play("playbooks/etcd_backup.yml")
    assert saved.rc == 0, saved.messages()
    # The alarm comes before the last tenth is used. What is written after this cure uses it, in values so small that they fill every gap.
    cured = cluster.play("playbooks/etcd_defrag.yml")
    assert cured.rc == 0, cured.messages()
    fill(cluster, keys=400, where="second", size=100_000)
    run = cluster.play("playbooks/etcd_defrag.yml")
    assert run.rc != 0
    assert "raise etcd_quota_backend_bytes" in run.messages()
    assert "NOSPACE" in cluster.etcdctl("alarm", "list")


def test_a_larger_quota_makes_room(cluster: Cluster) -> None:
    cluster.variables["etcd_quota_backend_bytes"] = 2 * QUOTA
    site = cluster.site("--tags", "etcd")
    assert "etcd_defrag.yml" in site.messages()
    run = cluster.play("playbooks/etcd_defrag.yml")
    assert run.rc == 0, run.messages()
    assert cluster.etcdctl("alarm", "list") == ""
    cluster.etcdctl("put", "/again", "2")


def test_less_data_makes_a_defragmentation_worth_it(cluster: Cluster) -> None:
    cluster.etcdctl("del", "--prefix", "/fill/")
    cluster.etcdctl("compaction", "--physical", str(cluster.revision()))
    # A member counts pages as free only after further writes.
    for number in range(3):
        cluster.etcdctl("put", "/again", str(number))
        time.sleep(0.5)
    run = cluster.play("playbooks/etcd_defrag.yml")
    assert run.rc == 0, run.messages()
    assert len(run.results("Defragment the member")) == 3
    again = cluster.play("playbooks/etcd_defrag.yml")
    assert (again.rc, again.stats["changed"]) == (0, {}), again.messages()
