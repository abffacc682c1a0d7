#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_network_info
short_description: List share networks
version_added: 1.0.0
description:
  - Lists share networks and their subnets with everything that the service tells of them, all pages of them unless O(limit) is given.
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
  name_pattern:
    description: Only those whose name has this in it.
    type: str
  description_pattern:
    description: Only those whose description has this in it.
    type: str
  project:
    description: Only those of the project with this id. Manila heeds that for administrators.
    type: str
  neutron_net_id:
    description: Only those with a subnet in this network of Neutron.
    type: str
  neutron_subnet_id:
    description: Only those with this subnet of Neutron.
    type: str
  created_since:
    description: Only those that were made on this day or later, as V(2026-11-20).
    type: str
  created_before:
    description: Only those that were made before this day, as V(2026-11-20).
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
  - By Manila's default policy, every reader of a project may list its share networks.
seealso:
  - module: unified.storage.share_network
  - module: unified.storage.share_network_subnet_info
"""

EXAMPLES = r"""
---
- name: All share networks of the project
  unified.storage.share_network_info:
    cloud: admin
  register: mine

- name: Those of one project
  unified.storage.share_network_info:
    cloud: admin
    project: 5c2e9d8b7a6f4e3d9c8b7a6f5e4d3c2b
"""

RETURN = r"""
---
share_networks:
  description: The share networks, in the order of the service.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Its id.
      type: str
      sample: b0d1e2f3-4a5b-4c6d-8e7f-0a1b2c3d4e5f
    name:
      description: Its name.
      type: str
      sample: storage
    description:
      description: Its description.
      type: str
      sample: for the file servers
    status:
      description: Its status, in the words of the Shared File Systems API.
      type: str
      sample: active
    share_network_subnets:
      description: Its subnets, as M(unified.storage.share_network_subnet_info) returns them.
      type: list
      elements: dict
      sample: []
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
      sample: null
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
      sample: not_found
    status:
      description: The HTTP status of the answer, V(null) where there was none.
      type: int
      sample: 404
    request_id:
      description: The id of the request, for those who run the service.
      type: str
      sample: req-2a1c7d1e-6a0b-4d52-8a1e-1f0d2a9b3c4d
    resource:
      description: What it is about, as far as it is known, by V(kind), V(id) and V(name).
      type: dict
      sample: {kind: share, name: nosuch}
    reason:
      description: The reason in the service's own words, V(null) where it gave none.
      type: str
      sample: null
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec, listing
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run_info
from ansible_collections.unified.storage.plugins.module_utils._module.info import Listed

SPEC = Spec(
    {
        "name": {"type": "str"},
        "name_pattern": {"type": "str"},
        "description_pattern": {"type": "str"},
        "project": {"type": "str"},
        "neutron_net_id": {"type": "str"},
        "neutron_subnet_id": {"type": "str"},
        "created_since": {"type": "str"},
        "created_before": {"type": "str"},
        "all_projects": {"type": "bool", "default": False},
        "filters": {"type": "dict"},
        **listing(),
    },
    info=True,
)

FILTERS = {
    "name_pattern": "name~",
    "description_pattern": "description~",
    "project": "project_id",
    **{name: name for name in ("neutron_net_id", "neutron_subnet_id", "created_since", "created_before")},
}


def main() -> None:
    run_info(SPEC, Listed("share_network", "share_networks", FILTERS))


if __name__ == "__main__":
    main()
