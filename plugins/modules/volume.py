#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: volume
short_description: Make, keep and delete block volumes
version_added: 1.0.0
description:
  - Makes a volume, empty or from a snapshot, another volume or an image, and keeps its size, name, description, metadata, type,
    O(readonly) and O(bootable) as described. Or deletes it.
  - What the task does not name is never changed.
  - It never shrinks a volume, never changes a type unless O(retype) is set, never deletes snapshots unless O(cascade) is set,
    and never deletes a volume that is in use unless O(force) is set. Such a task fails before anything is changed.
  - It reports no change when the volume has all that the task names, or with O(state=absent), when there is no such volume.
  - A volume that is in an error status fails the task with O(state=present). It is neither mended nor made anew.
    A new volume that lands in error is deleted again, and the task fails with the service's own reason.
  - Growing a volume that is in use needs microversion 3.42, O(group) needs 3.13, and deleting with O(force) needs 3.23.
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
      - The name of the volume, or its id.
      - A name that several volumes of the project bear is an error that lists their ids.
      - Required, be it here or in each entry of O(batch).
    type: str
  state:
    description:
      - V(present) makes the volume if there is none, and brings it to what the task says.
      - V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
  new_name:
    description:
      - The name to give it. No other volume may bear that name.
      - Once that is done, the volume is found by this name, so the same task reports no change.
    type: str
  size:
    description:
      - The size in GiB. A smaller volume grows. A bigger one is an error.
      - Needed for a new volume, unless it is made from O(snapshot) or O(source_volume), whose size it then takes.
    type: int
  description:
    description: The description.
    type: str
  metadata:
    description:
      - The metadata. Values are kept as text, V(true) and V(false) in lower case, and null is refused.
      - On OpenStack, the keys C(readonly) and C(attached_mode) are refused, for Cinder shows flags of its own in their place.
    type: dict
  metadata_mode:
    description:
      - V(merge) sets what O(metadata) names, and leaves other keys alone.
      - V(exact) also removes the keys that O(metadata) does not name.
    type: str
    choices: [merge, exact]
    default: merge
  volume_type:
    description:
      - The volume type, by name or id.
      - When the volume exists with another type, the task fails unless O(retype) is set.
    type: str
  retype:
    description: Whether an existing volume may be given another type.
    type: bool
    default: false
  migration_policy:
    description: Whether a change of the type may move the data to another back end, which V(on-demand) allows.
    type: str
    choices: [never, on-demand]
    default: never
  availability_zone:
    description: The availability zone of a new volume. Not compared afterwards.
    type: str
  snapshot:
    description: The snapshot to make a new volume from, by name or id. Not compared afterwards.
    type: str
  source_volume:
    description: The volume to make a new volume from, by name or id. Not compared afterwards.
    type: str
  image:
    description: The image to make a new volume from, by name or id. It must be active. O(size) is needed beside it. Not compared afterwards.
    type: str
  group:
    description: The group to make a new volume in, by name or id. Not compared afterwards. M(unified.storage.volume_group) says who is in a group.
    type: str
  scheduler_hints:
    description: Hints for the scheduler about where to put a new volume, such as C(same_host) or C(different_host). Not compared afterwards.
    type: dict
  readonly:
    description: Whether the volume is to be attached for reading only. Changed only while it is V(available).
    type: bool
  bootable:
    description: Whether a server can boot from it.
    type: bool
  cascade:
    description: With O(state=absent), whether to delete its snapshots too. Without it, a volume that has snapshots is an error.
    type: bool
    default: false
  force:
    description: With O(state=absent), whether to delete the volume whatever its status is. Needs the rights of an administrator.
    type: bool
    default: false
notes:
  - O(snapshot), O(source_volume) and O(image) exclude each other.
  - By Cinder's default policy, all of this is open to a member of the project, except O(force).
  - With O(backend=host), a volume is a logical volume, and its type is its layout, V(thick), V(thin), V(striped), V(raid1), V(raid5) or V(raid10).
    Without O(volume_type), a new one is like what it is made from, and else thin where O(host_storage.thin_pool) is set, and else thick.
    A thin copy of something thin in the same pool costs nothing. All else is copied, and nothing is copied while it is open.
    A type is changed by conversion or by a copy, within the volume group, whatever O(migration_policy) says.
    An image is a file. O(availability_zone), O(group) and O(scheduler_hints) are refused.
seealso:
  - module: unified.storage.volume_info
  - module: unified.storage.volume_action
  - module: unified.storage.volume_snapshot
  - module: unified.storage.manageable_volume
  - module: unified.storage.volume_group
"""

EXAMPLES = r"""
---
- name: All tasks in this block use the same cloud
  module_defaults:
    group/unified.storage.storage:
      cloud: admin
  block:
    - name: A volume of 10 GiB
      unified.storage.volume:
        name: db-data
        size: 10
        volume_type: alpha
        description: data of the database
        metadata:
          tier: gold
      register: db

    - name: Say where it is
      ansible.builtin.debug:
        msg: "{{ db.volume.name }} is {{ db.volume.id }}, {{ db.volume.status }} on {{ db.volume.host }}"

    - name: Let it grow, and leave everything else as it is
      unified.storage.volume:
        name: db-data
        size: 20

    - name: Move it to another type, and if need be to another back end
      unified.storage.volume:
        name: db-data
        volume_type: beta
        retype: true
        migration_policy: on-demand

    - name: A bootable volume from an image
      unified.storage.volume:
        name: root-1
        size: 1
        volume_type: alpha
        image: tiny

    - name: Three volumes in one task, with common options above and what differs in each entry
      unified.storage.volume:
        volume_type: alpha
        size: 1
        metadata:
          project: web
        batch:
          - name: web-1
          - name: web-2
          - name: web-3
            size: 2
      register: web

    - name: Say how many were made
      ansible.builtin.debug:
        msg: "{{ web.summary.changed }} of {{ web.summary.total }} changed"

    - name: Delete a volume together with its snapshots
      unified.storage.volume:
        name: db-data
        state: absent
        cascade: true
