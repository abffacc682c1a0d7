#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: snapshot_group
short_description: Snapshot several disks or shares at one moment, rotate and revert them
version_added: 1.0.0
description:
  - Takes snapshots of several disks or shares at one moment, keeps their group as described, removes it, or brings the disks back to it.
  - The group is one of a virtual machine's volumes (ZStack), of a volume group (Cinder), of a share group (Manila) or of a set of
    volumes (LVM on a host), told by which of O(root_volume), O(volume_group), O(share_group) and O(volumes) is given.
    The result is the same dictionary for all.
  - The name and the source together tell a group. Services allow several groups of one name, and a name that means several of one source
    is an error that lists them.
  - With O(keep) the oldest groups beyond a number are removed in the same plan.
author:
  - The unified.storage authors (@unified-storage)
extends_documentation_fragment:
  - unified.storage.connection
  - unified.storage.attributes
  - unified.storage.attributes.changes
  - unified.storage.waiting
attributes:
  idempotent:
    support: partial
    details:
      - A revert leaves nothing that could be compared. With O(once) it is done once for each word, and without it every time.
options:
  name:
    description:
      - The name of the group, or its id.
      - Required, be it here or in each entry of O(batch).
    type: str
  state:
    description:
      - V(present) takes the snapshots if there is no such group, and brings name and description to what the task says.
      - V(absent) deletes the group with its snapshots, or without them (O(keep_snapshots)).
      - V(reverted) brings the content of all members back to what it was. What was written since is lost.
        It refuses before any change a group that cannot be reverted as a whole, with the reason. On ZStack the virtual machine must be stopped.
        On Cinder the volumes must be available, the snapshots the newest of their volumes, and the volume group must have the members that it had.
        On a host the volumes must be closed, not mounted, and of the size that they had. Newer groups of them stay.
        Manila has no such call. There make a new share group from the group.
    type: str
    choices: [present, absent, reverted]
    default: present
  root_volume:
    description:
      - The root volume of a virtual machine on ZStack, by name or id. The group is of all volumes that are attached to the machine.
      - For O(backend=zstack).
    type: str
  volume_group:
    description: A generic volume group of Cinder, by name or id. For O(backend=openstack).
    type: str
  share_group:
    description: A share group of Manila, by name or id. For O(backend=openstack).
    type: str
  volumes:
    description:
      - A set of volumes, by names or ids, in any order. For O(backend=host).
      - All of them get a snapshot, or none. LVM takes them one right after the other, each with its mounted file system frozen for that moment.
        Where several volumes must fit together to the byte, let nothing write to them meanwhile.
    type: list
    elements: str
  new_name:
    description:
      - The name to give it. ZStack, Manila and a host can do that.
      - Once that is done, the group is found by this name, so the same task reports no change.
    type: str
  description:
    description: The description. Cinder takes one when the group is made, and cannot change it.
    type: str
  resource_uuid:
    description:
      - The id to give a new group on ZStack, 32 hexadecimal digits. A group that has it is the one that is meant.
      - Without it, the id follows from the root volume and the name, so that two runs at once cannot make two groups.
    type: str
  with_memory:
    description: Whether to include the memory. On ZStack, of a machine that is running or paused.
    type: bool
    default: false
  tags:
    description: The ids of tags to give a new group on ZStack.
    type: list
    elements: str
  system_tags:
    description: System tags to give a new group on ZStack.
    type: list
    elements: str
  user_tags:
    description: User tags to give a new group on ZStack.
    type: list
    elements: str
  reset_status:
    description:
      - The status to give the group, whatever it is, on Cinder and Manila. That changes the record only, and is for administrators.
    type: str
  keep_snapshots:
    description: With O(state=absent) on ZStack or a host, whether only the group goes, and its snapshots stay, each by itself.
    type: bool
    default: false
  delete_mode:
    description:
      - How ZStack deletes. Its own default is V(Permissive).
      - After V(Enforcing) the server says success whatever became of the members. So the group is read again.
    type: str
    choices: [Permissive, Enforcing]
  delete_scope:
    description:
      - What is to become of later snapshots on ZStack that build on those of the group (see RV(snapshot_group.dependents)).
        Where there are any and this is not given, nothing is deleted and the task fails.
      - V(single) keeps them. Only newer servers know that parameter, and older ones delete all the same.
        Try it where nothing is lost before you rely on it.
      - V(chain) deletes them too.
    type: str
    choices: [single, chain]
  keep:
    description:
      - How many groups of the same source whose names begin with O(keep_prefix) are to remain, this one included.
        The oldest beyond that are removed. The group that the task is about never is.
      - A group in error does not count, and is removed when it is older than those that stay.
      - On ZStack, older groups are as a rule what newer ones build on, so O(delete_scope=single) is needed.
    type: int
  keep_prefix:
    description: What the names of the groups that O(keep) counts begin with. Needed with O(keep), and O(name) must begin with it.
    type: str
  keep_newer_than:
    description: Groups that are younger than this remain beyond O(keep). A number and one of V(s), V(m), V(h), V(d) and V(w), such as V(36h).
    type: str
  once:
    description:
      - With O(state=reverted), a word that is noted when it is done. The same group is not reverted a second time with the same word.
        It has at most 255 characters.
      - It is noted as a user tag of the group on ZStack, among the metadata of the members on Cinder, and in their LVM tags on a host.
    type: str
