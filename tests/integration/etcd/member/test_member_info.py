# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module that observes a member, by the module as a process, against real members and against what is none."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import threading
import time
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.auth import Grant
from ansible_collections.alicloud.flannel.plugins.module_utils._etcd.cluster.auth_digest import auth_digest
from ansible_collections.alicloud.flannel.plugins.modules.etcd_member_info import RETURN
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_auth import USERS, V3_RIGHTS
from ansible_collections.alicloud.flannel.tests.integration.etcd.etcd_fixtures import (
    VERSIONS,
    Certificates,
    EtcdServer,
    Park,
    find_binary,
    start_cluster,
    start_etcd,
)
from ansible_collections.alicloud.flannel.tests.integration.etcd.member import bad_servers
from ansible_collections.alicloud.flannel.tests.integration.run_module import run_module

Values = t.Dict[str, t.Any]


def observe(**options: t.Any) -> Values:
    result = run_module("etcd_member_info", options, check=True, timeout=30)
    assert (result.failed, result.changed) == (False, False), result.msg
    return t.cast("Values", result["etcd_member"])


def ask(server: EtcdServer, name: str = "named-client", **options: t.Any) -> Values:
    """Ask a member of the tests, whose folders are not those of the role."""
    files = server.certificates
    own = {"ca_cert": "ca.crt", "client_cert": f"{name}.crt", "client_key": f"{name}.key"} if files else {}
    paths = {option: files.path(file) for option, file in own.items()} if files else {}
    return observe(**{"gather": ["cluster", "auth"], "data_dir": str(server.folder / "data"), "endpoint": server.url, **paths, **options})


def listed(server: EtcdServer) -> Values:
    """Return what etcdctl, another client, says of the cluster."""
    return t.cast("Values", json.loads(server.etcdctl("member", "list", "--write-out=json")))


@pytest.mark.parametrize("kind", ["http", "mTLS", "both"])
@pytest.mark.parametrize("version", VERSIONS)
def test_it_says_what_etcdctl_says(park: Park, version: str, kind: str) -> None:
    server = park.get(version, kind)
    cluster = ask(server)["cluster"]
    expected = listed(server)
    assert cluster["error"] == ""
    assert cluster["cluster_id"] == f"{expected['header']['cluster_id']:x}"
    (member,), (known,) = cluster["members"], expected["members"]
    assert member == {
        "id": f"{known['ID']:x}",
        "name": known["name"],
        "peer_urls": known["peerURLs"],
        "client_urls": known["clientURLs"],
        "is_learner": False,
    }
    (endpoint,) = cluster["endpoints"]
    assert (endpoint["url"], endpoint["version"], endpoint["member_id"]) == (server.url, version, member["id"])
    assert (endpoint["is_leader"], endpoint["serves"], endpoint["error"], endpoint["read_error"]) == (True, True, "", "")
    status = json.loads(server.etcdctl("endpoint", "status", "--write-out=json"))[0]["Status"]
    assert 0 < endpoint["db_size_in_use"] <= endpoint["db_size"] == status["dbSize"]
    assert endpoint["revision"] == status["header"]["revision"]
    assert 0 < endpoint["raft_index"] <= status["raftIndex"]


@pytest.mark.parametrize("version", VERSIONS)
def test_users_and_roles_have_one_sum(park: Park, version: str) -> None:
    grants: dict[str, list[Grant]] = {name: [] for name in USERS if name != "root"}
    for name, kind, start, end in V3_RIGHTS:
        grants[name].append(Grant(kind, start.encode(), end.encode()))
    expected = auth_digest({name: [name] for name in USERS}, grants)
    server = park.get(version, "both")
    # The role root was never made: etcd knows what it may.
    assert ask(server)["auth"] == {"is_enabled": True, "digest": expected}
    assert ask(server, "flanneld-client")["auth"] == {"is_enabled": True, "digest": ""}
    assert ask(park.get(version, "mTLS"))["auth"] == {"is_enabled": False, "digest": auth_digest({}, {})}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_user_without_rights_sees_that_a_member_serves(park: Park, version: str) -> None:
    (endpoint,) = ask(park.get(version, "both"), "flanneld-client")["cluster"]["endpoints"]
    assert (endpoint["serves"], endpoint["read_error"]) == (True, "")


