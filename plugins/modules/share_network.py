#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_network
short_description: Make, keep and delete share networks
version_added: 1.0.0
description:
  - Makes a share network, and keeps its name, its description and what it is in Neutron as described. Or deletes it.
  - A new share network has one subnet. Further ones are made by M(unified.storage.share_network_subnet).
  - What the task does not name is never changed.
  - It reports no change when there is a share network with this name and all that the task names, or with O(state=absent), when there is none.
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
  name:
    description:
      - The name of the share network, or its id.
      - A name that several share networks of the project bear is an error that lists their ids.
      - Required, be it here or in each entry of O(batch).
    type: str
  state:
    description:
      - V(present) makes the share network if there is none, and brings it to what the task says.
      - V(absent) deletes it. It must have no shares, no share groups and one subnet at most.
    type: str
    choices: [present, absent]
    default: present
  new_name:
    description:
      - The name to give it. No other share network may bear that name.
      - Once that is done, the share network is found by this name, so the same task reports no change.
    type: str
  description:
    description: The description.
    type: str
  neutron_net_id:
    description:
      - The id of the network in Neutron. It belongs to O(neutron_subnet_id).
      - On an existing share network, it is compared with the subnets for that O(availability_zone), and changed where that is
        the only one for all zones. The service refuses that once share servers use it.
    type: str
  neutron_subnet_id:
    description: The id of the subnet in Neutron. It belongs to O(neutron_net_id).
    type: str
  availability_zone:
    description:
      - The availability zone that the subnet of a new share network serves. Without it, it serves all.
      - It needs microversion 2.51 of the API.
    type: str
notes:
  - By Manila's default policy, all of this is open to a member of the project.
seealso:
  - module: unified.storage.share_network_info
  - module: unified.storage.share_network_subnet
  - module: unified.storage.share
"""

EXAMPLES = r"""
---
- name: All tasks in this block use the same cloud
  module_defaults:
    group/unified.storage.storage:
      cloud: admin
  block:
    - name: A share network
      unified.storage.share_network:
        name: storage
        description: for the file servers
        neutron_net_id: 998b42ee-2cee-4d36-8b95-67b5ca1f2109
        neutron_subnet_id: 53482b62-2c84-4a53-b6ab-30d9d9800d06

    - name: A share on it
      unified.storage.share:
        name: web
        size: 10
        share_type: dhss
        share_network: storage

    - name: Delete both
      unified.storage.share:
        name: web
        state: absent

    - name: The share network too
      unified.storage.share_network:
        name: storage
        state: absent
"""

RETURN = r"""
---
share_network:
  description: The share network as it is afterwards, or in check mode, as the plan makes it. V(null) when it is gone.
  type: dict
  returned: when planning succeeded, without O(batch)
  contains:
    id:
      description: Its id. V(null) in check mode for one that does not exist yet.
      type: str
      sample: b0d1e2f3-4a5b-4c6d-8e7f-0a1b2c3d4e5f
    name:
      description: Its name.
      type: str
      sample: storage
    description:
      description: Its description.
      type: str
      sample: for the file servers
    status:
      description: Its status, in the words of the Shared File Systems API.
      type: str
      sample: active
    share_network_subnets:
      description: Its subnets, as M(unified.storage.share_network_subnet_info) returns them.
      type: list
      elements: dict
      sample: []
    project_id:
      description: The id of its project.
      type: str
      sample: 5c2e9d8b7a6f4e3d9c8b7a6f5e4d3c2b
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
      sample: share_network
    target:
      description: The resource, in words.
      type: str
      sample: share network storage
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
      sample: {kind: share_network, id: b0d1e2f3-4a5b-4c6d-8e7f-0a1b2c3d4e5f, name: storage}
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
    share_network:
      description: The share network, as in RV(share_network).
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
      sample: {description: old}
    after:
      description: The fields as the plan makes them.
      type: dict
      sample: {description: new}
    before_header:
      description: The resource, in words.
      type: str
      sample: share network storage
    after_header:
      description: The resource, in words.
      type: str
      sample: share network storage
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run
from ansible_collections.unified.storage.plugins.module_utils._module.share_network import ShareNetwork

SPEC = Spec(
    {
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "new_name": {"type": "str"},
        "description": {"type": "str"},
        "neutron_net_id": {"type": "str"},
        "neutron_subnet_id": {"type": "str"},
        "availability_zone": {"type": "str"},
    }
)


def main() -> None:
    run(SPEC, ShareNetwork())


if __name__ == "__main__":
    main()
