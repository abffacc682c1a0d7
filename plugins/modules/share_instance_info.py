#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_instance_info
short_description: List instances of file shares
version_added: 1.0.0
description:
  - Lists what is behind shares, one instance for each replica, with everything that the service tells of them.
  - It never changes anything. A list without a match is empty, and no failure.
author:
  - The unified.storage authors (@unified-storage)
extends_documentation_fragment:
  - unified.storage.connection
  - unified.storage.attributes
  - unified.storage.attributes.info
  - unified.storage.listing
options:
  id:
    description: The one that has this id.
    type: str
  share:
    description: Only those of this share, by name or id. Of a share that does not exist there are none.
    type: str
  status:
    description: Only those in this status.
    type: str
  host:
    description: Only those on this host, as C(host@backend#pool).
    type: str
  share_server:
    description: Only those on this share server, by id.
    type: str
  export_location_path:
    description: Only those that are mounted from this path.
    type: str
  export_location_id:
    description: Only the one that has the export location with this id.
    type: str
  export_locations:
    description: Whether to ask for the export locations too, which takes one request for each instance.
    type: bool
    default: false
  all_projects:
    description: Whether to look for O(share) in all projects. Instances are listed of all projects in any case.
    type: bool
    default: false
notes:
  - By Manila's default policy, only an administrator may list instances.
  - Manila knows no O(marker) here. O(sort), O(limit) and O(offset) are done by this module.
seealso:
  - module: unified.storage.share_instance
  - module: unified.storage.share_info
"""

EXAMPLES = r"""
---
- name: What is behind one share, and where it is mounted from
  unified.storage.share_instance_info:
    cloud: admin
    share: web
    export_locations: true
  register: behind

- name: Say it
  ansible.builtin.debug:
    msg: "{{ behind.share_instances[0].host }} {{ behind.share_instances[0].export_locations[0].path }}"
"""

RETURN = r"""
---
share_instances:
  description: The instances.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Its id.
      type: str
      sample: 0c4e6d2a-6f5b-4f0c-9d53-1a7f28b0c9e3
    name:
      description: It has none.
      type: str
      sample: null
    share_id:
      description: The id of its share.
      type: str
      sample: 3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42
    status:
      description: Its status, in the words of the Shared File Systems API.
      type: str
      sample: available
    host:
      description: Where it is, as C(host@backend#pool).
      type: str
      sample: lab@gamma#pool
    availability_zone:
      description: Its availability zone.
      type: str
      sample: nova
    share_network_id:
      description: The id of its share network.
      type: str
      sample: null
    share_server_id:
      description: The id of its share server.
      type: str
      sample: null
    share_type_id:
      description: The id of its type.
      type: str
      sample: fdc1a70d-c598-4595-81ee-ac95ff035e08
    access_rules_status:
      description: Whether the access rules of its share are applied to it.
      type: str
      sample: active
    replica_state:
      description: How it stands to the other replicas.
      type: str
      sample: null
    created_at:
      description: When it was made, in UTC.
      type: str
      sample: "2026-11-20T09:30:00Z"
    export_locations:
      description: Where it is mounted from, the preferred place first, as dictionaries of V(path) and V(preferred). Only with O(export_locations).
      type: list
      elements: dict
      sample: [{path: "10.0.0.10:/share_1", preferred: true}]
    backend_details:
      description: What only this back end knows, under the names that it uses.
      type: dict
      sample: {progress: 100%}
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
      sample: {kind: share_instance, id: 0c4e6d2a-6f5b-4f0c-9d53-1a7f28b0c9e3, name: null}
    reason:
      description: The reason in the service's own words, V(null) where it gave none.
      type: str
      sample: status creating
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec, listing
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run_info
from ansible_collections.unified.storage.plugins.module_utils._module.share_instance import ShareInstanceList

SPEC = Spec(
    {
        "id": {"type": "str"},
        "share": {"type": "str"},
        "status": {"type": "str"},
        "host": {"type": "str"},
        "share_server": {"type": "str"},
        "export_location_path": {"type": "str"},
        "export_location_id": {"type": "str"},
        "export_locations": {"type": "bool", "default": False},
        "all_projects": {"type": "bool", "default": False},
        **listing(),
    },
    info=True,
)


def main() -> None:
    run_info(SPEC, ShareInstanceList())


if __name__ == "__main__":
    main()
