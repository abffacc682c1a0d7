#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_snapshot_instance_info
short_description: List instances of share snapshots
version_added: 1.0.0
description:
  - Lists what is behind snapshots, one instance for each replica of a share, with everything that the service tells of them.
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
  snapshot:
    description: Only those of this snapshot, by name or id. Of a snapshot that does not exist there are none.
    type: str
  status:
    description: Only those in this status.
    type: str
  all_projects:
    description: Whether to look for O(snapshot) in all projects. Instances are listed of all projects in any case.
    type: bool
    default: false
notes:
  - By Manila's default policy, only an administrator may list instances.
  - Manila knows no O(marker) here. O(sort), O(limit) and O(offset) are done by this module.
seealso:
  - module: unified.storage.share_snapshot_info
  - module: unified.storage.share_instance_info
"""

EXAMPLES = r"""
---
- name: What is behind one snapshot
  unified.storage.share_snapshot_instance_info:
    cloud: admin
    snapshot: before-upgrade
  register: behind

- name: Say where it is
  ansible.builtin.debug:
    msg: "{{ behind.share_snapshot_instances | map(attribute='provider_location') | list }}"
"""

RETURN = r"""
---
share_snapshot_instances:
  description: The instances.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Its id.
      type: str
      sample: b6b1f9d4-3a0e-4a3b-8d8e-6a3c1f4f7d21
    name:
      description: It has none.
      type: str
      sample: null
    snapshot_id:
      description: The id of its snapshot.
      type: str
      sample: 8c1d7e52-94b4-4c0e-9d55-27ab3d0f6f10
    share_id:
      description: The id of the share.
      type: str
      sample: 3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42
    share_instance_id:
      description: The id of the instance of the share.
      type: str
      sample: 0c4e6d2a-6f5b-4f0c-9d53-1a7f28b0c9e3
    status:
      description: Its status, in the words of the Shared File Systems API.
      type: str
      sample: available
    progress:
      description: How far it is.
      type: str
      sample: 100%
    provider_location:
      description: What the driver knows it by.
      type: str
      sample: /snapshots/1
    created_at:
      description: When it was made, in UTC.
      type: str
      sample: "2026-11-20T09:30:00Z"
    updated_at:
      description: When its record was last changed, in UTC.
      type: str
      sample: "2026-11-20T09:30:02Z"
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
      sample: {kind: share_snapshot_instance, id: b6b1f9d4-3a0e-4a3b-8d8e-6a3c1f4f7d21, name: null}
    reason:
      description: The reason in the service's own words, V(null) where it gave none.
      type: str
      sample: status creating
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec, listing
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run_info
from ansible_collections.unified.storage.plugins.module_utils._module.share_instance import SnapshotInstanceList

SPEC = Spec(
    {
        "id": {"type": "str"},
        "snapshot": {"type": "str"},
        "status": {"type": "str"},
        "all_projects": {"type": "bool", "default": False},
        **listing(),
    },
    info=True,
)


def main() -> None:
    run_info(SPEC, SnapshotInstanceList())


if __name__ == "__main__":
    main()
