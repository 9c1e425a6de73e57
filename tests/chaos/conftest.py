# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which seeds are played, and one line about all of them at the end."""

from __future__ import annotations

import collections
import typing as t

import pytest
from ansible_collections.alicloud.flannel.tests.chaos.scenario import KILLS, KINDS

DEFAULT_SEEDS = 25
# With so many seeds or more, every kind must have struck often; fewer prove nothing about the mix.
ENOUGH_SEEDS = 500
ENOUGH_STRIKES = 10


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seeds", type=int, default=DEFAULT_SEEDS, help="play the chaos scenarios of so many seeds")
    parser.addoption("--seed", type=int, help="play the chaos scenario of one seed")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    one, seeds = metafunc.config.getoption("--seed"), metafunc.config.getoption("--seeds")
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(seeds) if one is None else [one])
    if "killed_seed" in metafunc.fixturenames:
        metafunc.parametrize("killed_seed", range(max(3, seeds // 25)) if one is None else [one])


class Summary:
    """Adds up what every scenario recorded, wherever it was played."""

    def __init__(self) -> None:
        self.seeds = 0
        self.writes = 0
        self.lost = 0
        self.processes = 0
        self.struck: collections.Counter[str] = collections.Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        found: dict[str, t.Any] = dict(report.user_properties)
        if report.when != "call":
            return
        self.processes += found.get("processes", 0)
        if "struck" in found:
            self.seeds += 1
            self.struck.update(found["struck"])
            self.writes += found["writes"]
            self.lost += found["lost"]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.too_rare():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.seeds:
            return
        faults = ", ".join(f"{kind} {self.struck[kind]}" for kind in KINDS if kind not in KILLS and self.struck[kind])
        killed = sum(self.struck[kind] for kind in KILLS)
        total = sum(self.struck.values()) - killed
        terminalreporter.write_line(
            f"chaos: {self.seeds} seeds, {total} faults ({faults}), {killed} runs and {self.processes} processes killed, "
            f"{self.writes} writes, lost routes {self.lost}"
        )
        if self.too_rare():
            terminalreporter.write_line(f"chaos: struck fewer than {ENOUGH_STRIKES} times: {', '.join(self.too_rare())}", red=True)

    def too_rare(self) -> list[str]:
        """Return the kinds that should have struck more often."""
        return [kind for kind in KINDS if self.seeds >= ENOUGH_SEEDS and self.struck[kind] < ENOUGH_STRIKES]


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Summary(), "chaos-summary")
