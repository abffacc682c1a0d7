# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VMs, volumes, snapshots in their trees, snapshot groups and tags: what the server knows, and what its verbs do."""

from __future__ import annotations

import re
import shutil
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from .errors import Refused, argument, missing, operation
from .faults import Faults

Inventory = dict[str, Any]
UUID = re.compile(r"[0-9a-f]{12}[1-5][0-9a-f]{3}[89ab][0-9a-f]{15}\Z")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
GIB = 1024**3
NOT_STOPPED = (
    "unable to reset volume[uuid:{}] to snapshot[uuid:{}], the vm[uuid:{}] volume attached to "
    "is not in Stopped state, current state is {}"
)


def new_uuid() -> str:
    return uuid.uuid4().hex


class Store:
    """Everything below one lock. Each volume and each snapshot has a file, so that data really come and go."""

    def __init__(self, files: Path, faults: Faults, utc_offset: int) -> None:
        """utc_offset: minutes by which the server's wall clock is ahead of UTC."""
        self.lock = threading.RLock()
        self.files = files
        self.files.mkdir(parents=True, exist_ok=True)
        self.utc_offset = utc_offset
        self._faults = faults
        self.vms: dict[str, Inventory] = {}
        self.volumes: dict[str, Inventory] = {}
        self.snapshots: dict[str, Inventory] = {}
        self.groups: dict[str, Inventory] = {}
        self.tags: dict[str, Inventory] = {}
        #: volume to the snapshot that its content builds on
        self._current: dict[str, str | None] = {}

    def date(self, ago: float = 0) -> str:
        """The wall clock, as the server writes it: no zone, twelve hours."""
        at = time.gmtime(time.time() - ago + self.utc_offset * 60)
        return (
            f"{MONTHS[at.tm_mon - 1]} {at.tm_mday}, {at.tm_year} "
            f"{at.tm_hour % 12 or 12}:{at.tm_min:02}:{at.tm_sec:02} {'AM' if at.tm_hour < 12 else 'PM'}"
        )

    # ---- what tests set up

    def add_vm(self, name: str, data_volumes: int = 1, state: str = "Stopped", size: int = GIB) -> Inventory:
        with self.lock:
            vm = {"uuid": new_uuid(), "name": name, "state": state, "createDate": self.date(), "type": "UserVm"}
            self.vms[vm["uuid"]] = vm
            root = self.add_volume(f"ROOT-for-{name}", vm["uuid"], "Root", size)
            for number in range(1, data_volumes + 1):
                self.add_volume(f"DATA-{number}-of-{name}", vm["uuid"], "Data", size)
            vm["rootVolumeUuid"] = root["uuid"]
            return self.show_vm(vm)

    def add_volume(self, name: str, vm: str | None, kind: str = "Data", size: int = GIB) -> Inventory:
        with self.lock:
            taken = [v["deviceId"] for v in self.volumes.values() if v["vmInstanceUuid"] == vm]
            volume = {
                "uuid": new_uuid(),
                "name": name,
                "vmInstanceUuid": vm,
                "type": kind,
                "size": size,
                "deviceId": 0 if kind == "Root" else max(taken, default=0) + 1,
                "state": "Enabled",
                "status": "Ready",
                "createDate": self.date(),
                "lastOpDate": self.date(),
            }
            self.volumes[volume["uuid"]] = volume
            self._current[volume["uuid"]] = None
            self.file(volume["uuid"]).write_bytes(b"")
            return volume

    def add_group(self, root: str, name: str, age: float) -> Inventory:
        """A group that was made some seconds ago."""
        made = self.create_group({"rootVolumeUuid": root, "name": name})
        with self.lock:
            made["createDate"] = self.date(age)
            return made

    def file(self, ident: str) -> Path:
        """Where the content of a volume or snapshot is."""
        return self.files / ident

    # ---- inventories

    def show_vm(self, vm: Inventory) -> Inventory:
        return {**vm, "allVolumes": self.volumes_of(vm["uuid"])}

    def volumes_of(self, vm: str) -> list[Inventory]:
        found = [v for v in self.volumes.values() if v["vmInstanceUuid"] == vm]
        return sorted(found, key=lambda v: v["deviceId"])

    def values(self, row: Inventory, name: str) -> list[Any] | None:
        """The values of a field for the query language, across tables where the name says so."""
        if name in ("__userTag__", "__systemTag__"):
            kind = name.strip("_").removesuffix("Tag").capitalize()
            return [t["tag"] for t in self.tags.values() if t["resourceUuid"] == row["uuid"] and t["type"] == kind]
        if name.startswith("vmInstance."):
            vm = self.vms.get(row.get("vmInstanceUuid") or "")
            return [vm.get(name.split(".", 1)[1])] if vm else []
        if name.startswith("volumeSnapshot."):
            field = name.split(".", 1)[1]
            members = [self.snapshots.get(r["volumeSnapshotUuid"]) for r in row.get("volumeSnapshotRefs", ())]
            return [member.get(field) for member in members if member]
        known = {"description", "parentUuid", "vmInstanceUuid", *row}
        return [row.get(name)] if name in known else None

    # ---- snapshot groups

    def create_group(self, params: Inventory, tags: dict[str, list[str]] | None = None) -> Inventory:
        with self.lock:
            _text(params, "rootVolumeUuid", "APICreateVolumeSnapshotGroupMsg", None)
            _text(params, "name", "APICreateVolumeSnapshotGroupMsg", 255)
            _longest(params, "description", 2048)
            root = self.volumes.get(params["rootVolumeUuid"])
            if root is None:
                raise missing("rootVolumeUuid", params["rootVolumeUuid"], "VolumeVO")
            if root["type"] != "Root":
                raise argument(f"volume[uuid:{root['uuid']}] is not root volume")
            vm = self.vms[root["vmInstanceUuid"]]
            if params.get("withMemory") and vm["state"] not in ("Running", "Paused"):
                raise argument(f"Can not take memory snapshot, vm current state[{vm['state']}], but expect state are")
            volumes = self.volumes_of(vm["uuid"])
            for volume in volumes:
                if volume["status"] != "Ready":
                    raise operation(
                        f"volume[uuid:{volume['uuid']}] is not in status Ready, "
                        f"current is {volume['status']}, can't create snapshot"
                    )
            ident = params.get("resourceUuid") or new_uuid()
            if ident in self.groups:
                raise Refused("SYS.1000", None, f"Duplicate entry '{ident}' for key 'PRIMARY'")
            now = self.date()
            group = {
                "uuid": ident,
                "snapshotCount": 0,
                "name": params["name"],
                "description": params.get("description"),
                "vmInstanceUuid": vm["uuid"],
                "createDate": now,
                "lastOpDate": now,
                "volumeSnapshotRefs": [],
            }
            if params.get("withMemory"):
                volumes = [*volumes, self.add_volume(f"memory-of-{vm['name']}", None, "Memory")]
            for volume in volumes:
                snapshot = self._snapshot(volume, f"{group['name']}-{volume['name']}")
                group["volumeSnapshotRefs"].append(
                    {
                        "volumeSnapshotUuid": snapshot["uuid"],
                        "volumeSnapshotGroupUuid": ident,
                        "deviceId": volume["deviceId"],
                        "snapshotDeleted": False,
                        "volumeUuid": volume["uuid"],
                        "volumeName": volume["name"],
                        "volumeType": volume["type"],
                        "volumeSnapshotInstallPath": f"/Cloud_ps/{snapshot['uuid']}.qcow2",
                        "volumeSnapshotName": snapshot["name"],
                        "createDate": now,
                        "lastOpDate": now,
                    }
                )
            group["snapshotCount"] = len(group["volumeSnapshotRefs"])
            self.groups[ident] = group
            for kind, texts in (tags or {}).items():
                for text in texts:
                    self._tag(kind, "VolumeSnapshotGroupVO", ident, text)
            return group

    def _snapshot(self, volume: Inventory, name: str) -> Inventory:
        parent = self._current[volume["uuid"]]
        snapshot = {
            "uuid": new_uuid(),
            "name": name,
            "type": "Hypervisor",
            "volumeUuid": volume["uuid"],
            "treeUuid": self.snapshots[parent]["treeUuid"] if parent else new_uuid(),
            "parentUuid": parent,
            "volumeType": volume["type"],
            "latest": True,
            "size": volume["size"],
            "state": "Enabled",
            "status": "Ready",
            "createDate": self.date(),
            "lastOpDate": self.date(),
        }
        if parent:
            self.snapshots[parent]["latest"] = False
        self.snapshots[snapshot["uuid"]] = snapshot
        self._current[volume["uuid"]] = snapshot["uuid"]
        shutil.copyfile(self.file(volume["uuid"]), self.file(snapshot["uuid"]))
        return snapshot

    def update_group(self, ident: str, params: Inventory) -> Inventory:
        with self.lock:
            group = self._group(ident)
            _longest(params, "name", 255)
            _longest(params, "description", 2048)
            group.update({k: params[k] for k in ("name", "description") if params.get(k) is not None})
            group["lastOpDate"] = self.date()
            return group

    def _group(self, ident: str, field: str = "uuid") -> Inventory:
        if ident not in self.groups:
            raise missing(field, ident, "VolumeSnapshotGroupVO")
        return self.groups[ident]

    def availability(self, ident: str) -> Inventory:
        """Whether a group can be reverted as a whole."""
        with self.lock:
            group = self.groups[ident]
            attached = {v["uuid"]: v for v in self.volumes_of(group["vmInstanceUuid"])}
            refs = [ref for ref in group["volumeSnapshotRefs"] if ref["volumeType"] != "Memory"]
            gone = [r for r in refs if r["snapshotDeleted"] or r["volumeSnapshotUuid"] not in self.snapshots]
            away = [r for r in refs if r["volumeUuid"] not in attached]
            new = [v for ident, v in attached.items() if ident not in {r["volumeUuid"] for r in refs}]
            reasons = []
            if gone:
                named = ", ".join(f"[uuid:{r['volumeSnapshotUuid']}, name:{r['volumeSnapshotName']}]" for r in gone)
                reasons.append(f"snapshot(s) {named} in the group has been deleted, can only revert one by one.")
            if away:
                named = ", ".join(f"[uuid:{r['volumeUuid']}, name:{r['volumeName']}]" for r in away)
                reasons.append(
                    f"volume(s) {named} is no longer attached, can only revert one by one. "
                    "If you need to group revert, please re-attach it."
                )
            if new:
                named = ", ".join(f"[uuid:{v['uuid']}, name:{v['name']}]" for v in new)
                reasons.append(
                    f"new volume(s) {named} attached after snapshot point, can only revert one by one. "
                    "If you need to group revert, please detach it."
                )
            return {"uuid": ident, "available": not reasons, "reason": "\n".join(reasons)}

    def revert_group(self, ident: str) -> list[Inventory]:
        with self.lock:
            group = self._group(ident)
            for snapshot in self._members(group):
                if snapshot["state"] != "Enabled":
                    raise operation(f"volume snapshot[uuid:{snapshot['uuid']}] is in state Disabled, cannot revert")
            seen = self.availability(ident)
            if not seen["available"]:
                raise operation(seen["reason"])
            vm = self.vms[group["vmInstanceUuid"]]
            results = []
            for snapshot in self._members(group):
                volume = self.volumes[snapshot["volumeUuid"]]
                if volume["type"] == "Memory":
                    continue
                error = None
                fault = self._faults.member("revert", volume)
                if vm["state"] != "Stopped":
                    error = operation(NOT_STOPPED.format(volume["uuid"], snapshot["uuid"], vm["uuid"], vm["state"]))
                elif fault is not None:
                    error = operation("failed to revert volume from snapshot")
                    error.cause = Refused("HOST.1001", "agent failed", fault.get("details", "disk on fire"))
                else:
                    shutil.copyfile(self.file(snapshot["uuid"]), self.file(volume["uuid"]))
                    self._current[volume["uuid"]] = snapshot["uuid"]
                results.append(_result(snapshot, error))
            return results

    def delete_group(self, ident: str, mode: str, scope: str) -> list[Inventory] | None:
        """None for one that does not exist, which is a success."""
        if not UUID.match(ident):
            raise Refused("SYS.1003", None, f"invalid value[{ident}] of field [uuid]")
        with self.lock:
            if ident not in self.groups:
                return None
            group = self.groups[ident]
            attached = {v["uuid"] for v in self.volumes_of(group["vmInstanceUuid"])}
            results = []
            for snapshot in self._members(group):
                volume = self.volumes[snapshot["volumeUuid"]]
                if volume["uuid"] not in attached:
                    continue
                fault = self._faults.member("delete", volume)
                error = operation(fault.get("details", "disk on fire")) if fault else None
                if error is None:
                    self._delete_snapshot(snapshot["uuid"], chain=scope == "chain")
                results.append(_result(snapshot, None if mode == "Enforcing" else error))
            return results

    def ungroup(self, ident: str) -> None:
        if not UUID.match(ident):
            raise Refused("SYS.1003", None, f"invalid value[{ident}] of field [uuid]")
        with self.lock:
            self._drop_group(ident)

    def _members(self, group: Inventory) -> list[Inventory]:
        """The snapshots that are still there, that of the root volume last."""
        refs = sorted(group["volumeSnapshotRefs"], key=lambda r: r["volumeType"] == "Root")
        return [self.snapshots[r["volumeSnapshotUuid"]] for r in refs if r["volumeSnapshotUuid"] in self.snapshots]

    def _delete_snapshot(self, ident: str, chain: bool) -> None:
        """chain: with all that builds on it; else its children build on its parent."""
        snapshot = self.snapshots.get(ident)
        if snapshot is None:
            return
        children = [s for s in self.snapshots.values() if s["parentUuid"] == ident]
        for child in children:
            if chain:
                self._delete_snapshot(child["uuid"], chain=True)
            else:
                child["parentUuid"] = snapshot["parentUuid"]
        del self.snapshots[ident]
        self.file(ident).unlink(missing_ok=True)
        parent = snapshot["parentUuid"]
        if parent in self.snapshots and not any(s["parentUuid"] == parent for s in self.snapshots.values()):
            self.snapshots[parent]["latest"] = True
        if self._current[snapshot["volumeUuid"]] == ident:
            self._current[snapshot["volumeUuid"]] = parent
        for group in list(self.groups.values()):
            for ref in group["volumeSnapshotRefs"]:
                if ref["volumeSnapshotUuid"] == ident:
                    ref["snapshotDeleted"] = True
                    if ref["volumeType"] == "Root":
                        self._drop_group(group["uuid"])

    def _drop_group(self, ident: str) -> None:
        self.groups.pop(ident, None)
        for tag in [t for t in self.tags.values() if t["resourceUuid"] == ident]:
            del self.tags[tag["uuid"]]

    # ---- tags

    def user_tags(self) -> dict[str, Inventory]:
        return {ident: tag for ident, tag in self.tags.items() if tag["type"] == "User"}

    def create_tag(self, params: Inventory) -> Inventory:
        with self.lock:
            for name in ("resourceType", "resourceUuid", "tag"):
                _text(params, name, "APICreateUserTagMsg", None)
            return self._tag("User", params["resourceType"], params["resourceUuid"], params["tag"])

    def _tag(self, kind: str, resource_type: str, resource: str, text: str) -> Inventory:
        for tag in self.tags.values():
            if (tag["type"], tag["resourceUuid"], tag["tag"]) == (kind, resource, text):
                raise operation(
                    f"Duplicated Tag[tag:{text}, type:{kind}, resourceType:{resource_type}, resourceUuid:{resource}]"
                )
        tag = {
            "uuid": new_uuid(),
            "resourceUuid": resource,
            "resourceType": resource_type,
            "tag": text,
            "type": kind,
            "createDate": self.date(),
            "lastOpDate": self.date(),
        }
        self.tags[tag["uuid"]] = tag
        return tag


def _result(snapshot: Inventory, error: Refused | None) -> Inventory:
    result = {"snapshotUuid": snapshot["uuid"], "volumeUuid": snapshot["volumeUuid"], "success": error is None}
    return result if error is None else {**result, "error": error.as_json()}


def _text(params: Inventory, name: str, message: str, most: int | None) -> None:
    if params.get(name) is None:
        raise argument(f"field[{name}] of message[{message}] is mandatory, can not be null")
    if most:
        _longest(params, name, most)


def _longest(params: Inventory, name: str, most: int) -> None:
    value = params.get(name)
    if value is not None and len(value) > most:
        raise argument(f"field[{name}] exceeds max length of string. expected was <= {most}, actual was {len(value)}")
