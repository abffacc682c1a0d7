# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planners: what is done, what is refused, and that a second run does nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory import Memory, plan_for, snapshot, volume

from ansible_collections.unified.storage.plugins.module_utils import _errors as errors
from ansible_collections.unified.storage.plugins.module_utils._api import marks
from ansible_collections.unified.storage.plugins.module_utils._engine.execute import Executor, Pace
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Item
from ansible_collections.unified.storage.plugins.module_utils._module.manageable import ManageableVolume
from ansible_collections.unified.storage.plugins.module_utils._module.volume import Volume
from ansible_collections.unified.storage.plugins.module_utils._module.volume_action import NEEDS, VERBS, VolumeAction
from ansible_collections.unified.storage.plugins.module_utils._module.volume_snapshot import VolumeSnapshot

DEFAULTS = {
    "state": "present",
    "cascade": False,
    "force": False,
    "retype": False,
    "migration_policy": "never",
    "metadata_mode": "merge",
}
TYPES = [{"id": "type-alpha", "name": "alpha"}, {"id": "type-beta", "name": "beta"}]


def wanted(name="a", **values):
    return {"name": name, **DEFAULTS, **values}


def verbs(plan):
    return [step.verb for step in plan.steps]


# ---- volume


@pytest.mark.parametrize("text", ["d", "d\n", " d "])
def test_blanks_around_a_text_are_no_difference(text):
    """YAML leaves a line end behind a text of several lines, and Cinder drops it."""
    backend = Memory(volume=[volume("a", description="d")])
    assert not plan_for(Volume(), wanted(description=text), backend).steps


def test_nothing_that_is_not_named_is_changed():
    backend = Memory(volume=[volume("a", bootable=True, readonly=True, description="d", metadata={"k": "v"}, size=9)])
    assert not plan_for(Volume(), wanted(), backend).steps


def test_the_type_is_equal_by_name_and_by_id_and_changes_only_when_asked():
    backend = Memory(volume=[volume("a")], volume_type=TYPES)
    assert not plan_for(Volume(), wanted(volume_type="alpha"), backend).steps
    assert not plan_for(Volume(), wanted(volume_type="type-alpha"), backend).steps
    with pytest.raises(errors.Conflict, match="retype"):
        plan_for(Volume(), wanted(volume_type="beta"), backend)
    assert verbs(plan_for(Volume(), wanted(volume_type="beta", retype=True), backend)) == ["retype"]
    with pytest.raises(errors.NotFound):
        plan_for(Volume(), wanted(volume_type="gone", retype=True), backend)


@pytest.mark.parametrize(
    ("now", "params", "error", "says"),
    [
        ({}, {"size": 0}, errors.Invalid, "only grow"),
        ({"status": "error"}, {}, errors.Failed, "status error"),
        ({"status": "deleting"}, {}, errors.Conflict, "being deleted"),
        ({"status": "attaching"}, {"size": 2}, errors.Conflict, "available or in-use"),
        ({"status": "in-use"}, {"readonly": True}, errors.Conflict, "needs the status available"),
        ({"status": "in-use"}, {"state": "absent", "cascade": True}, errors.Conflict, "Set force"),
    ],
)
def test_what_is_refused(now, params, error, says):
    backend = Memory(volume=[volume("a", **now)])
    with pytest.raises(error, match=says):
        plan_for(Volume(), wanted(**params), backend)


def test_an_ambiguous_name_lists_the_ids():
    backend = Memory(volume=[volume("1", name="a"), volume("2", name="a")])
    with pytest.raises(errors.Ambiguous, match="1, 2"):
        plan_for(Volume(), wanted(), backend)
    assert plan_for(Volume(), wanted("1"), backend).subject["id"] == "1"


def test_snapshots_are_deleted_with_their_volume_only_when_asked():
    backend = Memory(volume=[volume("a")], volume_snapshot=[snapshot("s", "a")])
    with pytest.raises(errors.Conflict, match="cascade"):
        plan_for(Volume(), wanted(state="absent"), backend)
    plan = plan_for(Volume(), wanted(state="absent", cascade=True), backend)
    assert [step.risk for step in plan.steps] == ["cascade"] and plan.prediction(plan.subject) is None


