#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_network_subnet
short_description: Make, keep and delete subnets of share networks
version_added: 1.0.0
description:
  - Adds a subnet to a share network, keeps its metadata as described, or deletes it.
  - A subnet has no name. It is found by its O(id), or by the O(availability_zone) that it serves and what it is in Neutron.
  - It reports no change when there is such a subnet with the metadata that the task names, or with O(state=absent), when there is none.
  - It needs microversion 2.51 of the API, a second subnet for one availability zone needs 2.70, and O(metadata) need 2.78.
author:
  - The unified.storage authors (@unified-storage)
extends_documentation_fragment:
  - unified.storage.connection
  - unified.storage.attributes
  - unified.storage.attributes.changes
  - unified.storage.waiting
attributes:
  idempotent:
    support: full
options:
  share_network:
    description:
      - The share network, by name or id.
      - With O(state=absent), one that does not exist has no subnets, so nothing is left to do.
      - Required, be it here or in each entry of O(batch).
    type: str
  id:
    description: The id of an existing subnet, in place of what it is known by else.
    type: str
  state:
    description:
      - V(present) makes the subnet if there is none.
      - V(absent) deletes it. It must have no shares.
    type: str
    choices: [present, absent]
    default: present
  availability_zone:
    description: The availability zone that it serves. Without it, the subnet that serves all is meant.
    type: str
  neutron_net_id:
    description: The id of the network in Neutron. It belongs to O(neutron_subnet_id).
    type: str
  neutron_subnet_id:
    description:
      - The id of the subnet in Neutron. It belongs to O(neutron_net_id).
      - Without it, any subnet for that O(availability_zone) will do. Several are an error that lists their ids.
    type: str
  metadata:
    description: The metadata. Values are kept as text, V(true) and V(false) in lower case, and null is refused.
    type: dict
  metadata_mode:
    description:
      - V(merge) sets what O(metadata) names, and leaves other keys alone.
      - V(exact) also removes the keys that O(metadata) does not name.
    type: str
    choices: [merge, exact]
    default: merge
notes:
  - By Manila's default policy, all of this is open to a member of the project.
seealso:
  - module: unified.storage.share_network_subnet_info
  - module: unified.storage.share_network
"""

EXAMPLES = r"""
---
- name: A subnet for one availability zone
  unified.storage.share_network_subnet:
    cloud: admin
    share_network: storage
    availability_zone: nova
    neutron_net_id: 998b42ee-2cee-4d36-8b95-67b5ca1f2109
    neutron_subnet_id: 53482b62-2c84-4a53-b6ab-30d9d9800d06
    metadata:
      rack: a1

- name: Remove it
  unified.storage.share_network_subnet:
    cloud: admin
    share_network: storage
    availability_zone: nova
    state: absent
"""

RETURN = r"""
---
share_network_subnet:
  description: The subnet as it is afterwards, or in check mode, as the plan makes it. V(null) when it is gone.
  type: dict
  returned: when planning succeeded, without O(batch)
  contains:
    id:
      description: Its id. V(null) in check mode for one that does not exist yet.
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
plan:
  description: The steps from what was to what is wanted, in order. Empty when nothing had to be done.
  type: list
  elements: dict
  returned: without O(batch), once the back end was reached
  contains:
    verb:
      description: What is done. V(wait) does nothing but wait for what was under way already, and is no change.
      type: str
      sample: create
    resource:
      description: The kind of the resource that it is done to.
      type: str
      sample: share_network_subnet
    target:
      description: The resource, in words.
      type: str
      sample: share network subnet for availability zone nova of share network storage (b0d1e2f3-4a5b-4c6d-8e7f-0a1b2c3d4e5f)
    reason:
      description: Why.
      type: str
      sample: it does not exist
    risk:
      description: The option that allows this step, where it can lose data, and else V(null).
      type: str
      sample: null
    outcome:
      description:
        - V(done) when it is over, V(started) when it was begun and not waited for, V(unfinished) when it was begun and its end is not known,
          V(failed) when it has failed, V(yielded) when another run was doing the same at the same time and what this one had made was
          taken back, and V(planned) when it was not begun, as in check mode or after a step that has failed.
      type: str
      choices: [done, started, unfinished, failed, yielded, planned]
      sample: done