def test_the_fallback_is_used_where_there_is_no_certificate(park: Park, certificates: Certificates, tmp_path: Path) -> None:
    (tmp_path / "root.crt").touch()
    options = {"client_cert": str(tmp_path / "root.crt"), "client_key": str(tmp_path / "root.key")}
    server = park.get("3.5.1", "mTLS")
    assert "which the option client_key names" in ask(server, **options)["cluster"]["error"]
    fallback = {"fallback_cert": certificates.path("client.crt"), "fallback_key": certificates.path("client.key")}
    assert ask(server, **options, **fallback)["cluster"]["error"] == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ca_cert": "/nowhere"}, "Could not read /nowhere"),
        ({"ca_cert": "rogue-ca.crt"}, "is not trusted"),
        ({"client_cert": "rogue-client.crt", "client_key": "rogue-client.key"}, "TLS failed"),
        ({"endpoint": "http://user:secret@127.0.0.1:1"}, "An endpoint must be"),
        ({"endpoint": "http://127.0.0.1:1"}, "Connection refused"),
    ],
)
def test_it_says_why_a_member_did_not_answer(park: Park, certificates: Certificates, options: dict[str, str], words: str) -> None:
    given = {name: certificates.path(value) if value.endswith((".crt", ".key")) else value for name, value in options.items()}
    server = park.get("3.5.1", "mTLS")
    cluster = observe(
        **{
            "gather": ["cluster"],
            "data_dir": str(server.folder / "data"),
            "endpoint": server.url,
            "ca_cert": certificates.path("ca.crt"),
            "client_cert": certificates.path("client.crt"),
            "client_key": certificates.path("client.key"),
            **given,
        }
    )["cluster"]
    assert words in cluster["error"]
    assert "secret" not in cluster["error"]
    assert (cluster["members"], cluster["endpoints"], cluster["alarms"]) == ([], [], [])


def test_an_alarm_is_seen(tmp_path: Path) -> None:
    for version in VERSIONS:
        server = start_etcd(version, tmp_path / version, flags=["--quota-backend-bytes=1048576"])
        try:
            for number in range(20):
                try:
                    server.etcdctl("put", f"k{number}", "v" * 100_000)
                except Exception:
                    break
            cluster = ask(server)["cluster"]
            (endpoint,) = cluster["endpoints"]
            assert cluster["alarms"] == [{"member_id": endpoint["member_id"], "alarm": "NOSPACE"}]
            assert endpoint["serves"]
            assert any("NOSPACE" in text for text in endpoint["errors"])
        finally:
            server.stop()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_cluster_is_seen_as_it_loses_its_quorum(tmp_path: Path, version: str) -> None:
    servers = start_cluster(version, tmp_path)
    first = servers[0]
    try:
        whole = ask(first)["cluster"]
        assert sorted(endpoint["url"] for endpoint in whole["endpoints"]) == sorted(server.url for server in servers)
        assert all(endpoint["serves"] for endpoint in whole["endpoints"])
        assert sum(endpoint["is_leader"] for endpoint in whole["endpoints"]) == 1

        # One hangs: it accepts connections and never answers.
        servers[2].process.send_signal(signal.SIGSTOP)
        begin = time.monotonic()
        answers = {endpoint["url"]: endpoint for endpoint in ask(first, timeout=2)["cluster"]["endpoints"]}
        assert time.monotonic() - begin < 4
        assert answers[servers[2].url]["error"] == answers[servers[2].url]["read_error"] == "no answer in 2 seconds"
        assert not answers[servers[2].url]["serves"]

        servers[1].process.send_signal(signal.SIGSTOP)
        begin = time.monotonic()
        lonely = ask(first, timeout=2)
        assert time.monotonic() - begin < 4
        assert lonely["cluster"]["error"] == ""
        assert len(lonely["cluster"]["members"]) == 3
        own = next(endpoint for endpoint in lonely["cluster"]["endpoints"] if endpoint["url"] == first.url)
        assert (own["error"], own["serves"], own["version"]) == ("", False, version)
        assert own["read_error"]
        assert lonely["auth"] is None
    finally:
        for server in servers[1:]:
            server.process.send_signal(signal.SIGCONT)
        for server in servers:
            server.stop()


def test_given_endpoints_are_asked_whatever_the_member_says(park: Park) -> None:
    server = park.get("3.5.1", "http")
    with bad_servers.serving(bad_servers.be_silent) as silent:
        cluster = observe(gather=["cluster"], data_dir="/nowhere", endpoint=silent, endpoints=[server.url], timeout=2)["cluster"]
    assert cluster["error"] == "no answer in 2 seconds"
    assert [(endpoint["url"], endpoint["serves"]) for endpoint in cluster["endpoints"]] == [(server.url, True)]


