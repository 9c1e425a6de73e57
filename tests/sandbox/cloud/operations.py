# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a console operator or the cloud itself does to instances and security groups."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Instance, Rule

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState


def set_source_dest_check(state: CloudState, instance_id: str, on: bool) -> None:
    with state.lock:
        instance = state.instances[instance_id]
        instance.source_dest_check = on
        state.settling.instance_changed(instance)
    state.settling.settle()


def set_security_group(state: CloudState, group_id: str, rules: t.Iterable[Rule] | None = None, inner_access: bool | None = None) -> None:
    """Replace the group's rules and, where given, its inner access."""
    with state.lock:
        group = state.security_groups[group_id]
        group.rules = group.rules if rules is None else state.with_ids(rules)
        group.inner_access = group.inner_access if inner_access is None else inner_access
        state.settling.security_group_changed(group_id)
    state.settling.settle()


def start_instance(state: CloudState, vswitch_id: str, private_ip: str, **fields: t.Any) -> Instance:
    """Start an instance that nobody asked the API for."""
    with state.lock:
        instance = state.put_instance(vswitch_id, private_ip, **fields)
        state.lifecycle.started(instance)
    state.settling.settle()
    return instance


def readdress_instance(state: CloudState, instance_id: str, private_ip: str) -> Instance:
    """Give an instance, whose host is shut down, another primary address; its entries lead there."""
    with state.lock:
        instance = state.instances[instance_id]
        entries = [entry for entry in state.entries.values() if entry.next_hop_id == instance_id]
        for entry in entries:
            state.settling.entry_vanished(entry)
        state.settling.instance_released(instance_id)
        instance.private_ip = private_ip
        state.settling.instance_changed(instance)
        for entry in entries:
            state.settling.entry_appeared(entry)
    state.settling.settle()
    return instance


def release_instance(state: CloudState, instance_id: str) -> Instance:
    """Take an instance away; its entries go or stay as the state's setting says, but lead nowhere either way."""
    with state.lock:
        instance = state.lifecycle.take_away(instance_id)
    state.settling.settle()
    return instance


def replace_instance(state: CloudState, instance_id: str, new_instance_id: str | None = None) -> Instance:
    """Release an instance and start another one under its address, as an auto-scaling group does."""
    old = release_instance(state, instance_id)
    new_id = new_instance_id or state.next_id("i")
    new = replace(old, instance_id=new_id, network_interface_id=f"eni-{new_id.partition('-')[2]}", sequence=state.next_sequence())
    with state.lock:
        state.instances[new_id] = new
        state.settling.instance_changed(new)
        state.lifecycle.started(new)
    state.settling.settle()
    return new
