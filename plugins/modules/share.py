#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share
short_description: Make, keep and delete file shares
version_added: 1.0.0
description:
  - Makes a share, empty or from a snapshot, and keeps its size, name, description, metadata and visibility as described. Or deletes it.
  - What the task does not name is never changed. Who may mount it is said with M(unified.storage.share_access_rule).
  - It never shrinks a share unless O(resize) allows that, never deletes snapshots unless O(cascade) is set, and never deletes a share
    in a wrong status unless O(force) is set. Such a task fails before anything is changed.
  - A share that is locked is not deleted. The task fails with the kind V(locked) and names the locks.
  - It reports no change when the share has all that the task names, or with O(state=absent), when there is no such share.
  - A share that is in an error status fails the task with O(state=present). It is neither mended nor made anew.
    A new share that lands in error is deleted again, and the task fails with the service's own reason.
  - It needs microversion 2.45 of the API. O(share_group) needs 2.55, growing with O(force) needs 2.64, O(scheduler_hints) needs 2.65,
    and O(mount_point_name) needs 2.84.
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
      - The name of the share, or its id.
      - A name that several shares of the project bear is an error that lists their ids.
      - Required, be it here or in each entry of O(batch).
    type: str
  state:
    description:
      - V(present) makes the share if there is none, and brings it to what the task says.
      - V(absent) deletes it, also one that is in a share group.
    type: str
    choices: [present, absent]
    default: present
  new_name:
    description:
      - The name to give it. No other share may bear that name.
      - Once that is done, the share is found by this name, so the same task reports no change.
    type: str
  size:
    description:
      - The size in GiB. What is done when the share has another is said by O(resize).
      - Needed for a new share, unless it is made from O(snapshot), whose size it then takes.
    type: int
  resize:
    description:
      - In which direction an existing share may be changed to have the O(size).
      - Left out, a smaller share grows, and a bigger one is an error.
      - V(both) makes the size exactly that. Shrinking risks data, and the back end may refuse it.
      - V(extend) lets a smaller share grow and leaves a bigger one as it is, so O(size) is the least.
      - V(shrink) lets a bigger share shrink and leaves a smaller one as it is, so O(size) is the most.
      - V(never) leaves any existing share as it is.
    type: str
    choices: [both, extend, shrink, never]
  description:
    description: The description.
    type: str
  share_protocol:
    description:
      - The protocol, such as V(NFS), V(CIFS) or V(CEPHFS), in upper or lower case. Which ones there are is up to the back end.
      - A new share takes that of its O(snapshot), else V(NFS).
      - An existing share with another is an error.
    type: str
  share_type:
    description: The share type, by name or id. An existing share with another is an error.
    type: str
  share_network:
    description:
      - The share network, by name or id. Needed for types that make share servers.
      - An existing share with another is an error.
    type: str
  share_group:
    description: The share group to make the share in, by name or id. An existing share that is not in it is an error.
    type: str
  availability_zone:
    description: The availability zone of a new share. Not compared afterwards.
    type: str
  snapshot:
    description: The snapshot to make a new share from, by name or id. Not compared afterwards.
    type: str
  is_public:
    description: Whether other projects see the share. By Manila's default policy, only an administrator may make it visible.
    type: bool
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
  scheduler_hints:
    description: Hints for the scheduler about where to put a new share, such as C(same_host) or C(different_host). Not compared afterwards.
    type: dict
  mount_point_name:
    description:
      - The name of the mount point of a new share, where its type supports that. Not compared afterwards.
      - On a host, that of a folder below C(export_root), which nothing may be in, mounted on or to be mounted on.
    type: str
  cascade:
    description: With O(state=absent), whether to delete its snapshots too. Without it, a share that has snapshots is an error.
    type: bool
    default: false
  force:
    description:
      - With O(state=absent), whether to delete the share whatever its status is.
      - Where it grows, whether to do so without asking the scheduler for room.
      - Both need the rights of an administrator. A lock is not overcome by it.
    type: bool
    default: false
notes:
  - By Manila's default policy, all of this is open to a member of the project, except O(force) and a true O(is_public).
seealso:
  - module: unified.storage.share_info
  - module: unified.storage.share_action
  - module: unified.storage.share_access_rule
  - module: unified.storage.share_snapshot
  - module: unified.storage.manageable_share
  - module: unified.storage.share_group
  - module: unified.storage.resource_lock
"""

EXAMPLES = r"""
---
- name: All tasks in this block use the same cloud
  module_defaults:
    group/unified.storage.storage:
      cloud: admin
  block:
    - name: A share of 10 GiB
      unified.storage.share:
        name: web
        size: 10
        share_type: default
        share_protocol: NFS
        metadata:
          tier: gold
      register: web

    - name: Say where it is mounted from
      ansible.builtin.debug:
        msg: "{{ web.share.export_locations[0].path }}"

    - name: Let it grow, and leave everything else as it is
      unified.storage.share:
        name: web
        size: 20

    - name: Let it shrink, at the risk of losing data
      unified.storage.share:
        name: web
        size: 15
        resize: both

    - name: Three shares in one task, with common options above and what differs in each entry
      unified.storage.share:
        share_type: default
        size: 1
        batch:
          - name: home-1
          - name: home-2
          - name: home-3
            size: 2
      register: homes

    - name: Say how many were made
      ansible.builtin.debug:
        msg: "{{ homes.summary.changed }} of {{ homes.summary.total }} changed"

    - name: Delete a share together with its snapshots
      unified.storage.share:
        name: web
        state: absent
        cascade: true
