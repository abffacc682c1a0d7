# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planners of shares, their snapshots, groups and instances: what is done, and what is refused."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from memory import Memory, plan_for

from ansible_collections.unified.storage.plugins.module_utils import _errors as errors
from ansible_collections.unified.storage.plugins.module_utils._api import marks
from ansible_collections.unified.storage.plugins.module_utils._engine.world import World, observe
from ansible_collections.unified.storage.plugins.module_utils._module.export_locations import preferred_first
from ansible_collections.unified.storage.plugins.module_utils._module.manageable_share import (
    ManageableShare,
    ManageableShareSnapshot,
)
from ansible_collections.unified.storage.plugins.module_utils._module.share import Share
from ansible_collections.unified.storage.plugins.module_utils._module.share_action import ShareAction
from ansible_collections.unified.storage.plugins.module_utils._module.share_group import ShareGroup
from ansible_collections.unified.storage.plugins.module_utils._module.share_instance import ShareInstance
from ansible_collections.unified.storage.plugins.module_utils._module.share_lists import Pools
from ansible_collections.unified.storage.plugins.module_utils._module.share_snapshot import ShareSnapshot

HOST = "lab@gamma#pool"
PATH = "10.0.0.10:/exports/web"
MARK = marks.managed_from(HOST, {"export_path": PATH})
TYPES = [
    {"id": "t1", "name": "default", "extra_specs": {"driver_handles_share_servers": "False"}},
    {"id": "t2", "name": "dhss", "extra_specs": {"driver_handles_share_servers": "True"}},
]


def share(ident: str = "s", **values: Any) -> dict[str, Any]:
    return {
        "id": ident,
        "name": "web",
        "description": None,
        "size": 2,
        "status": "available",
        "share_protocol": "NFS",
        "share_type": "default",
        "share_type_id": "t1",
        "is_public": False,
        "availability_zone": "nova",
        "host": HOST,
        "share_network_id": None,
        "share_server_id": None,
        "share_group_id": None,
        "snapshot_id": None,
        "metadata": {},
        "access_rules_status": "active",
        "snapshot_support": True,
        "revert_to_snapshot_support": True,
        "is_soft_deleted": False,
        "export_locations": None,
        "project_id": "p",
        "created_at": "2026-11-20T10:00:00Z",
        "once": {},
        "managed_from": None,
        "marks": {},
        "backend_details": {},
        **values,
    }


def snapshot(ident: str, **values: Any) -> dict[str, Any]:
    return {
        "id": ident,
        "name": ident,
        "description": None,
        "size": 2,
        "status": "available",
        "share_id": "s",
        "share_protocol": "NFS",
        "metadata": {},
        "project_id": "p",
        "created_at": "2026-11-20T10:00:00Z",
        "once": {},
        "managed_from": None,
        "marks": {},
        "backend_details": {},
        **values,
    }


def group(**values: Any) -> dict[str, Any]:
    return {
        "id": "g",
        "name": "homes",
        "description": None,
        "status": "available",
        "share_group_type_id": "gt",
        "share_types": ["t1"],
        "share_network_id": None,
        "source_share_group_snapshot_id": None,
        **values,
    }


def lock(resource: str, action: str = "delete") -> dict[str, Any]:
    return {"id": "l-1", "name": None, "resource_id": resource, "resource_action": action, "lock_reason": "payroll"}


def cloud(*shares: dict[str, Any], **others: Any) -> Memory:
    networks = [{"id": "n", "name": "net"}]
    return Memory(share=list(shares), share_type=TYPES, share_network=networks, share_group=[group()], **others)


DEFAULTS = {"state": "present", "metadata_mode": "merge", "cascade": False, "force": False}


def wanted(**values: Any) -> dict[str, Any]:
    return {"name": "web", **DEFAULTS, **values}


def verbs(plan: Any) -> list[str]:
    return [step.verb for step in plan.steps]


# ---- share


def test_nothing_that_is_not_named_is_changed():
    assert not plan_for(Share(), wanted(), cloud(share(metadata={"k": "v"}, description="d", is_public=True))).steps


