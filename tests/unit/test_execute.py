# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The executor: waiting, going on, failing, and what was lost on the way."""

from __future__ import annotations

import pytest
from memory import Memory, plan_for, snapshot, volume

from ansible_collections.unified.storage.plugins.module_utils import _errors as errors
from ansible_collections.unified.storage.plugins.module_utils._engine import execute
from ansible_collections.unified.storage.plugins.module_utils._engine import run as engine
from ansible_collections.unified.storage.plugins.module_utils._engine.execute import Executor, Pace
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Item, Plan, Step
from ansible_collections.unified.storage.plugins.module_utils._module.snapshot_group import SnapshotGroup
from ansible_collections.unified.storage.plugins.module_utils._module.volume import Volume
from ansible_collections.unified.storage.plugins.module_utils._module.volume_action import VolumeAction
from ansible_collections.unified.storage.plugins.module_utils._module.volume_snapshot import VolumeSnapshot

PACE = Pace(timeout=5, interval=0.05)
DEFAULTS = {
    "state": "present",
    "cascade": False,
    "force": False,
    "retype": False,
    "migration_policy": "never",
    "metadata_mode": "merge",
}


def desired(name, **values):
    return {"name": name, **DEFAULTS, **values}


def items_for(backend, wanted, behaviour=Volume):
    items = []
    for index, params in enumerate(wanted):
        plan = plan_for(behaviour(), params, backend)
        items.append(Item(index, params, plan=plan, subject=plan.subject))
    backend.observed.clear()
    return items


def run(backend, *wanted, pace=PACE, behaviour=Volume):
    items = items_for(backend, wanted, behaviour)
    Executor(backend, pace).run(items)
    return items


def test_a_new_volume_is_made_waited_for_and_finished():
    backend = Memory()
    backend.delay = 2
    (item,) = run(backend, desired("db", size=3, readonly=True))
    assert [verb for verb, _ in backend.performed] == ["create", "set_readonly"]
    assert item.outcomes == ["done", "done"]
    assert (item.subject["status"], item.subject["readonly"], item.changed) == ("available", True, True)


def test_hundreds_are_waited_for_with_few_observations():
    backend = Memory(volume=[volume(f"v{n}") for n in range(300)])
    backend.delay = 1
    items = run(backend, *[desired(f"v{n}", size=2) for n in range(300)])
    assert all(item.error is None and item.subject["size"] == 2 for item in items)
    assert len(backend.performed) == 300
    assert len(backend.observed) < 100


def test_one_that_fails_does_not_stop_the_others():
    backend = Memory(volume=[volume("a"), volume("b"), volume("c")])
    backend.before.append(("extend", errors.Quota("extend of volume: no more gigabytes")))
    items = run(backend, *[desired(name, size=2) for name in "abc"])
    assert sorted(item.error is None for item in items) == [False, True, True]
    (failed,) = [item for item in items if item.error]
    assert failed.error.kind == "quota" and not failed.changed


def test_what_failed_after_it_had_changed_something_says_so():
    backend = Memory(volume=[volume("a")])
    refused = errors.Failed("The volume was grown, and its file system was not")
    refused.changed = True
    backend.before.append(("extend", refused))
    (item,) = run(backend, desired("a", size=2))
    assert item.error is refused and item.changed


def test_what_will_not_fit_is_known_before_anything_is_done():
    backend = Memory(volume=[volume("a"), volume("b")])
    foreseen = []

    def foresee(kind, verb, ident, args):
        foreseen.append((verb, ident))
        if len(foreseen) == 3:
            raise errors.Quota("3 GiB are needed, and 2 are free")

    backend.foresee = foresee
    items = [Item(index, desired(name, size=2)) for index, name in enumerate(("new", "a", "b"))]
    engine._plan(Volume(), backend, items, 1)
    assert foreseen == [("create", None), ("extend", "a"), ("extend", "b")]
    assert [item.error is None for item in items] == [True, True, False]
    assert not backend.performed


def test_an_error_state_fails_with_the_services_reason():
    backend = Memory(volume=[volume("a")])
    backend._settle = lambda resource, **values: resource.update(status="error_extending")
    backend.reasons["a"] = "The back end is full."
    (item,) = run(backend, desired("a", size=2))
    assert "The back end is full." in item.error.message
    assert item.error.as_dict()["reason"] == "The back end is full."
    assert item.outcomes == ["failed"]


