# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin that makes hosts out of ECS instances."""

from __future__ import annotations

DOCUMENTATION = r"""
name: ali_ecs
short_description: ECS instances as hosts
version_added: 0.2.0
description:
  - Makes a host of each selected ECS instance, and groups them by their tags or other properties.
  - Its file must be named C(ali_ecs.yml) or C(ali_ecs.yaml), or end in one of these.
  - An inventory is complete or not made at all. It is an error when a region can't be read, when no instance is found,
    and when an instance has no address or the name of another one.
  - By default Ansible only warns of an inventory that failed, and continues. With C(any_unparsed_is_failed) in the section
    C(inventory) of its configuration, or with E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED), it stops there instead.
author:
  - alicloud.flannel contributors (!UNKNOWN)
options:
  plugin:
    description: Marks the file as one for this plugin.
    type: str
    required: true
    choices: [alicloud.flannel.ali_ecs]
  regions:
    description:
      - IDs of the regions to read; each must answer.
      - When it is left out, O(region) is read.
    type: list
    elements: str
    default: []
  vpc_id:
    description: Leave out instances that are not in this VPC.
    type: str
  tags:
    description: Leave out instances that lack one of these tags, or have it with another value.
    type: dict
    default: {}
  statuses:
    description: Leave out instances that have none of these statuses.
    type: list
    elements: str
    choices: [Pending, Running, Starting, Stopping, Stopped]
    default: [Running]
  hostnames:
    description:
      - What a host is named after, the first of these that the instance has.
      - Possible are V(name), V(instance_id), V(private_ip) and V(tag:KEY), the value of a tag.
      - Two instances with one name are an error.
    type: list
    elements: str
    default: [name, instance_id]
  address:
    description:
      - The address by which a host is reached, its variable C(ansible_host).
      - V(private) is the primary private address. V(public) is the elastic IP address, else the instance's own public address.
    type: str
    choices: [private, public]
    default: private
  allow_empty:
    description: Whether an inventory without hosts is no error.
    type: bool
    default: false
extends_documentation_fragment:
  - alicloud.flannel._alicloud
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
notes:
  - Every host has the variables C(ansible_host), C(alicloud_instance_id), C(flannel_address), which is its primary private address, and
    C(ali_ecs), which is the instance as M(alicloud.flannel.ali_instance_info) returns it.
  - A cached inventory is used for the same options only. One that is empty or can't be read is not used.
seealso:
  - module: alicloud.flannel.ali_instance_info
"""

EXAMPLES = r"""
# ali_ecs.yml: the groups of the playbook alicloud.flannel.site, made from the tags that the role provision gives
plugin: alicloud.flannel.ali_ecs
regions: [cn-hangzhou]
tags:
  alicloud-flannel-cluster: example
strict: true
groups:
  flannel_nodes: true
  etcd: ali_ecs.tags['alicloud-flannel-etcd'] == 'true'
keyed_groups:
  - prefix: zone
    key: ali_ecs.zone_id
compose:
  alicloud_vpc_id: ali_ecs.vpc_id
# To reach the hosts from outside the VPC, named after a tag:
# address: public
# hostnames: ["tag:hostname", name]
"""

import os
import typing as t

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._alicloud.ecs.inventory import (
    InventoryHost,
    Query,
    parse_query,
    plan_hosts,
    read_instances_of,
)
from ..module_utils._core.errors import CollectionError

if t.TYPE_CHECKING:
    from ansible.inventory.data import InventoryData
    from ansible.parsing.dataloader import DataLoader

    from ..module_utils._alicloud.ecs.instance import Instance


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]
    """The hosts and groups that a file of this plugin describes."""

    NAME = "alicloud.flannel.ali_ecs"

    def verify_file(self, path: str) -> bool:
        """Say whether the file is one for this plugin, by its name."""
        return bool(super().verify_file(path)) and path.endswith(("ali_ecs.yml", "ali_ecs.yaml"))

    def parse(self, inventory: InventoryData, loader: DataLoader, path: str, cache: bool = True) -> None:
        """Add the hosts and groups to the inventory, all of them or none."""
        super().parse(inventory, loader, path)
        self._read_config_data(path)
        options = self.get_options()
        try:
            query = parse_query(options, os.environ)
            hosts = plan_hosts(self._instances(query, options, path, cache), options["hostnames"], options["address"])
        except CollectionError as exc:
            raise AnsibleParserError(f"{path}: {exc}") from None
        self._add_all(hosts)

    def _instances(self, query: Query, options: t.Mapping[str, t.Any], path: str, cache: bool) -> list[Instance]:
        """Return the instances, from the cache if allowed and present, else from the cloud."""
        key = self.get_cache_key(path)
        known = query.recall(self._cached(key)) if cache and options["cache"] else None
        if known is not None:
            return known
        instances = read_instances_of(query, options, os.environ)
        if options["cache"]:
            self._cache[key] = query.record(instances)
        return instances

    def _cached(self, key: str) -> t.Any:
        try:
            return self._cache.get(key)
        except AnsibleError:
            # The file is broken; Ansible has said so and removed it.
            return None

    def _add_all(self, hosts: t.Sequence[InventoryHost]) -> None:
        """Add the hosts; take those that are new away again when one fails, since Ansible keeps what a failed plugin has added."""
        new = [host.name for host in hosts if host.name not in self.inventory.hosts]
        try:
            for host in hosts:
                self._add(host)
        except Exception:
            for name in new:
                if name in self.inventory.hosts:
                    self.inventory.remove_host(self.inventory.hosts[name])
            raise

    def _add(self, host: InventoryHost) -> None:
        self.inventory.add_host(host.name)
        variables = _without_templates(dict(host.variables))
        for name, value in variables.items():
            self.inventory.set_variable(host.name, name, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host.name, strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host.name, strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host.name, strict)


def _without_templates(value: t.Any) -> t.Any:
    """Return the value with every text that looks like a template marked as none: names and tags are written by anybody.

    Other text stays as it is, so that tools that read the inventory see it without the mark.
    """
    if isinstance(value, dict):
        return {_without_templates(name): _without_templates(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_templates(inner) for inner in value]
    return wrap_var(value) if isinstance(value, str) and "{" in value else value
