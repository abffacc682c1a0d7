#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: resource_lock_info
short_description: List locks of shares and access rules
version_added: 1.0.0
description:
  - Lists locks with everything that the service tells of them, all pages of them unless O(limit) is given.
  - It never changes anything. A list without a match is empty, and no failure.
  - It needs microversion 2.81 of the API. An older one knows no locks, so there are none.
author:
  - The unified.storage authors (@unified-storage)
extends_documentation_fragment:
  - unified.storage.connection
  - unified.storage.attributes
  - unified.storage.attributes.info
  - unified.storage.listing
options:
  id:
    description:
      - Only the lock with this id.
      - The other filters count as well. O(sort), O(limit), O(offset) and O(marker) do not.
    type: str
  resource:
    description: Only those of this share, by name or id, or with O(resource_type=access_rule), of this access rule, by id.
    type: str
  resource_type:
    description: Only those of this type of resource. Without it, O(resource) is a share.
    type: str
    choices: [share, access_rule]
  resource_action:
    description: Only those that prevent this.
    type: str
    choices: [delete, show]
  lock_reason:
    description: Only those with exactly this reason.
    type: str
  lock_reason_pattern:
    description: Only those whose reason has this in it.
    type: str
  lock_context:
    description: Only those that were made as this.
    type: str
    choices: [user, admin, service]
  user:
    description: Only those of the user with this id.
    type: str
  project:
    description: Only those of the project with this id. Manila heeds that for administrators.
    type: str
  created_since:
    description: Only those that were made at this time or later, as V(2026-11-20) or in full ISO 8601.
    type: str
  created_before:
    description: Only those that were made at this time or before, as V(2026-11-20) or in full ISO 8601.
    type: str
  all_projects:
    description: Whether to list those of all projects. Manila heeds that for administrators.
    type: bool
    default: false
notes:
  - By Manila's default policy, every reader of a project may list its locks. O(all_projects) needs an administrator.
seealso:
  - module: unified.storage.resource_lock
  - module: unified.storage.share_access_rule_info
"""

EXAMPLES = r"""
---
- name: What is locked in all projects
  unified.storage.resource_lock_info:
    cloud: admin
    all_projects: true
  register: found

- name: Why this share cannot be deleted
  unified.storage.resource_lock_info:
    cloud: admin
    resource: payroll
    resource_action: delete
"""

RETURN = r"""
---
resource_locks:
  description: The locks, in the order of the service.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Its id.
      type: str
      sample: 5d0f1b0e-6b3a-4a55-9a8a-0f6a2f3c7b21
    resource_id:
      description: The id of what is locked.
      type: str
      sample: 3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42
    resource_type:
      description: What is locked, V(share) or V(access_rule).
      type: str
      sample: share
    resource_action:
      description: What is prevented, V(delete) or V(show).
      type: str
      sample: delete
    lock_reason:
      description: Why it was locked.
      type: str
      sample: payroll of this year
    lock_context:
      description: As whom it was locked, V(user), V(admin) or V(service).
      type: str
      sample: user
    user_id:
      description: The id of the user who has locked it.
      type: str
      sample: 8a6c4e2f1b9d4c7e8f0a1b2c3d4e5f60
    project_id:
      description: The id of the project in which it was locked.
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
from ansible_collections.unified.storage.plugins.module_utils._module.share_lists import Locks

SPEC = Spec(
    {
        "id": {"type": "str"},
        "resource": {"type": "str"},
        "resource_type": {"type": "str", "choices": ["share", "access_rule"]},
        "resource_action": {"type": "str", "choices": ["delete", "show"]},
        "lock_reason": {"type": "str"},
        "lock_reason_pattern": {"type": "str"},
        "lock_context": {"type": "str", "choices": ["user", "admin", "service"]},
        "user": {"type": "str"},
        "project": {"type": "str"},
        "created_since": {"type": "str"},
        "created_before": {"type": "str"},
        "all_projects": {"type": "bool", "default": False},
        **listing(),
    },
    info=True,
)

FILTERS = {
    **{name: name for name in ("resource_type", "resource_action", "lock_reason", "lock_context")},
    **{name: name for name in ("created_since", "created_before")},
    "lock_reason_pattern": "lock_reason~",
    "user": "user_id",
    "project": "project_id",
}


def main() -> None:
    run_info(SPEC, Locks("resource_lock", "resource_locks", FILTERS))


if __name__ == "__main__":
    main()
