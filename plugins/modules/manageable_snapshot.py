#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: manageable_snapshot
short_description: Bring existing snapshots under management, or release them
version_added: 1.0.0
description:
  - Adopts a snapshot that exists on the back end of a volume but is not known to the service yet. Or releases one,
    so that the service forgets it and its content stays where it is.
  - It never copies, moves or deletes content. Most drivers rename what they adopt, and name it as they like when it is released.
  - The list of what can be managed is read first. A reference that is not in it is an error, and so is one that is not safe to manage,
    for the reason that the back end gives. Where the list names its entries otherwise than O(reference) does, the driver judges.
    When it refuses, the record that is left in error is removed again.
  - It reports no change when this reference was adopted already. That is told by the list, or by a note that this module leaves on the snapshot.
    The snapshot's own properties are not compared then. M(unified.storage.volume_snapshot) keeps them.
  - With O(state=unmanaged), it reports no change when there is no such snapshot under management, nor such a volume.
  - A snapshot is released only when it is V(available).
  - Needs microversion 3.8.
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
      - V(managed) adopts what O(reference) means among the snapshots of O(volume). Both are required.
      - V(unmanaged) releases the snapshot O(name), or the one that was adopted by O(reference).
    type: str
    choices: [managed, unmanaged]
    default: managed
  volume:
    description:
      - The volume that it is a snapshot of, by name or id. The volume must be under management.
      - Required wherever O(reference) is given, be it here or in each entry of O(batch).
    type: str
  reference:
    description:
      - >-
        How the driver knows it, such as C({source-name: foreign-1@monday}). Which keys there are is up to the driver.
        M(unified.storage.manageable_snapshot_info) lists the references that there are.
      - Required with O(state=managed), be it here or in each entry of O(batch).
    type: dict
  name:
    description:
      - With O(state=managed), the name to give the new snapshot.
      - With O(state=unmanaged), the name or id of the snapshot to release.
    type: str
  description:
    description: The description to give the new snapshot.
    type: str
  metadata:
    description: The metadata to give the new snapshot. Values are kept as text, V(true) and V(false) in lower case, and null is refused.
    type: dict
notes:
  - By Cinder's default policy, only an administrator may do any of this.
  - The note on an adopted snapshot is an entry of its metadata. No module of this collection shows it among them, or removes it.
  - >-
    With O(backend=host), O(reference) is C({source-name: <name>}) or C({source-id: <uuid>}) of a logical volume that LVM knows as a snapshot of O(volume).
seealso:
  - module: unified.storage.manageable_snapshot_info
  - module: unified.storage.manageable_volume
  - module: unified.storage.volume_snapshot
"""

EXAMPLES = r"""
---
- name: The volume, which was adopted before
  unified.storage.volume_info:
    cloud: admin
    name: adopted-1
  register: adopted

- name: Adopt one of its snapshots, under the name that this driver has for it
  unified.storage.manageable_snapshot:
    cloud: admin
    volume: adopted-1
    reference:
      source-name: "volume-{{ adopted.volumes[0].id }}@monday"
    name: adopted-1-monday

- name: Adopt more of them in one task
  unified.storage.manageable_snapshot:
    cloud: admin
    volume: adopted-1
    batch:
      - reference:
          source-name: "volume-{{ adopted.volumes[0].id }}@tuesday"
        name: adopted-1-tuesday
      - reference:
          source-name: "volume-{{ adopted.volumes[0].id }}@wednesday"
        name: adopted-1-wednesday

- name: Release one again, and keep what is in it
  unified.storage.manageable_snapshot:
    cloud: admin
    name: adopted-1-monday
    state: unmanaged
"""

RETURN = r"""
---
volume_snapshot:
  description: The snapshot as it is afterwards, or in check mode, as the plan makes it. V(null) when it was released.
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
from ansible_collections.unified.storage.plugins.module_utils._module.manageable import ManageableSnapshot

SPEC = Spec(
    {
        "state": {"type": "str", "default": "managed", "choices": ["managed", "unmanaged"]},
        "volume": {"type": "str"},
        "reference": {"type": "dict"},
        "name": {"type": "str"},
        "description": {"type": "str"},
        "metadata": {"type": "dict"},
    },
    {
        "required_if": [
            ("state", "managed", ("reference", "volume")),
            ("state", "unmanaged", ("name", "reference"), True),
        ]
    },
)


def main() -> None:
    run(SPEC, ManageableSnapshot())


if __name__ == "__main__":
    main()
