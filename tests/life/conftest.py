# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""At the end, how long each file took, and the figures that the tests measured: ``record_property("figure", "what: how much")``."""

from __future__ import annotations

from collections import defaultdict

import pytest


class Figures:
    """Collects the figures of every test, wherever it ran."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.location[0]] += report.duration
        if report.when == "call":
            self.lines += [str(value) for name, value in report.user_properties if name == "figure"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name, seconds in sorted(self.seconds.items()):
            terminalreporter.write_line(f"{name}: {seconds / 60:.0f} minutes")
        for line in self.lines:
            terminalreporter.write_line(f"figure: {line}")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Figures(), "figures")
