# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""batch: many in one task, each with its own outcome, few requests, and nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from harness import Cloud, Playbook, RequestLog, Rest, TaskResult, UniqueNames
from harness.requestlog import Entries
from harness.seldom import OFTEN

VOLUME = "unified.storage.volume"
ALPHA = "lab@alpha#alpha"
COUNT, MANY = (80, 50) if OFTEN else (200, 100)
SHRINKS, NO_TYPE, BREAKS, LARGER = 5, 20, 60, 31
"""Places in the batch: three that fail, and one that has a size of its own"""
DEFAULTS = {"size": 1, "description": "of the fleet", "metadata": {"fleet": True}}


@dataclass(frozen=True)
class Fleet:
    """COUNT volumes, asked for twice in one task each."""

    names: list[str]
    first: TaskResult
    first_rc: int
    second: TaskResult
    again: Entries
    """What the second task asked"""


@pytest.fixture(scope="module")
def fleet(
    playbook: Playbook, cloud: Cloud, rest: Rest, module_names: UniqueNames, request_log: RequestLog
) -> Iterator[Fleet]:
    names = module_names.many(COUNT)
    rest.volume(names[SHRINKS], 2)
    entries: list[dict[str, Any]] = [{"name": name} for name in names]
    entries[NO_TYPE]["volume_type"] = "no-such-type"
    entries[LARGER] |= {"size": 2, "description": "larger"}
    task = {VOLUME: {**DEFAULTS, "batch": entries}}
    with cloud.fault("create_volume", match=names[BREAKS], message="disk on fire"):
        first = playbook([task], keep_going=False)
        mark = request_log.mark()
        second = playbook([task])
        again = request_log.since(mark)
    yield Fleet(names, first.only, first.rc, second.only, again)
    gone = {VOLUME: {"state": "absent", "batch": [{"name": name} for name in names]}}
    playbook([gone])  # quicker than one by one; what is left is purged with the names


FAILURES = [
    (SHRINKS, "invalid", "cannot shrink"),
    (NO_TYPE, "not_found", "no-such-type"),
    (BREAKS, "failed", "Driver failed to create the volume"),
]


@pytest.mark.parametrize(("place", "kind", "text"), FAILURES)
def test_each_failure_says_why(fleet: Fleet, place: int, kind: str, text: str) -> None:
    for task in (fleet.first, fleet.second):
        result = task["results"][place]
        assert (result["failed"], result["changed"], result["error"]["kind"]) == (True, False, kind), result
        assert text in result["msg"]
        assert f"{place + 1}: {result['msg']}" in task.msg


def test_the_task_fails_at_the_end(fleet: Fleet) -> None:
    assert (fleet.first_rc, fleet.first.status, fleet.first.changed) == (2, "failed", True)
    assert fleet.first.msg.startswith(f"3 of {COUNT} entries failed: ")
    assert fleet.first.kind == "invalid", "the first failure's"
    assert fleet.first["summary"] == {"total": COUNT, "changed": COUNT - 3, "unchanged": 0, "failed": 3}


def test_all_others_are_done_in_order(fleet: Fleet, rest: Rest) -> None:
    results = fleet.first["results"]
    assert [result["item"]["name"] for result in results] == fleet.names
    failed = {n for n, result in enumerate(results) if result["failed"]}
    assert failed == {SHRINKS, NO_TYPE, BREAKS}
    assert all(r["changed"] and r["volume"]["status"] == "available" for r in results if not r["failed"])
    there = {v["name"]: v for v in rest.list("/volumes/detail?all_tenants=1", "volumes") if v["name"] in fleet.names}
    assert set(there) == {name for n, name in enumerate(fleet.names) if n not in (NO_TYPE, BREAKS)}
    assert {r["volume"]["id"] for r in results if not r["failed"]} == {
        v["id"] for name, v in there.items() if name != fleet.names[SHRINKS]
    }


def test_entries_inherit_from_the_task(fleet: Fleet, rest: Rest) -> None:
    wanted = {"size": 1, "description": "of the fleet", "metadata": {"fleet": "true"}}
    for place, own in ((0, {}), (LARGER, {"size": 2, "description": "larger"})):
        result = fleet.first["results"][place]
        volume = rest.show(result["volume"]["id"])
        assert {k: volume[k] for k in wanted} == {**wanted, **own}
        assert result["item"] == {"name": fleet.names[place], **own}, "the entry as it was given"


