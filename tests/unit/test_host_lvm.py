# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What LVM reports becomes records, odd reports included; and what is not ours is not touched."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Conflict,
    Failed,
    Invalid,
    NotFound,
    Quota,
)
from ansible_collections.unified.storage.plugins.module_utils._host import command, lock, lvm, shapes, tags
from ansible_collections.unified.storage.plugins.module_utils._host.backend import select
from ansible_collections.unified.storage.plugins.module_utils._host.lvm import GIB, Lv, Lvm, Report


@pytest.fixture(autouse=True)
def own_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "FOLDER", str(tmp_path / "locks"))


MIB = 2**20
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
)
ROW = st.dictionaries(st.sampled_from([*lvm.FIELDS.split(","), "other"]), st.one_of(st.text(max_size=30), JSON))


def row(**values: str) -> dict[str, str]:
    """A row as lvs gives it."""
    plain = dict.fromkeys(lvm.FIELDS.split(","), "")
    return {**plain, "vg_name": "vg0", "lv_name": "x", "lv_uuid": "u-x", "lv_size": str(GIB), "lv_layout": "linear",
            "vg_extent_size": str(4 * MIB), **values}  # fmt: skip


def report(*rows: dict[str, Any]) -> str:
    return json.dumps({"report": [{"lv": list(rows)}]})


@given(st.one_of(st.text(), JSON.map(json.dumps), st.lists(ROW, max_size=4).map(lambda rows: report(*rows))))
def test_no_report_is_a_crash(text: str) -> None:
    for parse in (lvm.parse_lvs, lvm.parse_vgs, lvm.parse_pvs):
        with contextlib.suppress(Failed):
            parse(text)


@given(st.lists(ROW, max_size=4), st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=3))
def test_what_is_read_can_be_shown(rows: list[dict[str, Any]], notes: dict[str, str]) -> None:
    ours = {"kind": "volume", "id": "1", "journal": "{", "metadata": "[]", "attachments": "3", **notes}
    rows = [{**r, "vg_name": "v", "lv_name": "x", "lv_tags": ",".join(tags.encode(ours))} for r in rows]
    seen = Report(lvm.parse_lvs(report(*rows)))
    for lv in seen.lvs:
        assert shapes.volume(lv, seen, "node", lambda ident: False)["size"] >= 1
        shapes.snapshot(lv, False, lambda ident: False)


def test_what_else_is_in_a_place() -> None:
    """A place tells what is in it, and whose it is."""
    ours = ",".join(tags.encode({"kind": "volume", "id": "1"}))
    seen = Report(
        lvm.parse_lvs(
            report(
                row(lv_name="mine", lv_uuid="1", lv_size=str(2 * GIB), lv_tags=ours, devices="/dev/sda(0)"),
                row(lv_name="theirs", lv_uuid="2", devices="/dev/sda(512),/dev/sdb(0)"),
                row(lv_name="pool", lv_uuid="3", lv_layout="thin,pool", data_percent="50", devices="pool_tdata(0)"),
                row(lv_name="[pool_tdata]", lv_uuid="4", devices="/dev/sdb(9)"),
                row(lv_name="flat", lv_uuid="5", lv_layout="thin,sparse", pool_lv="pool", lv_size=str(3 * GIB)),
            )
        )
    )
    (group,) = lvm.parse_vgs(json.dumps({"report": [{"vg": [{"vg_name": "vg0", "vg_size": str(9 * GIB)}]}]})).values()
    disks = [{"pv_name": name, "vg_name": "vg0", "pv_size": str(5 * GIB), "pv_free": str(GIB)} for name in "ab"]
    _a, disk = lvm.parse_pvs(
        json.dumps({"report": [{"pv": [{**d, "pv_name": "/dev/sd" + d["pv_name"]} for d in disks]}]})
    )
    thick, thin = (shapes.pool("node", group, pool, seen, "volume", False) for pool in (None, *seen.pools("vg0")))
    on_disk = shapes.disk_pool("node", group, disk, seen)
    assert [place["name"] for place in (thick, thin, on_disk)] == ["node@vg0#vg0", "node@vg0#pool", "node@vg0#/dev/sdb"]
    assert [place["capabilities"]["other_logical_volumes"] for place in (thick, thin, on_disk)] == [
        ["pool", "theirs"],
        ["flat"],
        ["pool_tdata", "theirs"],
    ]
    assert [place["allocated_capacity"] for place in (thick, thin, on_disk)] == [2, 0, 0]
    assert (thin["free_capacity"], thin["provisioned_capacity"], thin["max_over_subscription_ratio"]) == (0.5, 3, 1.0)
    assert (on_disk["total_capacity"], on_disk["free_capacity"], on_disk["provisioned_capacity"]) == (5, 1, 4)


