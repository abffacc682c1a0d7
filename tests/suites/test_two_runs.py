# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs at once, and a run that is killed: nothing is there twice, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import Cloud, Playbook, Rest, RunResult, UniqueNames, wait_until

VOLUME, MANAGE = "unified.storage.volume", "unified.storage.manageable_volume"
Task = dict[str, Any]


def at_once(playbook: Playbook, task: Task, runs: int = 2) -> list[RunResult]:
    started = [playbook.start([task]) for _ in range(runs)]
    return [running.wait().assert_ok() for running in started]


def living(rest: Rest, name: str) -> list[dict[str, Any]]:
    """What has the name when everything has come to rest."""

    def look() -> dict[str, Any]:
        found = rest.named(name)
        return {"found": found, "busy": [v for v in found if v["status"] in ("creating", "deleting", "managing")]}

    found: list[dict[str, Any]] = rest.until(look, lambda seen: not seen["busy"])["found"]
    return found


# ---- two runs at once


@pytest.mark.parametrize("seconds", [0, 1, 3])
def test_the_same_volume(cloud: Cloud, playbook: Playbook, rest: Rest, names: UniqueNames, seconds: int) -> None:
    """One remains, and both say which. The slower the driver, the wider the window."""
    name = names("v")
    with cloud.fault("create_volume", "slow", match=name, seconds=seconds):
        first, second = at_once(playbook, {VOLUME: {"name": name, "size": 1}})
    (left,) = living(rest, name)
    assert left["status"] == "available"
    assert first.only["volume"]["id"] == second.only["volume"]["id"] == left["id"]
    assert [first.only.changed, second.only.changed].count(True) == 1, "one of them has made it"
    assert not playbook([{VOLUME: {"name": name, "size": 1}}]).assert_ok().only.changed


def test_three_runs_of_the_same_volume(cloud: Cloud, playbook: Playbook, rest: Rest, names: UniqueNames) -> None:
    """One remains. A run that comes late enough to see the others contend may say so, or take the one that yields."""
    task = {VOLUME: {"name": (name := names("v")), "size": 1}}
    with cloud.fault("create_volume", "slow", match=name, seconds=3):
        runs = [running.wait() for running in [playbook.start([task]) for _ in range(3)]]
    (left,) = living(rest, name)
    assert left["status"] == "available"
    made = [run.only for run in runs if run.only.changed]
    assert [result["volume"]["id"] for result in made] == [left["id"]]
    assert [run.only["error"]["kind"] for run in runs if run.only.failed] in ([], ["ambiguous"])
    assert not playbook([task]).assert_ok().only.changed


def test_the_same_batch(playbook: Playbook, rest: Rest, names: UniqueNames) -> None:
    many = names.many(20)
    task = {VOLUME: {"size": 1, "batch": [{"name": name} for name in many]}}
    first, second = at_once(playbook, task)
    left = {name: living(rest, name) for name in many}
    assert {name: [v["status"] for v in found] for name, found in left.items()} == {
        name: ["available"] for name in many
    }
    ids = [left[name][0]["id"] for name in many]
    for run in (first, second):
        assert [result["volume"]["id"] for result in run.only["results"]] == ids
    again = playbook([task]).assert_ok()
    assert again.only["summary"] == {"total": 20, "changed": 0, "unchanged": 20, "failed": 0}


@pytest.mark.parametrize("seconds", [0, 2])
def test_adopting_the_same_volume(
    cloud: Cloud, playbook: Playbook, rest: Rest, names: UniqueNames, seconds: int
) -> None:
    """One volume, with the data in it."""
    file, name = cloud.add_foreign(names("file")), names("v")
    task = {MANAGE: {"name": name, "host": cloud.host(), "reference": {"source-name": file}}}
    with cloud.fault("manage_existing", "slow", match=file, seconds=seconds):
        first, second = at_once(playbook, task)
    (left,) = living(rest, name)
    assert left["status"] == "available"
    assert first.only["volume"]["id"] == second.only["volume"]["id"] == left["id"]
    assert [first.only.changed, second.only.changed].count(True) == 1
    assert cloud.first_line(left) == f"foreign {file}\n".encode()
    assert not playbook([task]).assert_ok().only.changed


# ---- a run that is killed


def killed_in_the_middle(playbook: Playbook, task: Task, done: Callable[[], int], goal: int) -> None:
    """Start the run, and end it as a crash would when `done` has reached the goal."""
    running = playbook.start([task])
    wait_until(lambda: done() >= goal)
    running.kill()


