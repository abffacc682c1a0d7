#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_message
short_description: Delete user messages of the share service
version_added: 1.0.0
description:
  - Deletes a message by which the service has told a user what went wrong. Nothing else can be done to a message.
  - It reports no change when there is no such message.
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
  id:
    description:
      - The id of the message.
      - Required, be it here or in each entry of O(batch).
    type: str
  state:
    description: V(absent) deletes it.
    type: str
    choices: [absent]
    default: absent
notes:
  - By Manila's default policy, a member of a project may delete its messages.
  - The service removes old messages by itself.
seealso:
  - module: unified.storage.share_message_info
"""

EXAMPLES = r"""
---
- name: The messages about a share
  unified.storage.share_message_info:
    cloud: admin
    resource_id: 3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42
  register: told

- name: Delete them all in one task
  vars:
    ids: "{{ told.share_messages | map(attribute='id') }}"
  unified.storage.share_message:
    cloud: admin
    batch: "{{ dict(ids | zip_longest([], fillvalue='absent')) | dict2items(key_name='id', value_name='state') }}"
"""

RETURN = r"""
---
share_message:
  description: The message as it is afterwards, which is V(null) when it is gone.
  type: dict
  returned: when planning succeeded, without O(batch)
  contains:
    id:
      description: Its id.
      type: str
      sample: d6e7f8a9-0b1c-4d2e-9f3a-4b5c6d7e8f90
    message_level:
      description: Its level.
      type: str
      sample: ERROR
    user_message:
      description: What it says.
      type: str
      sample: 'create: No storage could be allocated for this share request.'
    action_id:
      description: The id of the action during which it came.
      type: str
      sample: '001'
    detail_id:
      description: The id of what it says.
      type: str
      sample: '008'
    resource_type:
      description: The type of what it is about.
      type: str
      sample: SHARE
    resource_id:
      description: The id of what it is about.
      type: str
      sample: 3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42
    request_id:
      description: The id of the request that led to it.
      type: str
      sample: req-2a1c7d1e-6a0b-4d52-8a1e-1f0d2a9b3c4d
    project_id:
      description: The id of its project.
      type: str
      sample: 5c2e9d8b7a6f4e3d9c8b7a6f5e4d3c2b
    created_at:
      description: When it came, in UTC.
      type: str
      sample: "2026-11-20T09:30:00Z"
    expires_at:
      description: When the service will remove it, in UTC.
      type: str
      sample: "2026-12-20T09:30:00Z"
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
      sample: delete
    resource:
      description: The kind of the resource that it is done to.
      type: str
      sample: share_message
    target:
      description: The resource, in words.
      type: str
      sample: share message d6e7f8a9-0b1c-4d2e-9f3a-4b5c6d7e8f90
    reason:
      description: Why.
      type: str
      sample: it exists
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
      sample: {kind: share_message, id: d6e7f8a9-0b1c-4d2e-9f3a-4b5c6d7e8f90, name: null}
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
    share_message:
      description: The message, as in RV(share_message).
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
      sample: {state: present}
    after:
      description: The fields as the plan makes them.
      type: dict
      sample: {state: absent}
    before_header:
      description: The resource, in words.
      type: str
      sample: share message d6e7f8a9-0b1c-4d2e-9f3a-4b5c6d7e8f90
    after_header:
      description: The resource, in words.
      type: str
      sample: share message d6e7f8a9-0b1c-4d2e-9f3a-4b5c6d7e8f90
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run
from ansible_collections.unified.storage.plugins.module_utils._module.share_message import ShareMessage

SPEC = Spec(
    {
        "id": {"type": "str", "required": True},
        "state": {"type": "str", "default": "absent", "choices": ["absent"]},
    }
)


def main() -> None:
    run(SPEC, ShareMessage())


if __name__ == "__main__":
    main()
