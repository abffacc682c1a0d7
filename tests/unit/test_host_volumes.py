# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes of a host, on an LVM in memory: what two runs do to each other, what fails halfway, what is refused."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Conflict,
    Failed,
    Invalid,
    NotFound,
    Quota,
    StorageError,
    Unsupported,
)
from ansible_collections.unified.storage.plugins.module_utils._host import command, filesystem, images, lock, lvm, tags
from ansible_collections.unified.storage.plugins.module_utils._host import volumes as module
from ansible_collections.unified.storage.plugins.module_utils._host.lvm import GIB, Lvm
from ansible_collections.unified.storage.plugins.module_utils._host.volumes import Volumes

Row = Any
NODE = os.uname().nodename


class Disks(command.Command):
    """A volume group vg0 with 9 GiB free and a thin pool of 4 GiB; what was written, in words."""

    def __init__(self) -> None:
        super().__init__({})
        self.rows: dict[str, Row] = {}
        self.group = {"vg_name": "vg0", "vg_size": str(9 * GIB), "vg_free": str(9 * GIB), "vg_attr": "wz--n-"}
        self.written: list[str] = []
        self.refused: str | None = None
        """What the command says whose words contain this"""
        self.add("pool", lv_layout="thin,pool", lv_size=str(4 * GIB), data_percent="1.00")

    def add(self, name: str, notes: dict[str, Any] | None = None, *more_tags: str, **values: str) -> None:
        """notes: values that are no text are JSON."""
        own = {k: v if isinstance(v, str) else json.dumps(v) for k, v in (notes or {}).items()}
        plain = dict.fromkeys(lvm.FIELDS.split(","), "")
        self.rows[name] = {
            **plain, "vg_name": "vg0", "lv_name": name, "lv_uuid": "u-" + name, "lv_size": str(GIB),
            "lv_layout": "linear", "lv_active": "active", "vg_extent_size": str(4 * 2**20), "vg_attr": "wz--n-",
            "devices": "/dev/sda(0)", "lv_tags": ",".join([*tags.encode(own), *more_tags]), **values,
        }  # fmt: skip

    def volume(self, ident: str, *more_tags: str, notes: dict[str, Any] | None = None, **values: str) -> None:
        self.add("volume-" + ident, {"kind": "volume", "id": ident, **(notes or {})}, *more_tags, **values)

    def thin(self, ident: str, **values: Any) -> None:
        self.volume(ident, **{"lv_layout": "thin,sparse", "pool_lv": "pool", **values})

    def snapshot(self, ident: str, of: str, **values: Any) -> None:
        notes = {"kind": "volume_snapshot", "id": ident, "volume_id": of, "size": "1"}
        self.add("_snapshot-" + ident, notes, **{"origin": "volume-" + of, "lv_active": "", **values})

    def notes(self, name: str) -> dict[str, str]:
        return tags.decode(self.rows[name]["lv_tags"].split(","))

    def read(self, *argv: str, check: bool = True) -> command.Answer:
        assert "report{binary_values_as_numeric=0" in argv[argv.index("--config") + 1]
        disks = [{"pv_name": name, "vg_name": "vg0"} for name in ("/dev/sda", "/dev/sdb")]
        found = {"lvs": {"lv": list(self.rows.values())}, "vgs": {"vg": [self.group]}, "pvs": {"pv": disks}}
        return command.Answer(0, json.dumps({"report": [found[argv[0]]]}), "")

    def write(self, *argv: str, check: bool = True) -> command.Answer:
        self.written.append(" ".join(argv))
        if self.refused and self.refused in self.written[-1]:
            raise Failed(f"{argv[0]} failed: no.", reason="no")
        getattr(self, argv[0])(list(argv[1:]))
        return command.Answer(0, "", "")

    def writing(self, *what: str) -> None:
        self.written.append(" ".join(what))

    def lvcreate(self, argv: list[str]) -> None:
        name, last = argv[argv.index("--name") + 1], argv[-1]
        taken = [argv[n + 1] for n, word in enumerate(argv) if word == "--addtag"]
        origin = last.split("/")[1] if "--snapshot" in argv else ""
        thin = "--thinpool" in argv or bool(origin and self.rows[origin]["pool_lv"])
        size = next((argv[n + 1][:-1] for n, w in enumerate(argv) if w in ("--size", "--virtualsize")), str(GIB))
        layout, pool = ("thin,sparse", "pool") if thin else ("linear", "")
        self.add(name, None, *taken, lv_size=size, origin=origin, lv_layout=layout, pool_lv=pool)

    def lvremove(self, argv: list[str]) -> None:
        for spec in argv[1:]:
            del self.rows[spec.split("/")[1]]

    def lvrename(self, argv: list[str]) -> None:
        self.rows[argv[3]] = {**self.rows.pop(argv[2]), "lv_name": argv[3]}

    def lvextend(self, argv: list[str]) -> None:
        self.rows[argv[-1].split("/")[1]]["lv_size"] = argv[argv.index("--size") + 1][:-1]

    def lvchange(self, argv: list[str]) -> None:
        row = self.rows[argv[-1].split("/")[1]]
        now = set(filter(None, row["lv_tags"].split(",")))
        for n, word in enumerate(argv):
            if word == "--activate":
                row["lv_active"] = "active" if argv[n + 1] == "y" else ""
            now = now | {argv[n + 1]} if word == "--addtag" else now - {argv[n + 1]} if word == "--deltag" else now
        row["lv_tags"] = ",".join(sorted(now))


