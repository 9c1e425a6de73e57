# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node, etcd or the cloud writes to the operator's terminal: escapes, new lines and marks of direction in whatever they say."""

from __future__ import annotations

import ast
import json
import re
import typing as t
from ipaddress import IPv4Network

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.alicloud.flannel.plugins.filter.shown import shown
from ansible_collections.alicloud.flannel.plugins.module_utils._alicloud.errors import Call, Refusal, error_for, unreachable
from ansible_collections.alicloud.flannel.plugins.module_utils._cluster.join import plan_routes
from ansible_collections.alicloud.flannel.plugins.module_utils._cluster.loss import explain_loss
from ansible_collections.alicloud.flannel.plugins.module_utils._cluster.network_plan import NetworkPlan
from ansible_collections.alicloud.flannel.plugins.module_utils._cluster.provisioning import foreign_objects
from ansible_collections.alicloud.flannel.plugins.module_utils._cluster.recovery import plan_recovery
from ansible_collections.alicloud.flannel.plugins.module_utils._core.answer import Answer
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError
from ansible_collections.alicloud.flannel.plugins.module_utils._core.plan import Outcome
from ansible_collections.alicloud.flannel.plugins.module_utils._core.runner import run, run_info
from ansible_collections.alicloud.flannel.plugins.module_utils._core.text import LONGEST_MESSAGE, show, show_data
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.store import Put, describe_write, show_key
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.v3_wire import make_error, parse_gateway_failure
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.backend import Choice
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.daemon_log import explain_log, explain_start
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease import Lease, Snapshot
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_changes import LeasePlan, LeaseStep
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_faults import Fault, describe_faults, explain_records
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.lease_plan import snapshot_warnings
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.plan import NodePlan
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.node.step import Step
from ansible_collections.alicloud.flannel.plugins.module_utils._verify.diagnosis import describe, diagnose
from ansible_collections.alicloud.flannel.plugins.plugin_utils._filters import reporting
from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.unit.plugins.module_utils._verify.example_observations import entry, observe
from ansible_collections.alicloud.flannel.tests.unit.roles.task_files import list_tasks
from hypothesis import given
from hypothesis import strategies as st

# C0, C1, DEL, NUL, marks of direction, separators, what can't be encoded, and more than anybody reads.
SIGNS = "\x1b]0;owned\x07\x1b[2J\r\n\x00\x7f\x9b31m\u202e\u2066\u200f\u2028\u2029\ud800\ufeff"
HOSTILE = SIGNS + "fatal: [n1]: all is well" + "A" * 200_000
LONGEST = 25_000
Texts = t.Iterable[str]


def judged(texts: Texts) -> None:
    """Fail for a text that is more than text, or longer than a message may be."""
    found = list(texts)
    assert found
    for text in found:
        assert [hex(ord(sign)) for sign in text if not sign.isprintable()] == []
        assert len(text) <= LONGEST


