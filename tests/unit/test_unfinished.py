# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a killed run has left half done goes on first, as a step of the plan."""

from __future__ import annotations

from typing import Any

import pytest
from memory import Memory, plan_for, snapshot, volume

from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan
from ansible_collections.unified.storage.plugins.module_utils._module.manageable import ManageableVolume
from ansible_collections.unified.storage.plugins.module_utils._module.volume import Volume
from ansible_collections.unified.storage.plugins.module_utils._module.volume_action import VolumeAction

DEFAULTS = {"state": "present", "retype": False, "migration_policy": "never", "cascade": False, "force": False}


def verbs(plan: Plan) -> list[str]:
    return [step.verb for step in plan.steps]


def act(action: str, status: str, **options: Any) -> Plan:
    found = volume("v", status=status, unfinished=True, attachments=options.pop("attachments", []))
    world = Memory(volume=[found], volume_snapshot=[snapshot("s", "v")], volume_type=[{"id": "beta", "name": "beta"}])
    return plan_for(VolumeAction(), {"volume": "v", "action": action, "migration_policy": "never", **options}, world)


@pytest.mark.parametrize(
    ("action", "status", "options", "wanted"),
    [
        ("extend", "extending", {"new_size": 2}, ["resume", "extend"]),
        ("extend", "retyping", {"new_size": 1}, ["resume"]),
        ("retype", "retyping", {"new_type": "beta"}, ["resume", "retype"]),
        ("revert", "reverting", {}, ["resume"]),  # to go on with it is to do it
        ("revert", "reverting", {"once": "w"}, ["resume", "merge_metadata"]),
        ("revert", "extending", {}, ["resume", "revert"]),
        ("set_bootable", "creating", {"bootable": True}, ["resume", "set_bootable"]),
        ("force_delete", "creating", {}, ["force_delete"]),  # what is to go need not be finished
    ],
)
def test_a_verb_comes_after_what_was_begun(
    action: str, status: str, options: dict[str, Any], wanted: list[str]
) -> None:
    plan = act(action, status, **options)
    assert verbs(plan) == wanted and plan.changed


@pytest.mark.parametrize(("begun_with", "wanted"), [("new", ["resume"]), ("old", ["resume", "reimage"])])
def test_what_was_begun_with_other_content_is_not_what_is_asked_for(begun_with: str, wanted: list[str]) -> None:
    found = volume("v", status="downloading", unfinished=True, backend_details={"begun_with": begun_with})
    images = [{"id": name, "name": name, "status": "active", "size": 1} for name in ("old", "new")]
    plan = plan_for(
        VolumeAction(), {"volume": "v", "action": "reimage", "image": "new"}, Memory(volume=[found], image=images)
    )
    assert verbs(plan) == wanted


@pytest.mark.parametrize("all_projects", [None, True])
@pytest.mark.parametrize(("begun_with", "wanted"), [("s", ["resume"]), ("other", ["resume", "revert"])])
def test_what_was_begun_is_told_by_the_snapshots_where_they_were_looked_for(
    all_projects: bool | None, begun_with: str, wanted: list[str]
) -> None:
    found = volume("v", status="reverting", unfinished=True, backend_details={"begun_with": begun_with})
    params = {"volume": "v", "action": "revert", "snapshot": "s", "all_projects": all_projects}
    plan = plan_for(VolumeAction(), params, Memory(volume=[found], volume_snapshot=[snapshot("s", "v")]))
    assert verbs(plan) == wanted


def test_one_in_use_is_in_use_again() -> None:
    plan = act("extend", "extending", new_size=2, attachments=[{"attachment_id": "a", "server_id": "i"}])
    assert [step.args.get("in_use") for step in plan.steps] == [None, True]


def test_a_volume_is_finished_and_then_kept_as_described() -> None:
    world = Memory(volume=[volume("v", status="retyping", unfinished=True)])
    plan = plan_for(Volume(), {**DEFAULTS, "name": "v", "size": 2, "description": "d"}, world)
    assert verbs(plan) == ["resume", "update", "extend"]


def test_a_volume_that_is_to_go_is_not_finished_first() -> None:
    world = Memory(volume=[volume("v", status="creating", unfinished=True)], volume_snapshot=[])
    plan = plan_for(Volume(), {**DEFAULTS, "name": "v", "state": "absent"}, world)
    assert verbs(plan) == ["delete"]


def test_what_is_released_is_finished_first() -> None:
    world = Memory(volume=[volume("v", status="managing", unfinished=True)], volume_snapshot=[])
    plan = plan_for(ManageableVolume(), {"state": "unmanaged", "name": "v"}, world)
    assert verbs(plan) == ["resume", "unmanage"]


def test_what_is_under_way_elsewhere_is_waited_for() -> None:
    world = Memory(volume=[volume("v", status="creating")])
    plan = plan_for(Volume(), {**DEFAULTS, "name": "v"}, world)
    assert verbs(plan) == ["wait"] and not plan.changed
