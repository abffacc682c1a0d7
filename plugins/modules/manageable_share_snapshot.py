#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: manageable_share_snapshot
short_description: Bring existing snapshots of file shares under management, or release them
version_added: 1.0.0
description:
  - Adopts a snapshot that exists on a back end but is unknown to the service. Or releases one, so that the service forgets it
    and it stays where it is.
  - When the back end refuses what it shall adopt, the record that is left in error is removed again.
    One that a killed run has left so is released, as a step of its own, before it is adopted anew.
  - It reports no change when this place was adopted already. That is told by a note that this module leaves on the snapshot,
    or by the place itself where the snapshot still has it. Its own properties are not compared then. M(unified.storage.share_snapshot) keeps them.
  - With O(state=unmanaged), it reports no change when there is no such snapshot under management.
  - To adopt one needs microversion 2.73, for the note.
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
      - V(managed) adopts what is at O(provider_location), as a snapshot of O(share). Both are required.
      - V(unmanaged) releases the snapshot O(name), or the one that was adopted from O(provider_location) for O(share).
    type: str
    choices: [managed, unmanaged]
    default: managed
  share:
    description: The share that it is a snapshot of, by name or id. Required wherever O(provider_location) is given.
    type: str
  provider_location:
    description: How the driver knows it.
    type: str
  driver_options:
    description: What the driver must know besides, as its documentation says.
    type: dict
  name:
    description:
      - With O(state=managed), the name to give it.
      - With O(state=unmanaged), the name or id of the snapshot to release.
    type: str
  description:
    description: The description to give it.
    type: str
  metadata:
    description: The metadata to give it. Values are kept as text, V(true) and V(false) in lower case, and null is refused.
    type: dict
notes:
  - By Manila's default policy, only an administrator may do any of this.
  - The note on an adopted snapshot is an entry of its metadata. No module of this collection shows it among them, or removes it.
    Manila takes no metadata with what it adopts, so the note stands in the description until the snapshot is there.
seealso:
  - module: unified.storage.manageable_share
  - module: unified.storage.share_snapshot
  - module: unified.storage.share_snapshot_instance_info
"""

EXAMPLES = r"""
---
- name: All tasks in this block use the same cloud
  module_defaults:
    group/unified.storage.storage:
      cloud: admin
  block:
    - name: Adopt one
      unified.storage.manageable_share_snapshot:
        share: web
        provider_location: /snapshots/monday
        name: web-monday

    - name: Release it again
      unified.storage.manageable_share_snapshot:
        name: web-monday
        state: unmanaged
"""

RETURN = r"""
---
share_snapshot:
  description: The snapshot as it is afterwards, or in check mode, as the plan makes it. V(null) when it was released.
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
      sample: manage
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
      sample: {state: unmanaged}
    after:
      description: The fields as the plan makes them.
      type: dict
      sample: {state: managed}
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
from ansible_collections.unified.storage.plugins.module_utils._module.manageable_share import ManageableShareSnapshot

SPEC = Spec(
    {
        "state": {"type": "str", "default": "managed", "choices": ["managed", "unmanaged"]},
        "share": {"type": "str"},
        "provider_location": {"type": "str"},
        "driver_options": {"type": "dict"},
        "name": {"type": "str"},
        "description": {"type": "str"},
        "metadata": {"type": "dict"},
    },
    {
        "required_if": [
            ("state", "managed", ["share", "provider_location"]),
            ("state", "unmanaged", ["name", "provider_location"], True),
        ]
    },
)


def main() -> None:
    run(SPEC, ManageableShareSnapshot())


if __name__ == "__main__":
    main()
