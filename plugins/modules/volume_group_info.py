#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: volume_group_info
short_description: List generic groups of block volumes
version_added: 1.0.0
description:
  - Lists generic volume groups with everything that the service tells of them, all pages of them unless O(limit) is given.
  - It never changes anything. A list without a match is empty, and no failure.
  - Needs microversion 3.13. The members of a group are listed from 3.25 on.
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
  all_projects:
    description: Whether to list the groups of all projects. Cinder heeds that for administrators.
    type: bool
    default: false
  filters:
    description:
      - Further filters, handed to the service as they are. Which ones there are is up to its configuration.
      - Together with O(name), they are compared with the fields of the result instead, and one that is no field is not heeded.
    type: dict
notes:
  - By Cinder's default policy, every reader of a project may list its groups.
seealso:
  - module: unified.storage.volume_group
  - module: unified.storage.volume_info
"""

EXAMPLES = r"""
---
- name: All groups of the project
  unified.storage.volume_group_info:
    cloud: admin
    sort: name:asc
  register: found

- name: Say how many volumes each has
  ansible.builtin.debug:
    msg: "{{ item.name }} has {{ item.volumes | length }}"
  loop: "{{ found.volume_groups }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
---
volume_groups:
  description: The groups, in the order of the service.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Its id.
      type: str
      sample: 4c9f1a52-64b0-4f6d-8d52-3f1f2cf3a0d7
    name:
      description: Its name.
      type: str
      sample: db
    description:
      description: Its description.
      type: str
      sample: all of the database
    status:
      description: Its status, in the words of the Block Storage API.
      type: str
      sample: available
    group_type:
      description: The id of its group type.
      type: str
      sample: 9d1f8a0e-25f5-4d5c-93a1-4d6a9c6f1b77
    volume_types:
      description: The ids of the volume types that its volumes can have.
      type: list
      elements: str
      sample: [0c2a2c0e-5c55-4a39-a5a9-3f1c0e1e2b6d]
    volumes:
      description: The ids of the volumes in it. Empty where the API is older than 3.25.
      type: list
      elements: str
      sample: [7f1c4a3e-3d0e-4b6a-9a38-5d1b6f0e2c11]
    availability_zone:
      description: Its availability zone.
      type: str
      sample: nova
    project_id:
      description: The id of its project. Only an administrator is told.
      type: str
      sample: 5c2e9d8b7a6f4e3d9c8b7a6f5e4d3c2b
    created_at:
      description: When it was made, in UTC.
      type: str
      sample: "2026-11-20T09:30:00Z"
    backend_details:
      description: What only this back end knows, under the names that it uses.
      type: dict
      sample: {replication_status: disabled}
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
        "all_projects": {"type": "bool", "default": False},
        "filters": {"type": "dict"},
        **listing(),
    },
    info=True,
)


def main() -> None:
    run_info(SPEC, Listed("volume_group", "volume_groups", ("status",)))


if __name__ == "__main__":
    main()
