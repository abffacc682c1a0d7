# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real hosts, playbooks on them, and what their command log says."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "suites"))

from harness.playbook import Runner, RunResult, TaskResult  # noqa: E402

LOG, KILL = "UNIFIED_STORAGE_HOST_LOG", "UNIFIED_STORAGE_HOST_KILL"
LOGS = "/var/tmp/unified.storage-logs"
CANNOT_RUN = 77

Task = dict[str, Any]


class Machine:
    """One host, by ssh."""

    def __init__(self, name: str, address: str, config: str) -> None:
        self.name, self.address = name, address
        #: the command that a command for the host is put behind
        self.ssh = ["ssh", "-F", config, "-o", "ControlMaster=auto", "-o", "ControlPersist=60"]
        lab = hashlib.sha256(config.encode()).hexdigest()[:10]  # hosts of several labs have the same addresses
        self.ssh += ["-o", f"ControlPath={tempfile.gettempdir()}/us-{lab}-%C", address]

    def run(self, script: str, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        """A shell script, as root."""
        command = ["bash", "-c", "'" + script.replace("'", "'\\''") + "'"]
        return subprocess.run([*self.ssh, *command], input=data or b"", capture_output=True, timeout=600, check=False)

    def start(self, script: str) -> subprocess.Popen[bytes]:
        """A shell script that goes on, with pipes to it."""
        command = ["bash", "-c", "'" + script.replace("'", "'\\''") + "'"]
        return subprocess.Popen([*self.ssh, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def sh(self, script: str) -> str:
        """What a script says. :raises AssertionError: it fails."""
        done = self.run("set -e\n" + script)
        assert done.returncode == 0, f"{self.name}: {script}\n{done.stdout.decode()}\n{done.stderr.decode()}"
        return done.stdout.decode().strip()

    def log(self, name: str) -> list[dict[str, Any]]:
        """The commands of a task that ran with logged(name)."""
        return [json.loads(line) for line in self.sh(f"cat {LOGS}/{name} 2>/dev/null || true").splitlines()]


@dataclass(frozen=True)
class Lab:
    """The hosts of `tests/hosts/hosts up`."""

    state: Path

    @property
    def facts(self) -> dict[str, Any]:
        return dict(json.loads((self.state / "lab.json").read_text()))

    def machine(self, name: str) -> Machine:
        return Machine(name, self.facts["hosts"][name], self.facts["ssh_config"])

    @property
    def machines(self) -> list[Machine]:
        return [self.machine(name) for name in self.facts["hosts"]]

    def control(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The launcher: up, down, reset, poweroff, start."""
        command = [str(ROOT / "tests" / "hosts" / "hosts"), *words, "--state", str(self.state)]
        environ = {**os.environ, "PY": sys.executable}
        return subprocess.run(command, capture_output=True, text=True, env=environ, timeout=1800, check=False)

    def up(self, count: int = 2) -> None:
        """Skips the test where hosts cannot run, for the reason that the launcher gives."""
        done = self.control("up", "--count", str(count))
        if done.returncode == CANNOT_RUN:
            import pytest  # the benchmark has none

            pytest.skip(done.stderr.strip().splitlines()[-1])
        assert done.returncode == 0, done.stdout + done.stderr


class Play:
    """play([{"unified.storage.volume": {...}}, ...]) runs tasks on a host."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self._lab, self._runner = lab, Runner(folder)

    def __call__(
        self,
        tasks: Iterable[Task] | str,
        *,
        check: bool = False,
        diff: bool = False,
        env: Mapping[str, str] | None = None,
        vars: Mapping[str, Any] | None = None,  # noqa: A002 (Ansible's own word)
        defaults: Mapping[str, Any] | None = None,
        storage: Mapping[str, Any] | None = None,
        host: str = "host1",
        keep_going: bool = True,
    ) -> RunResult:
        """tasks: a list of tasks, or YAML text of one. env: the modules' on the host. storage: host_storage."""
        listed = yaml.safe_load(tasks) if isinstance(tasks, str) else list(tasks)
        shared = {"backend": "host", "host_storage": dict(storage or {}), **(defaults or {})}
        play = {
            "hosts": host,
            "gather_facts": False,
            "ignore_errors": keep_going,
            "ignore_unreachable": keep_going,
            "environment": dict(env or {}),
            "module_defaults": {"group/unified.storage.storage": shared},
            "vars": dict(vars or {}),
            "tasks": [{"name": str(n), **task} for n, task in enumerate(listed)],
        }
        options = ["--check"] * check + ["--diff"] * diff
        return self.as_written(play, *options, host=host)

    def as_written(self, play: Mapping[str, Any], *options: str, host: str = "host1") -> RunResult:
        """Run a play that somebody else has written."""
        ran = self._runner.start(play, self._lab.facts["inventory"], *options, host=host).wait()
        assert ran.stats, f"the playbook did not run:\n{ran.stdout}\n{ran.stderr}"
        return ran


def logged(name: str, task: Task, **environ: str) -> Task:
    """The task with its commands told to a log of this name; what else its environment is to have."""
    return {**task, "environment": {LOG: f"{LOGS}/{name}", **environ}}


def replaced(value: Any, old: str, new: str) -> Any:
    """Nested data with one text for another."""
    if isinstance(value, dict):
        return {k: replaced(v, old, new) for k, v in value.items()}
    if isinstance(value, list):
        return [replaced(v, old, new) for v in value]
    return value.replace(old, new) if isinstance(value, str) else value


@dataclass(frozen=True)
class Case:
    """One entry of a batch in four passes: check, run, run again, check again.

    setup: a shell script that makes what it needs. {n} in the options is the case's own number, $n in the scripts.
    witness: a shell script that fails unless it is done.
    changed: of the first two passes. again: of the last two.
    after: what the check's diff shows at least.
    """

    name: str
    setup: str
    module: str
    options: Mapping[str, Any]
    witness: str = ""
    changed: bool = True
    again: bool = False
    after: Mapping[str, Any] = field(default_factory=dict)


class FourPasses:
    """All cases through the passes together, in a batch for each module: a task on such a host takes seconds."""

    PASSES = ("check", "run", "run again", "check again")

    def __init__(self, play: Play, machine: Machine, storage: Mapping[str, Any]) -> None:
        self._play, self._machine, self._storage = play, machine, storage
        self.problems: dict[str, list[str]] = {}
        self.results: dict[str, dict[str, dict[str, Any]]] = {}

    def run(self, cases: Iterable[Case]) -> FourPasses:
        numbered = {f"{n:02d}": case for n, case in enumerate(cases)}
        self.problems = {case.name: [] for case in numbered.values()}
        self.results = {case.name: {} for case in numbered.values()}
        # Not `( ... ) || echo`: in a condition, set -e counts for nothing.
        scripts = [f"( set -e; n={n}\n{case.setup}\n) >&2; [ $? = 0 ] || echo {n}" for n, case in numbered.items()]
        done = self._machine.run(f"rm -rf {LOGS}; mkdir -p {LOGS}\n" + "\n".join(scripts))
        for n in done.stdout.decode().split():
            self.problems[numbered.pop(n).name].append(f"setup: {done.stderr.decode()[-2000:]}")
        groups: dict[str, dict[str, Case]] = {}
        for n, case in numbered.items():
            groups.setdefault(f"{case.module}{'-again' * case.again}", {})[n] = case
        for number, title in enumerate(self.PASSES):
            tasks = [
                logged(f"{number}-{group}", {"name": group, **self._task(members)}) for group, members in groups.items()
            ]
            run = self._play(tasks, check=number in (0, 3), diff=True, storage=self._storage, host=self._machine.name)
            for group, members in groups.items():
                told = self._machine.log(f"{number}-{group}")
                for n, problem in self._judge(members, number, run[group], told):
                    self.problems[members[n].name].append(f"{title}: {problem}")
            if number == 1:
                self._bear_witness(numbered)
        return self

    def check(self, name: str) -> None:
        assert not self.problems[name], "\n".join([f"{name}:", *self.problems[name]])

    def _task(self, members: Mapping[str, Case]) -> Task:
        (module,) = {case.module for case in members.values()}
        batch = [replaced(dict(case.options), "{n}", n) for n, case in members.items()]
        return {f"unified.storage.{module}": {"batch": batch}}

    def _bear_witness(self, numbered: Mapping[str, Case]) -> None:
        scripts = [
            f"( set -ex; n={n}\n{case.witness}\n) 2>{LOGS}/{n}; [ $? = 0 ] || echo {n}" for n, case in numbered.items()
        ]
        for n in self._machine.run("\n".join(scripts)).stdout.decode().split():
            if n in numbered:
                self.problems[numbered[n].name].append(f"witness: {self._machine.sh(f'tail -5 {LOGS}/{n}')}")

    def _judge(
        self, members: Mapping[str, Case], number: int, task: TaskResult, told: list[dict[str, Any]]
    ) -> Iterable[tuple[str, str]]:
        results = task.result.get("results")
        if not results or len(results) != len(members):
            yield from ((n, f"failed: {task.msg} {task.result.get('module_stderr', '')}") for n in members)
            return
        writes = [" ".join(entry["argv"]) for entry in told if entry["writes"]]
        reads = [entry["argv"][0] for entry in told if not entry["writes"]]
        diffs = iter(task.diff or [])
        for (n, case), result in zip(members.items(), results, strict=True):
            before = self.results[case.name].get(self.PASSES[0])
            result["diff"] = next(diffs, None) if result["changed"] else None
            self.results[case.name][self.PASSES[number]] = result
            if result["failed"]:
                yield n, f"failed: {result['msg']}"
                continue
            if result["changed"] != (case.changed if number < 2 else case.again):
                yield n, f"changed={result['changed']}, plan {result['plan']}"
            if writes and number != 1 and not (number == 2 and case.again):
                yield n, f"wrote: {writes}"
            if number == 3 and not case.again and len(reads) > 3:
                yield n, f"looked too often: {reads}"
            if number == 0 and case.changed:
                shown, after = (result["diff"] or {}).get("after") or {}, replaced(dict(case.after), "{n}", n)
                if not shown or result["diff"]["before"] == shown or {k: shown.get(k) for k in after} != after:
                    yield n, f"the diff {result['diff']} does not show {after}"
            elif number == 1 and before and before["diff"] != result["diff"]:
                yield n, f"the check's diff {before['diff']} is not the run's {result['diff']}"