notes:
  - No live ZStack was at hand when this was written. That back end is tested with a server that was written from the public documents and sources.
seealso:
  - module: unified.storage.snapshot_group_info
  - module: unified.storage.volume_group
  - module: unified.storage.volume_action
"""

EXAMPLES = r"""
---
- name: Before the upgrade, on ZStack
  unified.storage.snapshot_group:
    backend: zstack
    zstack:
      url: http://zstack:8080
      account: admin
      password: "{{ zstack_password }}"
    root_volume: ROOT-for-web
    name: before-upgrade

- name: Back to it. The machine is stopped
  unified.storage.snapshot_group:
    backend: zstack # the login is in ZSTACK_URL, ZSTACK_ACCOUNT and ZSTACK_PASSWORD
    root_volume: ROOT-for-web
    name: before-upgrade
    state: reverted
    once: release-7

- name: One group a night of each machine, the newest seven remain
  unified.storage.snapshot_group:
    backend: zstack
    name: "nightly-{{ now(utc=true).strftime('%Y-%m-%d') }}"
    keep: 7
    keep_prefix: nightly-
    keep_newer_than: 7d
    delete_scope: single
    batch:
      - root_volume: ROOT-for-web
      - root_volume: ROOT-for-db

- name: A volume group of Cinder
  unified.storage.snapshot_group:
    cloud: mycloud
    volume_group: ledgers
    name: before-upgrade
    description: taken by the upgrade play

- name: Two volumes of a host
  unified.storage.snapshot_group:
    backend: host
    volumes: [ledger, journal]
    name: before-upgrade

- name: Back to it. They are not mounted
  unified.storage.snapshot_group:
    backend: host
    volumes: [ledger, journal]
    name: before-upgrade
    state: reverted
    once: release-7

- name: Only the group goes, the snapshots stay
  unified.storage.snapshot_group:
    backend: zstack
    root_volume: ROOT-for-web
    name: before-upgrade
    state: absent
    keep_snapshots: true
