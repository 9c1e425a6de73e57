# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every instance of the emulated cloud is a host, which lives and ends with it. This runs in the cloud's process."""

from __future__ import annotations

import ipaddress
import logging
import re
import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.dataplane import gateway_of
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.machines import Host, Machine
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.wires import interface_of

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Instance
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState

_LOG = logging.getLogger(__name__)


def host_name_of(instance: Instance) -> str:
    """Return the name that the host gives itself: the instance's, as far as it can be a host name."""
    text = re.sub(r"[^A-Za-z0-9-]+", "-", instance.host_name or instance.name)[:63].strip("-")
    return text or instance.instance_id


def host_of(state: CloudState, instance: Instance) -> Host:
    """Return what the cloud's state makes of an instance's host."""
    with state.lock:
        cidr = state.vswitches[instance.vswitch_id].cidr
        pair = state.key_pairs.get(instance.key_pair or "")
    return Host(
        instance.instance_id,
        instance.name,
        host_name_of(instance),
        instance.private_ip,
        ipaddress.IPv4Network(cidr).prefixlen,
        gateway_of(cidr),
        f"{pair.public_key}\n" if pair else "",
    )


class NspawnMachines:
    """The cloud's ``Machines`` made of hosts. A call only begins things; what is begun on one host is done in order."""

    def __init__(self, state: CloudState, sandbox: str, disks: str, base: str, known_hosts: str) -> None:
        """Take the region's state, the sandbox's name, the folder for disks, the base tree and the operator's file of known hosts."""
        self._state = state
        self._sandbox = sandbox
        self._disks = Path(disks)
        self._base = Path(base)
        self._known_hosts = Path(known_hosts)
        self._known_hosts_lock = threading.Lock()
        self._workers: dict[str, ThreadPoolExecutor] = {}

    def machine_started(self, instance: Instance) -> None:
        """Install the host when it is new, and boot it."""
        machine, host = self._machine(instance.instance_id), host_of(self._state, instance)
        self._begin(instance.instance_id, lambda: self._start(machine, host))

    def machine_stopped(self, instance_id: str) -> None:
        """Shut the host down."""
        self._begin(instance_id, self._machine(instance_id).shut_down)

    def machine_released(self, instance_id: str) -> None:
        """Leave nothing of the host."""
        machine = self._machine(instance_id)
        self._begin(instance_id, lambda: self._release(machine))
        self._workers.pop(instance_id).shutdown(wait=False)

    def _machine(self, instance_id: str) -> Machine:
        return Machine(self._sandbox, interface_of(instance_id), self._disks)

    def _begin(self, instance_id: str, work: t.Callable[[], None]) -> None:
        def report() -> None:
            try:
                work()
            except Exception:
                # The API must go on; a host that doesn't answer is what the tests look at.
                _LOG.exception("the host of %s", instance_id)

        self._workers.setdefault(instance_id, ThreadPoolExecutor(1)).submit(report)

    def _start(self, machine: Machine, host: Host) -> None:
        if machine.is_running():
            return
        if machine.find_host() is None:
            machine.install(host, self._base)
            self._note_known_host(add=machine.read_known_host())
        machine.boot()

    def _release(self, machine: Machine) -> None:
        if machine.find_host():
            self._note_known_host(remove=machine.read_known_host())
        machine.release()

    def _note_known_host(self, add: str = "", remove: str = "") -> None:
        """Let the operator know a host's key, as from its console; a new host is the only one of its address."""
        with self._known_hosts_lock:
            address = f"{add.partition(' ')[0]} "
            lines = [line for line in self._known_hosts.read_text(encoding="utf-8").splitlines() if line != remove]
            kept = [line for line in lines if not line.startswith(address)] + [add] * bool(add)
            partial = self._known_hosts.with_suffix(".partial")
            partial.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
            partial.rename(self._known_hosts)
