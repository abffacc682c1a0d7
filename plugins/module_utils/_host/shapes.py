# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Logical volumes in the words of the contract. Pure."""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._api.marks import split_marks
from ansible_collections.unified.storage.plugins.module_utils._host.lvm import (
    GIB,
    LAYOUTS,
    Disk,
    Group,
    Lv,
    Report,
    whole_number,
)

#: The status that each verb of several steps gives for as long as it lasts.
UNDER_WAY = {
    "create": "creating",
    "manage": "managing",
    "extend": "extending",
    "retype": "retyping",
    "migrate": "maintenance",
    "revert": "reverting",
    "reimage": "downloading",
}
#: As Cinder's LVM driver names them. LVM keeps names that begin with C(snapshot) for itself.
VOLUME_NAME, SNAPSHOT_NAME = "volume-%s", "_snapshot-%s"
_UUID = re.compile(r"(?:volume|_snapshot)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z")


def id_in(name: str) -> t.Optional[str]:
    """The id that a name by that convention says."""
    found = _UUID.match(name)
    return found.group(1) if found else None


def begun(lv: Lv) -> t.Optional[str]:
    """The verb that is being done to it in several steps, None at rest."""
    return "revert" if lv.notes.get("revert") else lv.journal.get("verb")


def status_of(lv: Lv) -> str:
    """The status of a volume."""
    verb = begun(lv)
    if verb:
        return UNDER_WAY.get(verb, "maintenance")
    if lv.lost:
        return "error"
    return lv.notes.get("status") or ("in-use" if lv.json("attachments") else "available")


def host_of(lv: Lv, node: str) -> str:
    """Where it is, as Cinder says it: C(host@group#pool); what is not thin is in the pool of the group's name."""
    return "%s@%s#%s" % (node, lv.vg, lv.pool if lv.thin and lv.pool else lv.vg)


def places(lv: Lv, node: str) -> t.List[str]:
    """Its physical volume in the same form, where it is on one alone."""
    plain = lv.layout == "linear" and len(lv.devices) == 1
    return ["%s@%s#%s" % (node, lv.vg, device) for device in lv.devices] if plain else []


def pool(node: str, group: Group, thin: t.Optional[Lv], report: Report, kind: str, over: bool) -> Resource:
    """A volume group, or a thin pool in one, as a place for resources of a kind."""
    there = [lv for lv in report.lvs if lv.vg == group.name and ((lv.pool == thin.name) if thin else not lv.thin)]
    total = thin.size if thin else group.size
    free = thin.size * (1 - (thin.data_percent or 0) / 100) if thin else group.free
    found = _place(node, group, thin.name if thin else group.name, total, free, there, report, kind)
    if thin:
        found["provisioned_capacity"] = round(report.promised(thin) / GIB, 2)
        found["max_over_subscription_ratio"] = None if over else 1.0  # None: as much as one likes
        found["thin_provisioning"] = True
        found["capabilities"].update(data_percent=thin.data_percent, metadata_percent=thin.metadata_percent)
    return found


def disk_pool(node: str, group: Group, disk: Disk, report: Report) -> Resource:
    """A physical volume as a place for volumes: those that are on it, be it in part."""
    there = [lv for lv in report.lvs if lv.vg == group.name and disk.name in lv.devices]
    return _place(node, group, disk.name, disk.size, disk.free, there, report, "volume")


def _place(
    node: str, group: Group, name: str, total: float, free: float, there: t.Sequence[Lv], report: Report, kind: str
) -> Resource:
    """total, free: bytes. there: all that is in it."""
    mine = {lv.uuid for lv in report.of(kind)}
    name_in_full = "%s@%s#%s" % (node, group.name, name)
    return {
        "id": name_in_full,
        "name": name_in_full,
        "host": node,
        "backend": group.name,
        "pool": name,
        "total_capacity": round(total / GIB, 2),
        "free_capacity": round(free / GIB, 2),
        "allocated_capacity": sum(lv.gib for lv in there if lv.uuid in mine),
        "provisioned_capacity": round((total - free) / GIB, 2),
        "reserved_percentage": 0,
        "max_over_subscription_ratio": None,
        "thin_provisioning": False,
        "capabilities": {
            "missing_disks": group.missing,
            "data_percent": None,
            "metadata_percent": None,
            # LVM's own parts have names as well: they show what holds a disk.
            "other_logical_volumes": sorted(
                lv.name for lv in there if lv.uuid not in mine and (name.startswith("/") or not lv.hidden)
            ),
        },
    }