def test_a_row_becomes_a_record() -> None:
    notes = {"kind": "volume", "id": "1", "name": 'it\'s, a "name"\n'}
    text = report(
        row(lv_tags=",".join(["theirs", *tags.encode(notes)]), lv_active="active", lv_device_open="open",
            lv_kernel_major="254", lv_kernel_minor="3", devices="/dev/sda(0)", lv_permissions="read-only"),
        row(lv_name="[pool_tdata]"),
        row(lv_tags=",".join(tags.encode(notes)), devices="/dev/sdb(7)"),
    )  # fmt: skip
    one, hidden = lvm.parse_lvs(text)
    assert one.notes == notes and one.kind == "volume" and one.ident == "1"
    assert one.active and one.open and one.readonly and one.device == "254:3"
    assert one.devices == {"/dev/sda", "/dev/sdb"}  # one record, however many segments
    assert hidden.hidden and hidden.name == "pool_tdata"


@pytest.mark.parametrize(
    ("words", "layout"),
    [
        ("linear", "linear"),
        ("thin,sparse", "thin"),
        ("striped", "striped"),
        ("raid,raid1", "raid1"),
        ("raid,raid5,raid5_ls", "raid5"),
        ("raid,raid10,raid10_near", "raid10"),
        ("cache", "cache"),
    ],
)
def test_the_layout_is_told_by_lvm_s_words(words: str, layout: str) -> None:
    assert lvm.parse_lvs(report(row(lv_layout=words)))[0].layout == layout


