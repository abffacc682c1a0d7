#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: volume_pool_info
short_description: List the storage pools of volumes
version_added: 1.0.0
description:
  - Lists the pools that volumes are made in, with what the scheduler knows of their capacity and capabilities.
  - On a host, these are the volume groups, their thin pools, and their physical volumes.
  - It never changes anything. A list without a match is empty, and no failure.
author:
  - The unified.storage authors (@unified-storage)
extends_documentation_fragment:
  - unified.storage.connection
  - unified.storage.attributes
  - unified.storage.attributes.info
options:
  name:
    description: Only the pool of this name, as C(host@backend#pool).
    type: str
notes:
  - By Cinder's default policy, this needs an administrator.
seealso:
  - module: unified.storage.volume
  - module: unified.storage.share_pool_info
"""

EXAMPLES = r"""
---
- name: All pools
  unified.storage.volume_pool_info:
    cloud: admin
  register: found

- name: Those that are nearly full
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.free_capacity }} GiB are free"
  loop: "{{ found.volume_pools | rejectattr('free_capacity', 'none') | selectattr('free_capacity', 'lt', 100) }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
---
volume_pools:
  description: The pools, in the order of the service.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: The pool, as host, back end and pool. The same as the name.
      type: str
      sample: lab@alpha#alpha
    name:
      description: The pool, as other modules take it for O(ignore:host).
      type: str
      sample: lab@alpha#alpha
    host:
      description: The host of the volume service.
      type: str
      sample: lab
    backend:
      description: The back end.
      type: str
      sample: alpha
    pool:
      description: The pool of the back end.
      type: str
      sample: alpha
    total_capacity:
      description: The capacity in GiB. V(null) where it is unknown or without end.
      type: float
      sample: 1230.0
    free_capacity:
      description: What is free of it, in GiB.
      type: float
      sample: 1210.0
    allocated_capacity:
      description: What the service has given out, in GiB.
      type: float
      sample: 20.0
    provisioned_capacity:
      description: What is promised to all volumes, in GiB.
      type: float
      sample: 20.0
    reserved_percentage:
      description: What the service leaves free, in per cent.
      type: float
      sample: 0
    max_over_subscription_ratio:
      description: How many times its capacity the pool may promise.
      type: float
      sample: 20.0
    thin_provisioning:
      description: Whether volumes take room as they are filled.
      type: bool
      sample: true
    capabilities:
      description:
        - What else the driver says of the pool.
        - On a host, C(other_logical_volumes) are the names of what is there besides volumes under management, such as shares,
          snapshots, thin pools, and what nobody manages.
      type: dict
      sample: {storage_protocol: iSCSI}
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

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run_info
from ansible_collections.unified.storage.plugins.module_utils._module.info import Listed

SPEC = Spec({"name": {"type": "str"}}, info=True)


def main() -> None:
    run_info(SPEC, Listed("volume_pool", "volume_pools"))


if __name__ == "__main__":
    main()