@pytest.mark.parametrize("tls", [False, True], ids=["http", "TLS"])
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (bad_servers.be_silent, "no answer in 1.5 seconds"),
        (bad_servers.trickle, "no answer in 1.5 seconds"),
        (bad_servers.send_garbage, "does not answer as a gRPC server does"),
        (bad_servers.send_http, "does not answer as a gRPC server does"),
        (bad_servers.send_pings, "frames without end"),
        (bad_servers.send_data, "longer than 1048576 bytes"),
        (bad_servers.send_headers, "headers have no end"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_bad_server_is_given_up(certificates: Certificates, tmp_path: Path, answer: bad_servers.Answer, words: str, tls: bool) -> None:
    (tmp_path / "member").mkdir()
    begin = time.monotonic()
    with bad_servers.serving(answer, certificates if tls else None) as url:
        options = {"ca_cert": certificates.path("ca.crt")} if tls else {}
        cluster = observe(gather=["cluster"], data_dir=str(tmp_path), endpoint=url, timeout=1.5, **options)["cluster"]
    assert words in cluster["error"]
    assert time.monotonic() - begin < 4


def test_a_server_that_never_ends_the_handshake_is_given_up(certificates: Certificates, tmp_path: Path) -> None:
    (tmp_path / "member").mkdir()
    with bad_servers.serving(bad_servers.be_silent) as url:
        options = {"endpoint": url.replace("http:", "https:"), "ca_cert": certificates.path("ca.crt")}
        cluster = observe(gather=["cluster"], data_dir=str(tmp_path), timeout=1, **options)["cluster"]
    assert cluster["error"] == "no answer in 1 seconds"


def test_a_full_queue_of_connections_is_no_answer(tmp_path: Path) -> None:
    (tmp_path / "member").mkdir()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for _number in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert observe(gather=["cluster"], data_dir=str(tmp_path), endpoint=url, timeout=1)["cluster"]["error"] == "no answer in 1 seconds"
        for filler in fillers:
            filler.close()


def test_it_tells_what_is_on_the_host(tmp_path: Path) -> None:
    program = tmp_path / "etcd"
    program.symlink_to(find_binary("3.5.1"))
    config = tmp_path / "etcd.yml"
    config.write_text("name: n1\n")
    config.chmod(0o640)
    seen = observe(
        program=str(program), config=str(config), data_dir=str(tmp_path), files=[str(config), str(program), "/nowhere", str(tmp_path)]
    )
    assert seen.keys() == yaml.safe_load(RETURN)["etcd_member"]["contains"].keys()
    assert seen["program"] == {"path": os.path.realpath(program), "version": "3.5.1"}
    assert (seen["has_data"], seen["cluster"], seen["auth"], seen["config"]) == (False, None, None, "name: n1\n")
    assert seen["host"]["hostname"] == socket.gethostname().split(".")[0]
    assert seen["host"]["architecture"] == os.uname().machine
    assert not [address for address in seen["host"]["addresses"] if address.startswith("127.")]
    files = seen["files"]
    assert files[str(config)] == {
        "kind": "file",
        "sha256": hashlib.sha256(b"name: n1\n").hexdigest(),
        "target": None,
        "mode": "0640",
        "owner": "root" if os.getuid() == 0 else files[str(config)]["owner"],
        "group": "root" if os.getgid() == 0 else files[str(config)]["group"],
        "changed_at": pytest.approx(config.stat().st_mtime),
        "is_newer_than_start": None,
    }
    assert (files[str(program)]["kind"], files[str(tmp_path)]["kind"], files["/nowhere"]) == ("link", "directory", None)


def test_parts_that_are_not_wanted_are_null(tmp_path: Path) -> None:
    seen = observe(gather=[], data_dir=str(tmp_path))
    assert {name for name, value in seen.items() if value is not None} == {"has_data"}


def test_a_healthy_member_takes_less_than_a_second(park: Park) -> None:
    server = park.get("3.5.1", "both")
    ask(server)
    begin = time.monotonic()
    ask(server, gather=["host", "cluster", "auth"], program=find_binary("3.5.1"))
    assert time.monotonic() - begin < 1 + 1


def test_samples_have_the_form_of_answers(park: Park) -> None:
    documented = yaml.safe_load(RETURN)["etcd_member"]["contains"]
    cluster = ask(park.get("3.5.1", "mTLS"))["cluster"]
    assert cluster.keys() == documented["cluster"]["contains"].keys()
    for name in ("members", "endpoints"):
        assert cluster[name][0].keys() == documented["cluster"]["contains"][name]["sample"][0].keys()


def test_no_thread_is_left_that_keeps_the_process(tmp_path: Path) -> None:
    assert threading.active_count() < 50
    (tmp_path / "member").mkdir()
    with bad_servers.serving(bad_servers.be_silent) as url:
        begin = time.monotonic()
        observe(gather=["cluster"], data_dir=str(tmp_path), endpoint=url, endpoints=[f"{url}/"] * 40, timeout=0.5)
    assert time.monotonic() - begin < 2.5
