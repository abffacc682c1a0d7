#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: share_access_rule
short_description: Say who may mount a share
version_added: 1.0.0
description:
  - Adds an access rule to a share, keeps its level, metadata and locks as described, or removes it. Or does so for all rules of a share in one task (O(rules)).
  - A client of type V(ip) is compared as an address, not as text.
  - It never changes what the task does not name, and never removes a rule that O(rules) does not name unless O(purge) is set.
  - It reports no change when the rules are there with all that the task names, or with O(state=absent), when they are not.
  - A rule is waited for until the back end has applied it. A new one that the back end refuses is removed again, and the task fails
    with the service's own reason. A rule that is in the state V(error) already fails the task with O(state=present).
  - A changed O(access_level) is changed in place from microversion 2.88 of the API on. On an older one, the two halves of a network
    stand in for it while its rule is made anew, so that no moment is without a rule. For a single client that is not possible,
    and the task fails with RV(error.kind=unsupported).
  - The lock options need microversion 2.82.
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
  share:
    description:
      - The share, by name or id.
      - With O(state=absent), a share that does not exist has no rules, so nothing is left to do.
      - Required, be it here or in each entry of O(batch).
    type: str
  state:
    description:
      - V(present) adds the rule or rules that there are not, and brings them to what the task says.
      - V(absent) removes them.
    type: str
    choices: [present, absent]
    default: present

  access_type:
    description:
      - How the client is named.
      - V(ip) is an address or a network. V(user) is a user or group, V(cert) the common name of a certificate,
        and V(cephx) a Ceph user. Which ones there are is up to the protocol and the back end.
    type: str
    choices: [ip, user, cert, cephx]
    default: ip
  access_to:
    description:
      - The client.
      - An address or network, of version 4 or 6, counts in whatever way it is spelled, so V(10.0.0.7/32) is V(10.0.0.7).
        An address within a network that has bits beyond the prefix, such as V(10.0.0.7/24), is an error.
      - Without O(rules) it is required, be it here or in each entry of O(batch).
    type: str
  access_level:
    description: What the client may do, read and write or only read. A new rule without it is V(rw). An existing one is left as it is.
    type: str
    choices: [rw, ro]
  metadata:
    description: The metadata of the rule. Values are kept as text, V(true) and V(false) in lower case, and null is refused.
    type: dict
  metadata_mode:
    description:
      - V(merge) sets what O(metadata) names, and leaves other keys alone.
      - V(exact) also removes the keys that O(metadata) does not name.
    type: str
    choices: [merge, exact]
    default: merge
  lock_visibility:
    description:
      - Whether the client (and its key) is hidden from everybody but administrators and the user who locks it.
      - Without it, an existing lock is left as it is.
    type: bool
  lock_deletion:
    description:
      - Whether the rule is kept from being removed by anybody but administrators and the user who locks it.
      - On a new rule, Manila locks the share too, for as long as the rule is locked.
      - Without it, an existing lock is left as it is.
    type: bool
  lock_reason:
    description: The reason of the locks. It needs O(lock_visibility) or O(lock_deletion).
    type: str

  rules:
    description:
      - Many rules of the share in one task, in place of O(access_to) and the other options of one rule.
      - First comes what is added, then what is changed, then what is removed, so nobody who keeps access loses it for a moment.
    type: list
    elements: dict
    suboptions:
      access_type:
        description:
          - How the client is named.
          - V(ip) is an address or a network. V(user) is a user or group, V(cert) the common name of a certificate,
            and V(cephx) a Ceph user. Which ones there are is up to the protocol and the back end.
        type: str
        choices: [ip, user, cert, cephx]
        default: ip
      access_to:
        description:
          - The client.
          - An address or network, of version 4 or 6, counts in whatever way it is spelled, so V(10.0.0.7/32) is V(10.0.0.7).
            An address within a network that has bits beyond the prefix, such as V(10.0.0.7/24), is an error.
          - A client that is named twice is an error.
        type: str
        required: true
      access_level:
        description: What the client may do, read and write or only read. A new rule without it is V(rw). An existing one is left as it is.
        type: str
        choices: [rw, ro]
      metadata:
        description: The metadata of the rule. Values are kept as text, V(true) and V(false) in lower case, and null is refused.
        type: dict
      metadata_mode:
        description:
          - V(merge) sets what O(rules[].metadata) names, and leaves other keys alone.
          - V(exact) also removes the keys that O(rules[].metadata) does not name.
        type: str
        choices: [merge, exact]
        default: merge
      lock_visibility:
        description:
          - Whether the client (and its key) is hidden from everybody but administrators and the user who locks it.
          - Without it, an existing lock is left as it is.
        type: bool
      lock_deletion:
        description:
          - Whether the rule is kept from being removed by anybody but administrators and the user who locks it.
          - On a new rule, Manila locks the share too, for as long as the rule is locked.
          - Without it, an existing lock is left as it is.
        type: bool
      lock_reason:
        description: The reason of the locks. It needs O(rules[].lock_visibility) or O(rules[].lock_deletion).
        type: str

  purge:
    description: Whether to remove the rules that O(rules) does not name. With V(true) and an empty list, all of them.
    type: bool
    default: false
  unrestrict:
    description:
      - Whether a rule that is locked against deletion may be removed, together with its locks.
      - Without it, such a rule is an error (RV(error.kind=locked)) that names the locks.
      - Only administrators and the user who has locked a rule can do that.
    type: bool
    default: false
  return_secrets:
    description: Whether to return the RV(share_access_rule.access_key) of the rules.
    type: bool
    default: false