def test_an_id_that_is_not_there_is_not_a_name_for_a_new_volume():
    with pytest.raises(errors.NotFound, match="given id"):
        plan_for(Volume(), wanted("12345678-1234-1234-1234-123456789abc", size=1), Memory())


def test_exact_metadata_keep_the_marks_of_the_collection():
    kept = marks.once("revert", "w")
    backend = Memory(volume=[volume("a", metadata={"old": "x"}, marks=kept)])
    (step,) = plan_for(Volume(), wanted(metadata={"new": 1}, metadata_mode="exact"), backend).steps
    assert step.verb == "replace_metadata" and step.args["metadata"] == {"new": "1", **kept}
    assert step.changes["metadata"] == ({"old": "x"}, {"new": "1"})


@pytest.mark.parametrize("mode", ["merge", "exact"])
def test_a_null_is_no_metadata(mode):
    """It would be kept as the text None. It may mean no text, no such key, or a variable that was forgotten."""
    for backend in (Memory(volume=[volume("a", metadata={"k": "v"})]), Memory()):
        with pytest.raises(errors.Invalid, match="k is null"):
            plan_for(Volume(), wanted(size=1, metadata={"k": None}, metadata_mode=mode), backend)


text = st.text(min_size=1, max_size=20)
states = st.fixed_dictionaries(
    {
        "size": st.integers(1, 5),
        "description": st.none() | text,
        "metadata": st.dictionaries(text, text, max_size=3),
        "readonly": st.booleans(),
        "bootable": st.booleans(),
    }
)
wishes = st.fixed_dictionaries(
    {},
    optional={
        "size": st.integers(1, 9),
        "description": text,
        "metadata": st.dictionaries(text, text, max_size=3),
        "metadata_mode": st.sampled_from(["merge", "exact"]),
        "readonly": st.booleans(),
        "bootable": st.booleans(),
        "new_name": text,
    },
)


@given(now=states, wish=wishes)
def test_what_was_done_is_what_was_predicted_and_is_not_done_again(now, wish):
    backend = Memory(volume=[volume("a", **now)])
    params = wanted("a", **wish)
    if wish.get("size", now["size"]) < now["size"]:
        with pytest.raises(errors.Invalid):
            plan_for(Volume(), params, backend)
        return
    plan = plan_for(Volume(), params, backend)
    item = Item(0, params, plan=plan, subject=plan.subject)
    Executor(backend, Pace(timeout=5, interval=0.01)).run([item])
    assert item.error is None
    assert plan.changed == bool(plan.steps) == item.changed
    real = backend.resources["volume"]["a"]
    assert {k: real[k] for k in plan.diff()["after"]} == plan.diff()["after"]
    assert {k: plan.prediction(plan.subject)[k] for k in plan.diff()["after"]} == plan.diff()["after"]
    untouched = set(now) - set(wish)
    assert all(real[k] == now[k] for k in untouched)
    assert not plan_for(Volume(), params, backend).steps


# ---- actions


def action(verb, **values):
    return {"volume": "a", "action": verb, "migration_policy": "never", "force": False, **values}


