#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_availability_zone_info
short_description: List the availability zones of shares
version_added: 1.0.0
description:
  - Lists the availability zones that the Shared File Systems service knows.
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
    description: Only the one with this name or id.
    type: str
notes:
  - By Manila's default policy, this is open to every reader of a project.
seealso:
  - module: unified.storage.share
  - module: unified.storage.share_network_subnet
"""

EXAMPLES = r"""
---
- name: All availability zones
  unified.storage.share_availability_zone_info:
    cloud: demo
  register: found

- name: Say their names
  ansible.builtin.debug:
    msg: "{{ found.share_availability_zones | map(attribute='name') }}"
"""

RETURN = r"""
---
share_availability_zones:
  description: The availability zones, in the order of the service unless O(sort) is given.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Its id.
      type: str
      sample: a8fe3643-29df-4202-81e9-5b8235e11caf
    name:
      description: Its name.
      type: str
      sample: nova
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
        **listing(),
    },
    info=True,
)


def main() -> None:
    run_info(SPEC, Listed("share_availability_zone", "share_availability_zones"))


if __name__ == "__main__":
    main()
