# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups of snapshots are read from the notes of their members, whatever a killed run has left of them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.unified.storage.plugins.module_utils._host import shapes
from ansible_collections.unified.storage.plugins.module_utils._host.groups import as_resource, groups_in, member_id
from ansible_collections.unified.storage.plugins.module_utils._host.lvm import GIB, Lv, Report

VOLUMES = "v-1/v-2/v-3"


def member(volume: str, group: str = "g", name: str = "nightly", **notes: str) -> Lv:
    ident = member_id(group, volume)
    facts = json.dumps({"name": name, "created_at": "2026-11-21T08:00:00Z"})
    ours = {"kind": "volume_snapshot", "id": ident, "volume_id": volume, "size": "2", "group_snapshot_id": group,
            "group_volumes": VOLUMES, "group": facts}  # fmt: skip
    return Lv("vg", "_snapshot-" + ident, "u-" + ident, 2 * GIB, notes={**ours, **notes}, origin="volume-" + volume)


def told(*lvs: Lv, held: bool = False) -> list[dict[str, Any]]:
    report = Report(lvs)
    there = {lv.ident: shapes.snapshot(lv, False, lambda ident: False) for lv in report.of("volume_snapshot")}
    there.update(
        {i: shapes.snapshot(lv, True, lambda ident: False) for i, lv in report.used_up().items() if i not in there}
    )
    return [as_resource(group, there, lambda ident: held) for group in groups_in(report).values()]


def test_a_group_is_its_members() -> None:
    (group,) = told(member("v-3"), member("v-1"), member("v-2"), member("v-1", group="other", group_volumes="v-1"))[:1]
    assert (group["id"], group["name"], group["status"]) == ("g", "nightly", "available")
    assert [m["volume_id"] for m in group["members"]] == ["v-1", "v-2", "v-3"]
    assert [(m["size"], m["deleted"]) for m in group["members"]] == [(2, False)] * 3
    assert "unfinished" not in group


def test_one_that_is_gone_is_told_as_deleted() -> None:
    (group,) = told(member("v-3"), member("v-2"))
    assert [m["deleted"] for m in group["members"]] == [True, False, False]
    assert group["members"][0]["snapshot_id"] == member_id("g", "v-1")
    assert group["name"] == "nightly"


def test_one_that_is_being_merged_is_there() -> None:
    ghost = member("v-1")
    kept = json.dumps({"name": ghost.name, "uuid": ghost.uuid, "notes": dict(ghost.notes)})
    origin = Lv("vg", "volume-v-1", "u", GIB, notes={"kind": "volume", "id": "v-1", "revert": kept})
    (group,) = told(origin, member("v-2"), member("v-3"))
    assert [(m["deleted"], m["status"]) for m in group["members"]] == [
        (False, "restoring"), (False, "available"), (False, "available"),
    ]  # fmt: skip


def test_what_is_begun_and_by_whom() -> None:
    for verb, status in (("create", "creating"), ("delete", "deleting"), ("ungroup", "deleting")):
        (left,) = told(member("v-1", group_begun=verb))
        assert (left["status"], left["unfinished"]) == (status, True)
        (busy,) = told(member("v-1", group_begun=verb), held=True)
        assert (busy["status"], "unfinished" in busy) == (status, False)
        assert any(m["deleted"] for m in left["members"]) == (status == "deleting")


def test_the_first_one_speaks() -> None:
    """An update that was killed on its way from the last to the first has not happened."""
    (group,) = told(member("v-1", name="old"), member("v-2", name="new"), member("v-3", name="new"))
    assert group["name"] == "old"


@given(st.lists(st.dictionaries(st.sampled_from(["group", "group_volumes", "group_begun", "volume_id", "size"]),
                                st.text(max_size=8)), max_size=4))  # fmt: skip
@example([{"size": "²", "group": "g-1"}, {"size": "٣"}, {"size": "9" * 5000}])  # digits, and no whole numbers
def test_odd_notes_are_no_crash(notes: list[dict[str, str]]) -> None:
    told(*(member(f"v-{n}", **odd) for n, odd in enumerate(notes)))


def test_a_full_snapshot_is_an_error() -> None:
    lost = member("v-2")
    (group,) = told(member("v-1"), Lv(**{**lost.__dict__, "invalid": True}), member("v-3"))
    assert group["status"] == "error"
