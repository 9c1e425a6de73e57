# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sandbox from up to down, and what can be done with it in between."""

from __future__ import annotations

import ipaddress
import json
import os
import secrets
import subprocess
import sys
import typing as t
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml
from ansible_collections.alicloud.flannel.tests.sandbox.hosts import world as w
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.base_tree import HOSTS
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.cgroup import ControlGroup
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.config import (
    cloud_config,
    hosting,
    instance_config,
    inventory,
    key_environment,
    operator_environment,
    ssh_options,
    with_nodes,
)
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.debian_tree import make_tree
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.machines import Machine
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.mirror import Mirror, make_mirror
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.netns import call_in_netns, entering, netns_name
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.network import apply_network
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.servers import read_config, start_cloud, start_mirror, wait_for_servers
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import SandboxError, require_tools, run
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.state import (
    STATE,
    clear_state,
    disks_folder,
    locked_state,
    read_machines,
    remove_state,
)
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.watches import make_room_for_watches
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.wires import OPERATOR, VROUTER, interface_of

CONTROL_URL = f"http://{w.API_ADDRESS}:{w.API_PORT}/_sandbox"


def _make_key() -> tuple[str, str]:
    return "LTAI" + secrets.token_hex(8), secrets.token_hex(16)


def _silent(_text: str) -> None:
    pass


