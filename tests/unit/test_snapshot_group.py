# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planner of snapshot_group: the same for every kind of source; and its rotation, which must never go wrong."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory import Memory, plan_for, snapshot, volume

from ansible_collections.unified.storage.plugins.module_utils._api.marks import PREFIX
from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Ambiguous,
    Conflict,
    Failed,
    Invalid,
    NotFound,
    Unsupported,
)
from ansible_collections.unified.storage.plugins.module_utils._module.snapshot_group import (
    Groups,
    SnapshotGroup,
    age,
    as_group,
    beyond,
)

NOW = 1_800_000_000.0
ROOT = {"id": "root", "name": "ROOT-for-web", "vm_id": "vm", "vm_name": "web", "vm_state": "Stopped"}
FREE = {"id": "g", "available": True, "reason": None}


def at(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def group(ident: str, name: str | None = None, **values: Any) -> dict[str, Any]:
    members = [
        {"snapshot_id": f"s-{n}", "name": f"s-{n}", "volume_id": f"v-{n}", "share_id": None, "size": 1,
         "status": "available", "deleted": False}
        for n in (1, 2)
    ]  # fmt: skip
    return {
        "id": ident,
        "name": name or ident,
        "description": None,
        "status": "available",
        "created_at": at(NOW),
        "source": {"kind": "root_volume", "id": "root", "name": None},
        "members": members,
        "dependents": [],
        "once": {},
        "backend_details": {},
        **values,
    }


def zstack(*groups: dict[str, Any], root: dict[str, Any] = ROOT, available: dict[str, Any] = FREE) -> Memory:
    return Memory(root_volume=[root], snapshot_group=list(groups), snapshot_group_availability=[available])


def cinder(**changes: Any) -> Memory:
    """A volume group of two volumes, each with a snapshot of the group g."""
    there: dict[str, Any] = {
        "volume_group": [{"id": "vg", "name": "ledgers", "volumes": ["v-1", "v-2"]}],
        "group_snapshot": [group("g", source={"kind": "volume_group", "id": "vg", "name": None})],
        "volume": [volume("v-1"), volume("v-2")],
        "volume_snapshot": [snapshot("s-1", "v-1"), snapshot("s-2", "v-2")],
        **changes,
    }
    return Memory(**there)


def plan(backend: Memory, source: str = "root_volume", **params: Any) -> Any:
    names = {"root_volume": "root", "volume_group": "ledgers", "share_group": "team", "volumes": ["v-1", "v-2"]}
    given = {"name": "g", "state": "present", source: names[source], **params}
    return plan_for(SnapshotGroup(clock=lambda: NOW), given, backend)


def verbs(made: Any) -> list[tuple[str, str]]:
    return [(step.kind, step.verb) for step in made.steps]


# ---- made, kept


def test_what_does_not_exist_is_made():
    made = plan(zstack(), description="Ω", user_tags=["gold"])
    (step,) = made.steps
    assert dict(step.args) == {"name": "g", "root_volume_id": "root", "description": "Ω", "user_tags": ["gold"]}
    assert made.diff()["after"]["source"] == {"kind": "root_volume", "id": "root", "name": "ROOT-for-web"}
    assert step.mine(group("new", "g")) and not step.mine(group("x", "g", source={"kind": "root_volume", "id": "y"}))


@pytest.mark.parametrize(
    ("source", "backend", "kind", "argument"),
    [
        ("volume_group", cinder(group_snapshot=[]), "group_snapshot", {"group_id": "vg"}),
        (
            "share_group",
            Memory(share_group=[{"id": "sg", "name": "team"}], share_group_snapshot=[]),
            "share_group_snapshot",
            {"share_group_id": "sg"},
        ),
        (
            "volumes",
            Memory(volume=[volume("v-1"), volume("v-2")], snapshot_group=[]),
            "snapshot_group",
            {"volume_ids": ["v-1", "v-2"]},
        ),
    ],
)
def test_the_same_for_every_source(source, backend, kind, argument):
    (step,) = plan(backend, source).steps
    assert (step.kind, step.verb, dict(step.args)) == (kind, "create", {"name": "g", **argument})


def test_what_is_there_is_left_alone():
    assert plan(zstack(group("1", "g"))).steps == []
    assert plan(zstack(group("1", "x")), name="1").steps == [], "by its id"
    assert plan(zstack(group("1", "x")), resource_uuid="1" * 32, name="x").steps == []


def test_the_source_belongs_to_the_name():
    other = group("1", "g", source={"kind": "root_volume", "id": "elsewhere", "name": None})
    assert verbs(plan(zstack(other))) == [("snapshot_group", "create")]


def test_a_name_that_means_several_lists_them():
    with pytest.raises(Ambiguous, match=r"2 snapshot groups of root volume root: 1 \(made .*\), 2 \(made"):
        plan(zstack(group("1", "g"), group("2", "g")))
    assert plan(zstack(group("1", "g"), group("2", "g", status="deleting"))).steps == []


def test_text_is_brought_to_what_the_task_says():
    made = plan(zstack(group("1", "g")), new_name="h", description="Ω")
    assert [(s.verb, dict(s.args)) for s in made.steps] == [("update", {"name": "h", "description": "Ω"})]
    assert made.steps[0].until.done(group("1", "h", description="Ω"))
    assert not made.steps[0].until.done(group("1", "g", description="Ω"))
    assert plan(zstack(group("1", "h", description="Ω")), new_name="h", description="Ω").steps == []


def test_one_that_lost_members_is_not_what_was_asked_for():
    broken = group("1", "g")
    broken["members"][0]["deleted"] = True
    with pytest.raises(Failed, match=r"not whole any more: 1 of its 2 snapshots are deleted \(s-1\)"):
        plan(zstack(broken))
    assert verbs(plan(zstack(broken), state="absent")) == [("snapshot_group", "delete")]


def test_a_status_is_reset_only_where_it_differs():
    wrong = cinder(group_snapshot=[group("g", status="error", source={"kind": "volume_group", "id": "vg"})])
    with pytest.raises(Failed, match="status error"):
        plan(wrong, "volume_group")
    assert verbs(plan(wrong, "volume_group", reset_status="available")) == [("group_snapshot", "reset_status")]
    assert plan(cinder(), "volume_group", reset_status="available").steps == []


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"once": "r1"}, "once is for state=reverted"),
        ({"once": "r" * 256, "state": "reverted"}, "once is longer than the 255 characters"),
        ({"keep_snapshots": True}, "keep_snapshots is for state=absent"),
        ({"resource_uuid": "x"}, "32 hexadecimal digits"),
        ({"keep": 3}, "keep needs keep_prefix"),
        ({"keep": 3, "keep_prefix": "x"}, "begins"),
        ({"keep": 0, "keep_prefix": "g"}, "keep must be 1 or more"),
        ({"keep": 3, "keep_prefix": "g", "state": "absent"}, "keep is for state=present"),
        ({"keep": 3, "keep_prefix": "g", "delete_scope": "chain"}, "would remove what keep keeps"),
        ({"keep_newer_than": "3d"}, "belong to keep"),
    ],
)
def test_options_that_do_not_go_together(params, words):
    with pytest.raises(Invalid, match=words):
        plan(zstack(), **params)


