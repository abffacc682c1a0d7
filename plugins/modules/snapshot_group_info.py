#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: snapshot_group_info
short_description: List snapshot groups, of a virtual machine, a volume group, a share group, a set of volumes or all
version_added: 1.0.0
description:
  - Lists the snapshot groups of one source, or all that this login can see, with their members, the newest first.
  - It never changes anything. A list without a match is empty, and no failure.
author:
  - The unified.storage authors (@unified-storage)
extends_documentation_fragment:
  - unified.storage.connection
  - unified.storage.attributes
  - unified.storage.attributes.info
options:
  name:
    description: Only those that bear this name, or the one that has this id. A name may match several, and all are returned.
    type: str
  name_prefix:
    description: Only those whose names begin with this.
    type: str
  root_volume:
    description:
      - The root volume of a virtual machine on ZStack, by name or id. The groups are of all volumes that are attached to the machine.
      - For O(backend=zstack).
    type: str
  volume_group:
    description: A generic volume group of Cinder, by name or id. For O(backend=openstack).
    type: str
  share_group:
    description: A share group of Manila, by name or id. For O(backend=openstack).
    type: str
  volumes:
    description: A set of volumes, by names or ids, in any order. The groups are of exactly these. For O(backend=host).
    type: list
    elements: str
  all_projects:
    description: List the groups of all projects, which takes an administrator. For O(backend=openstack), where no source is given.
    type: bool
    default: false
notes:
  - Without O(root_volume), O(volume_group), O(share_group) and O(volumes), the groups of all sources are listed, in one or two requests
    for each kind that the back end has. What does not exist has no groups.
seealso:
  - module: unified.storage.snapshot_group
"""

EXAMPLES = r"""
---
- name: The groups of a machine on ZStack
  unified.storage.snapshot_group_info:
    backend: zstack
    root_volume: ROOT-for-web
  register: taken

- name: The name of the newest
  ansible.builtin.debug:
    msg: "{{ taken.snapshot_groups[0].name }}"

- name: The nightly ones of a volume group of Cinder
  unified.storage.snapshot_group_info:
    cloud: mycloud
    volume_group: ledgers
    name_prefix: nightly-

- name: All that there are, of volume groups and of share groups
  unified.storage.snapshot_group_info:
    cloud: mycloud
"""

RETURN = r"""
---
snapshot_groups:
  description: The groups, the newest first.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Its id.
      type: str
      sample: 0167d36d35315fcb93b8b147fac94aa0
    name:
      description: Its name.
      type: str
      sample: nightly-7
    description:
      description: Its description.
      type: str
      sample: before the upgrade
    status:
      description:
        - Its status, V(available) when all is well.
        - ZStack keeps no status of a group. There it is what this task has under way, or else what the statuses of the snapshots say.
      type: str
      sample: available
    created_at:
      description:
        - When it was made, in UTC.
        - ZStack tells times without a zone. The zone is told from the login, and V(null) is returned where that is not possible.
      type: str
      sample: "2026-11-20T09:30:00Z"
    source:
      description: What it is of. V(kind) is V(root_volume), V(volume_group), V(share_group) or V(volumes).
      type: dict
      sample: {kind: root_volume, id: 112e969a39144844abb27100ecacbb67, name: ROOT-for-web}
    members:
      description: Its snapshots.
      type: list
      elements: dict
      contains:
        snapshot_id:
          description: The id of the snapshot.
          type: str
          sample: 16b085f89e3446a6b3dabe66612b004e
        name:
          description: Its name.
          type: str
          sample: nightly-7-ROOT-for-web
        volume_id:
          description: The id of the volume that it is of, V(null) for a share's.
          type: str
          sample: 112e969a39144844abb27100ecacbb67
        share_id:
          description: The id of the share that it is of, V(null) for a volume's.
          type: str
          sample: null
        size:
          description: Its size in GiB, rounded up. That is the size of its volume or share then, and on ZStack what the snapshot itself takes.
          type: int
          sample: 10
        status:
          description: Its status.
          type: str
          sample: available
        deleted:
          description: Whether it has been deleted by itself. Then the group is not whole any more.
          type: bool
          sample: false
    dependents:
      description: The ids of later groups whose snapshots build on those of this one. On ZStack they can go when it is deleted.
      type: list
      elements: str
      sample: []
    once:
      description: The words with which a verb was done, by verb.
      type: dict
      sample: {revert: [release-7]}
    backend_details:
      description: What only this back end knows, under the names that it uses.
      type: dict
      sample: {vmInstanceUuid: b6025b0e5d314c2e8081e1ac11d6fffb, snapshotCount: 2}
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
      sample: {kind: snapshot_group, id: 0167d36d35315fcb93b8b147fac94aa0, name: nightly-7}
    reason:
      description: The reason in the service's own words, V(null) where it gave none.
      type: str
      sample: "virtual machine web is Running: stop it first"
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run_info
from ansible_collections.unified.storage.plugins.module_utils._module.snapshot_group import OPTIONS, Groups

SPEC = Spec(
    {
        "name": {"type": "str"},
        "name_prefix": {"type": "str"},
        "root_volume": {"type": "str"},
        "volume_group": {"type": "str"},
        "share_group": {"type": "str"},
        "volumes": {"type": "list", "elements": "str"},
        "all_projects": {"type": "bool", "default": False},
    },
    {"mutually_exclusive": [OPTIONS]},
    info=True,
)


def main() -> None:
    run_info(SPEC, Groups())


if __name__ == "__main__":
    main()
