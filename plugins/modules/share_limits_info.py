#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_limits_info
short_description: Show the limits of shares and what is used of them
version_added: 1.0.0
description:
  - Shows the absolute limits of the project for shares, snapshots, share networks and the like, and how much of each is used.
  - It never changes anything.
author:
  - The unified.storage authors (@unified-storage)
extends_documentation_fragment:
  - unified.storage.connection
  - unified.storage.attributes
  - unified.storage.attributes.info
notes:
  - By Manila's default policy, this is open to every reader of a project.
seealso:
  - module: unified.storage.share_pool_info
  - module: unified.storage.share_info
"""

EXAMPLES = r"""
---
- name: The limits
  unified.storage.share_limits_info:
    cloud: demo
  register: found

- name: Stop before the room runs out
  vars:
    room: "{{ found.share_limits | selectattr('name', 'eq', 'share_gigabytes') | first }}"
  ansible.builtin.assert:
    that: room.limit == -1 or room.limit - room.used >= 100
"""

RETURN = r"""
---
share_limits:
  description: The limits, by name.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: What is limited. The same as the name.
      type: str
      sample: share_gigabytes
    name:
      description: What is limited, such as V(shares), V(share_gigabytes), V(share_snapshots), V(share_networks) or V(share_groups).
      type: str
      sample: share_gigabytes
    limit:
      description: The most there may be. V(-1) for no limit.
      type: int
      sample: 1000
    used:
      description: How much of that is used.
      type: int
      sample: 10
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

SPEC = Spec({}, info=True)


def main() -> None:
    run_info(SPEC, Listed("share_limit", "share_limits"))


if __name__ == "__main__":
    main()
