# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each case goes through four passes on the real cloud: check, run, run again, check again."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .playbook import Playbook, RunResult, Task, TaskResult
from .requestlog import Entries, RequestLog
from .rest import Rest, UniqueNames


@dataclass(frozen=True)
class Case:
    """One task and what it must do.

    setup: by plain REST, what the task needs; gets a witness and the case's unique name. What it returns
        goes to the others. Setups of several cases run side by side.
    task: the task (without a name).
    witness: looks by plain REST, after the second pass, whether it is done: asserts, or returns False.
    changed: what the first two passes must report.
    again: what the last two must report; True for a verb that has no state to compare.
    after: what `diff["after"]` of the check must contain at least (as far as it is a dictionary).
    """

    name: str
    setup: Callable[[Any, str], Any]
    task: Callable[[Any], Task]
    witness: Callable[[Any, Any], object]
    changed: bool = True
    again: bool = False
    after: Callable[[Any], Mapping[str, Any]] | None = None


class FourPasses:
    """Run cases through the passes together: four runs of ansible-playbook, however many cases.

    passes.check("extend") fails with all that was wrong with that case, and in which pass.
    """

    PASSES = ("check", "run", "run again", "check again")

    def __init__(self, playbook: Playbook, log: RequestLog, rest: Rest, names: UniqueNames, **options: Any) -> None:
        """options: the playbook's, such as cloud."""
        self._playbook, self._log, self._rest, self._names = playbook, log, rest, names
        self._options = options
        self.problems: dict[str, list[str]] = {}
        self.results: dict[str, dict[str, TaskResult]] = {}
        """By case and pass"""

    def run(self, cases: Iterable[Case]) -> FourPasses:
        listed = {case.name: case for case in cases}
        self.problems = {name: [] for name in listed}
        self.results = {name: {} for name in listed}
        made = dict(zip(listed, Rest.each(self._set_up, listed.values()), strict=True))
        ready = {name: case for name, case in listed.items() if not self.problems[name]}
        tasks: dict[str, Task] = {name: {**case.task(made[name]), "name": name} for name, case in ready.items()}
        for number, title in enumerate(self.PASSES):
            checking = number in (0, 3)
            mark = self._log.mark()
            run = self._playbook(tasks.values(), check=checking, diff=True, **self._options)
            asked = self._log.since(mark)
            for name, case in ready.items():
                for problem in self._judge(case, made[name], number, run, asked):
                    self.problems[name].append(f"{title}: {problem}")
            if number == 1:
                for name, case in ready.items():
                    self._bear_witness(case, made[name])
        return self

    def check(self, name: str) -> None:
        """:raises AssertionError: with all the problems of this case."""
        assert not self.problems[name], "\n".join([f"{name}:", *self.problems[name]])

    def check_all(self) -> None:
        wrong = [f"{name}: {text}" for name, texts in self.problems.items() for text in texts]
        assert not wrong, "\n".join(wrong)

    # ---- one case

    def _set_up(self, case: Case) -> Any:
        try:
            return case.setup(self._rest, self._names(f"{self._rest.name}-{case.name}"))
        except Exception:  # noqa: BLE001 (told with the case)
            self.problems[case.name].append(f"setup: {traceback.format_exc(limit=-3)}")
            return None

    def _bear_witness(self, case: Case, made: Any) -> None:
        try:
            if case.witness(self._rest, made) is False:
                self.problems[case.name].append("run: the witness does not find it done")
        except Exception:  # noqa: BLE001
            self.problems[case.name].append(f"witness: {traceback.format_exc(limit=-2)}")

    def _judge(self, case: Case, made: Any, number: int, run: RunResult, asked: Entries) -> Iterable[str]:
        try:
            task = run[case.name]
        except AssertionError as e:
            yield f"no result ({e})"
            return
        earlier = self.results[case.name].get(self.PASSES[0])
        self.results[case.name][self.PASSES[number]] = task
        if task.failed:
            yield f"failed: {task.msg}"
            return
        expected = case.changed if number < 2 else case.again
        if task.changed != expected:
            yield f"changed={task.changed}, plan {task.result.get('plan')}"
        writes = asked.between(task.started, task.ended).writes()
        if number != 1 and not (number == 2 and case.again):
            yield from (f"wrote: {entry}" for entry in writes)
        elif expected and not writes:
            yield "reported a change without a write"
        if number == 0:
            yield from _judge_diff(case, made, task)
        elif number == 1 and earlier and earlier.diff != task.diff:
            yield f"the check's diff {earlier.diff} is not the run's {task.diff}"


def _judge_diff(case: Case, made: Any, task: TaskResult) -> Iterable[str]:
    if not case.changed:
        if task.diff:
            yield f"a diff without a change: {task.diff}"
        return
    if not task.diff:
        yield "a change without a diff"
        return
    parts = task.diff if isinstance(task.diff, list) else [task.diff]
    if any(part.get("before") == part.get("after") for part in parts):
        yield f"a diff that shows no difference: {task.diff}"
    if case.after:
        wanted, shown = dict(case.after(made)), parts[0].get("after")
        if not isinstance(shown, dict) or {k: shown.get(k) for k in wanted} != wanted:
            yield f"the diff's after {shown} does not show {wanted}"