@pytest.mark.parametrize(
    ("verb", "now", "params", "says"),
    [
        ("extend", {"status": "attaching"}, {"new_size": 2}, "available or in-use"),
        ("extend", {"size": 3}, {"new_size": 2}, "only grow"),
        ("attach", {"status": "error"}, {"instance": "i", "mountpoint": "/dev/vdb"}, "available"),
        ("unmanage", {"status": "in-use"}, {}, "available"),
        ("migrate", {"status": "error"}, {"host": "h"}, "available or in-use"),
        ("migrate", {"group_id": "g"}, {"host": "h"}, "group g"),
        ("migrate", {"replication_status": "enabled"}, {"host": "h"}, "replicated"),
        ("migrate", {"migration_status": "target:b"}, {"host": "h"}, "migrated into"),
        ("reserve", {"status": "in-use"}, {}, "available"),
        ("unreserve", {"status": "available-x"}, {}, "attaching"),
        ("begin_detaching", {"status": "available"}, {}, "in-use"),
        ("roll_detaching", {"status": "available"}, {}, "detaching"),
        ("terminate_connection", {"status": "available"}, {"connector": {}}, "in-use"),
        ("set_readonly", {"status": "in-use"}, {"readonly": True}, "available"),
        ("upload_image", {"status": "in-use"}, {"image_name": "i"}, "Set force"),
        ("revert", {"status": "in-use"}, {}, "available"),
        ("reimage", {"status": "reserved"}, {"image": "i"}, "reimage_reserved"),
        ("extend", {}, {"new_size": 2, "once": "w"}, "once is for"),
        ("revert", {}, {"once": "w" * 256}, "once is longer than the 255 characters"),
    ],
)
def test_preconditions_are_checked_before_anything_is_sent(verb, now, params, says):
    image = {"id": "i", "name": "i", "status": "active", "created_at": None}
    backend = Memory(volume=[volume("a", **now)], volume_snapshot=[], image=[image])
    with pytest.raises(errors.StorageError, match=says):
        plan_for(VolumeAction(), action(verb, **params), backend)
    assert backend.performed == []


def test_snapshots_hinder_a_migration_and_only_the_newest_is_reverted_to():
    older = snapshot("s1", "a", created_at="2026-11-20T10:00:00Z")
    newer = snapshot("s2", "a", created_at="2026-11-20T11:00:00Z")
    backend = Memory(volume=[volume("a")], volume_snapshot=[older, newer])
    with pytest.raises(errors.Conflict, match="snapshots"):
        plan_for(VolumeAction(), action("migrate", host="h"), backend)
    with pytest.raises(errors.Conflict, match="newest snapshot, s2"):
        plan_for(VolumeAction(), action("revert", snapshot="s1"), backend)
    (step,) = plan_for(VolumeAction(), action("revert"), backend).steps
    assert step.args == {"snapshot_id": "s2"}


def test_a_word_of_once_is_done_once():
    backend = Memory(volume=[volume("a", once={"revert": "w1"})], volume_snapshot=[snapshot("s", "a")])
    assert not plan_for(VolumeAction(), action("revert", once="w1"), backend).steps
    plan = plan_for(VolumeAction(), action("revert", once="w2"), backend)
    assert verbs(plan) == ["revert", "merge_metadata"]


def test_several_attachments_are_ambiguous():
    attached = [
        {"attachment_id": f"t{n}", "server_id": f"i{n}", "host_name": None, "device": None, "attached_at": None}
        for n in (1, 2)
    ]
    backend = Memory(volume=[volume("a", status="in-use", attachments=attached)])
    with pytest.raises(errors.Ambiguous, match="t1, t2"):
        plan_for(VolumeAction(), action("detach"), backend)
    (step,) = plan_for(VolumeAction(), action("detach", instance="i2"), backend).steps
    assert step.args == {"attachment_id": "t2"}
    assert not plan_for(VolumeAction(), action("detach", instance="i3"), backend).steps


def attached_to(*hosts):
    """A volume that hosts have, each as another device; None for one that the login is not told."""
    return volume("a", status="in-use", host=None, attachments=[
        {"attachment_id": f"t{n}", "server_id": None, "host_name": host, "device": f"/dev/vd{n}", "attached_at": None}
        for n, host in enumerate(hosts)
    ])  # fmt: skip


