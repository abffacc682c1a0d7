#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_group
short_description: Make, keep and delete groups of file shares
version_added: 1.0.0
description:
  - Makes a group for shares, empty or from a snapshot of another group, and keeps its name and description as described. Or deletes it.
  - A share enters a group when it is made, see O(unified.storage.share#module:share_group), and stays in it.
  - It never deletes shares unless O(delete_shares) is set. Such a task fails before anything is changed.
  - It reports no change when the group has all that the task names, or with O(state=absent), when there is no such group.
  - It needs microversion 2.55.
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
      - The name of the group, or its id.
      - A name that several groups bear is an error that lists their ids.
      - Required, be it here or in each entry of O(batch).
    type: str
  state:
    description:
      - V(present) makes the group if there is none, and brings it to what the task says.
      - V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
  new_name:
    description:
      - The name to give it. No other group may bear that name.
      - Once that is done, the group is found by this name, so the same task reports no change.
    type: str
  description:
    description: The description.
    type: str
  share_group_type:
    description:
      - The group type, by name or id. Without it, a new group gets the service's default type.
      - An existing group with another is an error.
    type: str
  share_types:
    description:
      - The share types that its shares may have, by name or id. Without it, a new group gets the service's default type.
      - An existing group with others is an error.
    type: list
    elements: str
  share_network:
    description: The share network, by name or id. An existing group with another is an error.
    type: str
  availability_zone:
    description: The availability zone of a new group. Not compared afterwards.
    type: str
  source_share_group_snapshot:
    description:
      - The group snapshot to make a new group from, by name or id. It also says the types, the network and the zone.
      - An existing group that was made from another is an error.
    type: str
  delete_shares:
    description: With O(state=absent), whether to delete the shares in it too. Without it, a group with shares is an error.
    type: bool
    default: false
  force:
    description: With O(state=absent), whether to delete the group whatever its status is. Needs the rights of an administrator.
    type: bool
    default: false
notes:
  - By Manila's default policy, all of this is open to a member of the project, except O(force).
seealso:
  - module: unified.storage.share_group_info
  - module: unified.storage.share
"""

EXAMPLES = r"""
---
- name: All tasks in this block use the same cloud
  module_defaults:
    group/unified.storage.storage:
      cloud: admin
  block:
    - name: A group
      unified.storage.share_group:
        name: homes
        share_types: [default]
        description: the homes of one team

    - name: Two shares in it
      unified.storage.share:
        share_group: homes
        share_type: default
        size: 1
        batch:
          - name: home-1
          - name: home-2

    - name: Delete it with its shares
      unified.storage.share_group:
        name: homes
        state: absent
        delete_shares: true
"""

RETURN = r"""
---
share_group:
  description: The group as it is afterwards, or in check mode, as the plan makes it. V(null) when it is gone.
  type: dict
  returned: when planning succeeded, without O(batch)
  contains:
    id:
      description: Its id. V(null) in check mode for one that does not exist yet.
      type: str
      sample: 2b7a9c64-5e0d-4d3f-a1c8-9f6b0e3d7a52
    name:
      description: Its name.
      type: str
      sample: homes
    description:
      description: Its description.
      type: str
      sample: the homes of one team
    status:
      description: Its status, in the words of the Shared File Systems API.
      type: str
      sample: available
    share_group_type_id:
      description: The id of its group type.
      type: str
      sample: 3e8bfc4a-2881-4ab4-a80d-4dfabf7312f9
    share_types:
      description: The ids of the share types that its shares may have.
      type: list
      elements: str
      sample: [fdc1a70d-c598-4595-81ee-ac95ff035e08]
    share_network_id:
      description: The id of its share network.
      type: str
      sample: null
    share_server_id:
      description: The id of its share server. Only an administrator is told.
      type: str
      sample: null
    availability_zone:
      description: Its availability zone.
      type: str
      sample: nova
    host:
      description: Where it is, as C(host@backend#pool). Only an administrator is told.
      type: str
      sample: lab@gamma#pool
    source_share_group_snapshot_id:
      description: The id of the group snapshot that it was made from.
      type: str
      sample: null
    consistent_snapshot_support:
      description: How far snapshots of all its shares are of one moment.
      type: str
      sample: pool
    project_id:
      description: The id of its project.
      type: str
      sample: 5c2e9d8b7a6f4e3d9c8b7a6f5e4d3c2b
    created_at:
      description: When it was made, in UTC.
      type: str
      sample: "2026-11-20T09:30:00Z"
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
      sample: share_group
    target:
      description: The resource, in words.
      type: str
      sample: share group homes (2b7a9c64-5e0d-4d3f-a1c8-9f6b0e3d7a52)
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
      sample: {kind: share_group, id: 2b7a9c64-5e0d-4d3f-a1c8-9f6b0e3d7a52, name: homes}
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
      sample: There is no share group with the name or id nosuch that this login can see.
    error:
      description: On failure, the same as facts, as in RV(error).
      type: dict
      sample: {kind: not_found, status: null, request_id: null, resource: {kind: share_group, name: nosuch}, reason: null}
    plan:
      description: Its steps, as in RV(plan).
      type: list
      elements: dict
      sample: []
    share_group:
      description: The group, as in RV(share_group).
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
      sample: {state: absent}
    after:
      description: The fields as the plan makes them.
      type: dict
      sample: {state: present}
    before_header:
      description: The resource, in words.
      type: str
      sample: share group homes (2b7a9c64-5e0d-4d3f-a1c8-9f6b0e3d7a52)
    after_header:
      description: The resource, in words.
      type: str
      sample: share group homes (2b7a9c64-5e0d-4d3f-a1c8-9f6b0e3d7a52)
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run
from ansible_collections.unified.storage.plugins.module_utils._module.share_group import ShareGroup

SPEC = Spec(
    {
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "new_name": {"type": "str"},
        "description": {"type": "str"},
        "share_group_type": {"type": "str"},
        "share_types": {"type": "list", "elements": "str"},
        "share_network": {"type": "str"},
        "availability_zone": {"type": "str"},
        "source_share_group_snapshot": {"type": "str"},
        "delete_shares": {"type": "bool", "default": False},
        "force": {"type": "bool", "default": False},
    }
)


def main() -> None:
    run(SPEC, ShareGroup())


if __name__ == "__main__":
    main()