"""

RETURN = r"""
---
share:
  description: The share as it is afterwards, or in check mode, as the plan makes it. V(null) when it is gone.
  type: dict
  returned: when planning succeeded, without O(batch)
  contains:
    id:
      description: Its id. V(null) in check mode for one that does not exist yet.
      type: str
      sample: 3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42
    name:
      description: Its name.
      type: str
      sample: web
    description:
      description: Its description.
      type: str
      sample: pages of the web servers
    size:
      description: Its size in GiB.
      type: int
      sample: 10
    status:
      description: Its status, in the words of the Shared File Systems API.
      type: str
      sample: available
    share_protocol:
      description: Its protocol, in upper case.
      type: str
      sample: NFS
    share_type:
      description: The name of its type.
      type: str
      sample: default
    share_type_id:
      description: The id of its type.
      type: str
      sample: fdc1a70d-c598-4595-81ee-ac95ff035e08
    is_public:
      description: Whether other projects see it.
      type: bool
      sample: false
    availability_zone:
      description: Its availability zone.
      type: str
      sample: nova
    host:
      description: Where it is, as C(host@backend#pool). Only an administrator is told, others get V(null).
      type: str
      sample: lab@gamma#pool
    share_network_id:
      description: The id of its share network.
      type: str
      sample: null
    share_server_id:
      description: The id of its share server. Only an administrator is told.
      type: str
      sample: null
    share_group_id:
      description: The id of the share group that it is in.
      type: str
      sample: null
    snapshot_id:
      description: The id of the snapshot that it was made from.
      type: str
      sample: null
    metadata:
      description: Its metadata, without what this collection notes for itself.
      type: dict
      sample: {tier: gold}
    access_rules_status:
      description: Whether its access rules are applied.
      type: str
      sample: active
    snapshot_support:
      description: Whether it can have snapshots.
      type: bool
      sample: true
    revert_to_snapshot_support:
      description: Whether it can be reverted to a snapshot.
      type: bool
      sample: true
    mount_snapshot_support:
      description: Whether its snapshots can be mounted.
      type: bool
      sample: true
    has_replicas:
      description: Whether it has replicas.
      type: bool
      sample: false
    is_soft_deleted:
      description: Whether it is in the recycle bin.
      type: bool
      sample: false
    scheduled_to_be_deleted_at:
      description: When it will be deleted from the recycle bin, in UTC.
      type: str
      sample: null
    export_locations:
      description:
        - Where it is mounted from, the preferred place first, as dictionaries of V(path) and V(preferred).
        - V(null) for unchanged entries of O(batch), for that takes a request each.
      type: list
      elements: dict
      sample: [{path: "10.0.0.10:/share_1", preferred: true}, {path: "10.0.0.20:/share_1", preferred: false}]
    project_id:
      description: The id of its project.
      type: str
      sample: 5c2e9d8b7a6f4e3d9c8b7a6f5e4d3c2b
    created_at:
      description: When it was made, in UTC.
      type: str
      sample: "2026-11-20T09:30:00Z"
    once:
      description: The actions that were done on it with a word (O(unified.storage.share_action#module:once)), and the last word of each.
      type: dict
      sample: {revert: before-upgrade-7}
    managed_from:
      description: The host and the export path that it was adopted from, by M(unified.storage.manageable_share). V(null) for others.
      type: str
      sample: 'lab@gamma#pool {"export_path":"10.0.0.10:/share_1"}'
    backend_details:
      description: What only this back end knows, under the names that it uses.
      type: dict
      sample: {progress: 100%}
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
      sample: share
    target:
      description: The resource, in words.
      type: str
      sample: share web (3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42)
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
      sample: {kind: share, id: 3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42, name: web}
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
    share:
      description: The share, as in RV(share).
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
      sample: share web (3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42)
    after_header:
      description: The resource, in words.
      type: str
      sample: share web (3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42)
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run
from ansible_collections.unified.storage.plugins.module_utils._module.share import Share

SPEC = Spec(
    {
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "new_name": {"type": "str"},
        "size": {"type": "int"},
        "resize": {"type": "str", "choices": ["both", "extend", "shrink", "never"]},
        "description": {"type": "str"},
        "share_protocol": {"type": "str"},
        "share_type": {"type": "str"},
        "share_network": {"type": "str"},
        "share_group": {"type": "str"},
        "availability_zone": {"type": "str"},
        "snapshot": {"type": "str"},
        "is_public": {"type": "bool"},
        "metadata": {"type": "dict"},
        "metadata_mode": {"type": "str", "default": "merge", "choices": ["merge", "exact"]},
        "scheduler_hints": {"type": "dict"},
        "mount_point_name": {"type": "str"},
        "cascade": {"type": "bool", "default": False},
        "force": {"type": "bool", "default": False},
    }
)


def main() -> None:
    run(SPEC, Share())


if __name__ == "__main__":
    main()
