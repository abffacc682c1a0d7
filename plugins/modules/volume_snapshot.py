#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: volume_snapshot
short_description: Take, keep and delete snapshots of block volumes
version_added: 1.0.0
description:
  - Takes a snapshot of a volume, and keeps its name, description and metadata as described. Or deletes it.
  - What the task does not name is never changed. The content of an existing snapshot never is.
  - It never takes a snapshot of a volume in use unless O(force) is set, and never deletes one that belongs to a group snapshot.
  - It reports no change when there is a snapshot with this name and all that the task names, or with O(state=absent), when there is none.
  - A snapshot that is in an error status fails the task with O(state=present). A new one that lands in error is deleted again,
    and the task fails with the service's own reason.
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
      - The name of the snapshot, or its id.
      - Names count among the snapshots of O(volume), or without that, among all of the project. One that matches several is an error
        that lists their ids.
      - Required, be it here or in each entry of O(batch).
    type: str
  state:
    description:
      - V(present) takes the snapshot if there is none, and brings it to what the task says.
      - V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
  volume:
    description:
      - Its volume, by name or id. Needed to take one.
      - With O(state=absent), a volume that does not exist has no snapshots, so nothing is left to do.
    type: str
  new_name:
    description:
      - The name to give it.
      - Once that is done, the snapshot is found by this name, so the same task reports no change.
    type: str
  description:
    description: The description.
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
  force:
    description: Whether to take it of a volume that is in use. It is then only as consistent as after a crash.
    type: bool
    default: false
notes:
  - By Cinder's default policy, all of this is open to a member of the project.
  - With O(backend=host), a snapshot of a thin volume is thin. Any other takes as much room in the volume group as its volume has, so that it is never lost
    because it is full.
seealso:
  - module: unified.storage.volume_snapshot_info
  - module: unified.storage.volume_action
  - module: unified.storage.manageable_snapshot
  - module: unified.storage.volume
"""

EXAMPLES = r"""
---
- name: All tasks in this block use the same cloud
  module_defaults:
    group/unified.storage.storage:
      cloud: admin
  block:
    - name: A snapshot before the upgrade
      unified.storage.volume_snapshot:
        volume: db-data
        name: before-upgrade
        description: taken by the upgrade play
      register: before

    - name: A volume from it, to look at
      unified.storage.volume:
        name: db-data-old
        snapshot: "{{ before.volume_snapshot.id }}"

    - name: One snapshot of each of many volumes
      unified.storage.volume_snapshot:
        name: monday
        force: true
        batch:
          - volume: web-1
          - volume: web-2
          - volume: web-3

    - name: Delete one
      unified.storage.volume_snapshot:
        volume: web-1
        name: monday
        state: absent
"""

RETURN = r"""
---
volume_snapshot:
  description: The snapshot as it is afterwards, or in check mode, as the plan makes it. V(null) when it is gone.
  type: dict
  returned: when planning succeeded, without O(batch)
  contains:
    id:
      description: Its id. V(null) in check mode for one that does not exist yet.
      type: str
      sample: 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed
    name:
      description: Its name.
      type: str
      sample: db-data-monday
    description:
      description: Its description.
      type: str
      sample: before the upgrade
    size:
      description: The size that its volume had, in GiB.
      type: int
      sample: 10
    status:
      description: Its status, in the words of the Block Storage API.
      type: str
      sample: available
    volume_id:
      description: The id of its volume.
      type: str
      sample: 7f1c4a3e-3d0e-4b6a-9a38-5d1b6f0e2c11
    metadata:
      description: Its metadata, without what this collection notes for itself.
      type: dict
      sample: {tier: gold}
    group_snapshot_id:
      description: The id of the group snapshot that it belongs to.
      type: str
      sample: null
    project_id:
      description: The id of its project.
      type: str
      sample: 5c2e9d8b7a6f4e3d9c8b7a6f5e4d3c2b
    created_at:
      description: When it was taken, in UTC.
      type: str
      sample: "2026-11-20T09:30:00Z"
    updated_at:
      description: When the service last changed its record, in UTC.
      type: str
      sample: "2026-11-20T10:00:00Z"
    managed_from:
      description: The volume's id and the reference that it was adopted by, by M(unified.storage.manageable_snapshot). V(null) for others.
      type: str
      sample: '7f1c4a3e-3d0e-4b6a-9a38-5d1b6f0e2c11 {"source-name":"foreign-1@monday"}'
    backend_details:
      description: What only this back end knows, under the names that it uses.
      type: dict
      sample: {consumes_quota: true}
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
    volume_snapshot:
      description: The snapshot, as in RV(volume_snapshot).
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
from ansible_collections.unified.storage.plugins.module_utils._module.volume_snapshot import VolumeSnapshot

SPEC = Spec(
    {
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "volume": {"type": "str"},
        "new_name": {"type": "str"},
        "description": {"type": "str"},
        "metadata": {"type": "dict"},
        "metadata_mode": {"type": "str", "default": "merge", "choices": ["merge", "exact"]},
        "force": {"type": "bool", "default": False},
    }
)


def main() -> None:
    run(SPEC, VolumeSnapshot())


if __name__ == "__main__":
    main()
