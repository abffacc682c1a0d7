#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_info
short_description: List file shares
version_added: 1.0.0
description:
  - Lists shares with everything that the service tells of them, all pages of them unless O(limit) is given.
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
      - The other filters count as well. O(sort), O(limit), O(offset) and those filters that are no field of a share do not.
    type: str
  name_pattern:
    description: Only those whose name contains this text.
    type: str
  description_pattern:
    description: Only those whose description contains this text.
    type: str
  status:
    description: Only those in this status.
    type: str
  metadata:
    description: Only those that have all of these metadata.
    type: dict
  extra_specs:
    description: Only those whose type has all of these extra specifications.
    type: dict
  share_type:
    description: Only those of this type, by name or id. Of a type that does not exist there are none.
    type: str
  share_network:
    description: Only those in this share network, by name or id.
    type: str
  share_group:
    description: Only those in this share group, by name or id.
    type: str
  snapshot:
    description: Only those that were made from this snapshot, by name or id.
    type: str
  share_server:
    description: Only those on this share server, by id. Manila allows that to administrators.
    type: str
  host:
    description: Only those on this host, as C(host@backend#pool). Manila allows that to administrators.
    type: str
  project:
    description: Only those of the project with this id. It takes O(all_projects).
    type: str
  export_location_path:
    description: Only those that are mounted from this path.
    type: str
  export_location_id:
    description: Only the one that has the export location with this id.
    type: str
  is_public:
    description: Whether to list also what other projects have made visible to all.
    type: bool
    default: false
  soft_deleted:
    description: Whether to list what is in the recycle bin, and nothing else. It needs microversion 2.69.
    type: bool
    default: false
  export_locations:
    description: Whether to ask for the export locations too, which takes one request for each share.
    type: bool
    default: false
  all_projects:
    description: Whether to list the shares of all projects. Manila heeds that for administrators.
    type: bool
    default: false
  filters:
    description:
      - Further filters, handed to the service as they are.
      - Together with O(name), they are compared with the fields of the result instead, and one that is no field is not heeded.
    type: dict
notes:
  - By Manila's default policy, every reader of a project may list its shares.
  - Manila sorts by one key, and knows no O(marker).
seealso:
  - module: unified.storage.share
"""

EXAMPLES = r"""
---
- name: The shares of all projects, the biggest first
  unified.storage.share_info:
    cloud: admin
    all_projects: true
    sort: size:desc
  register: everything

- name: Where one is mounted from
  unified.storage.share_info:
    cloud: admin
    name: web
    export_locations: true
  register: web

- name: Say it
  ansible.builtin.debug:
    msg: "{{ web.shares[0].export_locations[0].path }}"

- name: Those of one tier whose names contain a word
  unified.storage.share_info:
    cloud: admin
    name_pattern: home
    metadata:
      tier: gold
"""

RETURN = r"""
---
shares:
  description: The shares, in the order of the service.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Its id.
      type: str
      sample: 3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42
    name:
      description: Its name.
      type: str
      sample: web
    description:
      description: Its description.
      type: str
      sample: pages of the web servers
    size:
      description: Its size in GiB.
      type: int
      sample: 10
    status:
      description: Its status, in the words of the Shared File Systems API.
      type: str
      sample: available
    share_protocol:
      description: Its protocol, in upper case.
      type: str
      sample: NFS
    share_type:
      description: The name of its type.
      type: str
      sample: default
    share_type_id:
      description: The id of its type.
      type: str
      sample: fdc1a70d-c598-4595-81ee-ac95ff035e08
    is_public:
      description: Whether other projects see it.
      type: bool
      sample: false
    availability_zone:
      description: Its availability zone.
      type: str
      sample: nova
    host:
      description: Where it is, as C(host@backend#pool). Only an administrator is told, others get V(null).
      type: str
      sample: lab@gamma#pool
    share_network_id:
      description: The id of its share network.
      type: str
      sample: null
    share_server_id:
      description: The id of its share server. Only an administrator is told.
      type: str
      sample: null
    share_group_id:
      description: The id of the share group that it is in.
      type: str
      sample: null
    snapshot_id:
      description: The id of the snapshot that it was made from.
      type: str
      sample: null
    metadata:
      description: Its metadata, without what this collection notes for itself.
      type: dict
      sample: {tier: gold}
    access_rules_status:
      description: Whether its access rules are applied.
      type: str
      sample: active
    snapshot_support:
      description: Whether it can have snapshots.
      type: bool
      sample: true
    revert_to_snapshot_support:
      description: Whether it can be reverted to a snapshot.
      type: bool
      sample: true
    mount_snapshot_support:
      description: Whether its snapshots can be mounted.
      type: bool
      sample: true
    has_replicas:
      description: Whether it has replicas.
      type: bool
      sample: false
    is_soft_deleted:
      description: Whether it is in the recycle bin.
      type: bool
      sample: false
    scheduled_to_be_deleted_at:
      description: When it will be deleted from the recycle bin, in UTC.
      type: str
      sample: null
    export_locations:
      description: Where it is mounted from, the preferred place first, as dictionaries of V(path) and V(preferred). V(null) unless O(export_locations) is set.
      type: list
      elements: dict
      sample: [{path: "10.0.0.10:/share_1", preferred: true}, {path: "10.0.0.20:/share_1", preferred: false}]
    project_id:
      description: The id of its project.
      type: str
      sample: 5c2e9d8b7a6f4e3d9c8b7a6f5e4d3c2b
    created_at:
      description: When it was made, in UTC.
      type: str
      sample: "2026-11-20T09:30:00Z"
    once:
      description: The actions that were done on it with a word (O(unified.storage.share_action#module:once)), and the last word of each.
      type: dict
      sample: {revert: before-upgrade-7}
    managed_from:
      description: The host and the export path that it was adopted from, by M(unified.storage.manageable_share). V(null) for others.
      type: str
      sample: 'lab@gamma#pool {"export_path":"10.0.0.10:/share_1"}'
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
      sample: {kind: share, id: 3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42, name: web}
    reason:
      description: The reason in the service's own words, V(null) where it gave none.
      type: str
      sample: status creating
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec, listing
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run_info
from ansible_collections.unified.storage.plugins.module_utils._module.share_info import ShareList

SPEC = Spec(
    {
        "name": {"type": "str"},
        "name_pattern": {"type": "str"},
        "description_pattern": {"type": "str"},
        "status": {"type": "str"},
        "metadata": {"type": "dict"},
        "extra_specs": {"type": "dict"},
        "share_type": {"type": "str"},
        "share_network": {"type": "str"},
        "share_group": {"type": "str"},
        "snapshot": {"type": "str"},
        "share_server": {"type": "str"},
        "host": {"type": "str"},
        "project": {"type": "str"},
        "export_location_path": {"type": "str"},
        "export_location_id": {"type": "str"},
        "is_public": {"type": "bool", "default": False},
        "soft_deleted": {"type": "bool", "default": False},
        "export_locations": {"type": "bool", "default": False},
        "all_projects": {"type": "bool", "default": False},
        "filters": {"type": "dict"},
        **listing(),
    },
    info=True,
)


def main() -> None:
    run_info(SPEC, ShareList())


if __name__ == "__main__":
    main()
