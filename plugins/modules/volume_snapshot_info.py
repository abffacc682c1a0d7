#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: volume_snapshot_info
short_description: List snapshots of block volumes
version_added: 1.0.0
description:
  - Lists snapshots with everything that the service tells of them, all pages of them unless O(limit) is given.
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
  volume:
    description: Only those of this volume, by name or id. Of a volume that does not exist there are none.
    type: str
  status:
    description: Only those in this status.
    type: str
  metadata:
    description: Only those that have all of these metadata.
    type: dict
  all_projects:
    description: Whether to list the snapshots of all projects. Cinder heeds that for administrators.
    type: bool
    default: false
  filters:
    description:
      - Further filters, handed to the service as they are. Which ones there are is up to its configuration.
      - Together with O(name), they are compared with the fields of the result instead, and one that is no field is not heeded.
    type: dict
notes:
  - By Cinder's default policy, every reader of a project may list its snapshots.
seealso:
  - module: unified.storage.volume_snapshot
  - module: unified.storage.manageable_snapshot_info
"""

EXAMPLES = r"""
---
- name: The snapshots of one volume, the newest first
  unified.storage.volume_snapshot_info:
    cloud: admin
    volume: db-data
    sort: created_at:desc
  register: taken

- name: Delete all but the newest three, in one task
  vars:
    old: "{{ taken.volume_snapshots[3:] }}"
  unified.storage.volume_snapshot:
    cloud: admin
    state: absent
    batch: "{{ old | items2dict(key_name='id', value_name='volume_id') | dict2items(key_name='name', value_name='volume') }}"
"""

RETURN = r"""
---
volume_snapshots:
  description: The snapshots, in the order of the service.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Its id.
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
        "volume": {"type": "str"},
        "status": {"type": "str"},
        "metadata": {"type": "dict"},
        "all_projects": {"type": "bool", "default": False},
        "filters": {"type": "dict"},
        **listing(),
    },
    info=True,
)


def main() -> None:
    run_info(SPEC, Listed("volume_snapshot", "volume_snapshots", ("status",), {"volume": ("volume", "volume_id")}))


if __name__ == "__main__":
    main()