def test_what_is_named_is_compared():
    same = wanted(
        size=2, share_protocol="nfs", share_type="t1", is_public=False, description="", share_network=None, metadata={}
    )
    assert not plan_for(Share(), same, cloud(share())).steps
    assert not plan_for(Share(), wanted(share_type="default"), cloud(share())).steps
    served = share(share_network_id="n")
    assert not plan_for(Share(), wanted(share_network="net"), cloud(served)).steps
    assert not plan_for(Share(), wanted(share_network="n"), cloud(served)).steps


def test_what_a_back_end_does_not_know_is_left_alone():
    unknown = share(is_public=None, share_protocol=None, share_type=None, share_type_id=None)
    assert not plan_for(Share(), wanted(is_public=True, share_protocol="CIFS", share_type="t2"), cloud(unknown)).steps


@pytest.mark.parametrize(
    ("resize", "size", "does"),
    [
        (None, 3, ["extend"]),
        ("both", 3, ["extend"]),
        ("both", 1, ["shrink"]),
        ("extend", 3, ["extend"]),
        ("extend", 1, []),
        ("shrink", 3, []),
        ("shrink", 1, ["shrink"]),
        ("never", 3, []),
        ("never", 1, []),
        (None, 2, []),
    ],
)
def test_sizes_change_in_the_direction_that_is_allowed(resize, size, does):
    plan = plan_for(Share(), wanted(size=size, resize=resize), cloud(share()))
    assert verbs(plan) == does
    assert [step.risk for step in plan.steps] == ["resize" if verb == "shrink" else None for verb in does]


@pytest.mark.parametrize(
    ("now", "params", "error", "says"),
    [
        ({}, {"size": 1}, errors.Invalid, "Set resize to both"),
        ({}, {"size": 0}, errors.Invalid, "1 or more"),
        ({"status": "error"}, {}, errors.Failed, "status error"),
        ({"status": "shrinking_error"}, {}, errors.Failed, "status shrinking_error"),
        ({"status": "deleting"}, {}, errors.Conflict, "being deleted"),
        ({"status": "reverting"}, {"size": 3}, errors.Conflict, "needs the status available"),
        ({"is_soft_deleted": True}, {}, errors.Conflict, "soft-deleted"),
        ({}, {"share_type": "dhss"}, errors.Conflict, "has the share type default"),
        ({}, {"share_network": "net"}, errors.Conflict, "has no share network"),
        ({}, {"share_group": "homes"}, errors.Conflict, "has no share group"),
        ({}, {"share_protocol": "cifs"}, errors.Conflict, "has the share protocol NFS"),
        ({"status": "extending"}, {"state": "absent"}, errors.Conflict, "Set force"),
    ],
)
def test_what_is_refused(now, params, error, says):
    with pytest.raises(error, match=says):
        plan_for(Share(), wanted(**params), cloud(share(**now)))


@pytest.mark.parametrize(
    ("params", "error", "says"),
    [
        ({}, errors.Invalid, "size is missing"),
        ({"size": 1, "share_type": "dhss"}, errors.Invalid, "share_network is missing"),
        ({"size": 1, "share_type": "gold"}, errors.NotFound, "no share type"),
        ({"size": 1, "snapshot": "snap"}, errors.Invalid, "needs at least 2 GiB"),
        ({"name": "0b1a5e2c-93c6-4c0e-8a7f-5b0f6f8e9d11", "size": 1}, errors.NotFound, "with a given id"),
    ],
)
def test_what_cannot_be_made(params, error, says):
    with pytest.raises(error, match=says):
        plan_for(Share(), wanted(**params), cloud(share_snapshot=[snapshot("snap")]))


def test_a_share_from_a_snapshot_takes_its_size_and_protocol():
    backend = cloud(share_snapshot=[snapshot("snap", share_protocol="CIFS")])
    (step,) = plan_for(Share(), wanted(snapshot="snap"), backend).steps
    assert (step.args["size"], step.args["share_protocol"], step.args["snapshot_id"]) == (2, "CIFS", "snap")