def test_a_volume_that_could_not_be_made_is_removed_again():
    backend = Memory()
    backend._settle = lambda resource, **values: resource.update(status="error")
    (item,) = run(backend, desired("a", size=2))
    assert item.error.kind == "failed" and item.subject is None
    assert backend.resources["volume"] == {}


def test_a_timeout_says_the_status_and_that_something_was_begun():
    backend = Memory(volume=[volume("a")])
    backend.delay = 10**6
    (item,) = run(backend, desired("a", size=2), pace=Pace(timeout=0.2, interval=0.05))
    assert item.error.kind == "timeout" and "extending" in item.error.message
    assert item.changed


def test_without_wait_the_last_step_is_only_begun():
    backend = Memory(volume=[volume("a")])
    backend.delay = 10**6
    (item,) = run(backend, desired("a", size=2), pace=Pace(wait=False, timeout=1))
    assert item.error is None and item.outcomes == ["started"] and item.changed


@pytest.mark.parametrize("arrived", [True, False])
def test_a_lost_answer_never_doubles_anything(arrived):
    backend = Memory()
    (backend.after if arrived else backend.before).append(("create", errors.LostAnswer("reset", reason="reset")))
    (item,) = run(backend, desired("a", size=2))
    assert item.error is None
    assert len(backend.resources["volume"]) == 1
    assert len(backend.performed) == 1


@pytest.mark.parametrize("arrived", [True, False])
def test_a_lost_answer_to_an_action_is_looked_for(arrived):
    backend = Memory(volume=[volume("a")])
    backend.delay = 2
    (backend.after if arrived else backend.before).append(("extend", errors.LostAnswer("reset", reason="reset")))
    (item,) = run(backend, desired("a", size=2))
    assert item.error is None and item.subject["size"] == 2
    assert backend.performed == [("extend", "a")]


def test_an_answer_that_is_always_lost_is_unreachable():
    backend = Memory(volume=[volume("a")])
    backend.before.extend([("extend", errors.LostAnswer("reset", reason="reset"))] * 5)
    (item,) = run(backend, desired("a", size=2))
    assert item.error.kind == "unreachable" and backend.resources["volume"]["a"]["size"] == 1


def test_a_defect_of_a_back_end_fails_the_item_and_not_the_run():
    backend = Memory(volume=[volume("a"), volume("b")])
    backend.before.append(("extend", ZeroDivisionError("oops")))
    items = run(backend, desired("a", size=2), desired("b", size=2))
    assert sum(item.error is not None for item in items) == 1


def test_what_is_under_way_already_is_waited_for_and_not_done_again():
    backend = Memory(volume=[volume("a", status="creating")])
    backend.later.append((4, lambda: backend.resources["volume"]["a"].update(status="available")))
    (item,) = run(backend, desired("a", size=1))
    assert backend.performed == [] and item.subject["status"] == "available" and not item.changed


class Twin(Memory):
    """Another run makes the same volume at the same moment."""

    def __init__(self, created_at, stays=True):
        super().__init__()
        self.created_at, self.stays = created_at, stays

    def _effect(self, kind, verb, ident, args):
        if verb == "create":
            twin = volume("zzz-twin", name=args["name"], created_at=self.created_at)
            self.resources.setdefault("volume", {})["zzz-twin"] = twin
            if not self.stays:
                self.later.append((4, lambda: self.resources["volume"].pop("zzz-twin", None)))
        return super()._effect(kind, verb, ident, args)


@pytest.mark.parametrize(
    ("created_at", "stays", "kept"),
    [
        ("2026-11-20T09:59:59Z", True, "zzz-twin"),  # older: it stays
        ("2026-11-20T10:00:01Z", True, "new-1"),  # younger: its run yields
        ("2026-11-20T10:00:00Z", False, "new-1"),  # of one second: the smaller id stays, the other run yields
    ],
)
def test_two_runs_at_once_make_one_volume(created_at, stays, kept):
    backend = Twin(created_at, stays)
    (item,) = run(backend, desired("a", size=2))
    assert item.error is None and item.subject["id"] == kept
    assert item.changed == (kept == "new-1")
    left = {i for i, v in backend.resources["volume"].items() if v["status"] != "deleting"}
    assert kept in left and ("new-1" in left) == (kept == "new-1")


