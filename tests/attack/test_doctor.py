# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node blinds the doctor: it answers anything at all, so that verify says nothing of the others, or something else."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.filter.certificate_days_left import certificate_days_left
from ansible_collections.alicloud.flannel.plugins.module_utils._core.answer import BadAnswer, check_size
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.observed import parse_node
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.probe import probe_answers, probe_targets
from ansible_collections.alicloud.flannel.plugins.module_utils._verify.diagnosis import describe, diagnose
from ansible_collections.alicloud.flannel.plugins.module_utils._verify.expiry import check_expiry
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._verify.example_observations import observe
from hypothesis import given
from hypothesis import strategies as st

LIAR = "n2"
TEXTS = st.text(max_size=30) | st.sampled_from(
    ["10.24.1.0/24", "10.24.1.1/24", "0.0.0.0/0", "default", "9" * 5000, "\x1b[2J", "FLANNEL_SUBNET=10.24.1.1/24\n"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12)
Observations = t.Dict[str, t.Any]
Path = t.Tuple[t.Any, ...]


def sick() -> Observations:
    """Return a cluster in which something is wrong with the other two nodes."""
    observations = observe()
    observations["hosts"]["n1"]["observation"]["node"]["settings"]["ip_forward"] = "0"
    observations["hosts"]["n3"]["observation"]["node"]["conflist"] = None
    observations["hosts"]["n3"]["pings"][0]["ok"] = False
    return observations


def of_others(observations: Observations) -> list[t.Any]:
    """Return what is said of all but the liar, and of the cluster; not the pings from and to it, of which it is a part."""
    found = json.loads(json.dumps(diagnose(observations)))
    describe(found)
    for finding in found:
        finding["pairs"] = [pair for pair in finding["pairs"] if LIAR not in pair]
        # What is the same on several nodes is told once.
        finding["node"] = [name for name in finding["node"].split(", ") if name != LIAR]
    return sorted((finding for finding in found if finding["node"]), key=json.dumps)


def paths_of(value: t.Any, before: Path = ()) -> t.Iterator[Path]:
    """Yield the way to each part of an answer."""
    yield before
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in parts:
        yield from paths_of(inner, (*before, name))


def replaced(value: t.Any, path: Path, new: t.Any) -> t.Any:
    """Return the answer with something else at the end of the way."""
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], new)
    return changed


BEFORE = of_others(sick())
PATHS = sorted(paths_of(observe()["hosts"][LIAR]["observation"]), key=str)


@pytest.mark.parametrize("place", [(), ("observation",), ("observation", "node"), ("pings",), ("container",)], ids=str)
@given(answer=JSON)
def test_any_answer_of_a_node_changes_nothing_of_the_others(place: Path, answer: t.Any) -> None:
    observations = sick()
    observations["hosts"][LIAR] = replaced(observations["hosts"][LIAR], place, answer)
    assert of_others(observations) == BEFORE


@given(path=st.sampled_from(PATHS), answer=JSON)
def test_any_part_of_an_answer_changes_nothing_of_the_others(path: Path, answer: t.Any) -> None:
    observations = sick()
    host = observations["hosts"][LIAR]
    host["observation"] = replaced(host["observation"], path, answer)
    assert of_others(observations) == BEFORE


@given(path=st.sampled_from(PATHS), answer=JSON)
def test_a_node_cannot_blind_the_doctor_while_etcd_is_down_either(path: Path, answer: t.Any) -> None:
    def silent() -> Observations:
        observations = sick()
        observations["members"] = [{"item": "https://m1:2379", "msg": "no answer"}]
        return observations

    observations = silent()
    host = observations["hosts"][LIAR]
    host["observation"] = replaced(host["observation"], path, answer)
    diagnose(observations)


@given(JSON)
def test_an_answer_that_is_none_is_a_finding_about_its_node(answer: t.Any) -> None:
    observations = sick()
    observations["hosts"][LIAR]["observation"] = {"node": answer}
    (finding,) = [one for one in diagnose(observations) if one["node"] == LIAR]
    assert finding["link"] == "node"


@pytest.mark.parametrize(
    "answer",
    [
        {"files": {str(number): "x" * 90_000 for number in range(100)}},
        {"files": [["x"] * 1000] * 5000},
        json.loads("[" * 500 + "]" * 500),
        {"x" * 5_000_000: 1},
    ],
    ids=["many long texts", "many items", "nested lists", "a long name"],
)
def test_a_node_sends_more_than_a_host_may(answer: t.Any) -> None:
    with pytest.raises(BadAnswer, match=r"its answer is (not of at most|nested)"):
        check_size(answer, "its answer")
    with pytest.raises(BadAnswer, match="What n2 says of itself"):
        parse_node(answer, LIAR)


def test_an_honest_node_with_a_thousand_interfaces_may_say_so() -> None:
    node = observe()["hosts"][LIAR]["observation"]["node"]
    node["interfaces"].update({f"veth{number}": {"mtu": 1500, "addresses": [f"10.24.2.{number % 250}/32"]} for number in range(1000)})
    node["log"] = ["x" * 500] * 8
    assert len(parse_node(node, LIAR).interfaces) > 1000


def test_a_record_that_cannot_be_right_hides_nothing_else() -> None:
    observations = sick()
    record = {"key": "/coreos.com/network/subnets/\x1b10.24.9.0-28", "subnet": "10.24.9.0/28", "public_ip": "172.16.0.12", "problem": "no"}
    for member in observations["members"]:
        member["unusable"] = [record]
    found = diagnose(observations)
    assert [finding["link"] for finding in found if finding["link"] == "record"] == ["record"]
    assert [finding for finding in found if finding["link"] != "record"] == diagnose(sick())


@pytest.mark.parametrize("leases", ["x", [None], [{"subnet": "\x1b", "public_ip": "172.16.0.12"}]], ids=repr)
def test_one_member_of_etcd_answers_nonsense(leases: t.Any) -> None:
    observations = sick()
    observations["members"][0]["leases"] = leases
    found = diagnose(observations)
    (warned,) = [finding for finding in found if finding["link"] == "etcd"]
    assert "https://m1:2379" in warned["problem"]
    assert [finding for finding in found if finding["link"] != "etcd"] == diagnose(sick())


@given(JSON)
def test_any_answer_about_certificates_is_a_finding_about_its_host(answer: t.Any) -> None:
    days = {LIAR: certificate_days_left({"certificates": answer, "time": "2026-01-01T00:00:00Z"}), "n1": {"/etc/etcd/pki/server.crt": 3}}
    found = check_expiry(days, 30)
    assert [finding["problem"] for finding in found if finding["node"] == "n1"] == ["/etc/etcd/pki/server.crt expires in 3 day(s)"]


@given(JSON, JSON)
def test_any_answer_of_a_probe_is_of_its_node_alone(started: t.Any, pinged: t.Any) -> None:
    nodes = [{"name": name, "address": f"172.16.0.1{number}"} for number, name in enumerate(("n1", "n2", "n3"), start=1)]
    leases = [{"public_ip": node["address"], "subnet": f"10.24.{number}.0/24"} for number, node in enumerate(nodes, start=1)]
    targets = probe_targets(["n2", "n3"], [{"address": started}, {"address": "10.24.3.5"}], nodes, leases, "10.24.0.0/16")
    assert targets[1] == {"node": "n3", "address": "10.24.3.5", "problem": ""}
    answers = probe_answers(targets, {"answers": pinged})
    assert [answer["node"] for answer in answers] == ["n2", "n3"]
    assert all(isinstance(answer["ok"], bool) for answer in answers)