@pytest.fixture
def disks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disks:
    found = Disks()
    monkeypatch.setattr(lock, "FOLDER", str(tmp_path / "locks"))
    monkeypatch.setattr(filesystem, "mounts", list)

    @contextmanager
    def alone(_device: str) -> Iterator[None]:
        yield

    def copy(_command: Any, source: str, target: str, size: int | None = None, sparse: bool = False) -> None:
        found.writing("copy", source, target)

    for where in (module, images):
        monkeypatch.setattr(where, "alone", alone)
        monkeypatch.setattr(where, "copy", copy)
    return found


def run(disks: Disks, **options: Any) -> Volumes:
    """What a run has of this host."""
    shared = {"volume_group": "vg0", "thin_pool": "pool", **options}
    return Volumes(Lvm(disks, shared), shared)


def before_lock(monkeypatch: pytest.MonkeyPatch, do: Callable[[], Any]) -> list[str]:
    """Let another run do something at the moment when this one takes its first lock; the names of all locks."""
    held, names = lock.held, []

    @contextmanager
    def waiting(name: str) -> Iterator[None]:
        first = not names
        names.append(name)
        if first:
            do()
        with held(name):
            yield

    monkeypatch.setattr(lock, "held", waiting)
    return names


# ---- what is made of something


def test_what_is_mounted_is_not_copied_but_snapshotted(disks: Disks) -> None:
    disks.thin("1", lv_device_open="open")
    new = {"name": "n", "size": 1, "source_volid": "1"}
    for act in (lambda a: run(disks).foresee("volume", "create", None, a),
                lambda a: run(disks).perform("volume", "create", None, a)):  # fmt: skip
        with pytest.raises(Conflict, match="Take a snapshot, and copy that"):
            act({**new, "volume_type": "linear"})
    assert disks.written == []
    run(disks).perform("volume", "create", None, {**new, "volume_type": "thin"})
    assert disks.written[0].startswith("lvcreate --yes --snapshot")


@pytest.mark.parametrize("layout", ["thin", "linear"])
def test_nothing_is_made_of_what_is_being_changed(disks: Disks, layout: str) -> None:
    disks.thin("1", notes={"journal": {"verb": "reimage", "image": "/i"}})
    with pytest.raises(Conflict, match="reimage of volume 1 is not over"):
        run(disks).perform("volume", "create", None, {"size": 1, "source_volid": "1", "volume_type": layout})
    assert disks.written == []


def test_of_what_has_gone_since_nothing_is_made(disks: Disks) -> None:
    with pytest.raises(NotFound):
        run(disks).perform("volume", "create", None, {"name": "n", "size": 1, "snapshot_id": "gone"})
    assert disks.written == []


def test_who_copies_leaves_the_source_as_it_was_and_others_wait(disks: Disks, monkeypatch: pytest.MonkeyPatch) -> None:
    disks.volume("1", lv_active="")
    names = before_lock(monkeypatch, lambda: None)
    seen = []
    monkeypatch.setattr(
        module, "copy", lambda *_a, **_k: seen.append((disks.rows["volume-1"]["lv_active"], list(names)))
    )
    run(disks).perform("volume", "create", None, {"size": 1, "source_volid": "1", "volume_type": "thin"})
    ((active, held),) = seen
    assert active == "active" and held[-1] == "use-u-volume-1"
    assert disks.rows["volume-1"]["lv_active"] == ""


