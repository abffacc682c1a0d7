#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: manageable_volume
short_description: Bring existing volumes under management, or release them
version_added: 1.0.0
description:
  - Adopts storage that exists on a back end but is no volume yet, and makes a volume of it, with its content. Or releases a volume,
    so that the service forgets it and its content stays where it is.
  - It never copies, moves or deletes content. Most drivers rename what they adopt, and name it as they like when it is released.
  - The list of what can be managed is read first. A reference that is not in it is an error, and so is one that is not safe to manage,
    for the reason that the back end gives. Where the list names its entries otherwise than O(reference) does, the driver judges.
    When it refuses, the record that is left in error is removed again. One that a killed run has left so is released, as a step of its own,
    before this reference is adopted anew.
  - It reports no change when this reference was adopted already. That is told by the list, or by a note that this module leaves on the volume.
    The volume's own properties are not compared then. M(unified.storage.volume) keeps them.
  - With O(state=unmanaged), it reports no change when there is no such volume under management.
  - A volume is released only when it is V(available) and has no snapshots.
  - Needs microversion 3.8, and with O(cluster) 3.17.
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
      - V(managed) adopts what O(reference) means on O(host) or O(cluster). All of that is required.
      - V(unmanaged) releases the volume O(name), or the one that was adopted by O(reference).
    type: str
    choices: [managed, unmanaged]
    default: managed
  host:
    description:
      - The back end's pool that it is on, as C(host@backend#pool).
      - Either this or O(cluster) is required wherever O(reference) is given, be it here or in each entry of O(batch).
    type: str
  cluster:
    description: The cluster that it is on, as C(cluster@backend#pool), in place of O(host).
    type: str
  reference:
    description:
      - >-
        How the driver knows it, such as C({source-name: foreign-1}) or C({source-id: "1234"}). Which keys there are is up to the driver.
        M(unified.storage.manageable_volume_info) lists the references that there are.
      - Required with O(state=managed), be it here or in each entry of O(batch).
    type: dict
  name:
    description:
      - With O(state=managed), the name to give the new volume.
      - With O(state=unmanaged), the name or id of the volume to release.
    type: str
  description:
    description: The description to give the new volume.
    type: str
  metadata:
    description: The metadata to give the new volume. Values are kept as text, V(true) and V(false) in lower case, and null is refused.
    type: dict
  volume_type:
    description: The type to give the new volume, by name or id. It must fit the back end.
    type: str
  availability_zone:
    description: The availability zone to give the new volume.
    type: str
  bootable:
    description: Whether a server can boot from the new volume.
    type: bool
notes:
  - O(host) and O(cluster) exclude each other.
  - By Cinder's default policy, only an administrator may do any of this.
  - The note on an adopted volume is an entry of its metadata. No module of this collection shows it among them, or removes it.
  - >-
    With O(backend=host), O(host) is C(name@group#pool), with the host's own name, a volume group and, if need be, a thin pool, and O(reference) is
    C({source-name: <name>}) or C({source-id: <uuid>}) of a logical volume. It is given the name C(volume-<id>), as Cinder's LVM driver names them.
    One that has such a name already keeps it, and its id. It must not be open, so unmount it first. O(volume_type) must be the layout that it has.
    A volume that is released keeps its name and its content, so Cinder can adopt it then.
seealso:
  - module: unified.storage.manageable_volume_info
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
    - name: Adopt one
      unified.storage.manageable_volume:
        host: lab@alpha#alpha
        reference:
          source-name: foreign-1
        name: adopted-1
        volume_type: alpha
      register: adopted

    - name: Let it grow
      unified.storage.volume_action:
        volume: "{{ adopted.volume.id }}"
        action: extend
        new_size: "{{ adopted.volume.size + 1 }}"

    - name: Adopt more in one task
      unified.storage.manageable_volume:
        host: lab@alpha#alpha
        volume_type: alpha
        batch:
          - reference: {source-name: foreign-2}
            name: adopted-2
          - reference: {source-name: foreign-3}
            name: adopted-3
            metadata: {tier: gold}

    - name: Release one again, and keep what is in it
      unified.storage.manageable_volume:
        name: adopted-3
        state: unmanaged
"""

RETURN = r"""
---
volume:
  description: The volume as it is afterwards, or in check mode, as the plan makes it. V(null) when it was released.
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
from ansible_collections.unified.storage.plugins.module_utils._module.manageable import ManageableVolume

SPEC = Spec(
    {
        "state": {"type": "str", "default": "managed", "choices": ["managed", "unmanaged"]},
        "host": {"type": "str"},
        "cluster": {"type": "str"},
        "reference": {"type": "dict"},
        "name": {"type": "str"},
        "description": {"type": "str"},
        "metadata": {"type": "dict"},
        "volume_type": {"type": "str"},
        "availability_zone": {"type": "str"},
        "bootable": {"type": "bool"},
    },
    {
        "mutually_exclusive": [("host", "cluster")],
        "required_if": [
            ("state", "managed", ("reference",)),
            ("state", "managed", ("host", "cluster"), True),
            ("state", "unmanaged", ("name", "reference"), True),
        ],
    },
)


def main() -> None:
    run(SPEC, ManageableVolume())


if __name__ == "__main__":
    main()