def test_options_of_a_machine_are_not_for_volumes():
    with pytest.raises(Invalid, match="with_memory is for a root_volume, and this group is of a volume group"):
        plan(cinder(), "volume_group", with_memory=True)


def test_a_source_that_is_not_there():
    assert plan(Memory(root_volume=[]), state="absent").steps == ()
    for state in ("present", "reverted"):
        with pytest.raises(NotFound, match="no root volume with the name or id root"):
            plan(Memory(root_volume=[]), state=state)


# ---- removed


def test_removed_by_itself_or_with_what_builds_on_it():
    old = group("1", "g", dependents=["2"])
    with pytest.raises(Conflict, match=r"1 later groups build on it \(2\)"):
        plan(zstack(old), state="absent")
    (step,) = plan(zstack(old), state="absent", delete_scope="single").steps
    assert dict(step.args) == {"delete_scope": "single"} and step.risk is None
    (step,) = plan(zstack(old), state="absent", delete_scope="chain", delete_mode="Enforcing").steps
    assert dict(step.args) == {"delete_scope": "chain", "delete_mode": "Enforcing"}
    assert step.risk == "delete_scope=chain"


def test_ungrouped_when_the_snapshots_stay():
    assert verbs(plan(zstack(group("1", "g", dependents=["2"])), state="absent", keep_snapshots=True)) == [
        ("snapshot_group", "ungroup")
    ]


