#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_snapshot_info
short_description: List snapshots of file shares
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
      - The other filters count as well. O(sort), O(limit), O(offset) and the patterns do not.
    type: str
  name_pattern:
    description: Only those whose name contains this text.
    type: str
  description_pattern:
    description: Only those whose description contains this text.
    type: str
  share:
    description: Only those of this share, by name or id. Of a share that does not exist there are none.
    type: str
  status:
    description: Only those in this status.
    type: str
  metadata:
    description: Only those that have all of these metadata. It needs microversion 2.73.
    type: dict
  project:
    description: Only those of the project with this id. It takes O(all_projects).
    type: str
  all_projects:
    description: Whether to list those of all projects. Manila heeds that for administrators.
    type: bool
    default: false
  filters:
    description:
      - Further filters, handed to the service as they are.
      - Together with O(name), they are compared with the fields of the result instead, and one that is no field is not heeded.
    type: dict
notes:
  - By Manila's default policy, every reader of a project may list its snapshots.
  - Manila sorts by one key, and knows no O(marker).
seealso:
  - module: unified.storage.share_snapshot
  - module: unified.storage.share_snapshot_instance_info
"""

EXAMPLES = r"""
---
- name: The snapshots of one share, the newest first
  unified.storage.share_snapshot_info:
    cloud: admin
    share: web
    sort: created_at:desc
  register: taken

- name: Delete all but the newest three, in one task
  vars:
    old: "{{ taken.share_snapshots[3:] }}"
  unified.storage.share_snapshot:
    cloud: admin
    state: absent
    batch: "{{ old | items2dict(key_name='id', value_name='share_id') | dict2items(key_name='name', value_name='share') }}"
"""

RETURN = r"""
---
share_snapshots:
  description: The snapshots, in the order of the service.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Its id.
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
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec, listing
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run_info
from ansible_collections.unified.storage.plugins.module_utils._module.info import Listed

SPEC = Spec(
    {
        "name": {"type": "str"},
        "name_pattern": {"type": "str"},
        "description_pattern": {"type": "str"},
        "share": {"type": "str"},
        "status": {"type": "str"},
        "metadata": {"type": "dict"},
        "project": {"type": "str"},
        "all_projects": {"type": "bool", "default": False},
        "filters": {"type": "dict"},
        **listing(),
    },
    info=True,
)
FILTERS = {
    "name_pattern": "name~",
    "description_pattern": "description~",
    "status": "status",
    "project": "project_id",
}


def main() -> None:
    run_info(SPEC, Listed("share_snapshot", "share_snapshots", FILTERS, {"share": ("share", "share_id")}))


if __name__ == "__main__":
    main()
