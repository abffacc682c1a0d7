# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Snapshot groups, on LVM: snapshots of several volumes, taken together.

A group is nothing but its members, snapshots like any other. Their notes say so:
C(group_snapshot_id) its id, C(group_volumes) the ids of its volumes, in order,
C(group) its name and all else. The first member that is there speaks for it.

What takes several steps is noted by the first member alone, in C(group_begun).
It is the first to be made, and the last to be changed or removed. So the group
is as it was until that last step, or it is seen that the step did not come.
"""

from __future__ import annotations

import time
import typing as t
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource, Scope
from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Conflict,
    NotFound,
    StorageError,
    Unsupported,
)
from ansible_collections.unified.storage.plugins.module_utils._host import lock, shapes
from ansible_collections.unified.storage.plugins.module_utils._host.images import utc
from ansible_collections.unified.storage.plugins.module_utils._host.lvm import Lv, Lvm, Report
from ansible_collections.unified.storage.plugins.module_utils._host.volumes import SNAPSHOT, VOLUME, Volumes

Args = t.Mapping[str, t.Any]

GROUP, AVAILABILITY = "snapshot_group", "snapshot_group_availability"
ID, VOLUMES, FACTS, BEGUN = "group_snapshot_id", "group_volumes", "group", "group_begun"
#: For the ids of members.
NAMESPACE = uuid.UUID("5b0f6c0e-2f4e-5d0a-9d55-1a4a7e2c3b60")
UNDER_WAY = {"create": "creating", "delete": "deleting", "ungroup": "deleting"}


@dataclass(frozen=True)
class Group:
    """volumes: the ids of its volumes, in order. members: what there is of its snapshots, in that order."""

    ident: str
    volumes: t.Tuple[str, ...]
    members: t.Tuple[Lv, ...]

    @property
    def first(self) -> Lv:
        """The one that speaks for it."""
        return self.members[0]

    @property
    def facts(self) -> t.Dict[str, t.Any]:
        return self.first.json(FACTS)

    @property
    def begun(self) -> t.Optional[str]:
        """The verb that is not over; None at rest."""
        return self.first.notes.get(BEGUN)

    @property
    def whole(self) -> bool:
        return len(self.members) == len(self.volumes)


def member_id(group: str, volume: str) -> str:
    """The id of a group's snapshot of a volume: it follows from theirs."""
    return str(uuid.uuid5(NAMESPACE, "%s %s" % (group, volume)))


def groups_in(report: Report) -> t.Dict[str, Group]:
    """The groups that the notes tell of, by id."""
    members: t.Dict[str, t.Dict[str, Lv]] = {}
    for lv in [*report.used_up().values(), *report.of(SNAPSHOT)]:
        if lv.kind == SNAPSHOT and lv.notes.get(ID) and lv.notes.get(VOLUMES):
            members.setdefault(lv.notes[ID], {})[lv.notes.get("volume_id", "")] = lv
    found = {}
    for ident, by_volume in members.items():
        volumes = tuple(next(iter(by_volume.values())).notes[VOLUMES].split("/"))
        present = tuple(by_volume[volume] for volume in volumes if volume in by_volume)
        if present:
            found[ident] = Group(ident, volumes, present)
    return found


def as_resource(group: Group, snapshots: t.Mapping[str, Resource], held: t.Callable[[str], bool]) -> Resource:
    """A group in the words of the contract. snapshots: as volume snapshots, by id."""
    facts, there = group.facts, {lv.notes["volume_id"]: snapshots[lv.ident] for lv in group.members}
    status = UNDER_WAY.get(group.begun or "", "available")
    if status == "available" and any(member["status"] == "error" for member in there.values()):
        status = "error"
    members = []
    for volume in group.volumes:
        seen = there.get(volume) or {}
        gone = not seen and status != "creating"
        members.append(
            {
                "snapshot_id": seen.get("id") or member_id(group.ident, volume),
                "name": seen.get("name"),
                "volume_id": volume,
                "share_id": None,
                "size": seen.get("size"),
                "status": seen.get("status") or ("deleted" if gone else status),
                "deleted": gone,
            }
        )
    resource: Resource = {
        "id": group.ident,
        "name": facts.get("name"),
        "description": facts.get("description"),
        "status": status,
        "created_at": facts.get("created_at"),
        "source": {"kind": "volumes", "id": None, "name": None},
        "members": members,
        "dependents": [],
        "once": facts.get("once") or {},
        "backend_details": {},
    }
    if group.begun and not held(group.ident):
        resource["unfinished"] = True
    return resource


