# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module as a process of its own that is killed in the middle of a call, by seed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import typing as t
from dataclasses import replace

from ansible_collections.alicloud.flannel.tests.chaos import oracle
from ansible_collections.alicloud.flannel.tests.chaos.judgement import clean_run
from ansible_collections.alicloud.flannel.tests.chaos.play import SECRET_KEY, Play, options_of
from ansible_collections.alicloud.flannel.tests.chaos.scenario import make_scenario
from ansible_collections.alicloud.flannel.tests.integration.run_module import COLLECTIONS, PACKAGE
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault, ReplyLost


def test_a_killed_process(killed_seed: int, record_property: t.Callable[[str, object], None]) -> None:
    rng = random.Random(killed_seed)
    play = Play(replace(make_scenario(killed_seed), events=(), settle=0.5))
    play.server.start()
    try:
        record_property("processes", kill_at(play, *a_call(play, rng)))
        play.calm_down()
        problems = [*clean_run(play, play.scenario.task), *play.witness.violations, *play.paths.lost]
    finally:
        play.server.stop()
    assert not problems, f"pytest tests/chaos --seed {killed_seed}\n" + "\n".join(problems)


def a_call(play: Play, rng: random.Random) -> tuple[int, bool]:
    """Return the number of the call at which the process dies, and whether the cloud carries that call out."""
    writes = oracle.fewest_writes(oracle.changes(play.at_start, play.scenario.task))
    # A run makes two calls at least; four before its first write, and one after each to see whether it has settled.
    return rng.randint(1, 4 + 2 * min(writes, 4) if writes else 2), rng.random() < 0.5


def kill_at(play: Play, number: int, carried_out: bool) -> int:
    """Run the module until it is killed; return the number of processes killed."""
    access_key, _client = play.new_client(play.scenario.task, mortal=False)
    process = start(play, access_key)

    def kill(_state: object, _request: object) -> None:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        if not carried_out:
            raise ReplyLost

    def let_time_pass(_state: object, _request: object) -> None:
        play.clock.sleep(1.0)

    play.server.faults.add(Fault("*", times=None, run=let_time_pass), play.strikes.watching(), Fault("*", skip=number - 1, run=kill))
    module = options_of(play.scenario.task)
    identity = {"access_key": access_key, "secret_key": SECRET_KEY, "region": play.state.region, "endpoint": play.server.url}
    output, _errors = process.communicate(json.dumps({"ANSIBLE_MODULE_ARGS": {**module, **identity}}), timeout=60)
    assert process.returncode == -signal.SIGKILL, f"call {number} was never made: {output}"
    return 1


def start(play: Play, access_key: str) -> subprocess.Popen[str]:
    """Start the module; it waits for its options."""
    return subprocess.Popen(
        [sys.executable, "-m", f"{PACKAGE}.ali_vpc_route"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(COLLECTIONS)},
    )
