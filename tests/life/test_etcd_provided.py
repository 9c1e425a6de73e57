# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster goes from the role's CA to one of the user's, in the three runs that are documented. The tests are chapters of one story."""

from __future__ import annotations

import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import (
    CA_FOLDER,
    DAEMON,
    PKI_FOLDER,
    Cluster,
    Record,
    bring_up,
    needs_sandbox,
    pings,
)
from ansible_collections.alicloud.flannel.tests.life.writer import writing

pytestmark = needs_sandbox

NODES = {"n1": "172.16.0.11", "n2": "172.16.0.12", "n3": "172.16.0.13"}
PARTS = ("--tags", "etcd,network_config,flanneld")
KEY = ["-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2", "-config", "/dev/null"]


def sign(folder: Path, name: str, subject: str, addresses: str = "") -> None:
    """Make a key and a certificate; the first one is the CA that signs the others."""
    command = ["openssl", "req", "-x509", *KEY, "-subj", subject, "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.crt"]
    command += ["-addext", "subjectKeyIdentifier=hash"]
    if name == "ca":
        command += ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    else:
        command += ["-CA", f"{folder}/ca.crt", "-CAkey", f"{folder}/ca.key", "-addext", "authorityKeyIdentifier=keyid"]
        command += ["-addext", "keyUsage=critical,digitalSignature", "-addext", "extendedKeyUsage=serverAuth,clientAuth"]
        command += ["-addext", f"subjectAltName={addresses}"] if addresses else []
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create the user's CA and all that it signs."""
    folder = tmp_path_factory.mktemp("own")
    sign(folder, "ca", "/CN=the user's CA")
    for node, address in NODES.items():
        sign(folder, node, f"/CN={node}", f"DNS:{node},DNS:localhost,IP:{address},IP:127.0.0.1")
    for name, subject in (("root", "/CN=root"), ("client", "/CN=flannel"), ("identity", "/O=the user")):
        sign(folder, name, subject)
    return folder


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Cluster]:
    """Three hosts, each a member of etcd and a node with a daemon, with certificates of the role's CA."""
    for cluster in bring_up("provided", tmp_path_factory.mktemp("provided"), nodes=3):
        cluster.variables = dict(DAEMON)
        run = cluster.site()
        assert run.rc == 0, run.messages()
        yield cluster


def pair(option: str, path: object) -> dict[str, str]:
    """Return the two variables that provide a certificate and its key."""
    return {f"etcd_pki_{option}_cert": f"{path}.crt", f"etcd_pki_{option}_key": f"{path}.key"}


def of_members(own: Path) -> dict[str, str]:
    """Return the variables that provide the members' certificates."""
    member = f"{own}/{{{{ inventory_hostname }}}}"
    return {**pair("server", member), **pair("peer", member), **pair("root", own / "root")}


def of_clients(own: Path) -> dict[str, str]:
    """Return the variables that provide the modules' and the daemons'."""
    return {**pair("identity", own / "identity"), **pair("client", own / "client")}


def trusted(cluster: Cluster) -> set[int]:
    """Return how many CAs a member, and a daemon, trusts."""
    return {cluster.on(node, "cat", f"{folder}/ca.crt").count("BEGIN") for node in NODES for folder in (PKI_FOLDER, "/etc/flannel/etcd")}


def issuers(cluster: Cluster) -> set[str]:
    """Return who has signed what the running members show."""
    script = "openssl s_client -connect 127.0.0.1:2379 </dev/null 2>/dev/null | openssl x509 -noout -issuer -nameopt RFC2253"
    return {cluster.on(node, "sh", "-c", script).strip() for node in NODES}


def test_the_users_ca_is_trusted_beside_the_roles(cluster: Cluster, own: Path, record_property: Record) -> None:
    both = own / "both.crt"
    both.write_text((own / "ca.crt").read_text() + cluster.on("n1", "cat", f"{CA_FOLDER}/ca.crt"))
    with writing(cluster) as writes:
        first = cluster.site(*PARTS, variables={"etcd_pki_ca_cert": str(own / "ca.crt")})
        assert first.rc == 0, first.messages()
        assert trusted(cluster) == {2}
        second = cluster.site(*PARTS, variables={"etcd_pki_ca_cert": str(both), **of_members(own)})
        assert second.rc == 0, second.messages()
    assert issuers(cluster) == {"issuer=CN=the user's CA"}
    record_property("figure", f"certificates of another CA: {writes[0]}")
    assert writes[0].lost == 0


@pytest.mark.parametrize("missing", ["identity", "client"])
def test_nobody_with_a_certificate_of_the_roles_ca_is_cut_off(cluster: Cluster, own: Path, missing: str) -> None:
    provided = {name: value for name, value in of_clients(own).items() if missing not in name}
    run = cluster.site(*PARTS, variables={"etcd_pki_ca_cert": str(own / "ca.crt"), **of_members(own), **provided})
    assert run.rc != 0
    assert "etcd_pki_ca_cert lacks the role's CA" in run.messages()
    assert f"(etcd_pki_{missing}_cert)" in run.messages()
    assert run.stats["changed"] == {}


def test_in_the_end_only_the_users_ca_is_trusted(cluster: Cluster, own: Path, record_property: Record) -> None:
    with writing(cluster) as writes:
        cluster.variables.update({"etcd_pki_ca_cert": str(own / "both.crt"), **of_members(own), **of_clients(own)})
        provided = cluster.site(*PARTS)
        assert provided.rc == 0, provided.messages()
        cluster.variables["etcd_pki_ca_cert"] = str(own / "ca.crt")
        last = cluster.site(*PARTS)
        assert last.rc == 0, last.messages()
    assert trusted(cluster) == {1}
    record_property("figure", f"the former CA is dropped: {writes[0]}")
    assert writes[0].lost == 0


def test_afterwards_nothing_is_left_to_do(cluster: Cluster) -> None:
    run = cluster.site()
    assert (run.rc, run.stats["changed"]) == (0, {}), run.messages()
    checked, report = cluster.verify()
    assert checked.rc == 0, checked.messages()
    assert {ok for _source, _target, ok in pings(report)} == {True}