@pytest.mark.parametrize("verb", ["detach", "force_detach"])
def test_a_host_that_is_hidden_from_the_login_is_no_reason_to_do_nothing(verb):
    """Cinder tells administrators alone which host has a volume: what a member names by it is never found."""
    backend = Memory(volume=[attached_to(None, None)])
    with pytest.raises(errors.Conflict, match="attachment or mountpoint"):
        plan_for(VolumeAction(), action(verb, host_name="h"), backend)
    for named in ({"host_name": "h", "mountpoint": "/dev/vd1"}, {"mountpoint": "/dev/vd1"}, {"attachment": "t1"}):
        (step,) = plan_for(VolumeAction(), action(verb, **named), backend).steps
        assert step.args == {"attachment_id": "t1"}
    told = Memory(volume=[attached_to("h", "i")])
    (step,) = plan_for(VolumeAction(), action(verb, host_name="i"), told).steps
    assert step.args == {"attachment_id": "t1"}
    for elsewhere in ({"host_name": "j"}, {"mountpoint": "/dev/vdz"}, {"host_name": "h", "mountpoint": "/dev/vd1"}):
        assert not plan_for(VolumeAction(), action(verb, **elsewhere), told).steps


@pytest.mark.parametrize(
    ("seen", "over", "failed"),
    [
        # a retype that ends at the type is a success, whatever migration_status says
        ({"volume_type": "beta", "status": "available", "migration_status": "error"}, True, False),
        ({"volume_type": "beta", "status": "available", "migration_status": None}, True, False),
        ({"volume_type": "alpha", "status": "retyping"}, False, False),
        ({"volume_type": "alpha", "status": "available", "migration_status": "migrating"}, False, False),
        ({"volume_type": "alpha", "status": "available", "migration_status": "error"}, False, True),
    ],
)
def test_a_retype_is_judged_by_where_it_ends(seen, over, failed):
    backend = Memory(volume=[volume("a")], volume_type=TYPES)
    (step,) = plan_for(VolumeAction(), action("retype", new_type="beta"), backend).steps
    now = volume("a", **{"volume_type_id": None, **seen})
    assert step.until.done(now) == over
    assert bool(step.until.failed(now)) == failed


@pytest.mark.parametrize(
    ("seen", "over", "failed"),
    [
        ({"volume_type": "alpha", "status": "retyping"}, False, ""),
        ({"volume_type": "beta", "status": "in-use"}, True, ""),
        ({"volume_type": "alpha", "status": "available"}, False, "it kept the type alpha"),
        ({"volume_type": "gamma", "status": "available", "migration_status": "success"}, False, "has the type gamma"),
        ({"volume_type": "alpha", "status": "error"}, False, "status is error"),
    ],
)
@pytest.mark.parametrize("module", ["volume", "volume_action"])
def test_a_retype_that_is_under_way_is_waited_for_and_may_fail(module, seen, over, failed):
    backend = Memory(volume=[volume("a", status="retyping")], volume_type=TYPES)
    if module == "volume":
        plan = plan_for(Volume(), wanted(volume_type="beta", retype=True), backend)
    else:
        plan = plan_for(VolumeAction(), action("retype", new_type="beta"), backend)
    assert verbs(plan) == ["wait"] and not plan.changed
    now = volume("a", **{"volume_type_id": None, **seen})
    assert plan.steps[0].until.done(now) == over
    assert failed in (plan.steps[0].until.failed(now) or "") and bool(plan.steps[0].until.failed(now)) == bool(failed)


def test_what_is_left_to_do_follows_what_is_under_way():
    """A run of volume was killed in its first step: the others are those of a volume at rest."""
    backend = Memory(volume=[volume("a", status="retyping")], volume_type=TYPES)
    plan = plan_for(Volume(), wanted(volume_type="beta", retype=True, size=2, readonly=True), backend)
    assert verbs(plan) == ["wait", "extend", "set_readonly"]
    plan = plan_for(Volume(), wanted(size=2, readonly=True), Memory(volume=[volume("a", status="extending")]))
    assert verbs(plan) == ["wait", "set_readonly"]


