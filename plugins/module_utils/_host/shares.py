# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Shares: a logical volume with a file system, mounted, and exported by the NFS server.

All that is known of a share is in the notes on its logical volume; who may
mount it is in the exports file. A verb of several steps notes what it is about
before the first of them, and takes the note off after the last. Killed in
between, C(resume) does its steps again: each does nothing where it was done.
What is only half there is never exported: a rule is what exports a share, and
one is taken only for a share at rest.
"""

from __future__ import annotations

import hashlib
import os
import time
import typing as t
import uuid

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource, Scope
from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Conflict,
    Failed,
    Invalid,
    Locked,
    NotFound,
    StorageError,
    Unsupported,
)
from ansible_collections.unified.storage.plugins.module_utils._host import exports, files, filesystem, lock
from ansible_collections.unified.storage.plugins.module_utils._host import share_shapes as shapes
from ansible_collections.unified.storage.plugins.module_utils._host.exports import Client, Entry
from ansible_collections.unified.storage.plugins.module_utils._host.filesystem import Mount
from ansible_collections.unified.storage.plugins.module_utils._host.images import utc
from ansible_collections.unified.storage.plugins.module_utils._host.lvm import GIB, Lv, Lvm
from ansible_collections.unified.storage.plugins.module_utils._host.nfs import (
    Look,
    Nfs,
    Place,
    find,
    own_file,
    strangers,
)
from ansible_collections.unified.storage.plugins.module_utils._host.share_shapes import LOCK, RULE, dump

Args = t.Mapping[str, t.Any]
Notes = t.Dict[str, t.Optional[str]]

SHARE, RULE_KIND, SNAPSHOT, LOCK_KIND = "share", "share_access_rule", "share_snapshot", "resource_lock"
POOL, LOCATION, RULE_SET = "share_pool", "share_export_location", "share_rule_set"
#: What a lock of the action C(delete) keeps from being done.
GUARDED = ("delete", "force_delete", "unmanage")
#: Arguments that a host has no meaning for.
FOREIGN = {
    "share_type": "share types",
    "share_network_id": "share networks",
    "share_server_id": "share servers",
    "share_group_id": "share groups",
    "availability_zone": "availability zones",
    "scheduler_hints": "a scheduler that takes hints",
    "is_public": "projects that a share could be public to",
}


class Shares:
    """The shares of this host."""

    kinds = frozenset({SHARE, RULE_KIND, RULE_SET, SNAPSHOT, LOCK_KIND, POOL, LOCATION, "share_type"})

    def __init__(self, lvm: Lvm, options: t.Mapping[str, t.Any]) -> None:
        """options: host_storage. Raises Invalid when they say nothing that can be."""
        self._lvm = lvm
        self._command = lvm.command
        self._nfs = Nfs(lvm.command)
        #: where the shares are to be that were planned so far
        self._planned: t.Set[str] = set()
        self._node = os.uname().nodename
        self._address = options.get("export_address") or self._node
        self._root = options.get("export_root") or "/srv/shares"
        self._kind = options.get("filesystem") or "ext4"
        self._over = bool(options.get("over_provisioning"))
        given = options.get("export_options")
        self._options = exports.check_options(["sync", "no_subtree_check", "root_squash"] if given is None else given)
        if os.path.normpath(self._root) != self._root or not self._root.startswith("/") or self._root == "/":
            raise Invalid("export_root must be an absolute path without .. in it, not %s." % self._root)
        if _unfit(self._root):
            raise Invalid(
                "export_root must have no control characters, spaces around it or a backslash at its end, as has %r."
                % self._root
            )

    # -- observing
    def observe(self, kind: str, refs: t.Optional[t.Collection[str]], scope: Scope) -> t.List[Resource]:
        of_share = [lv for lv in self._lvm.report().of(SHARE) if scope.get("share_id") in (None, lv.ident)]
        if kind == SHARE:
            return self._shares(of_share, scope)
        if kind in (RULE_KIND, RULE_SET):
            if kind == RULE_SET and refs is not None:
                of_share = [lv for lv in of_share if lv.ident in refs]
            sets = {lv.ident: shapes.rules(lv, self._look(), lock.is_held) for lv in of_share}
            if kind == RULE_SET:
                return [{"id": ident, "name": None, "status": "known", "rules": sets[ident]} for ident in sets]
            return [rule for rules in sets.values() for rule in rules]
        if kind == SNAPSHOT:
            return self._snapshots(of_share)
        if kind == LOCK_KIND:
            found = [entry for lv in of_share for entry in shapes.locks(lv)]
            narrow = {k: v for k, v in scope.items() if k.startswith("resource_") and v is not None}
            return [entry for entry in found if all(entry[k] == v for k, v in narrow.items())]
        if kind == LOCATION:
            return [
                {"id": "%s-0" % lv.ident, "name": None, "metadata": {}, **place}
                for lv in of_share
                for place in shapes.locations(self._address, lv.notes.get("path"))
            ]
        return self._pools() if kind == POOL else []

    def _look(self) -> Look:
        """The exports, as old as the report: many questions in a row are about one moment."""
        return self._nfs.kept(self._lvm.report())

    def _shares(self, lvs: t.Sequence[Lv], scope: Scope) -> t.List[Resource]:
        report, look, mounted = self._lvm.report(), self._look(), _by_device()
        found = [shapes.share(lv, report, look, mounted, self._node, self._address, lock.is_held) for lv in lvs]
        if scope.get("is_soft_deleted"):
            return []  # there is no recycle bin
        where = scope.get("export_location_path")
        return [share for share in found if not where or _path(where) == share["backend_details"]["mount_point"]]

    def _snapshots(self, of_share: t.Sequence[Lv]) -> t.List[Resource]:
        report, mounted = self._lvm.report(), _by_device()
        used_up, found = report.used_up(), []
        for share in of_share:
            there = shapes.snapshots_of(report, share)
            gone = [lv for lv in used_up.values() if lv.notes.get("share_id") == share.ident]
            back_to = share.journal.get("snapshot") or (gone[0].ident if gone else None)
            there += [lv for lv in gone if lv.ident not in [taken.ident for taken in there]]
            found += [
                shapes.snapshot(lv, lv.ident == back_to, self._shown(lv, share, mounted), self._address, lock.is_held)
                for lv in there
            ]
        return found

    def _shown(self, snapshot: Lv, share: Lv, mounted: t.Mapping[str, Mount]) -> t.Optional[bool]:
        """Whether a snapshot is mounted, and exported to the clients of its share. None: a part of that."""
        path, there = snapshot.notes.get("path"), (snapshot.device or "") in mounted
        if not path:
            return None if there else False
        look = self._look()
        due = [Client(r["access_to"]) for r in shapes.rules(share, look, lock.is_held) if r["status"] != "denying"]
        clients = [client for place in look.places.get(path, ()) for client in place.entry.clients]
        whole = all(
            all(find(found, each.who) for each in due) and not strangers(found, due)
            for found in (clients, look.table.get(path, ()))
        )
        return True if there and whole else None

    def _pools(self) -> t.List[Resource]:
        report, found = self._lvm.report(), []
        for group in self._lvm.groups().values():
            places = (None, *report.pools(group.name))
            found += [shapes.pool(self._node, group, thin, report, self._over) for thin in places]
        return found

    def query(self, kind: str, query: t.Mapping[str, t.Any]) -> t.List[Resource]:
        filters = query.get("filters") or {}
        return self.observe(kind, None, {name: filters.get(name) for name in ("share_id", "resource_id")})

    # -- what cannot be
    def why_not(self, kind: str, verb: str, args: Args) -> t.Optional[str]:
        for name, what in FOREIGN.items():
            if args.get(name) and kind in (SHARE, SNAPSHOT):
                return "a host has no %s. Leave %s out." % (what, name.replace("_id", ""))
        if kind == SHARE and verb in ("create", "manage"):
            if str(args.get("share_protocol") or "NFS").upper() != "NFS":
                return "a host exports shares by NFS. Use share_protocol: NFS."
            if args.get("snapshot_id"):
                return "a host makes no share from a snapshot. Mount the snapshot, and copy what you need."
            last = args.get("mount_point_name") or shapes.SNAPSHOT_NAME % uuid.UUID(int=0)
            if "/" in last or last in (".", "..") or len(last.encode("utf-8")) > 255 or _unfit(last):
                return "mount_point_name is the name of a folder in %s, and %r is none." % (self._root, last)
            if verb == "create" and filesystem.is_too_long(os.path.join(self._root, last)):
                return (
                    "%s in %s is too long for the name of a unit of systemd, in which each byte that is no plain "
                    "letter or digit takes four. Use a shorter mount_point_name or export_root." % (last, self._root)
                )
        if kind == SHARE and verb in ("soft_delete", "restore"):
            return "a host has no recycle bin. Use state: absent, which deletes for good."
        if kind == RULE_KIND and verb == "create":
            if args.get("access_type", "ip") != "ip":
                return "a host lets clients in by their address. Use access_type: ip."
            exports.check_client(args["access_to"])
        return None

    # -- what will fit
    def foresee(self, kind: str, verb: str, ident: t.Optional[str], args: Args) -> None:
        if kind == SHARE and verb == "create":
            path = self._new_path(args, "")
            self._check_create(path)
            if path in self._planned:
                raise _taken(path)
            if args.get("mount_point_name"):
                self._planned.add(path)
            self._lvm.plan(*self._lvm.place(), args["size"] * GIB)
            return
        share = self._lvm.report().get(SHARE, args["share_id"] if kind == SNAPSHOT and verb == "create" else ident)
        if share is None:
            return
        if kind == SHARE and not shapes.verb_of(share):  # else that comes to its end first
            self._check(verb, share, args)
        if kind == SNAPSHOT:
            self._lvm.plan_snapshot(share)
        elif verb == "extend":
            self._lvm.plan_extension(share, args["new_size"] * GIB)

    # -- performing
    def perform(self, kind: str, verb: str, ident: t.Optional[str], args: Args) -> t.Optional[Resource]:
        if kind == SHARE and ident is None:
            return {"create": self._create, "manage": self._manage}[verb](args)
        owner = self._owner(kind, verb, ident, args)
        if owner is None:
            if verb in ("delete", "force_delete", "unmanage"):
                return None  # gone already, by somebody else's hand
            raise _gone(kind, ident)
        with lock.held(owner):
            self._lvm.forget()
            share, before = self._share(owner), self._record(owner)
            try:
                if kind == SHARE:
                    self._of_share(verb, share, args)
                    return None
                if kind == RULE_KIND:
                    return self._of_rule(verb, share, ident, args)
                if kind == LOCK_KIND:
                    return self._of_lock(verb, share, ident, args)
                return self._of_snapshot(verb, share, ident, args)
            except StorageError as exc:
                exc.changed = self._record(owner) != before
                raise

    def _record(self, owner: str) -> t.List[t.Any]:
        """What LVM knows of a share and its snapshots: a verb that failed and left that as it was changed nothing."""
        mine = [lv for lv in self._lvm.report().lvs if owner in (lv.ident, lv.notes.get("share_id"))]
        return [(lv.name, lv.size, lv.notes) for lv in mine]

    def _owner(self, kind: str, verb: str, ident: t.Optional[str], args: Args) -> t.Optional[str]:
        """The id of the share that a resource belongs to: one lock is for all that is of a share."""
        if kind == SHARE:
            return ident if self._lvm.report().get(SHARE, ident) else None
        if args.get("share_id"):
            return str(args["share_id"])
        if kind == LOCK_KIND and ident is None:
            wanted = args["resource_id"]
            for share in self._lvm.report().of(SHARE):
                if wanted == share.ident or wanted in [
                    r["id"] for r in shapes.rules(share, self._look(), lock.is_held)
                ]:
                    return share.ident
            raise NotFound(
                "There is no share and no access rule %s to lock." % wanted, resource={"kind": SHARE, "id": wanted}
            )
        found = next((r for r in self.observe(kind, None, {}) if r["id"] == ident), None)
        if found is None:
            return None
        if kind != LOCK_KIND:
            return str(found["share_id"])
        return next(lv.ident for lv in self._lvm.report().of(SHARE) if LOCK + str(ident) in lv.notes)

    def _share(self, ident: str) -> Lv:
        """The share as it is now. Raises NotFound."""
        found = self._lvm.report().get(SHARE, ident)
        if found is None:
            raise NotFound(
                "There is no share %s on this host (any more)." % ident, resource={"kind": SHARE, "id": ident}
            )
        return found

    def _rules(self, share: Lv) -> t.List[Resource]:
        return shapes.rules(share, self._nfs.look(), lock.is_held)

    def _note(self, lv: Lv, **changes: t.Optional[str]) -> Lv:
        """Change notes, and look at it anew."""
        self._lvm.note(lv, changes)
        return t.cast(Lv, self._lvm.report().at(lv.vg, lv.name))

    def _at_rest(self, share: Lv, verb: str) -> None:
        """Raises Conflict while something else is under way."""
        busy = shapes.verb_of(share)
        if busy:
            raise Conflict(
                "%s of share %s is not possible now: it is %s."
                % (verb, share.ident, shapes.UNDER_WAY.get(busy, "busy with " + busy)),
                resource={"kind": SHARE, "id": share.ident, "name": share.notes.get("name")},
                reason=busy,
            )

    def _mounted(self, lv: Lv) -> t.Optional[Mount]:
        return filesystem.mount_of(lv.device)

    # -- shares
    def _of_share(self, verb: str, share: Lv, args: Args) -> None:
        always = {
            "resume": lambda: self._resume(share),
            "delete": lambda: self._delete(share),
            "force_delete": lambda: self._delete(share),
            "reset_status": lambda: self._reset(share, args),
            "update": lambda: self._update(share, args),
            "merge_metadata": lambda: self._put_metadata(share, {**share.json("metadata"), **args["metadata"]}),
            "replace_metadata": lambda: self._put_metadata(share, args["metadata"]),
        }
        at_rest = {
            "extend": lambda: self._extend(share, args["new_size"] * GIB),
            "shrink": lambda: self._shrink(share, args["new_size"] * GIB),
            "revert": lambda: self._revert(share, args["snapshot_id"]),
            "unmanage": lambda: self._unmanage(share),
        }
        if verb in at_rest:
            self._at_rest(share, verb)
        self._check(verb, share, args)
        _do(SHARE, verb, {**always, **at_rest})

    def _check(self, verb: str, share: Lv, args: Args) -> None:
        """Raises StorageError for what can be told before anything is done, and no other step of a plan can change."""
        if verb in GUARDED:
            self._check_locks(share)
        checks: t.Dict[str, t.Callable[[], None]] = {
            "extend": lambda: self._check_extend(share, args["new_size"] * GIB),
            "shrink": lambda: self._check_shrink(share, args["new_size"] * GIB),
            "revert": lambda: self._check_revert(share, args["snapshot_id"]),
            "delete": lambda: self._check_delete(share),
            "force_delete": lambda: self._check_delete(share),
        }
        if verb in checks:
            checks[verb]()

    def _notes(self, kind: str, ident: str, args: Args) -> t.Dict[str, str]:
        notes: Notes = {
            "kind": kind,
            "id": ident,
            "name": args.get("name"),
            "description": args.get("description"),
            "created_at": utc(time.time()),
            "metadata": dump(args["metadata"]) if args.get("metadata") else None,
        }
        return {k: v for k, v in notes.items() if v is not None}

    def _update(self, lv: Lv, args: Args) -> None:
        self._note(lv, **{k: args[k] for k in ("name", "description") if k in args})

    def _put_metadata(self, lv: Lv, metadata: t.Mapping[str, t.Any]) -> None:
        self._note(lv, metadata=dump(metadata) if metadata else None)

    def _reset(self, lv: Lv, args: Args) -> None:
        self._note(lv, status=None if args["status"] == "available" else args["status"])

    def _unmanage(self, share: Lv) -> None:
        self._check_no_snapshots(share, "unmanaged")
        self._lvm.forsake(share)

    def _create(self, args: Args) -> Resource:
        ident = str(uuid.uuid4())
        path = self._new_path(args, ident)
        notes = self._notes(SHARE, ident, args)
        notes.update(path=path, filesystem=self._kind, journal=dump({"verb": "create", "stage": "format"}))
        with lock.held(ident):
            # One at a time looks whether the path is free, and takes it by its notes.
            with lock.held("path-" + hashlib.sha256(os.fsencode(path)).hexdigest()):
                if args.get("mount_point_name"):  # nobody else has a path with our id
                    self._lvm.forget()
                self._check_create(path)
                self._lvm.create(shapes.SHARE_NAME % ident, args["size"] * GIB, notes)
            share = self._share(ident)
            try:
                self._finish_create(share)
            except StorageError:
                self._finish_delete(self._share(ident))
                raise
        return {"id": ident, "name": args.get("name"), "status": "available", "created_at": notes["created_at"]}

    def _new_path(self, args: Args, ident: str) -> str:
        return os.path.join(self._root, args.get("mount_point_name") or shapes.SHARE_NAME % ident)

    def _check_create(self, path: str) -> None:
        """What could be in the way is better known before anything is made."""
        if not os.path.isdir(filesystem.UNITS):
            raise Unsupported(
                "Shares are mounted at boot by systemd, and this host has none (no %s)." % filesystem.UNITS
            )
        files.check_root(self._root)
        files.check_mount_point(path)
        if path in [lv.notes.get("path") for lv in self._lvm.report().of(SHARE)]:
            raise _taken(path)
        theirs = filesystem.by_hand(path)
        if theirs is not None:
            raise Conflict("%s is for something else to be mounted on, by %s." % (path, theirs), reason=theirs)

    def _finish_create(self, share: Lv) -> None:
        path, kind = share.notes["path"], share.notes["filesystem"]
        self._lvm.activate(share)
        if share.journal.get("stage") == "format":
            filesystem.make(self._command, share.path, kind)
            share = self._note(share, journal=dump({"verb": "create", "stage": "mount"}))
        self._mount(share)
        # Clients' users have no names here: who may write is for the access rules to say.
        if os.stat(path).st_mode & 0o7777 != 0o777:
            self._command.writing("chmod", "0777", path)
            os.chmod(path, 0o777)  # noqa: S103 - as said
        self._lvm.note(share, {"journal": None})

    def _mount(self, lv: Lv, readonly: bool = False) -> None:
        """Mount it, now and at every boot, unless it is."""
        path, kind, mount = lv.notes["path"], lv.notes["filesystem"], self._mounted(lv)
        if lv.notes.get("adopted") is None:
            who = "unified.storage %s %s" % (lv.kind, lv.ident)
            if mount is None:
                files.mount_point(self._command, path)
            filesystem.keep(self._command, who, lv.path, path, kind, readonly)
        if mount is None:
            filesystem.mount(
                self._command, lv.path, path, kind, lv.journal.get("mount") or filesystem.options(kind, readonly)
            )
            mount = self._mounted(lv)
            if mount is None or mount.target != path:
                raise Failed("%s was mounted, and is not on %s." % (lv.path, path))

    def _unmount(self, lv: Lv) -> None:
        """Unmount it. Raises Conflict when it is in use."""
        mount = self._mounted(lv)
        if mount is not None and not filesystem.unmount(self._command, mount.target):
            raise Conflict(
                "%s is in use on %s: programs of this host or NFS clients have files open there."
                % (lv.notes.get("name") or lv.ident, mount.target),
                resource={"kind": lv.kind, "id": lv.ident, "name": lv.notes.get("name")},
                reason="%s is busy" % mount.target,
            )

    def _begin(self, share: Lv, verb: str, **facts: t.Any) -> Lv:
        """Note that it will be taken offline, and what no file says of its mount and its clients, to put that back."""
        path, mount = share.notes["path"], self._mounted(share)
        place = self._entry(share)
        known = [*(place.entry.clients if place else ()), *map(Client, shapes.noted(share, RULE))]
        by_hand = strangers(self._nfs.look().table.get(path, ()), known)
        if by_hand:
            facts["table"] = {client.who: client.options for client in by_hand}
        if mount is not None and share.notes.get("adopted"):
            facts["mount"] = list(dict.fromkeys(mount.options + mount.common))
        return self._note(share, journal=dump({"verb": verb, **facts}))

    def _check_offline(self, share: Lv) -> None:
        """Raises Conflict where it could not be taken offline, or not be brought back as it was."""
        self._entry(share)
        self._check_unused(share)

    def _offline(self, share: Lv) -> None:
        """Take it off its clients and unmount it. When it is in use, all is as before, and Conflict is raised."""
        path = share.notes["path"]
        try:
            self._check_unused(share)
            self._nfs.expel(path)
            self._unmount(share)
        except StorageError:
            self._online(share)
            raise

    def _online(self, share: Lv) -> None:
        """Mount it and let its clients in, as its files and its journal say. Takes the journal off."""
        if self._mounted(share) is None:
            self._mount(share)
        path = share.notes["path"]
        place, table = self._nfs.place(path), self._nfs.look().table.get(path, ())
        by_hand = Entry(path, tuple(Client(who, tuple(o)) for who, o in share.journal.get("table", {}).items()))
        denied = [who for who, note in shapes.noted(share, RULE).items() if note.get("state") == "denying"]
        for entry in [place.entry, by_hand] if place else [by_hand]:
            missing = [
                client
                for client in entry.clients
                if find(table, client.who, entry.writable(client)) is None
                and not any(exports.same_client(client.who, who) for who in denied)
            ]
            self._nfs.admit(entry, missing)
        # What has begun to be reverted stays so, in use or not.
        if share.notes.get("journal") and not share.notes.get("revert"):
            self._lvm.note(share, {"journal": None})

    def _check_unused(self, lv: Lv) -> None:
        """Raises Conflict when NFS clients have files open, or it is in use where we do not unmount it."""
        targets = [mount.target for mount in filesystem.mounts() if mount.device == lv.device]
        others = [target for target in targets if target != lv.notes.get("path")]
        if others or (lv.open and not targets):
            where = "mounted on %s too" % ", ".join(others) if others else "open by something else"
            raise Conflict(
                "%s (%s) is %s: close it first." % (lv.notes.get("name") or lv.ident, lv.path, where),
                resource={"kind": lv.kind, "id": lv.ident, "name": lv.notes.get("name")},
                reason="%s is %s" % (lv.spec, where),
            )
        count = self._nfs.open_files(lv.device)
        if count:
            raise Conflict(
                "%s is in use: NFS clients have %d files open." % (lv.notes.get("name") or lv.ident, count),
                resource={"kind": lv.kind, "id": lv.ident, "name": lv.notes.get("name")},
                reason="%d open files" % count,
            )

    def _check_no_snapshots(self, share: Lv, what: str) -> None:
        mine = shapes.snapshots_of(self._lvm.report(), share)
        others = [lv for lv in self._lvm.report().snapshots(share) if not lv.kind]
        if mine or others:
            raise Conflict(
                "Share %s has snapshots and cannot be %s: %s."
                % (share.ident, what, ", ".join([lv.ident for lv in mine] + [lv.spec for lv in others])),
                resource={"kind": SHARE, "id": share.ident, "name": share.notes.get("name")},
                reason="it has snapshots",
            )

    def _check_boot(self, share: Lv) -> None:
        """What somebody wrote for its mount would keep the host from starting when it is gone."""
        file = filesystem.by_hand(share.notes["path"])
        if file is not None:
            raise Conflict(
                "Share %s is mounted at boot by %s, which is not ours: take it out there first, or use state unmanaged."
                % (share.ident, file),
                resource={"kind": SHARE, "id": share.ident, "name": share.notes.get("name")},
                reason="%s mounts %s" % (file, share.notes["path"]),
            )

    def _check_delete(self, share: Lv) -> None:
        if shapes.verb_of(share) != "delete":
            self._check_boot(share)
            self._check_offline(share)

    def _delete(self, share: Lv) -> None:
        verb = shapes.verb_of(share)
        if verb != "delete":
            if verb != "create":
                self._at_rest(share, "delete")
            self._check_no_snapshots(share, "deleted")
            share = self._begin(share, "delete")
        self._offline(share)
        self._finish_delete(share)

    def _finish_delete(self, share: Lv) -> None:
        """Remove what there is of it, its data last."""
        path = share.notes["path"]
        self._nfs.expel(path)
        self._unmount(share)
        self._nfs.put(path, None, own_file(shapes.SHARE_NAME % share.ident))
        filesystem.forget(self._command, path)
        if share.notes.get("adopted") is None:
            files.remove_folder(self._command, path)
        self._lvm.remove(share)

    def _check_extend(self, share: Lv, size: int) -> None:
        if any(lv.cow for lv in self._lvm.report().snapshots(share)):
            raise Conflict(
                "Share %s has thick snapshots, and cannot be extended while it is mounted. Delete them first."
                % share.ident,
                resource={"kind": SHARE, "id": share.ident, "name": share.notes.get("name")},
                reason="it has thick snapshots",
            )
        if size < share.size:
            raise Invalid("Share %s has %d GiB already: extend cannot make it smaller." % (share.ident, share.gib))

    def _extend(self, share: Lv, size: int) -> None:
        self._lvm.check_extension(share, size)
        share = self._note(share, journal=dump({"verb": "extend", "size": size}))
        try:
            self._lvm.extend(share, size)
        except StorageError:
            self._lvm.note(share, {"journal": None})
            raise
        self._finish_extend(self._share(share.ident))

    def _finish_extend(self, share: Lv) -> None:
        size = share.journal["size"]
        self._lvm.extend(share, size)
        share = self._share(share.ident)
        if self._mounted(share) is None:
            self._mount(share)
        filesystem.grow(self._command, share.path, share.notes["filesystem"], share.notes["path"])
        self._lvm.note(share, {"journal": None})

    def _check_shrink(self, share: Lv, size: int) -> None:
        if share.notes["filesystem"] != "ext4":
            raise Unsupported(
                "Share %s has the file system %s, which cannot be made smaller: only ext4 can."
                % (share.ident, share.notes["filesystem"]),
                resource={"kind": SHARE, "id": share.ident},
            )
        if size > share.size:
            raise Invalid("Share %s has %d GiB: shrink cannot make it larger." % (share.ident, share.gib))
        self._check_no_snapshots(share, "made smaller")
        self._check_offline(share)

    def _shrink(self, share: Lv, size: int) -> None:
        self._finish_shrink(self._begin(share, "shrink", size=size))

    def _finish_shrink(self, share: Lv) -> None:
        size = share.journal["size"]
        self._offline(share)
        try:
            if size < share.size:
                filesystem.shrink(self._command, share.path, size)
                self._lvm.write("lvreduce", "--yes", "--force", "--size", "%db" % size, share.spec)
        finally:
            self._online(self._share(share.ident))

    def _check_revert(self, share: Lv, ident: str) -> None:
        snapshot = self._lvm.report().get(SNAPSHOT, ident)
        if snapshot is None or snapshot.notes.get("share_id") != share.ident:
            raise NotFound(
                "Share %s has no snapshot %s." % (share.ident, ident), resource={"kind": SNAPSHOT, "id": ident}
            )
        if snapshot.invalid:
            raise Conflict("Snapshot %s is lost: its room for changes is full." % ident)
        self._check_offline(share)
        self._check_unused(snapshot)

    def _revert(self, share: Lv, ident: str) -> None:
        self._finish_revert(self._begin(share, "revert", snapshot=ident))

    def _finish_revert(self, share: Lv) -> None:
        # After a boot both are mounted again, however far it was.
        ident = share.journal.get("snapshot") or share.json("revert")["notes"]["id"]
        snapshot = self._lvm.report().get(SNAPSHOT, ident)
        self._offline(share)
        try:
            if snapshot is not None and snapshot.notes.get("path"):
                self._nfs.expel(snapshot.notes["path"])
                self._unmount(snapshot)
            elif snapshot is None and not share.notes.get("revert"):
                raise _gone(SNAPSHOT, ident)
            self._lvm.forget()
            share = self._share(share.ident)
            if share.notes.get("revert"):
                self._lvm.finish_revert(share)
            else:
                self._lvm.revert(share, t.cast(Lv, self._lvm.report().get(SNAPSHOT, ident)))
        finally:
            # However it ended, nobody is left outside.
            again = self._lvm.report().get(SNAPSHOT, ident)
            if again is not None:
                self._show_again(again)
            self._online(self._share(share.ident))

    def _resume(self, share: Lv) -> None:
        """Go on where a run was killed."""
        verb = shapes.verb_of(share)
        finish = {
            "create": self._finish_create,
            "delete": self._delete,
            "extend": self._finish_extend,
            "shrink": self._finish_shrink,
            "revert": self._finish_revert,
        }
        if verb is not None:
            finish[verb](share)

    # -- adopting
    def _manage(self, args: Args) -> Resource:
        path, ident = _path(str(args.get("export_path") or "")), str(uuid.uuid4())
        lv, _mount = self.adoptable(path)
        with lock.held("adopt-" + lv.uuid), lock.held(ident):
            self._lvm.forget()
            lv, mount = self.adoptable(path)  # another run may have been quicker
            notes = self._notes(SHARE, ident, args)
            notes.update(path=path, filesystem=mount.fstype, adopted="1")
            self._lvm.adopt(lv, notes)
        return {"id": ident, "name": args.get("name"), "status": "available", "created_at": notes["created_at"]}

    def adoptable(self, path: str) -> t.Tuple[Lv, Mount]:
        """What is mounted on a path, where it can become a share as it is. Raises StorageError saying why not."""
        mounts = [mount for mount in filesystem.mounts() if mount.target == path]
        if not mounts:
            raise NotFound(
                "Nothing is mounted on %s on this host." % path, resource={"kind": "manageable_share", "name": path}
            )
        mount = mounts[-1]
        lv = next((lv for lv in self._lvm.report().lvs if lv.device == mount.device and not lv.hidden), None)
        why = None
        if lv is None:
            why = "what is mounted there (%s) is no logical volume" % mount.source
        elif lv.kind:
            why = "it is a %s of this collection already (%s)" % (lv.kind.replace("_", " "), lv.ident)
        elif mount.fstype not in filesystem.TYPES:
            why = "its file system is %s, and only %s can be managed" % (mount.fstype, " and ".join(filesystem.TYPES))
        elif mount.root != "/" or len(mounts) > 1:
            why = "only a part of the file system is mounted there, or something above it"
        elif "ro" in mount.options:
            why = "it is mounted read-only"
        if why is None:
            try:
                self._nfs.place(path)
            except Conflict as exc:
                why = exc.message.rstrip(".")
        if why is not None or lv is None:
            raise Conflict(
                "%s cannot be managed as a share: %s." % (path, why),
                resource={"kind": "manageable_share", "name": path},
                reason=why,
            )
        return lv, mount

    # -- access rules
    def _of_rule(self, verb: str, share: Lv, ident: t.Optional[str], args: Args) -> t.Optional[Resource]:
        if verb == "create":
            return self._allow(share, args)
        rule = next((rule for rule in self._rules(share) if rule["id"] == ident), None)
        if rule is None:
            if verb == "delete":
                return None
            raise _gone(RULE_KIND, ident)
        who = rule["access_to"]
        note = {k: rule[k] for k in ("metadata", "created_at") if rule[k]}
        if verb in ("merge_metadata", "replace_metadata"):
            metadata = {k: v for k, v in rule["metadata"].items() if k not in args.get("removed", ())}
            metadata.update(args["metadata"])
            self._note(share, **{RULE + who: dump({**share.json(RULE + who), **note, "metadata": metadata})})
            return None
        self._at_rest(share, verb)
        # Nothing is noted that could not be done then.
        place = self._entry(share)
        if verb == "delete":
            self._unlock(share, rule["id"], bool(args.get("unrestrict")))
            self._deny(self._share(share.ident), place, who)
        elif verb == "update":
            _check_level(args["access_level"])
            self._check_mounted(share)
            note.update(level=args["access_level"], updated_at=utc(time.time()))
            self._let_in(share, place, who, args["access_level"], {RULE + who: dump(note)})
        elif verb == "resume" and rule["status"] == "denying":
            self._deny(share, place, who)
        elif verb == "resume":
            self._check_mounted(share)
            self._let_in(share, place, who, rule["access_level"], {})
        else:
            raise Unsupported("The back end host cannot %s an access rule." % verb)
        return None

    def _allow(self, share: Lv, args: Args) -> Resource:
        who, level = args["access_to"], args.get("access_level") or "rw"
        exports.check_client(who)
        _check_level(level)
        self._at_rest(share, "create access rule")
        for rule in self._rules(share):
            if exports.same_client(rule["access_to"], who) and rule["status"] != "denying":
                raise Conflict(
                    "Share %s has a rule for %s already (%s)." % (share.ident, rule["access_to"], rule["id"]),
                    resource={"kind": RULE_KIND, "id": rule["id"]},
                )
        self._check_mounted(share)
        place = self._entry(share)
        ident, now = shapes.rule_id(share.ident, who), utc(time.time())
        note = {"level": level, "created_at": now}
        if args.get("metadata"):
            note["metadata"] = args["metadata"]
        changes: Notes = {RULE + who: dump(note)}
        for action, option in (("show", "lock_visibility"), ("delete", "lock_deletion")):
            if args.get(option):
                changes.update(self._lock_note(ident, "access_rule", action, args.get("lock_reason")))
        self._let_in(share, place, who, level, changes)
        return {
            "id": ident,
            "name": None,
            "share_id": share.ident,
            "access_type": "ip",
            "access_to": who,
            "access_level": level,
            "access_key": None,
            "status": "active",
            "metadata": dict(args.get("metadata") or {}),
            "created_at": now,
            "updated_at": None,
        }

    def _entry(self, share: Lv) -> t.Optional[Place]:
        """Where a share is exported. Raises Conflict when that cannot be changed."""
        return self._nfs.read(share.notes["path"], own_file(shapes.SHARE_NAME % share.ident))[0]

    def _check_mounted(self, share: Lv) -> None:
        if self._mounted(share) is None:
            raise Conflict(
                "Share %s is not mounted on %s: nobody can be let in." % (share.ident, share.notes["path"]),
                resource={"kind": SHARE, "id": share.ident, "name": share.notes.get("name")},
                reason="it is not mounted",
            )

    def _let_in(self, share: Lv, place: t.Optional[Place], who: str, level: str, notes: Notes) -> None:
        """Write it down, then do it: after a reboot the file counts. What was refused is taken back.

        notes: those to put on the share first.
        """
        path, own = share.notes["path"], own_file(shapes.SHARE_NAME % share.ident)
        entry = place.entry if place else Entry(path, ())
        old = find(entry.clients, who)
        if old is not None:
            options = old.options
        elif place is not None and place.file != own:
            # What all its clients have in common is not ours to judge; what one of them has is that one's.
            first, *more = entry.clients
            options = tuple(o for o in first.options if all(o in client.options for client in more))
        else:
            # Not when the file system is not mounted, and always under the same number.
            options = (*self._options, "mountpoint", "fsid=" + share.ident)
        client = Client(old.who if old else who, exports.with_level(options, level))
        clients = [client if each == old else each for each in entry.clients] + ([] if old else [client])
        entry = entry._replace(clients=tuple(clients))
        before = {key: share.notes.get(key) for key in notes}
        share = self._note(share, **notes)
        try:
            self._nfs.put(path, entry, own)
            if find(self._nfs.look().table.get(path, ()), who, level == "rw") is None:
                self._nfs.admit(entry, [client])
            self._follow(share)
        except StorageError:
            self._nfs.put(path, place.entry if place else None, own)
            if old is None:
                self._nfs.expel(path, [who])
            elif place and find(self._nfs.look().table.get(path, ()), who, place.entry.writable(old)) is None:
                self._nfs.admit(place.entry, [old])
            self._follow(self._note(share, **before))
            raise

    def _deny(self, share: Lv, place: t.Optional[Place], who: str) -> None:
        path = share.notes["path"]
        note = share.json(RULE + who)
        if note.get("state") != "denying":
            share = self._note(share, **{RULE + who: dump({**note, "state": "denying"})})
        if place is not None:
            clients = tuple(c for c in place.entry.clients if not exports.same_client(c.who, who))
            entry = place.entry._replace(clients=clients) if clients else None
            self._nfs.put(path, entry, own_file(shapes.SHARE_NAME % share.ident))
        self._nfs.expel(path, [who])
        self._follow(share)
        self._note(share, **{RULE + who: None})

    # -- locks
    def _of_lock(self, verb: str, share: Lv, ident: t.Optional[str], args: Args) -> t.Optional[Resource]:
        if verb == "create":
            kind = args.get("resource_type") or "share"
            changes = self._lock_note(args["resource_id"], kind, args["resource_action"], args.get("lock_reason"))
            share = self._note(share, **changes)
            return next(entry for entry in shapes.locks(share) if LOCK + entry["id"] in changes)
        key = LOCK + str(ident)
        if verb == "delete":
            self._note(share, **{key: None})
            return None
        if verb == "update":
            known = {k: args[k] for k in ("resource_action", "lock_reason") if k in args}
            self._note(share, **{key: dump({**share.json(key), **known, "updated_at": utc(time.time())})})
            return None
        raise Unsupported("The back end host cannot %s a resource lock." % verb)

    @staticmethod
    def _lock_note(resource: str, kind: str, action: str, reason: t.Optional[str]) -> t.Dict[str, str]:
        note = {
            "resource_id": resource,
            "resource_type": kind,
            "resource_action": action,
            "lock_reason": reason,
            "created_at": utc(time.time()),
        }
        return {LOCK + str(uuid.uuid4()): dump({k: v for k, v in note.items() if v is not None})}

    @staticmethod
    def _check_locks(share: Lv, rule: t.Optional[str] = None) -> None:
        """Raises Locked when a rule of a share must not be deleted, or the share: neither it nor one of its rules."""
        found = [e for e in shapes.locks(share) if e["resource_action"] == "delete"]
        found = [e for e in found if rule in (None, e["resource_id"])]
        if found:
            ident = rule or share.ident
            raise Locked(
                "%s is locked against deletion (%s)%s."
                % (
                    ident,
                    ", ".join(entry["id"] for entry in found),
                    ": " + found[0]["lock_reason"] if found[0]["lock_reason"] else "",
                ),
                resource={"kind": RULE_KIND if rule else SHARE, "id": ident},
                reason=found[0]["lock_reason"],
            )

    def _unlock(self, share: Lv, rule: str, unrestrict: bool) -> None:
        """Take the locks off a rule that is to go. Raises Locked when they may not be."""
        if not unrestrict:
            self._check_locks(share, rule)
        gone: Notes = {LOCK + entry["id"]: None for entry in shapes.locks(share) if entry["resource_id"] == rule}
        if gone:
            self._note(share, **gone)

    # -- snapshots
    def _of_snapshot(self, verb: str, share: Lv, ident: t.Optional[str], args: Args) -> t.Optional[Resource]:
        if verb == "create":
            return self._take(share, args)
        snapshot = self._lvm.report().get(SNAPSHOT, ident)
        if snapshot is None:
            if verb in ("delete", "force_delete", "unmanage"):
                return None
            if verb != "resume" or not shapes.verb_of(share):
                raise _gone(SNAPSHOT, ident)
            self._resume(share)  # it is being taken anew
            return None
        always = {
            "update": lambda: self._update(snapshot, args),
            "merge_metadata": lambda: self._put_metadata(snapshot, {**snapshot.json("metadata"), **args["metadata"]}),
            "replace_metadata": lambda: self._put_metadata(snapshot, args["metadata"]),
            "reset_status": lambda: self._reset(snapshot, args),
            "resume": lambda: self._resume_snapshot(share, snapshot),
        }
        at_rest = {
            "mount": lambda: self._show(snapshot),
            "unmount": lambda: self._hide(snapshot),
            "delete": lambda: self._drop(snapshot),
            "force_delete": lambda: self._drop(snapshot),
            "unmanage": lambda: self._release(snapshot),
        }
        if verb in at_rest:
            self._at_rest(share, verb + " snapshot")
        _do(SNAPSHOT, verb, {**always, **at_rest})
        return None

    def _resume_snapshot(self, share: Lv, snapshot: Lv) -> None:
        if shapes.verb_of(share):
            self._resume(share)
        elif shapes.verb_of(snapshot) == "delete":
            self._drop(snapshot)

    def _drop(self, snapshot: Lv) -> None:
        self._check_unused(snapshot)
        self._hide(self._note(snapshot, journal=dump({"verb": "delete"})))
        self._lvm.remove(t.cast(Lv, self._lvm.report().get(SNAPSHOT, snapshot.ident)))

    def _release(self, snapshot: Lv) -> None:
        self._hide(snapshot)
        self._lvm.forsake(t.cast(Lv, self._lvm.report().get(SNAPSHOT, snapshot.ident)))

    def _take(self, share: Lv, args: Args) -> Resource:
        self._at_rest(share, "create snapshot")
        ident = str(uuid.uuid4())
        notes = self._notes(SNAPSHOT, ident, args)
        notes.update(share_id=share.ident, size=str(share.gib), filesystem=share.notes["filesystem"])
        # LVM freezes the file system for the moment.
        self._lvm.snapshot(share, shapes.SNAPSHOT_NAME % ident, notes)
        return {
            "id": ident,
            "name": args.get("name"),
            "status": "available",
            "share_id": share.ident,
            "created_at": notes["created_at"],
        }

    def _show(self, snapshot: Lv) -> None:
        """Mount it read-only and export it to the clients of its share."""
        path = os.path.join(self._root, shapes.SNAPSHOT_NAME % snapshot.ident)
        if snapshot.notes.get("path") != path:
            snapshot = self._note(snapshot, path=path)
        self._lvm.activate(snapshot)
        self._show_again(t.cast(Lv, self._lvm.report().get(SNAPSHOT, snapshot.ident)))

    def _show_again(self, snapshot: Lv) -> None:
        """Bring mount and export of a snapshot to what its notes and its share's rules say."""
        path = snapshot.notes.get("path")
        if not path:
            return
        self._mount(snapshot, readonly=True)
        share = self._share(snapshot.notes["share_id"])
        options = (*self._options, "mountpoint", "fsid=" + snapshot.ident)
        who = [rule["access_to"] for rule in self._rules(share) if rule["status"] != "denying"]
        entry = Entry(path, tuple(Client(each, exports.with_level(options, "ro")) for each in who))
        own = own_file(shapes.SNAPSHOT_NAME % snapshot.ident)
        self._nfs.put(path, entry if who else None, own)
        table = self._nfs.look().table.get(path, ())
        self._nfs.admit(entry, [client for client in entry.clients if find(table, client.who, False) is None])
        self._nfs.expel(path, [client.who for client in strangers(table, entry.clients)])

    def _hide(self, snapshot: Lv) -> None:
        """Take its export and its mount away. Raises Conflict when it is in use."""
        path = snapshot.notes.get("path")
        if not path:
            return
        try:
            self._check_unused(snapshot)
            self._nfs.expel(path)
            self._unmount(snapshot)
        except StorageError:
            self._show_again(snapshot)
            if snapshot.notes.get("journal"):
                self._lvm.note(snapshot, {"journal": None})
            raise
        self._nfs.put(path, None, own_file(shapes.SNAPSHOT_NAME % snapshot.ident))
        filesystem.forget(self._command, path)
        files.remove_folder(self._command, path)
        self._note(snapshot, path=None)

    def _follow(self, share: Lv) -> None:
        """Let the exported snapshots of a share have its clients."""
        for snapshot in shapes.snapshots_of(self._lvm.report(), share):
            self._show_again(snapshot)


