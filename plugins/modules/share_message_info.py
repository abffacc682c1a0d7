#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_message_info
short_description: List user messages of the share service
version_added: 1.0.0
description:
  - Lists the messages by which the service tells users what went wrong with their shares, all pages of them unless O(limit) is given.
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
    description:
      - Only the message with this id.
      - The other filters count as well. O(sort), O(limit), O(offset) and O(marker) do not.
    type: str
  resource_id:
    description: Only those about the resource with this id.
    type: str
  resource_type:
    description: Only those about this type of resource, such as V(SHARE).
    type: str
  action_id:
    description: Only those that came during this action.
    type: str
  detail_id:
    description: Only those that say this.
    type: str
  message_level:
    description: Only those of this level, such as V(ERROR).
    type: str
  request_id:
    description: Only those that this request led to.
    type: str
  created_since:
    description: Only those that came at this time or later, as V(2026-11-20) or in full ISO 8601. It needs microversion 2.52.
    type: str
  created_before:
    description: Only those that came at this time or before, as V(2026-11-20) or in full ISO 8601. It needs microversion 2.52.
    type: str
notes:
  - By Manila's default policy, every reader of a project may list its messages, and an administrator those of all projects.
seealso:
  - module: unified.storage.share_message
  - module: unified.storage.share
"""

EXAMPLES = r"""
---
- name: What went wrong with a share
  unified.storage.share_message_info:
    cloud: admin
    resource_id: 3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42
    sort: created_at:desc
  register: told

- name: Say it
  ansible.builtin.debug:
    msg: "{{ told.share_messages | map(attribute='user_message') }}"
"""

RETURN = r"""
---
share_messages:
  description: The messages, in the order of the service.
  type: list
  elements: dict
  returned: success
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
from ansible_collections.unified.storage.plugins.module_utils._module.share_lists import ById

SPEC = Spec(
    {
        "id": {"type": "str"},
        "resource_id": {"type": "str"},
        "resource_type": {"type": "str"},
        "action_id": {"type": "str"},
        "detail_id": {"type": "str"},
        "message_level": {"type": "str"},
        "request_id": {"type": "str"},
        "created_since": {"type": "str"},
        "created_before": {"type": "str"},
        **listing(),
    },
    info=True,
)

FILTERS = (
    *("resource_id", "resource_type", "action_id", "detail_id", "message_level", "request_id"),
    *("created_since", "created_before"),
)


def main() -> None:
    run_info(SPEC, ById("share_message", "share_messages", FILTERS))


if __name__ == "__main__":
    main()
