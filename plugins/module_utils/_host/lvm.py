# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""LVM: one report read into records, and the commands that change what it shows.

Everything that is known of what this collection keeps is in the tags of its
logical volumes (tags.py). One that has no such tags is somebody else's, and no
method here but adopt() changes it.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
import typing as t
from contextlib import contextmanager
from dataclasses import dataclass, field

from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Conflict,
    Failed,
    Invalid,
    NotFound,
    Quota,
)
from ansible_collections.unified.storage.plugins.module_utils._host import lock, tags
from ansible_collections.unified.storage.plugins.module_utils._host.command import Command

GIB = 2**30
#: A thin pool that is so full (per cent) gets nothing new.
FULL = 95.0

FIELDS = (
    "vg_name,lv_name,lv_uuid,lv_size,lv_layout,lv_role,lv_tags,origin,pool_lv,data_percent,metadata_percent,"
    "snap_percent,lv_permissions,lv_active,lv_device_open,lv_kernel_major,lv_kernel_minor,lv_snapshot_invalid,"
    "lv_merging,lv_health_status,vg_attr,vg_extent_size,data_stripes,devices"
)
#: As it is read here, whatever lvm.conf of the host says.
PLAIN = 'report{binary_values_as_numeric=0 mark_hidden_devices=1 compact_output=0 list_item_separator=","}'
JSON_IN_BYTES = ("--config", PLAIN, "--reportformat", "json", "--units", "b", "--nosuffix")
#: What keeps a volume group from being changed: place in its attributes, letter, in words.
OBSTACLES = ((0, "r", "it is read-only"), (2, "x", "it is exported"), (3, "p", "a disk of it is missing"))
#: Of these, what LVM takes notes and removes logical volumes in spite of.
PARTIAL = OBSTACLES[-1][-1]
#: Layouts whose copies LVM counts as stripes.
MIRRORED = {"raid1", "mirror"}
#: Seconds until a merge that does not begin by itself is begun anew, and until it is given up.
MERGE_IDLE, MERGE_DEAD = 10, 120


@dataclass(frozen=True)
class Layout:
    """How the data of a volume lie: what a host has in place of volume types.

    name: the type's name. ident: LVM's own word, the type's id.
    options: for lvcreate. raw: bytes of the group for each byte of data.
    columns: its size is a multiple of so many extents.
    """

    name: str
    ident: str
    options: t.Tuple[str, ...]
    raw: float = 1.0
    columns: int = 1


LAYOUTS: t.Mapping[str, Layout] = {
    layout.ident: layout
    for layout in (
        Layout("thick", "linear", ("--type", "linear")),
        Layout("thin", "thin", ("--type", "thin")),
        Layout("striped", "striped", ("--type", "striped", "--stripes", "2"), 1.0, 2),
        Layout("raid1", "raid1", ("--type", "raid1", "--mirrors", "1"), 2.0),
        Layout("raid5", "raid5", ("--type", "raid5", "--stripes", "2"), 1.5, 2),
        Layout("raid10", "raid10", ("--type", "raid10", "--mirrors", "1", "--stripes", "2"), 2.0, 2),
    )
}


def raw_size(layout: str, size: int) -> int:
    """The bytes that so many take in a volume group. Of layouts that we do not make, LVM is the judge."""
    return int(size * LAYOUTS[layout].raw) if layout in LAYOUTS else size


