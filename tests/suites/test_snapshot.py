# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""volume_snapshot: made, kept and deleted, in four passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import Case, FourPasses, Playbook, Rest, UniqueNames
from harness.seldom import dealt, shared_out


def keep(**options: Any) -> Callable[[Any], dict[str, Any]]:
    def task(made: Any) -> dict[str, Any]:
        given = {k: v(made) if callable(v) else v for k, v in options.items()}
        return {"unified.storage.volume_snapshot": {"name": made["name"], "volume": made["volume"], **given}}

    return task


def become(**wanted: Any) -> Callable[[Rest, Any], None]:
    def look(rest: Rest, made: Any) -> None:
        (snapshot,) = rest.named(wanted.get("name") or made["name"], "snapshots")
        assert {k: snapshot[k] for k in wanted} == wanted
        assert (snapshot["status"], snapshot["volume_id"]) == ("available", made["volume"])

    return look


def gone(rest: Rest, made: Any) -> bool:
    return rest.named(made["name"], "snapshots") == []


def volume(rest: Rest, name: str) -> Any:
    return {"name": name, "volume": rest.volume(f"{name}-volume")["id"]}


def in_use(rest: Rest, name: str) -> Any:
    return {"name": name, "volume": rest.attached(f"{name}-volume")["id"]}


def snapshot(rest: Rest, name: str) -> Any:
    made = volume(rest, name)
    rest.snapshot(made["volume"], name, description="before", metadata={"a": "1", "b": "2"})
    return made


CASES = [
    Case("create", volume, keep(), become(size=1)),
    Case("create with all", volume, keep(description="Ω", metadata={"a": 1}),
         become(description="Ω", metadata={"a": "1"}), after=lambda made: {"description": "Ω", "metadata": {"a": "1"}}),
    Case("create of one in use", in_use, keep(force=True), become(size=1)),
    Case("leave alone", snapshot, keep(), become(description="before", metadata={"a": "1", "b": "2"}), changed=False),
    Case("rename", snapshot, keep(new_name=lambda made: f"{made['name']}-new"),
         lambda rest, made: gone(rest, made) and len(rest.named(f"{made['name']}-new", "snapshots")) == 1),
    Case("describe", snapshot, keep(description="after"), become(description="after", metadata={"a": "1", "b": "2"})),
    Case("merge metadata", snapshot, keep(metadata={"b": 3}), become(metadata={"a": "1", "b": "3"})),
    Case("exact metadata", snapshot, keep(metadata={"c": "x"}, metadata_mode="exact"), become(metadata={"c": "x"})),
    Case("delete", snapshot, keep(state="absent"), gone),
    Case("delete what is not there", volume, keep(state="absent"), gone, changed=False),
]  # fmt: skip

BY_ADMIN, BY_MEMBER = shared_out(CASES)


@pytest.fixture(scope="module")
def as_admin(four_passes: Callable[..., FourPasses]) -> FourPasses:
    return four_passes(BY_ADMIN)


@pytest.fixture(scope="module")
def as_member(four_passes: Callable[..., FourPasses], demo: Rest) -> FourPasses:
    return four_passes(BY_MEMBER, cloud="demo", witness=demo)


@pytest.mark.parametrize("case", dealt(CASES, BY_ADMIN))
def test_four_passes_as_admin(as_admin: FourPasses, case: str) -> None:
    as_admin.check(case)


@pytest.mark.parametrize("case", dealt(CASES, BY_MEMBER))
def test_four_passes_as_a_member(as_member: FourPasses, case: str) -> None:
    as_member.check(case)


def test_what_is_refused(playbook: Playbook, rest: Rest, names: UniqueNames, request_log: Any) -> None:
    used, other = in_use(rest, names("used")), snapshot(rest, names("other"))
    ident = rest.named(other["name"], "snapshots")[0]["id"]
    tasks = [
        {"name": "in use", **keep()(used)},
        {"name": "no volume", "unified.storage.volume_snapshot": {"name": names("new")}},
        {"name": "of another", **keep()({"name": ident, "volume": used["volume"]})},
        {"name": "unknown volume", **keep()({"name": names("new"), "volume": "none-such"})},
    ]
    mark = request_log.mark()
    run = playbook(tasks)
    assert not request_log.since(mark).writes()
    assert [(t.name, t.failed, t.kind) for t in run.tasks] == [
        ("in use", True, "conflict"),
        ("no volume", True, "invalid"),
        ("of another", True, "conflict"),
        ("unknown volume", True, "not_found"),
    ]
