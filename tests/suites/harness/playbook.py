# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run real ansible-playbook on localhost, and read back what every task returned."""

from __future__ import annotations

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

from .cloud import Cloud
from .processes import kill_tree
from .warm import AnsiblePlaybook, Process

CALLBACKS = Path(__file__).resolve().parents[1] / "callback_plugins"
ROOT = Path(__file__).resolve().parents[3]
TIMEOUT = 1800

Task = dict[str, Any]


@dataclass(frozen=True)
class TaskResult:
    """What one task returned. started, ended: seconds since 1970."""

    name: str
    status: str
    """ok, failed, skipped or unreachable"""
    started: float
    ended: float
    result: dict[str, Any] = field(repr=False)

    @property
    def changed(self) -> bool:
        return bool(self.result.get("changed"))

    @property
    def failed(self) -> bool:
        return self.status in ("failed", "unreachable")

    @property
    def msg(self) -> str:
        return str(self.result.get("msg", ""))

    @property
    def kind(self) -> str | None:
        """The error's kind."""
        error: dict[str, Any] = self.result.get("error") or {}
        return error.get("kind")

    @property
    def diff(self) -> Any:
        return self.result.get("diff")

    def __getitem__(self, key: str) -> Any:
        return self.result[key]

    def __str__(self) -> str:
        return f"{self.name}: {self.status}, changed={self.changed} {self.msg}"


@dataclass(frozen=True)
class RunResult:
    """What one run of ansible-playbook did. stats: those of localhost (ok, changed, failures, ignored, ...)."""

    rc: int
    tasks: list[TaskResult] = field(repr=False)
    stats: dict[str, int]
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)

    def __getitem__(self, key: str | int) -> TaskResult:
        """By name or place."""
        if isinstance(key, int):
            return self.tasks[key]
        found = [t for t in self.tasks if t.name == key]
        assert len(found) == 1, f"{len(found)} results of task {key!r}\n{self.stdout}\n{self.stderr}"
        return found[0]

    @property
    def only(self) -> TaskResult:
        assert len(self.tasks) == 1, f"{len(self.tasks)} tasks\n{self.stdout}\n{self.stderr}"
        return self.tasks[0]

    def assert_ok(self) -> RunResult:
        wrong = [str(t) for t in self.tasks if t.failed]
        assert not wrong and self.rc == 0, "\n".join([*wrong, self.stdout[-3000:], self.stderr[-1000:]])
        return self

    def assert_unchanged(self) -> None:
        assert not [str(task) for task in self.assert_ok().tasks if task.changed]


class Running:
    """A run that has been started. host: the one whose stats are wanted."""

    def __init__(self, process: Process | subprocess.Popen[bytes], folder: Path, host: str = "localhost") -> None:
        self._process, self._folder, self._host = process, folder, host
        self.pid = process.pid

    def wait(self) -> RunResult:
        try:
            status = self._process.wait(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        stdout, stderr = ((self._folder / name).read_text(errors="replace") for name in ("stdout", "stderr"))
        record = self._folder / "results.jsonl"
        lines = [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []
        stats = [line["stats"] for line in lines if "stats" in line]
        tasks = [
            TaskResult(e["task"], e["status"], e["started"], e["ended"], e["result"]) for e in lines if "task" in e
        ]
        if not stats and status > 0:
            raise AssertionError(f"the playbook did not run:\n{stdout}\n{stderr}")
        return RunResult(status, tasks, stats[0].get(self._host, {}) if stats else {}, stdout, stderr)

    def kill(self) -> None:
        """SIGKILL it with all that it has started, as a crash of the machine would."""
        kill_tree(self.pid)
        self._process.wait(timeout=TIMEOUT)


class Runner:
    """Runs playbooks, without any configuration of the user's or the system's.

    environ: what they all get besides.
    """

    def __init__(self, folder: Path, **environ: str) -> None:
        self._folder = folder
        (folder / "home").mkdir()
        config = folder / "ansible.cfg"
        config.touch()
        cache = os.environ.get("PYTHONPYCACHEPREFIX")
        self._ansible = AnsiblePlaybook(
            folder,
            {
                "PATH": os.environ["PATH"],
                "HOME": str(folder / "home"),
                "LANG": "C.UTF-8",
                "ANSIBLE_HOME": str(folder / "ansible"),
                "ANSIBLE_COLLECTIONS_PATH": str(self._collections()),
                "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
                "ANSIBLE_CALLBACKS_ENABLED": "recorder",
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_CONFIG": str(config),
                # Nothing into the tree. What the caller compiles elsewhere is found there.
                **({"PYTHONPYCACHEPREFIX": cache} if cache else {"PYTHONDONTWRITEBYTECODE": "1"}),
                **environ,
            },
        )

    def start(
        self,
        play: Mapping[str, Any],
        inventory: str,
        *options: str,
        host: str = "localhost",
        env: Mapping[str, str | None] | None = None,
    ) -> Running:
        """env: changes of the environment; None removes a variable."""
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=self._folder))
        book = folder / "playbook.yml"
        book.write_text(yaml.safe_dump([dict(play)], sort_keys=False, allow_unicode=True))
        changes = {**(env or {}), "RECORDER_FILE": str(folder / "results.jsonl")}
        return Running(self._ansible.start(["-i", inventory, str(book), *options], folder, changes), folder, host)

    def _collections(self) -> Path:
        """Where the collection is: this working tree, unless the caller chose."""
        if chosen := os.environ.get("ANSIBLE_COLLECTIONS_PATH"):
            return Path(chosen)
        link = self._folder / "tree" / "ansible_collections" / "unified" / "storage"
        link.parent.mkdir(parents=True)
        link.symlink_to(ROOT, target_is_directory=True)
        return self._folder / "tree"


