# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts: an overlay on the base tree and a systemd of its own, each in a namespace at the end of its instance's wire."""

from __future__ import annotations

import json
import shutil
import time
import typing as t
import uuid
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.cgroup import ControlGroup
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.debian_tree import DEBIAN_PATH
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.netns import FOLDER, netns_name, remove_netns
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.shell import SandboxError, run
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.wires import plug_in, unplug
from ansible_collections.alicloud.flannel.tests.sandbox.hosts.world import MIRROR_ADDRESS

NSPAWN_RUN = Path("/run/systemd/nspawn")
BOOT_SECONDS = 60
POWER_OFF_SECONDS = 10


@dataclass(frozen=True)
class Host:
    """What its instance makes of a host."""

    instance_id: str
    name: str
    host_name: str
    address: str
    prefix_length: int
    gateway: str
    authorized_key: str


class Machine:
    """One host by its place, whether or not there is something."""

    def __init__(self, sandbox: str, name: str, disks: Path) -> None:
        """Know the host by its sandbox and its interface's name; ``disks`` is the folder that holds every host's overlay."""
        self.name = name
        self.machine = netns_name(sandbox, name)
        self.group = ControlGroup.of_sandbox(sandbox, name)
        self._netns = FOLDER / netns_name(sandbox, name)
        self._folder = disks / name
        self._root = self._folder / "root"
        self._sandbox = sandbox
        self._cloud_log = disks.parent / "cloud.log"
        self._host_file = self._folder / "host.json"

    def find_host(self) -> Host | None:
        """Return what the host was made from, if it has a disk and that is whole."""
        try:
            return Host(**json.loads(self._host_file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def read_host(self) -> Host:
        """Return what the host was made from."""
        host = self.find_host()
        if host is None:
            raise SandboxError(f"host {self.name} has no disk")
        return host

    def read_known_host(self) -> str:
        """Return the host's line for the file of known hosts."""
        key = self._folder / "upper/etc/ssh/ssh_host_ed25519_key.pub"
        return f"{self.read_host().address} {key.read_text(encoding='utf-8').strip()}"

    def install(self, host: Host, base: Path) -> None:
        """Make the host's disk."""
        upper = self._folder / "upper"
        for folder in (upper / "etc/ssh", upper / "etc/apt", self._folder / "work", self._root):
            folder.mkdir(parents=True)
        (upper / "root/.ssh").mkdir(mode=0o700, parents=True)
        (upper / "root").chmod(0o700)
        key = upper / "etc/ssh/ssh_host_ed25519_key"
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", host.host_name, "-f", str(key)])
        _write(upper / "root/.ssh/authorized_keys", host.authorized_key)
        _write(upper / "etc/hostname", f"{host.host_name}\n")
        _write(upper / "etc/machine-id", f"{uuid.uuid4().hex}\n")
        _write(upper / "etc/hosts", f"127.0.0.1 localhost\n::1 localhost\n{host.address} {host.host_name}\n")
        _write(upper / "etc/resolv.conf", "")
        _write(upper / "etc/apt/sources.list", f"deb [trusted=yes] http://{MIRROR_ADDRESS}/debian ./\n")
        layers = f"lowerdir={base},upperdir={upper},workdir={self._folder / 'work'}"
        run(["mount", "-t", "overlay", "-o", layers, self.machine, str(self._root)])
        self._note(host)

    def _note(self, host: Host) -> None:
        partial = self._host_file.with_suffix(".partial")
        _write(partial, json.dumps(asdict(host)))
        partial.rename(self._host_file)

    def move_to(self, address: str) -> None:
        """Give the host, which is shut down, another address from its next boot on."""
        self._note(replace(self.read_host(), address=address))

    def boot(self) -> None:
        """Start the host in a namespace as new, without waiting until it is up."""
        host = self.read_host()
        plug_in(self._sandbox, self.name, f"{host.address}/{host.prefix_length}", host.gateway)
        self.group.create()
        nspawn = [
            *["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot", f"--directory={self._root}"],
            *[f"--machine={self.machine}", f"--hostname={host.host_name}", f"--network-namespace-path={self._netns}"],
            *["--capability=CAP_NET_ADMIN,CAP_NET_RAW", "--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=pipe"],
        ]
        # Without this the host could not set net.ipv4.* itself.
        environment = ["env", "SYSTEMD_NSPAWN_API_VFS_WRITABLE=network"]
        self.group.start([*environment, *nspawn], self.console)

    @property
    def console(self) -> Path:
        """Return the file with what the host printed while booting."""
        return self._folder / "console.log"

    def is_running(self) -> bool:
        """Tell whether the host is up, or on its way up or down."""
        return self.group.is_populated()

    def read_leader(self) -> int:
        """Return the process that is the host's first, as the machine numbers it."""
        for supervisor in self.group.read_pids("supervisor"):
            children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text(encoding="utf-8").split()
            if children:
                return int(children[0])
        raise SandboxError(f"host {self.name} is not running")

    def inside(self, argv: t.Sequence[str]) -> list[str]:
        """Return the command that runs ``argv`` in the host, whether or not SSH works."""
        enter = ["nsenter", f"--target={self.read_leader()}", "--mount", "--uts", "--ipc", "--net", "--pid", "--"]
        return [*enter, "/usr/bin/env", f"PATH={DEBIAN_PATH}", *argv]

    def shut_down(self) -> None:
        """Shut the host down, by force when it takes too long; its disk stays, and nothing that it had set up in the kernel."""
        self.request_power_off()
        if not self.group.wait_empty(POWER_OFF_SECONDS):
            self.group.end()
        unplug(self._sandbox, self.name)

    def request_power_off(self) -> None:
        """Ask the host to shut down, without waiting for it."""
        for supervisor in self.group.read_pids("supervisor"):
            run(["kill", "-TERM", str(supervisor)], check=False)

    def wait_ready(self, ssh: t.Sequence[str]) -> None:
        """Wait until the host answers over SSH and every unit of it has started."""
        deadline = time.monotonic() + BOOT_SECONDS
        while not self.is_running() and time.monotonic() < deadline:
            time.sleep(0.02)
        while True:
            answer = run([*ssh, "systemctl", "is-system-running", "--wait"], check=False)
            state = answer.stdout.strip()
            if state == "running":
                return
            if state == "degraded":
                failed = run([*ssh, "systemctl", "--failed", "--plain", "--no-legend"], check=False).stdout
                raise SandboxError(f"host {self.name}: units failed while booting: {failed.strip()}")
            if time.monotonic() > deadline or not self.is_running():
                log = self.console if self.console.exists() else self._cloud_log
                tail = log.read_text(encoding="utf-8", errors="replace")[-1500:]
                raise SandboxError(f"host {self.name} did not come up ({answer.stderr.strip()}); {log.name} ends with:\n{tail}")
            time.sleep(0.1)

    def release(self) -> None:
        """Leave nothing of the host."""
        self._host_file.unlink(missing_ok=True)
        self.end()
        remove_netns([self.machine])
        # Lazily: a shell that stands in the disk must not keep the rest from going.
        run(["umount", "--lazy", str(self._root)], check=False)
        if self._folder.exists():
            shutil.rmtree(self._folder)

    def end(self) -> None:
        """Kill whatever of the host still runs and remove what systemd-nspawn keeps for it outside of our folders."""
        self.group.end()
        if self._root.exists():
            at = self._root.stat()
            (NSPAWN_RUN / "locks" / f"inode-{at.st_dev}:{at.st_ino}").unlink(missing_ok=True)
        propagate = NSPAWN_RUN / "propagate" / self.machine
        if propagate.exists():
            propagate.rmdir()


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
