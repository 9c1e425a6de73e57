# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts' operating system: a Debian tree with everything the hosts may need that no mirror serves."""

from __future__ import annotations

from ansible_collections.alicloud.flannel.tests.sandbox.hosts.debian_tree import Tree

HOSTS = Tree(
    purpose="base",
    suite="bookworm",
    packages=(
        "ca-certificates",
        "containernetworking-plugins",
        "dbus",
        "iproute2",
        "iptables",
        "iputils-ping",
        "nftables",
        "openssh-server",
        "openssl",
        "procps",
        "python3",
        "python3-apt",
        "sudo",
        "systemd",
        "systemd-sysv",
    ),
    # They reach for the network or a console that a sandbox host does not have.
    masked_units=("apt-daily.timer", "apt-daily-upgrade.timer", "console-getty.service", "getty@.service", "systemd-timesyncd.service"),
)