def test_a_run_that_was_killed_is_continued():
    made = cloud(share(status="creating"))
    assert verbs(plan_for(Share(), wanted(size=3, description="x"), made)) == ["wait", "update", "extend"]
    assert verbs(plan_for(Share(), wanted(size=3), cloud(share(status="extending")))) == ["wait"]
    assert verbs(plan_for(Share(), wanted(state="absent"), cloud(share(status="deleting")))) == ["wait"]


def test_a_resize_to_another_size_that_is_under_way_says_what_to_do():
    (step,) = plan_for(Share(), wanted(size=8), cloud(share(status="extending"))).steps
    assert step.until.failed(share(size=5)).endswith("its size 5 GiB: run the task again for 8 GiB")
    assert step.until.failed(share(status="extending_error")).endswith("its size 2 GiB")
    assert step.until.done(share(size=8))
    assert not plan_for(Share(), wanted(size=8, resize="never"), cloud(share(status="extending"))).steps


def test_a_refused_resize_is_told_by_the_size_that_stays():
    (step,) = plan_for(Share(), wanted(size=1, resize="both"), cloud(share())).steps
    assert step.until.failed(share(status="shrinking")) is None
    assert "2 GiB" in step.until.failed(share())
    assert step.until.done(share(size=1))


def test_a_locked_share_is_not_removed_and_its_locks_are_named():
    locked = {"resource_lock": [lock("s")]}
    for behaviour, params in (
        (Share(), wanted(state="absent")),
        (Share(), wanted(state="absent", force=True, cascade=True)),
        (ShareAction(), {"share": "web", "action": "soft_delete"}),
        (ManageableShare(), {"name": "web", "state": "unmanaged"}),
    ):
        with pytest.raises(errors.Locked, match=r"l-1 \(payroll\)"):
            plan_for(behaviour, params, cloud(share(), **locked))
    assert plan_for(Share(), wanted(state="absent"), cloud(share(), resource_lock=[lock("s", "show")])).steps
    assert plan_for(Share(), wanted(state="absent"), cloud(share(), resource_lock=[lock("other")])).steps


@pytest.mark.parametrize(("count", "questions"), [(3, 3), (40, 1)])
def test_what_is_around_many_shares_is_asked_for_at_once(count, questions):
    """And yet each share has only its own snapshots and locks."""
    shares = [share(f"s{n}", name=f"web{n}") for n in range(count)]
    backend = cloud(
        *shares,
        share_snapshot=[snapshot("x", share_id="s0")],
        resource_lock=[lock("s1"), {**lock("else"), "id": "l-2"}],
    )
    items, world = [wanted(name=one["name"], state="absent") for one in shares], World()
    while observe(backend, world, [want for item in items for want in Share().wants(item, world)], workers=8):
        pass
    asked = Counter(kind for kind, _refs in backend.observed)
    assert asked == {"share": 1, "share_snapshot": questions, "resource_lock": questions}
    with pytest.raises(errors.Conflict, match="has 1 snapshot"):
        Share().plan(items[0], world)
    with pytest.raises(errors.Locked, match="payroll"):
        Share().plan(items[1], world)
    assert all(verbs(Share().plan(item, world)) == ["delete"] for item in items[2:])


def test_snapshots_go_first_and_only_when_that_is_said():
    backend = cloud(share(), share_snapshot=[snapshot("a"), snapshot("b", status="deleting")])
    with pytest.raises(errors.Conflict, match="2 snapshots"):
        plan_for(Share(), wanted(state="absent"), backend)
    plan = plan_for(Share(), wanted(state="absent", cascade=True), backend)
    assert [(s.verb, s.ident, s.risk) for s in plan.steps] == [
        ("delete", "a", "cascade"),
        ("wait", "b", None),
        ("delete", None, None),
    ]


def test_a_share_in_a_group_is_deleted_with_its_name():
    (step,) = plan_for(Share(), wanted(state="absent"), cloud(share(share_group_id="g"))).steps
    assert step.args == {"share_group_id": "g"}