def _do(kind: str, verb: str, doings: t.Mapping[str, t.Callable[[], None]]) -> None:
    if verb not in doings:
        raise Unsupported("The back end host cannot %s a %s." % (verb, kind.replace("_", " ")))
    doings[verb]()


def _gone(kind: str, ident: t.Optional[str]) -> NotFound:
    return NotFound(
        "There is no %s %s on this host (any more)." % (kind.replace("_", " "), ident),
        resource={"kind": kind, "id": ident},
        reason="no logical volume has it",
    )


def _taken(path: str) -> Conflict:
    return Conflict("There is a share on %s already, or to be made there." % path, reason="the path is taken")


def _unfit(path: str) -> bool:
    """True for what a unit of systemd cannot say: control characters, spaces around it, a backslash at its end."""
    return any(ord(char) < 32 or ord(char) == 127 for char in path) or path != path.strip() or path.endswith("\\")


def _path(where: str) -> str:
    """The path in an export location, with or without the host before it."""
    return where[where.find(":/") + 1 :]


def _check_level(level: str) -> None:
    if level not in ("rw", "ro"):
        raise Invalid("access_level must be rw or ro, not %s." % level)


def _by_device() -> t.Dict[str, Mount]:
    """What is mounted as a whole, by device."""
    return {mount.device: mount for mount in filesystem.mounts() if mount.root == "/"}
