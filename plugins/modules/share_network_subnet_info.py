#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_network_subnet_info
short_description: List the subnets of a share network
version_added: 1.0.0
description:
  - Lists the subnets of a share network with everything that the service tells of them.
  - It never changes anything. A list without a match is empty, and no failure. A share network that does not exist is one.
  - It needs microversion 2.51 of the API.
author:
  - The unified.storage authors (@unified-storage)
extends_documentation_fragment:
  - unified.storage.connection
  - unified.storage.attributes
  - unified.storage.attributes.info
  - unified.storage.listing
options:
  share_network:
    description: The share network, by name or id.
    type: str
    required: true
  id:
    description: Only the subnet with this id.
    type: str
  availability_zone:
    description: Only those that serve this availability zone and no other.
    type: str
  neutron_net_id:
    description: Only those in this network of Neutron.
    type: str
  neutron_subnet_id:
    description: Only those in this subnet of Neutron.
    type: str
notes:
  - By Manila's default policy, every reader of a project may list the subnets of its share networks.
seealso:
  - module: unified.storage.share_network_subnet
  - module: unified.storage.share_network_info
"""

EXAMPLES = r"""
---
- name: The subnets of a share network
  unified.storage.share_network_subnet_info:
    cloud: admin
    share_network: storage
  register: found

- name: Say which availability zones they serve
  ansible.builtin.debug:
    msg: "{{ found.share_network_subnets | map(attribute='availability_zone') }}"
"""

RETURN = r"""
---
share_network_subnets:
  description: The subnets, in the order of the service.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Its id.
      type: str
      sample: c1b2a3d4-0e5f-4a6b-8c7d-9e0f1a2b3c4d
    share_network_id:
      description: The id of its share network.
      type: str
      sample: b0d1e2f3-4a5b-4c6d-8e7f-0a1b2c3d4e5f
    share_network_name:
      description: The name of its share network.
      type: str
      sample: storage
    neutron_net_id:
      description: The id of the network in Neutron.
      type: str
      sample: null
    neutron_subnet_id:
      description: The id of the subnet in Neutron.
      type: str
      sample: null
    availability_zone:
      description: The availability zone that it serves. V(null) for one that serves all.
      type: str
      sample: nova
    network_type:
      description: The type of the network, once a share server uses it.
      type: str
      sample: vlan
    segmentation_id:
      description: The id of the segment, once a share server uses it.
      type: int
      sample: 1000
    cidr:
      description: Its addresses, once a share server uses it.
      type: str
      sample: 10.254.0.0/16
    ip_version:
      description: The version of its addresses, once a share server uses it.
      type: int
      sample: 4
    gateway:
      description: Its gateway, once a share server uses it.
      type: str
      sample: 10.254.0.1
    mtu:
      description: Its MTU, once a share server uses it.
      type: int
      sample: 1500
    metadata:
      description: Its metadata. V(null) where the API is too old for them.
      type: dict
      sample: {rack: a1}
    created_at:
      description: When it was made, in UTC.
      type: str
      sample: "2026-11-20T09:30:00Z"
    updated_at:
      description: When the service last changed its record, in UTC.
      type: str
      sample: null
    backend_details:
      description: What only this back end knows, under the names that it uses.
      type: dict
      sample: {}
error:
  description: What went wrong, as facts. The same in one sentence is in C(msg).
  type: dict
  returned: on failure
  contains:
    kind:
      description: Which kind of failure it is. Words may be added in later releases.
      type: str
      choices: [not_found, ambiguous, conflict, forbidden, locked, quota, unsupported, invalid, timeout, unreachable, failed]
      sample: not_found
    status:
      description: The HTTP status of the answer, V(null) where there was none.
      type: int
      sample: 404
    request_id:
      description: The id of the request, for those who run the service.
      type: str
      sample: req-2a1c7d1e-6a0b-4d52-8a1e-1f0d2a9b3c4d
    resource:
      description: What it is about, as far as it is known, by V(kind), V(id) and V(name).
      type: dict
      sample: {kind: share, name: nosuch}
    reason:
      description: The reason in the service's own words, V(null) where it gave none.
      type: str
      sample: null
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec, listing
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run_info
from ansible_collections.unified.storage.plugins.module_utils._module.share_lists import Inside

SPEC = Spec(
    {
        "share_network": {"type": "str", "required": True},
        "id": {"type": "str"},
        "availability_zone": {"type": "str"},
        "neutron_net_id": {"type": "str"},
        "neutron_subnet_id": {"type": "str"},
        **listing(),
    },
    info=True,
)

COMPARED = ("id", "availability_zone", "neutron_net_id", "neutron_subnet_id")


def main() -> None:
    run_info(SPEC, Inside("share_network_subnet", "share_network_subnets", "share_network", compared=COMPARED))


if __name__ == "__main__":
    main()
