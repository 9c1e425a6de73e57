# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A running flanneld, real or stand-in, and a wire to etcd that can be cut."""

from __future__ import annotations

import contextlib
import os
import re
import select
import socket
import subprocess
import threading
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

STAND_IN = Path(__file__).parents[1] / "sandbox/flanneld/flanneld"
# Real ones, of as many versions as there are.
REAL = [Path(name) for name in os.environ.get("FLANNELD_BINARY", "").split(":") if name]
# What hosts get: the first real one, or the stand-in.
FOR_HOSTS = str((REAL or [STAND_IN])[0])
# The stand-in is fast; a real one that waits for etcd takes some seconds to go on.
PATIENCE_SECONDS = 15.0
# Long enough for whatever happens at once to have happened.
QUIET_SECONDS = 0.6


@dataclass(frozen=True)
class Binary:
    """A flanneld and its version."""

    path: Path
    version: tuple[int, ...]

    @property
    def stop_code(self) -> int:
        """Return how it ends when it is stopped or its lease is gone: up to some version with a panic."""
        return 2 if self.version < (0, 21, 5) else 0


def stand_in(version: str, folder: Path) -> Binary:
    """Return a stand-in for this version."""
    path = folder / f"flanneld-{version}"
    path.write_text(re.sub(r'^VERSION = "v[0-9.]+', f'VERSION = "v{version}', STAND_IN.read_text(), flags=re.MULTILINE))
    path.chmod(0o755)
    return identify(path)


def identify(path: Path) -> Binary:
    """Ask a binary for its version."""
    done = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=True)
    return Binary(path, tuple(int(part) for part in re.findall(r"[0-9]+", done.stdout + done.stderr)[:3]))


class Daemon:
    """One process, on the loopback interface, with its files in a folder of its own."""

    def __init__(self, binary: Binary, folder: Path, public_ip: str, options: t.Mapping[str, str], env: t.Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.public_ip = public_ip
        self.subnet_file = folder / "subnet.env"
        self._log = folder / "log"
        self._bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        bell = folder / "notify"
        bell.unlink(missing_ok=True)
        self._bell.bind(str(bell))
        fixed = {"iface": "lo", "public-ip": public_ip, "subnet-file": str(self.subnet_file), "iptables-forward-rules": "false"}
        command = [str(binary.path), *(f"--{name}={value}" for name, value in {**fixed, **options}.items())]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "NOTIFY_SOCKET": str(bell), **env}
            )

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def values(self) -> dict[str, str]:
        """Return what subnet.env says."""
        return dict(line.split("=", 1) for line in self.subnet_file.read_text().splitlines())

    def is_running(self) -> bool:
        return self._process.poll() is None

    def is_ready(self, seconds: float = 0.0) -> bool:
        """Say whether it has told systemd that it is ready, now or in some time."""
        return bool(select.select([self._bell], [], [], seconds)[0]) and b"READY=1" in self._bell.recv(4096)

    def wait_ready(self) -> Daemon:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self.is_running():
            if self.is_ready(0.05):
                return self
        raise AssertionError(f"flanneld did not get ready:\n{self.log}")

    def wait_end(self) -> int:
        """Wait until it has ended and return its exit code."""
        return self._process.wait(timeout=PATIENCE_SECONDS)

    def stop(self) -> int:
        """Stop it as systemd does and return its exit code."""
        self._process.terminate()
        return self.wait_end()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._bell.close()


class Wire:
    """Passes connections on to a server, until it is cut and once it is repaired."""

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        self._target = (target.hostname or "", target.port or 0)
        self._open: list[socket.socket] = []
        self.is_cut = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"{target.scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        """Break what is connected, and refuse what comes."""
        self.is_cut = True
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def repair(self) -> None:
        self.is_cut = False

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # it ends when the listener is closed
            while True:
                client, _address = self._listener.accept()
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        if self.is_cut:
            client.close()
            return
        server = socket.create_connection(self._target)
        self._open += [client, server]
        for one, other in ((client, server), (server, client)):
            threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError), source, target:
        while data := source.recv(65536):
            target.sendall(data)
