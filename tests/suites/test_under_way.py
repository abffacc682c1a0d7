# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is under way when a task begins, by a run that was killed or by somebody else: waited for, and judged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from harness import Playbook, RequestLog, Rest, RunResult, UniqueNames

ALPHA = "lab@alpha#alpha"
AVAILABLE = {"status": "available"}


@dataclass(frozen=True)
class UnderWay:
    """An action on a volume of type and back end alpha, from the image tiny.

    begun, ended: what Cinder's record says while the task watches, and then. says: why it fails; empty: it does not.
    """

    action: str
    options: dict[str, Any]
    begun: dict[str, str]
    ended: dict[str, str]
    says: str = ""

    @property
    def name(self) -> str:
        return f"{self.action} to {'failure' if self.says else 'success'}"


CASES = [
    UnderWay("retype", {"new_type": "alpha"}, {"status": "retyping"}, AVAILABLE),
    UnderWay("retype", {"new_type": "beta"}, {"status": "retyping"}, AVAILABLE, "it kept the type alpha"),
    UnderWay("migrate", {"host": ALPHA}, {"migration_status": "migrating"}, {"migration_status": "success"}),
    UnderWay("migrate", {"host": "lab@beta#beta"}, {"migration_status": "migrating"}, {"migration_status": "none"},
             f"it is on {ALPHA}"),
    UnderWay("extend", {"new_size": 2}, {"status": "extending"}, AVAILABLE, "run the task again for 2 GiB"),
    UnderWay("reimage", {"image": "tiny"}, {"status": "downloading"}, AVAILABLE),
    UnderWay("reimage", {"image": "tiny", "force": True}, {"status": "downloading"}, {"status": "error"},
             "its status is error"),
]  # fmt: skip


@pytest.fixture(scope="module")
def run(playbook: Playbook, rest: Rest, module_names: UniqueNames, request_log: RequestLog) -> RunResult:
    (image,) = rest.images("tiny")
    made = rest.volumes([module_names(case.name.replace(" ", "-")) for case in CASES], imageRef=image["id"])
    for case, volume in zip(CASES, made, strict=True):
        rest.action(volume, "os-reset_status", case.begun)
    mark = request_log.mark()

    def looks(volume: Any) -> int:
        return sum(entry.method == "GET" and volume["id"] in entry.path for entry in request_log.since(mark))

    def end_each() -> None:
        for case, volume in zip(CASES, made, strict=True):
            Rest.until(lambda volume=volume: {"looks": looks(volume)}, lambda seen: seen["looks"] > 1, timeout=180)
            rest.action(volume, "os-reset_status", case.ended)

    tasks = [
        {"name": case.name, "unified.storage.volume_action": {
            "volume": volume["id"], "action": case.action, "wait_timeout": 120, **case.options}}
        for case, volume in zip(CASES, made, strict=True)
    ]  # fmt: skip
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(end_each)
        result = playbook(tasks)
        ending.result()
    assert not [entry for entry in request_log.since(mark).writes() if any(v["id"] in entry.path for v in made)]
    return result


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_under_way_is_waited_for_and_judged(run: RunResult, case: UnderWay) -> None:
    result = run[case.name]
    assert result.changed is False and [step["verb"] for step in result["plan"]] == ["wait"], result.result
    assert result.failed == bool(case.says), result.msg
    assert case.says in (result.msg or "")
    assert not result.failed or result.kind == "failed"


def test_a_reimage_that_fails_from_the_image_that_it_has(
    cloud: Any, playbook: Playbook, rest: Rest, names: UniqueNames
) -> None:
    """That it still is of this image tells nothing: it must not wait until time is up."""
    (image,) = rest.images("tiny")
    made = rest.volume(names("v"), imageRef=image["id"])
    task = {"volume": made["id"], "action": "reimage", "image": "tiny", "force": True, "wait_timeout": 120}
    with cloud.fault("copy_image_to_volume", match=made["id"], message="disk on fire"):
        result = playbook([{"unified.storage.volume_action": task}]).only
    assert (result.failed, result.kind, rest.show(made)["status"]) == (True, "failed", "error"), result.result