def test_the_second_run_does_nothing_twice(fleet: Fleet, rest: Rest) -> None:
    assert fleet.second["summary"] == {"total": COUNT, "changed": 0, "unchanged": COUNT - 3, "failed": 3}
    made = [v for v in rest.list("/volumes/detail?all_tenants=1", "volumes") if v["name"] in fleet.names]
    assert Counter(v["name"] for v in made).most_common(1)[0][1] == 1
    # the one that breaks is tried again, and its remains are taken away again
    writes = fleet.again.writes()
    assert [w.method for w in writes] == ["POST", "DELETE"], [str(w) for w in writes]
    assert not any(v["id"] in w.path for v in made for w in writes)


def test_many_extends_in_few_requests(fleet: Fleet, playbook: Playbook, rest: Rest, request_log: RequestLog) -> None:
    chosen = [r["volume"]["id"] for n, r in enumerate(fleet.first["results"]) if not r["failed"] and n != LARGER][:MANY]
    task = {"unified.storage.volume_action": {"action": "extend", "new_size": 3,
                                              "batch": [{"volume": ident} for ident in chosen]}}  # fmt: skip
    mark = request_log.mark()
    run = playbook([task]).assert_ok().only
    asked = request_log.since(mark)
    assert run["summary"] == {"total": MANY, "changed": MANY, "unchanged": 0, "failed": 0}
    writes = [w for w in asked.writes() if any(ident in w.path for ident in chosen)]
    assert len(writes) == MANY
    assert {w.keys for w in writes} == {("os-extend",)}
    assert Counter(w.path for w in writes).most_common(1)[0][1] == 1
    # one at the beginning, and then the polls for all that are under way together
    reads = [e for e in asked if e.method == "GET"]
    assert len(reads) <= 40, "\n".join(map(str, reads))
    sizes = {v["id"]: v["size"] for v in rest.list("/volumes/detail?all_tenants=1", "volumes")}
    assert {sizes[ident] for ident in chosen} == {3}

    mark = request_log.mark()
    again = playbook([task]).assert_ok().only
    assert again["summary"] == {"total": MANY, "changed": 0, "unchanged": MANY, "failed": 0}
    assert not request_log.since(mark).writes()
    assert len(request_log.since(mark)) <= 5


def test_the_same_twice_is_invalid(playbook: Playbook, rest: Rest, names: UniqueNames) -> None:
    """By the same name, by name and id, and for one that does not exist yet: they would race."""
    old = rest.volume(names("old"))
    rows = {
        "by name": [{"name": names("old"), "size": 2}, {"name": names("old"), "description": "new"}],
        "by name and id": [{"name": names("old"), "size": 3}, {"name": old["id"], "description": "newer"}],
        "not there yet": [{"name": names("new")}, {"name": names("new"), "description": "other"}],
        "under its new name": [{"name": names("old"), "new_name": names("new")}, {"name": names("new")}],
    }
    run = playbook([{"name": name, VOLUME: {"size": 1, "batch": batch}} for name, batch in rows.items()], check=True)
    for name in rows:
        second = run[name]["results"][1]
        assert run[name].failed, name
        assert second["error"]["kind"] == "invalid", name
        assert "Entries 1 and 2 of batch are about the same volume" in second["msg"], name
    playbook([{VOLUME: {"size": 1, "batch": rows["not there yet"]}}])
    assert len(rest.named(names("new"))) <= 1


def test_an_entry_without_a_name_is_invalid(playbook: Playbook, rest: Rest, names: UniqueNames) -> None:
    """It would make another volume on each run, for nothing is found by no name."""
    entries = [{"name": names("named")}, {"name": ""}, {"name": None}, {}]
    run = playbook([{VOLUME: {"size": 1, "batch": entries}}, {VOLUME: {"size": 1, "name": ""}}])
    first, second = run.tasks
    assert [(r["failed"], r["changed"]) for r in first["results"]] == [(False, True)] + [(True, False)] * 3
    assert {r["error"]["kind"] for r in first["results"][1:]} == {second.kind} == {"invalid"}
    assert len(rest.named(names("named"))) == 1


def test_a_host_that_is_not_there_fails_its_own_entries(
    playbook: Playbook, cloud: Cloud, rest: Rest, names: UniqueNames
) -> None:
    files = [cloud.add_foreign(names(f"file-{n}")) for n in range(2)]
    entries = [
        {"name": names(f"v-{n}"), "host": host, "reference": {"source-name": file}}
        for n, (file, host) in enumerate(zip(files, (ALPHA, "lab@none#none"), strict=True))
    ]
    result = playbook([{"unified.storage.manageable_volume": {"batch": entries}}]).only
    assert [(r["failed"], r["changed"]) for r in result["results"]] == [(False, True), (True, False)]
    assert "lab@none" in result["results"][1]["msg"]
    assert len(rest.named(names("v-0"))) == 1 and not rest.named(names("v-1"))


