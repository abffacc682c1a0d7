# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares of a host: what is told of notes, exports files, the server's table and mounts. Without a host."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Conflict,
    Invalid,
    Locked,
    StorageError,
    Unsupported,
)
from ansible_collections.unified.storage.plugins.module_utils._host import files, filesystem, lock, nfs, share_shapes
from ansible_collections.unified.storage.plugins.module_utils._host.command import Answer, Command
from ansible_collections.unified.storage.plugins.module_utils._host.exports import Client, Entry
from ansible_collections.unified.storage.plugins.module_utils._host.lvm import Lv, Lvm, Report
from ansible_collections.unified.storage.plugins.module_utils._host.nfs import Look, Place
from ansible_collections.unified.storage.plugins.module_utils._host.shares import Shares

IDENT = "00000000-0000-4000-8000-000000000001"
PATH = f"/srv/shares/share-{IDENT}"
FILE = f"/etc/exports.d/share-{IDENT}.exports"
NOTES = {"kind": "share", "id": IDENT, "name": "data", "path": PATH, "filesystem": "xfs"}


def look(entries: list[Entry], table: list[Client], problems: dict[str, str] | None = None) -> Look:
    return Look({PATH: [Place(FILE, entry) for entry in entries]}, {PATH: table}, problems or {})


def lv(**notes: object) -> Lv:
    more = {key: value if isinstance(value, str) else json.dumps(value) for key, value in notes.items()}
    return Lv("vg0", "share-" + IDENT, size=2**30, notes={**NOTES, **more}, device="253:4")


def nobody(_ident: str) -> bool:
    return False


def status_of(share: Lv, seen: Look) -> dict[str, tuple[str, str]]:
    return {
        rule["access_to"]: (rule["access_level"], rule["status"]) for rule in share_shapes.rules(share, seen, nobody)
    }


RW, RO = Client("10.0.0.1", ("rw", "sync")), Client("10.0.0.1", ("ro", "sync"))
RULE = "rule:10.0.0.1"


@pytest.mark.parametrize(
    ("note", "file", "table", "expected"),
    [
        (None, RW, RW, ("rw", "active")),  # an adopted one
        ({"level": "rw"}, RW, RW, ("rw", "active")),
        ({"level": "rw"}, None, None, ("rw", "applying")),  # killed before the file
        ({"level": "rw"}, RW, None, ("rw", "applying")),  # killed before the server knew
        ({"level": "ro"}, RW, RW, ("ro", "applying")),  # killed while the level was changed
        ({"level": "ro"}, RO, RW, ("ro", "applying")),
        ({"level": "rw", "state": "denying"}, RW, RW, ("rw", "denying")),
        ({"level": "rw", "state": "denying"}, None, None, ("rw", "denying")),
    ],
)
def test_where_a_rule_is(
    note: dict[str, str] | None, file: Client | None, table: Client | None, expected: tuple[str, str]
) -> None:
    entries = [Entry(PATH, (file,))] if file else []
    seen = look(entries, [table] if table else [])
    share = lv(**({RULE: note} if note else {}))
    assert status_of(share, seen) == {"10.0.0.1": expected}
    (rule,) = share_shapes.rules(share, seen, nobody)
    assert rule.get("unfinished", False) is (expected[1] != "active")
    assert not share_shapes.rules(share, seen, lambda _ident: True)[0].get("unfinished"), "another run is at it"
    busy = lv(journal={"verb": "revert"}, **({RULE: note} if note else {}))
    assert not any(rule.get("unfinished") for rule in share_shapes.rules(busy, seen, nobody)), "its share goes first"


def test_a_rule_has_always_the_same_id() -> None:
    first, second = (share_shapes.rules(lv(), look([Entry(PATH, (c,))], []), nobody)[0]["id"] for c in (RW, RO))
    assert first == second == share_shapes.rule_id(IDENT, "10.0.0.1")
    assert first != share_shapes.rule_id(IDENT, "10.0.0.2")


def test_a_share() -> None:
    mounts = {"253:4": filesystem.Mount("253:4", "/", PATH, "xfs", ("rw",), "/dev/dm-4")}
    share = lv(metadata={"k": "v", "unified.storage:once:revert": "w"})
    seen = share_shapes.share(share, Report([share]), look([Entry(PATH, (RW,))], [RW]), mounts, "h", "::1", nobody)
    assert (seen["status"], seen["access_rules_status"], seen["host"]) == ("available", "active", "h@vg0#vg0")
    assert seen["export_locations"] == [{"path": f"[::1]:{PATH}", "preferred": True}]
    assert (seen["metadata"], seen["once"]) == ({"k": "v"}, {"revert": "w"})
    unmounted = share_shapes.share(share, Report([share]), look([], []), {}, "h", "h", nobody)
    assert unmounted["status"] == "error" and "not mounted" in unmounted["backend_details"]["trouble"]
    broken = look([], [], {FILE: "line 1: a quote is not closed"})
    assert (
        share_shapes.share(share, Report([share]), broken, mounts, "h", "h", nobody)["access_rules_status"] == "error"
    )


