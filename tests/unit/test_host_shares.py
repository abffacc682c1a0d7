# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares of a host: what is told of notes, exports files, the server's table and mounts. Without a host."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.unified.storage.plugins.module_utils._errors import Conflict, Invalid
from ansible_collections.unified.storage.plugins.module_utils._host import files, filesystem, nfs, share_shapes
from ansible_collections.unified.storage.plugins.module_utils._host.command import Command
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