def test_the_preferred_export_location_comes_first_and_those_for_administrators_last():
    def where(path, preferred=False, **details):
        return {"path": path, "preferred": preferred, "backend_details": details}

    found = [where("b"), where("admin", True, is_admin_only=True), where("c", True), where("a")]
    assert [one["path"] for one in preferred_first(found)] == ["c", "a", "b", "admin"]


# ---- pools


def test_what_a_pool_does_not_know_is_no_text():
    pool = {"id": "p", "name": "p", "free_capacity": None, "capabilities": {"dedupe": True, "qos": None}}
    asked = {"capabilities": {"dedupe": True}}
    assert Pools("share_pool", "share_pools").ask(asked, Memory(share_pool=[pool])) == [pool]
    assert not Pools("share_pool", "share_pools").ask({"capabilities": {"qos": "None"}}, Memory(share_pool=[pool]))


# ---- share_action

NEWER = {"created_at": "2026-11-20T11:00:00Z"}


def act(action, *shares, snapshots=(), **params):
    backend = cloud(*(shares or (share(),)), share_snapshot=list(snapshots))
    return plan_for(ShareAction(), {"share": "web", "action": action, **params}, backend)


def test_revert_goes_to_the_newest_snapshot_once_for_a_word():
    both = [snapshot("old"), snapshot("new", size=1, **NEWER)]
    for params in ({}, {"snapshot": "new"}):
        plan = act("revert", snapshots=both, once="w", **params)
        assert verbs(plan) == ["revert", "merge_metadata"]
        assert plan.steps[0].args == {"snapshot_id": "new"}
        assert plan.diff()["after"]["size"] == 1
    assert not act("revert", share(once={"revert": "w"}), snapshots=both, once="w").steps
    assert act("revert", share(once={"revert": "w"}), snapshots=both, once="x").steps


@pytest.mark.parametrize(
    ("now", "snapshots", "params", "error", "says"),
    [
        ({}, [], {}, errors.NotFound, "no snapshot"),
        ({}, [snapshot("old"), snapshot("new", **NEWER)], {"snapshot": "old"}, errors.Conflict, "newest snapshot, new"),
        ({}, [snapshot("new", status="creating")], {}, errors.Conflict, "needs the status available"),
        ({"status": "extending"}, [snapshot("new")], {}, errors.Conflict, "needs the status available"),
        ({"revert_to_snapshot_support": False}, [snapshot("new")], {}, errors.Unsupported, "Make a share from"),
        ({"is_soft_deleted": True}, [snapshot("new")], {}, errors.Conflict, "soft-deleted"),
    ],
)
def test_what_cannot_be_reverted(now, snapshots, params, error, says):
    with pytest.raises(error, match=says):
        act("revert", share(**now), snapshots=snapshots, **params)


def test_the_recycle_bin_in_both_directions():
    binned = share(is_soft_deleted=True)
    assert verbs(act("soft_delete")) == ["soft_delete"]
    assert not act("soft_delete", binned).steps
    assert not act("soft_delete", share(name="other")).steps
    assert verbs(act("restore", binned)) == ["restore"]
    assert not act("restore").steps
    with pytest.raises(errors.NotFound):
        act("restore", share(name="other"))
    with pytest.raises(errors.Conflict, match="Delete them first"):
        act("soft_delete", snapshots=[snapshot("a")])


@pytest.mark.parametrize(
    ("action", "params", "scope"),
    [
        ("revert", {"once": "w"}, {}),
        ("reset_status", {"status": "error"}, {}),
        ("soft_delete", {}, {"is_soft_deleted": True}),
    ],
)
def test_a_share_of_another_project_is_waited_for_where_it_was_found(action, params, scope):
    """Else a poll of many would be a list of one's own, and one request for each of the others."""
    snapshots = [snapshot("s")] if action == "revert" else []
    steps = act(action, snapshots=snapshots, all_projects=True, **params).steps
    assert steps and all(step.scope == {**scope, "all_projects": True} for step in steps)
    assert all(step.scope == scope for step in act(action, snapshots=snapshots, **params).steps)


def test_a_word_is_for_what_cannot_be_compared():
    with pytest.raises(errors.Invalid, match="once is for revert"):
        act("reset_status", status="error", once="w")