class Sandbox:
    """One sandbox by its name, whether or not it is up."""

    def __init__(self, name: str = "sandbox", say: t.Callable[[str], None] = _silent) -> None:
        """Know the sandbox's places; ``say`` is told what is being done."""
        w.refuse_bad_name(name)
        self.name = name
        self.folder = STATE / name
        self._say = say

    def up(self, **options: t.Any) -> Sandbox:
        """Bring the sandbox up, after removing what is left of an earlier one; options as in ``plan_world``."""
        world = w.plan_world(self.name, **options)
        require_tools()
        base, mirror = make_tree(HOSTS, self._say), make_mirror(self._say)
        try:
            with locked_state(self.folder):
                clear_state(self.name, self.folder, graceful=False)
                self._build(world, base, mirror)
        except BaseException:
            # Taken anew, which waits for a command that was running when we were interrupted.
            with locked_state(self.folder):
                remove_state(self.name, self.folder, graceful=False)
            raise
        return self

    def _build(self, world: w.World, base: Path, mirror: Mirror) -> None:
        what = "an empty account" if world.is_empty else f"VPC {w.VPC_CIDR}, {len(world.vswitches)} vSwitch(es)"
        self._say(f"network: {what}, operator {world.operator}")
        apply_network(world)
        self._make_room_for_hosts()
        make_room_for_watches(len(world.nodes))
        key, owner_key = _make_key(), _make_key()
        config = {**cloud_config(world, *key), **hosting(world, self.folder, base)}
        config["accounts"].append(dict(zip(("access_key", "secret_key"), owner_key)))
        self._say(f"hosts: booting {len(world.nodes)}")
        start_cloud(config, world, self.folder)
        start_mirror(world, self.folder, mirror)
        wait_for_servers(world, self.folder)
        self._wait_ready(world.nodes)
        self._write_operator_files(world, mirror, key, owner_key)
        self._say(f"up: {len(world.nodes)} hosts answer, API {CONTROL_URL.rsplit('/', 1)[0]}, inventory {self.folder / 'inventory.yml'}")

    def _wait_ready(self, nodes: t.Sequence[w.Node]) -> None:
        with ThreadPoolExecutor(max(1, len(nodes))) as pool:
            list(pool.map(lambda node: self._place(node).wait_ready(self.ssh(node.address)), nodes))

    def _place(self, node: w.Node) -> Machine:
        return Machine(self.name, interface_of(node.instance_id), disks_folder(self.folder))

    def _make_room_for_hosts(self) -> None:
        disks = disks_folder(self.folder)
        disks.mkdir()
        # In memory: it goes with one umount, and an overlay can't lie on another overlay, such as a container's root.
        run(["mount", "-t", "tmpfs", "-o", "mode=0755", netns_name(self.name, "hosts"), str(disks)])
        key = self.folder / "id_ed25519"
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", self.name, "-f", str(key)])
        (self.folder / "known_hosts").touch()

    def _write_operator_files(self, world: w.World, mirror: Mirror, key: tuple[str, str], owner_key: tuple[str, str]) -> None:
        ControlGroup.of_sandbox(self.name, OPERATOR).create()
        for name, environment in (("env", operator_environment(self.folder, *key)), ("owner.env", key_environment(*owner_key))):
            (self.folder / name).write_text("".join(f"{key}={value}\n" for key, value in environment.items()), encoding="utf-8")
        self._write_inventory(inventory(world, self.folder, mirror))

    def _write_inventory(self, content: t.Mapping[str, t.Any]) -> None:
        partial = self.folder / "inventory.partial"
        partial.write_text(yaml.safe_dump(dict(content), sort_keys=False), encoding="utf-8")
        partial.rename(self.folder / "inventory.yml")

    def add_nodes(self, count: int) -> list[str]:
        """Start more instances, wait for their hosts and put these into the inventory's group of nodes; return their names."""
        self._require_up()
        with locked_state(self.folder):
            world, text = read_config(self.folder), (self.folder / "inventory.yml").read_text(encoding="utf-8")
            present = {one["name"] for one in self.request("GET", "state")["instances"].values()}
            nodes = w.plan_more_nodes(present, count, len(world["vpcs"][0]["vswitches"]))
            make_room_for_watches(len(present) + count)
            self._say(f"hosts: booting {count} more")
            for node in nodes:
                self.request("POST", "instance/start", instance_config(node))
            self._wait_ready(nodes)
            self._write_inventory(with_nodes(yaml.safe_load(text), nodes))
        return [node.name for node in nodes]

    def down(self) -> None:
        """Remove everything of the sandbox; it need not be up, nor whole."""
        with locked_state(self.folder):
            remove_state(self.name, self.folder, graceful=True)

    def is_up(self) -> bool:
        """Tell whether the sandbox is complete."""
        return (self.folder / "inventory.yml").exists()

    def _require_up(self) -> None:
        if not self.is_up():
            raise SandboxError(f"sandbox {self.name} is not up")

    def read_machines(self) -> dict[str, Machine]:
        """Return the hosts that there are by their instances' names, or by the ids of those that share one."""
        self._require_up()
        found = [(machine.find_host(), machine) for machine in read_machines(self.name, self.folder)]
        hosts = [(host, machine) for host, machine in found if host]
        hosts.sort(key=lambda pair: ipaddress.IPv4Address(pair[0].address))
        count = Counter(host.name for host, _machine in hosts)
        return {host.name if count[host.name] == 1 else host.instance_id: machine for host, machine in hosts}

    def read_nodes(self) -> dict[str, str]:
        """Return the address of each host by its name."""
        return {name: machine.read_host().address for name, machine in self.read_machines().items()}

    def read_environment(self) -> dict[str, str]:
        """Return the operator's environment: this process's own without proxies, which can't be reached, and the sandbox's."""
        own = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        path = os.pathsep.join([str(Path(sys.executable).parent), own.get("PATH", os.defpath)])
        return {**own, "PATH": path, **self._read_env("env")}

    def read_owner(self) -> dict[str, str]:
        """Return what makes an environment that of the account's owner, who may do everything."""
        return self._read_env("owner.env")

    def _read_env(self, name: str) -> dict[str, str]:
        return dict(line.split("=", 1) for line in (self.folder / name).read_text(encoding="utf-8").splitlines())

    def operator_command(self, argv: t.Sequence[str]) -> list[str]:
        """Return the command that runs ``argv`` where the operator is."""
        self._require_up()
        return ControlGroup.of_sandbox(self.name, OPERATOR).wrap(entering(netns_name(self.name, OPERATOR), argv))

    def exec(self, argv: t.Sequence[str], *, env: t.Mapping[str, str] | None = None, **options: t.Any) -> subprocess.CompletedProcess[str]:
        """Run a command where the operator is, to its end; ``env`` adds to the operator's environment."""
        check = options.pop("check", False)
        settings: dict[str, t.Any] = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, **options}
        return subprocess.run(self.operator_command(argv), check=check, env={**self.read_environment(), **(env or {})}, **settings)

    def ssh(self, address: str) -> list[str]:
        """Return the operator's command line for SSH to a host, to be followed by the command."""
        login = ["ssh", *ssh_options(self.folder), "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", f"root@{address}"]
        return entering(netns_name(self.name, OPERATOR), login)

    def host_exec(self, node: str, argv: t.Sequence[str], *, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command as root in a host, whatever SSH and firewalls there say."""
        return run(self._machine(node).inside(argv), stdin=stdin, check=False)

    def host_start(self, node: str, argv: t.Sequence[str]) -> subprocess.Popen[str]:
        """Start a command as root in a host and return it; it is to end when its standard input does."""
        return subprocess.Popen(self._machine(node).inside(argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def stop_host(self, name: str) -> None:
        """Shut a host down without the cloud's knowledge; its disk stays, and nothing that it had set up in the kernel."""
        self._machine(name).shut_down()

    def start_host(self, name: str) -> None:
        """Boot a host that was shut down, and wait until it answers."""
        machine = self._machine(name)
        machine.boot()
        machine.wait_ready(self.ssh(machine.read_host().address))

    def move_host(self, name: str, address: str) -> None:
        """Give a host's instance another primary address, for which it is shut down and booted; the disk stays."""
        machine = self._machine(name)
        machine.shut_down()
        known, old = self.folder / "known_hosts", machine.read_known_host()
        machine.move_to(address)
        known.write_text(known.read_text(encoding="utf-8").replace(old, machine.read_known_host()), encoding="utf-8")
        self.request("POST", "instance/address", {"instance_id": machine.read_host().instance_id, "private_ip": address})
        self.start_host(name)

    def is_host_running(self, node: str) -> bool:
        """Tell whether a host is running."""
        return self._machine(node).is_running()

    def request(self, method: str, path: str, body: t.Mapping[str, t.Any] | None = None) -> t.Any:
        """Ask one of the cloud's control endpoints, such as ``calls`` or ``entry``; return what it answers."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{CONTROL_URL}/{path}", data, {"Content-Type": "application/json"}, method=method)

        def send() -> t.Any:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            try:
                with opener.open(request, timeout=30) as response:
                    return json.loads(response.read() or b"null")
            except OSError as exc:
                raise SandboxError(f"{method} {request.full_url}: {exc}; see {self.folder / 'cloud.log'}") from exc

        return call_in_netns(netns_name(self.name, VROUTER), send)

    def calls(self) -> dict[str, t.Any]:
        """Return how many calls the cloud's API has had: ``total``, ``writes``, ``by_action``."""
        return dict(self.request("GET", "calls"))

    def reset_calls(self) -> None:
        """Begin counting calls anew."""
        self.request("POST", "calls/reset")

    def _machine(self, name: str) -> Machine:
        machines = self.read_machines()
        if name not in machines:
            raise SandboxError(f"sandbox {self.name} has no host {name}: {', '.join(machines) or 'none at all'}")
        return machines[name]
