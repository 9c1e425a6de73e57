# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done on a member: nothing without a reason, and only what is read at the start needs a restart."""

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.member.changes import (
    TEST_STEPS,
    Change,
    changed,
    state,
    steps,
    unit,
)
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.member.example_members import (
    CA,
    CONFIG,
    NAMES,
    UNIT,
    VERSION,
    bare,
    converged,
    dump,
    given,
    plan,
)


@pytest.mark.parametrize(("change", "expected"), [case[1:] for case in TEST_STEPS], ids=[case[0] for case in TEST_STEPS])
def test_what_is_otherwise_is_corrected_for_a_reason(change: Change, expected: dict[str, str]) -> None:
    answers = changed(change)
    found = steps(answers)
    assert list(found) == list(expected)
    assert all(word in found[step] for step, word in expected.items())
    assert steps(answers, "n2") == {}


def test_a_process_that_is_down_has_nothing_to_pick_up() -> None:
    down = changed(lambda answer: (unit(is_active=False, pid=0, running_program="")(answer), state(CONFIG, sha256="0")(answer))[0])
    assert list(steps(down)) == ["configure", "start"]
    assert plan(down).hosts["n1"].pending == ()


def test_a_process_that_waits_for_others_is_restarted_with_what_is_new() -> None:
    waiting = changed(lambda answer: (unit(is_active=False)(answer), state(CONFIG, sha256="0")(answer))[0])
    assert list(steps(waiting)) == ["configure", "start", "restart"]


def test_what_is_pending_is_told_without_what_is_planned() -> None:
    planned = plan(changed(lambda answer: (state(CA, is_newer_than_start=True)(answer), state(UNIT, sha256="0")(answer))[0]))
    assert planned.hosts["n1"].pending == (CA,)


def test_a_changed_setting_is_a_new_configuration_which_keeps_how_the_cluster_began() -> None:
    answers = converged(wanted=given(token="first"))
    planned = plan(answers, given(extra={"snapshot-count": 5}, token="second"))
    (configure, restart) = planned.hosts["n1"].steps
    assert (configure.name, restart.name) == ("configure", "restart")
    assert '"snapshot-count": 5' in configure.details["config"]
    assert '"initial-cluster-token": "first"' in configure.details["config"]
    assert '"initial-cluster-state": "new"' in configure.details["config"]


def test_what_a_host_wrote_is_kept_only_where_it_can_be_meant() -> None:
    answers = converged()
    answers["n1"]["config"] = "#\n" + dump(
        {"initial-cluster": "{{ x }}", "initial-cluster-state": "odd", "initial-cluster-token": "{{ lookup('pipe', 'x') }}"}
    )
    odd = plan(answers, given(quota_bytes=1)).hosts["n1"].steps[0].details["config"]
    assert "{{" not in odd
    assert '"initial-cluster-token": "etcd"' in odd and '"initial-cluster-state": "existing"' in odd


def test_a_package_has_no_version_of_ours() -> None:
    package = {"method": "package", "version": "3.4.0", "program_dir": "/usr/bin"}
    answers = {name: bare(name) for name in NAMES}
    planned = plan(answers, given(install=package)).public()
    assert planned["hosts"]["n1"]["steps"]["install"] == {
        "method": "package",
        "mask": True,
        "reasons": ["/usr/bin/etcd is missing"],
    }


def test_another_archive_on_the_controller_is_unpacked_anew() -> None:
    archive = f"/var/cache/etcd-v{VERSION}-linux-amd64.tar.gz"
    answers = changed(lambda answer: answer["files"].update({archive: {**answer["files"][CA], "sha256": "b" * 64}}))
    own = {"method": "file", "source": "c" * 64}
    assert steps(answers, wanted=given(install=own))["install"] == f"{archive} differs from the controller's"
    assert steps(answers, wanted=given(install={**own, "source": "b" * 64})) == {}
