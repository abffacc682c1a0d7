#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_instance
short_description: Correct or delete instances of file shares
version_added: 1.0.0
description:
  - Overwrites the status that the service's records give an instance of a share, or deletes the instance by force.
  - Instances are made by the service, one for each replica of a share. Both are repairs, for an administrator who knows why.
  - It reports no change when the instance has that status, or with O(state=absent), when there is no such instance.
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
    description: The id of the instance. Required, be it here or in each entry of O(batch).
    type: str
  state:
    description:
      - V(present) sets the O(status), where that is given. The instance must exist.
      - V(absent) deletes it, with what is in it.
    type: str
    choices: [present, absent]
    default: present
  status:
    description: The status, such as V(available) or V(error). Nothing is checked, and nothing is done to the data.
    type: str
  force:
    description: With O(state=absent), whether to delete it, for that is never done otherwise. The data in it are lost.
    type: bool
    default: false
notes:
  - By Manila's default policy, only an administrator may do any of this.
seealso:
  - module: unified.storage.share_instance_info
  - module: unified.storage.share_action
"""

EXAMPLES = r"""
---
- name: All tasks in this block use the same cloud
  module_defaults:
    group/unified.storage.storage:
      cloud: admin
  block:
    - name: The instances of one share
      unified.storage.share_instance_info:
        share: web
      register: behind

    - name: Say that the first is in order again
      unified.storage.share_instance:
        id: "{{ behind.share_instances[0].id }}"
        status: available

    - name: Delete one that nothing else can remove
      unified.storage.share_instance:
        id: 0c4e6d2a-6f5b-4f0c-9d53-1a7f28b0c9e3
        state: absent
        force: true
"""

RETURN = r"""
---
share_instance:
  description: The instance as it is afterwards, or in check mode, as the plan makes it. V(null) when it is gone.
  type: dict
  returned: when planning succeeded, without O(batch)
  contains:
    id:
      description: Its id.
      type: str
      sample: 0c4e6d2a-6f5b-4f0c-9d53-1a7f28b0c9e3
    name:
      description: It has none.
      type: str
      sample: null
    share_id:
      description: The id of its share.
      type: str
      sample: 3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42
    status:
      description: Its status, in the words of the Shared File Systems API.
      type: str
      sample: available
    host:
      description: Where it is, as C(host@backend#pool).
      type: str
      sample: lab@gamma#pool
    availability_zone:
      description: Its availability zone.
      type: str
      sample: nova
    share_network_id:
      description: The id of its share network.
      type: str
      sample: null
    share_server_id:
      description: The id of its share server.
      type: str
      sample: null
    share_type_id:
      description: The id of its type.
      type: str
      sample: fdc1a70d-c598-4595-81ee-ac95ff035e08
    access_rules_status:
      description: Whether the access rules of its share are applied to it.
      type: str
      sample: active
    replica_state:
      description: How it stands to the other replicas.
      type: str
      sample: null
    created_at:
      description: When it was made, in UTC.
      type: str
      sample: "2026-11-20T09:30:00Z"
    backend_details:
      description: What only this back end knows, under the names that it uses.
      type: dict
      sample: {progress: 100%}
plan:
  description: The steps from what was to what is wanted, in order. Empty when nothing had to be done.
  type: list
  elements: dict
  returned: without O(batch), once the back end was reached
  contains:
    verb:
      description: What is done. V(wait) does nothing but wait for what was under way already, and is no change.
      type: str
      sample: reset_status
    resource:
      description: The kind of the resource that it is done to.
      type: str
      sample: share_instance
    target:
      description: The resource, in words.
      type: str
      sample: share instance null (0c4e6d2a-6f5b-4f0c-9d53-1a7f28b0c9e3)
    reason:
      description: Why.
      type: str
      sample: status is error, not available
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
      sample: {kind: share_instance, id: 0c4e6d2a-6f5b-4f0c-9d53-1a7f28b0c9e3, name: null}
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
      sample: There is no share instance with the name or id nosuch that this login can see.
    error:
      description: On failure, the same as facts, as in RV(error).
      type: dict
      sample: {kind: not_found, status: null, request_id: null, resource: {kind: share_instance, name: nosuch}, reason: null}
    plan:
      description: Its steps, as in RV(plan).
      type: list
      elements: dict
      sample: []
    share_instance:
      description: The instance, as in RV(share_instance).
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
      sample: {status: error}
    after:
      description: The fields as the plan makes them.
      type: dict
      sample: {status: available}
    before_header:
      description: The resource, in words.
      type: str
      sample: share instance null (0c4e6d2a-6f5b-4f0c-9d53-1a7f28b0c9e3)
    after_header:
      description: The resource, in words.
      type: str
      sample: share instance null (0c4e6d2a-6f5b-4f0c-9d53-1a7f28b0c9e3)
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run
from ansible_collections.unified.storage.plugins.module_utils._module.share_instance import ShareInstance

SPEC = Spec(
    {
        "id": {"type": "str", "required": True},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "status": {"type": "str"},
        "force": {"type": "bool", "default": False},
    }
)


def main() -> None:
    run(SPEC, ShareInstance())


if __name__ == "__main__":
    main()