@pytest.mark.parametrize(("verb", "status"), share_shapes.UNDER_WAY.items())
def test_what_a_killed_run_left(verb: str, status: str) -> None:
    share = lv(journal={"verb": verb})
    for held in (True, False):
        seen = share_shapes.share(share, Report([share]), look([], []), {}, "h", "h", lambda _ident, held=held: held)
        assert seen["status"] == status and seen.get("unfinished", False) is not held


def test_two_lines_for_one_path_are_none() -> None:
    entry = Entry(PATH, (RW,))
    with pytest.raises(Conflict, match="several lines"):
        nfs.only(look([entry, entry], []), PATH)
    assert nfs.only(look([], []), PATH) is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/srv/a-b", r"srv-a\x2db.mount"),
        ("/srv/shares/x y", r"srv-shares-x\x20y.mount"),
        ("/srv/ü", r"srv-\xc3\xbc.mount"),
        ("/.x", r"\x2ex.mount"),
        ("/srv/a.b:c_d", "srv-a.b:c_d.mount"),
        ("/srv/a\\b", r"srv-a\x5cb.mount"),
    ],
)
def test_the_names_of_units(path: str, name: str) -> None:
    assert filesystem.unit_name(path) == name


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=30))
def test_a_unit_stays_in_its_folder(name: str) -> None:
    unit = filesystem.unit_name("/srv/" + name)
    assert "/" not in unit and unit.endswith(".mount") and unit.isascii() and unit.isprintable() and " " not in unit


def test_the_table_of_mounts(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "22 1 98:0 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
        "40 22 253:4 / /srv/my\\040share rw,nosuid shared:9 master:2 - xfs /dev/mapper/vg0-a rw,attr2\n"
        "41 22 253:5 /sub /mnt ro - ext4 /dev/mapper/vg0-b ro\n"
    )
    monkeypatch.setattr(files, "read", lambda _path: text)
    assert [m.target for m in filesystem.mounts()] == ["/", "/srv/my share", "/mnt"]
    found = filesystem.mount_of("253:4")
    assert found and (found.fstype, found.options, found.source) == ("xfs", ("rw", "nosuid"), "/dev/mapper/vg0-a")
    assert filesystem.mount_of("253:5") is None, "only a part of it is mounted"
    assert filesystem.mount_of(None) is None


