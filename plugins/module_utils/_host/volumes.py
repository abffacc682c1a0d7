# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Volumes and their snapshots, on LVM.

What a verb does in several steps is noted first, in the note C(journal) (or
C(revert)) of the volume, and done while the lock of its id is held, which is for
its snapshots too. So the next run sees what a killed one has left, and resume()
completes it or takes it back. A verb of one command needs no journal: LVM does it
as a whole, or not at all.

What must hold for a verb, _check() says: when it is planned, so that check mode
promises nothing that is refused then, and again when nobody else can change it.
"""

from __future__ import annotations

import json
import os
import time
import typing as t
import uuid
from contextlib import contextmanager, nullcontext

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource, Scope
from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Conflict,
    Failed,
    Invalid,
    NotFound,
    StorageError,
    Unsupported,
)
from ansible_collections.unified.storage.plugins.module_utils._host import filesystem, lock, shapes
from ansible_collections.unified.storage.plugins.module_utils._host.images import (
    FORMATS,
    Images,
    alone,
    copy,
    utc,
)
from ansible_collections.unified.storage.plugins.module_utils._host.lvm import GIB, LAYOUTS, Lv, Lvm, Report

Args = t.Mapping[str, t.Any]
Notes = t.Dict[str, t.Optional[str]]
#: layout, volume group, and pool of what is thin
Place = t.Tuple[str, str, t.Optional[str]]

VOLUME, SNAPSHOT, POOL = "volume", "volume_snapshot", "volume_pool"

#: Verbs that a host has no meaning for, and what to use instead.
FOREIGN_VERBS = {
    "complete_migration": "a migration on a host completes by itself. Use migrate, and resume it by running it again.",
}


#: Layouts that LVM makes of each other in place.
CONVERTED = {"linear", "raid1"}
#: Verbs for which it is no error that it is gone.
ENDS_IT = {"delete", "force_delete", "unmanage"}
#: Verbs that wait until another one is over.
AT_REST = {"extend", "revert", "retype", "migrate", "upload_image", "reimage", "unmanage"}
#: The status that a verb begins with.
BEGINS_AT = {
    "reserve": "available",
    "unreserve": "attaching",
    "begin_detaching": "in-use",
    "roll_detaching": "detaching",
    "attach": "available",
}
#: Verbs that change nothing in the volume group, and those that take extents of it.
HARMLESS, ALLOCATE = {"initialize_connection", "terminate_connection"}, {"extend", "revert", "retype", "migrate"}
#: File systems that grow while they are mounted.
GROWN = {"ext2", "ext3", "ext4", "xfs"}
#: Notes that come along with the content.
INHERITED = ("bootable", "image_metadata")
#: how often a device is asked for, when what moved was somebody else's
MOVES = 5


def _volume_of(lv: Lv) -> str:
    """The id of the volume that it is, or is a snapshot of."""
    return lv.notes.get("volume_id") or lv.ident


def _copied(source: Lv, place: Place) -> bool:
    """Whether what is made from it there is a copy; else it is a thin snapshot."""
    return not (source.thin and place == ("thin", source.vg, source.pool))


def _gone(kind: str, ident: str) -> NotFound:
    return NotFound(
        "There is no %s %s on this host (any more)." % (kind.replace("_", " "), ident),
        resource={"kind": kind, "id": ident},
        reason="no logical volume has this id",
    )


def _journal(verb: str, **facts: t.Any) -> str:
    return json.dumps({"verb": verb, **facts}, sort_keys=True)


class Volumes:
    """The volumes of this host."""

    kinds = frozenset({VOLUME, SNAPSHOT, POOL, "volume_type", "manageable_volume", "manageable_snapshot", "image"})

    def __init__(self, lvm: Lvm, options: t.Mapping[str, t.Any]) -> None:
        self._lvm = lvm
        self._images = Images(lvm.command, options.get("image_root"))
        self._over = bool(options.get("over_provisioning"))
        self._node = os.uname().nodename

    # -- observing
    def observe(self, kind: str, refs: t.Optional[t.Collection[str]], scope: Scope) -> t.List[Resource]:
        if kind == "image":
            return self._images.observe(refs)
        if kind == "volume_type":
            return shapes.volume_types()
        if kind == VOLUME:
            return self._volumes()
        if kind == POOL:
            return self._pools()
        if kind == SNAPSHOT:
            wanted = scope.get("volume_id")
            found = self.snapshots_in(self._lvm.report())
            return [one for one in found if not wanted or one["volume_id"] == wanted]
        return self._manageable(kind, scope)

    def _volumes(self) -> t.List[Resource]:
        report = self._lvm.report()
        return [shapes.volume(lv, report, self._node, lock.is_held) for lv in report.of(VOLUME)]

    def _pools(self) -> t.List[Resource]:
        """Volume groups, their thin pools, and their physical volumes."""
        report, found = self._lvm.report(), []
        for group in self._lvm.groups().values():
            found += [
                shapes.pool(self._node, group, thin, report, VOLUME, self._over)
                for thin in (None, *report.pools(group.name))
            ]
            found += [shapes.disk_pool(self._node, group, disk, report) for disk in self._lvm.disks(group.name)]
        return found

    @staticmethod
    def snapshots_in(report: Report) -> t.List[Resource]:
        found, reverting = report.of(SNAPSHOT), report.used_up()
        there = {lv.ident for lv in found}
        found += [ghost for ghost in reverting.values() if ghost.kind == SNAPSHOT and ghost.ident not in there]
        return [shapes.snapshot(lv, lv.ident in reverting, lock.is_held) for lv in found]

    def _parse_host(self, host: str) -> t.Tuple[str, t.Optional[str]]:
        """The volume group and the pool that C([node@]group[#pool]) means.

        Raises Invalid when it is another host.
        """
        node, at, rest = host.rpartition("@")
        if at and node != self._node:
            raise Invalid(
                "%s is not this host: here it is %s@<volume group>, with #<thin pool> if need be." % (host, self._node)
            )
        group, _hash, pool = rest.partition("#")
        return group, pool or None

    def _manageable(self, kind: str, scope: Scope) -> t.List[Resource]:
        if scope.get("cluster"):
            raise Unsupported("A host has no clusters: give host, as %s@<volume group>." % self._node)
        group, pool = self._parse_host(scope.get("host") or "")
        self._lvm.group(group)
        report = self._lvm.report()
        found = []
        for lv in report.lvs:
            if lv.vg != group or lv.hidden or "pool" in lv.words or lv.kind == "part":
                continue
            if pool and pool != (lv.pool if lv.thin else lv.vg):
                continue
            origin = report.at(lv.vg, lv.origin) if lv.origin else None
            # A snapshot that needs its origin is never a volume. A thin one can be either.
            if (origin is None) if kind == "manageable_snapshot" else (lv.cow or lv.kind == SNAPSHOT):
                continue
            whose = lv.ident if lv.kind == kind.replace("manageable_", "").replace("snapshot", SNAPSHOT) else None
            found.append(shapes.manageable(lv, whose, self._unsafe(lv), origin.name if origin else None))
        return found

    @staticmethod
    def _unsafe(lv: Lv) -> t.Optional[str]:
        if lv.kind:
            return "already managed" if lv.kind in (VOLUME, SNAPSHOT) else "it holds a %s" % lv.kind.replace("_", " ")
        if lv.obstacle:
            return "its volume group cannot be changed, since %s" % lv.obstacle
        if lv.open:
            return "it is open, perhaps mounted"
        if lv.invalid:
            return "the snapshot is full, and lost"
        if lv.merging:
            return "it is being merged into its origin"
        if lv.health == "partial":
            return "a disk that it is on is missing"
        return None

    def query(self, kind: str, query: t.Mapping[str, t.Any]) -> t.List[Resource]:
        return self.observe(kind, None, {name: query.get(name) for name in ("host", "cluster")})

    # -- what cannot be
    def why_not(self, kind: str, verb: str, args: Args) -> t.Optional[str]:
        if verb in FOREIGN_VERBS:
            return FOREIGN_VERBS[verb]
        if args.get("cluster"):
            return "a host has no clusters. Give host, as %s@<volume group>." % self._node
        for name, instead in (
            ("availability_zone", "availability zones"),
            ("group_id", "generic groups"),
            ("scheduler_hints", "a scheduler that takes hints"),
        ):
            if args.get(name):
                return "a host has no %s. Leave %s out." % (instead, name.replace("_id", ""))
        if verb == "upload_image":
            self._images.path(args["image_name"])
            if args.get("disk_format", "raw") not in FORMATS:
                return "a host makes images of the formats %s. Use one of them." % " and ".join(FORMATS)
            if args.get("container_format", "bare") != "bare":
                return "an image on a host is a plain file. Leave container_format out."
            if args.get("visibility") or args.get("protected"):
                return "who sees an image on a host, its file's mode says. Leave visibility and protected out."
        if verb == "migrate":
            return self._why_not_migrate(args)
        return None

    # -- what will fit
    def foresee(self, kind: str, verb: str, ident: t.Optional[str], args: Args) -> None:
        if kind == VOLUME and verb == "create":
            _source, place = self._plan_new(args)
            self._lvm.plan(*place, args["size"] * GIB)
            return
        if kind == SNAPSHOT and verb == "create":
            self._lvm.plan_snapshot(self.origin(args["volume_id"]))
            return
        lv = self._lvm.report().get(kind, ident)
        if lv is None:
            return
        if verb in ENDS_IT or not shapes.begun(lv):  # else it is at rest by then, and not yet
            self._check(kind, verb, lv, args)
        if kind == VOLUME and verb == "extend":
            self._lvm.plan_extension(lv, args["new_size"] * GIB)
        elif verb in ("retype", "migrate"):
            goes_to = self._place_retyped(lv, args) if verb == "retype" else self._place_moved(lv, args)
            if goes_to is not None:
                self._lvm.plan(*goes_to, lv.size)

    def _plan_new(self, args: Args) -> t.Tuple[t.Optional[Lv], Place]:
        """What a new volume is made from, and where it goes. Raises StorageError where it cannot be made."""
        source = self._source(args)
        place = self._place_new(args, source)
        if source is not None:
            self._check_source(source, _copied(source, place))
        if args.get("image_id"):
            self._images.check(args["image_id"], args["size"] * GIB)
        return source, place

    def _place_new(self, args: Args, source: t.Optional[Lv]) -> Place:
        """What it is made from decides, where nothing else does."""
        layout, vg, pool = args.get("volume_type"), None, None
        if layout is None and source is not None and source.layout in LAYOUTS:
            layout = source.layout
        if layout == "thin" and source is not None and source.thin:
            vg, pool = source.vg, source.pool
        return self._lvm.place(layout, vg, pool)

    def _source(self, args: Args) -> t.Optional[Lv]:
        """The snapshot or volume that a new one is made from, if it is. Raises NotFound."""
        for kind, option in ((SNAPSHOT, "snapshot_id"), (VOLUME, "source_volid")):
            if args.get(option):
                found = self._lvm.report().get(kind, args[option])
                if found is None:
                    raise _gone(kind, args[option])
                return found
        return None

    def _why_not_migrate(self, args: Args) -> t.Optional[str]:
        group, pool = self._parse_host(args["host"])
        if "@" not in args["host"]:
            return "the place is given as %s@%s." % (self._node, args["host"])
        self._lvm.group(group)
        if pool and pool.startswith("/"):
            return self._why_not_disk(group, pool)
        if pool and pool != group:
            self._lvm.pool(group, pool)
        return None

    def _why_not_disk(self, group: str, device: str) -> t.Optional[str]:
        """Where a volume is, LVM says by its own name for the disk: by another it would not be known as being there."""
        disks = [disk.name for disk in self._lvm.disks(group)]
        if device in disks:
            return None
        for disk in disks:
            if os.path.realpath(disk) == os.path.realpath(device):
                return "LVM calls %s %s: give host as %s@%s#%s." % (device, disk, self._node, group, disk)
        raise NotFound(
            "There is no physical volume %s in the volume group %s. There are: %s." % (device, group, ", ".join(disks)),
            resource={"kind": "physical_volume", "name": device},
        )

    # -- performing
    def perform(self, kind: str, verb: str, ident: t.Optional[str], args: Args) -> t.Optional[Resource]:
        if ident is None:
            make = {
                (VOLUME, "create"): self._create,
                (VOLUME, "manage"): self._manage,
                (SNAPSHOT, "create"): self._take,
                (SNAPSHOT, "manage"): self._manage_snapshot,
            }[kind, verb]
            return make(args)
        with lock.held(self._owner(kind, ident)):
            self._lvm.forget()
            lv = self._find(kind, verb, ident)
            if lv is None:
                return None
            self._check(kind, verb, lv, args)
            do = t.cast(
                "t.Optional[t.Callable[[Lv, Args], t.Optional[Resource]]]",
                getattr(self, "_do_" + verb if kind == VOLUME else "_snapshot_" + verb, None),
            ) or getattr(self, "_both_" + verb, None)
            if do is None:
                raise Unsupported("The back end host cannot %s a %s." % (verb, kind.replace("_", " ")))
            return do(lv, args)

    def _owner(self, kind: str, ident: str) -> str:
        """The id of the volume that a resource is of: one lock is for all that is of a volume."""
        report = self._lvm.report() if kind == SNAPSHOT else None
        snapshot = (report.get(kind, ident) or report.used_up().get(ident)) if report else None
        return _volume_of(snapshot) if snapshot else ident

    def _find(self, kind: str, verb: str, ident: str) -> t.Optional[Lv]:
        """The resource as it is now; None where it is gone, and that is what the verb is for. Raises NotFound."""
        report = self._lvm.report()
        ghost = report.used_up().get(ident) if kind == SNAPSHOT else None
        found = report.get(kind, ident)
        if ghost is not None:
            self._check_volume_at_rest(ghost)  # it is being taken anew
        if found is None and verb not in ENDS_IT:
            raise _gone(kind, ident)
        return found

    def _check(self, kind: str, verb: str, lv: Lv, args: Args) -> None:
        """Raises StorageError where a verb may not be done to it as it is."""
        if verb not in HARMLESS:
            self._lvm.check_changeable(lv, verb in ALLOCATE)
        if kind == SNAPSHOT:
            if verb != "resume":
                self._check_volume_at_rest(lv)
            if verb == "delete":
                self.check_closed([lv])
            return
        if verb in AT_REST:
            self._check_at_rest(lv)
        status = shapes.status_of(lv)
        if BEGINS_AT.get(verb, status) != status:
            raise Conflict(
                "%s of volume %s needs the status %s, and it is %s." % (verb, lv.ident, BEGINS_AT[verb], status),
                resource={"kind": VOLUME, "id": lv.ident},
                reason="status %s" % status,
            )
        may = t.cast("t.Optional[t.Callable[[Lv, Args], None]]", getattr(self, "_may_" + verb, None))
        if may is not None:
            may(lv, args)

    # -- making
    def _notes(self, kind: str, ident: str, args: Args) -> t.Dict[str, str]:
        notes: Notes = {
            "kind": kind,
            "id": ident,
            "name": args.get("name"),
            "description": args.get("description"),
            "created_at": utc(time.time()),
            "metadata": shapes.dump(args.get("metadata") or {}),
        }
        return {k: v for k, v in notes.items() if v is not None}

    def _create(self, args: Args) -> Resource:
        ident = str(uuid.uuid4())
        notes = self._notes(VOLUME, ident, args)
        notes.update({k: args[k] for k in ("snapshot_id", "source_volid") if args.get(k)})
        name, size = shapes.VOLUME_NAME % ident, args["size"] * GIB
        with lock.held(ident):
            source, place = self._plan_new(args)
            if source is None and not args.get("image_id"):
                self._lvm.create(name, size, notes, *place)
                return self._made(VOLUME, notes, "available")
            origin = args.get("snapshot_id") or args.get("source_volid")
            notes["journal"] = _journal("create", size=size, image=args.get("image_id"), source=origin)
            if source is None or _copied(source, place):
                self._lvm.create(name, size, notes, *place)
            else:
                # A thin snapshot of it is a copy that costs nothing, and stands alone.
                with lock.held(_volume_of(source)):
                    self._lvm.forget()
                    source, _place = self._plan_new(args)
                    self._lvm.snapshot(t.cast(Lv, source), name, notes)
            lv = t.cast(Lv, self._lvm.report().at(place[1], name))
            try:
                self._fill(lv)
            except StorageError:
                self._lvm.remove(self._lvm.again(lv))
                raise
        return self._made(VOLUME, notes, "available")

    @staticmethod
    def _made(kind: str, notes: t.Mapping[str, str], status: str) -> Resource:
        """What is known of a new resource; the engine observes the rest."""
        return {
            "id": notes["id"],
            "name": notes.get("name"),
            "status": status,
            "created_at": notes.get("created_at"),
            "volume_id": notes.get("volume_id"),
        }

    def _check_source(self, source: Lv, copied: bool) -> None:
        """Raises Conflict while its content is being changed, or could be while it is copied."""
        if source.kind == VOLUME:
            self._check_at_rest(source)
        elif source.ident in self._lvm.report().used_up():
            self._check_volume_at_rest(source)
        if copied and source.open and source.kind == VOLUME:
            raise Conflict(
                "%s is open, perhaps mounted, and would change while it is copied. Take a snapshot, and copy that."
                % source.path,
                resource={"kind": VOLUME, "id": source.ident},
                reason="%s is open" % source.spec,
            )

    def _fill(self, lv: Lv) -> None:
        """Give a new volume the content that its journal names, and end the journal.

        Raises NotFound when what it came from has gone away.
        """
        plan = lv.journal
        changes: Notes = {"journal": None}
        if plan.get("image"):
            self._lvm.activate(lv)
            image = self._images.load(plan["image"], lv.path, lv.size, sparse=lv.thin)
            changes.update(bootable="1", image_metadata=self._image_metadata(image))
        else:
            report = self._lvm.report()
            source = report.get(SNAPSHOT, plan["source"]) or report.get(VOLUME, plan["source"])
            if not (lv.thin and lv.origin):  # a thin snapshot has its content already
                if source is None:
                    raise NotFound(
                        "What volume %s was to be made from is gone. Delete it, and make it from something else."
                        % lv.ident,
                        resource={"kind": VOLUME, "id": lv.ident},
                    )
                self._check_source(source, copied=True)
                self._copy(source, lv)
            self._lvm.extend(lv, plan["size"])
            changes.update({k: source.notes[k] for k in INHERITED if source and k in source.notes})
        self._lvm.note(self._lvm.again(lv), changes)

    @staticmethod
    def _image_metadata(image: Resource, before: t.Optional[t.Mapping[str, t.Any]] = None) -> t.Optional[str]:
        facts = {"image_id": image["id"], "image_name": image["name"], "disk_format": image["disk_format"]}
        return shapes.dump({**(before or {}), **facts})

    def _copy(self, source: Lv, target: Lv) -> None:
        """The content of one to another that nobody uses yet, whether active or not."""
        self._lvm.activate(target)
        with self._lvm.awake(source), alone(source.path) if source.kind == VOLUME else nullcontext(), alone(
            target.path
        ):
            copy(self._lvm.command, source.path, target.path, min(source.size, target.size), sparse=target.thin)

    def _take(self, args: Args) -> Resource:
        ident = str(uuid.uuid4())
        with lock.held(args["volume_id"]):
            self._lvm.forget()
            origin = self.origin(args["volume_id"])
            notes = self.snapshot_notes(origin, ident, args)
            self._lvm.snapshot(origin, shapes.SNAPSHOT_NAME % ident, notes)
        return self._made(SNAPSHOT, notes, "available")

    def origin(self, ident: str) -> Lv:
        """The volume of this id, of which a snapshot can be taken now. Raises StorageError."""
        origin = self._need_volume(ident)
        self._check_at_rest(origin)
        self._lvm.check_changeable(origin, allocates=True)
        if origin.cow:
            raise Unsupported("%s is a snapshot itself, and LVM takes none of a thick snapshot." % origin.path)
        return origin

    def snapshot_notes(self, origin: Lv, ident: str, args: Args) -> t.Dict[str, str]:
        """The notes of a snapshot of it."""
        notes = self._notes(SNAPSHOT, ident, args)
        notes.update(volume_id=origin.ident, size=str(origin.gib))
        # What is made of it is as bootable as its volume is now.
        notes.update({k: origin.notes[k] for k in INHERITED if k in origin.notes})
        return notes

    def _need_volume(self, ident: str) -> Lv:
        found = self._lvm.report().get(VOLUME, ident)
        if found is None:
            raise _gone(VOLUME, ident)
        return found

    @staticmethod
    def _check_at_rest(lv: Lv) -> None:
        """Raises Conflict while something else is being done to it: another run was quicker."""
        verb = shapes.begun(lv)
        if verb:
            raise Conflict(
                "%s of volume %s is not over yet. Run again, to go on with it." % (verb, lv.ident),
                resource={"kind": VOLUME, "id": lv.ident},
                reason="status %s" % shapes.UNDER_WAY.get(verb, verb),
            )

    def _check_volume_at_rest(self, snapshot: Lv) -> None:
        """The same of the volume that a snapshot is of."""
        volume = self._lvm.report().get(VOLUME, _volume_of(snapshot))
        if volume is not None:
            self._check_at_rest(volume)

    # -- managing
    def _foreign(self, group: str, reference: t.Mapping[str, t.Any]) -> Lv:
        """What a reference means, if it may be adopted. Raises StorageError."""
        known = {"source-name": lambda lv: lv.name, "source-id": lambda lv: lv.uuid}
        if len(reference) != 1 or not set(reference) <= set(known):
            raise Invalid("On a host a reference is {source-name: <name>} or {source-id: <uuid>} of a logical volume.")
        ((key, wanted),) = reference.items()
        for lv in self._lvm.report().lvs:
            if lv.vg == group and not lv.hidden and "pool" not in lv.words and known[key](lv) == wanted:
                unsafe = self._unsafe(lv)
                if unsafe:
                    raise Conflict("%s cannot be managed: %s." % (lv.spec, unsafe), reason=unsafe)
                return lv
        raise NotFound("There is no logical volume with %s %s in %s." % (key, wanted, group))

    @contextmanager
    def _adopting(self, group: str, reference: t.Mapping[str, t.Any]) -> t.Iterator[Lv]:
        """What a reference means, while no other run adopts it. Raises StorageError where it may not be adopted."""
        ident = self._foreign(group, reference).uuid
        with lock.held("adopt-" + ident):
            self._lvm.forget()
            yield self._foreign(group, {"source-id": ident})

    def _manage(self, args: Args) -> Resource:
        group, _pool = self._parse_host(args.get("host") or "")
        with self._adopting(group, args["reference"]) as lv:
            if lv.cow:
                raise Conflict("%s is a snapshot that needs its origin: adopt it with manageable_snapshot." % lv.spec)
            wanted = args.get("volume_type")
            if wanted and wanted != lv.layout:
                raise Conflict(
                    "%s is %s, and not of the type %s. Adopt it without volume_type, and retype it."
                    % (lv.spec, lv.layout, wanted),
                    resource={"kind": "manageable_volume", "name": lv.spec},
                    reason="the layout is %s" % lv.layout,
                )
            notes = self._notes(VOLUME, self._id_for(lv), args)
            if args.get("bootable"):
                notes["bootable"] = "1"
            with lock.held(notes["id"]):
                return self._adopt(lv, VOLUME, shapes.VOLUME_NAME, notes)

    def _manage_snapshot(self, args: Args) -> Resource:
        with lock.held(args["volume_id"]):
            self._lvm.forget()
            origin = self._need_volume(args["volume_id"])
            self._check_at_rest(origin)
            with self._adopting(origin.vg, args["reference"]) as lv:
                if lv.origin != origin.name:
                    raise Conflict(
                        "%s is a snapshot of %s, and not of %s." % (lv.spec, lv.origin or "nothing", origin.spec),
                        resource={"kind": "manageable_snapshot", "name": lv.spec},
                    )
                notes = self._notes(SNAPSHOT, self._id_for(lv), args)
                notes.update(volume_id=origin.ident, size=str(origin.gib if not lv.thin else lv.gib))
                return self._adopt(lv, SNAPSHOT, shapes.SNAPSHOT_NAME, notes)

    def _id_for(self, lv: Lv) -> str:
        """That of its name, if Cinder's driver gave it, else a new one."""
        ident = shapes.id_in(lv.name)
        return ident if ident and not self._lvm.report().parts(ident) else str(uuid.uuid4())

    def _adopt(self, lv: Lv, kind: str, pattern: str, notes: t.Dict[str, str]) -> Resource:
        name = pattern % notes["id"]
        notes["adopted_name"] = lv.name
        if lv.name != name:
            notes["journal"] = _journal("manage", name=name)
        self._lvm.adopt(lv, notes)
        if lv.name != name:
            self._finish_manage(self._lvm.again(lv))
        return self._made(kind, notes, "available")

    def _finish_manage(self, lv: Lv) -> None:
        name = lv.journal["name"]
        self._lvm.rename(lv, name)
        self._lvm.note(t.cast(Lv, self._lvm.report().at(lv.vg, name)), {"journal": None})

    def _may_unmanage(self, lv: Lv, args: Args) -> None:
        ours = self._snapshots_of(lv)
        if ours:
            raise Conflict(
                "Volume %s has %d snapshots and cannot be released: unmanage them first, with manageable_snapshot."
                % (lv.ident, len(ours)),
                resource={"kind": VOLUME, "id": lv.ident},
                reason="it has snapshots",
            )

    def _snapshots_of(self, lv: Lv) -> t.List[Lv]:
        return [snap for snap in self._lvm.report().of(SNAPSHOT) if snap.notes.get("volume_id") == lv.ident]

    def _both_unmanage(self, lv: Lv, args: Args) -> None:
        self._lvm.forsake(lv)

    # -- what both have
    def _both_update(self, lv: Lv, args: Args) -> None:
        self._lvm.note(lv, {k: args[k] for k in ("name", "description") if k in args})

    def _both_merge_metadata(self, lv: Lv, args: Args) -> None:
        self._lvm.note(lv, {"metadata": shapes.dump({**shapes.metadata_of(lv), **args["metadata"]})})

    def _both_replace_metadata(self, lv: Lv, args: Args) -> None:
        self._lvm.note(lv, {"metadata": shapes.dump(args["metadata"])})

    def _snapshot_delete(self, lv: Lv, args: Args) -> None:
        self._lvm.remove(lv)

    @staticmethod
    def check_closed(lvs: t.Iterable[Lv]) -> None:
        for lv in lvs:
            if lv.open:
                raise Conflict(
                    "%s is open, perhaps mounted: close it first." % lv.path,
                    resource={"kind": lv.kind, "id": lv.ident},
                    reason="%s is open" % lv.spec,
                )

    # -- deleting
    def _may_delete(self, lv: Lv, args: Args) -> None:
        ours, parts = self._snapshots_of(lv), self._lvm.report().parts(lv.ident)
        if ours and not args.get("cascade"):
            raise Conflict(
                "Volume %s has %d snapshots." % (lv.ident, len(ours)), resource={"kind": VOLUME, "id": lv.ident}
            )
        self._check_foreign_snapshots(parts)
        self.check_closed([*ours, *parts])

    def _do_delete(self, lv: Lv, args: Args) -> None:
        # Snapshots first: one that needs its origin cannot be left without it.
        self._lvm.remove(*self._snapshots_of(lv), *self._lvm.report().parts(lv.ident))

    def _may_force_delete(self, lv: Lv, args: Args) -> None:
        self._may_delete(lv, {"cascade": True})

    _do_force_delete = _do_delete

    def _check_foreign_snapshots(self, lvs: t.Iterable[Lv]) -> None:
        """Raises Conflict where somebody else's snapshot would go with it."""
        for lv in lvs:
            others = [snap.spec for snap in self._lvm.report().snapshots(lv) if snap.cow and not snap.kind]
            if others:
                raise Conflict(
                    "%s has snapshots that are not managed by this collection (%s): remove or adopt them first."
                    % (lv.spec, ", ".join(others)),
                    resource={"kind": VOLUME, "id": lv.ident},
                    reason="snapshots: %s" % ", ".join(others),
                )

    # -- extending
    def _may_extend(self, lv: Lv, args: Args) -> None:
        if lv.gib > args["new_size"]:
            raise Invalid(
                "Volume %s has %d GiB and cannot shrink to %d GiB." % (lv.ident, lv.gib, args["new_size"]),
                resource={"kind": VOLUME, "id": lv.ident},
                reason="volumes only grow",
            )
        if lv.size >= args["new_size"] * GIB:
            return
        if self._needs_rest(lv):
            self.check_closed([lv, *self._lvm.report().snapshots(lv)])
        mount = filesystem.mount_of(lv.device)
        if mount is not None and (mount.fstype not in GROWN or "ro" in mount.options):
            raise Conflict(
                "%s is mounted on %s%s, and %s cannot grow so: unmount it first."
                % (lv.path, mount.target, " read-only" if "ro" in mount.options else "", mount.fstype),
                resource={"kind": VOLUME, "id": lv.ident},
                reason="mounted on %s" % mount.target,
            )

    def _needs_rest(self, lv: Lv) -> bool:
        """LVM grows no origin that is active with snapshots that need it."""
        return any(snap.cow for snap in self._lvm.report().snapshots(lv))

    def _do_extend(self, lv: Lv, args: Args) -> None:
        size, needs_rest = args["new_size"] * GIB, self._needs_rest(lv)
        if lv.size >= size:
            return
        if (needs_rest and lv.active) or filesystem.mount_of(lv.device):
            self._lvm.check_extension(lv, size)
            self._lvm.note(lv, {"journal": _journal("extend", size=size, rest=needs_rest)})
            self._finish_extend(self._lvm.again(lv))
        else:
            self._lvm.extend(lv, size)

    def _finish_extend(self, lv: Lv) -> None:
        plan = lv.journal
        try:
            if plan["rest"] and lv.size < plan["size"]:
                self._lvm.deactivate(lv)  # with its snapshots
            self._lvm.extend(lv, plan["size"])
        except StorageError:
            # It is as it was.
            self._wake(lv, plan["rest"])
            self._lvm.note(self._lvm.again(lv), {"journal": None})
            raise
        self._wake(lv, plan["rest"])
        mount = filesystem.mount_of(lv.device)
        if mount:
            filesystem.grow(self._lvm.command, lv.path, mount.fstype, mount.target)
        self._lvm.note(self._lvm.again(lv), {"journal": None})

    def _wake(self, lv: Lv, was_active: bool) -> None:
        """Have it active again, if it was."""
        if was_active:
            self._lvm.activate(self._lvm.again(lv))

    # -- reverting
    def _may_revert(self, lv: Lv, args: Args) -> None:
        snapshot = self._lvm.report().get(SNAPSHOT, args["snapshot_id"])
        if snapshot is None or snapshot.notes.get("volume_id") != lv.ident or snapshot.origin != lv.name:
            raise NotFound(
                "Volume %s has no snapshot %s that it could be reverted to." % (lv.ident, args["snapshot_id"]),
                resource={"kind": SNAPSHOT, "id": args["snapshot_id"]},
            )
        if snapshot.invalid:
            raise Conflict("The snapshot %s is full, and lost." % snapshot.spec, reason="invalid snapshot")
        self._lvm.check_revert(lv, snapshot)

    def _do_revert(self, lv: Lv, args: Args) -> None:
        self._lvm.revert(lv, t.cast(Lv, self._lvm.report().get(SNAPSHOT, args["snapshot_id"])))

    # -- another layout, another place
    def _may_retype(self, lv: Lv, args: Args) -> None:
        wanted = args["new_type"]
        if {lv.layout, wanted} != CONVERTED:
            if wanted != lv.layout:
                self._may_rebuild(lv)
        elif any(snap.cow for snap in self._lvm.report().snapshots(lv)):
            raise Conflict(
                "Volume %s has snapshots, and LVM converts no origin of snapshots: delete them first." % lv.ident,
                resource={"kind": VOLUME, "id": lv.ident},
            )

    def _do_retype(self, lv: Lv, args: Args) -> None:
        wanted = args["new_type"]
        if wanted == lv.layout:
            return
        if {lv.layout, wanted} == CONVERTED:
            if wanted == "raid1":
                self._lvm.check_room(lv.vg, None, "linear", lv.size)
            self._lvm.convert(lv, "--type", wanted, *(["--mirrors", "1"] if wanted == "raid1" else []))
            return
        self._rebuild("retype", lv, *self._lvm.place(wanted, lv.vg))

    def _place_retyped(self, lv: Lv, args: Args) -> t.Optional[Place]:
        """Where it takes as much again, None where it takes no more."""
        wanted = args["new_type"]
        if wanted == lv.layout or (lv.layout, wanted) == ("raid1", "linear"):
            return None
        if {lv.layout, wanted} == CONVERTED:
            return "linear", lv.vg, None  # the second copy
        return self._lvm.place(wanted, lv.vg)

    def _may_migrate(self, lv: Lv, args: Args) -> None:
        group, pool = self._parse_host(args["host"])
        if pool and pool.startswith("/"):
            if group != lv.vg or lv.layout != "linear" or len(lv.devices) != 1:
                raise Unsupported(
                    "Only a thick volume that is on one physical volume moves to another one, and only within %s. "
                    "Migrate it to %s@%s." % (lv.vg, self._node, group)
                )
        elif self._place_moved(lv, args) is not None:
            self._may_rebuild(lv)

    def _do_migrate(self, lv: Lv, args: Args) -> None:
        _group, pool = self._parse_host(args["host"])
        if pool and pool.startswith("/"):
            self._move(lv, pool)
            return
        place = self._place_moved(lv, args)
        if place is not None:
            self._rebuild("migrate", lv, *place)

    def _place_moved(self, lv: Lv, args: Args) -> t.Optional[Place]:
        """Where it takes as much again, None where it stays, or LVM moves it within its group."""
        group, pool = self._parse_host(args["host"])
        if pool and pool.startswith("/"):
            return None
        layout = lv.layout if lv.layout in LAYOUTS else "linear"
        if pool and pool != group:
            layout = "thin"
        elif layout == "thin":
            layout = "linear" if pool == group else layout
        place = self._lvm.place(layout, group, pool if layout == "thin" else None)
        return None if place == (lv.layout, lv.vg, lv.pool if lv.thin else None) else place

    def _move(self, lv: Lv, device: str) -> None:
        """To another physical volume of its group, while it is used."""
        (source,) = lv.devices
        if source == device:
            return  # a run that was killed has got it there
        # LVM moves one thing at a time off a device. Whoever asks for another meanwhile waits for the first, and is
        # told that all went well: so none of ours asks meanwhile, and what somebody else began is followed by our own.
        with lock.held("pvmove-" + source):
            self._lvm.note(lv, {"journal": _journal("migrate", source=source, target=device)})
            try:
                for _move in range(MOVES):
                    self._lvm.write("pvmove", "--yes", "--interval", "1", "--name", lv.name, source, device)
                    if source not in self._lvm.again(lv).devices:
                        return
            finally:
                self._finish_move(self._lvm.again(lv))
        raise Failed(
            "LVM says that it has moved %s, and it is on %s still." % (lv.spec, source),
            resource={"kind": VOLUME, "id": lv.ident},
        )

    def _finish_move(self, lv: Lv) -> None:
        if any(name.startswith("pvmove") for name in lv.devices):
            # The run that began it was killed, or the host was: LVM goes on where it was.
            self._lvm.write("pvmove", "--yes", "--interval", "1", lv.journal["source"])
        self._lvm.note(self._lvm.again(lv), {"journal": None})

    def _may_rebuild(self, lv: Lv) -> None:
        self.check_closed([lv])
        if self._lvm.report().snapshots(lv):
            raise Conflict(
                "Volume %s has snapshots, which a copy would leave behind: delete them first." % lv.ident,
                resource={"kind": VOLUME, "id": lv.ident},
                reason="it has snapshots",
            )

    def _rebuild(self, verb: str, lv: Lv, layout: str, vg: str, pool: t.Optional[str]) -> None:
        """Copy the volume into a new logical volume, and let that be it.

        Until the notes have moved over, the old one is the volume, and what was
        made is taken back. From then on, it is the new one.
        """
        self._lvm.check_room(vg, pool, layout, lv.size)
        name = (shapes.VOLUME_NAME % lv.ident) + "-new"
        self._lvm.note(lv, {"journal": _journal(verb, vg=vg, part=name, active=lv.active)})
        try:
            self._lvm.create(name, lv.size, {"kind": "part", "id": lv.ident}, layout, vg, pool)
            new = t.cast(Lv, self._lvm.report().at(vg, name))
            self._copy(lv, new)
            self._lvm.forget()
            lv = self._lvm.again(lv)
            self.check_closed([lv])
            # LVM refuses that where somebody was quicker. Then on nobody writes to what will be left behind.
            self._lvm.deactivate(lv)
            self._lvm.permit(new, lv.readonly)
            notes = {**lv.notes, "kind": VOLUME, "journal": _journal(verb, old=lv.uuid)}
            # From here on the new one is the volume.
            self._lvm.note(self._lvm.again(new), notes, lv.foreign_tags)
        except StorageError:
            self._finish_rebuild(t.cast(Lv, self._lvm.report().get(VOLUME, lv.ident)))
            raise
        self._finish_rebuild(self._lvm.again(new))

    def _finish_rebuild(self, lv: Lv) -> None:
        """Clear away the other one, whichever of the two the volume is now."""
        report, plan = self._lvm.report(), lv.journal
        if plan.get("old"):
            self._lvm.remove(*[other for other in report.parts(lv.ident) if other.uuid == plan["old"]])
            name = shapes.VOLUME_NAME % lv.ident
            self._lvm.rename(lv, name)
            lv = t.cast(Lv, self._lvm.report().at(lv.vg, name))
        else:
            self._lvm.remove(*[other for other in report.parts(lv.ident) if other.kind == "part"])
            self._wake(lv, bool(plan.get("active")))
        self._lvm.note(self._lvm.again(lv), {"journal": None})

    # -- going on with what a killed run has left
    def _do_resume(self, lv: Lv, args: Args) -> None:
        verb = shapes.begun(lv)
        if verb == "revert":
            self._lvm.finish_revert(lv)
        elif verb == "create":
            self._fill(lv)
        elif verb == "manage":
            self._finish_manage(lv)
        elif verb == "extend":
            self._finish_extend(lv)
        elif verb == "reimage":
            self._finish_reimage(lv)
        elif verb == "migrate" and "target" in lv.journal:
            self._finish_move(lv)
        elif verb in ("retype", "migrate"):
            self._finish_rebuild(lv)

    def _snapshot_resume(self, lv: Lv, args: Args) -> None:
        if shapes.begun(lv) == "manage":
            self._finish_manage(lv)

    # -- images
    def _may_upload_image(self, lv: Lv, args: Args) -> None:
        force = bool(args.get("force"))
        if not force:
            self.check_closed([lv])
        self._images.check_free(self._images.path(args["image_name"]), force)

    def _do_upload_image(self, lv: Lv, args: Args) -> Resource:
        form, force = args.get("disk_format") or "raw", bool(args.get("force"))
        with self._lvm.awake(lv), nullcontext() if force else alone(lv.path):
            return {"image_id": self._images.save(lv.path, lv.size, args["image_name"], form, force, lv.ident)}

    def _may_reimage(self, lv: Lv, args: Args) -> None:
        self.check_closed([lv])
        if lv.readonly:
            raise Conflict("Volume %s is read-only." % lv.ident, resource={"kind": VOLUME, "id": lv.ident})
        self._images.check(args["image_id"], lv.size)

    def _do_reimage(self, lv: Lv, args: Args) -> None:
        self._lvm.note(lv, {"journal": _journal("reimage", image=args["image_id"])})
        self._finish_reimage(self._lvm.again(lv))

    def _finish_reimage(self, lv: Lv) -> None:
        try:
            self._lvm.activate(lv)
            image = self._images.load(lv.journal["image"], lv.path, lv.size, sparse=lv.thin)
        except StorageError:
            # It may be half of one image and half of another, until it is given one anew.
            self._lvm.note(self._lvm.again(lv), {"journal": None, "status": "error"})
            raise
        changes: Notes = {"journal": None, "image_metadata": self._image_metadata(image, lv.json("image_metadata"))}
        if lv.notes.get("status") == "error":
            changes["status"] = None
        self._lvm.note(self._lvm.again(lv), changes)

    # -- notes that are the whole of it
    def _do_set_bootable(self, lv: Lv, args: Args) -> None:
        self._lvm.note(lv, {"bootable": "1" if args["bootable"] else None})

    def _do_set_readonly(self, lv: Lv, args: Args) -> None:
        self._lvm.permit(lv, args["readonly"])

    def _do_set_image_metadata(self, lv: Lv, args: Args) -> None:
        self._lvm.note(lv, {"image_metadata": shapes.dump({**lv.json("image_metadata"), **args["metadata"]})})

    def _do_unset_image_metadata(self, lv: Lv, args: Args) -> None:
        left = {k: v for k, v in lv.json("image_metadata").items() if k != args["key"]}
        self._lvm.note(lv, {"image_metadata": shapes.dump(left)})

    def _do_reset_status(self, lv: Lv, args: Args) -> None:
        changes: Notes = {}
        if args.get("attach_status"):
            attached = bool(lv.json("attachments"))
            if args["attach_status"] == "detached":
                changes.update(attachments=None, attach_status=None)
            else:
                changes["attach_status"] = None if attached else "attached"
        if args.get("migration_status"):
            changes["migration_status"] = None if args["migration_status"] == "none" else args["migration_status"]
        if args.get("status"):
            changes["status"] = args["status"]
        self._lvm.note(lv, changes)

    def _do_reserve(self, lv: Lv, args: Args) -> None:
        self._lvm.note(lv, {"status": "attaching"})

    def _do_begin_detaching(self, lv: Lv, args: Args) -> None:
        self._lvm.note(lv, {"status": "detaching"})

    def _do_unreserve(self, lv: Lv, args: Args) -> None:
        self._lvm.note(lv, {"status": None})

    _do_roll_detaching = _do_unreserve

    # -- attaching
    def _do_attach(self, lv: Lv, args: Args) -> None:
        self._lvm.activate(lv)
        ident = str(uuid.uuid4())
        attachment = {
            "attachment_id": ident,
            "server_id": args.get("instance"),
            "host_name": args.get("host_name"),
            "device": args["mountpoint"],
            "attached_at": utc(time.time()),
        }
        attachments = {**lv.json("attachments"), ident: attachment}
        self._lvm.note(self._lvm.again(lv), {"attachments": shapes.dump(attachments), "status": None})

    def _may_detach(self, lv: Lv, args: Args) -> None:
        self.check_closed([lv])

    def _do_detach(self, lv: Lv, args: Args) -> None:
        left = lv.json("attachments")
        if left.pop(args["attachment_id"], None) is None:
            return  # another run was quicker
        if not left and not lv.open:
            self._lvm.deactivate(lv)
        self._lvm.note(self._lvm.again(lv), {"attachments": shapes.dump(left), "status": None})

    _do_force_detach = _do_detach

    def _do_initialize_connection(self, lv: Lv, args: Args) -> Resource:
        self._lvm.activate(lv)
        return {
            "driver_volume_type": "local",
            "data": {"device_path": lv.path, "access_mode": "ro" if lv.readonly else "rw"},
        }

    def _do_terminate_connection(self, lv: Lv, args: Args) -> None:
        """Nothing was made for the one that connected, so nothing is taken away."""