def test_one_on_its_way_out_is_waited_for():
    made = plan(zstack(group("1", "g", status="deleting")), state="absent")
    assert verbs(made) == [("snapshot_group", "wait")] and not made.changed


# ---- reverted


def test_reverted_every_time_or_once():
    made = plan(zstack(group("g")), state="reverted")
    assert verbs(made) == [("snapshot_group", "revert")] and made.steps[0].risk == "state=reverted"
    made = plan(zstack(group("g")), state="reverted", once="r1")
    assert verbs(made) == [("snapshot_group", "revert"), ("snapshot_group", "mark")]
    assert not made.steps[1].until.done(group("g"))
    done = group("g", once={"revert": ["r0", "r1"]})
    assert made.steps[1].until.done(done)
    assert plan(zstack(done), state="reverted", once="r1").steps == ()


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        (
            zstack(group("g"), available={**FREE, "available": False, "reason": "new volume(s) x"}),
            r"whole: new volume\(s\) x",
        ),
        (zstack(group("g"), root={**ROOT, "vm_state": "Running"}), "virtual machine web is Running: stop it first"),
        (zstack(group("g", status="error")), "needs the status available"),
    ],
)
def test_what_cannot_be_reverted_as_a_whole_is_refused(backend, words):
    with pytest.raises(Conflict, match=words):
        plan(backend, state="reverted", once="r1")


def test_reverting_what_is_not_there():
    with pytest.raises(NotFound, match="no snapshot group with the name or id g of root volume ROOT-for-web"):
        plan(zstack(), state="reverted")


def test_cinder_reverts_each_member_and_notes_it_on_each():
    made = plan(cinder(), "volume_group", state="reverted", once="r1")
    assert [(s.kind, s.verb, s.ident) for s in made.steps] == [
        ("volume", "revert", "v-1"),
        ("volume", "revert", "v-2"),
        ("volume_snapshot", "merge_metadata", "s-1"),
        ("volume_snapshot", "merge_metadata", "s-2"),
    ]
    assert dict(made.steps[3].args) == {"metadata": {PREFIX + "once:revert": "r1"}}
    assert made.diff()["after"] == {"reverted_to": "g", "once": {"revert": ["r1"]}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"volume": [volume("v-1"), volume("v-2", status="in-use")]}, "v-2 is in-use, and must be available"),
        ({"volume": [volume("v-1")]}, "volume v-2 is gone"),
        ({"volume": [volume("v-1"), volume("v-2", size=2)]}, "extended since"),
        ({"volume_snapshot": [snapshot("s-1", "v-1")]}, "snapshot s-2 of volume v-2 is gone"),
        (
            {
                "volume_snapshot": [
                    snapshot("s-1", "v-1"),
                    snapshot("s-2", "v-2"),
                    snapshot("s-3", "v-2", created_at="2027-01-01T00:00:00Z"),
                ]
            },
            "volume v-2 has a newer snapshot, s-3",
        ),
        ({"volume_group": [{"id": "vg", "name": "ledgers", "volumes": ["v-1", "v-2", "v-3"]}]}, "v-3 has joined"),
        ({"volume_group": [{"id": "vg", "name": "ledgers", "volumes": ["v-1"]}]}, "v-2 has left"),
    ],
)
def test_no_member_is_reverted_where_one_cannot_be(changes, words):
    with pytest.raises(Conflict, match=words):
        plan(cinder(**changes), "volume_group", state="reverted")


SHARES = {
    "id": "g",
    "name": "g",
    "description": None,
    "status": "available",
    "created_at": at(NOW),
    "share_group_id": "sg",
    "members": [{"id": "m-1", "share_id": "share-1", "size": 3, "status": "available"}],
    "project_id": "p",
}


def test_shares_are_told_in_the_same_words():
    seen = as_group(SHARES)
    assert set(seen) == set(group("g"))
    assert seen["source"] == {"kind": "share_group", "id": "sg", "name": None}
    assert set(seen["members"][0]) == set(group("g")["members"][0])
    assert (seen["members"][0]["share_id"], seen["members"][0]["size"]) == ("share-1", 3)