def texts_of(data: t.Any) -> t.Iterator[str]:
    """Yield all texts in JSON data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for name, value in data.items():
            yield from texts_of(name)
            yield from texts_of(value)
    elif isinstance(data, (list, tuple)):
        for value in data:
            yield from texts_of(value)


class Module:
    """Stands for AnsibleModule: keeps what would be printed."""

    check_mode = False
    _diff = True

    def __init__(self) -> None:
        self.said: dict[str, t.Any] = {}

    def fail_json(self, **values: t.Any) -> t.NoReturn:
        self.said = values
        raise SystemExit

    exit_json = fail_json


class Hostile:
    """A resource of which everything that is told was said by somebody else."""

    changes = (1,)

    def plan(self) -> t.Any:
        return self

    def apply(self, _plan: t.Any) -> Outcome:
        return Outcome(True, {HOSTILE: HOSTILE}, [HOSTILE], {"warnings": [HOSTILE]}, problem=HOSTILE)


def refused(_module: t.Any) -> t.Any:
    raise CollectionError(f"Could not read x: {HOSTILE}.", code=HOSTILE, request_id=HOSTILE, problems=[HOSTILE])


def said_by_module(make: t.Callable[[t.Any], t.Any], runs: t.Callable[..., None] = run) -> dict[str, t.Any]:
    module = t.cast("t.Any", Module())
    with pytest.raises(SystemExit):
        runs(module, make)
    return t.cast("dict[str, t.Any]", module.said)


@pytest.mark.parametrize("runs", [run, run_info])
def test_in_an_error_of_any_module(runs: t.Callable[..., None]) -> None:
    judged(texts_of(said_by_module(refused, runs)))


def test_in_a_problem_a_warning_and_a_diff() -> None:
    said = said_by_module(lambda module: Hostile())
    judged([said["msg"], *said["warnings"]])
    diff = list(texts_of(said["diff"]))
    assert len(diff) == 5
    assert [text for text in diff if any(not sign.isprintable() and sign not in "\n\t" for sign in text)] == []
    assert max(map(len, diff)) <= 100_000


def test_in_an_error_of_any_filter() -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        reporting("x", refused)(None)
    judged([str(caught.value)])


def test_in_errors_of_etcd() -> None:
    failure = parse_gateway_failure(
        json.dumps({"code": 13, "message": HOSTILE}).encode("utf-8", "surrogatepass").replace(b"\xed\xa0\x80", b"")
    )
    assert failure
    judged(
        [
            str(make_error("read /x", "https://m1:2379", failure)),
            str(make_error(describe_write(Put(HOSTILE.encode("utf-8", "replace"), b"", 0)), "m1", failure)),
        ]
    )


def test_in_errors_of_the_cloud() -> None:
    call = Call("vpc", "DescribeVpcs", "cn-hangzhou", "identity")
    refusal = Refusal(HOSTILE, HOSTILE, 400, HOSTILE)
    judged([str(error_for(call, refusal)), str(unreachable(call, HOSTILE, HOSTILE))])


def test_in_a_key() -> None:
    key = b"/x/\xff" + HOSTILE.encode("utf-8", "replace")
    fault = Fault(key.decode("utf-8", "surrogateescape"), "it names no subnet")
    lease = Lease(IPv4Network("10.24.1.0/24"), "172.16.0.1", fault.key, b"")
    warnings = list(snapshot_warnings(Snapshot("/x", alien=(fault.key,), strays=(lease,) * 30), None))
    judged([show_key(key), str(fault), *texts_of(fault.public()), describe_faults("/x", [fault] * 1000), *warnings])
    step = LeaseStep("172.16.0.1", None, reason=HOSTILE, refused=True)
    judged([LeasePlan(Snapshot("/x"), (step,) * 100).predict().problem or ""])
    judged(
        explain_records({"unusable": [{"key": HOSTILE, "problem": HOSTILE}] * 100}, {"results": [{"result": "refused", "reason": HOSTILE}]})
    )


def test_in_a_journal_line_and_an_endpoints_answer() -> None:
    judged(
        [
            explain_log(f"{SIGNS.replace(chr(10), '')} permission denied {'x' * 99_000}"),
            explain_start("", [{"item": HOSTILE, "msg": HOSTILE}]),
        ]
    )


def paths_of(value: t.Any) -> t.Iterator[t.Callable[[t.Any], None]]:
    """Yield, for each text in an answer, what makes it hostile and nothing else."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in parts:
        if isinstance(inner, str):
            yield lambda found, name=name: found.__setitem__(name, HOSTILE)  # type: ignore[misc]
        for change in paths_of(inner):
            yield lambda found, name=name, change=change: change(found[name])  # type: ignore[misc]


def findings_with(change: t.Callable[[t.Any], None]) -> list[dict[str, t.Any]]:
    observations = observe("daemon")
    change(observations)
    return diagnose(observations)


def judge_findings(found: list[dict[str, t.Any]]) -> None:
    judged(texts_of(found))
    judged(describe(found))


def test_in_what_a_host_says_to_the_doctor() -> None:
    changes = list(paths_of(observe("daemon")["hosts"]["n2"]["observation"]))
    assert len(changes) > 30
    for change in changes:
        observations = observe("daemon")
        change(observations["hosts"]["n2"]["observation"])
        observations["hosts"]["n2"]["container"] = HOSTILE
        judge_findings(diagnose(observations))


def silent(observations: t.Any) -> None:
    observations["hosts"]["n2"]["observation"] = {"msg": HOSTILE, "module_stdout": HOSTILE}
    observations["members"][1] = {"item": HOSTILE, "msg": HOSTILE}


def bad_records(observations: t.Any) -> None:
    for member in observations["members"]:
        member["unusable"] = [{"key": HOSTILE[:90_000], "problem": HOSTILE[:90_000], "subnet": None, "public_ip": None}] * 20


def no_cloud(observations: t.Any) -> None:
    observations["cloud"]["instances"] = {"msg": HOSTILE}
    observations["etcd_problem"] = HOSTILE
    observations["members"] = [{"item": "https://m1:2379", "msg": HOSTILE}]


def strange_cloud(observations: t.Any) -> None:
    observations["cloud"]["routes"]["tables"][0]["entries"][0] = entry(1, hop=HOSTILE, name=HOSTILE, status=HOSTILE)
    observations["cloud"]["instances"]["instances"][1].update(status=HOSTILE, security_group_ids=[HOSTILE])


@pytest.mark.parametrize("change", [silent, bad_records, no_cloud, strange_cloud])
def test_in_what_others_say_to_the_doctor(change: t.Callable[[t.Any], None]) -> None:
    judge_findings(findings_with(change))


