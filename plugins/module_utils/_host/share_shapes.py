# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Shares, their rules, locks and snapshots in the words of the contract. Pure."""

from __future__ import annotations

import json
import typing as t
import uuid

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._api.marks import split_marks
from ansible_collections.unified.storage.plugins.module_utils._host import exports, nfs, shapes
from ansible_collections.unified.storage.plugins.module_utils._host.lvm import Group, Lv, Report, whole_number
from ansible_collections.unified.storage.plugins.module_utils._host.shapes import host_of, metadata_of

if t.TYPE_CHECKING:
    from ansible_collections.unified.storage.plugins.module_utils._host.filesystem import Mount
    from ansible_collections.unified.storage.plugins.module_utils._host.nfs import Look

#: As Manila's LVM driver names them.
SHARE_NAME, SNAPSHOT_NAME = "share-%s", "share-snapshot-%s"
#: The status that each verb of several steps gives for as long as it lasts.
UNDER_WAY = {
    "create": "creating",
    "delete": "deleting",
    "extend": "extending",
    "shrink": "shrinking",
    "revert": "reverting",
}
#: Notes of a rule and of a lock: the rest of the key says whose.
RULE, LOCK = "rule:", "lock:"
_RULES = uuid.UUID("a3a1f9a2-6f1d-4c58-9d0c-6f4f5a7f3b11")


def rule_id(share: str, who: str) -> str:
    """The id of the rule for a client: always the same, so that those of an adopted export have one too."""
    return str(uuid.uuid5(_RULES, "%s %s" % (share, who)))


def noted(lv: Lv, lead: str) -> t.Dict[str, t.Dict[str, t.Any]]:
    """The notes of its rules or locks, by what follows in the key."""
    return {key[len(lead) :]: lv.json(key) for key in sorted(lv.notes) if key.startswith(lead)}


def verb_of(lv: Lv) -> t.Optional[str]:
    """The verb that is being done to it in several steps, None at rest."""
    return lv.journal.get("verb") or ("revert" if lv.notes.get("revert") else None)


def _common(lv: Lv, held: t.Callable[[str], bool], owner: str) -> Resource:
    notes, metadata = lv.notes, metadata_of(lv)
    marks = split_marks(metadata)
    verb = verb_of(lv)
    found: Resource = {
        "id": lv.ident,
        "name": notes.get("name"),
        "description": notes.get("description"),
        "size": lv.gib,
        "status": UNDER_WAY.get(verb or "", "maintenance") if verb else notes.get("status", "available"),
        "share_protocol": "NFS",
        "metadata": metadata,
        "project_id": None,
        "created_at": notes.get("created_at"),
        "once": marks.once,
        "managed_from": marks.managed_from,
        "marks": marks.entries,
    }
    if verb and not held(owner):
        found["unfinished"] = True
    return found


def locations(address: str, path: t.Optional[str]) -> t.List[Resource]:
    if not path:
        return []
    name = "[%s]" % address if ":" in address else address
    return [{"path": "%s:%s" % (name, path), "preferred": True}]


def share(
    lv: Lv,
    report: Report,
    look: Look,
    mounted: t.Mapping[str, Mount],
    node: str,
    address: str,
    held: t.Callable[[str], bool],
) -> Resource:
    """A share. mounted: by device. node, address: how the host is called, and reached."""
    found = _common(lv, held, lv.ident)
    path = lv.notes.get("path", "")
    mount = mounted.get(lv.device or "")
    trouble = None
    if lv.lost:
        trouble = "a disk that it is on is missing"
    elif mount is None and not verb_of(lv):
        trouble = "it is not mounted on %s" % path
    if trouble and not verb_of(lv):
        found["status"] = "error"
    found.update(
        {
            "share_type": None,
            "share_type_id": None,
            "is_public": False,
            "availability_zone": None,
            "host": host_of(lv, node),
            "share_network_id": None,
            "share_server_id": None,
            "share_group_id": None,
            "snapshot_id": lv.notes.get("snapshot_id"),
            "access_rules_status": _rules_status(lv, look),
            "snapshot_support": True,
            "revert_to_snapshot_support": True,
            "mount_snapshot_support": True,
            "has_replicas": False,
            "is_soft_deleted": False,
            "scheduled_to_be_deleted_at": None,
            "export_locations": locations(address, path),
            "backend_details": {
                **_details(lv),
                "filesystem": mount.fstype if mount else lv.notes.get("filesystem"),
                "mount_point": path,
                "mounted": mount is not None,
                "trouble": trouble,
                "exports_file": next((place.file for place in look.places.get(path, ())), None),
                "snapshots": len(snapshots_of(report, lv)),
            },
        }
    )
    return found


