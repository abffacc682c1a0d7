#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_snapshot
short_description: Take, keep and delete snapshots of file shares
version_added: 1.0.0
description:
  - Takes a snapshot of a share, and keeps its name, description and metadata as described. Or deletes it.
  - What the task does not name is never changed. The content of an existing snapshot never is.
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
      - Names count among the snapshots of O(share), or without that, among all of the project. One that matches several is an error
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
  share:
    description:
      - The share, by name or id. Needed to take a snapshot.
      - With O(state=absent), it is no change when there is no such share.
    type: str
  new_name:
    description:
      - The name to give it. No other snapshot may bear that name.
      - Once that is done, the snapshot is found by this name, so the same task reports no change.
    type: str
  description:
    description: The description.
    type: str
  metadata:
    description: The metadata. Values are kept as text, V(true) and V(false) in lower case, and null is refused. It needs microversion 2.73.
    type: dict
  metadata_mode:
    description:
      - V(merge) sets what O(metadata) names, and leaves other keys alone.
      - V(exact) also removes the keys that O(metadata) does not name.
    type: str
    choices: [merge, exact]
    default: merge
  mounted:
    description:
      - V(true) mounts the snapshot read-only on the host, and exports it to the clients of its share, who may read it and not write.
        It stays so after a reboot, and follows what becomes of the share's access rules.
      - V(false) takes that away again, and fails while a program or an NFS client has files open there.
      - Left out, it stays as it is.
      - Only with O(backend=host). Manila exports snapshots as their share's type says.
    type: bool
  force:
    description: With O(state=absent), whether to delete the snapshot whatever its status is. Needs the rights of an administrator.
    type: bool
    default: false
notes:
  - By Manila's default policy, all of this is open to a member of the project, except O(force).
seealso:
  - module: unified.storage.share_snapshot_info
  - module: unified.storage.share_action
  - module: unified.storage.manageable_share_snapshot
  - module: unified.storage.share
"""

EXAMPLES = r"""
---
- name: All tasks in this block use the same cloud
  module_defaults:
    group/unified.storage.storage:
      cloud: admin
  block:
    - name: A snapshot before the upgrade
      unified.storage.share_snapshot:
        share: web
        name: before-upgrade
        description: taken by the upgrade play
      register: before

    - name: A share from it, to look at
      unified.storage.share:
        name: web-old
        snapshot: "{{ before.share_snapshot.id }}"

    - name: One snapshot of each of many shares
      unified.storage.share_snapshot:
        name: monday
        batch:
          - share: home-1
          - share: home-2

    - name: Look into one on the host that keeps it
      unified.storage.share_snapshot:
        backend: host
        share: web
        name: before-upgrade
        mounted: true
      register: old

    - name: Delete one
      unified.storage.share_snapshot:
        share: home-1
        name: monday
        state: absent
"""

RETURN = r"""
---
share_snapshot:
  description: The snapshot as it is afterwards, or in check mode, as the plan makes it. V(null) when it is gone.
  type: dict
  returned: when planning succeeded, without O(batch)
  contains:
    id:
      description: Its id. V(null) in check mode for one that does not exist yet.
      type: str
      sample: 8c1d7e52-94b4-4c0e-9d55-27ab3d0f6f10
    name:
      description: Its name.
      type: str
      sample: web-monday
    description:
      description: Its description.
      type: str
      sample: before the upgrade
    size:
      description: The size that its share had, in GiB.
      type: int
      sample: 10
    status:
      description: Its status, in the words of the Shared File Systems API.
      type: str
      sample: available
    share_id:
      description: The id of its share.
      type: str
      sample: 3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42
    share_protocol:
      description: The protocol of its share, in upper case.
      type: str
      sample: NFS
    metadata:
      description: Its metadata, without what this collection notes for itself.
      type: dict
      sample: {tier: gold}
    project_id:
      description: The id of its project.
      type: str
      sample: 5c2e9d8b7a6f4e3d9c8b7a6f5e4d3c2b
    created_at:
      description: When it was taken, in UTC.
      type: str
      sample: "2026-11-20T09:30:00Z"
    once:
      description: Words that were noted on it. Nothing notes any today.
      type: dict
      sample: {}
    mounted:
      description: With O(backend=host), whether it is mounted and exported. V(null) for what a killed run has left in between.
      type: bool
      sample: true
    export_locations:
      description: With O(backend=host), where clients of its share can mount it from. Empty while it is not mounted.
      type: list
      elements: dict
      sample: [{path: "store1:/srv/shares/share-snapshot-8c1d7e52-94b4-4c0e-9d55-27ab3d0f6f10", preferred: true}]
    managed_from:
      description: The share's id and the provider location that it was adopted from, by M(unified.storage.manageable_share_snapshot). V(null) for others.
      type: str
      sample: '3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42 {"provider_location":"/snapshots/1"}'
    backend_details:
      description: What only this back end knows, under the names that it uses.
      type: dict
      sample: {provider_location: /snapshots/1}
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
      sample: share_snapshot
    target:
      description: The resource, in words.
      type: str
      sample: share snapshot web-monday (8c1d7e52-94b4-4c0e-9d55-27ab3d0f6f10)
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
      sample: {kind: share_snapshot, id: 8c1d7e52-94b4-4c0e-9d55-27ab3d0f6f10, name: web-monday}
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
      sample: There is no share snapshot with the name or id nosuch that this login can see.
    error:
      description: On failure, the same as facts, as in RV(error).
      type: dict
      sample: {kind: not_found, status: null, request_id: null, resource: {kind: share_snapshot, name: nosuch}, reason: null}
    plan:
      description: Its steps, as in RV(plan).
      type: list
      elements: dict
      sample: []
    share_snapshot:
      description: The snapshot, as in RV(share_snapshot).
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
      sample: share snapshot web-monday (8c1d7e52-94b4-4c0e-9d55-27ab3d0f6f10)
    after_header:
      description: The resource, in words.
      type: str
      sample: share snapshot web-monday (8c1d7e52-94b4-4c0e-9d55-27ab3d0f6f10)
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run
from ansible_collections.unified.storage.plugins.module_utils._module.share_snapshot import ShareSnapshot

SPEC = Spec(
    {
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "share": {"type": "str"},
        "new_name": {"type": "str"},
        "description": {"type": "str"},
        "metadata": {"type": "dict"},
        "metadata_mode": {"type": "str", "default": "merge", "choices": ["merge", "exact"]},
        "mounted": {"type": "bool"},
        "force": {"type": "bool", "default": False},
    }
)


def main() -> None:
    run(SPEC, ShareSnapshot())


if __name__ == "__main__":
    main()