# ---- snapshots, groups, instances


def snap(params, *shares, snapshots=()):
    return plan_for(ShareSnapshot(), {**wanted(name="snap"), **params}, cloud(*shares, share_snapshot=list(snapshots)))


def test_a_snapshot_is_taken_of_a_share_at_rest():
    (step,) = snap({"share": "web", "metadata": {"a": 1}}, share()).steps
    assert step.args == {"name": "snap", "share_id": "s", "metadata": {"a": "1"}}
    for now, error in (
        ({"status": "extending"}, errors.Conflict),
        ({"snapshot_support": False}, errors.Unsupported),
        ({"is_soft_deleted": True}, errors.Conflict),
    ):
        with pytest.raises(error):
            snap({"share": "web"}, share(**now))
    with pytest.raises(errors.Invalid, match="share is missing"):
        snap({})
    with pytest.raises(errors.NotFound):
        snap({"share": "gone"})


@pytest.mark.parametrize(
    ("wish", "now", "verbs"),
    [
        (True, False, ["mount"]),
        (True, None, ["mount"]),
        (False, True, ["unmount"]),
        (False, None, ["unmount"]),
        (True, True, []),
        (False, False, []),
        (None, True, []),
    ],
)
def test_a_snapshot_is_mounted_on_request(wish, now, verbs):
    there = [snapshot("snap", mounted=now)]
    plan = snap({"mounted": wish}, share(), snapshots=there)
    assert [step.verb for step in plan.steps] == verbs
    assert plan.diff() == ({"before": {"mounted": now}, "after": {"mounted": wish}} if verbs else plan.diff())


def test_a_new_snapshot_is_mounted_when_it_is_there():
    steps = snap({"share": "web", "mounted": True}, share()).steps
    assert [step.verb for step in steps] == ["create", "mount"]
    assert [step.verb for step in snap({"share": "web", "mounted": False}, share()).steps] == ["create"]


def test_snapshots_of_a_share_that_is_gone_are_gone():
    assert not snap({"share": "gone", "state": "absent"}).steps


def test_a_group_goes_with_its_shares_only_when_that_is_said():
    member = share(share_group_id="g")
    params = {"name": "homes", "state": "absent", "force": False, "delete_shares": False}
    with pytest.raises(errors.Conflict, match="Set delete_shares"):
        plan_for(ShareGroup(), params, cloud(member))
    plan = plan_for(ShareGroup(), {**params, "delete_shares": True}, cloud(member, share("other")))
    assert [(s.kind, s.verb, s.ident) for s in plan.steps][-1] == ("share_group", "delete", None)
    assert {s.risk for s in plan.steps[:-1]} == {"delete_shares"}
    with pytest.raises(errors.Locked):
        plan_for(ShareGroup(), {**params, "delete_shares": True}, cloud(member, resource_lock=[lock("s")]))


def test_a_group_keeps_its_types():
    params = {"name": "homes", "state": "present"}
    assert not plan_for(ShareGroup(), {**params, "share_types": ["default"]}, cloud()).steps
    assert not plan_for(ShareGroup(), {**params, "share_types": ["t1"]}, cloud()).steps
    with pytest.raises(errors.Conflict, match="share_types"):
        plan_for(ShareGroup(), {**params, "share_types": ["dhss"]}, cloud())


def test_an_instance_is_deleted_by_force_alone():
    found = {"id": "i", "name": None, "share_id": "s", "status": "error"}
    params = {"id": "i", "state": "absent", "force": False}
    with pytest.raises(errors.Conflict, match="Set force"):
        plan_for(ShareInstance(), params, Memory(share_instance=[found]))
    plan = plan_for(ShareInstance(), {**params, "force": True}, Memory(share_instance=[found]))
    assert [(s.verb, s.risk) for s in plan.steps] == [("force_delete", "force")]
    reset = {"id": "i", "state": "present", "status": "available"}
    assert verbs(plan_for(ShareInstance(), reset, Memory(share_instance=[found]))) == ["reset_status"]
    assert not plan_for(ShareInstance(), {**reset, "status": "error"}, Memory(share_instance=[found])).steps