def test_share_groups_cannot_be_reverted_and_what_to_do_instead():
    there = Memory(share_group=[{"id": "sg", "name": "team"}], share_group_snapshot=[SHARES])
    assert plan(there, "share_group").steps == []
    assert verbs(plan(there, "share_group", state="absent")) == [("share_group_snapshot", "delete")]
    with pytest.raises(Unsupported, match="source_share_group_snapshot"):
        plan(there, "share_group", state="reverted")


def test_a_set_of_volumes_is_found_by_who_is_in_it():
    these = group("1", "g", source={"kind": "volumes", "id": None, "name": None})
    there = Memory(volume=[volume("v-1"), volume("v-2"), volume("v-3")], snapshot_group=[these])
    assert plan(there, "volumes").steps == []
    assert verbs(plan(there, "volumes", volumes=["v-1", "v-3"])) == [("snapshot_group", "create")]


def host(*volumes: dict[str, Any], available: dict[str, Any] = FREE, **changes: Any) -> Memory:
    these = group("g", source={"kind": "volumes", "id": None, "name": None}, **changes)
    return Memory(
        volume=list(volumes) or [volume("v-1"), volume("v-2")],
        snapshot_group=[these],
        snapshot_group_availability=[available],
    )


def test_a_host_reverts_each_member_and_notes_it_on_the_group():
    made = plan(host(), "volumes", state="reverted", once="r1")
    assert [(s.kind, s.verb, s.ident) for s in made.steps] == [
        ("volume", "revert", "v-1"),
        ("volume", "revert", "v-2"),
        ("snapshot_group", "mark", None),
    ]
    assert [s.args.get("snapshot_id") for s in made.steps] == ["s-1", "s-2", None]
    assert made.diff()["after"] == {"reverted_to": "g", "once": {"revert": ["r1"]}}
    assert plan(host(once={"revert": ["r1"]}), "volumes", state="reverted", once="r1").steps == ()


def test_what_a_killed_revert_has_left_on_a_host_goes_on_first():
    left = volume("v-1", status="reverting", unfinished=True)
    made = plan(host(left, volume("v-2")), "volumes", state="reverted")
    assert [(s.verb, s.ident) for s in made.steps] == [("resume", "v-1"), ("revert", "v-1"), ("revert", "v-2")]


def test_no_member_on_a_host_is_reverted_where_one_cannot_be():
    with pytest.raises(Conflict, match="as a whole: volume v-2 is gone"):
        plan(host(available={**FREE, "available": False, "reason": "volume v-2 is gone"}), "volumes", state="reverted")


def test_what_a_killed_run_has_begun_is_finished_or_removed():
    left = host(status="creating", unfinished=True)
    assert verbs(plan(left, "volumes")) == [("snapshot_group", "resume")]
    assert verbs(plan(left, "volumes", state="absent")) == [("snapshot_group", "delete")]
    busy = host(status="creating")
    assert verbs(plan(busy, "volumes")) == [("snapshot_group", "wait")]
    with pytest.raises(Conflict, match="it is creating"):
        plan(busy, "volumes", state="absent")


# ---- listed


def test_all_groups_are_listed_of_every_kind_that_there_is():
    class Some(Memory):
        def observe(self, kind, refs, scope):
            if kind not in self.resources:
                raise Unsupported(f"There are no {kind}s.")
            return super().observe(kind, refs, scope)

    older = group("1", source={"kind": "volume_group", "id": "vg", "name": None}, created_at=at(NOW - 9))
    both = Some(group_snapshot=[older], share_group_snapshot=[SHARES])
    assert [g["id"] for g in Groups().ask({}, both)] == ["g", "1"], "the newest first"
    assert [g["id"] for g in Groups().ask({"name": "1"}, both)] == ["1"]
    assert [g["id"] for g in Groups().ask({}, Some(group_snapshot=[older]))] == ["1"]
    with pytest.raises(Unsupported):
        Groups().ask({}, Some())


# ---- rotation


def test_the_oldest_go_in_the_same_plan():
    there = zstack(*(group(f"n-{n}", created_at=at(NOW - 100 * n)) for n in range(1, 6)), group("other"))
    made = plan(there, name="n-0", keep=3, keep_prefix="n-")
    assert [(s.verb, s.ident) for s in made.steps] == [
        ("create", None), ("delete", "n-5"), ("delete", "n-4"), ("delete", "n-3"),
    ]  # fmt: skip
    assert not made.removes, "what the task is about is made, whatever goes"
    assert made.diff()["after"]["groups"] == ["n-1", "n-2"]
    spared = plan(there, name="n-0", keep=3, keep_prefix="n-", keep_newer_than="450s")
    assert [s.ident for s in spared.steps] == [None, "n-5"]


