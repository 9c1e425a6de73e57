# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the main job on a sandbox and shows what came of it."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
import typing as t
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.repository import PROJECT
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.sandbox import Sandbox
from ansible_collections.alicloud.flannel.tests.tools.bench.case import timed
from ansible_collections.alicloud.flannel.tests.tools.bench.floor import ENVIRONMENT, FLOOR, floor_options

RECAP = re.compile(r"^(?P<host>\S+)\s*: ok=\d+\s+changed=(?P<changed>\d+)\s", re.MULTILINE)


class DemoError(Exception):
    """Why the demo failed."""


def say(text: str) -> None:
    print(text, flush=True)


def mode_options() -> list[str]:
    """Return the options that choose between a real daemon and none."""
    binary = os.environ.get("FLANNELD_BINARY")
    if not binary:
        say("FLANNELD_BINARY is not set: no flanneld on the nodes, flannel_mode is static")
        return ["-e", "flannel_mode=static"]
    say(f"flannel_mode is daemon, with {binary}")
    return ["-e", f"flannel_mode=daemon flanneld_install_method=file flanneld_binary={binary}"]


def play(sandbox: Sandbox, playbook: str, *options: str, inventory: Path | None = None, extra: t.Mapping[str, str] | None = None) -> str:
    """Run a playbook where the operator is, name the plays as they go by, and return the output; ``extra`` is for its environment."""
    hosts = inventory or sandbox.folder / "inventory.yml"
    command = ["ansible-playbook", "-i", str(hosts), str(PROJECT / "playbooks" / playbook), *options]
    started = time.monotonic()
    environment = {**sandbox.read_environment(), **(extra or {}), "ANSIBLE_NOCOLOR": "1"}
    process = subprocess.Popen(
        sandbox.operator_command(command), cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines = []
    for line in process.stdout or ():
        lines.append(line)
        if line.startswith("PLAY ["):
            say(f"    {line[6 : line.rindex(']')]}")
    output = "".join(lines)
    if process.wait():
        say(output)
        raise DemoError(f"{playbook} failed, see above")
    say(f"    done in {time.monotonic() - started:.0f} s, changed={changed(output)}")
    return output


def changed(output: str) -> int:
    """Return how many tasks changed something, on all hosts."""
    return sum(int(host["changed"]) for host in RECAP.finditer(output))


def table(title: str, head: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> None:
    """Print a table."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    say(f"\n{title}")
    for line in lines:
        say("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def show(report: t.Mapping[str, t.Any]) -> None:
    """Print leases, routes and pings."""
    leases = sorted(report["leases"], key=lambda lease: lease["public_ip"])
    table("Leases", ("subnet", "node address"), [(lease["subnet"], lease["public_ip"]) for lease in leases])
    for routes in report["tables"]:
        rows = [(e["destination"], e["next_hop_id"] or "-", e["type"], e["status"], e["name"] or "") for e in routes["entries"]]
        table(f"Route table {routes['route_table_id']}", ("destination", "next hop", "type", "status", "name"), rows)
    nodes = sorted(report["pings"])
    matrix = [[node, *(ping_cell(report["pings"][node], target) for target in nodes)] for node in nodes]
    table("Pings between containers (ms), from row to column", ("", *nodes), matrix)
    say("")


def read_answers(report: t.Mapping[str, t.Any]) -> list[bool]:
    """Return of each ping whether it was answered."""
    return [answer["ok"] for answers in report["pings"].values() for answer in answers]


def ping_cell(answers: t.Sequence[t.Mapping[str, t.Any]], target: str) -> str:
    for answer in answers:
        if answer["node"] == target:
            return f"{answer['rtt_ms']:.2f}" if answer["ok"] else "lost"
    return "-"


def demo(sandbox: Sandbox, nodes: int) -> str:
    """Run the demo and return its figures."""
    report_file = sandbox.folder / "report.json"
    say(f"1. A sandbox: {nodes} hosts in an emulated VPC")
    sandbox.up(nodes=nodes)
    options = mode_options()
    say("2. site.yml, from nothing")
    _output, first = timed(play, sandbox, "site.yml", *options)
    say("3. verify.yml")
    play(sandbox, "verify.yml", *options, "-e", f"verify_report_file={report_file}")
    say("4. site.yml again")
    sandbox.reset_calls()
    output, second = timed(play, sandbox, "site.yml", *options)
    again = changed(output)
    writes = sandbox.calls()["writes"]
    say("5. The floor: a run that only reaches every host, and reads leases, instances and routes once")
    _output, floor = timed(play, sandbox, FLOOR, *floor_options(sandbox), extra=ENVIRONMENT)
    report = json.loads(report_file.read_text(encoding="utf-8"))
    show(report)
    answers = read_answers(report)
    result = (
        f"nodes={nodes} routes={len(report['routes'])} pings={sum(answers)}/{len(answers)} second_run_changed={again} "
        f"first_run_seconds={first:.0f} second_run_seconds={second:.0f} floor_seconds={floor:.1f}"
    )
    if again or writes or not all(answers) or len(report["routes"]) != nodes:
        raise DemoError(f"{result} second_run_cloud_writes={writes}")
    return result


def run_demo(name: str, run: t.Callable[[Sandbox], str]) -> int:
    """Run a demo on a sandbox of this name, leave none behind, and return the exit code. The demo returns the figures of its last line."""
    sandbox = Sandbox(name, say=lambda text: say(f"    {text}"))
    word = name.rpartition("-")[2]
    try:
        result = f"{word} ok: {run(sandbox)}"
    except Exception as exc:
        result = f"{word} failed: {exc}"
    finally:
        say("Last: the sandbox goes down")
        sandbox.down()
    say(result)
    return 0 if result.startswith(f"{word} ok") else 1


def main() -> int:
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=3)
    nodes = parser.parse_args().nodes
    return run_demo("demo", lambda sandbox: demo(sandbox, nodes))


if __name__ == "__main__":
    sys.exit(main())
