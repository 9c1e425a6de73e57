# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a private module_utils of alicloud.flannel: it may change or go
# without notice. Do not use it from other collections.

"""The content of a member's configuration. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .desired import url

if t.TYPE_CHECKING:
    from ..cluster.membership import Join
    from .desired import DesiredCluster, DesiredMember
    from .observed import ObservedMember

# Writes a configuration as YAML.
Dump = t.Callable[[t.Mapping[str, t.Any]], str]


@dataclass(frozen=True)
class Initial:
    """What etcd reads when a member has no data yet."""

    cluster: str
    state: str
    token: str

    def public(self) -> dict[str, str]:
        """Return it as it stands in the configuration."""
        return {"initial-cluster": self.cluster, "initial-cluster-state": self.state, "initial-cluster-token": self.token}


def initial_cluster(cluster: DesiredCluster, port: int) -> str:
    """Return the inventory's members as etcd takes them, each with its name and the URL for other members."""
    return ",".join(f"{name}={address}" for name, address in cluster.urls(port).items())


def plan_initial(
    seen: ObservedMember, wanted: DesiredMember, cluster: DesiredCluster, join: Join | None, *, is_first_start: bool
) -> Initial:
    """Return how the member begins; a member with data keeps what it began with, since etcd reads it only once.

    A restored cluster has another token than at its first start.
    """
    everybody = initial_cluster(cluster, wanted.peer_port)
    if is_first_start:
        return Initial(everybody, "new", wanted.token)
    written = seen.written
    token = written.get("initial-cluster-token", wanted.token)
    if join and not seen.has_data:
        return Initial(join.initial_cluster, "existing", token)
    return Initial(written.get("initial-cluster", everybody), written.get("initial-cluster-state", "existing"), token)


def member_config(wanted: DesiredMember, initial: Initial) -> dict[str, t.Any]:
    """Return the configuration."""
    peer, client = url(wanted.address, wanted.peer_port), url(wanted.address, wanted.client_port)
    return {
        "name": wanted.name,
        "data-dir": wanted.data_dir,
        "listen-peer-urls": peer,
        "listen-client-urls": f"{client},https://127.0.0.1:{wanted.client_port}",
        "listen-metrics-urls": f"http://127.0.0.1:{wanted.metrics_port}",
        "initial-advertise-peer-urls": peer,
        "advertise-client-urls": client,
        **initial.public(),
        # etcd 3.4 turns the JSON gateway off as soon as it reads a file.
        "enable-grpc-gateway": True,
        "client-transport-security": _transport(wanted, "server"),
        "peer-transport-security": _transport(wanted, "peer"),
        "auto-compaction-mode": "periodic",
        "auto-compaction-retention": wanted.retention,
        "logger": "zap",
        "log-outputs": ["stderr"],
        "quota-backend-bytes": wanted.quota_bytes,
        **wanted.extra,
    }


def _transport(wanted: DesiredMember, name: str) -> dict[str, t.Any]:
    return {
        "client-cert-auth": True,
        "trusted-ca-file": wanted.trusted,
        "cert-file": f"{wanted.certificate_dir}/{name}.crt",
        "key-file": f"{wanted.certificate_dir}/{name}.key",
    }


def config_text(wanted: DesiredMember, initial: Initial, dump: Dump) -> str:
    """Return the text of the configuration's file."""
    return f"{wanted.header.rstrip()}\n{dump(member_config(wanted, initial))}"
