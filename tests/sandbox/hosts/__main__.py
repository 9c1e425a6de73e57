# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``sandbox`` command."""

from __future__ import annotations

import argparse
import os
import signal
import sys

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.pods import ping_matrix, render_matrix
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.sandbox import Sandbox
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import SandboxError
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.world import OPERATORS

NOT_UP = 3


def parse_arguments(argv: list[str]) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="sandbox", description="A cloud with real hosts on this machine, for tests and the demo.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--name", default="sandbox", help="tells sandboxes that are up at the same time apart (default: %(default)s)")
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", parents=[common], help="bring it up, anew when it already is")
    size = up.add_mutually_exclusive_group()
    size.add_argument("--empty", action="store_true", help="an account with nothing in it; its instances become hosts")
    size.add_argument("--nodes", type=int, default=3, help="how many hosts (default: %(default)s)")
    up.add_argument("--etcd", type=int, default=3, help="how many of them run etcd (default: %(default)s)")
    up.add_argument("--vswitches", type=int, default=1, help="each after the first has a route table of its own (default: %(default)s)")
    up.add_argument("--operator", choices=OPERATORS, default="full", help="what the operator reaches (default: %(default)s)")
    up.add_argument("--settle", type=float, default=2.0, help="seconds until a route entry is Available (default: %(default)s)")
    more = verbs.add_parser("add", parents=[common], help="boot more hosts and put them into the inventory")
    more.add_argument("--nodes", type=int, default=1, help="how many (default: %(default)s)")
    verbs.add_parser("down", parents=[common], help="remove everything of it")
    verbs.add_parser("status", parents=[common], help=f"say what runs; exit code {NOT_UP} when it is not up")
    verbs.add_parser(
        "ping-matrix", parents=[common], help="ping from a pod on each node to one on every other; exit code 1 when one is lost"
    )
    command = verbs.add_parser("exec", parents=[common], help="run a command where the operator is")
    command.add_argument("command", nargs=argparse.REMAINDER, metavar="-- CMD", help="the command and its arguments")
    return parser.parse_args(argv)


def up(sandbox: Sandbox, args: argparse.Namespace) -> int:
    """Bring the sandbox up."""
    names = ("nodes", "etcd", "vswitches", "operator", "empty")
    sandbox.up(settle_seconds=args.settle, **{name: getattr(args, name) for name in names})
    return 0


def add(sandbox: Sandbox, args: argparse.Namespace) -> int:
    """Add hosts to the sandbox."""
    print(f"added: {', '.join(sandbox.add_nodes(args.nodes))}")
    return 0


def down(sandbox: Sandbox, _args: argparse.Namespace) -> int:
    """Take the sandbox down."""
    sandbox.down()
    return 0


def status(sandbox: Sandbox, _args: argparse.Namespace) -> int:
    """Print what there is of the sandbox."""
    if not sandbox.is_up():
        print(f"sandbox {sandbox.name} is not up")
        return NOT_UP
    print(f"sandbox {sandbox.name} is up; inventory: {sandbox.folder / 'inventory.yml'}")
    for node, address in sandbox.read_nodes().items():
        print(f"  {node:<20} {address:<16} {'running' if sandbox.is_host_running(node) else 'stopped'}")
    calls = sandbox.calls()
    print(f"  API calls: {calls['total']}, of these writes: {calls['writes']}")
    return 0


def execute(sandbox: Sandbox, args: argparse.Namespace) -> int:
    """Become a command where the operator is."""
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        raise SandboxError("exec needs a command: sandbox exec -- CMD…")
    argv = sandbox.operator_command(command)
    os.execvpe(argv[0], argv, sandbox.read_environment())


def print_ping_matrix(sandbox: Sandbox, _args: argparse.Namespace) -> int:
    """Ping between pods of all nodes and print who reaches whom."""
    results = ping_matrix(sandbox, list(sandbox.read_nodes()))
    print(render_matrix(results))
    return 0 if all(results.values()) else 1


VERBS = {"up": up, "add": add, "down": down, "status": status, "ping-matrix": print_ping_matrix, "exec": execute}


def main() -> int:
    """Do what the command line asks for."""
    args = parse_arguments(sys.argv[1:])
    # As with Ctrl-C: what a run has made goes when it is asked to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return VERBS[args.verb](Sandbox(args.name, say=lambda text: print(f"sandbox {args.name}: {text}", flush=True)), args)
    except SandboxError as exc:
        print(f"sandbox {args.name}: {exc}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