def test_nothing_goes_where_a_kept_one_builds_on_it():
    """On ZStack that would take along what is to stay: refused before anything is made."""
    there = zstack(group("n-2", created_at=at(NOW - 200), dependents=["n-1"]), group("n-1", created_at=at(NOW - 100)))
    with pytest.raises(Conflict, match="later groups build on it"):
        plan(there, name="n-0", keep=2, keep_prefix="n-")
    assert [s.ident for s in plan(there, name="n-0", keep=2, keep_prefix="n-", delete_scope="single").steps] == [
        None,
        "n-2",
    ]


def test_an_unknown_age_is_no_guess():
    with pytest.raises(Failed, match="when n-1 was made is not known"):
        plan(zstack(group("n-1", created_at=None)), name="n-0", keep=1, keep_prefix="n-")


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("5m", 300), ("36h", 129600), ("2 w", 1209600)])
def test_ages(text, seconds):
    assert age(text) == seconds


@pytest.mark.parametrize("text", ["", "7", "d", "-1d", "7 days", "1.5h"])
def test_ages_that_are_none(text):
    with pytest.raises(Invalid, match="keep_newer_than"):
        age(text)


STATUSES = st.sampled_from(["available"] * 4 + ["error", "deleting"])
GROUPS = st.lists(st.tuples(st.integers(0, 20), STATUSES), max_size=25).map(
    lambda drawn: [group(f"n-{n:02}", created_at=at(NOW - old), status=status) for n, (old, status) in enumerate(drawn)]
)


def good(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The healthy ones, the newest first."""
    healthy = [g for g in groups if g["status"] == "available"]
    return sorted(healthy, key=lambda g: (g["created_at"], g["id"]), reverse=True)


@given(groups=GROUPS, keep=st.integers(1, 8))
def test_exactly_the_newest_remain_beside_the_one_that_is_made(groups, keep):
    gone = {g["id"] for g in beyond(groups, None, keep, None)}
    left = [g for g in groups if g["id"] not in gone]
    assert [g["id"] for g in good(left)] == [g["id"] for g in good(groups)][: keep - 1]


@given(groups=GROUPS, keep=st.integers(1, 8), data=st.data())
def test_the_one_that_is_there_never_goes(groups, keep, data):
    healthy = good(groups)
    if not healthy:
        return
    mine = data.draw(st.sampled_from(healthy))["id"]
    gone = {g["id"] for g in beyond(groups, mine, keep, None)}
    assert mine not in gone
    left = [g["id"] for g in good(groups) if g["id"] not in gone]
    newest = [g["id"] for g in healthy[:keep]]
    assert left == newest + [mine] * (mine not in newest)


@given(groups=GROUPS, keep=st.integers(1, 8), killed_after=st.integers(0, 30))
def test_a_run_that_was_killed_ends_the_same(groups, keep, killed_after):
    """Killed after the group was made and some others removed; the next run finds its own group there."""
    mine = group("n-99", created_at=at(NOW + 1))
    whole = {g["id"] for g in beyond(groups, None, keep, None)}
    first = [g["id"] for g in beyond(groups, None, keep, None)][:killed_after]
    there = [g for g in [*groups, mine] if g["id"] not in first]
    second = [g["id"] for g in beyond(there, "n-99", keep, None)]
    assert {*first, *second} == whole
    rest = [g for g in there if g["id"] not in second]
    assert beyond(rest, "n-99", keep, None) == []


@given(groups=GROUPS, keep=st.integers(1, 8), since=st.integers(0, 20))
def test_the_young_are_spared(groups, keep, since):
    gone = beyond(groups, None, keep, NOW - since)
    assert all(g["created_at"] < at(NOW - since) for g in gone)
    assert {g["id"] for g in gone} <= {g["id"] for g in beyond(groups, None, keep, None)}
    assert [g["created_at"] for g in gone] == sorted(g["created_at"] for g in gone), "the oldest first"
