# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time and packets: running tasks end, and what changed is told to the dataplane, in order and without the state's lock."""

from __future__ import annotations

import collections
import dataclasses
import logging
import threading
import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.dataplane import Place
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import (
    AVAILABLE,
    DELETING,
    Instance,
    RouteEntry,
    Rule,
)
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.objects import settle_objects

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.dataplane import Dataplane
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.machines import Machines
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState

TellDataplane = t.Callable[["Dataplane"], None]
TICK_SECONDS = 0.02
_LOG = logging.getLogger(__name__)


class Settling:
    """Ends the tasks that are due. An entry shows as Available only after the dataplane carries it."""

    def __init__(self, state: CloudState) -> None:
        self._state = state
        self._dataplane: Dataplane | None = None
        self._news: collections.deque[TellDataplane] = collections.deque()
        self._turn = threading.RLock()  # one at a time tells the dataplane; taken before the state's lock, never within
        self._stopped = threading.Event()

    def attach(self, dataplane: Dataplane | None, machines: Machines | None = None) -> None:
        """Tell dataplane and machines everything that holds, and from now on every change, also when nobody calls the API."""
        with self._state.lock:
            self._dataplane = dataplane
            for vswitch_id in self._state.vswitches:
                self.vswitch_changed(vswitch_id)
            for instance in self._state.instances.values():
                self.instance_changed(instance)
            for entry in self._state.entries.values():
                if entry.status != "Pending":
                    self.entry_appeared(entry)
            self._state.lifecycle.attach(machines)
        self.settle()
        self._stopped.clear()
        threading.Thread(target=self._tick, name="cloud-settling", daemon=True).start()

    def detach(self) -> None:
        """Leave the dataplane as it is and stop telling it."""
        self._stopped.set()
        with self._turn:
            self._dataplane = None
            self._state.lifecycle.attach(None)

    def _tick(self) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            self.settle()

    def settle(self) -> None:
        """End every task that is due and tell all news."""
        with self._turn:
            settle_objects(self._state)
            while self._settle_one() or self._state.lifecycle.settle_one():
                pass

    def _settle_one(self) -> bool:
        with self._state.lock:
            if self._news:
                news, entry = self._news.popleft(), None
            else:
                entry = self._due_entry()
                if entry is None:
                    return False
                news = self._removal(entry) if entry.status == DELETING else self._arrival(entry)
        self._tell(news)
        if entry:
            self._finish(entry)
        return True

    def _due_entry(self) -> RouteEntry | None:
        now = self._state.clock()
        due = [entry for entry in self._state.entries.values() if entry.due is not None and entry.due <= now]
        return min(due, key=lambda entry: (entry.due, entry.sequence), default=None)

    def _finish(self, entry: RouteEntry) -> None:
        with self._state.lock:
            if self._state.entries.get(entry.entry_id) is not entry:
                return  # taken away meanwhile
            if entry.status == DELETING:
                del self._state.entries[entry.entry_id]
            else:
                entry.status, entry.due, entry.previous_hop = AVAILABLE, None, None

    def _tell(self, news: TellDataplane) -> None:
        if self._dataplane is None:
            return
        try:
            news(self._dataplane)
        except Exception:
            # The API must go on; packets that don't flow are what the tests look at.
            _LOG.exception("the dataplane failed")

    def entry_appeared(self, entry: RouteEntry) -> None:
        self._news.append(self._arrival(entry))

    def entry_vanished(self, entry: RouteEntry) -> None:
        self._news.append(self._removal(entry))

    def instance_changed(self, instance: Instance) -> None:
        """Tell the instance's place, check and rules, and the rules of the members of its groups, whose peers may have changed."""
        self._news.append(self._place_of(instance))
        self._news.append(_check_of(instance))
        for group_id in instance.security_group_ids:
            self.security_group_changed(group_id)
        if not instance.security_group_ids:
            self._news.append(self._rules_of(instance))

    def instance_released(self, instance_id: str) -> None:
        """Tell that an instance is gone, and what that changes for others is told already."""
        self._news.append(lambda dataplane: dataplane.instance_released(instance_id))

    def vswitch_changed(self, vswitch_id: str) -> None:
        """Tell where the vSwitch's instances are, whose route table may be another one."""
        self._news.extend(self._place_of(one) for one in self._state.instances.values() if one.vswitch_id == vswitch_id)

    def security_group_changed(self, group_id: str) -> None:
        """Tell the rules of every instance that the group's rules or members concern."""
        if self._dataplane is None:
            return  # it is told everything when it is attached
        groups = self._state.security_groups.values()
        users = {g.security_group_id for g in groups if any(rule.group_id == group_id for rule in g.rules)} | {group_id}
        for instance in self._state.instances.values():
            if users & set(instance.security_group_ids):
                self._news.append(self._rules_of(instance))

    def _arrival(self, entry: RouteEntry) -> TellDataplane:
        table_id, destination, hop = entry.table_id, entry.destination, entry.next_hop_id
        if entry.next_hop_type != "Instance" or hop not in self._state.instances:
            return lambda dataplane: None
        return lambda dataplane: dataplane.route_added(table_id, destination, hop)

    def _removal(self, entry: RouteEntry) -> TellDataplane:
        table_id, destination, hop = entry.table_id, entry.destination, entry.previous_hop or entry.next_hop_id
        if entry.next_hop_type != "Instance":
            return lambda dataplane: None
        return lambda dataplane: dataplane.route_removed(table_id, destination, hop)

    def _place_of(self, instance: Instance) -> TellDataplane:
        vswitch = self._state.vswitches[instance.vswitch_id]
        place = Place(instance.private_ip, vswitch.cidr, vswitch.vpc_id, vswitch.route_table_id)
        return lambda dataplane: dataplane.instance_placed(instance.instance_id, place)

    def _rules_of(self, instance: Instance) -> TellDataplane:
        rules = [
            resolved
            for group_id in instance.security_group_ids
            for rule in self._with_inner_access(group_id)
            for resolved in self._resolve(rule)
        ]
        rules.sort(key=lambda rule: (rule.priority, rule.policy != "Drop"))  # of equal priority, Drop wins
        return lambda dataplane: dataplane.security_group_rules(instance.instance_id, instance.private_ip, rules)

    def _with_inner_access(self, group_id: str) -> list[Rule]:
        group = self._state.security_groups[group_id]
        inner = [Rule(group_id=group_id, priority=100)] if group.inner_access else []
        return group.rules + inner

    def _resolve(self, rule: Rule) -> list[Rule]:
        if rule.group_id is None:
            return [rule]
        members = [i for i in self._state.instances.values() if rule.group_id in i.security_group_ids]
        return [dataclasses.replace(rule, group_id=None, cidr=f"{member.private_ip}/32") for member in members]


def _check_of(instance: Instance) -> TellDataplane:
    on = bool(instance.source_dest_check)
    return lambda dataplane: dataplane.source_dest_check(instance.instance_id, instance.private_ip, on)
