#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: resource_lock
short_description: Lock shares and access rules
version_added: 1.0.0
description:
  - Locks a share against deletion, or an access rule against deletion or against being seen. Or removes the lock.
  - A lock is found by what it locks, that is, O(resource) and O(resource_action).
  - What is locked can only be deleted by administrators, services and the user who has locked it, once the lock is removed.
  - It reports no change when there is such a lock, with O(lock_reason) if that is given, or with O(state=absent), when there is none.
  - It needs microversion 2.81 of the API, and 2.82 for access rules.
author:
  - The unified.storage authors (@unified-storage)
extends_documentation_fragment:
  - unified.storage.connection
  - unified.storage.attributes
  - unified.storage.attributes.changes
  - unified.storage.waiting
attributes:
  idempotent:
    support: full
options:
  resource:
    description:
      - What to lock. A share, by name or id, or an access rule, by id.
      - With O(state=absent), what does not exist has no locks, so nothing is left to do.
      - Required, be it here or in each entry of O(batch).
    type: str
  resource_type:
    description: What O(resource) is.
    type: str
    choices: [share, access_rule]
    default: share
  resource_action:
    description: What to prevent. V(show) is for access rules, and hides the client from everybody else.
    type: str
    choices: [delete, show]
    default: delete
  lock_reason:
    description: Why it is locked. On a lock that exists, it is changed to this.
    type: str
  state:
    description:
      - V(present) locks it, unless it is locked already.
      - V(absent) removes all locks of that action, also one that came with the lock of an access rule.
    type: str
    choices: [present, absent]
    default: present
notes:
  - By Manila's default policy, a member of a project may lock what is in it, and remove the locks that they have made.
  - A lock of an access rule, and one that came with it, goes with the rule. It is no lock of the share itself for O(state=present).
seealso:
  - module: unified.storage.resource_lock_info
  - module: unified.storage.share
  - module: unified.storage.share_access_rule
"""

EXAMPLES = r"""
---
- name: All tasks in this block use the same cloud
  module_defaults:
    group/unified.storage.storage:
      cloud: admin
  block:
    - name: Nobody deletes the payroll
      unified.storage.resource_lock:
        resource: payroll
        lock_reason: kept for the auditor

    - name: Lock many shares in one task
      unified.storage.resource_lock:
        lock_reason: year-end closing
        batch:
          - resource: ledger
          - resource: archive

    - name: Unlock it
      unified.storage.resource_lock:
        resource: payroll
        state: absent
"""

RETURN = r"""
---
resource_lock:
  description: The lock as it is afterwards, or in check mode, as the plan makes it. V(null) when it is gone.
  type: dict
  returned: when planning succeeded, without O(batch)
  contains:
    id:
      description: Its id. V(null) in check mode for one that does not exist yet.
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
plan:
  description: The steps from what was to what is wanted, in order. Empty when nothing had to be done.
  type: list
  elements: dict
  returned: without O(batch), once the back end was reached
  contains:
    verb:
      description: What is done. V(wait) does nothing but wait for what was under way already, and is no change.
      type: str
      sample: create
    resource:
      description: The kind of the resource that it is done to.
      type: str
      sample: resource_lock
    target:
      description: The resource, in words.
      type: str
      sample: deletion lock of share web (3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42)
    reason:
      description: Why.
      type: str
      sample: it is not locked
    risk:
      description: The option that allows this step, where it can lose data, and else V(null).
      type: str
      sample: null
    outcome:
      description:
        - V(done) when it is over, V(started) when it was begun and not waited for, V(unfinished) when it was begun and its end is not known,
          V(failed) when it has failed, V(yielded) when another run was doing the same at the same time and what this one had made was
          taken back, and V(planned) when it was not begun, as in check mode or after a step that has failed.
      type: str
      choices: [done, started, unfinished, failed, yielded, planned]
      sample: done
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
      sample: {kind: resource_lock, id: 5d0f1b0e-6b3a-4a55-9a8a-0f6a2f3c7b21, name: null}
    reason:
      description: The reason in the service's own words, V(null) where it gave none.
      type: str
      sample: status creating
results:
  description: What became of each entry of O(batch), in the order of the entries.
  type: list
  elements: dict
  returned: with O(batch)
  contains:
    item:
      description: The entry, as it was given.
      type: dict
      sample: {}
    changed:
      description: Whether it was changed, or would be in check mode.
      type: bool
      sample: true
    failed:
      description: Whether it has failed.
      type: bool
      sample: false
    msg:
      description: On failure, what went wrong, in one sentence.
      type: str
      sample: There is no share with the name or id nosuch that this login can see.
    error:
      description: On failure, the same as facts, as in RV(error).
      type: dict
      sample: {kind: not_found, status: null, request_id: null, resource: {kind: share, name: nosuch}, reason: null}
    plan:
      description: Its steps, as in RV(plan).
      type: list
      elements: dict
      sample: []
    resource_lock:
      description: The lock, as in RV(resource_lock).
      type: dict
      sample: {}
summary:
  description: How many entries of O(batch) came out how. An entry that was changed and has failed counts as both.
  type: dict
  returned: with O(batch)
  contains:
    total:
      description: All entries.
      type: int
      sample: 200
    changed:
      description: Those that were changed, or would be in check mode.
      type: int
      sample: 197
    unchanged:
      description: Those that were as they should be.
      type: int
      sample: 0
    failed:
      description: Those that have failed.
      type: int
      sample: 3
diff:
  description: The fields that the plan changes, before and after. With O(batch) it is a list of such dictionaries, one for each changed entry.
  type: dict
  returned: with C(--diff), where something changes
  contains:
    before:
      description: The fields as they were.
      type: dict
      sample: {lock_reason: payroll}
    after:
      description: The fields as the plan makes them.
      type: dict
      sample: {lock_reason: payroll of this year}
    before_header:
      description: The resource, in words.
      type: str
      sample: deletion lock of share web (3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42)
    after_header:
      description: The resource, in words.
      type: str
      sample: deletion lock of share web (3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42)
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run
from ansible_collections.unified.storage.plugins.module_utils._module.resource_lock import ResourceLock

SPEC = Spec(
    {
        "resource": {"type": "str", "required": True},
        "resource_type": {"type": "str", "default": "share", "choices": ["share", "access_rule"]},
        "resource_action": {"type": "str", "default": "delete", "choices": ["delete", "show"]},
        "lock_reason": {"type": "str"},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
    }
)


def main() -> None:
    run(SPEC, ResourceLock())


if __name__ == "__main__":
    main()
