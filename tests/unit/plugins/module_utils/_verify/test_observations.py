# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a node answers, it is a finding about that node and hides nothing of the others."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._verify.example_observations import (
    conflist,
    facts,
    found,
    instance,
    observe,
    part,
    set_at,
)

ANSWER = observe("daemon")["hosts"]["n1"]["observation"]["node"]
NONSENSE: tuple[t.Any, ...] = (None, 12.5, "{{ 1 / 0 }}", "9" * 6000, "x" * 200_000, [[[]]], {"x": [None]}, {3: 4})
# n1 answers nonsense while this is broken of n2.
BROKEN = [instance(source_dest_check=True), part("n3", "settings", ip_forward="0")]


def places(value: t.Any, path: tuple[str, ...] = ()) -> t.Iterator[tuple[str, ...]]:
    yield path
    for name, inner in value.items() if isinstance(value, dict) else ():
        yield from places(inner, (*path, name))


@pytest.mark.parametrize("path", list(places(ANSWER)), ids="/".join)
def test_nonsense_hides_nothing(path: tuple[str, ...]) -> None:
    for nonsense in NONSENSE:
        breaks = [set_at("hosts", "n1", "observation", "node", *path, value=nonsense), *BROKEN]
        findings = found(*breaks, mode="daemon")
        assert {("n2", "source/destination check"), ("n3", "forwarding")} <= {(one["node"], one["link"]) for one in findings}
        assert max(len(one["problem"]) + len(one["repair"]) for one in findings) < 5000


@pytest.mark.parametrize("name", sorted(ANSWER))
def test_what_is_missing_is_a_finding(name: str) -> None:
    def leave_out(observations: dict[str, t.Any]) -> None:
        del observations["hosts"]["n1"]["observation"]["node"][name]

    (finding,) = found(leave_out)
    assert (finding["node"], finding["link"]) == ("n1", {"subnet_env": "subnet.env", "conflist": "cni"}.get(name, "node"))


@pytest.mark.parametrize(
    "said",
    [
        {"bridge": ["x"]},
        {"mtu": "1500"},
        {"mtu": 1e400},
        {"ipMasq": "yes"},
        {"ipam": {"ranges": [[]]}},
        {"ipam": {"ranges": {"x": 1}}},
        {"ipam": None},
        {"type": 3},
    ],
)
def test_a_network_without_form_is_a_finding(said: dict[str, t.Any]) -> None:
    (finding,) = found(conflist("n2", **said))
    assert (finding["node"], finding["link"]) == ("n2", "cni")
    assert "cannot be read" in finding["problem"]


@pytest.mark.parametrize("mtu", ["²", "9" * 6000, "-1", "0"])
def test_an_mtu_that_is_none_is_a_finding(mtu: str) -> None:
    (finding,) = found(facts("n2", subnet_env=f"FLANNEL_NETWORK=10.24.0.0/16\nFLANNEL_SUBNET=10.24.2.1/24\nFLANNEL_MTU={mtu}\n"))
    assert (finding["node"], finding["link"]) == ("n2", "subnet.env")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"msg": "timed out", "unreachable": True}, "timed out"),
        ({"msg": 5}, "no answer"),
        ({}, "no answer"),
        ({"msg": "MODULE FAILURE", "module_stderr": "Traceback\n  x\nMemoryError\n"}, "MemoryError"),
        ({"msg": "MODULE FAILURE", "module_stdout": "x" * 600}, "x" * 480 + "... (600 characters)"),
    ],
)
def test_why_there_is_no_answer_is_told(answer: dict[str, t.Any], words: str) -> None:
    (finding,) = found(set_at("hosts", "n2", "observation", value=answer))
    assert finding["problem"] == f"The node cannot be observed: {words}"