"""

RETURN = r"""
---
volume:
  description: The volume as it is afterwards, or in check mode, as the plan makes it. V(null) when it is gone.
  type: dict
  returned: when planning succeeded, without O(batch)
  contains:
    id:
      description: Its id. V(null) in check mode for one that does not exist yet.
      type: str
      sample: 7f1c4a3e-3d0e-4b6a-9a38-5d1b6f0e2c11
    name:
      description: Its name.
      type: str
      sample: db-data
    description:
      description: Its description.
      type: str
      sample: data of the database
    size:
      description: Its size in GiB.
      type: int
      sample: 10
    status:
      description: Its status, in the words of the Block Storage API.
      type: str
      sample: available
    volume_type:
      description: The name of its type.
      type: str
      sample: alpha
    volume_type_id:
      description: The id of its type, V(null) where the API is older than 3.63.
      type: str
      sample: 0c2a2c0e-5c55-4a39-a5a9-3f1c0e1e2b6d
    bootable:
      description: Whether a server can boot from it.
      type: bool
      sample: false
    readonly:
      description: Whether it is attached for reading only.
      type: bool
      sample: false
    encrypted:
      description: Whether its content is encrypted.
      type: bool
      sample: false
    multiattach:
      description: Whether it can be attached more than once.
      type: bool
      sample: false
    availability_zone:
      description: Its availability zone.
      type: str
      sample: nova
    metadata:
      description: Its metadata, without what this collection notes for itself.
      type: dict
      sample: {tier: gold}
    image_metadata:
      description: The metadata of the image that it was made from, or that were set afterwards.
      type: dict
      sample: {os_type: linux}
    attachments:
      description: Where it is attached.
      type: list
      elements: dict
      sample: []
      contains:
        attachment_id:
          description: The id of the attachment.
          type: str
          sample: 8a3c6f7e-93b3-4a2c-b0a6-6f1d7b7f4c2a
        server_id:
          description: The id of the server, V(null) where it is attached to a host.
          type: str
          sample: 3d6f7c1a-7b6f-4b1f-8a55-2f5e3f1d9b10
        host_name:
          description: The name of the host, where the service tells.
          type: str
          sample: compute-1
        device:
          description: The device, as the guest or the host sees it.
          type: str
          sample: /dev/vdb
        attached_at:
          description: Since when, in UTC.
          type: str
          sample: "2026-11-20T10:00:00Z"
    snapshot_id:
      description: The id of the snapshot that it was made from.
      type: str
      sample: null
    source_volid:
      description: The id of the volume that it was made from.
      type: str
      sample: null
    group_id:
      description: The id of the group that it is in.
      type: str
      sample: null
    host:
      description: Where it is, as C(host@backend#pool). Only an administrator is told, others get V(null).
      type: str
      sample: lab@alpha#alpha
    cluster_name:
      description: The cluster that it is in. Only an administrator is told.
      type: str
      sample: null
    migration_status:
      description: How far a migration is. Only an administrator is told.
      type: str
      sample: null
    replication_status:
      description: Its replication status.
      type: str
      sample: null
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
      sample: "2026-11-20T10:00:00Z"
    once:
      description: The actions that were done on it with a word (O(unified.storage.volume_action#module:once)), and the last word of each.
      type: dict
      sample: {revert: before-upgrade-7}
    managed_from:
      description: The place and the reference that it was adopted by, by M(unified.storage.manageable_volume). V(null) for others.
      type: str
      sample: 'lab@alpha#alpha {"source-name":"foreign-1"}'
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
    volume:
      description: The volume, as in RV(volume).
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
from ansible_collections.unified.storage.plugins.module_utils._module.volume import Volume

SPEC = Spec(
    {
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "new_name": {"type": "str"},
        "size": {"type": "int"},
        "description": {"type": "str"},
        "metadata": {"type": "dict"},
        "metadata_mode": {"type": "str", "default": "merge", "choices": ["merge", "exact"]},
        "volume_type": {"type": "str"},
        "retype": {"type": "bool", "default": False},
        "migration_policy": {"type": "str", "default": "never", "choices": ["never", "on-demand"]},
        "availability_zone": {"type": "str"},
        "snapshot": {"type": "str"},
        "source_volume": {"type": "str"},
        "image": {"type": "str"},
        "group": {"type": "str"},
        "scheduler_hints": {"type": "dict"},
        "readonly": {"type": "bool"},
        "bootable": {"type": "bool"},
        "cascade": {"type": "bool", "default": False},
        "force": {"type": "bool", "default": False},
    },
    {"mutually_exclusive": [("snapshot", "source_volume", "image")]},
)


def main() -> None:
    run(SPEC, Volume())


if __name__ == "__main__":
    main()
