#!/usr/bin/python
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ali_vpc_route
short_description: Converge the route entries of a VPC
description:
  - Gives the route tables of a VPC the desired entries to ECS instances, all in one task.
  - Only custom entries with a single next hop of type instance, inside O(scope) and marked with O(owner), are ever changed.
    System, CEN, BGP, propagated and managed entries and the default route are never touched.
  - Everything is planned and checked before the first write. A refused plan writes nothing.
  - A destination whose instance changed is moved in place, without a gap. Additions go before deletions, unless the quota forces the
    other order.
  - Writes go in batches of up to 50 entries, one after another, and each is waited for.
  - At most 300 calls are made in any 60 seconds. The module learns how long writes take to settle, and polls pending entries rarely.
  - An entry that another writer changed since it was read is left as it is and ends as V(raced). The API has no compare-and-swap, so
    a change between the last read of an entry and its write, which follows at once, goes unnoticed.
options:
  vpc_id:
    description: ID of the VPC.
    type: str
    required: true
  owner:
    description:
      - Name that marks entries as this cluster's. The name of an entry is the owner, a slash and the name of the route.
      - Two clusters in one VPC need two owners.
    type: str
    required: true
  scope:
    description: CIDRs in which destinations must lie, such as flannel's Network. Entries outside are never touched.
    type: list
    elements: str
    required: true
  routes:
    description: The routes. With O(state=absent), those to remove.
    type: list
    elements: dict
    required: true
    suboptions:
      destination:
        description: IPv4 CIDR of the destination.
        type: str
        required: true
      next_hop_id:
        description:
          - ID of the instance that the route points to.
          - Required with O(state=present). With O(state=absent), an entry that points elsewhere stays; without it, any entry is removed.
        type: str
      name:
        description:
          - Name of the route, the part of the entry's name after the owner.
          - When left out, a new entry gets the destination as its name, and the name of an existing entry stays.
        type: str
      description:
        description: Description of the entry. When left out or empty, an existing description stays.
        type: str
  state:
    description:
      - With V(present), the routes are made and moved.
      - With V(absent), exactly the listed routes are removed.
    type: str
    choices: [present, absent]
    default: present
  tables:
    description:
      - Which route tables to converge; tables of gateways are never included.
      - V(nodes) is the tables that the vSwitches of the next hops use, those of O(keep_next_hops) included. It is V(all) when there is no
        next hop, and with O(state=absent), because a route to remove is in the tables of other nodes, too.
      - V(system) is the system route table.
      - V(all) is every route table of the VPC.
    type: str
    choices: [nodes, system, all]
    default: nodes
  route_table_ids:
    description: IDs of the route tables to converge.
    type: list
    elements: str
  purge:
    description:
      - Whether to delete the entries of O(owner) in O(scope) that O(routes) does not have.
      - Not with O(state=absent).
    type: bool
    default: false
    aliases: [purge_routes]
  keep_destinations:
    description: CIDRs that O(purge) leaves alone, with everything that overlaps them.
    type: list
    elements: str
    default: []
  keep_next_hops:
    description: IDs of instances whose entries O(purge) leaves alone.
    type: list
    elements: str
    default: []
  max_disruption:
    description:
      - How many available entries one run may delete or move in each table.
      - A number, or a percentage of the owner's entries, up to V(100%). A percentage always allows one.
    type: str
    default: 10%
  allow_empty:
    description: Whether O(purge) may delete everything because O(routes) is empty. The limit O(max_disruption) still applies.
    type: bool
    default: false
  adopt:
    description:
      - Which entries without a mark, or with the mark of one of O(adopt_from), are taken over.
      - V(none) takes over nothing. An entry that matches is reported as V(unowned), and one that points elsewhere is refused.
      - V(matching) takes over entries that have the desired destination and next hop, by renaming them.
      - V(all) also moves entries that have a desired destination but point elsewhere.
      - Not with O(state=absent).
    type: str
    choices: [none, matching, all]
    default: none
  adopt_from:
    description: Previous owners whose entries O(adopt) may take over.
    type: list
    elements: str
    default: []
  allow_overlap:
    description:
      - CIDRs of other owners' entries that routes may overlap.
      - Every other overlap, in either direction, refuses the plan; the default route does not count.
    type: list
    elements: str
    default: []
  route_quota:
    description:
      - How many custom entries each table may have.
      - When left out, the Quota Center is asked before entries are added; when it does not answer, 200 is assumed.
    type: int
  wait:
    description:
      - Whether to wait until the last write has settled.
      - The writes before it are always waited for, since the cloud takes one write per VPC at a time.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to retry a call that the cloud throttles or has no time for, and seconds to wait for each write to settle.
      - On a timeout the task fails and reports what has settled and what has not. The next run completes it.
    type: int
    default: 600
extends_documentation_fragment:
  - alicloud.flannel._alicloud
  - alicloud.flannel._attributes
  - alicloud.flannel._attributes.alicloud
seealso:
  - module: alicloud.flannel.ali_vpc_route_info
  - module: alicloud.flannel.ali_source_dest_check
  - module: alicloud.flannel.flannel_lease
author:
  - alicloud.flannel contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Route two containers' subnets to their nodes
  alicloud.flannel.ali_vpc_route:
    region: cn-hangzhou
    vpc_id: vpc-bp1example
    owner: example
    scope: [198.51.100.0/24]
    routes:
      - destination: 198.51.100.0/26
        next_hop_id: i-bp1example
        name: node-1
      - destination: 198.51.100.64/26
        next_hop_id: i-bp2example
        name: node-2

- name: Remove the route of one node
  alicloud.flannel.ali_vpc_route:
    region: cn-hangzhou
    vpc_id: vpc-bp1example
    owner: example
    scope: [198.51.100.0/24]
    state: absent
    routes:
      - destination: 198.51.100.64/26
        next_hop_id: i-bp2example

