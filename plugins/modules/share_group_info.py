#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_group_info
short_description: List groups of file shares
version_added: 1.0.0
description:
  - Lists share groups with everything that the service tells of them, all pages of them unless O(limit) is given.
  - It never changes anything. A list without a match is empty, and no failure.
  - It needs microversion 2.55.
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
  description:
    description: Only those with exactly this description.
    type: str
  status:
    description: Only those in this status.
    type: str
  share_group_type:
    description: Only those of this group type, by name or id.
    type: str
  share_types:
    description: Only those whose shares may have all of these types, by name or id.
    type: list
    elements: str
  share_network:
    description: Only those in this share network, by name or id.
    type: str
  source_share_group_snapshot:
    description: Only those that were made from this group snapshot, by name or id.
    type: str
  share_server:
    description: Only those on this share server, by id.
    type: str
  host:
    description: Only those on this host, as C(host@backend#pool). Manila allows that to administrators.
    type: str
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
  - By Manila's default policy, every reader of a project may list its groups.
  - Manila sorts by one key, and knows no O(marker).
seealso:
  - module: unified.storage.share_group
  - module: unified.storage.share_info
"""

EXAMPLES = r"""
---
- name: All groups, by name
  unified.storage.share_group_info:
    cloud: admin
    all_projects: true
    sort: name:asc
  register: groups

- name: The shares in one of them
  unified.storage.share_info:
    cloud: admin
    share_group: homes
"""

RETURN = r"""
---
share_groups:
  description: The groups, in the order of the service.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Its id.
      type: str
      sample: 2b7a9c64-5e0d-4d3f-a1c8-9f6b0e3d7a52
    name:
      description: Its name.
      type: str
      sample: homes
    description:
      description: Its description.
      type: str
      sample: the homes of one team
    status:
      description: Its status, in the words of the Shared File Systems API.
      type: str
      sample: available
    share_group_type_id:
      description: The id of its group type.
      type: str
      sample: 3e8bfc4a-2881-4ab4-a80d-4dfabf7312f9
    share_types:
      description: The ids of the share types that its shares may have.
      type: list
      elements: str
      sample: [fdc1a70d-c598-4595-81ee-ac95ff035e08]
    share_network_id:
      description: The id of its share network.
      type: str
      sample: null
    share_server_id:
      description: The id of its share server. Only an administrator is told.
      type: str
      sample: null
    availability_zone:
      description: Its availability zone.
      type: str
      sample: nova
    host:
      description: Where it is, as C(host@backend#pool). Only an administrator is told.
      type: str
      sample: lab@gamma#pool
    source_share_group_snapshot_id:
      description: The id of the group snapshot that it was made from.
      type: str
      sample: null
    consistent_snapshot_support:
      description: How far snapshots of all its shares are of one moment.
      type: str
      sample: pool
    project_id:
      description: The id of its project.
      type: str
      sample: 5c2e9d8b7a6f4e3d9c8b7a6f5e4d3c2b
    created_at:
      description: When it was made, in UTC.
      type: str
      sample: "2026-11-20T09:30:00Z"
    backend_details:
      description: What only this back end knows, under the names that it uses.
      type: dict
      sample: {}
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
      sample: {kind: share_group, id: 2b7a9c64-5e0d-4d3f-a1c8-9f6b0e3d7a52, name: homes}
    reason:
      description: The reason in the service's own words, V(null) where it gave none.
      type: str
      sample: status creating
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec, listing
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run_info
from ansible_collections.unified.storage.plugins.module_utils._module.share_group import ShareGroupList

SPEC = Spec(
    {
        "name": {"type": "str"},
        "name_pattern": {"type": "str"},
        "description_pattern": {"type": "str"},
        "description": {"type": "str"},
        "status": {"type": "str"},
        "share_group_type": {"type": "str"},
        "share_types": {"type": "list", "elements": "str"},
        "share_network": {"type": "str"},
        "source_share_group_snapshot": {"type": "str"},
        "share_server": {"type": "str"},
        "host": {"type": "str"},
        "project": {"type": "str"},
        "all_projects": {"type": "bool", "default": False},
        "filters": {"type": "dict"},
        **listing(),
    },
    info=True,
)


def main() -> None:
    run_info(SPEC, ShareGroupList())


if __name__ == "__main__":
    main()
