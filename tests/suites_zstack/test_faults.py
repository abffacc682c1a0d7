# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults between a playbook and the ZStack test server: nothing is made twice, nothing is called done that is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import wait_until

GROUP = "unified.storage.snapshot_group"
POST = {"method": "POST", "path": "/volume-snapshots/group$"}
Names = Callable[[str], str]


def task(made: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {GROUP: {"root_volume": made["root"], "name": "g", **options}}


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "lost_answer", "when": "after", **POST},
        {"fault": "lost_answer", "when": "before", **POST},
        {"fault": "plain_text", "status": 502, "text": "<html>bad gateway</html>", **POST},
        {"fault": "plain_text", "status": 500, "text": "Internal Server Error", **POST},
        {"fault": "expired_session", **POST},
        {"fault": "foreign_host", **POST},
        {"fault": "expired_session", "path": "/api-jobs/"},
        {"fault": "plain_text", "status": 503, "text": "not now", "path": "/api-jobs/", "times": 3},
        {"fault": "expired_session", "path": "/v1/volumes$"},
        {"fault": "forgotten_job", "path": "/api-jobs/"},
    ],
    ids=lambda fault: " ".join(str(fault[k]) for k in ("fault", "when", "status", "path") if k in fault),
)
def test_one_group_comes_of_it(tasks: Any, server: Any, witness: Any, names: Names, fault: dict[str, Any]) -> None:
    made = witness.vm(names("vm"), 1)
    # A job is forgotten hours after its end, and never before.
    seconds = 0 if fault["fault"] == "forgotten_job" else 0.4
    server.faults.add([{"fault": "slow_job", "seconds": seconds, **POST}, fault])
    run = tasks([task(made), task(made)]).assert_ok()
    assert [t.changed for t in run.tasks] == [True, False]
    assert [g["uuid"] for g in witness.groups(made).values()] == [run.tasks[0]["snapshot_group"]["id"]]
    assert not server.faults.all(), "the fault has struck"


def test_a_session_that_ends_between_two_tasks(tasks: Any, server: Any, witness: Any, names: Names) -> None:
    made = witness.vm(names("vm"), 1)
    tasks([task(made)]).assert_ok()
    server.sessions.clear()
    assert not tasks([task(made)]).assert_ok().only.changed


def test_no_session_is_left_for_us(tasks: Any, server: Any, witness: Any, names: Names) -> None:
    made = witness.vm(names("vm"), 1)
    server.faults.add([{"fault": "sessions_reached"}])
    result = tasks([task(made, auth_cache="false")]).only
    assert (result.failed, result.kind) == (True, "quota")
    assert "log out" in result.msg


def test_a_revert_that_fails_on_one_member(tasks: Any, server: Any, witness: Any, names: Names) -> None:
    """Which member and why; not noted as done, so the next run with the same word does it all."""
    made = witness.vm(names("vm"), 2)
    witness.group(made)
    witness.write(made, "after")
    server.faults.add([{"fault": "partial_failure", "verb": "revert", "member": "DATA-2", "details": "disk on fire"}])
    back = task(made, state="reverted", once="release-7")
    result = tasks([back]).only
    assert (result.failed, result.kind, result.changed) == (True, "failed", True)
    assert f"1 of 3 members failed: g-DATA-2-of-{made['name']}" in result.msg
    assert "disk on fire" in result.msg
    assert [step["outcome"] for step in result["plan"]] == ["failed", "planned"]
    run = tasks([back, back]).assert_ok()
    assert [t.changed for t in run.tasks] == [True, False]
    assert witness.contents(made) == [f"before {v['name']}" for v in made["volumes"]]


def test_a_delete_that_is_partly_done(tasks: Any, server: Any, witness: Any, names: Names) -> None:
    made = witness.vm(names("vm"), 2)
    witness.group(made)
    gone = task(made, state="absent")
    server.faults.add([{"fault": "partial_failure", "verb": "delete", "member": "ROOT", "details": "disk on fire"}])
    result = tasks([gone]).only
    assert (result.failed, result.changed) == (True, True)
    assert f"g-ROOT-for-{made['name']}" in result.msg and "disk on fire" in result.msg
    (left,) = witness.groups(made).values()
    assert [ref["snapshotDeleted"] for ref in left["volumeSnapshotRefs"]] == [False, True, True]
    run = tasks([gone, gone]).assert_ok()
    assert [t.changed for t in run.tasks] == [True, False]
    assert not witness.groups(made)