@pytest.mark.parametrize("extent", [4 * MIB, 32 * MIB, 3 * MIB, 1024 * MIB, 4096 * MIB])
@pytest.mark.parametrize("gib", [1, 2, 7, 100])
@pytest.mark.parametrize("layout", ["linear", "striped", "raid,raid1"])
def test_a_size_survives_the_rounding(gib: int, extent: int, layout: str) -> None:
    """What LVM makes of n GiB counts as n GiB, so that a second run does not ask for a change."""
    if extent > GIB and gib * GIB < extent:
        return
    step = extent * (2 if layout == "striped" else 1)
    rounded = -(-gib * GIB // step) * step
    lv = Lv("vg0", "x", size=rounded, extent=extent, words=frozenset(layout.split(",")))
    assert lv.gib <= gib and -(-lv.gib * GIB // step) * step == rounded


def test_the_columns_of_what_somebody_else_made_are_lvm_s_to_say() -> None:
    """Three columns: 4 GiB are rounded up to 1026 extents."""
    for words in ("striped", "raid,raid6,raid6_zr"):
        (lv,) = lvm.parse_lvs(report(row(lv_layout=words, data_stripes="3", lv_size=str(1026 * 4 * MIB))))
        assert lv.gib == 4
    (lv,) = lvm.parse_lvs(report(row(lv_layout="raid,raid1", data_stripes="2", lv_size=str(GIB + 4 * MIB))))
    assert lv.gib == 2, "these are copies"


@pytest.mark.parametrize(
    ("words", "active", "lost"),
    [("linear", True, True), ("raid,raid1", True, False), ("raid,raid1", False, True), ("raid,raid0", True, True)],
)
def test_a_raid_goes_on_without_a_disk(words: str, active: bool, lost: bool) -> None:
    lv = Lv("vg0", "x", words=frozenset(words.split(",")), active=active, health="partial", notes={"kind": "volume"})
    assert lv.lost is lost
    assert shapes.volume(lv, Report([lv]), "node", lambda ident: False)["status"] == ("error" if lost else "available")
    assert shapes.snapshot(lv, False, lambda ident: False)["status"] == ("error" if lost else "available")


def test_one_extent_more_is_more() -> None:
    assert Lv("vg0", "x", size=GIB + 4 * MIB, words=frozenset({"linear"})).gib == 2
    assert Lv("vg0", "x", size=300 * MIB, words=frozenset({"linear"})).gib == 1


def test_while_a_volume_changes_over_the_new_one_counts() -> None:
    notes = {"kind": "volume", "id": "1"}
    old = Lv("vg0", "volume-1", uuid="old", notes=notes)
    new = Lv("vg0", "volume-1-new", uuid="new", notes={**notes, "journal": '{"verb": "retype", "old": "old"}'})
    for order in ([old, new], [new, old]):
        assert [lv.uuid for lv in Report(order).of("volume")] == ["new"]
        assert Report(order).get("volume", "1") == new
    assert {lv.uuid for lv in Report([old, new]).parts("1")} == {"old", "new"}


# -- commands
class Told(command.Command):
    """Answers from a table, and remembers what was written."""

    def __init__(self, lvs: str, vgs: str = "") -> None:
        super().__init__({})
        self.answers = {"lvs": lvs, "vgs": vgs}
        self.written: list[tuple[str, ...]] = []

    def read(self, *argv: str, check: bool = True) -> command.Answer:
        return command.Answer(0, self.answers[argv[0]], "")

    def write(self, *argv: str, check: bool = True) -> command.Answer:
        self.written.append(argv)
        return command.Answer(0, "", "")


GROUPS = json.dumps(
    {"report": [{"vg": [{"vg_name": "vg0", "vg_size": str(10 * GIB), "vg_free": str(3 * GIB),
                         "vg_extent_size": str(4 * MIB)}]}]}
)  # fmt: skip
POOL = row(lv_name="pool", lv_layout="thin,pool", lv_size=str(4 * GIB), data_percent="10.00", metadata_percent="5.0")
THIN = row(lv_name="t", lv_layout="thin,sparse", pool_lv="pool", lv_size=str(3 * GIB))


def test_what_is_not_ours_is_never_written_to() -> None:
    told = Told(report(row(lv_tags="kind=volume,id=1")), GROUPS)
    it = Lvm(told, {"volume_group": "vg0"})
    (lv,) = it.report().lvs
    for change in (
        lambda: it.note(lv, {"name": "n"}),
        lambda: it.extend(lv, 2 * GIB),
        lambda: it.rename(lv, "y"),
        lambda: it.remove(lv),
        lambda: it.activate(lv),
        lambda: it.deactivate(Lv("vg0", "x", active=True)),
        lambda: it.permit(lv, True),
        lambda: it.convert(lv, "--type", "raid1"),
        lambda: it.snapshot(lv, "s", {}),
        lambda: it.forsake(lv),
        lambda: it.revert(lv, lv),
    ):
        with pytest.raises(Conflict, match="not managed by this collection"):
            change()
    assert told.written == []


def test_notes_change_at_one_stroke_and_leave_other_tags() -> None:
    notes = {"kind": "volume", "id": "1", "name": "old", "description": "x" * 2500}
    told = Told(report(row(lv_tags=",".join(["theirs", *tags.encode(notes)]))), GROUPS)
    it = Lvm(told, {})
    it.note(it.report().lvs[0], {"name": "new", "description": None})
    (argv,) = told.written
    gone = [argv[i + 1] for i, word in enumerate(argv) if word == "--deltag"]
    come = [argv[i + 1] for i, word in enumerate(argv) if word == "--addtag"]
    assert come == ["us:name=new"] and "us:name=old" in gone and len(gone) == 4 and "theirs" not in gone
    told.written.clear()
    it.note(it.report().lvs[0], {"name": "old"})
    assert told.written == []  # nothing to change


def test_a_pool_gives_no_more_than_it_has_unless_allowed() -> None:
    lvs = report(POOL, THIN)
    it = Lvm(Told(lvs, GROUPS), {"volume_group": "vg0", "thin_pool": "pool"})
    it.create("a", GIB, {}, "thin")
    with pytest.raises(Quota, match=re.escape("3.0 GiB are promised already")):
        it.create("a", 2 * GIB, {}, "thin")
    with pytest.raises(Quota):
        it.check_room("vg0", "pool", "thin", GIB, more=GIB)
    Lvm(Told(lvs, GROUPS), {"volume_group": "vg0", "thin_pool": "pool", "over_provisioning": True}).create(
        "a", 2 * GIB, {}, "thin"
    )


@pytest.mark.parametrize("what", ["data_percent", "metadata_percent"])
def test_a_pool_that_is_full_gives_nothing(what: str) -> None:
    it = Lvm(Told(report({**POOL, what: "97.00"}), GROUPS), {"over_provisioning": True})
    with pytest.raises(Quota, match=re.escape("97.0 % full")):
        it.check_room("vg0", "pool", "thin", GIB)


def test_a_group_gives_no_more_than_is_free() -> None:
    told = Told(report(), GROUPS)
    it = Lvm(told, {"volume_group": "vg0"})
    it.create("a", 3 * GIB, {}, "linear")
    for layout, size in (("linear", 4 * GIB), ("raid1", 2 * GIB), ("raid5", 3 * GIB)):
        with pytest.raises(Quota, match=re.escape("3.0 GiB free")):
            it.create("a", size, {}, layout)
    assert len(told.written) == 1


def test_what_is_planned_together_must_fit_together() -> None:
    it = Lvm(Told(report(row()), GROUPS), {"volume_group": "vg0"})
    (lv,) = it.report().lvs
    it.plan("raid1", "vg0", None, GIB)
    it.plan_extension(lv, GIB)  # it has that
    it.plan_extension(lv, 2 * GIB)
    for plan in (lambda: it.plan_snapshot(lv), lambda: it.plan_extension(lv, 2 * GIB)):
        with pytest.raises(Quota, match=re.escape("3.0 GiB free, and 4.0 GiB are needed")):
            plan()


def test_of_a_layout_that_we_do_not_make_lvm_is_the_judge() -> None:
    it = Lvm(Told(report(row(lv_layout="raid,raid6,raid6_zr")), GROUPS), {})
    (lv,) = it.report().lvs
    it.check_extension(lv, 4 * GIB)
    with pytest.raises(Quota):
        it.check_extension(lv, 5 * GIB)


def test_where_nothing_is_said_it_says_what_is_missing() -> None:
    with pytest.raises(Invalid, match=re.escape("host_storage.volume_group is missing")):
        Lvm(Told(report(), GROUPS), {}).place()
    with pytest.raises(Invalid, match=re.escape("host_storage.thin_pool is missing")):
        Lvm(Told(report(), GROUPS), {"volume_group": "vg0"}).place("thin")
    with pytest.raises(NotFound, match=re.escape("no volume group nope on this host. There are: vg0.")):
        Lvm(Told(report(), GROUPS), {"volume_group": "nope"}).place()
    with pytest.raises(NotFound, match="no thin pool x in the volume group vg0"):
        Lvm(Told(report(row()), GROUPS), {"volume_group": "vg0", "thin_pool": "x"}).place()


def test_why_lvm_says_nothing_of_its_groups() -> None:
    class Silent(Told):
        def read(self, *argv: str, check: bool = True) -> command.Answer:
            return command.Answer(5, "", "  /run/lock/lvm: not writable.\n")

    with pytest.raises(Failed, match="not writable"):
        Lvm(Silent(""), {}).groups()


def test_a_missing_tool_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command.os, "geteuid", lambda: 0)
    told = command.Command({})
    monkeypatch.setattr(told, "_environ", {"PATH": "/nowhere"})
    for tool, package in (
        ("lvs", "the package lvm2."),
        ("exportfs", "nfs-kernel-server (Debian, Ubuntu) or nfs-utils"),
    ):
        monkeypatch.setattr(command.subprocess, "run", _missing)
        with pytest.raises(Exception, match="There is no") as refused:
            told.read(tool)
        assert package in refused.value.message and refused.value.kind == "unsupported"


def _missing(*_args: Any, **_options: Any) -> None:
    raise FileNotFoundError


def test_only_root_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command.os, "geteuid", lambda: 1000)
    with pytest.raises(Exception, match="set become to true") as refused:
        command.Command({}).read("true")
    assert refused.value.kind == "forbidden"


# -- lists
FOUND = [{"id": c, "name": c, "size": n, "metadata": {"k": c}, "up": n > 1} for n, c in enumerate("abc")]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, "abc"),
        ({"sort": "size:desc"}, "cba"),
        ({"sort": "name:desc", "limit": 2}, "cb"),
        ({"offset": 1, "limit": 1}, "b"),
        ({"marker": "a"}, "bc"),
        ({"filters": {"name": "b"}}, "b"),
        ({"filters": {"up": True}}, "c"),
        ({"filters": {"metadata": '{"k": "a"}'}}, "a"),
    ],
)
def test_a_list_is_cut_as_asked(query: dict[str, Any], ids: str) -> None:
    assert "".join(r["id"] for r in select(FOUND, query)) == ids


@pytest.mark.parametrize("query", [{"sort": "colour"}, {"sort": "size:up"}, {"filters": {"colour": "red"}}])
def test_a_list_that_cannot_be_is_refused(query: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        select(FOUND, query)
