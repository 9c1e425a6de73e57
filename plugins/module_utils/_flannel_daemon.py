# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What flanneld's log means, as its versions from 0.19 on were seen to write it. Pure."""

from __future__ import annotations

import re
import typing as t

_CONFIG = "there is no network config under the prefix that flanneld was given: run site.yml with --tags network_config"
_RIGHTS = "etcd refuses the user of flanneld's certificate: run site.yml with --tags etcd, which gives it its rights"

# Patterns by what they mean; the first that fits is told.
MEANINGS: t.Sequence[tuple[str, str]] = (
    (r"flannel config not found in etcd store", _CONFIG),
    (r"Key not found", _CONFIG),
    (r"permission denied", _RIGHTS),
    (r"user name is empty|authentication failed|invalid auth token", _RIGHTS),
    (r"no cert file found", "this version of flanneld needs the files of a client certificate: run site.yml with --tags flanneld"),
    (
        r"x509|bad certificate|certificate signed by unknown|tls:|certificate verify failed",
        "the certificates of flanneld and of etcd do not fit",
    ),
    (r"[Ff]ailed to find any valid interface|looking up interface", "no interface has the address that flanneld was given"),
    (r"out of subnets", "no subnet of the network is free"),
    (r"subnet already exists", "another node took the same subnet at the same moment; it tries again by itself"),
    (r"unknown backend type", "this version of flanneld does not have the backend of the network config"),
    (
        r"at least four subnets|invalid character|failed to parse",
        "flanneld does not accept the network config: run site.yml with --tags network_config",
    ),
    (r"bridge-nf-call-iptables|br_netfilter", "the kernel module br_netfilter is missing: modprobe br_netfilter"),
    (r"Lease has been revoked", "its lease was deleted; it starts again by itself and takes a new one"),
    (r"connection refused|no route to host|i/o timeout|context deadline exceeded", "etcd does not answer it"),
    (r"unrecognized arguments|flag provided but not defined", "this version of flanneld does not know an option of the unit"),
)


def explain_log(log: str) -> str:
    """Return what the end of the log means, as a sentence with the line that says it; empty when it says nothing known."""
    for line in reversed(log.splitlines()):
        for pattern, meaning in MEANINGS:
            if re.search(pattern, line):
                return f"{meaning[0].upper()}{meaning[1:]} ({line.strip()})."
    return ""
