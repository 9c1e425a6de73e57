# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds a region from a world file; the package's docstring describes the file."""

from __future__ import annotations

import importlib
import typing as t
from pathlib import Path

import yaml
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.ecs_keys import fingerprint_of
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import KeyPair, Rule
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.dataplane import Dataplane
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.machines import Machines

World = t.Mapping[str, t.Any]
SETTINGS = ("region", "settle_seconds", "route_quota", "one_writer", "release_keeps_entries")


def read_world(path: Path) -> World:
    """Read a world file, YAML or JSON."""
    world: World = yaml.safe_load(path.read_text())
    return world


def build_state(world: World) -> CloudState:
    """Return the region that the world describes."""
    state = CloudState(**{name: world[name] for name in SETTINGS if name in world})
    state.images.update(world.get("images", ()))
    state.instance_types.update(world.get("instance_types", ()))
    for account in world["accounts"]:
        state.add_account(**account)
    for role in world.get("roles", ()):
        state.roles[role["role_arn"]] = role.get("policy")
    for pair in world.get("key_pairs", ()):
        state.key_pairs[pair["name"]] = KeyPair(**pair, fingerprint=fingerprint_of(pair["public_key"]))
    for vpc in world.get("vpcs", ()):
        _build_vpc(state, vpc)
    return state


def _build_vpc(state: CloudState, world: World) -> None:
    fields = {name: world[name] for name in ("cidr", "vpc_id", "secondary_cidrs", "system_table_id") if name in world}
    vpc_id = state.add_vpc(**fields).vpc_id
    for table in world.get("route_tables", ()):
        state.add_route_table(vpc_id, **table)
    for vswitch in world.get("vswitches", ()):
        state.add_vswitch(vpc_id, **vswitch)
    for group in world.get("security_groups", ()):
        rules = [Rule(**rule) for rule in group.get("rules", ())]
        state.add_security_group(vpc_id, **{**group, "rules": rules})
    for instance in world.get("instances", ()):
        state.add_instance(**instance)
    for entry in world.get("route_entries", ()):
        state.add_route_entry(**entry)


def build_dataplane(world: World) -> Dataplane | None:
    """Return the dataplane that the world names, if it names one."""
    return t.cast("Dataplane | None", _build(world.get("dataplane")))


def build_machines(world: World, state: CloudState) -> Machines | None:
    """Return the machines that the world names, if it names some; they may read the state."""
    return t.cast("Machines | None", _build(world.get("machines"), state=state))


def _build(description: World | None, **given: t.Any) -> t.Any:
    if not description:
        return None
    module, _colon, name = description["class"].partition(":")
    return getattr(importlib.import_module(module), name)(**description.get("options", {}), **given)
