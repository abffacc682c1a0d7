# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs at once on one host that make the same make it once; the others know it as a twin."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.unified.storage.plugins.module_utils._host import lock
from ansible_collections.unified.storage.plugins.module_utils._host.backend import Host
from ansible_collections.unified.storage.plugins.module_utils._host.lvm import GIB, Lv, Report


class Disks:
    """What stands for LVM and the services: logical volumes that appear some time after they were asked for."""

    def __init__(self) -> None:
        self.lvs: list[Lv] = []

    def forget(self) -> None:
        pass

    def report(self) -> Report:
        return Report(self.lvs)

    def perform(self, kind: str, verb: str, ident: str | None, args: dict[str, Any]) -> dict[str, Any]:
        threading.Event().wait(0.05)
        notes = {"kind": kind, "id": f"id-{len(self.lvs)}", **{k: str(v) for k, v in args.items()}}
        self.lvs.append(Lv("vg", notes["id"], "u-" + notes["id"], GIB, notes=notes))
        return {"id": notes["id"], "name": args["name"]}

    def observe(self, kind: str, refs: Any, scope: Any) -> list[dict[str, Any]]:
        return [{"id": lv.ident, "name": lv.notes["name"]} for lv in self.report().of(kind)]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Host]:
    """Five runs on one host."""
    monkeypatch.setattr(lock, "FOLDER", str(tmp_path / "locks"))
    disks, found = Disks(), [Host({}) for _ in range(5)]
    for run in found:
        monkeypatch.setattr(run, "_lvm", disks)
        monkeypatch.setattr(run, "_service", lambda kind: SimpleNamespace(perform=disks.perform, observe=disks.observe))
    return found


def at_once(runs: list[Host], kind: str, *each: dict[str, Any]) -> list[dict[str, Any]]:
    made: list[Any] = [None] * len(runs)

    def make(number: int) -> None:
        made[number] = runs[number].perform(kind, "create", None, each[number % len(each)])

    threads = [threading.Thread(target=make, args=(number,)) for number in range(len(runs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return made


def test_one_is_made_and_all_but_one_run_know_it_as_a_twin(runs: list[Host]) -> None:
    made = at_once(runs, "volume", {"name": "w/é \n"})
    assert {one["id"] for one in made} == {"id-0"}
    assert sum(bool(run.observe("volume", None, {})[0].get("twin")) for run in runs) == len(runs) - 1


def test_what_it_makes_others_can_read_whatever_the_mask_of_the_login() -> None:
    before = os.umask(0o077)
    try:
        Host({})
        assert os.umask(0o077) == 0o022
    finally:
        os.umask(before)


def test_what_could_be_adopted_has_no_id_yet(runs: list[Host], monkeypatch: pytest.MonkeyPatch) -> None:
    offered = [{"reference": {"source-name": "theirs"}, "size": 1}]
    service = SimpleNamespace(observe=lambda kind, refs, scope: offered)
    monkeypatch.setattr(runs[0], "_service", lambda kind: service)
    assert runs[0].observe("manageable_volume", None, {}) == offered


def test_names_count_among_the_snapshots_of_one_volume(runs: list[Host]) -> None:
    made = at_once(runs[:2], "volume_snapshot", {"name": "s", "volume_id": "a"}, {"name": "s", "volume_id": "b"})
    assert {one["id"] for one in made} == {"id-0", "id-1"}
    assert not any(one.get("twin") for run in runs for one in run.observe("volume_snapshot", None, {}))


@pytest.mark.parametrize(("answers", "unfinished"), [([True, False], False), ([True, True], True)])
def test_who_has_ended_since_was_not_killed(
    monkeypatch: pytest.MonkeyPatch, answers: list[bool], unfinished: bool
) -> None:
    """The report is older than the look at the lock."""
    host, left = Host({}), iter(answers)
    observe = SimpleNamespace(
        observe=lambda kind, refs, scope: [{"id": "1", **({"unfinished": True} if next(left) else {})}]
    )
    monkeypatch.setattr(host, "_lvm", Disks())
    monkeypatch.setattr(host, "_service", lambda kind: observe)
    (seen,) = host.observe("volume", None, {})
    assert bool(seen.get("unfinished")) is unfinished