- name: Remove all routes of this owner from every table
  alicloud.flannel.ali_vpc_route:
    region: cn-hangzhou
    vpc_id: vpc-bp1example
    owner: example
    scope: [198.51.100.0/24]
    tables: all
    routes: []
    purge: true
    allow_empty: true
    max_disruption: 100%
"""

RETURN = r"""
results:
  description: What became of each destination in each table. In check mode, what would become of it.
  returned: when the plan was not refused
  type: list
  elements: dict
  contains:
    state:
      description:
        - What was done, one of V(created), V(moved), V(updated) (name or description), V(adopted), V(deleted), V(unchanged).
        - V(unowned) is a route that is as desired, in an entry without the owner's mark.
        - V(refused) was not done, because the cloud refused it or the entry belongs to somebody else.
        - V(raced) was changed by another writer in the meantime; run again.
      returned: always
      type: str
      sample: moved
    route_table_id:
      description: ID of the route table.
      returned: always
      type: str
      sample: vtb-bp1example
    destination:
      description: CIDR of the destination.
      returned: always
      type: str
      sample: 198.51.100.0/26
    next_hop_id:
      description: ID of the desired instance; for a deletion, of the previous one.
      returned: always
      type: str
      sample: i-bp2example
    previous_next_hop_id:
      description: ID of the next hop that the entry had when it was planned, if it was another one.
      returned: always
      type: str
      sample: i-bp1example
    name:
      description: Name of the entry.
      returned: always
      type: str
      sample: example/node-1
    route_entry_id:
      description: ID of the entry; V(null) for one that does not exist yet.
      returned: always
      type: str
      sample: rte-bp1example
    status:
      description:
        - Status of the entry at the end, V(Available) or one that precedes it; V(null) when there is no entry.
      returned: always
      type: str
      sample: Available
    reason:
      description: Why the destination ended in this state, if that needs an explanation.
      returned: always
      type: str
      sample: 'the entry points to i-bp3example, not to i-bp2example, and stays'
    code:
      description: Code with which the cloud refused the entry.
      returned: always
      type: str
      sample: QuotaExceeded
    request_id:
      description: ID of the request that was refused.
      returned: always
      type: str
      sample: 473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E
summary:
  description: Number of results by state.
  returned: when the plan was not refused
  type: dict
  sample: {created: 1, moved: 1, updated: 0, adopted: 0, deleted: 0, unchanged: 198, unowned: 0, refused: 0, raced: 0}
tables:
  description: The tables after the task, with their custom entries. In check mode, as they would be.
  returned: when the plan was not refused
  type: list
  elements: dict
  contains:
    route_table_id:
      description: ID of the route table.
      returned: always
      type: str
      sample: vtb-bp1example
    route_table_type:
      description: Type of the table, V(System) or V(Custom).
      returned: always
      type: str
      sample: System
    vswitch_ids:
      description: IDs of the vSwitches that use the table.
      returned: always
      type: list
      elements: str
      sample: [vsw-bp1example]
    quota:
      description: Custom entries in the table, how many it may have, and who says so (V(option), V(quota_center) or V(default)).
      returned: always
      type: dict
      sample: {used: 3, limit: 200, source: default}
    entries:
      description: Custom entries, sorted by destination.
      returned: always
      type: list
      elements: dict
      sample:
        - route_entry_id: rte-bp1example
          destination: 198.51.100.0/26
          next_hop_id: i-bp1example
          next_hops: [{next_hop_type: Instance, next_hop_id: i-bp1example}]
          type: Custom
          status: Available
          name: example/node-1
          description: ''
          owner: example
problems:
  description: Everything for which the plan was refused.
  returned: when the plan was refused
  type: list
  elements: str
  sample: ['destination 192.0.2.0/24 is outside scope (198.51.100.0/24)']
api_calls:
  description: Number of requests that were made to the API.
  returned: when the plan was not refused
  type: int
  sample: 5
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._core.argspec import alicloud_argument_spec
from ..module_utils._core.runner import run
from ..module_utils._routes.resource import RouteResource

ROUTE = {
    "destination": {"type": "str", "required": True},
    "next_hop_id": {"type": "str"},
    "name": {"type": "str"},
    "description": {"type": "str"},
}


def argument_spec() -> dict[str, t.Any]:
    """Return the options of the module."""
    return {
        "vpc_id": {"type": "str", "required": True},
        "owner": {"type": "str", "required": True},
        "scope": {"type": "list", "elements": "str", "required": True},
        "routes": {"type": "list", "elements": "dict", "required": True, "options": ROUTE},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "tables": {"type": "str", "choices": ["nodes", "system", "all"], "default": "nodes"},
        "route_table_ids": {"type": "list", "elements": "str"},
        "purge": {"type": "bool", "default": False, "aliases": ["purge_routes"]},
        "keep_destinations": {"type": "list", "elements": "str", "default": []},
        "keep_next_hops": {"type": "list", "elements": "str", "default": []},
        "max_disruption": {"type": "str", "default": "10%"},
        "allow_empty": {"type": "bool", "default": False},
        "adopt": {"type": "str", "choices": ["none", "matching", "all"], "default": "none"},
        "adopt_from": {"type": "list", "elements": "str", "default": []},
        "allow_overlap": {"type": "list", "elements": "str", "default": []},
        "route_quota": {"type": "int"},
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "int", "default": 600},
        **alicloud_argument_spec(),
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        mutually_exclusive=[("tables", "route_table_ids")],
        supports_check_mode=True,
    )
    run(module, RouteResource.from_module)


if __name__ == "__main__":
    main()
