# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of instances over time; the machines that run them are told, in order and without the state's lock."""

from __future__ import annotations

import collections
import logging
import typing as t

if t.TYPE_CHECKING:
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.machines import Machines
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.models import Instance
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState

TellMachines = t.Callable[["Machines"], None]
# What an instance comes to when its running task ends. RunInstances: Pending, Starting, Running.
FOLLOWING = {"Pending": "Starting", "Starting": "Running", "Stopping": "Stopped"}
_LOG = logging.getLogger(__name__)


class Lifecycle:
    """Ends the tasks of instances that are due. An instance shows as Running only after its machine was told to start."""

    def __init__(self, state: CloudState) -> None:
        self._state = state
        self._machines: Machines | None = None
        self._news: collections.deque[TellMachines] = collections.deque()

    def attach(self, machines: Machines | None) -> None:
        """Tell the machines what runs already, and from now on every change."""
        self._machines = machines
        for instance in self._state.instances.values():
            if instance.status == "Running":
                self.started(instance)

    def begin(self, instance: Instance, status: str) -> None:
        """Put the instance into a state that ends by itself."""
        instance.status, instance.due = status, self._state.clock() + self._state.settle_seconds

    def begin_release(self, instance: Instance) -> None:
        """Let the instance go away when its last task ends."""
        instance.releasing = True
        self.begin(instance, "Stopping" if instance.status == "Running" else instance.status)

    def started(self, instance: Instance) -> None:
        self._news.append(lambda machines: machines.machine_started(instance))

    def take_away(self, instance_id: str) -> Instance:
        """Take an instance away at once; its entries go or stay as the state's setting says, but lead nowhere either way."""
        state = self._state
        instance = state.instances.pop(instance_id)
        for entry in [e for e in state.entries.values() if instance_id in (e.next_hop_id, e.previous_hop)]:
            state.settling.entry_vanished(entry)
            if not state.release_keeps_entries and entry.next_hop_id == instance_id:
                del state.entries[entry.entry_id]
        for group_id in instance.security_group_ids:
            state.settling.security_group_changed(group_id)
        state.settling.instance_released(instance_id)
        self._news.append(lambda machines: machines.machine_released(instance_id))
        return instance

    def settle_one(self) -> bool:
        """End one task that is due or tell one piece of news; say whether there was one."""
        with self._state.lock:
            if self._news:
                news, instance = self._news.popleft(), None
            else:
                instance = self._due_instance()
                if instance is None:
                    return False
                news = _news_of(instance)
        self._tell(news)
        if instance:
            self._finish(instance)
        return True

    def _due_instance(self) -> Instance | None:
        now = self._state.clock()
        due = [i for i in self._state.instances.values() if i.due is not None and i.due <= now]
        return min(due, key=lambda instance: (instance.due, instance.sequence), default=None)

    def _finish(self, instance: Instance) -> None:
        with self._state.lock:
            if self._state.instances.get(instance.instance_id) is not instance:
                return  # taken away meanwhile
            if instance.releasing:
                self.take_away(instance.instance_id)
                return
            instance.status, instance.due = FOLLOWING[instance.status], None
            if instance.status in FOLLOWING:
                self.begin(instance, instance.status)

    def _tell(self, news: TellMachines) -> None:
        if self._machines is None:
            return
        try:
            news(self._machines)
        except Exception:
            # The API must go on; a host that doesn't answer is what the tests look at.
            _LOG.exception("the machines failed")


def _news_of(instance: Instance) -> TellMachines:
    """Return what the end of the instance's task means for its machine; a release is told once the instance is gone."""
    instance_id = instance.instance_id
    if instance.releasing or instance.status == "Pending":
        return lambda machines: None
    if instance.status == "Stopping":
        return lambda machines: machines.machine_stopped(instance_id)
    return lambda machines: machines.machine_started(instance)
