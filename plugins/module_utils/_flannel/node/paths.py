# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""What the role flanneld puts on a node, and where what it reads there is."""

from __future__ import annotations

UNIT_DIR = "/etc/systemd/system"
DAEMON_UNIT = "flanneld.service"
STATIC_UNIT = "flannel-subnet.service"
FIREWALL_UNIT = "flannel-firewall.service"
DOCKER_UNIT = "docker.service"
# One unit writes subnet.env: the daemon, or the unit that stands in for it.
SUBNET_UNITS = {"daemon": DAEMON_UNIT, "static": STATIC_UNIT}
OWN_UNITS = (DAEMON_UNIT, STATIC_UNIT, FIREWALL_UNIT)

FIREWALL = "/usr/local/sbin/flannel-firewall"
SYSCTL_FILE = "/etc/sysctl.d/99-zz-flannel.conf"
STATIC_ENV = "/etc/flannel/subnet.env"
SUBNET_ENV = "/run/flannel/subnet.env"
CONFLIST = "/etc/cni/net.d/10-flannel.conflist"
DOCKER_CONFIG = "/etc/docker/daemon.json"
DOCKER_BEFORE = "/etc/flannel/docker-before.json"
LINK = "/usr/local/bin/flanneld"
OPT_DIR = "/opt/alicloud-flannel"

CNI_NETWORK = "flannel"
CNI_STATE = f"/var/lib/cni/networks/{CNI_NETWORK}"
CNI_BRIDGE = "cni-flannel"
CNI_PLUGINS = ("bridge", "host-local", "portmap")
DOCKER_BRIDGE = "docker0"
CERTIFICATES = ("ca.crt", "client.crt", "client.key")


def unit_file(unit: str) -> str:
    """Return where the role writes a unit."""
    return f"{UNIT_DIR}/{unit}"


OWN_UNIT_FILES = tuple(unit_file(unit) for unit in OWN_UNITS)
OWN_FILES = (*OWN_UNIT_FILES, FIREWALL, SYSCTL_FILE, STATIC_ENV, SUBNET_ENV, CONFLIST, LINK)