def test_an_extension_to_another_size_that_is_under_way_says_what_to_do():
    backend = Memory(volume=[volume("a", status="extending")])
    for plan in (
        plan_for(Volume(), wanted(size=8), backend),
        plan_for(VolumeAction(), action("extend", new_size=8), backend),
    ):
        (step,) = plan.steps
        assert step.verb == "wait" and step.until.failed(volume("a", status="extending")) is None
        assert step.until.done(volume("a", size=8))
        assert step.until.failed(volume("a", size=5)) == "it was extended to 5 GiB, run the task again for 8 GiB"
        assert step.until.failed(volume("a", status="error_extending")) == "its status is error_extending"


@pytest.mark.parametrize(
    ("seen", "over", "failed"),
    [
        ({"migration_status": "migrating"}, False, ""),
        ({"migration_status": "completing", "host": "h"}, False, ""),
        ({"migration_status": "success", "host": "h"}, True, ""),
        ({"migration_status": "success", "host": "elsewhere"}, False, "it is on elsewhere"),
        ({"migration_status": None}, False, "it is on lab@alpha#alpha"),
        ({"migration_status": "error"}, False, "migration_status error"),
    ],
)
def test_a_migration_that_is_under_way_is_waited_for_and_may_fail(seen, over, failed):
    backend = Memory(volume=[volume("a", migration_status="starting")], volume_snapshot=[snapshot("s", "a")])
    (step,) = plan_for(VolumeAction(), action("migrate", host="h"), backend).steps
    assert step.verb == "wait"
    assert step.until.done(volume("a", **seen)) == over
    assert failed in (step.until.failed(volume("a", **seen)) or "")
    assert bool(step.until.failed(volume("a", **seen))) == bool(failed)


SAME, OTHER = {"image_metadata": {"image_id": "i"}}, {"image_metadata": {"image_id": "j"}}


@pytest.mark.parametrize(
    ("now", "seen", "over", "failed"),
    [
        # one from this image already: that it still is tells nothing
        ({**SAME}, {**SAME, "status": "error"}, False, "status is error"),
        ({**SAME}, {**SAME, "status": "downloading"}, False, ""),
        ({**SAME}, {**SAME, "status": "available"}, True, ""),
        ({**OTHER}, {**OTHER, "status": "error"}, False, "status is error"),
        ({**OTHER, "status": "error"}, {**SAME, "status": "error"}, True, ""),
        # one that a killed run has begun
        ({**SAME, "status": "downloading"}, {**SAME, "status": "error"}, False, "status is error"),
        ({**OTHER, "status": "downloading"}, {**OTHER, "status": "error"}, False, "status is error"),
        ({**OTHER, "status": "downloading"}, {**SAME, "status": "error"}, True, ""),
        ({**OTHER, "status": "downloading"}, {**SAME, "status": "reserved"}, True, ""),
        ({**OTHER, "status": "downloading"}, {**OTHER, "status": "available"}, False, "another image"),
    ],
)
def test_a_reimage_is_judged_by_its_image_and_its_status(now, seen, over, failed):
    image = {"id": "i", "name": "i", "status": "active", "created_at": None}
    backend = Memory(volume=[volume("a", **now)], image=[image])
    (step,) = plan_for(VolumeAction(), action("reimage", image="i", force=True), backend).steps
    assert step.until.done(volume("a", **seen)) == over
    assert failed in (step.until.failed(volume("a", **seen)) or "")
    assert bool(step.until.failed(volume("a", **seen))) == bool(failed)


class Foreign(Memory):
    """What there is belongs to other projects: seen by one who looks in all."""

    def observe(self, kind, refs, scope):
        found = super().observe(kind, refs, scope)
        return found if scope.get("all_projects") else []


@pytest.mark.parametrize(("verb", "params"), [("extend", {"new_size": 2}), ("revert", {"snapshot": "s"})])
def test_what_belongs_to_another_project_is_found_with_its_snapshots_and_waited_for(verb, params):
    """Without the scope, the poll of many volumes would be a list that has none of them, and one request for each."""
    backend = Foreign(volume=[volume("a")], volume_snapshot=[snapshot("s", "a")])
    backend.perform = lambda kind, verb, ident, args: backend.resources[kind][ident].update(size=2)
    with pytest.raises(errors.NotFound):
        plan_for(VolumeAction(), action(verb, **params), backend)
    asked = action(verb, all_projects=True, **params)
    plan = plan_for(VolumeAction(), asked, backend)
    item = Item(0, asked, plan=plan, subject=plan.subject)
    Executor(backend, Pace(timeout=5, interval=0.01)).run([item])
    assert item.error is None and verbs(plan) == [verb]


