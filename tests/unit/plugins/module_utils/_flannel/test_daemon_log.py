# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.alicloud.flannel.plugins.module_utils._flannel.daemon_log import explain_log, explain_start

LOGS = [
    ("flannel config not found in etcd store. Did you create your config using etcdv3 API?", "There is no network config under the prefix"),
    ("Couldn't fetch network config: etcdserver: permission denied", "Etcd refuses the user"),
    ("Couldn't fetch network config: etcdserver: user name is empty", "Etcd refuses the user"),
    ("can't connect to etcd: no cert file found", "needs the files of a client certificate"),
    ("x509: certificate signed by unknown authority", "do not match"),
    ("Failed to find any valid interface to use: failed to get default interface", "No interface has the address"),
    ("failed to acquire lease: out of subnets", "No subnet of the network is free"),
    ("failed to acquire lease: subnet already exists", "at the same moment"),
    ("unknown backend type: ali-vpc", "does not have the backend"),
    ("network must be able to accommodate at least four subnets", "does not accept the network config"),
    (
        "Failed to check br_netfilter: stat /proc/sys/net/bridge/bridge-nf-call-iptables: no such file or directory",
        "br_netfilter is missing",
    ),
    ("Lease has been revoked. Shutting down daemon.", "its lease was deleted"),
    ("dial tcp 172.16.0.11:2379: connect: connection refused", "etcd does not answer"),
    ("flag provided but not defined: -subnet-lease-renew-margin", "does not know an option"),
]


@pytest.mark.parametrize(("line", "meaning"), LOGS)
def test_the_last_line_that_means_something_is_explained_and_quoted(line: str, meaning: str) -> None:
    told = explain_log(f"E1122 something: out of subnets\nW1122 {line}\nStarting again.\n")
    assert meaning.lower() in told.lower()
    assert line in told


@pytest.mark.parametrize("log", ["", "Started flanneld.\n", "I1122 main.go: Installing signal handlers"])
def test_a_log_that_says_nothing_is_not_explained(log: str) -> None:
    assert explain_log(log) == ""


ANSWERS = [
    (
        "Request failed: <urlopen error [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed>",
        "is not that of etcd's certificate",
    ),
    (
        "Connection failure: [SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required",
        "etcd refuses the client certificate",
    ),
    ("Request failed: <urlopen error [Errno 111] Connection refused>", "nothing listens there"),
    ("Request failed: <urlopen error timed out>", "cannot be reached from this node"),
    ("Request failed: <urlopen error [Errno -2] Name or service not known>", "name cannot be resolved"),
    ("[Errno 2] No such file or directory", "certificate files that flanneld has are missing"),
    ("Status code was 404 and not [200]", "does not answer as etcd does"),
]


@pytest.mark.parametrize(("said", "meaning"), ANSWERS)
def test_without_a_word_in_the_log_the_endpoints_tell(said: str, meaning: str) -> None:
    asked = [{"item": "https://m1:2379", "status": -1, "msg": said}, {"item": "https://m2:2379", "status": 200}]
    told = explain_start("", asked)
    assert told == f"https://m1:2379: {told.split(': ', 1)[1]}"
    assert meaning in told
    assert said in told
    assert "https://m2" not in told


def test_the_log_comes_first_and_nothing_is_made_up() -> None:
    log, meaning = LOGS[0]
    assert explain_start(log, [{"item": "https://m1:2379", "status": 200}]).startswith(meaning)
    assert explain_start("", []) == ""
    assert "no quorum" in explain_start("", [{"item": "https://m1:2379", "status": 200}])
