#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_access_rule_info
short_description: List who may mount a share
version_added: 1.0.0
description:
  - Lists the access rules of a share, with everything that the service tells of them.
  - It never changes anything. A list without a match is empty, and no failure. A share that does not exist is one.
author:
  - The unified.storage authors (@unified-storage)
extends_documentation_fragment:
  - unified.storage.connection
  - unified.storage.attributes
  - unified.storage.attributes.info
  - unified.storage.listing
options:
  share:
    description: The share, by name or id.
    type: str
    required: true
  id:
    description: Only the rule with this id.
    type: str
  access_type:
    description: Only those whose client is named in this way.
    type: str
    choices: [ip, user, cert, cephx]
  access_to:
    description:
      - Only those for this client. Of type V(ip), unless O(access_type) says otherwise, it counts in whatever way it is spelled.
      - What is hidden from this login is not found.
    type: str
  access_level:
    description: Only those with this level.
    type: str
    choices: [rw, ro]
  status:
    description: Only those in this state, such as V(error).
    type: str
  metadata:
    description: Only those that have all of these metadata.
    type: dict
  return_secrets:
    description: Whether to return the RV(share_access_rules[].access_key) of the rules.
    type: bool
    default: false
notes:
  - By Manila's default policy, every reader of a project may list the rules of its shares.
seealso:
  - module: unified.storage.share_access_rule
  - module: unified.storage.resource_lock_info
  - module: unified.storage.share_info
"""

EXAMPLES = r"""
---
- name: Who may mount it
  unified.storage.share_access_rule_info:
    cloud: admin
    share: web
  register: found

- name: Say it
  ansible.builtin.debug:
    msg: "{{ item.access_to }} {{ item.access_level }}"
  loop: "{{ found.share_access_rules }}"
  loop_control:
    label: "{{ item.id }}"

- name: Rules that the back end has refused
  unified.storage.share_access_rule_info:
    cloud: admin
    share: web
    status: error
"""

RETURN = r"""
---
share_access_rules:
  description: The rules, in the order of the service.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Its id.
      type: str
      sample: 0b1a5e2c-93c6-4c0e-8a7f-5b0f6f8e9d11
    share_id:
      description: The id of its share.
      type: str
      sample: 3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42
    access_type:
      description: How the client is named.
      type: str
      sample: ip
    access_to:
      description: The client. C(******) when somebody else has locked its visibility.
      type: str
      sample: 10.0.0.0/24
    access_level:
      description: What the client may do, V(rw) or V(ro).
      type: str
      sample: rw
    access_key:
      description: The key of the client, where the back end gives one. V(null) unless O(return_secrets) is set.
      type: str
      sample: null
    status:
      description: Its state, in the words of the Shared File Systems API, such as V(active) or V(error).
      type: str
      sample: active
    metadata:
      description: Its metadata, without what this collection notes for itself.
      type: dict
      sample: {owner: web}
    created_at:
      description: When it was made, in UTC.
      type: str
      sample: "2026-11-20T09:30:00Z"
    updated_at:
      description: When the service last changed its record, in UTC.
      type: str
      sample: "2026-11-20T09:30:00Z"
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
from ansible_collections.unified.storage.plugins.module_utils._module.share_lists import Rules

SPEC = Spec(
    {
        "share": {"type": "str", "required": True},
        "id": {"type": "str"},
        "access_type": {"type": "str", "choices": ["ip", "user", "cert", "cephx"]},
        "access_to": {"type": "str"},
        "access_level": {"type": "str", "choices": ["rw", "ro"]},
        "status": {"type": "str"},
        "metadata": {"type": "dict"},
        "return_secrets": {"type": "bool", "default": False, "no_log": False},
        **listing(),
    },
    info=True,
)


def main() -> None:
    run_info(SPEC, Rules())


if __name__ == "__main__":
    main()
