# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused before anything is changed."""

from __future__ import annotations

from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._etcd.member.example_members import (
    NAMES,
    VERSION,
    bare,
    converged,
    given,
    plan,
    see,
)


def test_a_first_start_needs_every_member() -> None:
    planned = plan({name: bare(name) for name in ("n1", "n2")})
    (told,) = {planned.hosts[name].problems for name in ("n1", "n2")}
    assert told[0].startswith("No member has data, so this is the cluster's first start, which needs every member at once.")
    assert "Not in this run, or not reachable: n3. Run without --limit and serial" in told[0]
    odd = {name: bare(name) for name in NAMES}
    odd["n3"]["host"]["architecture"] = "s390x"
    planned = plan(odd)
    assert "s390x" in planned.hosts["n3"].problems[0]
    assert "Not in this run, or not reachable: n3" in planned.hosts["n1"].problems[0]


def test_a_host_outside_the_group_is_refused() -> None:
    planned = plan({**converged(), "n9": bare("n9")})
    assert "The members are the hosts of the group etcd (etcd_group), and n9 is none of them" in planned.hosts["n9"].problems[0]
    assert planned.hosts["n1"].problems == ()


def test_an_address_that_the_host_does_not_have_is_refused() -> None:
    answers = converged()
    answers["n1"]["host"]["addresses"] = ["127.0.0.1", "192.0.2.99"]
    told = plan(answers).hosts["n1"].problems[0]
    assert "etcd_member_address is 192.0.2.11; the host has 127.0.0.1, 192.0.2.99; all members: 192.0.2.11, 192.0.2.12" in told


def test_an_unknown_checksum_is_refused() -> None:
    told = plan({name: bare(name) for name in NAMES}, given(install={"version": "3.5.99"})).hosts["n1"].problems[0]
    assert f"No checksum is known for etcd 3.5.99 on amd64 (known: {VERSION}, 3.5.32)" in told


def test_wrong_variables_are_told_alone() -> None:
    wanted = given()
    wanted["n1"] = {"problems": ["etcd_client_port is no port."]}
    planned = plan(converged(), wanted)
    assert planned.hosts["n1"].problems == ("etcd_client_port is no port.",)
    assert planned.hosts["n2"] == plan(converged()).hosts["n2"]
    everywhere = plan(converged(), {name: {"problems": ["Wrong."]} for name in NAMES})
    assert {host.problems for host in everywhere.hosts.values()} == {("Wrong.",)}


def test_a_host_of_the_run_that_was_not_observed_is_a_problem_of_its_own() -> None:
    answers = converged()
    del answers["n2"]
    planned = plan(see(answers, listed=NAMES), given(), present=NAMES)
    assert planned.hosts["n2"].problems == ("Nothing was observed on n2. Run again.",)
    assert planned.hosts["n1"].problems == ()