class Playbook:
    """A callable that runs tasks: playbook([{"unified.storage.volume": {...}}, ...]) -> RunResult."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.cloud = cloud
        self.runtime = folder / "runtime"
        """The user's private runtime folder: where auth_cache keeps its files"""
        self.runtime.mkdir(mode=0o700)
        self._runner = Runner(
            folder,
            XDG_RUNTIME_DIR=str(self.runtime),
            OS_CLIENT_CONFIG_FILE=str(cloud.clouds_yaml),
            ANSIBLE_PIPELINING="1",
            ANSIBLE_INJECT_INVOCATION="1",  # what modules were given, which newer cores leave out
        )

    def __call__(self, tasks: Iterable[Task] | str, **options: Any) -> RunResult:
        """Options: those of start()."""
        return self.start(tasks, **options).wait()

    def start(
        self,
        tasks: Iterable[Task] | str,
        *,
        check: bool = False,
        diff: bool = False,
        env: Mapping[str, str | None] | None = None,
        vars: Mapping[str, Any] | None = None,  # noqa: A002 (Ansible's own word)
        cloud: str | None = "admin",
        defaults: Mapping[str, Any] | None = None,
        verbosity: int = 0,
        keep_going: bool = True,
    ) -> Running:
        """Start a playbook of one play on localhost.

        tasks: a list of tasks, or YAML text of one. A task without a name gets its number.
        cloud, defaults: module_defaults of the collection's modules; cloud=None leaves it out.
        env: on top of a bare environment; None removes a variable.
        keep_going: a failed task does not end the play (and the exit status is 0).
        """
        listed = yaml.safe_load(tasks) if isinstance(tasks, str) else list(tasks)
        named = [{"name": str(n), **task} for n, task in enumerate(listed)]
        shared = {**({"cloud": cloud} if cloud else {}), **(defaults or {})}
        play: dict[str, Any] = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "ignore_errors": keep_going,
            "module_defaults": {"group/unified.storage.storage": shared} if shared else {},
            "vars": {"ansible_python_interpreter": sys.executable, **(vars or {})},
            "tasks": named,
        }
        options = ["--check"] * check + ["--diff"] * diff + (["-" + "v" * verbosity] if verbosity else [])
        return self._runner.start(play, "localhost,", *options, env=env)

    def as_written(self, play: Mapping[str, Any], env: Mapping[str, str | None] | None = None) -> RunResult:
        """Run a play on localhost that somebody else has written."""
        given = {"ansible_python_interpreter": sys.executable, **play.get("vars", {})}
        return self._runner.start({**play, "connection": "local", "vars": given}, "localhost,", env=env).wait()