def test_of_three_runs_the_middle_one_yields_to_the_oldest():
    backend = Twin("2026-11-20T10:00:01Z")  # a younger one, which is seen first
    backend.resources["volume"] = {}
    backend.later.append(
        (1, lambda: backend.resources["volume"].update(old=volume("old", name="a", created_at="2026-11-20T09:59:59Z")))
    )
    (item,) = run(backend, desired("a", size=2))
    assert item.error is None and item.subject["id"] == "old" and not item.changed


def test_a_twin_that_does_not_yield_is_left_and_named(monkeypatch):
    monkeypatch.setattr(execute, "TWIN_PATIENCE", 0.2)
    backend = Twin("2026-11-20T10:00:00Z")
    (item,) = run(backend, desired("a", size=2))
    assert item.error.kind == "ambiguous" and "zzz-twin" in item.error.message
    assert {v["status"] for v in backend.resources["volume"].values()} == {"available"}


class Quicker(Memory):
    """Another run has made it when this one is about to: a second one is refused."""

    def __init__(self, refusal):
        super().__init__(volume=[volume("v")])
        self.refusal = refusal

    def _effect(self, kind, verb, ident, args):
        self.resources["volume_snapshot"] = {"theirs": snapshot("theirs", "v", name=args["name"])}
        raise self.refusal


@pytest.mark.parametrize("refusal", [errors.Conflict("It exists."), errors.Invalid("It exists.")])
def test_what_another_run_was_quicker_to_make_is_no_error(refusal):
    backend = Quicker(refusal)
    (item,) = run(backend, {"name": "s", "volume": "v", "state": "present"}, behaviour=VolumeSnapshot)
    assert item.error is None and item.subject["id"] == "theirs" and not item.changed
    assert item.outcomes == ["yielded"]


def test_a_refusal_for_another_reason_stays_an_error():
    backend = Quicker(errors.Forbidden("Not you."))
    (item,) = run(backend, {"name": "s", "volume": "v", "state": "present"}, behaviour=VolumeSnapshot)
    assert item.error.kind == "forbidden"


class Removing(Memory):
    """Another run has begun to remove it when this one is about to: the second is refused, as Cinder does."""

    def __init__(self, becomes, refusal):
        super().__init__(volume=[volume("v")])
        self.delay, self.becomes, self.refusal = 2, becomes, refusal

    def _effect(self, kind, verb, ident, args):
        self.resources["volume"]["v"]["status"] = self.becomes
        if self.becomes == "deleting":
            self.later.append((self.delay, lambda: self.resources["volume"].pop("v")))
        raise self.refusal


@pytest.mark.parametrize("refusal", [errors.Conflict("It is busy."), errors.Invalid("Its status must be available.")])
def test_what_another_run_removes_as_well_is_no_error(refusal):
    (item,) = run(Removing("deleting", refusal), desired("v", state="absent"))
    assert item.error is None and item.subject is None and item.outcomes == ["done"]


def test_what_cannot_be_removed_any_more_is_an_error():
    (item,) = run(Removing("in-use", errors.Invalid("Its status must be available.")), desired("v", state="absent"))
    assert item.error.kind == "invalid" and not item.changed


def test_once_is_recorded_after_the_verb():
    backend = Memory(volume=[volume("a")], volume_snapshot=[{**volume("s"), "volume_id": "a"}])
    params = {"volume": "a", "action": "revert", "once": "w1", "snapshot": None}
    items = items_for(backend, [params], VolumeAction)
    assert [step.verb for step in items[0].plan.steps] == ["revert", "merge_metadata"]


# ---- reads that fail on the way


NO_ROUTE = errors.Unreachable("no route", reason="no route")


class Outage(Memory):
    """After the first write, reads fail while `out` says so."""

    def __init__(self, out, error=NO_ROUTE, **resources):
        super().__init__(**resources)
        self.out, self.error, self.reads = out, error, 0

    def observe(self, kind, refs, scope):
        self.reads += 1
        if self.performed and self.out(self):
            raise self.error
        return super().observe(kind, refs, scope)


def test_an_outage_is_waited_out_within_the_tasks_time():
    backend = Outage(lambda self: self.reads < 8, volume=[volume("a"), volume("b")])
    items = run(backend, desired("a", size=2), desired("b", size=2))
    assert [(item.error, item.outcomes, item.subject["size"]) for item in items] == [(None, ["done"], 2)] * 2
    assert len(backend.performed) == 2, "what goes on is not begun again"