def dump(value: t.Mapping[str, t.Any]) -> t.Optional[str]:
    """A dictionary as a note; None (no note) when it is empty."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")) if value else None


def metadata_of(lv: Lv) -> t.Dict[str, str]:
    """The metadata, marks included."""
    return {k: v for k, v in lv.json("metadata").items() if isinstance(v, str)}


def volume(lv: Lv, report: Report, node: str, held: t.Callable[[str], bool]) -> Resource:
    """A volume. held: whether somebody works on the resource with this id."""
    notes, metadata = lv.notes, metadata_of(lv)
    marks = split_marks(metadata)
    verb = begun(lv)
    layout = LAYOUTS.get(lv.layout)
    details: t.Dict[str, t.Any] = {
        "volume_group": lv.vg,
        "logical_volume": lv.name,
        "path": lv.path,
        "lv_uuid": lv.uuid,
        "size_bytes": lv.size,
        "active": lv.active,
        "open": lv.open,
        "health": lv.health or None,
        "places": places(lv, node),
    }
    if verb in ("reimage", "revert"):
        details["begun_with"] = lv.journal.get("image") or (lv.json("revert").get("notes") or {}).get("id")
    if notes.get("attach_status"):
        details["attach_status"] = notes["attach_status"]
    pool = report.pool_of(lv)
    if lv.thin and pool is not None:
        details["data_percent"] = lv.data_percent
        details["thin_pool"] = {
            "name": pool.name,
            "size": pool.gib,
            "provisioned": round(report.promised(pool) / GIB, 2),
            "data_percent": pool.data_percent,
            "metadata_percent": pool.metadata_percent,
        }
    resource = {
        "id": lv.ident,
        "name": notes.get("name"),
        "description": notes.get("description"),
        "size": lv.gib,
        "status": status_of(lv),
        "volume_type": layout.name if layout else lv.layout,
        "volume_type_id": lv.layout,
        "bootable": notes.get("bootable") == "1",
        "readonly": lv.readonly,
        "encrypted": False,
        "multiattach": False,
        "availability_zone": None,
        "metadata": metadata,
        "image_metadata": lv.json("image_metadata"),
        "attachments": list(lv.json("attachments").values()),
        "snapshot_id": notes.get("snapshot_id"),
        "source_volid": notes.get("source_volid"),
        "group_id": None,
        "host": host_of(lv, node),
        "cluster_name": None,
        "migration_status": "migrating" if verb == "migrate" else notes.get("migration_status"),
        "replication_status": None,
        "project_id": None,
        "created_at": notes.get("created_at"),
        "updated_at": None,
        "once": marks.once,
        "managed_from": marks.managed_from,
        "marks": marks.entries,
        "backend_details": details,
    }
    if verb and not held(lv.ident):
        resource["unfinished"] = True
    return resource


def snapshot(lv: Lv, reverting: bool, held: t.Callable[[str], bool]) -> Resource:
    """A snapshot of a volume. reverting: its volume is being taken back to it. held: as for volume()."""
    notes, metadata = lv.notes, metadata_of(lv)
    marks = split_marks(metadata)
    verb = begun(lv)
    status = UNDER_WAY.get(verb, "maintenance") if verb else "restoring" if reverting or lv.merging else "available"
    if lv.invalid or lv.lost:
        status = "error"
    resource = {
        "id": lv.ident,
        "name": notes.get("name"),
        "description": notes.get("description"),
        "size": whole_number(notes.get("size")) or lv.gib,
        "status": status,
        "volume_id": notes.get("volume_id"),
        "metadata": metadata,
        "group_snapshot_id": notes.get("group_snapshot_id"),
        "project_id": None,
        "created_at": notes.get("created_at"),
        "updated_at": None,
        "managed_from": marks.managed_from,
        "marks": marks.entries,
        "backend_details": {
            "volume_group": lv.vg,
            "logical_volume": lv.name,
            "path": lv.path,
            "lv_uuid": lv.uuid,
            "thin": lv.thin,
            "active": lv.active,
            "open": lv.open,
            # How much of the room for changes is used up: of a thick one, which is lost when that is full.
            "used_percent": lv.data_percent if lv.thin else lv.snap_percent,
        },
    }
    if verb and not held(notes.get("volume_id") or lv.ident):
        resource["unfinished"] = True
    return resource


def volume_types() -> t.List[Resource]:
    """The layouts, in place of volume types."""
    return [{"id": layout.ident, "name": layout.name} for layout in LAYOUTS.values()]


def manageable(lv: Lv, whose: t.Optional[str], unsafe: t.Optional[str], source: t.Optional[str]) -> Resource:
    """An entry of the lists of what can be adopted.

    whose: the id of what it is already. unsafe: why it cannot be adopted.
    source: the name of its origin, of a snapshot.
    """
    entry: Resource = {
        "reference": {"source-name": lv.name},
        "size": lv.gib,
        "safe_to_manage": unsafe is None,
        "reason_not_safe": unsafe,
        "cinder_id": whose,
        "extra_info": {
            "source-id": lv.uuid,
            "path": lv.path,
            "layout": lv.layout,
            "size_bytes": lv.size,
            "active": lv.active,
        },
    }
    if source is not None:
        entry["source_reference"] = {"source-name": source}
    return entry
