#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_pool_info
short_description: List the storage pools of shares
version_added: 1.0.0
description:
  - Lists the pools that shares are made in, with what the scheduler knows of their capacity and capabilities.
  - It never changes anything. A list without a match is empty, and no failure.
author:
  - The unified.storage authors (@unified-storage)
extends_documentation_fragment:
  - unified.storage.connection
  - unified.storage.attributes
  - unified.storage.attributes.info
  - unified.storage.listing
options:
  pool:
    description: Only pools of this name. It is a regular expression that the beginning of the name must match.
    type: str
  host:
    description: Only pools of this host, likewise.
    type: str
  pool_backend:
    description: Only pools of this back end, likewise.
    type: str
  share_type:
    description: Only pools that suit this share type, by name or id.
    type: str
  capabilities:
    description: Only pools that have all of these capabilities, by their names and values in the result.
    type: dict
notes:
  - By Manila's default policy, this needs an administrator.
seealso:
  - module: unified.storage.share
  - module: unified.storage.share_limits_info
"""

EXAMPLES = r"""
---
- name: All pools
  unified.storage.share_pool_info:
    cloud: admin
  register: found

- name: The emptiest one for a share type
  unified.storage.share_pool_info:
    cloud: admin
    share_type: default
    capabilities:
      snapshot_support: true
    sort: free_capacity:desc
    limit: 1
"""

RETURN = r"""
---
share_pools:
  description: The pools, in the order of the service unless O(sort) is given.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: The pool, as host, back end and pool. The same as the name.
      type: str
      sample: lab@gamma#pool
    name:
      description: The pool, as other modules take it for O(ignore:host).
      type: str
      sample: lab@gamma#pool
    host:
      description: The host of the share service.
      type: str
      sample: lab
    backend:
      description: The back end.
      type: str
      sample: gamma
    pool:
      description: The pool of the back end.
      type: str
      sample: pool
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
      description: What is promised to all shares, in GiB.
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
      description: Whether shares take room as they are filled.
      type: bool
      sample: false
    driver_handles_share_servers:
      description: Whether the driver makes share servers, so that shares need a share network.
      type: bool
      sample: false
    capabilities:
      description: What else the driver says of the pool.
      type: dict
      sample: {snapshot_support: true}
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
from ansible_collections.unified.storage.plugins.module_utils._module.share_lists import Pools

SPEC = Spec(
    {
        "pool": {"type": "str"},
        "host": {"type": "str"},
        "pool_backend": {"type": "str"},
        "share_type": {"type": "str"},
        "capabilities": {"type": "dict"},
        **listing(),
    },
    info=True,
)

FILTERS = {"pool": "pool", "host": "host", "pool_backend": "backend", "share_type": "share_type"}


def main() -> None:
    run_info(SPEC, Pools("share_pool", "share_pools", FILTERS))


if __name__ == "__main__":
    main()
