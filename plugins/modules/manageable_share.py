#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: manageable_share
short_description: Bring existing file shares under management, or release them
version_added: 1.0.0
description:
  - Adopts storage that exists on a back end but is no share yet, and makes a share of it, with its content. Or releases a share,
    so that the service forgets it and its content stays where it is.
  - It never copies, moves or deletes content. Many drivers rename what they adopt.
  - When the back end refuses what it shall adopt, the record that is left in error is removed again.
    One that a killed run has left so is released, as a step of its own, before it is adopted anew.
  - It reports no change when this path was adopted already. That is told by a note that this module leaves on the share,
    or by the path itself where the share still has it. The share's own properties are not compared then. M(unified.storage.share) keeps them.
  - With O(state=unmanaged), it reports no change when there is no such share under management.
  - A share is released only when nothing is being done to it, it has no snapshots, and it is not locked.
  - O(share_server) needs microversion 2.49.
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
  state:
    description:
      - V(managed) adopts what is at O(export_path) on O(service_host). Both are required.
      - V(unmanaged) releases the share O(name), or the one that was adopted from O(export_path).
    type: str
    choices: [managed, unmanaged]
    default: managed
  export_path:
    description: Where it is exported, as its protocol writes it, such as V(10.0.0.10:/exports/web).
    type: str
  service_host:
    description: The back end's pool that it is on, as C(host@backend#pool). M(unified.storage.share_pool_info) lists them.
    type: str
  share_protocol:
    description: Its protocol, in upper or lower case.
    type: str
    default: NFS
  share_type:
    description: The type to give the new share, by name or id. It must fit the back end. Without it, the service takes its default type.
    type: str
  share_server:
    description: The id of the share server that it is on. Required for types that make share servers, and an error for others.
    type: str
  driver_options:
    description: What the driver must know besides, as its documentation says.
    type: dict
  name:
    description:
      - With O(state=managed), the name to give the new share.
      - With O(state=unmanaged), the name or id of the share to release.
    type: str
  description:
    description: The description to give the new share.
    type: str
  metadata:
    description: The metadata to give the new share. Values are kept as text, V(true) and V(false) in lower case, and null is refused.
    type: dict
  is_public:
    description: Whether other projects see the new share.
    type: bool
notes:
  - By Manila's default policy, only an administrator may do any of this.
  - The note on an adopted share is an entry of its metadata. No module of this collection shows it among them, or removes it.
    Manila takes no metadata with what it adopts, so the note stands in the description until the share is there.
seealso:
  - module: unified.storage.manageable_share_snapshot
  - module: unified.storage.share
  - module: unified.storage.share_pool_info
"""

EXAMPLES = r"""
---
- name: All tasks in this block use the same cloud
  module_defaults:
    group/unified.storage.storage:
      cloud: admin
  block:
    - name: Adopt one
      unified.storage.manageable_share:
        service_host: lab@gamma#pool
        export_path: "10.0.0.10:/exports/web"
        name: web
        share_type: default
      register: adopted

    - name: Let it grow
      unified.storage.share:
        name: "{{ adopted.share.id }}"
        size: "{{ adopted.share.size + 1 }}"

    - name: Adopt more in one task
      unified.storage.manageable_share:
        service_host: lab@gamma#pool
        share_type: default
        batch:
          - export_path: "10.0.0.10:/exports/home-1"
            name: home-1
          - export_path: "10.0.0.10:/exports/home-2"
            name: home-2
            metadata: {tier: gold}

    - name: Release one again, and keep what is in it
      unified.storage.manageable_share:
        name: home-2
        state: unmanaged
"""

RETURN = r"""
---
share:
  description: The share as it is afterwards, or in check mode, as the plan makes it. V(null) when it was released.
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
      sample: manage
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
      sample: it is not managed
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
      sample: {state: unmanaged}
    after:
      description: The fields as the plan makes them.
      type: dict
      sample: {state: managed}
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
from ansible_collections.unified.storage.plugins.module_utils._module.manageable_share import ManageableShare

SPEC = Spec(
    {
        "state": {"type": "str", "default": "managed", "choices": ["managed", "unmanaged"]},
        "export_path": {"type": "str"},
        "service_host": {"type": "str"},
        "share_protocol": {"type": "str", "default": "NFS"},
        "share_type": {"type": "str"},
        "share_server": {"type": "str"},
        "driver_options": {"type": "dict"},
        "name": {"type": "str"},
        "description": {"type": "str"},
        "metadata": {"type": "dict"},
        "is_public": {"type": "bool"},
    },
    {
        "required_if": [
            ("state", "managed", ["export_path"]),
            ("state", "unmanaged", ["name", "export_path"], True),
        ]
    },
)


def main() -> None:
    run(SPEC, ManageableShare())


if __name__ == "__main__":
    main()