def test_a_create_that_fails_leaves_nothing_and_says_why(tasks: Any, server: Any, witness: Any, names: Names) -> None:
    made = witness.vm(names("vm"), 1)
    cause = {"code": "HOST.1001", "details": "no space left on device"}
    server.faults.add([{"fault": "failed_job", "details": "failed to take snapshots", "cause": cause, **POST}])
    result = tasks([task(made)]).only
    assert (result.failed, result.kind) == (True, "failed")
    assert "no space left on device" in result.msg
    assert not witness.groups(made)
    assert tasks([task(made)]).assert_ok().only.changed


def test_a_job_that_takes_longer_than_the_task(tasks: Any, server: Any, witness: Any, names: Names) -> None:
    """The task gives up, the job goes on, and the next run finds what it made: not a second one."""
    made = witness.vm(names("vm"), 1)
    server.faults.add([{"fault": "slow_job", "seconds": 4, **POST}])
    result = tasks([task(made, wait_timeout=1)]).only
    assert (result.failed, result.kind) == (True, "timeout")
    run = tasks([task(made)]).assert_ok()
    assert len(witness.groups(made)) == 1
    assert run.only["snapshot_group"]["id"] == next(iter(witness.groups(made).values()))["uuid"]


def test_a_run_that_is_killed_while_the_group_is_made(tasks: Any, server: Any, witness: Any, names: Names) -> None:
    """The next run begins before the job is over, and cannot see it: still one group."""
    made = witness.vm(names("vm"), 1)
    server.faults.add([{"fault": "slow_job", "seconds": 300, "times": 1, **POST}])
    killed = tasks.start([task(made)])
    wait_until(lambda: server.under_way() == 1)
    killed.kill()
    following = tasks.start([task(made)])
    wait_until(lambda: server.under_way() == 2 or witness.groups(made))
    server.faults.clear()
    following.wait().assert_ok()
    wait_until(lambda: not server.under_way())
    assert len(witness.groups(made)) == 1


def test_two_runs_at_once(tasks: Any, server: Any, witness: Any, names: Names) -> None:
    made = witness.vm(names("vm"), 1)
    server.faults.add([{"fault": "slow_job", "seconds": 300, "times": 2, **POST}])
    started = [tasks.start([task(made)]) for _ in range(2)]
    wait_until(lambda: server.under_way() == 2)  # neither has seen what the other makes
    server.faults.clear()
    first, second = (running.wait().assert_ok() for running in started)
    (left,) = witness.groups(made).values()
    assert first.only["snapshot_group"]["id"] == second.only["snapshot_group"]["id"] == left["uuid"]
    assert sorted((run.only.changed, run.only["plan"][0]["outcome"]) for run in (first, second)) == [
        (False, "yielded"),
        (True, "done"),
    ]
    assert not tasks([task(made)]).assert_ok().only.changed


def test_a_batch_with_one_failing_entry(tasks: Any, server: Any, witness: Any, names: Names) -> None:
    machines = [witness.vm(names(f"m{number}"), 1) for number in range(4)]
    entries = [*({"root_volume": made["root"]} for made in machines), {"root_volume": "none"}]
    result = tasks([{GROUP: {"name": "g", "batch": entries}}]).only
    assert result["summary"] == {"total": 5, "changed": 4, "unchanged": 0, "failed": 1}
    assert [entry["failed"] for entry in result["results"]] == [False] * 4 + [True]
    assert all(len(witness.groups(made)) == 1 for made in machines)


def test_nobody_answers(tasks: Any, names: Names) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = {"ZSTACK_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        given = {"root_volume": "x", "name": "g", "api_timeout": 1, "wait_timeout": 3}
        result = tasks([{GROUP: given}], env=where).only
    assert result.kind == "unreachable"
    assert result.ended - result.started < 60


def test_without_requests_it_says_what_to_install(tasks: Any, tmp_path: Any) -> None:
    (tmp_path / "requests.py").write_text("raise ImportError('No module named requests')\n")
    result = tasks([{GROUP: {"root_volume": "x", "name": "g"}}], env={"PYTHONPATH": str(tmp_path)}).only
    assert (result.failed, result.kind) == (True, "unsupported")
    assert "Failed to import the required Python library (requests)" in result.msg
