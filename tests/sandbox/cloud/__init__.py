# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An emulated Alibaba Cloud region.

VPC 2016-04-28, ECS 2014-05-26, Quotas 2020-05-10, STS 2015-04-01, RAM 2015-05-01, metadata.

In a test::

    state = CloudState(settle_seconds=0.05)
    state.add_account("LTAI-sandbox", "secret")
    ...
    server = CloudServer(state)
    server.start()

As a process that serves one world on several addresses (the API, the metadata service and the control
endpoints answer on each of them; the path tells them apart)::

    python -m ansible_collections.alicloud.flannel.tests.sandbox.cloud --config world.yml \
        --listen 100.100.100.201:8080 --listen 100.100.100.200:80

The world file is YAML or JSON. Only ``accounts`` are needed; the values shown are the defaults
but for ids, names and addresses::

    region: cn-hangzhou
    settle_seconds: 0.0            # how long an entry stays Pending, Modifying or Deleting
    route_quota: 200               # custom entries per route table
    one_writer: true               # a write while another one settles in the VPC is a TaskConflict
    release_keeps_entries: true    # entries to an instance that is released stay
    dataplane:                     # left out: no packets
      class: package.module:Class
      options: {}                  # keyword arguments of the class
    machines:                      # left out: instances change their state, and no host follows (machines.py says what is called)
      class: package.module:Class
      options: {}                  # and, as ``state``, the region's
    images: []                     # that RunInstances knows beside debian_12_x64_sandbox
    instance_types: []             # beside ecs.sandbox.small and ecs.sandbox.large
    accounts:
      - access_key: LTAIsandbox
        secret_key: secret
        policy: null               # a RAM policy document; null allows everything
        security_token: null       # makes it an STS account
        token_seconds: null        # the token is valid this long from the start
        ram_role: null             # the name under which the metadata service hands these credentials out
    roles:                         # what AssumeRole may ask for
      - {role_arn: "acs:ram::1000000000000000:role/routes", policy: null}
    key_pairs: []                  # of {name, public_key}
    vpcs:
      - vpc_id: vpc-sandbox
        cidr: 172.16.0.0/16
        secondary_cidrs: []
        system_table_id: vtb-sandbox-system
        route_tables:              # custom tables
          - {route_table_id: vtb-sandbox-b, associate_type: VSwitch}
        vswitches:
          - {vswitch_id: vsw-sandbox-a, cidr: 172.16.0.0/24, zone_id: cn-hangzhou-a, route_table_id: null}
        security_groups:
          - security_group_id: sg-sandbox
            inner_access: true     # members reach each other's addresses
            rules:
              - {direction: ingress, cidr: 10.24.0.0/16, protocol: ALL, port_range: -1/-1, policy: Accept, priority: 1}
              - {direction: ingress, group_id: sg-sandbox}      # instead of a cidr
        instances:
          - instance_id: i-sandbox-n1
            vswitch_id: vsw-sandbox-a
            private_ip: 172.16.0.11
            name: n1
            network_interface_id: eni-sandbox-n1
            security_group_ids: [sg-sandbox]
            source_dest_check: true    # null: this region has no such check
            tags: {}
            status: Running
            http_tokens: optional      # required: the metadata service asks for a token
            ram_role: null
        route_entries:             # entries that were there before us
          - {table_id: vtb-sandbox-system, destination: 10.99.0.0/16, next_hop_id: i-sandbox-n1, name: other,
             description: "", type: Custom, next_hop_type: Instance, service_type: ""}

Control endpoints (JSON in, JSON out)::

    GET    /_sandbox/calls                 {total, writes, by_action}
    POST   /_sandbox/calls/reset
    GET    /_sandbox/state                 {region, instances, route_tables: {id: [entry...]}, objects: [id...]}
    POST   /_sandbox/entry                 add an entry; fields as in route_entries above
    DELETE /_sandbox/entry                 {table_id, destination}
    POST   /_sandbox/security_group        {security_group_id, rules: [...], inner_access}
    POST   /_sandbox/instance/start        fields as in instances above: one more, Running at once
    POST   /_sandbox/instance/release      {instance_id}
    POST   /_sandbox/instance/replace      {instance_id, new_instance_id}: another instance under the same address
    POST   /_sandbox/instance/address      {instance_id, private_ip}: the same instance, while its host is shut down
    POST   /_sandbox/instance/source_dest_check   {instance_id, on}
    POST   /_sandbox/fault                 one rule; fields of faults.Fault that JSON can say
    POST   /_sandbox/fault/clear
"""

from __future__ import annotations

from ansible_collections.alicloud.flannel.tests.sandbox.cloud.dataplane import Dataplane
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Fault
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.machines import Machines
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.recorder import Call
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.server import CloudServer
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState

__all__ = ["ApiError", "Call", "CloudServer", "CloudState", "Dataplane", "Fault", "Machines"]