def test_snapshots_of_one_origin_are_not_used_side_by_side(disks: Disks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one is not active any more, none is."""
    disks.volume("1", lv_active="")
    disks.snapshot("s", "1")
    names = before_lock(monkeypatch, lambda: None)
    run(disks).perform("volume", "create", None, {"size": 1, "snapshot_id": "s", "volume_type": "thin"})
    assert names[-1] == "use-u-volume-1"


def test_a_copy_over_an_older_half_writes_the_zeros_too(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    piece = images.PIECE
    content = b"a" * piece + bytes(2 * piece) + b"b" * 100
    source.write_bytes(content)
    target.write_bytes(bytes(2 * piece) + b"x" * piece)
    images.copy(command.Command({}), str(source), str(target), sparse=True)
    assert target.read_bytes() == content
    target.unlink()
    target.touch()
    images.copy(command.Command({}), str(source), str(target), sparse=True)
    assert target.read_bytes() == content and target.stat().st_blocks * 512 < 2 * piece, "zeros take no room"


# ---- two runs at once


def test_a_snapshot_is_left_alone_while_its_volume_is_reverted_to_it(
    disks: Disks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run has noted that, and not merged yet."""
    disks.volume("1")
    disks.snapshot("s", "1")
    late = run(disks)
    late.observe("volume_snapshot", None, {})

    def revert_begins() -> None:
        note = {"name": "_snapshot-s", "uuid": "u-_snapshot-s", "notes": disks.notes("_snapshot-s")}
        disks.volume("1", notes={"revert": note})

    names = before_lock(monkeypatch, revert_begins)
    with pytest.raises(Conflict, match="revert of volume 1 is not over"):
        late.perform("volume_snapshot", "delete", "s", {})
    assert names == ["1"] and disks.written == []
    del disks.rows["_snapshot-s"]
    with pytest.raises(Conflict):  # it is used up, and comes back: not gone
        run(disks).perform("volume_snapshot", "delete", "s", {})


def test_who_adopts_second_finds_it_adopted(disks: Disks, monkeypatch: pytest.MonkeyPatch) -> None:
    disks.add("theirs")
    args = {"host": f"{NODE}@vg0", "reference": {"source-name": "theirs"}, "name": "n"}
    first = Volumes(Lvm(disks, {}), {})
    before_lock(monkeypatch, lambda: first.perform("volume", "manage", None, args))
    with pytest.raises(Conflict, match="already managed"):
        run(disks).perform("volume", "manage", None, args)
    (row,) = [row for name, row in disks.rows.items() if name != "pool"]
    assert row["lv_tags"].count("us:id=") == 1


@pytest.mark.parametrize(
    ("verb", "args"),
    [("reserve", {}), ("begin_detaching", {}), ("attach", {"mountpoint": "/dev/vdb", "host_name": "h"})],
)
def test_of_two_that_take_it_one_gets_it(disks: Disks, verb: str, args: dict[str, Any]) -> None:
    attached = {"a": {"attachment_id": "a"}} if verb == "begin_detaching" else {}
    disks.volume("1", notes={"attachments": attached})
    runs = [run(disks), run(disks)]
    for each in runs:
        each.observe("volume", None, {})
    runs[0].perform("volume", verb, "1", args)
    with pytest.raises(Conflict, match=f"{verb} of volume 1 needs the status"):
        runs[1].perform("volume", verb, "1", args)


def test_who_detaches_second_changes_nothing(disks: Disks) -> None:
    disks.volume("1", notes={"attachments": {"b": {"attachment_id": "b"}}, "status": "detaching"})
    run(disks).perform("volume", "detach", "1", {"attachment_id": "a"})
    assert disks.written == []


def test_a_pool_is_not_promised_twice(disks: Disks, monkeypatch: pytest.MonkeyPatch) -> None:
    late = run(disks)
    late.observe("volume", None, {})
    before_lock(monkeypatch, lambda: disks.thin("1", lv_size=str(3 * GIB)))
    with pytest.raises(Quota, match=r"3\.0 GiB are promised already"):
        late._lvm.create("n", 2 * GIB, {}, "thin")


@pytest.mark.parametrize("when", ["while it is copied", "after that"])
def test_what_is_written_during_a_retype_is_not_lost(disks: Disks, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    disks.volume("1", "theirs")
    if when == "after that":
        disks.refused = "--activate n"  # as LVM does where it is open
    else:
        monkeypatch.setattr(module, "copy", lambda *_a, **_k: disks.rows["volume-1"].update(lv_device_open="open"))
    with pytest.raises(StorageError):
        run(disks).perform("volume", "retype", "1", {"new_type": "thin"})
    assert set(disks.rows) == {"pool", "volume-1"} and "journal" not in disks.notes("volume-1")
    assert disks.rows["volume-1"]["lv_active"] == "active"


def test_nobody_can_open_what_a_retype_leaves_behind(disks: Disks) -> None:
    disks.volume("1", "theirs", notes={"name": "n"})
    run(disks).perform("volume", "retype", "1", {"new_type": "thin"})
    words = [each.split() for each in disks.written]
    sleeps = next(n for n, each in enumerate(words) if "--activate" in each and "n" in each)
    moves = next(n for n, each in enumerate(words) if "vg0/volume-1-new" in each and "us:name=n" in each)
    assert sleeps < moves
    row = disks.rows["volume-1"]
    assert row["lv_layout"] == "thin,sparse" and "theirs" in row["lv_tags"].split(","), "with what others noted"


# ---- what fails halfway


def image(tmp_path: Path, size: int = 5) -> str:
    path = tmp_path / "image"
    path.write_bytes(b"x" * size)
    return str(path)


def test_a_failed_reimage_leaves_an_error_and_nothing_to_go_on_with(
    disks: Disks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    disks.volume("1")
    path = image(tmp_path)

    def broken(*_args: Any, **_options: Any) -> None:
        raise Failed("it could not be copied")

    with monkeypatch.context() as patch:
        patch.setattr(images, "copy", broken)
        with pytest.raises(Failed):
            run(disks).perform("volume", "reimage", "1", {"image_id": path})
    (seen,) = run(disks).observe("volume", None, {})
    assert seen["status"] == "error" and "unfinished" not in seen
    run(disks).perform("volume", "reimage", "1", {"image_id": path})
    (seen,) = run(disks).observe("volume", None, {})
    assert (seen["status"], seen["image_metadata"]["image_id"]) == ("available", path)


def test_what_a_killed_run_has_begun_says_with_what(disks: Disks) -> None:
    disks.volume("1", notes={"journal": {"verb": "reimage", "image": "/i"}})
    disks.volume("2", notes={"revert": {"name": "_snapshot-s", "uuid": "u", "notes": {"id": "s"}}})
    seen = {one["id"]: one["backend_details"]["begun_with"] for one in run(disks).observe("volume", None, {})}
    assert seen == {"1": "/i", "2": "s"}


def mounted(monkeypatch: pytest.MonkeyPatch, fstype: str, *options: str) -> None:
    mount = filesystem.Mount("254:1", "/", "/mnt", fstype, options or ("rw",), "/dev/x")
    monkeypatch.setattr(filesystem, "mounts", lambda: [mount])


@pytest.mark.parametrize(("fstype", "option"), [("vfat", "rw"), ("ext4", "ro")])
def test_what_cannot_grow_is_not_extended(
    disks: Disks, monkeypatch: pytest.MonkeyPatch, fstype: str, option: str
) -> None:
    disks.volume("1", lv_kernel_major="254", lv_kernel_minor="1")
    mounted(monkeypatch, fstype, option)
    with pytest.raises(Conflict, match="unmount it first"):
        run(disks).perform("volume", "extend", "1", {"new_size": 2})
    assert disks.written == []


@pytest.mark.parametrize("thick_snapshots", [True, False])
def test_an_extension_that_lvm_refuses_has_not_begun(
    disks: Disks, monkeypatch: pytest.MonkeyPatch, thick_snapshots: bool
) -> None:
    disks.volume("1", lv_kernel_major="254", lv_kernel_minor="1")
    if thick_snapshots:
        disks.snapshot("s", "1")
    else:
        mounted(monkeypatch, "ext4")
    disks.refused = "lvextend"
    with pytest.raises(Failed):
        run(disks).perform("volume", "extend", "1", {"new_size": 2})
    assert "journal" not in disks.notes("volume-1")
    assert disks.rows["volume-1"]["lv_active"] == "active"


def test_a_merge_that_waits_for_an_activation_gets_one(disks: Disks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its origin was open for a moment when LVM was asked."""
    disks.volume("1")
    disks.snapshot("s", "1")
    disks.rows["volume-1"]["lv_tags"] += "," + ",".join(
        tags.encode({"revert": json.dumps({"name": "_snapshot-s", "uuid": "u-_snapshot-s",
                                           "notes": disks.notes("_snapshot-s")})})
    )  # fmt: skip
    disks.rows["_snapshot-s"]["lv_merging"] = "merging"
    change = disks.lvchange

    def activate(argv: list[str]) -> None:
        if "--poll" in argv and not disks.rows["volume-1"]["lv_active"]:
            disks.rows.pop("_snapshot-s", None)
        change(argv)

    monkeypatch.setattr(disks, "lvchange", activate)
    clock = iter(range(0, 10000, 5))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    run(disks).perform("volume", "resume", "1", {})
    assert disks.notes("_snapshot-s")["id"] == "s" and "revert" not in disks.notes("volume-1")


def test_what_a_killed_run_made_from_something_gone_says_what_to_do(disks: Disks) -> None:
    disks.volume("1", notes={"journal": {"verb": "create", "size": GIB, "source": "gone"}})
    with pytest.raises(NotFound, match="Delete it, and make it from something else"):
        run(disks).perform("volume", "resume", "1", {})


# ---- images


def test_an_upload_that_fails_leaves_nothing(disks: Disks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    disks.volume("1")
    it = run(disks, image_root=str(tmp_path))

    def broken(*_args: Any, **_options: Any) -> None:
        raise Failed("it could not be copied")

    monkeypatch.setattr(images, "copy", broken)
    with pytest.raises(Failed):
        it.perform("volume", "upload_image", "1", {"image_name": "i"})
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


def test_of_two_uploads_under_one_name_one_stays(disks: Disks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    disks.volume("1")
    disks.volume("2")

    def copy(_command: Any, source: str, target: str, *_args: Any, **_options: Any) -> None:
        Path(target).write_text(source, encoding="ascii")
        if source.endswith("1"):  # meanwhile
            run(disks, image_root=str(tmp_path)).perform("volume", "upload_image", "2", {"image_name": "i"})

    monkeypatch.setattr(images, "copy", copy)
    with pytest.raises(Conflict, match="Set force to replace it"):
        run(disks, image_root=str(tmp_path)).perform("volume", "upload_image", "1", {"image_name": "i"})
    assert (tmp_path / "i").read_text(encoding="ascii") == "/dev/vg0/volume-2"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["i"]


# ---- what is refused, and said when it is planned


def place(ident: str) -> dict[str, Any]:
    return {"host": f"{NODE}@vg0#{ident}"}


REFUSED: dict[str, tuple[str, dict[str, Any], dict[str, Any], str]] = {
    "delete, open": ("delete", {}, {"lv_device_open": "open"}, "perhaps mounted"),
    "force_delete, open": ("force_delete", {}, {"lv_device_open": "open"}, "perhaps mounted"),
    "retype, open": ("retype", {"new_type": "thin"}, {"lv_device_open": "open"}, "perhaps mounted"),
    "migrate, open": ("migrate", place("pool"), {"lv_device_open": "open"}, "perhaps mounted"),
    "detach, open": ("detach", {"attachment_id": "a"}, {"lv_device_open": "open"}, "perhaps mounted"),
    "upload, open": ("upload_image", {"image_name": "i"}, {"lv_device_open": "open"}, "perhaps mounted"),
    "upload over a file": ("upload_image", {"image_name": "image"}, {}, "Set force"),
    "reimage, read-only": ("reimage", {"image_id": "IMAGE"}, {"lv_permissions": "read-only"}, "is read-only"),
    "reimage, too big": ("reimage", {"image_id": "IMAGE"}, {"lv_size": "4"}, "5 bytes"),
    "reimage from nothing": ("reimage", {"image_id": "/nowhere"}, {}, "cannot be read"),
    "to a disk, striped": ("migrate", place("/dev/sdb"), {"lv_layout": "striped"}, "Only a thick volume"),
    "with another layout's snapshots": ("retype", {"new_type": "raid1"}, {"snapshot": "1"}, "delete them first"),
    "extend an open origin": ("extend", {"new_size": 2}, {"snapshot": "1", "lv_device_open": "open"}, "perhaps"),
    "revert, open": ("revert", {"snapshot_id": "s"}, {"snapshot": "1", "lv_device_open": "open"}, "reverted while"),
    "unmanage with snapshots": ("unmanage", {}, {"snapshot": "1"}, "with manageable_snapshot"),
    "a group that lacks a disk": ("extend", {"new_size": 2}, {"vg_attr": "wz-pn-"}, "a disk of it is missing"),
    "a read-only group": ("update", {"name": "n"}, {"vg_attr": "rz--n-"}, "it is read-only"),
}  # fmt: skip


@pytest.mark.parametrize("how", ["planned", "done"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_before_anything_is_written(
    disks: Disks, tmp_path: Path, name: str, how: str
) -> None:
    verb, args, state, part = REFUSED[name]
    args = {k: image(tmp_path) if v == "IMAGE" else v for k, v in args.items()}
    state, path = dict(state), image(tmp_path)
    if state.pop("snapshot", None):
        disks.snapshot("s", "1")
    disks.volume("1", notes={"attachments": {"a": {"attachment_id": "a"}}}, **state)
    it = run(disks, image_root=str(Path(path).parent))
    with pytest.raises(StorageError) as refused:
        (it.foresee if how == "planned" else it.perform)("volume", verb, "1", args)
    assert part in refused.value.message and disks.written == []


def test_what_a_killed_run_left_is_at_rest_when_its_turn_comes(disks: Disks) -> None:
    disks.volume("1", notes={"journal": {"verb": "extend", "size": GIB, "rest": False}})
    run(disks).foresee("volume", "resume", "1", {})
    run(disks).foresee("volume", "upload_image", "1", {"image_name": "i"})
    run(disks).foresee("volume", "delete", "1", {})


def test_a_disk_goes_by_the_name_that_lvm_has_for_it(disks: Disks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "realpath", lambda path: "/dev/sdb" if path == "/dev/disk/by-id/b" else path)
    it = run(disks)
    assert it.why_not("volume", "migrate", place("/dev/sdb")) is None
    said = it.why_not("volume", "migrate", place("/dev/disk/by-id/b"))
    assert said and f"give host as {NODE}@vg0#/dev/sdb" in said
    with pytest.raises(NotFound, match="There are: /dev/sda, /dev/sdb"):
        it.why_not("volume", "migrate", place("/dev/sdc"))


def test_what_could_not_be_renamed_is_not_adopted(disks: Disks) -> None:
    disks.add("theirs", vg_attr="wz-pn-")
    args = {"host": f"{NODE}@vg0", "reference": {"source-name": "theirs"}}
    with pytest.raises(Conflict, match="since a disk of it is missing"):
        run(disks).perform("volume", "manage", None, args)


def test_what_lacks_a_disk_can_be_noted_and_removed(disks: Disks) -> None:
    disks.volume("1", vg_attr="wz-pn-")
    run(disks).perform("volume", "set_bootable", "1", {"bootable": True})
    run(disks).perform("volume", "delete", "1", {})
    assert set(disks.rows) == {"pool"}


def test_where_nothing_new_can_go(disks: Disks) -> None:
    with pytest.raises(Invalid, match="thin_pool is one of vg1"):
        Lvm(disks, {"volume_group": "vg1", "thin_pool": "p"}).place("thin", "vg0")
    disks.group["vg_attr"] = "wz-pn-"
    with pytest.raises(Conflict, match="a disk of it is missing"):
        run(disks).foresee("volume", "create", None, {"size": 1})


def test_an_image_that_is_part_of_another_is_known_before(disks: Disks, tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_bytes(b"QFI\xfb\0\0\0\2" + b"\0" * 7 + b"\1" + bytes(88))
    with pytest.raises(Unsupported, match="Flatten it first"):
        run(disks).foresee("volume", "create", None, {"size": 1, "image_id": str(path)})


def test_what_is_cached_is_a_volume_and_no_snapshot(disks: Disks) -> None:
    disks.add("cached", lv_layout="cache", origin="[cached_corig]")
    disks.add("[cached_corig]")
    it = run(disks)
    for kind, found in (("manageable_volume", ["cached"]), ("manageable_snapshot", [])):
        seen = it.observe(kind, None, {"host": f"{NODE}@vg0"})
        assert [one["reference"]["source-name"] for one in seen] == found
