# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""The back end zstack: snapshot groups of virtual machines.

The server keeps no status of a group. So what this run has under way is: a job
by group, looked at whenever the group is observed. A group whose job is not
over is creating, reverting or deleting; one whose job has failed is in error,
with the job's reason, as far as this run is concerned.
"""

from __future__ import annotations

import math
import re
import threading
import time
import typing as t
import uuid
from dataclasses import dataclass

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend, Resource, Scope
from ansible_collections.unified.storage.plugins.module_utils._api.marks import PREFIX
from ansible_collections.unified.storage.plugins.module_utils._errors import Failed, StorageError, Unsupported
from ansible_collections.unified.storage.plugins.module_utils._zstack.client import (
    JSON,
    Client,
    DeadSession,
    Forgotten,
    Query,
    innermost,
    wall_clock,
)

GROUPS = "/v1/volume-snapshots/group"
GROUP_TYPE = "VolumeSnapshotGroupVO"
GIB = 1024**3
UUID = re.compile(r"[0-9a-f]{32}\Z")
#: For the ids that follow from a group's root volume and name.
NAMESPACE = uuid.UUID("3f1d4b0c-6b0e-5f6e-9a52-0c6f2f1f8a51")
ONCE = PREFIX + "once:"
#: So many ids fit into one address.
CHUNK = 50
#: What the server would take for an operator before it comes to the one that is meant.
OPERATORS = ("!=", ">=", "<=", "!?=", "!~=", "~=", "?=", " is null", " not null")
STATUSES = {"Ready": "available", "Creating": "creating", "Deleting": "deleting"}
#: What a group is while a verb's job is under way, and when it has failed.
UNDER_WAY = {"create": "creating", "revert": "reverting", "delete": "deleting", "ungroup": "deleting"}
IN_ERROR = {"delete": "error_deleting", "ungroup": "error_deleting"}


@dataclass
class Job:
    """What this run has begun with a group.

    call: how it was started: method, path, query, body.
    group: the group as it was, or as it will be.
    """

    verb: str
    ident: str
    call: t.Tuple[str, str, Query, t.Optional[JSON]]
    group: Resource
    over: bool = False
    error: t.Optional[StorageError] = None
    renewed: bool = False
    #: the same was sent before, and its answer was lost
    again: bool = False
    ended: str = "the server says that it is done"


class ZStack(Backend):
    """Groups of volume snapshots, and the root volumes that they are found by."""

    name = "zstack"

    def __init__(self, params: t.Mapping[str, t.Any]) -> None:
        self._client = Client(params)
        self._jobs: t.Dict[str, Job] = {}
        self._lock = threading.Lock()
        #: the machine of each root volume that was observed
        self._machines: t.Dict[str, str] = {}
        #: groups as they were last observed
        self._groups: t.Dict[str, Resource] = {}
        #: groups that this run was to make, and another has made
        self._twins: t.Set[str] = set()
        #: groups that this run has asked for
        self._asked: t.Set[str] = set()

    # -- observing
    def observe(self, kind: str, refs: t.Optional[t.Collection[str]], scope: Scope) -> t.List[Resource]:
        if kind == "root_volume":
            return self._root_volumes(refs)
        if kind == "snapshot_group":
            return self._observe_groups(refs, scope)
        if kind == "snapshot_group_availability":
            return self._availabilities(refs or ())
        raise Unsupported("The back end zstack has no %ss: it has snapshot groups, by root_volume." % _words(kind))

    def query(self, kind: str, query: t.Mapping[str, t.Any]) -> t.List[Resource]:
        return self.observe(kind, None, {})

    def explain(self, kind: str, resource: Resource, since: t.Optional[str]) -> t.Optional[str]:
        job = self._jobs.get(resource["id"])
        return (job.error.reason or job.error.message) if job and job.error else None

    def _root_volumes(self, refs: t.Optional[t.Collection[str]]) -> t.List[Resource]:
        found = self._by_ids_or_names("/v1/volumes", "listing root volumes", refs, ["type=Root"])
        wanted = sorted({v["vmInstanceUuid"] for v in found if v.get("vmInstanceUuid")})
        machines = self._by_ids("/v1/vm-instances", "listing virtual machines", "uuid", wanted)
        return [self._root_volume(volume, {m["uuid"]: m for m in machines}) for volume in found]

    def _root_volume(self, raw: JSON, machines: t.Mapping[str, JSON]) -> Resource:
        machine = machines.get(raw.get("vmInstanceUuid") or "") or {}
        if raw.get("vmInstanceUuid"):
            self._machines[raw["uuid"]] = raw["vmInstanceUuid"]
        return {
            "id": raw["uuid"],
            "name": raw.get("name"),
            "status": STATUSES.get(str(raw.get("status")), str(raw.get("status")).lower()),
            "size": _gib(raw.get("size")),
            "vm_id": raw.get("vmInstanceUuid"),
            "vm_name": machine.get("name"),
            "vm_state": machine.get("state"),
        }

    def _availabilities(self, groups: t.Collection[str]) -> t.List[Resource]:
        if not groups:
            return []
        # The key is repeated: a list with commas would be taken for one id.
        query = [("uuids", ident) for ident in groups]
        body = self._client.get("/v1/volume-snapshots/groups/availabilities", "asking what can be reverted", query)
        return [
            {
                "id": result["uuid"],
                "name": None,
                "available": result.get("available") is True,
                "reason": " ".join(str(result.get("reason") or "").split()) or None,
            }
            for result in body.get("results") or ()
        ]

    def _observe_groups(self, refs: t.Optional[t.Collection[str]], scope: Scope) -> t.List[Resource]:
        mine = {ident: self._jobs[ident] for ident in refs or () if ident in self._jobs}
        for job in mine.values():
            self._look(job)
        if refs and len(mine) == len(set(refs)) and not any(job.over for job in mine.values()):
            return [self._as_job_says(job.group, job) for job in mine.values()]
        groups = {group["id"]: group for group in self._list(refs, scope)}
        self._groups.update(groups)
        for ident, job in mine.items():
            seen = groups.get(ident)
            if job.over and job.error is None and seen is not None and job.verb in IN_ERROR:
                # With Enforcing, the server says success whatever became of the members.
                job.error = Failed("%s, and the group is still there" % job.ended)
            if job.over and job.error is None and seen is None and job.verb == "create":
                job.error = Failed("%s, and there is no such group" % job.ended)
            if job.error is not None and seen is not None and job.verb == "create" and _same(seen, job.group):
                job.error = None  # another run, or this one's lost request, has made the same
                if not job.again:
                    self._twins.add(ident)
            if not job.over or job.error is not None:
                groups[ident] = self._as_job_says(seen or job.group, job)
        return [{**group, "twin": True} if ident in self._twins else group for ident, group in groups.items()]

    @staticmethod
    def _as_job_says(group: Resource, job: Job) -> Resource:
        if not job.over:
            return {**group, "status": UNDER_WAY.get(job.verb, "updating")}
        return {**group, "status": IN_ERROR.get(job.verb, "error")} if job.error else group

    def _list(self, refs: t.Optional[t.Collection[str]], scope: Scope) -> t.List[Resource]:
        what = "listing snapshot groups"
        source = scope.get("source_id")
        if source:
            machine = self._machines.get(source)
            found = self._client.all(GROUPS, what, ["vmInstanceUuid=" + machine]) if machine else []
        else:
            named = self._by_ids_or_names(GROUPS, what, refs, [])
            # With all of the same machines: only so it can be told what builds on what.
            machines = sorted({group["vmInstanceUuid"] for group in named})
            found = named if refs is None else self._by_ids(GROUPS, what, "vmInstanceUuid", machines)
        if not found:
            return []
        volumes = sorted({ref["volumeUuid"] for group in found for ref in group.get("volumeSnapshotRefs") or ()})
        snapshots = {
            snapshot["uuid"]: snapshot
            for snapshot in self._by_ids("/v1/volume-snapshots", "listing snapshots", "volumeUuid", volumes)
        }
        tags = self._by_ids(
            "/v1/user-tags", "listing tags", "resourceUuid", sorted(group["uuid"] for group in found),
            ["resourceType=" + GROUP_TYPE],
        )  # fmt: skip
        home = {ref["volumeSnapshotUuid"]: group["uuid"] for group in found for ref in group["volumeSnapshotRefs"]}
        dependents = _dependents(snapshots, home)
        return [
            _group(
                group,
                snapshots,
                [tag["tag"] for tag in tags if tag["resourceUuid"] == group["uuid"]],
                sorted(dependents.get(group["uuid"], ())),
                self._client.offset,
            )
            for group in found
        ]

    def _by_ids_or_names(
        self, path: str, what: str, refs: t.Optional[t.Collection[str]], conditions: t.Sequence[str]
    ) -> t.List[JSON]:
        """What one of the refs could mean; all there are for None."""
        if refs is None or any(op in ref for ref in refs for op in OPERATORS):
            return self._client.all(path, what, conditions)
        ids = sorted(filter(UUID.match, refs))
        found = {raw["uuid"]: raw for raw in self._by_ids(path, what, "uuid", ids, conditions)}
        for ref in refs:
            if ref not in found and ref not in self._groups:
                named = self._client.all(path, what, [*conditions, "name=" + ref])
                found.update((raw["uuid"], raw) for raw in named)
        return list(found.values())

    def _by_ids(
        self, path: str, what: str, field: str, ids: t.Sequence[str], conditions: t.Sequence[str] = ()
    ) -> t.List[JSON]:
        found: t.List[JSON] = []
        for start in range(0, len(ids), CHUNK):
            some = "%s?=%s" % (field, ",".join(ids[start : start + CHUNK]))
            found.extend(self._client.all(path, what, [*conditions, some]))
        return found

    # -- jobs
    def _look(self, job: Job) -> None:
        """Find out how far a job is."""
        if job.over:
            return
        what = "%s of snapshot group %s" % (job.verb, job.group.get("name") or job.group["id"])
        try:
            result = self._client.job(job.ident, what)
        except DeadSession as exc:
            # The session had ended when the job began, so it did nothing: begin again, once.
            if job.renewed:
                job.over, job.error = True, exc
                return
            self._client.renew()
            job.renewed, job.ident = True, self._client.start(job.call[0], job.call[1], what, job.call[2], job.call[3])
        except Forgotten as exc:
            # Its end is too long ago: what there is tells how it ended. A revert leaves nothing that would.
            job.over, job.error = True, exc if job.verb == "revert" else None
            job.ended = "the server has forgotten the job"
        except StorageError as exc:
            if exc.kind == "unreachable":
                raise
            job.over, job.error = True, exc
        else:
            if result is not None:
                job.over, job.error = True, self._partial(job, result)

    def _partial(self, job: Job, result: JSON) -> t.Optional[StorageError]:
        """The failure of some members in a job that was a success as a whole."""
        names = {member["snapshot_id"]: member for member in job.group.get("members") or ()}
        wrong = []
        for entry in result.get("results") or ():
            if entry.get("success") is not True or entry.get("error"):
                member = names.get(entry.get("snapshotUuid")) or {}
                snapshot = member.get("name") or entry.get("snapshotUuid")
                why = innermost(entry["error"]) if isinstance(entry.get("error"), dict) else "no reason is given"
                wrong.append("%s (volume %s): %s" % (snapshot, entry.get("volumeUuid"), why))
        if not wrong:
            return None
        reason = "%d of %d members failed: %s" % (len(wrong), len(result["results"]), "; ".join(wrong))
        return Failed(reason, reason=reason)

    # -- performing
    def why_not(self, kind: str, verb: str, args: t.Mapping[str, t.Any]) -> t.Optional[str]:
        if kind != "snapshot_group":
            return "ZStack has snapshot groups, and no %ss." % _words(kind)
        if verb == "create" and not args.get("root_volume_id"):
            return "on ZStack a snapshot group is one of a virtual machine: name its root_volume."
        if verb == "reset_status":
            return "on ZStack the status follows from the snapshots. Leave reset_status out."
        return None

    def perform(
        self, kind: str, verb: str, ident: t.Optional[str], args: t.Mapping[str, t.Any]
    ) -> t.Optional[Resource]:
        why = self.why_not(kind, verb, args)
        if why is not None:
            raise Unsupported("The back end zstack cannot %s a %s: %s" % (verb, _words(kind), why))
        if verb == "create":
            return self._create(args)
        ident = t.cast(str, ident)
        where = "%s/%s" % (GROUPS, ident)
        if verb == "update":
            changes = {name: args[name] for name in ("name", "description") if args.get(name) is not None}
            self._begin(verb, ident, "PUT", where + "/actions", (), {"updateVolumeSnapshotGroup": changes})
        elif verb == "revert":
            self._begin(verb, ident, "PUT", where + "/actions", (), {"revertVmFromSnapshotGroup": {}})
        elif verb == "delete":
            names = {"delete_mode": "deleteMode", "delete_scope": "scope"}
            query = [(theirs, str(args[ours])) for ours, theirs in names.items() if args.get(ours)]
            self._begin(verb, ident, "DELETE", where, query)
        elif verb == "ungroup":
            self._begin(verb, ident, "DELETE", "/v1/volume-snapshots/ungroup/" + ident)
        elif verb == "mark":
            tag = "%s%s=%s" % (ONCE, args["verb"], args["word"])
            params = {"resourceType": GROUP_TYPE, "resourceUuid": ident, "tag": tag}
            self._begin(verb, ident, "POST", "/v1/user-tags", (), {"params": params})
        else:
            raise Unsupported("The back end zstack cannot %s a snapshot group." % verb)
        return None

    def _begin(
        self, verb: str, ident: str, method: str, path: str, query: Query = (), body: t.Optional[JSON] = None
    ) -> None:
        group = self._groups.get(ident) or _empty(ident)
        again = ident in self._asked
        self._asked.add(ident)
        job = self._client.start(method, path, "%s of snapshot group %s" % (verb, ident), query, body)
        self._jobs[ident] = Job(verb, job, (method, path, query, body), group, again=again)

    def _create(self, args: t.Mapping[str, t.Any]) -> Resource:
        """Begin to make a group, under an id that follows from what it is.

        So neither a request that is sent again nor another run that does the
        same makes a second one: the server refuses an id that is taken.
        """
        root, name = args["root_volume_id"], args["name"]
        group = _empty(args.get("resource_uuid") or "")
        group.update(
            name=name,
            description=args.get("description"),
            source={"kind": "root_volume", "id": root, "name": None},
        )
        if not group["id"]:
            for number in range(1000):
                group["id"] = uuid.uuid5(NAMESPACE, "%s %d %s" % (root, number, name)).hex
                if not self._by_ids(GROUPS, "reading snapshot groups", "uuid", [group["id"]]):
                    break
                taken = self._list([group["id"]], {})
                for seen in taken:
                    if seen["id"] == group["id"] and _same(seen, group):
                        if seen["id"] not in self._asked:
                            self._twins.add(seen["id"])  # another run was quicker
                        return seen
        params: JSON = {"rootVolumeUuid": root, "name": name, "resourceUuid": group["id"]}
        for ours, theirs in (("description", "description"), ("with_memory", "withMemory"), ("tags", "tagUuids")):
            if args.get(ours):
                params[theirs] = args[ours]
        body: JSON = {"params": params}
        for ours, theirs in (("system_tags", "systemTags"), ("user_tags", "userTags")):
            if args.get(ours):
                body[theirs] = list(args[ours])
        with self._lock:
            self._groups[group["id"]] = group
        self._begin("create", group["id"], "POST", GROUPS, (), body)
        return {**group, "status": "creating"}

    def close(self) -> None:
        """Log out, but not before the server has accepted what it was sent."""
        for job in self._jobs.values():
            if not job.over:
                try:
                    self._look(job)
                except StorageError:
                    pass  # it goes on without us
        self._client.close()


# -- the common shapes
def _group(
    raw: JSON,
    snapshots: t.Mapping[str, JSON],
    tags: t.Sequence[str],
    dependents: t.Sequence[str],
    offset: t.Optional[float],
) -> Resource:
    rest = dict(raw)

    def take(key: str) -> t.Any:
        return rest.pop(key, None)

    refs = sorted(take("volumeSnapshotRefs") or (), key=lambda ref: int(ref.get("deviceId") or 0))
    root: JSON = next((ref for ref in refs if ref.get("volumeType") == "Root"), {})
    members = [_member(ref, snapshots.get(ref["volumeSnapshotUuid"])) for ref in refs]
    busy = [member["status"] for member in members if member["status"] in ("creating", "deleting")]
    once: t.Dict[str, t.List[str]] = {}
    for tag in tags:
        if tag.startswith(ONCE):
            verb, _equals, word = tag[len(ONCE) :].partition("=")
            once.setdefault(verb, []).append(word)
    rest["snapshotCount"] = int(rest.get("snapshotCount") or 0)
    rest["user_tags"] = sorted(tag for tag in tags if not tag.startswith(PREFIX))
    return {
        "id": take("uuid"),
        "name": take("name"),
        "description": take("description"),
        "status": busy[0] if busy else "available",
        "created_at": _utc(raw.get("createDate"), offset),
        "source": {"kind": "root_volume", "id": root.get("volumeUuid"), "name": root.get("volumeName")},
        "members": members,
        "dependents": list(dependents),
        "once": once,
        "backend_details": rest,
    }


def _member(ref: JSON, snapshot: t.Optional[JSON]) -> Resource:
    deleted = ref.get("snapshotDeleted") is True or snapshot is None
    status = str((snapshot or {}).get("status"))
    return {
        "snapshot_id": ref["volumeSnapshotUuid"],
        "name": ref.get("volumeSnapshotName"),
        "volume_id": ref.get("volumeUuid"),
        "share_id": None,
        "size": _gib((snapshot or {}).get("size")),
        "status": "deleted" if deleted else STATUSES.get(status, status.lower()),
        "deleted": deleted,
    }


def _empty(ident: str) -> Resource:
    """A group of which no more than its id is known."""
    return {
        "id": ident,
        "name": None,
        "description": None,
        "status": "available",
        "created_at": None,
        "source": {"kind": "root_volume", "id": None, "name": None},
        "members": [],
        "dependents": [],
        "once": {},
        "backend_details": {},
    }


def _dependents(snapshots: t.Mapping[str, JSON], home: t.Mapping[str, str]) -> t.Dict[str, t.Set[str]]:
    """By group, the other groups that have a snapshot further down the same branch of a volume's tree."""
    found: t.Dict[str, t.Set[str]] = {}
    for ident, group in home.items():
        above = str(snapshots.get(ident, {}).get("parentUuid"))
        seen: t.Set[str] = set()
        while above in snapshots and above not in seen:
            seen.add(above)
            if home.get(above, group) != group:
                found.setdefault(home[above], set()).add(group)
            above = str(snapshots[above].get("parentUuid"))
    return found


def _same(seen: Resource, wanted: Resource) -> bool:
    return bool(seen["name"] == wanted["name"] and seen["source"]["id"] == wanted["source"]["id"])


def _gib(size: t.Any) -> t.Optional[int]:
    """Bytes in GiB, rounded up. The manual writes whole numbers as 1.0."""
    return math.ceil(float(size) / GIB) if isinstance(size, (int, float)) else None


def _utc(date: t.Any, offset: t.Optional[float]) -> t.Optional[str]:
    """A time of the server in ISO 8601, None where its zone or its words are not understood."""
    seconds = wall_clock(date)
    if seconds is None or offset is None:
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds - offset))


def _words(kind: str) -> str:
    return kind.replace("_", " ")
