#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: volume_group
short_description: Make, keep and delete generic groups of block volumes
version_added: 1.0.0
description:
  - Makes a generic volume group, and keeps its name, its description and who is in it as described. Or deletes it.
  - What the task does not name is never changed. The types of a group cannot be changed once it is made, and are not compared.
  - It never deletes volumes unless O(delete_volumes) is set, and never takes a volume out of another group.
  - It reports no change when the group has all that the task names, or with O(state=absent), when there is no such group.
  - A group that is in an error status fails the task with O(state=present). A new one that lands in error is deleted again,
    and the task fails with the service's own reason.
  - Needs microversion 3.13. The members of a group can be compared from 3.25 on.
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
      - A name that several groups of the project bear is an error that lists their ids.
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
      - The name to give it.
      - Once that is done, the group is found by this name, so the same task reports no change.
    type: str
  description:
    description: The description.
    type: str
  group_type:
    description: The group type of a new group, by name or id. Needed for a new group. Not compared afterwards.
    type: str
  volume_types:
    description:
      - The volume types that its volumes can have, by name or id. One back end must serve them all.
      - Needed for a new group. Not compared afterwards.
    type: list
    elements: str
  availability_zone:
    description: The availability zone of a new group. Not compared afterwards.
    type: str
  volumes:
    description:
      - The volumes that are to be in it, by name or id. Each must be in no other group, be V(available) or V(in-use),
        and have one of the group's types.
      - Without it, who is in the group is left alone.
    type: list
    elements: str
  volumes_mode:
    description:
      - V(merge) lets in whom O(volumes) names, and leaves others in.
      - V(exact) also takes out whom O(volumes) does not name. The volumes themselves stay.
    type: str
    choices: [merge, exact]
    default: merge
  delete_volumes:
    description:
      - With O(state=absent), whether to delete the volumes in it too, with all their content.
      - Without it, a group that has volumes is an error.
    type: bool
    default: false
notes:
  - By Cinder's default policy, all of this is open to a member of the project. Group types are made by an administrator.
seealso:
  - module: unified.storage.volume_group_info
  - module: unified.storage.volume
"""

EXAMPLES = r"""
---
- name: All tasks in this block use the same cloud
  module_defaults:
    group/unified.storage.storage:
      cloud: admin
  block:
    - name: A group of two volumes
      unified.storage.volume_group:
        name: web
        group_type: plaingroup
        volume_types: [alpha]
        volumes: [web-1, web-2]
      register: web

    - name: Say who is in it
      ansible.builtin.debug:
        var: web.volume_group.volumes

    - name: Exactly this one, and nobody else
      unified.storage.volume_group:
        name: web
        volumes: [web-1]
        volumes_mode: exact

    - name: Two groups in one task
      unified.storage.volume_group:
        group_type: plaingroup
        batch:
          - name: mail
            volume_types: [alpha]
          - name: archive
            volume_types: [beta]

    - name: Take all volumes out of a group, and keep them
      unified.storage.volume_group:
        name: web
        volumes: []
        volumes_mode: exact

    - name: Delete the empty group
      unified.storage.volume_group:
        name: web
        state: absent
"""

RETURN = r"""
---
volume_group:
  description: The group as it is afterwards, or in check mode, as the plan makes it. V(null) when it is gone.
  type: dict
  returned: when planning succeeded, without O(batch)
  contains:
    id:
      description: Its id. V(null) in check mode for one that does not exist yet.
      type: str
      sample: 4c9f1a52-64b0-4f6d-8d52-3f1f2cf3a0d7
    name:
      description: Its name.
      type: str
      sample: db
    description:
      description: Its description.
      type: str
      sample: all of the database
    status:
      description: Its status, in the words of the Block Storage API.
      type: str
      sample: available
    group_type:
      description: The id of its group type.
      type: str
      sample: 9d1f8a0e-25f5-4d5c-93a1-4d6a9c6f1b77
    volume_types:
      description: The ids of the volume types that its volumes can have.
      type: list
      elements: str
      sample: [0c2a2c0e-5c55-4a39-a5a9-3f1c0e1e2b6d]
    volumes:
      description: The ids of the volumes in it. Empty where the API is older than 3.25.
      type: list
      elements: str
      sample: [7f1c4a3e-3d0e-4b6a-9a38-5d1b6f0e2c11]
    availability_zone:
      description: Its availability zone.
      type: str
      sample: nova
    project_id:
      description: The id of its project. Only an administrator is told.
      type: str
      sample: 5c2e9d8b7a6f4e3d9c8b7a6f5e4d3c2b
    created_at:
      description: When it was made, in UTC.
      type: str
      sample: "2026-11-20T09:30:00Z"
    backend_details:
      description: What only this back end knows, under the names that it uses.
      type: dict
      sample: {replication_status: disabled}
plan:
  description: The steps from what was to what is wanted, in order. Empty when nothing had to be done.
  type: list
  elements: dict
  returned: without O(batch), once the back end was reached
  contains:
    verb:
      description: What is done. V(wait) does nothing but wait for what was under way already, and is no change.
      type: str
      sample: extend
    resource:
      description: The kind of the resource that it is done to.
      type: str
      sample: volume
    target:
      description: The resource, in words.
      type: str
      sample: volume db-data (7f1c4a3e-3d0e-4b6a-9a38-5d1b6f0e2c11)
    reason:
      description: Why.
      type: str
      sample: size is 10 GiB, not 20 GiB
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
      sample: {kind: volume, id: 7f1c4a3e-3d0e-4b6a-9a38-5d1b6f0e2c11, name: db-data}
    reason:
      description: The reason in the service's own words, V(null) where it gave none.
      type: str
      sample: status in-use
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
      sample: There is no volume with the name or id nosuch that this login can see.
    error:
      description: On failure, the same as facts, as in RV(error).
      type: dict
      sample: {kind: not_found, status: null, request_id: null, resource: {kind: volume, name: nosuch}, reason: null}
    plan:
      description: Its steps, as in RV(plan).
      type: list
      elements: dict
      sample: []
    volume_group:
      description: The group, as in RV(volume_group).
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
      sample: {size: 10}
    after:
      description: The fields as the plan makes them.
      type: dict
      sample: {size: 20}
    before_header:
      description: The resource, in words.
      type: str
      sample: volume db-data (7f1c4a3e-3d0e-4b6a-9a38-5d1b6f0e2c11)
    after_header:
      description: The resource, in words.
      type: str
      sample: volume db-data (7f1c4a3e-3d0e-4b6a-9a38-5d1b6f0e2c11)
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run
from ansible_collections.unified.storage.plugins.module_utils._module.volume_group import VolumeGroup

SPEC = Spec(
    {
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "new_name": {"type": "str"},
        "description": {"type": "str"},
        "group_type": {"type": "str"},
        "volume_types": {"type": "list", "elements": "str"},
        "availability_zone": {"type": "str"},
        "volumes": {"type": "list", "elements": "str"},
        "volumes_mode": {"type": "str", "default": "merge", "choices": ["merge", "exact"]},
        "delete_volumes": {"type": "bool", "default": False},
    }
)


def main() -> None:
    run(SPEC, VolumeGroup())


if __name__ == "__main__":
    main()
