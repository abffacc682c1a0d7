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
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Item
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


def test_once_is_recorded_after_the_verb():
    backend = Memory(volume=[volume("a")], volume_snapshot=[{**volume("s"), "volume_id": "a"}])
    params = {"volume": "a", "action": "revert", "once": "w1", "snapshot": None}
    items = items_for(backend, [params], VolumeAction)
    assert [step.verb for step in items[0].plan.steps] == ["revert", "merge_metadata"]
