#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: volume_info
short_description: List block volumes
version_added: 1.0.0
description:
  - Lists volumes with everything that the service tells of them, all pages of them unless O(limit) is given.
  - It never changes anything. A list without a match is empty, and no failure.
author:
  - The unified.storage authors (@unified-storage)
extends_documentation_fragment:
  - unified.storage.connection
  - unified.storage.attributes
  - unified.storage.attributes.info
  - unified.storage.listing
options:
  name:
    description:
      - Those that bear this name, or the one that has this id. A name may match several, and a list of all is returned.
      - The other filters count as well. O(sort), O(limit), O(offset) and O(marker) do not.
    type: str
  status:
    description: Only those in this status.
    type: str
  metadata:
    description: Only those that have all of these metadata.
    type: dict
  bootable:
    description: Only those that are, or are not, bootable.
    type: bool
  all_projects:
    description: Whether to list the volumes of all projects. Cinder heeds that for administrators.
    type: bool
    default: false
  filters:
    description:
      - Further filters, handed to the service as they are. Which ones there are is up to its configuration.
      - Together with O(name), they are compared with the fields of the result instead, and one that is no field is not heeded.
    type: dict
notes:
  - By Cinder's default policy, every reader of a project may list its volumes.
  - With O(backend=host), the volumes are the logical volumes that this collection made or adopted, in whichever volume group.
    C(backend_details) has the device's path, and for a thin volume how full its pool is. There are no projects, and O(all_projects) is not heeded.
seealso:
  - module: unified.storage.volume
  - module: unified.storage.volume_action
  - module: unified.storage.manageable_volume_info
"""

EXAMPLES = r"""
---
- name: All volumes of the project
  unified.storage.volume_info:
    cloud: demo
  register: mine

- name: Say how much they hold
  ansible.builtin.debug:
    msg: "{{ mine.volumes | length }} volumes, {{ mine.volumes | map(attribute='size') | sum }} GiB"

- name: The ten newest that nobody uses, in all projects
  unified.storage.volume_info:
    cloud: admin
    all_projects: true
    status: available
    sort: created_at:desc
    limit: 10
  register: idle

- name: All of one back end, by a filter of the service
  unified.storage.volume_info:
    cloud: admin
    all_projects: true
    filters:
      host: lab@alpha#alpha

- name: One volume
  unified.storage.volume_info:
    cloud: admin
    name: db-data
  register: found

- name: Stop when it is not there
  ansible.builtin.assert:
    that: found.volumes | length == 1
"""

RETURN = r"""
---
volumes:
  description: The volumes, in the order of the service.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Its id.
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
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec, listing
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run_info
from ansible_collections.unified.storage.plugins.module_utils._module.info import Listed

SPEC = Spec(
    {
        "name": {"type": "str"},
        "status": {"type": "str"},
        "metadata": {"type": "dict"},
        "bootable": {"type": "bool"},
        "all_projects": {"type": "bool", "default": False},
        "filters": {"type": "dict"},
        **listing(),
    },
    info=True,
)


def main() -> None:
    run_info(SPEC, Listed("volume", "volumes", ("status", "bootable")))


if __name__ == "__main__":
    main()