@pytest.mark.parametrize("status", ["in-use", "attaching", "detaching"])
def test_a_connection_is_ended_wherever_one_can_be(status):
    backend = Memory(volume=[volume("a", status=status)])
    assert verbs(plan_for(VolumeAction(), action("terminate_connection", connector={}), backend))


def test_every_verb_says_what_it_needs():
    assert {need[1] for need in NEEDS} <= set(VERBS)
    assert len(VERBS) == 24


# ---- snapshots


def test_a_snapshot_of_a_volume_in_use_is_taken_only_when_asked():
    backend = Memory(volume=[volume("a", status="in-use")])
    params = {"name": "s", "volume": "a", "state": "present", "metadata_mode": "merge", "force": False}
    with pytest.raises(errors.Conflict, match="Set force"):
        plan_for(VolumeSnapshot(), params, backend)
    (step,) = plan_for(VolumeSnapshot(), {**params, "force": True}, backend).steps
    assert step.risk == "force"


def test_a_snapshots_name_counts_within_its_volume():
    backend = Memory(
        volume=[volume("a"), volume("b")], volume_snapshot=[snapshot("1", "a", name="s"), snapshot("2", "b", name="s")]
    )
    params = {"name": "s", "volume": "b", "state": "present", "metadata_mode": "merge", "force": False}
    assert plan_for(VolumeSnapshot(), params, backend).subject["id"] == "2"
    with pytest.raises(errors.Ambiguous):
        plan_for(VolumeSnapshot(), {**params, "volume": None}, backend)
    gone = plan_for(VolumeSnapshot(), {**params, "volume": "gone", "state": "absent"}, backend)
    assert not gone.steps


# ---- adopting

HOST = "lab@alpha#alpha"


def adopt(**values):
    ref = {"source-name": "f1"}
    return {
        "state": "managed",
        "host": HOST,
        "cluster": None,
        "reference": ref,
        "name": "a",
        "volume_type": None,
        **values,
    }


def entry(name, **values):
    return {
        "reference": {"source-name": name},
        "size": 1,
        "safe_to_manage": True,
        "reason_not_safe": None,
        "cinder_id": None,
        "extra_info": None,
        **values,
    }


def test_what_was_adopted_is_recognised_after_the_driver_renamed_it():
    mark = marks.managed_from(HOST, {"source-name": "f1"})
    backend = Memory(volume=[volume("v", managed_from=mark)], manageable_volume=[])
    backend.resources["manageable_volume"] = {"x": entry("volume-v", cinder_id="v", safe_to_manage=False)}
    plan = plan_for(ManageableVolume(), adopt(), backend)
    assert not plan.steps and plan.subject["id"] == "v"


@pytest.mark.parametrize(
    ("status", "verbs"),
    [("creating", ["wait"]), ("managing", ["wait"]), ("error", ["manage"]), ("available", ["manage"])],
)
def test_what_is_offered_still_may_be_on_its_way(status, verbs):
    """A run was killed while it adopted: the next one waits for that. What only has the mark is another."""
    mark = marks.managed_from(HOST, {"source-name": "f1"})
    backend = Memory(volume=[volume("v", status=status, managed_from=mark)])
    backend.resources["manageable_volume"] = {0: entry("f1")}
    assert [step.verb for step in plan_for(ManageableVolume(), adopt(), backend).steps] == verbs


