# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a running etcd takes over of changed certificates, and what it has to be restarted for; the role etcd relies on both."""

from __future__ import annotations

import http.client
import shutil
import ssl
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import (
    VERSIONS,
    Certificates,
    EtcdServer,
    find_binary,
    start_etcd,
)
from ansible_collections.alicloud.flannel.tests.integration.etcd.pki.etcd_ca import bundle, ca, make_ca, make_leaf, make_next


def issue(folder: Path, name: str) -> None:
    """Sign a certificate, for a new key, with the CA that signs now, and put both where etcd and its clients have theirs."""
    made = make_leaf(folder / "authority", name)
    shutil.copy(made, folder / f"{name}.crt")
    shutil.copy(made.with_suffix(".key"), folder / f"{name}.key")


def trust(folder: Path) -> None:
    """Write what is to be trusted."""
    (folder / "ca.crt").write_text("".join(bundle(folder / "authority")))


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> t.Iterator[EtcdServer]:
    """Run an etcd with certificates of the role's CA."""
    find_binary(request.param)
    folder = tmp_path / "pki"
    make_ca(folder / "authority")
    for name in ("server", "client"):
        issue(folder, name)
    trust(folder)
    server = start_etcd(request.param, tmp_path / "etcd", certificates=Certificates(folder))
    yield server
    server.stop()


def pki(server: EtcdServer) -> Path:
    assert server.certificates
    return server.certificates.folder


def presented(server: EtcdServer) -> str | None:
    """Return the certificate that the server shows; None when it and the client don't take each other's."""
    folder = pki(server)
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    context.load_cert_chain(str(folder / "client.crt"), str(folder / "client.key"))
    connection = http.client.HTTPSConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=10, context=context)
    try:
        connection.request("GET", "/version")
        shown = t.cast("bytes", connection.sock.getpeercert(binary_form=True))
        return ssl.DER_cert_to_PEM_cert(shown).strip() if connection.getresponse().status == 200 else None
    except OSError:
        return None
    finally:
        connection.close()


@pytest.mark.parametrize("server", VERSIONS, indirect=True)
def test_a_renewed_certificate_needs_no_restart(server: EtcdServer) -> None:
    before = presented(server)
    assert before == (pki(server) / "server.crt").read_text().strip()
    issue(pki(server), "server")
    assert presented(server) == (pki(server) / "server.crt").read_text().strip() != before
    assert server.process.poll() is None


@pytest.mark.parametrize("server", VERSIONS, indirect=True)
def test_another_ca_needs_one(server: EtcdServer) -> None:
    folder = pki(server)
    make_next(folder / "authority")
    trust(folder)
    ca(folder / "authority", "switched")
    issue(folder, "client")
    # Why nothing may sign before everybody has restarted.
    assert presented(server) is None
    again = start_etcd(server.version, server.folder.parent / "restarted", certificates=server.certificates)
    try:
        assert presented(again)
        # Its own certificate is still of the CA before.
        issue(folder, "server")
        assert presented(again)
    finally:
        again.stop()