def completes(playbook: Playbook, task: Task, total: int) -> RunResult:
    """The next run completes it, the one after has nothing to do. Returns the first."""
    second = playbook([task]).assert_ok()
    assert second.only["summary"]["failed"] == 0
    third = playbook([task]).assert_ok()
    assert not third.only.changed
    assert third.only["summary"] == {"total": total, "changed": 0, "unchanged": total, "failed": 0}
    return second


def test_killed_while_it_creates(cloud: Cloud, playbook: Playbook, rest: Rest, names: UniqueNames) -> None:
    many = names.many(16)
    task = {VOLUME: {"size": 1, "batch_concurrency": 2, "batch": [{"name": n, "description": "d"} for n in many]}}

    def made() -> int:
        rows = rest.list("/volumes?limit=1000", "volumes")
        return sum(row["name"] in many for row in rows)

    with cloud.fault("create_volume", "slow", seconds=2, times=6):
        killed_in_the_middle(playbook, task, made, 4)
        assert made() < len(many), "it was over before it was killed"
        second = completes(playbook, task, len(many))
    assert 0 < second.only["summary"]["changed"] < len(many)
    for name in many:
        (left,) = living(rest, name)
        assert (left["status"], left["size"], left["description"]) == ("available", 1, "d")


def test_killed_while_it_extends(cloud: Cloud, playbook: Playbook, rest: Rest, names: UniqueNames) -> None:
    volumes = rest.volumes(names.many(16))
    task = {VOLUME: {"size": 2, "batch_concurrency": 2, "batch": [{"name": v["name"]} for v in volumes]}}

    def begun() -> int:
        rows = rest.list("/volumes/detail?limit=1000", "volumes")
        mine = {v["id"] for v in volumes}
        return sum(row["id"] in mine and (row["status"] != "available" or row["size"] == 2) for row in rows)

    with cloud.fault("extend_volume", "slow", seconds=3, times=6):
        killed_in_the_middle(playbook, task, begun, 4)
        assert begun() < len(volumes), "it was over before it was killed"
        second = completes(playbook, task, len(volumes))
    assert 0 < second.only["summary"]["changed"] < len(volumes)
    for volume in volumes:
        now = rest.show(volume)
        assert (now["status"], now["size"]) == ("available", 2)


def test_an_adoption_that_fails_after_its_run_was_killed(
    cloud: Cloud, playbook: Playbook, rest: Rest, names: UniqueNames
) -> None:
    """The next run releases the record that nobody took back, and adopts."""
    file, name = cloud.add_foreign(names("file")), names("v")
    task = {MANAGE: {"name": name, "host": cloud.host(), "reference": {"source-name": file}}}
    with (
        cloud.fault("manage_existing", "slow", match=file, seconds=4),
        cloud.fault("manage_existing", match=file, message="the array is on strike"),
    ):
        killed_in_the_middle(playbook, task, lambda: len(rest.named(name)), 1)
        (left,) = living(rest, name)
    assert (left["status"], left["size"]) == ("error", 0), "it was over before it was killed"
    foreseen = playbook([task], check=True).assert_ok().only
    assert [step["verb"] for step in foreseen["plan"]] == ["unmanage", "manage"]
    assert left["id"] in foreseen["plan"][0]["target"]
    assert playbook([task]).assert_ok().only.changed
    (adopted,) = living(rest, name)
    assert adopted["status"] == "available" and adopted["id"] != left["id"]
    assert cloud.first_line(adopted) == f"foreign {file}\n".encode()
    assert not playbook([task]).assert_ok().only.changed


def test_killed_while_it_adopts(cloud: Cloud, playbook: Playbook, rest: Rest, names: UniqueNames) -> None:
    files = {name: cloud.add_foreign(f"{name}-file") for name in names.many(10)}
    task = {
        MANAGE: {
            "host": cloud.host(),
            "batch_concurrency": 2,
            "batch": [{"name": name, "reference": {"source-name": file}} for name, file in files.items()],
        }
    }

    def made() -> int:
        return sum(row["name"] in files for row in rest.list("/volumes?limit=1000", "volumes"))

    with cloud.fault("manage_existing", "slow", seconds=2, times=4):
        killed_in_the_middle(playbook, task, made, 3)
        assert made() < len(files), "it was over before it was killed"
        completes(playbook, task, len(files))
    for name, file in files.items():
        (left,) = living(rest, name)
        assert left["status"] == "available" and cloud.first_line(left) == f"foreign {file}\n".encode()
    assert not [p for p in cloud.store().iterdir() if p.name in files.values()]