class Adopting(Memory):
    """It offers f1 and what bears its mark, and notes the mark of what it adopts."""

    def __init__(self, **left):
        mark = marks.managed_from(HOST, {"source-name": "f1"})
        super().__init__(volume=[volume(name, **values, managed_from=mark) for name, values in left.items()])
        self.resources["manageable_volume"] = {0: entry("f1")}

    def _effect(self, kind, verb, ident, args):
        made = super()._effect(kind, verb, ident, args)
        if verb == "manage":
            mark = marks.split_marks(dict(args["metadata"])).managed_from
            self.resources[kind][made["id"]]["managed_from"] = mark
        return made


def adopted(backend):
    plan = plan_for(ManageableVolume(), adopt(), backend)
    item = Item(0, adopt(), plan=plan, subject=plan.subject)
    Executor(backend, Pace(timeout=5, interval=0.05)).run([item])
    assert item.error is None and item.changed and item.subject["id"].startswith("new-")
    return item


@pytest.mark.parametrize("status", ["error", "error_managing"])
def test_an_adoption_that_failed_after_its_run_was_killed_is_released_first(status):
    stays = {"adopted": {"status": "available"}, "in_error_since": {"status": "error"}, "busy": {"size": 0}}
    backend = Adopting(left={"status": status, "size": 0}, **stays)
    item = adopted(backend)
    assert backend.performed == [("unmanage", "left"), ("manage", "a")], "and no other"
    assert "which failed" in item.plan.steps[0].reason
    assert set(backend.resources["volume"]) == {*stays, item.subject["id"]}


def test_where_it_is_offered_no_more_nothing_is_released():
    backend = Adopting(left={"status": "error", "size": 0})
    backend.resources["manageable_volume"] = {0: {**entry("f1"), "reference": {"source-id": "7"}}}
    with pytest.raises(errors.Failed, match="Mend it, or remove it"):
        plan_for(ManageableVolume(), adopt(), backend)


@pytest.mark.parametrize("arrived", [True, False])
def test_a_lost_adoption_is_not_an_older_one_that_failed(arrived):
    backend = Adopting(left={"status": "error"})
    lost = ("manage", errors.LostAnswer("reset", reason="reset"))
    (backend.after if arrived else backend.before).append(lost)
    adopted(backend)
    assert backend.performed == [("manage", "a")] and len(backend.resources["volume"]) == 2


@pytest.mark.parametrize(
    ("entries", "error", "says"),
    [
        ([entry("other")], errors.NotFound, "no volume with source-name f1"),
        ([], errors.NotFound, "no volume"),
        ([entry("f1", safe_to_manage=False, reason_not_safe="in use by X")], errors.Conflict, "in use by X"),
    ],
)
def test_what_cannot_be_adopted_is_refused_before_anything_is_sent(entries, error, says):
    backend = Memory(volume=[])
    backend.resources["manageable_volume"] = dict(enumerate(entries))
    with pytest.raises(error, match=says):
        plan_for(ManageableVolume(), adopt(), backend)


def test_a_reference_that_the_list_cannot_judge_is_left_to_the_driver():
    backend = Memory(volume=[])
    backend.resources["manageable_volume"] = {0: entry("f1")}
    (step,) = plan_for(ManageableVolume(), adopt(reference={"source-id": "77"}), backend).steps
    assert step.verb == "manage"
    # a delete could take the data with it
    assert {step.undo(volume("x", status=status)) for status in ("error", "error_managing")} == {"unmanage"}


@given(st.text(), st.dictionaries(st.text(), st.text() | st.integers() | st.booleans(), max_size=4))
def test_the_mark_of_a_reference_fits_and_tells_references_apart(place, ref):
    mark = marks.managed_from(place, ref)
    assert len(mark) <= marks.LONGEST
    assert mark == marks.managed_from(place, dict(reversed(list(ref.items()))))
    assert mark != marks.managed_from(place, {**ref, "one more": "x"})


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8)))
def test_marks_come_out_of_the_metadata_and_go_back(metadata):
    kept = {**marks.once("revert", "w"), **marks.managed("h", {"a": "b"})}
    whole = {**metadata, **kept}
    found = marks.split_marks(whole)
    assert (
        found.once == {"revert": "w"} and found.entries == kept and {**whole, **found.entries} == {**metadata, **kept}
    )