@dataclass(frozen=True)
class Lv:
    """One logical volume. size, extent: bytes. notes: ours, from its tags. obstacle: as of its Group."""

    vg: str
    name: str
    uuid: str = ""
    size: int = 0
    words: t.FrozenSet[str] = frozenset()
    role: t.FrozenSet[str] = frozenset()
    tags: t.FrozenSet[str] = frozenset()
    notes: t.Mapping[str, str] = field(default_factory=dict)
    origin: t.Optional[str] = None
    pool: t.Optional[str] = None
    data_percent: t.Optional[float] = None
    metadata_percent: t.Optional[float] = None
    snap_percent: t.Optional[float] = None
    readonly: bool = False
    active: bool = False
    open: bool = False
    device: t.Optional[str] = None
    invalid: bool = False
    merging: bool = False
    health: str = ""
    obstacle: t.Optional[str] = None
    extent: int = 4 * 2**20
    stripes: int = 0
    devices: t.FrozenSet[str] = frozenset()
    hidden: bool = False

    @property
    def path(self) -> str:
        return "/dev/%s/%s" % (self.vg, self.name)

    @property
    def spec(self) -> str:
        """As LVM's commands take it."""
        return "%s/%s" % (self.vg, self.name)

    @property
    def kind(self) -> t.Optional[str]:
        """The kind of resource that it holds; None for somebody else's."""
        return self.notes.get("kind") if self.ident else None

    @property
    def ident(self) -> str:
        return self.notes.get("id", "")

    @property
    def thin(self) -> bool:
        """A thin volume (and not a pool of them)."""
        return "thin" in self.words and "pool" not in self.words

    @property
    def cow(self) -> bool:
        """A snapshot that cannot be without its origin."""
        return self.origin is not None and not self.thin

    @property
    def layout(self) -> str:
        """The key of LAYOUTS, or LVM's own words where it is none of them."""
        if self.thin:
            return "thin"
        words = self.words - {"snapshot", "origin", "public", "sparse", "raid"}
        # raid5_ls and its like are raid5; raid10 goes before raid1.
        for ident in ("raid10", "raid5", "raid1", "striped", "linear"):
            if any(word == ident or word.startswith(ident + "_") for word in words):
                return ident
        return ",".join(sorted(words))

    @property
    def gib(self) -> int:
        """The size in GiB: the smallest whole one that LVM would have rounded up to this many extents."""
        layout = LAYOUTS.get(self.layout)
        columns = self.stripes or (layout.columns if layout else 1)
        return max(1, (self.size - max(1, self.extent * columns)) // GIB + 1)

    @property
    def lost(self) -> bool:
        """What is on it cannot all be read: a disk is missing. A RAID goes on without, as partial as LVM calls it."""
        raid = "raid" in self.words and not any(word.startswith("raid0") for word in self.words)
        return self.health == "partial" and not (raid and self.active)

    @property
    def foreign_tags(self) -> t.FrozenSet[str]:
        return frozenset(tag for tag in self.tags if tags.key_of(tag) is None)

    @property
    def journal(self) -> t.Dict[str, t.Any]:
        """What is being done to it in several steps: {verb, ...}; empty at rest."""
        found = self.json("journal")
        return found if isinstance(found.get("verb"), str) else {}

    def json(self, key: str) -> t.Dict[str, t.Any]:
        """A note that is a dictionary; empty when it is none."""
        try:
            value = json.loads(self.notes.get(key) or "{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Group:
    """A volume group; bytes. obstacle: why it cannot be changed, None when it can."""

    name: str
    size: int
    free: int
    extent: int
    missing: int
    obstacle: t.Optional[str] = None


@dataclass(frozen=True)
class Disk:
    """A physical volume, by the name that LVM has for it; bytes."""

    name: str
    group: str
    size: int
    free: int


# -- reading reports
def _rows(text: str, key: str) -> t.List[t.Dict[str, str]]:
    """The rows of a report, all values as text. Raises Failed when it is none."""
    try:
        report = json.loads(text)["report"]
        rows = [row for part in report for row in part.get(key, ())]
        return [{str(k): v if isinstance(v, str) else str(v) for k, v in row.items()} for row in rows]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as exc:
        raise Failed("LVM gave a report that cannot be read: %s." % text[:200].strip()) from exc


def _number(text: t.Optional[str]) -> t.Optional[float]:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if abs(value) < 2**70 else None  # nor is nan below anything


def whole_number(text: t.Optional[str]) -> int:
    """The whole number that a report or a note says, 0 for anything else: notes are written by anybody."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 20 else 0


def _words(text: t.Optional[str]) -> t.FrozenSet[str]:
    return frozenset(word for word in (text or "").split(",") if word)


def _obstacle(attributes: t.Optional[str]) -> t.Optional[str]:
    """What keeps a volume group of these attributes (vg_attr) from being changed."""
    return next((why for at, letter, why in OBSTACLES if (attributes or "")[at : at + 1] == letter), None)


def parse_lvs(text: str) -> t.List[Lv]:
    """The logical volumes of a report of lvs, one for each however many segments it has.

    Raises Failed for what is no report.
    """
    found: t.Dict[t.Tuple[str, str], Lv] = {}
    for row in _rows(text, "lv"):
        name = row.get("lv_name", "")
        hidden = name.startswith("[")
        name = name.strip("[]")
        if not name or not row.get("vg_name"):
            continue
        key = (row["vg_name"], name)
        devices = frozenset(part.split("(")[0] for part in _words(row.get("devices")))
        if key in found:
            before = found[key]
            found[key] = Lv(**{**before.__dict__, "devices": before.devices | devices})
            continue
        raw, words, origin = _words(row.get("lv_tags")), _words(row.get("lv_layout")), row.get("origin", "")
        major, minor = row.get("lv_kernel_major", "-1"), row.get("lv_kernel_minor", "-1")
        found[key] = Lv(
            vg=row["vg_name"],
            name=name,
            uuid=row.get("lv_uuid", ""),
            size=whole_number(row.get("lv_size")),
            words=words,
            role=_words(row.get("lv_role")),
            tags=raw,
            notes=tags.decode(raw),
            # A hidden one is what a cache lies over: that makes no snapshot of it.
            origin=None if origin.startswith("[") else origin or None,
            pool=row.get("pool_lv", "").strip("[]") or None,
            data_percent=_number(row.get("data_percent")),
            metadata_percent=_number(row.get("metadata_percent")),
            snap_percent=_number(row.get("snap_percent")),
            readonly=row.get("lv_permissions", "").startswith("read-only"),
            active=row.get("lv_active", "") not in ("", "unknown"),
            open=row.get("lv_device_open", "") == "open",
            device="%s:%s" % (major, minor) if major.isdigit() and minor.isdigit() else None,
            invalid=row.get("lv_snapshot_invalid", "") not in ("", "unknown"),
            merging=row.get("lv_merging", "") not in ("", "unknown"),
            health=row.get("lv_health_status", ""),
            obstacle=_obstacle(row.get("vg_attr")),
            extent=whole_number(row.get("vg_extent_size")) or 4 * 2**20,
            stripes=0 if words & MIRRORED else whole_number(row.get("data_stripes")),
            devices=devices,
            hidden=hidden,
        )
    return list(found.values())


def parse_vgs(text: str) -> t.Dict[str, Group]:
    """The volume groups of a report of vgs, by name. Raises Failed for what is no report."""
    return {
        row["vg_name"]: Group(
            row["vg_name"],
            whole_number(row.get("vg_size")),
            whole_number(row.get("vg_free")),
            whole_number(row.get("vg_extent_size")) or 4 * 2**20,
            whole_number(row.get("vg_missing_pv_count")),
            _obstacle(row.get("vg_attr")),
        )
        for row in _rows(text, "vg")
        if row.get("vg_name")
    }


def parse_pvs(text: str) -> t.List[Disk]:
    """The physical volumes of a report of pvs. Raises Failed for what is no report."""
    return [
        Disk(row["pv_name"], row["vg_name"], whole_number(row.get("pv_size")), whole_number(row.get("pv_free")))
        for row in _rows(text, "pv")
        if row.get("pv_name") and row.get("vg_name")
    ]


class Report:
    """All logical volumes of the host, as one lvs saw them."""

    def __init__(self, lvs: t.Sequence[Lv]) -> None:
        self.lvs = lvs
        self._at = {(lv.vg, lv.name): lv for lv in lvs}
        # While a volume changes over to a new place, both say that they are it: the new one knows better.
        replaced = {lv.journal.get("old") for lv in lvs if lv.kind}
        self._by_id = {
            (lv.kind, lv.ident): lv for lv in lvs if lv.kind and lv.ident and lv.uuid not in replaced and not lv.hidden
        }
        self._promised: t.Dict[t.Tuple[str, t.Optional[str]], int] = {}
        for lv in lvs:
            if lv.pool and not lv.hidden:
                self._promised[lv.vg, lv.pool] = self._promised.get((lv.vg, lv.pool), 0) + lv.size

    def of(self, kind: str) -> t.List[Lv]:
        """Those that hold a resource of this kind, each resource once."""
        return [lv for (theirs, _ident), lv in self._by_id.items() if theirs == kind]

    def get(self, kind: str, ident: t.Optional[str]) -> t.Optional[Lv]:
        return self._by_id.get((kind, ident or ""))

    def at(self, vg: str, name: str) -> t.Optional[Lv]:
        return self._at.get((vg, name))

    def parts(self, ident: str) -> t.List[Lv]:
        """All that is ours of a resource: itself, what it was, what it is to become."""
        return [lv for lv in self.lvs if lv.ident == ident and lv.kind]

    def snapshots(self, origin: Lv) -> t.List[Lv]:
        """Those that LVM knows as snapshots of it, whosoever they are."""
        return [lv for lv in self.lvs if lv.vg == origin.vg and lv.origin == origin.name]

    def used_up(self) -> t.Dict[str, Lv]:
        """By id, the snapshots that are being merged into their origins, as their notes tell of them.

        A merge uses the snapshot up, and then it is taken anew: it is there all the same.
        """
        kept = [(lv, lv.json("revert")) for lv in self.lvs if lv.kind]
        ghosts = [
            Lv(lv.vg, str(note.get("name")), notes=dict(note.get("notes") or {}), origin=lv.name, size=lv.size)
            for lv, note in kept
            if note
        ]
        return {ghost.ident: ghost for ghost in ghosts}

    def pools(self, vg: str) -> t.List[Lv]:
        """The thin pools of a group."""
        return [lv for lv in self.lvs if lv.vg == vg and {"thin", "pool"} <= lv.words and not lv.hidden]

    def pool_of(self, lv: Lv) -> t.Optional[Lv]:
        return self.at(lv.vg, lv.pool) if lv.pool else None

    def promised(self, pool: Lv) -> int:
        """The bytes that the thin volumes of a pool could take in all."""
        return self._promised.get((pool.vg, pool.name), 0)


class Lvm:
    """The LVM of this host."""

    def __init__(self, command: Command, options: t.Mapping[str, t.Any]) -> None:
        """options: host_storage."""
        self.command = command
        self._options = options
        self._over_provisioning = bool(options.get("over_provisioning"))
        self._lock = threading.RLock()
        self._report: t.Optional[Report] = None
        self._groups: t.Optional[t.Dict[str, Group]] = None
        self._disks: t.Optional[t.List[Disk]] = None
        #: bytes that what was planned so far will take, by group and pool
        self._planned: t.Dict[t.Tuple[str, t.Optional[str]], int] = {}

    # -- observing
    def report(self) -> Report:
        """All logical volumes: one lvs, until something is written or forget() is called."""
        with self._lock:
            if self._report is None:
                self._report = Report(parse_lvs(self._ask("lvs", FIELDS, "--all")))
            return self._report

    def groups(self) -> t.Dict[str, Group]:
        """All volume groups: one vgs."""
        with self._lock:
            if self._groups is None:
                options = "vg_name,vg_size,vg_free,vg_extent_size,vg_missing_pv_count,vg_attr"
                self._groups = parse_vgs(self._ask("vgs", options))
            return self._groups

    def disks(self, group: str) -> t.List[Disk]:
        """The physical volumes of a group: one pvs."""
        with self._lock:
            if self._disks is None:
                self._disks = parse_pvs(self._ask("pvs", "pv_name,vg_name,pv_size,pv_free"))
            return sorted((disk for disk in self._disks if disk.group == group), key=lambda disk: disk.name)

    def _ask(self, command: str, options: str, *more: str) -> str:
        """A report, as text. Raises Failed when there is none."""
        answer = self.command.read(command, *more, *JSON_IN_BYTES, "--options", options, check=False)
        # A broken group somewhere makes it exit with 5, after it has told of the others.
        if answer.status != 0 and not answer.out.strip().startswith("{"):
            raise Failed(
                "LVM could not be asked: %s." % answer.reason.rstrip("."), status=answer.status, reason=answer.reason
            )
        return answer.out

    def forget(self) -> None:
        """Look again when next asked."""
        with self._lock:
            self._report = self._groups = self._disks = None

    def group(self, name: str) -> Group:
        """Raises NotFound, and says which there are."""
        found = self.groups().get(name)
        if found is None:
            raise NotFound(
                "There is no volume group %s on this host. %s"
                % (name, "There are: %s." % ", ".join(sorted(self.groups())) if self.groups() else "There is none."),
                resource={"kind": "volume_group", "name": name},
            )
        return found

    def pool(self, vg: str, name: str) -> Lv:
        """Raises NotFound when there is no such thin pool."""
        found = self.report().at(vg, name)
        if found is None or not {"thin", "pool"} <= found.words:
            raise NotFound(
                "There is no thin pool %s in the volume group %s." % (name, vg),
                resource={"kind": "thin_pool", "name": "%s/%s" % (vg, name)},
            )
        return found

    def check_changeable(self, of: t.Union[Lv, Group], allocates: bool) -> None:
        """Raises Conflict where nothing can be changed in a group, or that of a logical volume.

        allocates: extents are to be taken, or moved.
        """
        name = of.vg if isinstance(of, Lv) else of.name
        if of.obstacle and (allocates or of.obstacle != PARTIAL):
            raise Conflict(
                "The volume group %s cannot be changed: %s." % (name, of.obstacle),
                resource={"kind": "volume_group", "name": name},
                reason=of.obstacle,
            )

    def check_room(self, vg: str, pool: t.Optional[str], layout: str, size: int, more: int = 0) -> None:
        """Raises Quota when so many bytes more do not fit.

        more: bytes of the group or the pool that are promised already beside what LVM knows.
        """
        if pool is None:
            group = self.group(vg)
            need = raw_size(layout, size) + more
            if need > group.free:
                raise Quota(
                    "The volume group %s has %.1f GiB free, and %.1f GiB are needed."
                    % (vg, group.free / GIB, need / GIB),
                    resource={"kind": "volume_group", "name": vg},
                    reason="%d of %d bytes are free" % (group.free, group.size),
                )
            return
        found = self.pool(vg, pool)
        fill = {"data": found.data_percent or 0.0, "metadata": found.metadata_percent or 0.0}
        for name, percent in fill.items():
            if percent >= FULL:
                raise Quota(
                    "The %s of the thin pool %s/%s are %.1f %% full: extend it first." % (name, vg, pool, percent),
                    resource={"kind": "thin_pool", "name": "%s/%s" % (vg, pool)},
                    reason="%s %.1f %%" % (name, percent),
                )
        promised = self.report().promised(found) + more
        if promised + size > found.size and not self._over_provisioning:
            raise Quota(
                "The thin pool %s/%s has %.1f GiB, of which %.1f GiB are promised already: "
                "%.1f GiB more would overfill it. Extend it, or allow that with over_provisioning of host_storage."
                % (vg, pool, found.size / GIB, promised / GIB, size / GIB),
                resource={"kind": "thin_pool", "name": "%s/%s" % (vg, pool)},
                reason="%d of %d bytes are promised" % (promised, found.size),
            )

    def check_extension(self, lv: Lv, size: int) -> None:
        """The same for what it lacks to so many bytes."""
        self.check_room(lv.vg, lv.pool if lv.thin else None, lv.layout, size - lv.size)

    def plan(self, layout: str, vg: str, pool: t.Optional[str], size: int) -> None:
        """Raises Quota when what was planned until now and this do not fit together."""
        with self._lock:
            planned = self._planned.get((vg, pool), 0)
            self.check_room(vg, pool, layout, size, planned)
            self._planned[vg, pool] = planned + (size if pool else raw_size(layout, size))

    def plan_extension(self, lv: Lv, size: int) -> None:
        """Likewise for what it lacks to so many bytes."""
        if size > lv.size:
            self.plan(lv.layout, lv.vg, lv.pool if lv.thin else None, size - lv.size)

    def plan_snapshot(self, lv: Lv) -> None:
        """Likewise for a snapshot of it."""
        self.plan("linear", lv.vg, lv.pool if lv.thin else None, lv.size)

    # -- changing
    def write(self, *argv: str) -> None:
        """Run a command of LVM's that writes. Raises Quota when there is no room for it, else Failed."""
        try:
            self.command.write(*argv)
        except Failed as exc:
            if re.search(r"insufficient (free|suitable)|not enough free", exc.reason or "", re.IGNORECASE):
                raise Quota(exc.message, status=exc.status, reason=exc.reason) from exc
            raise
        finally:
            self.forget()

    def _mine(self, lv: Lv) -> Lv:
        """The one guard of what is not ours. Raises Conflict."""
        if not lv.kind:
            raise Conflict(
                "The logical volume %s is not managed by this collection, and is left alone." % lv.spec,
                resource={"kind": "logical_volume", "name": lv.spec},
            )
        return lv

    def place(
        self, layout: t.Optional[str] = None, vg: t.Optional[str] = None, pool: t.Optional[str] = None
    ) -> t.Tuple[str, str, t.Optional[str]]:
        """Where something new goes: the layout, the volume group and, for thin, the pool.

        By default as host_storage says: thin where it names a pool, else thick.
        Raises Invalid when that does not say enough, NotFound when it is not there.
        """
        default = self._options.get("volume_group")
        vg = vg or default
        if not vg:
            raise Invalid("host_storage.volume_group is missing: it says where to put what is new.")
        own = self._options.get("thin_pool") if vg == default else None
        layout = layout or ("thin" if pool or own else "linear")
        self.check_changeable(self.group(vg), allocates=True)
        if layout != "thin":
            return layout, vg, None
        pool = pool or own
        if not pool and self._options.get("thin_pool"):
            raise Invalid(
                "Nothing can be thin in %s without a thin pool there: host_storage.thin_pool is one of %s."
                % (vg, default)
            )
        if not pool:
            raise Invalid("host_storage.thin_pool is missing: without it nothing can be thin in %s." % vg)
        self.pool(vg, pool)
        return layout, vg, pool

    def create(
        self,
        name: str,
        size: int,
        notes: t.Mapping[str, str],
        layout: t.Optional[str] = None,
        vg: t.Optional[str] = None,
        pool: t.Optional[str] = None,
    ) -> None:
        """Make a logical volume of so many bytes, with its notes, at one stroke.

        layout: a key of LAYOUTS; it and the others as for place().
        Raises Quota when it does not fit.
        """
        layout, vg, pool = self.place(layout, vg, pool)
        with self._room(vg):
            self.check_room(vg, pool if layout == "thin" else None, layout, size)
            where = ["--virtualsize", "%db" % size, "--thinpool", pool or ""] if layout == "thin" else []
            plain = ["--size", "%db" % size, "--wipesignatures", "y", "--zero", "y"] if layout != "thin" else []
            self.write(
                "lvcreate", "--yes", *LAYOUTS[layout].options, *where, *plain, *_added(notes), "--name", name, vg
            )

    def snapshot(self, origin: Lv, name: str, notes: t.Mapping[str, str], anew: bool = False) -> None:
        """Take a snapshot. A thin one takes nothing at first, any other as much as its origin.

        anew: it was there before, so there is room for it, or LVM says why not.
        """
        self._mine(origin)
        with self._room(origin.vg):
            if not anew:
                self.check_room(origin.vg, origin.pool if origin.thin else None, "linear", origin.size)
            # Without the flag that thin snapshots carry, it is there after a boot too.
            kind = ["--setactivationskip", "n"] if origin.thin else ["--extents", "100%ORIGIN"]
            self.write("lvcreate", "--yes", "--snapshot", *kind, *_added(notes), "--name", name, origin.spec)

    @contextmanager
    def _room(self, vg: str) -> t.Iterator[None]:
        """What is free in a group, and in its pools, stays so until it is taken: no other run takes of it meanwhile."""
        with lock.held("room-" + vg):
            self.forget()
            yield

    def note(
        self, lv: Lv, changes: t.Mapping[str, t.Optional[str]], more_tags: t.Collection[str] = frozenset()
    ) -> None:
        """Set notes, and drop those that are None: one command, all or nothing."""
        self._change_tags(self._mine(lv), changes, more_tags)

    def adopt(self, lv: Lv, notes: t.Mapping[str, str]) -> None:
        """Put notes on what is not ours yet."""
        self._change_tags(lv, notes)

    def _change_tags(
        self, lv: Lv, changes: t.Mapping[str, t.Optional[str]], more_tags: t.Collection[str] = frozenset()
    ) -> None:
        old = {tag for tag in lv.tags if tags.key_of(tag) in changes or tag in more_tags}
        new = {*tags.encode({k: v for k, v in changes.items() if v is not None}), *more_tags}
        if old == new:
            return
        gone = [word for tag in sorted(old - new) for word in ("--deltag", tag)]
        come = [word for tag in sorted(new - old) for word in ("--addtag", tag)]
        self.write("lvchange", "--yes", *gone, *come, lv.spec)

    def forsake(self, lv: Lv) -> None:
        """Take off all notes: from then on it is not ours."""
        self._change_tags(self._mine(lv), {key: None for key in map(tags.key_of, lv.tags) if key is not None})

    def extend(self, lv: Lv, size: int) -> None:
        """Let it have so many bytes at least."""
        if size > lv.size:
            with self._room(lv.vg):
                self.check_extension(self._mine(lv), size)
                self.write("lvextend", "--yes", "--size", "%db" % size, lv.spec)

    def rename(self, lv: Lv, name: str) -> None:
        if lv.name != name:
            self.write("lvrename", "--yes", self._mine(lv).vg, lv.name, name)

    def remove(self, *lvs: Lv) -> None:
        if lvs:
            self.write("lvremove", "--yes", *[self._mine(lv).spec for lv in lvs])

    def activate(self, lv: Lv) -> None:
        if not lv.active:
            self.write("lvchange", "--yes", "--activate", "y", "--ignoreactivationskip", self._mine(lv).spec)

    def deactivate(self, lv: Lv) -> None:
        if lv.active:
            self.write("lvchange", "--yes", "--activate", "n", self._mine(lv).spec)

    @contextmanager
    def awake(self, lv: Lv) -> t.Iterator[Lv]:
        """Have it active while it is used, and as it was afterwards. Who else wants to use it waits."""
        # A snapshot that needs its origin is active with it, and with it alone.
        origin = self.report().at(lv.vg, lv.origin) if lv.cow and lv.origin else None
        with lock.held("use-" + (origin or lv).uuid):
            self.forget()
            before = self.again(lv)
            self.activate(before)
            try:
                yield self.again(lv)
            finally:
                if not before.active:
                    self.deactivate(self.again(lv))

    def again(self, lv: Lv) -> Lv:
        """The same logical volume, as it is now. Raises NotFound."""
        found = self.report().at(lv.vg, lv.name)
        if found is None:
            raise NotFound("The logical volume %s has gone away." % lv.spec, resource={"kind": lv.kind, "id": lv.ident})
        return found

    def permit(self, lv: Lv, readonly: bool) -> None:
        if lv.readonly != readonly:
            self.write("lvchange", "--yes", "--permission", "r" if readonly else "rw", self._mine(lv).spec)

    def convert(self, lv: Lv, *options: str) -> None:
        self.write("lvconvert", "--yes", *options, self._mine(lv).spec)

    # -- reverting
    def check_revert(self, origin: Lv, snapshot: Lv) -> None:
        """Raises Conflict when either is open."""
        for lv in (origin, snapshot):
            if lv.open:
                raise Conflict(
                    "%s is open, perhaps mounted: nothing can be reverted while it is." % lv.path,
                    resource={"kind": lv.kind, "id": lv.ident},
                    reason="%s is open" % lv.spec,
                )

    def revert(self, origin: Lv, snapshot: Lv) -> None:
        """Give the origin the snapshot's content, and keep the snapshot.

        Merging uses the snapshot up, so what it was is noted on the origin first, and
        it is taken anew. Killed anywhere, finish_revert() goes on.
        Raises Conflict when either is open.
        """
        self.check_revert(origin, snapshot)
        kept = {"name": snapshot.name, "uuid": snapshot.uuid, "notes": dict(self._mine(snapshot).notes)}
        self.note(origin, {"revert": json.dumps(kept, sort_keys=True)})
        self.finish_revert(self.again(origin))

    def finish_revert(self, origin: Lv) -> None:
        """Go on with what the origin's note C(revert) says."""
        vg, kept = origin.vg, origin.json("revert")
        snapshot = self.report().at(vg, kept["name"])
        if snapshot is not None and snapshot.uuid == kept["uuid"] and not snapshot.merging:
            self.activate(origin)
            self.write("lvconvert", "--yes", "--merge", "--interval", "1", "%s/%s" % (vg, kept["name"]))
        self._await_merge(origin, kept)
        origin = self.again(origin)
        if self.report().at(vg, kept["name"]) is None:
            self.snapshot(origin, kept["name"], kept["notes"], anew=True)
            origin = self.again(origin)
        self.note(origin, {"revert": None})

    def _await_merge(self, origin: Lv, kept: t.Mapping[str, t.Any]) -> None:
        """Until the snapshot is used up. Raises Failed when the merge does not get on."""
        before, moved, begun_anew = None, time.monotonic(), False
        # After a boot nobody watches over the merge any more.
        watch = ("lvchange", "--yes", "--activate", "y", "--poll", "y", origin.spec)
        for look in itertools.count():
            snapshot = self.report().at(origin.vg, kept["name"])
            if snapshot is None or snapshot.uuid != kept["uuid"]:
                return
            if look == 0:
                self.write(*watch)
            idle = time.monotonic() - moved
            if snapshot.snap_percent != before:
                before, moved = snapshot.snap_percent, time.monotonic()
            elif idle > MERGE_IDLE and not begun_anew:
                # One that found its origin open (udev's look is enough) waits for the next activation.
                self.check_revert(self.again(origin), snapshot)
                self.deactivate(self.again(origin))
                self.write(*watch)
                begun_anew = True
            elif idle > MERGE_DEAD:
                raise Failed(
                    "The merge of %s/%s into %s does not get on." % (origin.vg, kept["name"], origin.spec),
                    resource={"kind": origin.kind, "id": origin.ident},
                )
            time.sleep(1)
            self.forget()


def _added(notes: t.Mapping[str, str]) -> t.List[str]:
    return [word for tag in tags.encode(notes) for word in ("--addtag", tag)]
