# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The route engine while everything goes wrong. A seed that fails is played again by ``pytest tests/chaos --seed N``."""

from __future__ import annotations

import typing as t

from ansible_collections.alicloud.flannel.tests.chaos.judgement import (
    clean_run,
    false_claims,
    hidden_refusals,
    must_be_well,
    too_many_writes,
    unfinished,
)
from ansible_collections.alicloud.flannel.tests.chaos.play import Play
from ansible_collections.alicloud.flannel.tests.chaos.scenario import make_scenario


def test_a_seed(seed: int, record_property: t.Callable[[str, object], None]) -> None:
    play = Play(make_scenario(seed))
    play.server.start()
    try:
        problems = list(played(play))
    finally:
        play.server.stop()
    struck = play.strikes.count()
    record_property("struck", dict(struck))
    record_property("writes", play.server.writes())
    record_property("lost", len(play.paths.lost))
    story = "\n".join(play.story())
    assert not problems, f"seed {seed}, again by: pytest tests/chaos --seed {seed}\n{story}\n" + "\n".join(problems)


def played(play: Play) -> t.Iterator[str]:
    """Play a scenario; yield everything that is wrong about it."""
    play.faulty_runs()
    for run in play.runs:
        yield from false_claims(run)
        if must_be_well(play):
            yield from unfinished(run)
    yield from hidden_refusals(play)
    play.calm_down()
    for task in map(play.strikes.up_to_date, play.tasks()):
        yield from clean_run(play, task)
    yield from [*play.witness.violations, *play.paths.lost, *too_many_writes(play)]
