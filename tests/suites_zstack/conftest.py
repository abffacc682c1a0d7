# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the playbook suites on the ZStack test server. The playbooks are run as those of tests/suites are."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "suites"), str(TESTS / "zstack"), str(TESTS)]

from harness import Case, FourPasses, Playbook, RequestLog, RunResult  # noqa: E402
from harness.requestlog import Entries  # noqa: E402
from zstackserver import ZStackServer  # noqa: E402


class Log(RequestLog):
    """The server's log of requests, without logins: they change nothing that is stored."""

    def since(self, mark: int) -> Entries:
        return Entries(tuple(e for e in super().since(mark) if "/v1/accounts/" not in e.path))


class Tasks:
    """Runs tasks of snapshot_group as the user of the server would: tasks([{...}, ...]) -> RunResult."""

    def __init__(self, playbook: Playbook, server: ZStackServer) -> None:
        self._playbook = playbook
        self.login = {"ZSTACK_URL": server.url, "ZSTACK_ACCOUNT": server.account, "ZSTACK_PASSWORD": server.password}

    def start(self, tasks: Iterable[dict[str, Any]], env: Mapping[str, Any] | None = None, **options: Any) -> Any:
        defaults = {"backend": "zstack", **options.pop("defaults", {})}
        env = {**self.login, **(env or {})}
        return self._playbook.start(tasks, cloud=None, defaults=defaults, env=env, **options)

    def __call__(self, tasks: Iterable[dict[str, Any]], **options: Any) -> RunResult:
        result: RunResult = self.start(tasks, **options).wait()
        return result


class Witness:
    """Looks into the server's own tables, and into the files that stand for disks."""

    name = "zstack"

    def __init__(self, server: ZStackServer) -> None:
        self.server, self.store = server, server.store

    def vm(self, name: str, data_volumes: int = 2) -> dict[str, Any]:
        """A stopped machine whose disks have each a content of its own."""
        vm = self.store.add_vm(name, data_volumes)
        for volume in vm["allVolumes"]:
            self.store.file(volume["uuid"]).write_text(f"before {volume['name']}")
        return {"name": name, "root": vm["rootVolumeUuid"], "vm": vm["uuid"], "volumes": vm["allVolumes"]}

    def group(self, made: dict[str, Any], name: str = "g", age: float = 0) -> str:
        ident: str = self.store.add_group(made["root"], name, age)["uuid"]
        return ident

    def groups(self, made: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The machine's groups by name."""
        found = [g for g in self.store.groups.values() if g["vmInstanceUuid"] == made["vm"]]
        assert len({g["name"] for g in found}) == len(found), "two of one name"
        return {g["name"]: g for g in found}

    def contents(self, made: dict[str, Any]) -> list[str]:
        return [self.store.file(v["uuid"]).read_text() for v in made["volumes"]]

    def write(self, made: dict[str, Any], text: str) -> None:
        for volume in made["volumes"]:
            self.store.file(volume["uuid"]).write_text(text)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZStackServer]:
    with ZStackServer(tmp_path_factory.mktemp("zstack")) as running:
        yield running


@pytest.fixture(autouse=True)
def no_faults(server: ZStackServer) -> Iterator[None]:
    yield
    server.faults.clear()


@pytest.fixture(scope="session")
def witness(server: ZStackServer) -> Witness:
    return Witness(server)


@pytest.fixture(scope="session")
def log(server: ZStackServer) -> Log:
    return Log(server.log)


@pytest.fixture(scope="session")
def playbook(tmp_path_factory: pytest.TempPathFactory) -> Playbook:
    return Playbook(SimpleNamespace(clouds_yaml="none"), tmp_path_factory.mktemp("playbooks"))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def tasks(playbook: Playbook, server: ZStackServer) -> Tasks:
    return Tasks(playbook, server)


@pytest.fixture
def names() -> Callable[[str], str]:
    """Names that no other test has."""
    prefix = secrets.token_hex(4)
    return lambda name: f"{prefix}-{name}"


@pytest.fixture(scope="module")
def four_passes(tasks: Tasks, playbook: Playbook, log: Log, witness: Witness) -> Callable[[Iterable[Case]], FourPasses]:
    prefix = secrets.token_hex(4)

    def run(cases: Iterable[Case]) -> FourPasses:
        options = {"cloud": None, "defaults": {"backend": "zstack"}, "env": tasks.login}
        passes = FourPasses(playbook, log, witness, lambda name: f"{prefix}-{name}", **options)  # type: ignore[arg-type]
        return passes.run(cases)

    return run