@pytest.mark.parametrize("error", [errors.Unreachable("no route"), errors.Forbidden("not any more")])
def test_an_outage_that_does_not_end_fails_and_what_was_begun_is_told(error):
    backend = Outage(lambda self: True, error, volume=[volume("a")])
    (item,) = run(backend, desired("a", size=2), pace=Pace(timeout=0.3, interval=0.05))
    assert item.error is error and item.changed and item.outcomes == ["unfinished"]
    assert backend.reads < 40, "it is asked now and then, not all the time"
    assert (backend.reads > 3) == isinstance(error, errors.Unreachable), "who is refused does not ask again"


def test_an_outage_that_takes_an_answer_is_waited_out_as_well():
    backend = Outage(lambda self: self.reads < 8, volume=[volume("a")])
    backend.after.append(("extend", errors.LostAnswer("reset", reason="reset")))
    (item,) = run(backend, desired("a", size=2))
    assert item.error is None and item.subject["size"] == 2 and backend.performed == [("extend", "a")]


def test_what_is_not_seen_again_after_the_work_is_told_as_it_was_known():
    backend = Outage(lambda self: True, volume=[volume("a")])
    (item,) = run(backend, desired("a", description="new"))
    assert item.error is None and item.changed and item.outcomes == ["done"]
    assert item.subject["id"] == "a"


def test_one_whose_twins_cannot_be_looked_for_says_so_and_what_it_has_made(monkeypatch):
    backend = Outage(lambda self: self.looks)
    backend.looks = False
    look = Executor._yield_to_twins
    monkeypatch.setattr(
        Executor, "_yield_to_twins", lambda self, made: (setattr(backend, "looks", True), look(self, made))
    )
    (item,) = run(backend, desired("a", size=1))
    assert item.error.kind == "unreachable" and "a (new-1) was made" in item.error.message
    assert item.changed and item.subject["id"] == "new-1" and item.error.resource["name"] == "a"


# ---- writes whose answer is lost


class Noting(Memory):
    """Notes when something was changed, as the services do."""

    def _effect(self, kind, verb, ident, args):
        made = super()._effect(kind, verb, ident, args)
        if ident in self.resources[kind]:
            self.resources[kind][ident]["updated_at"] = "2026-11-20T10:00:09Z"
        return made


def lost(verb):
    return (verb, errors.LostAnswer("reset", reason="reset"))


GROUP = {
    "id": "g", "name": "g", "description": None, "status": "available", "created_at": "2026-11-20T10:00:00Z",
    "source": {"kind": "volume_group", "id": "vg", "name": None}, "dependents": [], "once": {}, "backend_details": {},
    "members": [{"snapshot_id": f"s{n}", "name": None, "volume_id": f"v{n}", "share_id": None, "size": 1,
                 "status": "available", "deleted": False} for n in (1, 2)],
}  # fmt: skip


def grouped(**values):
    return Noting(
        volume_group=[{"id": "vg", "name": "vg", "volumes": ["v1", "v2"]}],
        volume=[volume("v1"), volume("v2")],
        volume_snapshot=[snapshot("s1", "v1"), snapshot("s2", "v2")],
        group_snapshot=[dict(GROUP, **each) for each in values.get("groups", [{}])],
    )


@pytest.mark.parametrize("arrived", [True, False])
def test_a_member_is_reverted_once_whatever_gets_lost(arrived):
    backend = grouped()
    (backend.after if arrived else backend.before).append(lost("revert"))
    params = {"name": "g", "volume_group": "vg", "state": "reverted"}
    (item,) = run(backend, params, behaviour=SnapshotGroup)
    assert item.error is None and backend.performed == [("revert", "v1"), ("revert", "v2")]


@pytest.mark.parametrize("arrived", [True, False])
def test_a_group_is_rotated_away_once_whatever_gets_lost(arrived):
    backend = grouped(groups=[{"id": "g1", "name": "n-1"}])
    backend.delay = 3
    backend.resources["group_snapshot"]["n-2"] = {
        **GROUP,
        "id": "n-2",
        "name": "n-2",
        "created_at": "2026-11-21T10:00:00Z",
    }
    (backend.after if arrived else backend.before).append(lost("delete"))
    params = {"name": "n-2", "volume_group": "vg", "state": "present", "keep": 1, "keep_prefix": "n-"}
    (item,) = run(backend, params, behaviour=SnapshotGroup)
    assert item.error is None and backend.performed == [("delete", "g1")]


