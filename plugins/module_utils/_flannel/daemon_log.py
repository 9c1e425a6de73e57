# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""Why flanneld does not become ready: what its log means, as versions from 0.19 on write it, and what etcd answered. Pure."""

from __future__ import annotations

import re
import typing as t

from .._core.text import show

_CONFIG = "there is no network config under the prefix that flanneld was given: run site.yml with --tags network_config"
_RIGHTS = "etcd refuses the user of flanneld's certificate: run site.yml with --tags etcd, which grants its permissions"

# Patterns and their meanings; the first match is reported.
MEANINGS: t.Sequence[tuple[str, str]] = (
    (r"flannel config not found in etcd store", _CONFIG),
    (r"Key not found", _CONFIG),
    (r"permission denied", _RIGHTS),
    (r"user name is empty|authentication failed|invalid auth token", _RIGHTS),
    (r"no cert file found", "this version of flanneld needs the files of a client certificate: run site.yml with --tags flanneld"),
    (
        r"x509|bad certificate|certificate signed by unknown|tls:|certificate verify failed",
        "the certificates of flanneld and of etcd do not match",
    ),
    (r"[Ff]ailed to find any valid interface|looking up interface", "no interface has the address that flanneld was given"),
    (r"out of subnets", "no subnet of the network is free"),
    (r"subnet already exists", "another node took the same subnet at the same moment; it retries on its own"),
    (r"unknown backend type", "this version of flanneld does not have the backend of the network config"),
    (
        r"at least four subnets|invalid character|failed to parse",
        "flanneld does not accept the network config: run site.yml with --tags network_config",
    ),
    (r"bridge-nf-call-iptables|br_netfilter", "the kernel module br_netfilter is missing: modprobe br_netfilter"),
    (r"Lease has been revoked", "its lease was deleted; it restarts on its own and takes a new one"),
    (r"connection refused|no route to host|i/o timeout|context deadline exceeded", "etcd does not answer it"),
    (r"unrecognized arguments|flag provided but not defined", "this version of flanneld does not know an option of the unit"),
)


_LONGEST_LOG = 100_000


def explain_log(log: str) -> str:
    """Return what the end of the log means, as a sentence with the line in question; empty when nothing is recognized."""
    for line in reversed(log[-_LONGEST_LOG:].splitlines()):
        for pattern, meaning in MEANINGS:
            if re.search(pattern, line):
                start = meaning if meaning.startswith("etcd") else meaning[0].upper() + meaning[1:]
                return f"{start} ({show(line.strip())})."
    return ""


# What an endpoint answered a client with flanneld's files; the first match is reported.
REFUSALS: t.Sequence[tuple[str, str]] = (
    (
        r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|unable to get local issuer",
        (
            "the CA certificate that flanneld has is not that of etcd's certificate, or this does not name the endpoint's address; "
            "flanneld then hangs silently"
        ),
    ),
    (
        r"alert|bad certificate|certificate required|certificate unknown|unknown ca|reset by peer|EOF occurred",
        "etcd refuses the client certificate that flanneld has; flanneld then hangs silently",
    ),
    (
        r"No such file|KEY_VALUES_MISMATCH|PEM|key values mismatch",
        "the certificate files that flanneld has are missing, or do not match",
    ),
    (r"Name or service not known|name resolution|getaddrinfo", "the endpoint's name cannot be resolved on this node"),
    (r"refused", "nothing listens there: etcd is down, or the endpoint is wrong"),
    (
        r"timed out|No route to host|unreachable",
        "the endpoint cannot be reached from this node: security group, firewall, or a wrong address",
    ),
)


def explain_start(log: str, asked: t.Iterable[t.Mapping[str, t.Any]]) -> str:
    """Return why flanneld did not become ready: by its log, or else by how the endpoints ``asked`` from its node answered.

    ``asked`` are results of C(ansible.builtin.uri) for each endpoint, with flanneld's certificates.
    """
    told = explain_log(log)
    answers = list(asked)
    problems = [f"{show(answer['item'])}: {_refusal(answer)}." for answer in answers if answer.get("status") != _OK]
    if told or not answers:
        return " ".join([told, *problems]).strip()
    if problems:
        return " ".join(problems)
    return (
        "Every endpoint answers this node. If flanneld's log shows nothing either, etcd has no quorum (more than half of its members "
        "must be running), or flanneld needs more time (flanneld_start_timeout_seconds)."
    )


_OK = 200


def _refusal(answer: t.Mapping[str, t.Any]) -> str:
    said = show(answer.get("msg") or "no answer")
    meaning = next((meaning for pattern, meaning in REFUSALS if re.search(pattern, said)), "it does not answer as etcd does")
    return f"{meaning} ({said})"
