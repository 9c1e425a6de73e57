# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A thing that breaks: how, what verify.yml is to find, and how its advice is followed."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.alicloud.flannel.tests.integration.cluster.site_fixtures import PREFIX, TABLE, Cluster

Act = t.Callable[[Cluster], None]
Pairs = t.FrozenSet[t.Tuple[str, str]]

NOBODY: Pairs = frozenset()
N2: Pairs = frozenset({("n1", "n2"), ("n2", "n1"), ("n2", "n3"), ("n3", "n2")})
N2_N3: Pairs = frozenset({("n2", "n3"), ("n3", "n2")})
EVERYBODY: Pairs = N2 | {("n1", "n3"), ("n3", "n1")}
SUBNETS = {"n1": "10.24.1.0/24", "n2": "10.24.2.0/24", "n3": "10.24.3.0/24"}
FORBIDDEN = {"code": "Forbidden.RAM", "message": "User not authorized to operate on the specified resource.", "status": 403}
N2_ENTRY = {"table_id": TABLE, "destination": SUBNETS["n2"]}


@dataclass(frozen=True)
class Fault:
    """One thing that breaks. ``found`` are node and link of each finding, ``problems`` a part of what each says."""

    name: str
    strike: Act
    found: list[tuple[str, str]]
    problems: list[str]
    advice: str
    repair: Act
    lost: Pairs = field(default=NOBODY)
    is_warning: bool = False


def on(node: str, *commands: str) -> Act:
    """Run shell commands on a node."""

    def act(cluster: Cluster) -> None:
        for command in commands:
            done = cluster.sandbox.host_exec(node, ["sh", "-c", command])
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"

    return act


def all_of(*acts: Act) -> Act:
    def act(cluster: Cluster) -> None:
        for one in acts:
            one(cluster)

    return act


def cloud(method: str, path: str, **body: t.Any) -> Act:
    return lambda cluster: cluster.sandbox.request(method, path, body)


def etcdctl(*arguments: str) -> Act:
    def act(cluster: Cluster) -> None:
        cluster.etcdctl(*arguments)

    return act


def site(*tags: str) -> Act:
    """Run site.yml with some of its tags."""

    def act(cluster: Cluster) -> None:
        run = cluster.site("--tags", ",".join(tags))
        assert run.rc == 0, run.messages()

    return act


def routes(cluster: Cluster) -> None:
    run = cluster.play("playbooks/routes.yml")
    assert run.rc == 0, run.messages()


def lease_key(subnet: str) -> str:
    return f"{PREFIX}/subnets/{subnet.replace('/', '-')}"


def let_the_lease_run_out(cluster: Cluster) -> None:
    """Give the first node's reservation a lease, as a daemon would."""
    granted = cluster.etcdctl("lease", "grant", "3600").split()[1]
    cluster.etcdctl("put", f"--lease={granted}", lease_key(SUBNETS["n1"]), '{"PublicIP":"172.16.0.11"}')