def test_in_findings_that_other_checks_add() -> None:
    judged(
        describe(
            [{"node": HOSTILE, "link": HOSTILE, "level": HOSTILE, "problem": HOSTILE, "repair": HOSTILE, "pairs": [[HOSTILE, HOSTILE]]}]
        )
    )


def test_in_why_a_node_is_changed() -> None:
    plan = NodePlan((HOSTILE,), (Step("files", (HOSTILE,)),)).public()
    judged([*plan["problems"], *plan["summary"], *plan["steps"]["files"]["reasons"]])


def test_in_what_an_answer_calls_its_parts() -> None:
    parts = Answer({HOSTILE[:90_000]: 1}, "its answer").entries()
    judged(part.place for part in parts.values())


def test_in_why_there_is_no_route() -> None:
    nodes = [{"name": "n1", "address": "172.16.0.11"}]
    instance = {"instance_id": HOSTILE, "vpc_id": "vpc-1", "primary_ip": "172.16.0.11", "private_ips": ["172.16.0.11"]}
    lease = {"subnet": HOSTILE, "public_ip": HOSTILE}
    record = {"key": HOSTILE, "subnet": None, "public_ip": "172.16.0.11", "problem": HOSTILE}
    planned = plan_routes([lease], nodes, [instance], "vpc-1", [record])
    assert planned["refused"]
    judged(texts_of([planned["refused"], planned["ignored"]]))
    judged(texts_of(plan_routes([], nodes, [instance, instance], "vpc-1")["refused"]))


def test_in_the_names_of_the_clouds_objects() -> None:
    tables = [{"route_table_id": "vtb-1", "entries": [entry(1, name=f"k1/{HOSTILE}", hop="i-9")]}]
    config = {"Network": "10.24.0.0/16", "Backend": {"Type": "alloc"}}
    recovered = plan_recovery(tables, [], [], "vpc-1", "k1", config)
    judged([*recovered["problems"], *recovered["reported"]])
    judged([explain_loss(tables[0]["entries"], [], "k1", [], [])])  # type: ignore[arg-type]
    things = [{"instance_id": "i-1", "name": HOSTILE, "tags": {}}]
    judged(foreign_objects({"vswitches": [], "route_tables": [], "security_groups": []}, "k1", things, []))


def test_in_the_networks_plan() -> None:
    choice = Choice("vpc", HOSTILE, None, (HOSTILE,))
    plan = NetworkPlan({}, choice, None, HOSTILE.replace("\n", ""), HOSTILE, False, False, False, False).public()
    judged([plan["unfit"], plan["refusal"], plan["message"], *plan["problems"]])


def test_in_what_a_role_quotes() -> None:
    judged([shown(HOSTILE), shown(""), shown(None), shown([HOSTILE])])


# What a host's module or command says.
QUOTED = re.compile(r"(?:\.|\[')(msg|stdout|stderr|stdout_lines|stderr_lines|module_stdout|module_stderr|reason|last_error)\b")
# Said by a module of ours on the controller, which the runner has escaped.
OURS = {"_vpc_routes_converged"}


def test_no_message_of_a_role_quotes_a_host_as_it_is() -> None:
    raw = []
    for task in list_tasks():
        options = task.options("assert", "fail", "debug") or {}
        for text in (str(options.get(name, "")) for name in ("msg", "fail_msg", "success_msg")):
            for expression in re.findall(r"{{(.*?)}}", text, re.DOTALL):
                quoted = QUOTED.search(expression)
                if quoted and "alicloud.flannel." not in expression and not any(name in expression for name in OURS):
                    raw.append((task.place, expression.strip()))
    assert raw == []


def test_no_module_prints_beside_the_runner() -> None:
    files = [*PROJECT.glob("plugins/module_utils/**/*.py"), *PROJECT.glob("plugins/modules/*.py")]
    printing = {
        str(file.relative_to(PROJECT))
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("fail_json", "exit_json")
    }
    assert printing == {"plugins/module_utils/_core/runner.py"}


@given(st.text() | st.binary(), st.integers(40, 400), st.booleans())
def test_whatever_is_said_is_shown_as_text(said: str | bytes, most: int, lines: bool) -> None:
    told = show(said, most, lines=lines)
    assert all(sign.isprintable() or (lines and sign in "\n\t") for sign in told)
    assert len(told) <= most
    assert show(told, most, lines=lines) == told


@given(st.text().filter(str.isprintable))
def test_ordinary_text_is_shown_as_it_is(said: str) -> None:
    assert show(said) == (said if len(said) <= 500 else show(said))
    assert show_data({said: [said, 1, None]}) == {said: [said, 1, None]}
    assert len(said) > LONGEST_MESSAGE or str(CollectionError(said)) == said