def _details(lv: Lv) -> t.Dict[str, t.Any]:
    return {
        "volume_group": lv.vg,
        "logical_volume": lv.name,
        "path": lv.path,
        "lv_uuid": lv.uuid,
        "size_bytes": lv.size,
        "thin": lv.thin,
        "health": lv.health or None,
        # Of a thick snapshot, which is lost when its room for changes is full.
        "used_percent": lv.data_percent if lv.thin else lv.snap_percent,
    }


def snapshots_of(report: Report, lv: Lv) -> t.List[Lv]:
    return [snapshot for snapshot in report.of("share_snapshot") if snapshot.notes.get("share_id") == lv.ident]


def _rules_status(lv: Lv, look: Look) -> str:
    if nfs.own_file(SHARE_NAME % lv.ident) in look.problems or len(look.places.get(lv.notes.get("path", ""), ())) > 1:
        return "error"
    return "active" if all(rule["status"] == "active" for rule in rules(lv, look, lambda _: False)) else "syncing"


def rules(lv: Lv, look: Look, held: t.Callable[[str], bool]) -> t.List[Resource]:
    """The access rules of a share: the clients in its exports entry, and those that are to get in or out."""
    path = lv.notes.get("path", "")
    places = look.places.get(path, ())
    notes = noted(lv, RULE)
    found = []
    for who in [client.who for place in places for client in place.entry.clients]:
        notes.setdefault(who, {})
    for who, note in sorted(notes.items()):
        found.append(_rule(lv, who, note, places, look.table.get(path, ()), held))
    return found


def _rule(
    lv: Lv,
    who: str,
    note: t.Mapping[str, t.Any],
    places: t.Sequence[nfs.Place],
    table: t.Sequence[exports.Client],
    held: t.Callable[[str], bool],
) -> Resource:
    here = next((p.entry for p in places if nfs.find(p.entry.clients, who)), None)
    client = nfs.find(here.clients, who) if here else None
    now = here.writable(client) if here and client else None
    level = note.get("level") or ("rw" if now else "ro")
    state = "applying"
    if note.get("state") == "denying":
        state = "denying"
    elif now is (level == "rw") and nfs.find(table, who, level == "rw"):
        state = "active"
    metadata = {str(k): str(v) for k, v in (note.get("metadata") or {}).items()}
    marks = split_marks(metadata)
    rule: Resource = {
        "id": rule_id(lv.ident, who),
        "name": None,
        "share_id": lv.ident,
        "access_type": "ip" if exports.is_network(who) else "host",
        "access_to": who,
        "access_level": level,
        "access_key": None,
        "status": state,
        "metadata": metadata,
        "created_at": note.get("created_at"),
        "updated_at": note.get("updated_at"),
        "marks": marks.entries,
        "backend_details": {"options": list(client.options) if client else []},
    }
    if state != "active" and not verb_of(lv) and not held(lv.ident):
        rule["unfinished"] = True
    return rule


def locks(lv: Lv) -> t.List[Resource]:
    """The resource locks of a share and of its rules."""
    return [
        {
            "id": ident,
            "name": None,
            "resource_id": note.get("resource_id"),
            "resource_type": note.get("resource_type"),
            "resource_action": note.get("resource_action"),
            "lock_reason": note.get("lock_reason"),
            "lock_context": "admin",
            "user_id": None,
            "project_id": None,
            "created_at": note.get("created_at"),
            "updated_at": note.get("updated_at"),
            "backend_details": {},
        }
        for ident, note in noted(lv, LOCK).items()
    ]


def snapshot(
    lv: Lv,
    restoring: bool,
    mounted: t.Optional[bool],
    address: str,
    held: t.Callable[[str], bool],
) -> Resource:
    """A snapshot of a share.

    restoring: its share is being taken back to it.
    mounted: whether it is, and exported as its share is; None for something in between.
    """
    share_id = lv.notes.get("share_id", "")
    found = _common(lv, held, share_id)
    if restoring or lv.merging:
        found["status"] = "restoring"
    elif lv.invalid:
        found["status"] = "error"
    path = lv.notes.get("path")
    found.update(
        {
            "size": whole_number(lv.notes.get("size")) or lv.gib,
            "share_id": share_id,
            "mounted": mounted,
            "export_locations": locations(address, path),
            "backend_details": {
                **_details(lv),
                "mount_point": path,
                "trouble": "its room for changes is full, and it is lost" if lv.invalid else None,
            },
        }
    )
    return found


def pool(node: str, group: Group, thin: t.Optional[Lv], report: Report, over: bool) -> Resource:
    """A volume group, or a thin pool in one, as a place for shares."""
    found = shapes.pool(node, group, thin, report, "share", over)
    found["driver_handles_share_servers"] = False
    found["capabilities"].update(
        storage_protocol="NFS",
        snapshot_support=True,
        revert_to_snapshot_support=True,
        mount_snapshot_support=True,
    )
    return found


def dump(value: t.Mapping[str, t.Any]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
