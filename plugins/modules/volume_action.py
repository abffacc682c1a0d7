#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: volume_action
short_description: Act on block volumes
version_added: 1.0.0
description:
  - Does one thing to a volume, and waits until it is done. Every action of the Block Storage API is there.
  - The conditions of the action are checked before anything is sent. Where they do not hold, the task fails, and says why.
  - An action whose effect is there already is no change. O(action) says of each when that is so.
  - Success is where the volume ends. A migration counts by where the volume is, a retype by its type,
    and a volume that was in use is in use again.
  - It never retries an action blindly. When the answer to one is lost, it looks what came of it first.
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
      - V(initialize_connection) and V(terminate_connection) leave nothing to compare, and are a change each time.
      - V(revert) and V(complete_migration) are a change each time, unless O(once) is given.
      - V(upload_image) and V(reimage) are a change each time with O(force), and V(reimage) with each new word in O(once).
options:
  volume:
    description:
      - The name of the volume, or its id.
      - A name that several volumes bear is an error that lists their ids.
      - Required, be it here or in each entry of O(batch).
    type: str
  action:
    description:
      - What to do. Required, be it here or in each entry of O(batch).
      - V(extend) lets the volume grow to O(new_size). It must be V(available), or V(in-use) with microversion 3.42.
        No change when it has that size already. A smaller size is an error.
      - V(reset_status) overwrites what the service's records say, with O(status), O(attach_status) and O(migration_status),
        one of which is required. Nothing is checked, and nothing is done to the data. No change when all that are given are so already.
      - V(revert) brings back the content of O(snapshot), which must be the newest and as big as the volume. All that was written since is lost.
        The volume must be V(available), and needs microversion 3.40. No change when it was done with the same O(once) before.
      - V(set_image_metadata) sets the keys of O(image_metadata). No change when they have these values already.
      - V(unset_image_metadata) removes O(keys). No change when none of them is set.
      - V(show_image_metadata) returns RV(image_metadata). It is never a change. M(unified.storage.volume_info) returns them as well.
      - V(attach) records that it is attached to O(instance) or O(host_name) as O(mountpoint), all without touching the server or host.
        It must be V(available). No change when it is attached there already.
      - V(detach) removes such a record. The volume must be V(in-use) or V(detaching). No change when it is not attached,
        or not where O(attachment), O(instance), O(host_name) and O(mountpoint) say. With several attachments, one of these must say which.
      - V(force_detach) is V(detach) in any status, after the driver has cut the connection off. What the server has not written yet is lost.
        No change as with V(detach).
      - V(unmanage) makes the service forget the volume, with its data left where they are. It must be V(available) and have no snapshots.
        No change when there is no such volume. M(unified.storage.manageable_volume) adopts it again.
      - V(retype) gives it the type O(new_type). It must be V(available) or V(in-use). No change when it has that type already.
        A retype that is under way is waited for, and the task fails when that ends with another type.
      - V(migrate) moves it to O(host) or O(cluster). It must be V(available) or V(in-use), without snapshots, in no group and not replicated.
        No change when it is there already. C(host@backend) without a pool means any pool of it.
        A migration that is under way is waited for, and the task fails when that ends elsewhere.
      - V(complete_migration) puts O(new_volume) in the place of the volume. Either both are in migration, O(new_volume) as the target of the volume,
        or neither is. No change when it was done with the same O(once) before.
      - V(force_delete) deletes it whatever its status is. No change when there is no such volume.
      - V(set_bootable) sets the flag to O(bootable). No change when it is so already.
      - V(upload_image) makes an image O(image_name) of its content, and waits until that is there.
        The volume must be V(available), or V(in-use) with O(force).
        No change when there is an image of this name that was uploaded from this volume by this module, unless O(force) is set.
      - V(reserve) puts it from V(available) into V(attaching). No change when it is V(attaching).
      - V(unreserve) puts it from V(attaching) back into V(available). No change when it is V(available).
      - V(begin_detaching) puts it from V(in-use) into V(detaching). No change when it is V(detaching).
      - V(roll_detaching) puts it from V(detaching) back into V(in-use). No change when it is V(in-use).
      - V(initialize_connection) prepares the back end for O(connector), and returns RV(connection_info). It is a change each time.
      - V(terminate_connection) undoes that for O(connector). The volume must be V(in-use), V(attaching) or V(detaching).
        Cinder also unreserves one that is V(attaching). It is a change each time.
      - V(set_readonly) sets the flag to O(readonly). It must be V(available). No change when it is so already.
      - V(reimage) overwrites the content with that of O(image). All that was in it is lost. The volume must be V(available) or V(error),
        or V(reserved) with O(reimage_reserved), and needs microversion 3.68. The image must be active.
        No change when it was done with the same O(once) before, or without O(once), when the volume is from that image already
        and O(force) is not set. One that is under way is waited for.
    type: str
    choices:
      - extend
      - reset_status
      - revert
      - set_image_metadata
      - unset_image_metadata
      - show_image_metadata
      - attach
      - detach
      - force_detach
      - unmanage
      - retype
      - migrate
      - complete_migration
      - force_delete
      - set_bootable
      - upload_image
      - reserve
      - unreserve
      - begin_detaching
      - roll_detaching
      - initialize_connection
      - terminate_connection
      - set_readonly
      - reimage
  all_projects:
    description: Whether to look for O(volume) in all projects. Cinder heeds that for administrators.
    type: bool
    default: false
  new_size:
    description: For V(extend), the size in GiB. Required there.
    type: int
  status:
    description: For V(reset_status), the status, such as V(available) or V(error).
    type: str
  attach_status:
    description: For V(reset_status), whether it counts as attached.
    type: str
    choices: [attached, detached]
  migration_status:
    description: For V(reset_status), the status of its migration, such as V(none).
    type: str
  snapshot:
    description: For V(revert), the snapshot, by name or id. Names count among the snapshots of the volume. Without it, the newest is taken.
    type: str
  image_metadata:
    description: For V(set_image_metadata), the keys and values to set. Required there. Other keys are left alone.
    type: dict
  keys:
    description: For V(unset_image_metadata), the keys to remove. Required there.
    type: list
    elements: str
  instance:
    description: The id of the server, for V(attach), which needs this or O(host_name), and to tell attachments apart for V(detach) and V(force_detach).
    type: str
  host_name:
    description:
      - The name of the host, for V(attach), which needs this or O(instance), and to tell attachments apart for V(detach) and V(force_detach).
      - Cinder tells administrators alone which host it is. Others name O(attachment) or O(mountpoint) to detach, and the task fails without.
    type: str
  mountpoint:
    description: The device, such as V(/dev/vdb), for V(attach), where it is required, and to tell attachments apart for V(detach) and V(force_detach).
    type: str
  attachment:
    description: For V(detach) and V(force_detach), the id of the attachment. Needed only where the volume has several.
    type: str
  connector:
    description:
      - What the service must know of the host that connects, such as C(host), C(ip), C(initiator) and C(multipath).
      - For V(initialize_connection) and V(terminate_connection), required there, and for V(force_detach).
    type: dict
  new_type:
    description: For V(retype), the type, by name or id. Required there.
    type: str
  migration_policy:
    description: For V(retype), whether the data may be moved to another back end, which V(on-demand) allows.
    type: str
    choices: [never, on-demand]
    default: never
  host:
    description: For V(migrate), where to, as C(host@backend#pool). This or O(cluster) is required there, and they exclude each other.
    type: str
  cluster:
    description: For V(migrate), where to, as C(cluster@backend#pool). Needs microversion 3.16.
    type: str
  force_host_copy:
    description: For V(migrate), whether the data are copied by the host, even where the driver could move them itself.
    type: bool
  lock_volume:
    description: For V(migrate), whether nobody else may do anything to the volume meanwhile, such as attach it.
    type: bool
  new_volume:
    description: For V(complete_migration), the volume with the data, by name or id. Required there.
    type: str
  error:
    description: For V(complete_migration), whether the migration has failed, so that the service is to clean up.
    type: bool
  bootable:
    description: For V(set_bootable), whether a server can boot from it. Required there.
    type: bool
  image_name:
    description: For V(upload_image), the name of the image. Required there.
    type: str
  disk_format:
    description: For V(upload_image), the format of the image, such as V(raw) or V(qcow2). Without it, the service decides.
    type: str
  container_format:
    description: For V(upload_image), the container of the image, such as V(bare). Without it, the service decides.
    type: str
  visibility:
    description: For V(upload_image), who can see the image. Needs microversion 3.1. Only an administrator may say V(public).
    type: str
    choices: [public, private, shared, community]
  protected:
    description: For V(upload_image), whether the image cannot be deleted. Needs microversion 3.1.
    type: bool
  force:
    description:
      - For V(upload_image), whether to upload a volume that is in use, and to make an image even if there is one of this name from this volume.
      - For V(reimage), whether to overwrite a volume that is from that image already.
    type: bool
    default: false
  readonly:
    description: For V(set_readonly), whether it is to be attached for reading only. Required there.
    type: bool
  image:
    description: For V(reimage), the image, by name or id. Required there.
    type: str
  reimage_reserved:
    description: For V(reimage), whether a volume that is V(reserved) may be overwritten.
    type: bool
  once:
    description:
      - For V(revert), V(reimage) and V(complete_migration), a word of your own that stands for this occasion, such as a release or a date.
        Any other action refuses it.
      - The word is noted on the volume when the action is done. The same action with the same word does nothing from then on.
        With another word, it is done again. It has at most 255 characters.
    type: str
  return_secrets:
    description: For V(initialize_connection), whether RV(connection_info) is to contain passwords and keys. Use C(no_log) then.
    type: bool
    default: false
notes:
  - By Cinder's default policy, only an administrator may do V(reset_status), V(force_detach), V(unmanage), V(migrate), V(complete_migration)
    and V(force_delete), and V(upload_image) with O(visibility=public). All else is open to a member of the project.
  - Cinder refuses V(detach) and V(terminate_connection) for a volume that a server has connected, unless the request comes from a service.
    Detach it through the server then.
  - V(upload_image) notes the volume's id on the image, as its property C(unified_storage_volume_id).
    Where a policy forbids that, a second run does not recognise the image, and uploads another one.
  - What O(once) notes is an entry of the volume's metadata. No module of this collection shows it among them, or removes it.
  - With O(backend=host), V(extend) lets a mounted file system grow too, if it is ext4 or XFS and not read-only.
    A thick volume with snapshots only grows while it is not open.
  - With O(backend=host), V(revert) merges the snapshot, and keeps it. Neither may be open.
  - With O(backend=host), V(attach) activates the volume, and V(detach) deactivates it. V(initialize_connection) answers with the path of the device.
    V(set_readonly) is heeded by the device.
  - With O(backend=host), V(retype) changes the layout, as M(unified.storage.volume) says, and V(migrate) copies the volume into another
    volume group or thin pool, that O(host) names as C(name@group#pool), while it is not open and without snapshots.
    With a device in place of the pool, by the name that LVM has for it, such as C(name@group#/dev/sdc),
    a thick volume moves to that physical volume while it is used.
  - With O(backend=host), V(upload_image) and V(reimage) work with files, in O(host_storage.image_root) or by their whole path,
    in the formats V(raw) and V(qcow2). Without O(force), no file is replaced.
    A V(reimage) that fails leaves the volume in the status V(error), until one succeeds.
  - With O(backend=host), V(complete_migration) is not there. V(reset_status) changes nothing but the record.
seealso:
  - module: unified.storage.volume
  - module: unified.storage.volume_info
  - module: unified.storage.volume_snapshot
  - module: unified.storage.manageable_volume
"""

EXAMPLES = r"""
---
- name: All tasks in this block use the same cloud
  module_defaults:
    group/unified.storage.storage:
      cloud: admin
  block:
    - name: Let a volume grow
      unified.storage.volume_action:
        volume: db-data
        action: extend
        new_size: 20

    - name: Let many grow in one task
      unified.storage.volume_action:
        action: extend
        new_size: 5
        batch:
          - volume: web-1
          - volume: web-2
          - volume: web-3
            new_size: 8
      register: grown

    - name: Say how many were changed
      ansible.builtin.debug:
        msg: "{{ grown.summary.changed }} of {{ grown.summary.total }}"

    - name: Go back to the newest snapshot, once for this release
      unified.storage.volume_action:
        volume: journal
        action: revert
        once: release-7

    - name: Change the type, and move to another back end if need be
      unified.storage.volume_action:
        volume: db-data
        action: retype
        new_type: beta
        migration_policy: on-demand

    - name: Move to another pool, and wait up to an hour
      unified.storage.volume_action:
        volume: root-1
        action: migrate
        host: lab@alpha#alpha
        force_host_copy: true
        wait_timeout: 3600

    - name: Make an image of it
      unified.storage.volume_action:
        volume: db-data
        action: upload_image
        image_name: db-data-golden
        disk_format: raw
        container_format: bare
      register: upload

    - name: Say which image it is
      ansible.builtin.debug:
        var: upload.image_id

    - name: Different actions on different volumes, in one task
      unified.storage.volume_action:
        batch:
          - volume: db-data
            action: set_image_metadata
            image_metadata: {os_type: linux}
          - volume: web-1
            action: set_readonly
            readonly: true
          - volume: web-2
            action: set_bootable
            bootable: true

    - name: Mend the record of a volume whose attachment got stuck
      unified.storage.volume_action:
        volume: web-3
        action: reset_status
        status: available
        attach_status: detached
"""

RETURN = r"""
---
volume:
  description: The volume as it is afterwards, or in check mode, as the plan makes it. V(null) when it is gone.
  type: dict
  returned: when planning succeeded, without O(batch)
  contains:
    id:
      description: Its id. V(null) in check mode for one that does not exist yet.
      type: str
      sample: 7f1c4a3e-3d0e-4b6a-9a38-5d1b6f0e2c11
    name:
      description: Its name.
      type: str
      sample: db-data
    description:
      description: Its description.
      type: str
      sample: data of the database
    size:
      description: Its size in GiB.
      type: int
      sample: 10
    status:
      description: Its status, in the words of the Block Storage API.
      type: str
      sample: available
    volume_type:
      description: The name of its type.
      type: str
      sample: alpha
    volume_type_id:
      description: The id of its type, V(null) where the API is older than 3.63.
      type: str
      sample: 0c2a2c0e-5c55-4a39-a5a9-3f1c0e1e2b6d
    bootable:
      description: Whether a server can boot from it.
      type: bool
      sample: false
    readonly:
      description: Whether it is attached for reading only.
      type: bool
      sample: false
    encrypted:
      description: Whether its content is encrypted.
      type: bool
      sample: false
    multiattach:
      description: Whether it can be attached more than once.
      type: bool
      sample: false
    availability_zone:
      description: Its availability zone.
      type: str
      sample: nova
    metadata:
      description: Its metadata, without what this collection notes for itself.
      type: dict
      sample: {tier: gold}
    image_metadata:
      description: The metadata of the image that it was made from, or that were set afterwards.
      type: dict
      sample: {os_type: linux}
    attachments:
      description: Where it is attached.
      type: list
      elements: dict
      sample: []
      contains:
        attachment_id:
          description: The id of the attachment.
          type: str
          sample: 8a3c6f7e-93b3-4a2c-b0a6-6f1d7b7f4c2a
        server_id:
          description: The id of the server, V(null) where it is attached to a host.
          type: str
          sample: 3d6f7c1a-7b6f-4b1f-8a55-2f5e3f1d9b10
        host_name:
          description: The name of the host, where the service tells.
          type: str
          sample: compute-1
        device:
          description: The device, as the guest or the host sees it.
          type: str
          sample: /dev/vdb
        attached_at:
          description: Since when, in UTC.
          type: str
          sample: "2026-11-20T10:00:00Z"
    snapshot_id:
      description: The id of the snapshot that it was made from.
      type: str
      sample: null
    source_volid:
      description: The id of the volume that it was made from.
      type: str
      sample: null
    group_id:
      description: The id of the group that it is in.
      type: str
      sample: null
    host:
      description: Where it is, as C(host@backend#pool). Only an administrator is told, others get V(null).
      type: str
      sample: lab@alpha#alpha
    cluster_name:
      description: The cluster that it is in. Only an administrator is told.
      type: str
      sample: null
    migration_status:
      description: How far a migration is. Only an administrator is told.
      type: str
      sample: null
    replication_status:
      description: Its replication status.
      type: str
      sample: null
    project_id:
      description: The id of its project.
      type: str
      sample: 5c2e9d8b7a6f4e3d9c8b7a6f5e4d3c2b
    created_at:
      description: When it was made, in UTC.
      type: str
      sample: "2026-11-20T09:30:00Z"
    updated_at:
      description: When the service last changed its record, in UTC.
      type: str
      sample: "2026-11-20T10:00:00Z"
    once:
      description: The actions that were done on it with a word (O(unified.storage.volume_action#module:once)), and the last word of each.
      type: dict
      sample: {revert: before-upgrade-7}
    managed_from:
      description: The place and the reference that it was adopted by, by M(unified.storage.manageable_volume). V(null) for others.
      type: str
      sample: 'lab@alpha#alpha {"source-name":"foreign-1"}'
    backend_details:
      description: What only this back end knows, under the names that it uses.
      type: dict
      sample: {consumes_quota: true}
image_metadata:
  description: The metadata of the image that the volume was made from, or that were set afterwards.
  type: dict
  returned: with O(action=show_image_metadata)
  sample: {os_type: linux}
image_id:
  description: The id of the image that was made, or that was there already.
  type: str
  returned: with O(action=upload_image), outside check mode or when there is one already
  sample: 5b1e7a0d-8f5d-4b0c-9b8c-0d1b1a3c9e77
connection_info:
  description: How to connect to the volume, as the driver says it. Passwords and keys are left out unless O(return_secrets) is set.
  type: dict
  returned: with O(action=initialize_connection), outside check mode
  contains:
    driver_volume_type:
      description: The protocol.
      type: str
      sample: iscsi
    data:
      description: What the protocol needs.
      type: dict
      sample: {target_portal: "192.0.2.10:3260", target_iqn: "iqn.2010-10.org.openstack:volume-1", target_lun: 1}
plan:
  description: The steps from what was to what is wanted, in order. Empty when nothing had to be done.
  type: list
  elements: dict
  returned: without O(batch), once the back end was reached
  contains:
    verb:
      description: What is done. V(wait) does nothing but wait for what was under way already, and is no change.
      type: str
      sample: extend
    resource:
      description: The kind of the resource that it is done to.
      type: str
      sample: volume
    target:
      description: The resource, in words.
      type: str
      sample: volume db-data (7f1c4a3e-3d0e-4b6a-9a38-5d1b6f0e2c11)
    reason:
      description: Why.
      type: str
      sample: size is 10 GiB, not 20 GiB
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
      sample: {kind: volume, id: 7f1c4a3e-3d0e-4b6a-9a38-5d1b6f0e2c11, name: db-data}
    reason:
      description: The reason in the service's own words, V(null) where it gave none.
      type: str
      sample: status in-use
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
      sample: There is no volume with the name or id nosuch that this login can see.
    error:
      description: On failure, the same as facts, as in RV(error).
      type: dict
      sample: {kind: not_found, status: null, request_id: null, resource: {kind: volume, name: nosuch}, reason: null}
    plan:
      description: Its steps, as in RV(plan).
      type: list
      elements: dict
      sample: []
    volume:
      description: The volume, as in RV(volume).
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
      sample: {size: 10}
    after:
      description: The fields as the plan makes them.
      type: dict
      sample: {size: 20}
    before_header:
      description: The resource, in words.
      type: str
      sample: volume db-data (7f1c4a3e-3d0e-4b6a-9a38-5d1b6f0e2c11)
    after_header:
      description: The resource, in words.
      type: str
      sample: volume db-data (7f1c4a3e-3d0e-4b6a-9a38-5d1b6f0e2c11)
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run
from ansible_collections.unified.storage.plugins.module_utils._module.volume_action import NEEDS, VERBS, VolumeAction

SPEC = Spec(
    {
        "volume": {"type": "str", "required": True},
        "action": {"type": "str", "required": True, "choices": list(VERBS)},
        "all_projects": {"type": "bool", "default": False},
        "new_size": {"type": "int"},
        "status": {"type": "str"},
        "attach_status": {"type": "str", "choices": ["attached", "detached"]},
        "migration_status": {"type": "str"},
        "snapshot": {"type": "str"},
        "image_metadata": {"type": "dict"},
        "keys": {"type": "list", "elements": "str", "no_log": False},
        "instance": {"type": "str"},
        "host_name": {"type": "str"},
        "mountpoint": {"type": "str"},
        "attachment": {"type": "str"},
        "connector": {"type": "dict"},
        "new_type": {"type": "str"},
        "migration_policy": {"type": "str", "default": "never", "choices": ["never", "on-demand"]},
        "host": {"type": "str"},
        "cluster": {"type": "str"},
        "force_host_copy": {"type": "bool"},
        "lock_volume": {"type": "bool"},
        "new_volume": {"type": "str"},
        "error": {"type": "bool"},
        "bootable": {"type": "bool"},
        "image_name": {"type": "str"},
        "disk_format": {"type": "str"},
        "container_format": {"type": "str"},
        "visibility": {"type": "str", "choices": ["public", "private", "shared", "community"]},
        "protected": {"type": "bool"},
        "force": {"type": "bool", "default": False},
        "readonly": {"type": "bool"},
        "image": {"type": "str"},
        "reimage_reserved": {"type": "bool"},
        "once": {"type": "str"},
    },
    {"required_if": NEEDS, "mutually_exclusive": [("host", "cluster")]},
    extra={"return_secrets": {"type": "bool", "default": False, "no_log": False}},
)


def main() -> None:
    run(SPEC, VolumeAction())


if __name__ == "__main__":
    main()