def test_an_empty_batch_is_no_failure(playbook: Playbook, request_log: RequestLog) -> None:
    modules: dict[str, dict[str, Any]] = {
        VOLUME: {},
        "unified.storage.volume_action": {"action": "set_readonly", "readonly": True},
        "unified.storage.volume_snapshot": {},
        "unified.storage.volume_group": {},
        "unified.storage.manageable_volume": {"host": ALPHA},
        "unified.storage.manageable_snapshot": {},
    }
    for check in (True, False):
        mark = request_log.mark()
        run = playbook([{"name": m, m: {**o, "batch": []}} for m, o in modules.items()], check=check, diff=True)
        run.assert_ok()
        assert not request_log.since(mark).writes()
        for module in modules:
            assert not run[module].changed
            assert run[module]["results"] == []
            assert run[module]["summary"] == {"total": 0, "changed": 0, "unchanged": 0, "failed": 0}


def test_check_mode_says_what_it_would_do(
    playbook: Playbook, rest: Rest, names: UniqueNames, request_log: RequestLog
) -> None:
    grows = rest.volume(names("grows"), metadata={"a": "1"})
    stays = rest.volume(names("stays"), 2)
    batch = [{"name": names("new")}, {"name": names("grows")}, {"name": names("stays")}]
    task = {VOLUME: {"size": 2, "batch": batch}}
    mark = request_log.mark()
    check = playbook([task], check=True, diff=True).assert_ok().only
    assert not request_log.since(mark).writes()
    assert rest.named(names("new")) == []
    assert rest.show(grows) == grows
    assert check["summary"] == {"total": 3, "changed": 2, "unchanged": 1, "failed": 0}
    new, grown = check.diff
    assert names("new") in new["before_header"]
    assert new["after"].items() >= {"state": "present", "size": 2}.items()
    assert grows["id"] in grown["before_header"]
    assert (grown["before"], grown["after"]) == ({"size": 1}, {"size": 2})
    plans = [[(step["verb"], step["outcome"]) for step in result["plan"]] for result in check["results"]]
    assert plans == [[("create", "planned")], [("extend", "planned")], []]
    assert [r["volume"]["size"] for r in check["results"]] == [2, 2, 2]

    run = playbook([task], diff=True).assert_ok().only
    assert run.diff == check.diff
    assert run["summary"] == check["summary"]
    assert rest.show(stays) == stays


def head(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.readline()


def test_twenty_adopted_and_released(
    playbook: Playbook, cloud: Cloud, rest: Rest, names: UniqueNames, request_log: RequestLog
) -> None:
    wanted = names.many(20, "adopted")
    foreign = [cloud.add_foreign(name) for name in names.many(20, "foreign")]
    module = "unified.storage.manageable_volume"
    adopt = [{"reference": {"source-name": f}, "name": n} for f, n in zip(foreign, wanted, strict=True)]
    adopting = {module: {"host": ALPHA, "volume_type": "alpha", "metadata": {"by": "batch"}, "batch": adopt}}
    releasing = {module: {"state": "unmanaged", "batch": [{"name": name} for name in wanted]}}

    def twice(task: dict[str, Any]) -> TaskResult:
        done = playbook([task]).assert_ok().only
        assert done["summary"] == {"total": 20, "changed": 20, "unchanged": 0, "failed": 0}
        mark = request_log.mark()
        again = playbook([task]).assert_ok().only
        assert again["summary"] == {"total": 20, "changed": 0, "unchanged": 20, "failed": 0}
        assert not request_log.since(mark).writes()
        return done

    managed = twice(adopting)["results"]
    assert [result["volume"]["name"] for result in managed] == wanted
    data = [cloud.data(result["volume"]) for result in managed]
    for name, source, path in zip(wanted, foreign, data, strict=True):
        (volume,) = rest.named(name)
        assert volume["metadata"].items() >= {"by": "batch"}.items()
        assert head(path) == f"foreign {source}\n".encode()
    twice(releasing)
    for name, source, path in zip(wanted, foreign, data, strict=True):
        assert rest.named(name) == []
        assert head(path) == f"foreign {source}\n".encode()
        path.unlink()