"""

RETURN = r"""
---
snapshot_group:
  description: The group as it is afterwards, or in check mode, as the plan makes it. V(null) when it is gone.
  type: dict
  returned: when planning succeeded, without O(batch)
  contains:
    id:
      description: Its id. V(null) in check mode for one that does not exist yet.
      type: str
      sample: 0167d36d35315fcb93b8b147fac94aa0
    name:
      description: Its name.
      type: str
      sample: nightly-7
    description:
      description: Its description.
      type: str
      sample: before the upgrade
    status:
      description:
        - Its status, V(available) when all is well.
        - ZStack keeps no status of a group. There it is what this task has under way, or else what the statuses of the snapshots say.
      type: str
      sample: available
    created_at:
      description:
        - When it was made, in UTC.
        - ZStack tells times without a zone. The zone is told from the login, and V(null) is returned where that is not possible.
      type: str
      sample: "2026-11-20T09:30:00Z"
    source:
      description: What it is of. V(kind) is V(root_volume), V(volume_group), V(share_group) or V(volumes).
      type: dict
      sample: {kind: root_volume, id: 112e969a39144844abb27100ecacbb67, name: ROOT-for-web}
    members:
      description: Its snapshots.
      type: list
      elements: dict
      contains:
        snapshot_id:
          description: The id of the snapshot.
          type: str
          sample: 16b085f89e3446a6b3dabe66612b004e
        name:
          description: Its name.
          type: str
          sample: nightly-7-ROOT-for-web
        volume_id:
          description: The id of the volume that it is of, V(null) for a share's.
          type: str
          sample: 112e969a39144844abb27100ecacbb67
        share_id:
          description: The id of the share that it is of, V(null) for a volume's.
          type: str
          sample: null
        size:
          description: Its size in GiB, rounded up. That is the size of its volume or share then, and on ZStack what the snapshot itself takes.
          type: int
          sample: 10
        status:
          description: Its status.
          type: str
          sample: available
        deleted:
          description: Whether it has been deleted by itself. Then the group is not whole any more.
          type: bool
          sample: false
    dependents:
      description: The ids of later groups whose snapshots build on those of this one. On ZStack they can go when it is deleted.
      type: list
      elements: str
      sample: []
    once:
      description: The words with which a verb was done, by verb.
      type: dict
      sample: {revert: [release-7]}
    backend_details:
      description: What only this back end knows, under the names that it uses.
      type: dict
      sample: {vmInstanceUuid: b6025b0e5d314c2e8081e1ac11d6fffb, snapshotCount: 2}
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
      sample: snapshot_group
    target:
      description: The resource, in words.
      type: str
      sample: snapshot group nightly-7 (0167d36d35315fcb93b8b147fac94aa0)
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
          V(failed) when it has failed, V(yielded) when another run was doing the same at the same time, and what this one had made, if anything,
          was taken back, and V(planned) when it was not begun, as in check mode or after a step that has failed.
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
      sample: {kind: snapshot_group, id: 0167d36d35315fcb93b8b147fac94aa0, name: nightly-7}
    reason:
      description: The reason in the service's own words, V(null) where it gave none.
      type: str
      sample: "virtual machine web is Running: stop it first"
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
      sample: There is no root volume with the name or id nosuch that this login can see.
    error:
      description: On failure, the same as facts, as in RV(error).
      type: dict
      sample: {kind: not_found, status: null, request_id: null, resource: {kind: root_volume, name: nosuch}, reason: null}
    plan:
      description: Its steps, as in RV(plan).
      type: list
      elements: dict
      sample: []
    snapshot_group:
      description: The group, as in RV(snapshot_group).
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
      sample: 5
    changed:
      description: Those that were changed, or would be in check mode.
      type: int
      sample: 2
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
      sample: {state: absent}
    after:
      description: The fields as the plan makes them.
      type: dict
      sample: {state: present, name: nightly-7}
    before_header:
      description: The resource, in words.
      type: str
      sample: snapshot group nightly-7 (0167d36d35315fcb93b8b147fac94aa0)
    after_header:
      description: The resource, in words.
      type: str
      sample: snapshot group nightly-7 (0167d36d35315fcb93b8b147fac94aa0)
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run
from ansible_collections.unified.storage.plugins.module_utils._module.snapshot_group import OPTIONS, SnapshotGroup

SPEC = Spec(
    {
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent", "reverted"]},
        "root_volume": {"type": "str"},
        "volume_group": {"type": "str"},
        "share_group": {"type": "str"},
        "volumes": {"type": "list", "elements": "str"},
        "new_name": {"type": "str"},
        "description": {"type": "str"},
        "resource_uuid": {"type": "str"},
        "with_memory": {"type": "bool", "default": False},
        "tags": {"type": "list", "elements": "str"},
        "system_tags": {"type": "list", "elements": "str"},
        "user_tags": {"type": "list", "elements": "str"},
        "reset_status": {"type": "str"},
        "keep_snapshots": {"type": "bool", "default": False},
        "delete_mode": {"type": "str", "choices": ["Permissive", "Enforcing"]},
        "delete_scope": {"type": "str", "choices": ["single", "chain"]},
        "keep": {"type": "int"},
        "keep_prefix": {"type": "str"},
        "keep_newer_than": {"type": "str"},
        "once": {"type": "str"},
    },
    {"mutually_exclusive": [OPTIONS], "required_one_of": [OPTIONS]},
)


def main() -> None:
    run(SPEC, SnapshotGroup())


if __name__ == "__main__":
    main()