def test_files_are_replaced_whole(tmp_path: Path) -> None:
    command, file = Command({}), tmp_path / "x.exports"
    files.write(command, str(file), "one\n")
    file.chmod(0o600)
    files.write(command, str(file), "zw\udcffei\n")
    assert file.read_bytes() == b"zw\xffei\n" and file.stat().st_mode & 0o777 == 0o600
    assert files.read(str(file)) == "zw\udcffei\n"
    assert [path.name for path in tmp_path.iterdir()] == ["x.exports"]
    files.remove(command, str(file))
    files.remove(command, str(file))
    assert files.read(str(file)) is None


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"export_root": "relative"}, "absolute"),
        ({"export_root": "/"}, "absolute"),
        ({"export_root": "/srv/../etc"}, "absolute"),
        ({"export_root": "/srv/x "}, "spaces around"),
        ({"export_root": "/srv/x\ny"}, "control characters"),
        ({"export_options": ["rw"]}, "access level"),
    ],
)
def test_options_of_a_host_that_make_no_sense(options: dict[str, object], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        Shares(Lvm(Command({}), options), options)


@pytest.mark.parametrize(
    ("kind", "verb", "args"),
    [
        ("share", "create", {"share_protocol": "CIFS"}),
        ("share", "create", {"share_network_id": "x"}),
        ("share", "create", {"snapshot_id": "x"}),
        ("share", "create", {"mount_point_name": "../x"}),
        ("share", "soft_delete", {}),
        ("share_access_rule", "create", {"access_type": "user", "access_to": "me"}),
    ],
)
def test_what_a_host_cannot_do_says_what_to_use(kind: str, verb: str, args: dict[str, str]) -> None:
    why = Shares(Lvm(Command({}), {}), {}).why_not(kind, verb, args)
    assert why and why.endswith(".")


def test_locks_are_listed_whosoever_they_are_of() -> None:
    note = '{"resource_id":"s","resource_type":"share","resource_action":"delete"}'
    lvm = Lvm(Command({}), {})
    lvm._report = Report([lv(kind="share", id="s", **{"lock:1": note}), lv(kind="share", id="t")])
    asked = Shares(lvm, {}).query
    assert [found["id"] for found in asked("resource_lock", {})] == ["1"]
    assert [found["id"] for found in asked("resource_lock", {"filters": {"resource_id": "s"}})] == ["1"]
    assert asked("resource_lock", {"filters": {"resource_id": "t"}}) == []


# -- what is there already, and is not ours
@pytest.fixture
def etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of a host that the back end reads, elsewhere; no path is taken, and all fits."""
    (tmp_path / "exports.d").mkdir()
    (tmp_path / "units").mkdir()
    monkeypatch.setattr(nfs, "MAIN", str(tmp_path / "exports"))
    monkeypatch.setattr(nfs, "FOLDER", str(tmp_path / "exports.d"))
    monkeypatch.setattr(nfs, "TABLE", str(tmp_path / "etab"))
    monkeypatch.setattr(filesystem, "UNITS", str(tmp_path / "units"))
    read = files.read
    fake = {"/etc/fstab": str(tmp_path / "fstab"), "/proc/self/mountinfo": str(tmp_path / "mountinfo")}
    monkeypatch.setattr(files, "read", lambda path: read(fake.get(path, path)))
    return tmp_path


@pytest.fixture
def shares(etc: Path) -> Shares:
    lvm = Lvm(Command({}), {})
    lvm._report = Report([])
    lvm.place = lambda *_place: ("linear", "vg0", None)  # type: ignore[method-assign]
    lvm.plan = lambda *_plan: None  # type: ignore[method-assign]
    return Shares(lvm, {"export_root": str(etc / "root")})


def create(shares: Shares, name: str | None) -> None:
    shares.foresee("share", "create", None, {"size": 1, "mount_point_name": name})


def test_two_shares_are_not_planned_for_one_path(shares: Shares) -> None:
    create(shares, None)
    create(shares, None)
    create(shares, "x")
    with pytest.raises(Conflict, match="to be made there"):
        create(shares, "x")
    shares._lvm._report = Report([lv(path=f"{shares._root}/y")])
    with pytest.raises(Conflict, match="is a share on"):
        create(shares, "y")


def meanwhile(shares: Shares, *lvs: Lv) -> None:
    """Another run has made or changed these, which is seen by whoever looks again."""
    shares._lvm.forget = lambda: setattr(shares._lvm, "_report", Report(lvs))  # type: ignore[method-assign]


def test_a_path_that_another_run_has_taken_meanwhile(
    shares: Shares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "FOLDER", str(tmp_path / "locks"))
    meanwhile(shares, lv(path=f"{shares._root}/x"))
    monkeypatch.setattr(shares._lvm, "create", lambda *_args: pytest.fail("it was made all the same"))
    with pytest.raises(Conflict, match="is a share on"):
        shares._create({"size": 1, "mount_point_name": "x"})


def test_what_another_run_has_adopted_meanwhile(
    shares: Shares, etc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "FOLDER", str(tmp_path / "locks"))
    (etc / "mountinfo").write_text("40 22 253:4 / /srv/x rw - ext4 /dev/dm-4 rw\n")
    shares._lvm._report = Report([replace(lv(), notes={})])
    meanwhile(shares, lv())
    monkeypatch.setattr(shares._lvm, "adopt", lambda *_args: pytest.fail("it got a second id"))
    with pytest.raises(Conflict, match="is a share of this collection already"):
        shares._manage({"export_path": "/srv/x"})


def test_nothing_is_mounted_over_what_is_not_ours(shares: Shares, etc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (etc / "root" / "x").mkdir(parents=True)
    create(shares, "x")
    shares._planned.clear()
    (etc / "root" / "x" / "file").touch()
    with pytest.raises(Conflict, match="not empty"):
        create(shares, "x")
    monkeypatch.setattr("os.path.ismount", lambda path: path.endswith("/x"))
    with pytest.raises(Conflict, match="mounted there already"):
        create(shares, "x")


def test_a_mount_that_somebody_else_has_written_stays(shares: Shares, etc: Path) -> None:
    target = f"{shares._root}/x"
    unit = etc / "units" / filesystem.unit_name(target)
    unit.write_text("[Mount]\nWhat=server:/x\n")
    with pytest.raises(Conflict, match=r"by .*\.mount"):
        create(shares, "x")
    filesystem.keep(Command({}), "me", "/dev/vg0/x", target, "ext4")
    assert unit.read_text() == "[Mount]\nWhat=server:/x\n"
    unit.unlink()
    (etc / "fstab").write_text(f"/dev/vg0/y {target}/ ext4 defaults 0 0\n")
    with pytest.raises(Conflict, match="by /etc/fstab"):
        create(shares, "x")


def test_a_host_without_systemd_is_told_before_anything_is_made(shares: Shares, etc: Path) -> None:
    (etc / "units").rmdir()
    with pytest.raises(Unsupported, match="systemd"):
        create(shares, "x")


@pytest.mark.parametrize(("name", "fits"), [("x" * 200, True), ("ж" * 40, False), ("漢" * 18, True)])
def test_a_name_must_fit_into_that_of_a_unit(name: str, fits: bool) -> None:
    why = Shares(Lvm(Command({}), {}), {}).why_not("share", "create", {"mount_point_name": name})
    assert (why is None) is fits, why
    if fits:
        assert len(files.part_name(filesystem.unit_name("/srv/shares/" + name))) <= 255


def test_check_mode_says_what_would_be_refused(shares: Shares, etc: Path) -> None:
    share = lv(filesystem="ext4")
    snapshot = Lv("vg0", "s", notes={"kind": "share_snapshot", "id": "s", "share_id": IDENT}, origin=share.name)
    mounts = f"40 22 253:4 / {PATH} rw - ext4 /dev/dm-4 rw\n"

    def refused(verb: str, **args: object) -> str:
        try:
            shares.foresee("share", verb, IDENT, args)
        except StorageError as exc:
            return exc.message
        return ""

    (etc / "mountinfo").write_text(mounts)
    shares._lvm._report = Report([share])
    assert not any((refused("delete"), refused("shrink", new_size=1), refused("extend", new_size=2)))
    shares._lvm._report = Report([share, snapshot])
    assert "thick snapshots" in refused("extend", new_size=2) and "has snapshots" in refused("shrink", new_size=1)
    assert not refused("revert", snapshot_id="s") and "no snapshot t" in refused("revert", snapshot_id="t")
    (etc / "mountinfo").write_text(mounts + "41 22 253:4 /x /mnt rw - ext4 /dev/dm-4 rw\n")
    for verb, args in (("delete", {}), ("revert", {"snapshot_id": "s"})):
        assert "mounted on /mnt too" in refused(verb, **args)
    shares._lvm._report = Report([lv(journal={"verb": "delete"})])
    assert not refused("delete"), "it is finished first, and looked at then"


def test_odd_characters_end_no_line(etc: Path) -> None:
    odd = "/srv/a\x85b\u2028c\x0bd\u00a0e"
    (etc / "mountinfo").write_text(f"40 22 253:4 / {odd} rw,noexec - xfs /dev/dm-4 rw,usrquota\n")
    (mount,) = filesystem.mounts()
    assert (mount.target, mount.options, mount.common) == (odd, ("rw", "noexec"), ("rw", "usrquota"))
    (etc / "fstab").write_text(f"#\n\n/dev/vg0/x \t{odd} ext4 defaults\n")
    assert filesystem.by_hand(odd) == "/etc/fstab" and filesystem.by_hand("/srv/a") is None


@pytest.mark.parametrize("spelling", ["/data/", "/./data", "/link", "//data"])
def test_a_path_is_the_same_however_it_is_written(etc: Path, spelling: str) -> None:
    (etc / "data").mkdir()
    (etc / "link").symlink_to(etc / "data")
    path = str(etc / "data")
    (etc / "exports").write_text(f"# theirs\n{etc}{spelling} 10.0.0.1(rw) 10.0.0.2(ro)\n")
    (etc / "etab").write_text(f"{etc}{spelling}\t10.0.0.1(rw)\n")
    (etc / "fstab").write_text(f"/dev/vg0/x {etc}{spelling} ext4 defaults\n")
    here = nfs.Nfs(Command({}))
    place = here.place(path)
    assert place and [c.who for c in here.look().table[path]] == ["10.0.0.1"]
    assert filesystem.by_hand(path) == "/etc/fstab"
    here.put(path, place.entry._replace(clients=place.entry.clients[:1]), str(etc / "exports.d" / "own.exports"))
    assert (etc / "exports").read_text() == f"# theirs\n{etc}{spelling} 10.0.0.1(rw)\n"
    here.put(path, None, str(etc / "exports.d" / "own.exports"))
    assert (etc / "exports").read_text() == "# theirs\n"


def test_only_its_own_file_goes_when_it_is_empty(etc: Path) -> None:
    theirs, own = etc / "exports.d" / "share-theirs.exports", etc / "exports.d" / "share-own.exports"
    for file in (theirs, own):
        file.write_text(f"# a comment\n/srv/{file.stem} 10.0.0.1(rw)\n")
        nfs.Nfs(Command({})).put(f"/srv/{file.stem}", None, str(own))
    assert theirs.read_text() == "# a comment\n" and not own.exists()


def test_what_a_link_leads_to_is_written_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "exports").symlink_to(tmp_path / "there" / "exports")
    put, moved = os.replace, []
    monkeypatch.setattr(os, "replace", lambda old, new: (moved.append((old, new)), put(old, new)))
    files.write(Command({}), str(tmp_path / "exports"), "text")
    assert (tmp_path / "exports").is_symlink() and (tmp_path / "there" / "exports").read_text() == "text"
    assert {os.path.dirname(path) for pair in moved for path in pair} == {str(tmp_path / "there")}


class Exportfs(Command):
    """exportfs as far as it shuts out: it knows the full names of hosts."""

    def __init__(self, etab: Path, names: dict[str, str]) -> None:
        super().__init__({})
        self.calls: list[tuple[str, ...]] = []
        self._etab, self._names = etab, names

    def write(self, *argv: str, check: bool = True) -> Answer:
        self.calls.append(argv)
        gone = [who.partition(":")[0] for who in argv[2:]]
        gone = [self._names.get(who, who) for who in gone]
        lines = self._etab.read_text().splitlines(keepends=True)
        self._etab.write_text("".join(line for line in lines if line.split("\t")[1].split("(")[0] not in gone))
        return Answer(0, "", "")


def test_a_host_is_shut_out_whatever_the_server_calls_it(etc: Path) -> None:
    etab = etc / "etab"
    etab.write_text("".join(f"/srv/x\t{who}(rw)\n" for who in ("web1.example.org", "10.0.0.1", "10.0.0.2", "10.0.0.3")))
    exportfs = Exportfs(etab, {"web1": "web1.example.org", "files": "web1.example.org"})
    here = nfs.Nfs(exportfs)
    assert nfs.find(here.look().table["/srv/x"], "web1") and not nfs.find(here.look().table["/srv/x"], "web")
    here.expel("/srv/x", ["web1"])
    assert [c.who for c in here.look().table["/srv/x"]] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    here.expel("/srv/x", ["10.0.0.2/32", "192.0.2.1"])
    here.expel("/srv/x")
    assert here.look().table == {} and exportfs.calls[1:] == [
        ("exportfs", "-u", "10.0.0.2:/srv/x"),
        ("exportfs", "-u", "10.0.0.1:/srv/x", "10.0.0.3:/srv/x"),
    ]
    here.expel("/srv/x", ["10.0.0.2"])
    assert len(exportfs.calls) == 3, "nobody is there to be shut out"


def test_one_look_answers_for_a_moment_until_something_is_written(etc: Path) -> None:
    here, moment = nfs.Nfs(Command({})), Report([])
    first = here.kept(moment)
    assert here.kept(moment) is first and here.kept(Report([])) is not first
    first = here.kept(moment)
    here.put("/srv/x", Entry("/srv/x", (RW,)), str(etc / "exports.d" / "x.exports"))
    assert here.kept(moment).places["/srv/x"]


def test_who_waits_for_some_shares_looks_at_those(shares: Shares) -> None:
    shares._lvm._report = Report([lv(id=ident, **{RULE: {"level": "rw"}}) for ident in ("s", "t")])
    (found,) = shares.observe("share_rule_set", ["t"], {})
    assert found["id"] == "t" and [rule["share_id"] for rule in found["rules"]] == ["t"]


def test_a_lock_of_a_rule_keeps_its_share_too() -> None:
    def note(resource: str, action: str = "delete") -> dict[str, str]:
        return {"resource_id": resource, "resource_type": "access_rule", "resource_action": action}

    Shares._check_locks(lv(**{"lock:1": note("r", "show")}))
    share = lv(**{"lock:1": note("r")})
    Shares._check_locks(share, "other")
    for rule in ("r", None):
        with pytest.raises(Locked, match="locked against deletion"):
            Shares._check_locks(share, rule)
