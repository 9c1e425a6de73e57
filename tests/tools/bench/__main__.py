# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures against the budgets; prints one JSON line a case and fails if a budget is exceeded."""

from __future__ import annotations

import argparse
import contextlib
import functools
import sys
import tempfile
import typing as t
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import EtcdServer, start_etcd
from ansible_collections.alicloud.flannel.tests.tools.bench.case import Case
from ansible_collections.alicloud.flannel.tests.tools.bench.control_plane import control_plane_cases
from ansible_collections.alicloud.flannel.tests.tools.bench.controller import controller_case
from ansible_collections.alicloud.flannel.tests.tools.bench.leases import lease_cases
from ansible_collections.alicloud.flannel.tests.tools.bench.routes import routes_cases
from ansible_collections.alicloud.flannel.tests.tools.bench.site import site_cases
from ansible_collections.alicloud.flannel.tests.tools.bench.startup import etcd_startup_case, startup_case


@contextlib.contextmanager
def etcd_in(folder: Path) -> t.Iterator[EtcdServer]:
    """Serve an etcd."""
    server = start_etcd("3.5.1", folder / "etcd")
    try:
        yield server
    finally:
        server.stop()


def leases(folder: Path) -> t.Iterator[Case]:
    """Run the cases of leases."""
    with etcd_in(folder) as etcd:
        yield from lease_cases(etcd)


def control_plane(folder: Path) -> t.Iterator[Case]:
    """Run the cases of the control plane."""
    with etcd_in(folder) as etcd:
        yield from control_plane_cases(folder, etcd)


def startup(folder: Path) -> t.Iterator[Case]:
    """Run the cases of a module's start."""
    yield startup_case()
    with etcd_in(folder) as etcd:
        yield etcd_startup_case(etcd)


def controller(folder: Path) -> t.Iterator[Case]:
    """Run the case of many hosts."""
    with etcd_in(folder) as etcd:
        yield controller_case(folder, etcd)


# Three are all members of etcd; of more than three, three are.
SITES = (3, 10, 30)
GROUPS: dict[str, t.Callable[[Path], t.Iterator[Case]]] = {
    "startup": startup,
    "routes": lambda folder: routes_cases(),
    "leases": leases,
    "control-plane": control_plane,
    "controller-300": controller,
    **{f"site-{count}": functools.partial(site_cases, count=count) for count in SITES},
}


def main() -> int:
    """Run the groups that are named, or all."""
    parser = argparse.ArgumentParser(prog="make bench CASES=...", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=", ".join(GROUPS))
    named = parser.parse_args().groups or list(GROUPS)
    unknown = sorted(set(named) - set(GROUPS))
    if unknown:
        parser.error(f"no such group: {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    exceeded = []
    with tempfile.TemporaryDirectory() as folder:
        for case in (case for group in named for case in GROUPS[group](Path(folder))):
            print(case.as_json(), flush=True)
            exceeded += case.exceeded()
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
