# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serve the world of a file until SIGTERM; the package's docstring describes the file."""

from __future__ import annotations

import argparse
import logging
import signal
import threading
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.server import CloudServer
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.world import build_dataplane, build_machines, build_state, read_world


def main() -> None:
    parser = argparse.ArgumentParser(prog="cloud", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="the world file")
    parser.add_argument("--listen", action="append", required=True, metavar="HOST:PORT", help="may be given several times")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    addresses = [(host, int(port)) for host, _colon, port in (text.rpartition(":") for text in arguments.listen)]
    serve(arguments.config, addresses)


def serve(config: Path, addresses: list[tuple[str, int]]) -> None:
    """Serve until a signal to end; each URL is printed once it answers."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: ended.set())
    world = read_world(config)
    (host, port), *others = addresses
    state = build_state(world)
    server = CloudServer(state, host, port, build_dataplane(world), machines=build_machines(world, state))
    urls = [server.url, *(server.listen(*address) for address in others)]
    server.start()
    for url in urls:
        print(f"listening on {url}", flush=True)
    ended.wait()
    server.stop()


if __name__ == "__main__":
    main()