class Groups:
    """The snapshot groups of this host."""

    kinds = frozenset({GROUP, AVAILABILITY})

    def __init__(self, lvm: Lvm, volumes: Volumes, twins: t.Set[str]) -> None:
        """twins: takes the ids of what this run was to make, and another has made."""
        self._lvm = lvm
        self._volumes = volumes
        self._twins = twins

    # -- observing
    def observe(self, kind: str, refs: t.Optional[t.Collection[str]], scope: Scope) -> t.List[Resource]:
        report = self._lvm.report()  # one for all that follows: workers may be changing things
        groups = groups_in(report)
        if kind == AVAILABILITY:
            return [self._availability(group) for ident, group in groups.items() if refs is None or ident in refs]
        snapshots = {snapshot["id"]: snapshot for snapshot in self._volumes.snapshots_in(report)}
        return [as_resource(group, snapshots, lock.is_held) for group in groups.values()]

    def query(self, kind: str, query: t.Mapping[str, t.Any]) -> t.List[Resource]:
        return self.observe(kind, None, {})

    def _availability(self, group: Group) -> Resource:
        reason = self._obstacle(group)
        return {"id": group.ident, "name": None, "available": reason is None, "reason": reason}

    def _obstacle(self, group: Group) -> t.Optional[str]:
        """Why not all of its volumes can be reverted, None when they can."""
        there = {lv.notes["volume_id"]: lv for lv in group.members}
        volumes = {volume["id"]: volume for volume in self._volumes.observe(VOLUME, None, {})}
        report = self._lvm.report()
        for ident in group.volumes:
            snapshot, volume, lv = there.get(ident), volumes.get(ident), report.get(VOLUME, ident)
            if volume is None or lv is None:
                return "volume %s is gone" % ident
            name = "volume %s" % (volume["name"] or ident)
            if snapshot is None:
                return "the snapshot of %s has been deleted" % name
            if volume["status"] == "reverting" and volume.get("unfinished"):
                continue  # a killed run has begun this very thing, or the like: it is gone on with
            if volume["status"] != "available":
                return "%s is %s, and must be available" % (name, volume["status"])
            for one in (lv, snapshot):
                if one.open:
                    return "%s is open, perhaps mounted" % one.path
            if snapshot.invalid:
                return "the snapshot of %s is full, and lost" % name
            if snapshot.origin != lv.name:
                return "%s does not come from the volume that %s is now" % (snapshot.spec, name)
            if snapshot.notes.get("size") != str(lv.gib):
                return "%s has %d GiB now, and %s GiB then: it was extended since" % (
                    name,
                    lv.gib,
                    snapshot.notes.get("size"),
                )
        return None

    # -- what cannot be
    def why_not(self, kind: str, verb: str, args: Args) -> t.Optional[str]:
        if verb == "reset_status":
            return "on a host the status follows from the snapshots. Leave reset_status out."
        if verb == "create" and not args.get("volume_ids"):
            return "on a host a snapshot group is one of volumes: name them with volumes."
        return None

    def foresee(self, kind: str, verb: str, ident: t.Optional[str], args: Args) -> None:
        if verb == "create":
            for volume in args["volume_ids"]:
                self._lvm.plan_snapshot(self._volumes.origin(volume))

    # -- performing
    def perform(self, kind: str, verb: str, ident: t.Optional[str], args: Args) -> t.Optional[Resource]:
        if verb == "create":
            return self._create(args)
        ident = t.cast(str, ident)
        with self._locked(ident) as group:
            if group is None:
                if verb in ("delete", "ungroup"):
                    return None  # gone already, by somebody else's hand
                raise NotFound(
                    "There is no snapshot group %s on this host (any more)." % ident,
                    resource={"kind": GROUP, "id": ident},
                    reason="no logical volume has notes of it",
                )
            if verb == "resume":
                verb = group.begun or verb
                do = {"create": self._finish_create, "delete": self._delete, "ungroup": self._ungroup}.get(verb)
                if do is not None:
                    do(group)
            elif verb == "delete":
                self._delete(group)
            elif verb == "ungroup":
                self._ungroup(group)
            elif verb == "update":
                self._note(group, {k: args[k] for k in ("name", "description") if k in args})
            elif verb == "mark":
                once = {k: list(words) for k, words in (group.facts.get("once") or {}).items()}
                once.setdefault(args["verb"], []).append(args["word"])
                self._note(group, {"once": once})
            else:
                raise Unsupported("The back end host cannot %s a snapshot group." % verb)
        return None

    @contextmanager
    def _locked(self, ident: str, volumes: t.Sequence[str] = ()) -> t.Iterator[t.Optional[Group]]:
        """The group as it is, while nobody else works on it or its volumes. Always locked in this order."""
        with ExitStack() as locks:
            locks.enter_context(lock.held(ident))
            if not volumes:
                self._lvm.forget()
                group = groups_in(self._lvm.report()).get(ident)
                volumes = group.volumes if group else ()
            for volume in sorted(volumes):
                locks.enter_context(lock.held(volume))
            self._lvm.forget()
            yield groups_in(self._lvm.report()).get(ident)

    # -- making
    def _create(self, args: Args) -> Resource:
        ident = str(uuid.uuid4())
        volumes = sorted(args["volume_ids"])
        with self._locked(ident, volumes):
            facts = {"name": args["name"], "description": args.get("description"), "created_at": utc(time.time())}
            for other in groups_in(self._lvm.report()).values():
                if other.facts.get("name") == args["name"] and sorted(other.volumes) == volumes and not other.begun:
                    self._twins.add(other.ident)  # another run was quicker
                    return {"id": other.ident, "name": args["name"], "status": "available", **other.facts}
            self._take(ident, volumes, facts)
        return {"id": ident, "status": "available", **facts}

    def _take(self, ident: str, volumes: t.Sequence[str], facts: t.Mapping[str, t.Any]) -> None:
        """Take the snapshots, one right after the other: all, or none."""
        shared = {ID: ident, VOLUMES: "/".join(volumes), FACTS: t.cast(str, shapes.dump(facts))}
        try:
            for position, volume in enumerate(volumes):
                origin = self._volumes.origin(volume)
                snapshot = member_id(ident, volume)
                name = "%s-%s" % (facts["name"], origin.notes.get("name") or volume)
                notes = self._volumes.snapshot_notes(origin, snapshot, {"name": name})
                notes.update(shared, **({BEGUN: "create"} if position == 0 else {}))
                self._lvm.snapshot(origin, shapes.SNAPSHOT_NAME % snapshot, notes)
        except StorageError:
            taken = groups_in(self._lvm.report()).get(ident)
            if taken is not None:
                self._remove(taken)
            raise
        self._lvm.note(groups_in(self._lvm.report())[ident].first, {BEGUN: None})

    def _finish_create(self, group: Group) -> None:
        """What a killed run has not taken, was not of the same moment: so all are taken anew."""
        if group.whole:
            self._lvm.note(group.first, {BEGUN: None})
            return
        self._remove(group)
        self._take(group.ident, group.volumes, {**group.facts, "created_at": utc(time.time())})

    # -- changing
    def _note(self, group: Group, changes: t.Mapping[str, t.Any]) -> None:
        """Change what the group is: first at the others, and it is done when the first one knows."""
        self._check_free(group)
        facts = shapes.dump({**group.facts, **changes})
        for lv in reversed(group.members):
            self._lvm.note(lv, {FACTS: facts})

    def _check_free(self, group: Group) -> None:
        """Raises Conflict while a member is being merged into its volume."""
        merging = self._lvm.report().used_up()
        for lv in group.members:
            if lv.ident in merging:
                raise Conflict(
                    "Volume %s is being reverted to its snapshot of group %s. Run that again, to go on with it."
                    % (lv.notes["volume_id"], group.ident),
                    resource={"kind": GROUP, "id": group.ident},
                    reason="snapshot %s is being merged" % lv.ident,
                )

    # -- removing
    def _delete(self, group: Group) -> None:
        self._check_free(group)
        self._volumes.check_closed(group.members)
        if len(group.members) > 1:
            self._lvm.note(group.first, {BEGUN: "delete"})
        self._remove(group)

    def _remove(self, group: Group) -> None:
        self._lvm.remove(*group.members[1:])
        self._lvm.remove(group.first)

    def _ungroup(self, group: Group) -> None:
        """Leave the members by themselves."""
        self._check_free(group)
        if len(group.members) > 1:
            self._lvm.note(group.first, {BEGUN: "ungroup"})
        for lv in reversed(group.members):
            now = t.cast(Lv, self._lvm.report().at(lv.vg, lv.name))
            self._lvm.note(now, {ID: None, VOLUMES: None, FACTS: None, BEGUN: None})