error:
  description: What went wrong, as facts. The same in one sentence is in C(msg).
  type: dict
  returned: on failure
  contains:
    kind:
      description: Which kind of failure it is. Words may be added in later releases.
      type: str
      choices: [not_found, ambiguous, conflict, forbidden, locked, quota, unsupported, invalid, timeout, unreachable, failed]
      sample: conflict
    status:
      description: The HTTP status of the answer, V(null) where there was none.
      type: int
      sample: 409
    request_id:
      description: The id of the request, for those who run the service.
      type: str
      sample: req-2a1c7d1e-6a0b-4d52-8a1e-1f0d2a9b3c4d
    resource:
      description: What it is about, as far as it is known, by V(kind), V(id) and V(name).
      type: dict
      sample: {kind: share_network_subnet, id: c1b2a3d4-0e5f-4a6b-8c7d-9e0f1a2b3c4d, name: null}
    reason:
      description: The reason in the service's own words, V(null) where it gave none.
      type: str
      sample: status creating
results:
  description: What became of each entry of O(batch), in the order of the entries.
  type: list
  elements: dict
  returned: with O(batch)
  contains:
    item:
      description: The entry, as it was given.
      type: dict
      sample: {}
    changed:
      description: Whether it was changed, or would be in check mode.
      type: bool
      sample: true
    failed:
      description: Whether it has failed.
      type: bool
      sample: false
    msg:
      description: On failure, what went wrong, in one sentence.
      type: str
      sample: There is no share with the name or id nosuch that this login can see.
    error:
      description: On failure, the same as facts, as in RV(error).
      type: dict
      sample: {kind: not_found, status: null, request_id: null, resource: {kind: share, name: nosuch}, reason: null}
    plan:
      description: Its steps, as in RV(plan).
      type: list
      elements: dict
      sample: []
    share_network_subnet:
      description: The subnet, as in RV(share_network_subnet).
      type: dict
      sample: {}
summary:
  description: How many entries of O(batch) came out how. An entry that was changed and has failed counts as both.
  type: dict
  returned: with O(batch)
  contains:
    total:
      description: All entries.
      type: int
      sample: 200
    changed:
      description: Those that were changed, or would be in check mode.
      type: int
      sample: 197
    unchanged:
      description: Those that were as they should be.
      type: int
      sample: 0
    failed:
      description: Those that have failed.
      type: int
      sample: 3
diff:
  description: The fields that the plan changes, before and after. With O(batch) it is a list of such dictionaries, one for each changed entry.
  type: dict
  returned: with C(--diff), where something changes
  contains:
    before:
      description: The fields as they were.
      type: dict
      sample: {metadata: {}}
    after:
      description: The fields as the plan makes them.
      type: dict
      sample: {metadata: {rack: a1}}
    before_header:
      description: The resource, in words.
      type: str
      sample: share network subnet for availability zone nova of share network storage (b0d1e2f3-4a5b-4c6d-8e7f-0a1b2c3d4e5f)
    after_header:
      description: The resource, in words.
      type: str
      sample: share network subnet for availability zone nova of share network storage (b0d1e2f3-4a5b-4c6d-8e7f-0a1b2c3d4e5f)
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run
from ansible_collections.unified.storage.plugins.module_utils._module.share_network import ShareNetworkSubnet

SPEC = Spec(
    {
        "share_network": {"type": "str", "required": True},
        "id": {"type": "str"},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "availability_zone": {"type": "str"},
        "neutron_net_id": {"type": "str"},
        "neutron_subnet_id": {"type": "str"},
        "metadata": {"type": "dict"},
        "metadata_mode": {"type": "str", "default": "merge", "choices": ["merge", "exact"]},
    },
    rules={"mutually_exclusive": [("id", "availability_zone"), ("id", "neutron_subnet_id")]},
)


def main() -> None:
    run(SPEC, ShareNetworkSubnet())


if __name__ == "__main__":
    main()