notes:
  - By Manila's default policy, all of this is open to a member of the project.
  - Where somebody else has hidden clients from this login, O(purge) and O(state=absent) cannot tell which rules are meant, and fail with RV(error.kind=locked).
seealso:
  - module: unified.storage.share_access_rule_info
  - module: unified.storage.resource_lock
  - module: unified.storage.share
"""

EXAMPLES = r"""
---
- name: All tasks in this block use the same cloud
  module_defaults:
    group/unified.storage.storage:
      cloud: admin
  block:
    - name: A network may read and write
      unified.storage.share_access_rule:
        share: web
        access_to: 10.0.0.0/24

    - name: One machine may read, and nobody else sees or removes its rule
      unified.storage.share_access_rule:
        share: web
        access_to: 192.0.2.7
        access_level: ro
        lock_visibility: true
        lock_deletion: true
        lock_reason: the auditor's

    - name: Exactly these rules, and no others
      unified.storage.share_access_rule:
        share: home
        purge: true
        rules:
          - access_to: 10.0.1.0/24
          - access_to: 2001:db8::/64
            access_level: ro
          - access_to: 10.0.2.9
            metadata:
              owner: backup

    - name: The same network for many shares
      unified.storage.share_access_rule:
        rules:
          - access_to: 10.0.0.0/24
        batch:
          - share: home-1
          - share: home-2
          - share: home-3

    - name: Remove the rule that is locked
      unified.storage.share_access_rule:
        share: web
        access_to: 192.0.2.7
        state: absent
        unrestrict: true
"""

RETURN = r"""
---
share_access_rule:
  description: The rule as it is afterwards, or in check mode, as the plan makes it. V(null) when it is gone.
  type: dict
  returned: when planning succeeded, without O(batch) and without O(rules)
  contains:
    id:
      description: Its id. V(null) in check mode for one that does not exist yet.
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
share_access_rules:
  description: All rules of the share as they are afterwards, or in check mode, as the plan makes them. Each is as in RV(share_access_rule).
  type: list
  elements: dict
  returned: when planning succeeded, with O(rules) and without O(batch)
  sample: []
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
      sample: share_access_rule
    target:
      description: The resource, in words.
      type: str
      sample: share access rule ip 10.0.0.0/24 of share web (3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42)
    reason:
      description: Why.
      type: str
      sample: it does not exist
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
      sample: {kind: share_access_rule, id: 0b1a5e2c-93c6-4c0e-8a7f-5b0f6f8e9d11, name: ip 10.0.0.0/24}
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
    share_access_rule:
      description: The rule, as in RV(share_access_rule).
      type: dict
      sample: {}
    share_access_rules:
      description: The rules, as in RV(share_access_rules).
      type: list
      elements: dict
      sample: []
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
      sample: {access_level: ro}
    after:
      description: The fields as the plan makes them.
      type: dict
      sample: {access_level: rw}
    before_header:
      description: The resource, in words.
      type: str
      sample: share access rule ip 10.0.0.0/24 of share web (3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42)
    after_header:
      description: The resource, in words.
      type: str
      sample: share access rule ip 10.0.0.0/24 of share web (3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42)
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run
from ansible_collections.unified.storage.plugins.module_utils._module.share_access_rule import ShareAccessRule

LOCKING = ("lock_visibility", "lock_deletion", "lock_reason")
RULE = {
    "access_type": {"type": "str", "default": "ip", "choices": ["ip", "user", "cert", "cephx"]},
    "access_to": {"type": "str"},
    "access_level": {"type": "str", "choices": ["rw", "ro"]},
    "metadata": {"type": "dict"},
    "metadata_mode": {"type": "str", "default": "merge", "choices": ["merge", "exact"]},
    "lock_visibility": {"type": "bool"},
    "lock_deletion": {"type": "bool"},
    "lock_reason": {"type": "str"},
}

SPEC = Spec(
    {
        "share": {"type": "str", "required": True},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        **RULE,
        "rules": {
            "type": "list",
            "elements": "dict",
            "options": {**RULE, "access_to": {"type": "str", "required": True}},
        },
        "purge": {"type": "bool", "default": False},
        "unrestrict": {"type": "bool", "default": False},
    },
    rules={"mutually_exclusive": [("rules", name) for name in ("access_to", "access_level", "metadata", *LOCKING)]},
    extra={"return_secrets": {"type": "bool", "default": False, "no_log": False}},
)


def main() -> None:
    run(SPEC, ShareAccessRule())


if __name__ == "__main__":
    main()