def test_what_nobody_knows_is_done_again():
    """A part of the subject, of which the plan does not say what it was like."""
    backend = Memory(volume=[volume("a")], volume_snapshot=[snapshot("s", "a", status="in-use")])
    backend.after.append(lost("merge_metadata"))
    step = Step("volume_snapshot", "merge_metadata", "s", "", {"metadata": {"k": "v"}}, ident="s")
    item = Item(0, {}, plan=Plan("volume", volume("a"), [step]), subject=volume("a"))
    Executor(backend, PACE).run([item])
    assert item.error is None and backend.performed == [("merge_metadata", "s")] * 2


def test_what_got_no_usable_answer_says_what_the_service_said():
    backend = Memory(volume=[volume("a")])
    answer = errors.LostAnswer("extend: oops", status=500, request_id="req-7", reason="oops")
    backend.before.extend([("extend", answer)] * 3)
    (item,) = run(backend, desired("a", size=2))
    assert item.error.message.endswith(
        "was sent 3 times and got no usable answer, and no effect of it is to be seen: oops"
    )
    told = item.error.as_dict()
    assert (told["kind"], told["status"], told["request_id"], told["reason"]) == ("unreachable", 500, "req-7", "oops")


# ---- what is taken back


class Stuck(Memory):
    """A new volume lands in error, and cannot be removed."""

    def __init__(self, stays):
        super().__init__()
        self.stays = stays

    def _effect(self, kind, verb, ident, args):
        if verb == "delete":
            self.resources[kind][ident]["status"] = self.stays
            return None
        return super()._effect(kind, verb, ident, args)

    def _settle(self, resource, **values):
        resource.update(status="error")


@pytest.mark.parametrize(
    ("stays", "says"), [("error_deleting", "its status is error_deleting"), ("deleting", "it is still deleting")]
)
def test_what_could_not_be_taken_back_is_told(stays, says, monkeypatch):
    monkeypatch.setattr(execute, "UNDO_PATIENCE", 0.3 if stays == "deleting" else 60)
    (item,) = run(Stuck(stays), desired("a", size=2))
    assert "What it left, a (new-1), could not be removed: " + says in item.error.message
    assert item.changed and item.subject["id"] == "new-1"


# ---- an image that is uploaded


class Uploads(Memory):
    """A volume becomes an image, or does not: the volume is at rest again in any case."""

    def __init__(self, becomes):
        super().__init__(volume=[volume("v")])
        self.becomes = becomes
        self.reasons["v"] = "Copying the volume to the image failed."

    def _effect(self, kind, verb, ident, args):
        if verb != "upload_image":
            return super()._effect(kind, verb, ident, args)
        self.resources["volume"]["v"].update(status="uploading", updated_at="2026-11-20T10:00:09Z")
        self._settle(self.resources["volume"]["v"], status="available")
        image = {"id": "i", "name": args["image_name"], "status": "queued"}
        self.resources["image"] = {"i": image}

        def ends():
            if self.becomes is None:
                self.resources["image"] = {}
            image["status"] = self.becomes

        self.later.append((3, ends))
        return {"image_id": "i"}


UPLOAD = {"volume": "v", "action": "upload_image", "image_name": "nightly"}


def test_an_upload_is_over_when_the_image_is_there():
    backend = Uploads("active")
    (item,) = run(backend, UPLOAD, behaviour=VolumeAction)
    assert item.error is None and item.outcomes == ["done"] * 3
    assert list(backend.resources["volume"]["v"]["metadata"].values()) == ["i"]


@pytest.mark.parametrize(
    ("becomes", "says"), [(None, "the image is gone"), ("killed", "the status of the image is killed")]
)
def test_an_upload_fails_when_the_image_does_not_come(becomes, says):
    backend = Uploads(becomes)
    (item,) = run(backend, UPLOAD, behaviour=VolumeAction)
    assert item.error.kind == "failed"
    assert f"{says}: Copying the volume to the image failed." in item.error.message
    assert backend.resources["volume"]["v"]["metadata"] == {}, "it is not noted as its image"


def test_an_upload_whose_image_cannot_be_told_is_no_key_error():
    backend = Uploads("active")
    backend.after.append(lost("upload_image"))
    (item,) = run(backend, UPLOAD, behaviour=VolumeAction)
    assert item.error.kind == "unreachable" and "which image nightly it became cannot be told" in item.error.message
    assert item.changed and backend.performed == [("upload_image", "v")]