# ---- adopting

ADOPT = {"state": "managed", "service_host": HOST, "export_path": PATH, "share_protocol": "nfs", "name": "web"}


def test_what_is_adopted_is_noted_in_the_description_until_it_is_there():
    plan = plan_for(ManageableShare(), {**ADOPT, "description": "d", "metadata": {"a": 1}}, cloud())
    assert verbs(plan) == ["manage", "merge_metadata", "update"]
    manage, note, text = plan.steps
    assert manage.args["description"] == MARK
    assert manage.mine(share(description=MARK))
    assert manage.undo(share(status="manage_error")) == "unmanage"
    assert note.args["metadata"] == {"a": "1", **marks.managed(HOST, {"export_path": PATH})}
    assert text.args == {"description": "d"}


def adopted_elsewhere(**values: Any) -> Memory:
    """A cloud that has no share with this export path (the filter is the service's)."""
    return cloud(share(export_location_path="another", **values))


def test_what_was_adopted_is_recognised():
    assert not plan_for(ManageableShare(), ADOPT, adopted_elsewhere(managed_from=MARK)).steps
    assert not plan_for(ManageableShare(), ADOPT, cloud(share(export_location_path=PATH))).steps
    assert verbs(plan_for(ManageableShare(), ADOPT, adopted_elsewhere())) == ["manage", "merge_metadata", "update"]
    killed = adopted_elsewhere(description=MARK)
    assert verbs(plan_for(ManageableShare(), ADOPT, killed)) == ["merge_metadata", "update"]
    starting = adopted_elsewhere(description=MARK, status="manage_starting")
    assert verbs(plan_for(ManageableShare(), ADOPT, starting)) == ["wait", "merge_metadata", "update"]


def test_an_adoption_that_failed_after_its_run_was_killed_is_released_first():
    left = adopted_elsewhere(description=MARK, status="manage_error")
    plan = plan_for(ManageableShare(), ADOPT, left)
    assert verbs(plan) == ["unmanage", "manage", "merge_metadata", "update"] and plan.steps[0].ident == "s"
    assert not plan.steps[1].mine(share(description=MARK)) and plan.steps[1].mine(share(id="new", description=MARK))
    other = adopted_elsewhere(managed_from=MARK, status="manage_error")  # no longer in its description: it was adopted
    assert verbs(plan_for(ManageableShare(), ADOPT, other)) == ["manage", "merge_metadata", "update"]


def test_what_is_released():
    release = {**ADOPT, "name": None, "state": "unmanaged"}
    assert verbs(plan_for(ManageableShare(), release, adopted_elsewhere(managed_from=MARK))) == ["unmanage"]
    assert not plan_for(ManageableShare(), release, adopted_elsewhere()).steps
    by_name = {**release, "name": "web"}
    assert verbs(plan_for(ManageableShare(), by_name, cloud(share(status="error")))) == ["unmanage"]
    with pytest.raises(errors.Conflict, match="Release or delete them first"):
        plan_for(ManageableShare(), by_name, cloud(share(), share_snapshot=[snapshot("a")]))
    with pytest.raises(errors.Conflict, match="until that is over"):
        plan_for(ManageableShare(), by_name, cloud(share(status="extending")))


def test_snapshots_are_adopted_by_their_place():
    params = {"state": "managed", "share": "web", "provider_location": "/snap/1", "name": "a"}
    plan = plan_for(ManageableShareSnapshot(), params, cloud(share()))
    assert plan.steps[0].args["share_id"] == "s"
    there = snapshot("a", backend_details={"provider_location": "/snap/1"})
    assert not plan_for(ManageableShareSnapshot(), params, cloud(share(), share_snapshot=[there])).steps
    release = {**params, "name": None, "state": "unmanaged"}
    plan = plan_for(ManageableShareSnapshot(), release, cloud(share(), share_snapshot=[there]))
    assert verbs(plan) == ["unmanage"]
    assert not plan_for(ManageableShareSnapshot(), {**release, "share": "gone"}, cloud()).steps
