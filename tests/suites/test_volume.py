# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""volume: made, kept and deleted, in four passes; and nothing that the task does not name is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import Case, FourPasses, Playbook, Rest, UniqueNames
from harness.seldom import dealt, shared_out


def keep(**options: Any) -> Callable[[Any], dict[str, Any]]:
    """The task that keeps a volume so; an option that is a function gets what the setup made."""

    def task(made: Any) -> dict[str, Any]:
        given = {k: v(made) if callable(v) else v for k, v in options.items()}
        return {"unified.storage.volume": {"name": made["name"], **given}}

    return task


def become(**wanted: Any) -> Callable[[Rest, Any], None]:
    """A witness: there is one volume of this name, available, with these values."""

    def look(rest: Rest, made: Any) -> None:
        (volume,) = rest.named(wanted.get("name") or made["name"])
        assert {k: volume[k] for k in wanted} == wanted
        assert volume["status"] == "available"

    return look


def gone(rest: Rest, made: Any) -> bool:
    return rest.named(made["name"]) == []


def after(**values: Any) -> Callable[[Any], dict[str, Any]]:
    return lambda made: values


# ---- what the tasks need


def nothing(rest: Rest, name: str) -> Any:
    return {"name": name}


def volume(rest: Rest, name: str) -> Any:
    return rest.volume(name, description="before", metadata={"a": "1", "b": "2"})


def source(rest: Rest, name: str) -> Any:
    """A volume of 2 GiB with a snapshot, to make another one from."""
    made = rest.volume(f"{name}-source", 2)
    with open(rest.cloud.data(made), "r+b") as file:
        file.write(b"source")
    return {"name": name, "source": made, "snapshot": rest.snapshot(made, f"{name}-snapshot")}


def with_snapshot(rest: Rest, name: str) -> Any:
    made = volume(rest, name)
    rest.snapshot(made, f"{name}-snapshot")
    return made


def broken(rest: Rest, name: str) -> Any:
    made = volume(rest, name)
    rest.action(made, "os-reset_status", {"status": "error"})
    return made


def copied(rest: Rest, made: Any) -> None:
    become(size=2)(rest, made)
    (volume,) = rest.named(made["name"])
    with open(rest.cloud.data(volume), "rb") as file:
        assert file.read(6) == b"source"


CASES = [
    Case("create", nothing, keep(size=1), become(size=1), after=after(size=1, state="present")),
    Case("create with all", nothing,
         keep(size=2, description="Größe Ω", metadata={"a": 1, "b": True}, volume_type="beta", bootable=True),
         become(size=2, description="Größe Ω", metadata={"a": "1", "b": "true"}, volume_type="beta", bootable="true")),
    Case("create readonly", nothing, keep(size=1, readonly=True), become(metadata={"readonly": "True"})),
    Case("create from a snapshot", source, keep(snapshot=lambda made: made["snapshot"]["name"]), copied),
    Case("create from a volume", source, keep(source_volume=lambda made: made["source"]["id"]), copied),
    Case("create from an image", nothing, keep(size=1, image="tiny"), become(bootable="true")),
    Case("leave alone", volume, keep(), become(description="before", metadata={"a": "1", "b": "2"}), changed=False),
    Case("grow", volume, keep(size=3), become(size=3, description="before"), after=after(size=3)),
    Case("rename", volume, keep(new_name=lambda made: f"{made['name']}-new"),
         lambda rest, made: [v["id"] for v in rest.named(f"{made['name']}-new")] == [made["id"]]),
    Case("describe", volume, keep(description="after"), become(description="after", metadata={"a": "1", "b": "2"}),
         after=after(description="after")),
    Case("describe by nothing", volume, keep(description=""), become(description="")),
    Case("merge metadata", volume, keep(metadata={"b": 3, "c": "x"}), become(metadata={"a": "1", "b": "3", "c": "x"}),
         after=after(metadata={"a": "1", "b": "3", "c": "x"})),
    Case("exact metadata", volume, keep(metadata={"c": "x"}, metadata_mode="exact"), become(metadata={"c": "x"}),
         after=after(metadata={"c": "x"})),
    Case("no metadata", volume, keep(metadata={}, metadata_mode="exact"), become(metadata={})),
    Case("make readonly", volume, keep(readonly=True), become(metadata={"a": "1", "b": "2", "readonly": "True"})),
    Case("make bootable", volume, keep(bootable=True), become(bootable="true")),
    Case("retype", volume, keep(volume_type="beta", retype=True, migration_policy="on-demand"),
         become(volume_type="beta")),
    Case("everything at once", volume, keep(size=2, description="d", metadata={"a": "9"}, bootable=True, readonly=True),
         become(size=2, description="d", bootable="true", metadata={"a": "9", "b": "2", "readonly": "True"})),
    Case("delete", volume, keep(state="absent"), gone),
    Case("delete what is not there", nothing, keep(state="absent"), gone, changed=False),
    Case("delete with snapshots", with_snapshot, keep(state="absent", cascade=True), gone),
]  # fmt: skip
ADMIN_CASES = [Case("delete by force", broken, keep(state="absent", force=True), gone)]

BY_ADMIN, BY_MEMBER = shared_out(CASES, of=2)


@pytest.fixture(scope="module")
def as_admin(four_passes: Callable[..., FourPasses]) -> FourPasses:
    return four_passes([*BY_ADMIN, *ADMIN_CASES])


@pytest.fixture(scope="module")
def as_member(four_passes: Callable[..., FourPasses], demo: Rest) -> FourPasses:
    return four_passes(BY_MEMBER, cloud="demo", witness=demo)


@pytest.mark.parametrize("case", dealt([*CASES, *ADMIN_CASES], [*BY_ADMIN, *ADMIN_CASES]))
def test_four_passes_as_admin(as_admin: FourPasses, case: str) -> None:
    as_admin.check(case)


@pytest.mark.parametrize("case", dealt(CASES, BY_MEMBER))
def test_four_passes_as_a_member(as_member: FourPasses, case: str) -> None:
    as_member.check(case)


# What may lose data, or is not asked for plainly enough: options, kind, a piece of the sentence, the setup.
REFUSED = [
    ("shrink", {"size": 1}, "invalid", "cannot shrink", lambda rest, name: rest.volume(name, 2)),
    ("retype unasked", {"volume_type": "beta"}, "conflict", "Set retype", volume),
    ("delete with snapshots", {"state": "absent"}, "conflict", "Set cascade", with_snapshot),
    ("delete in use", {"state": "absent"}, "conflict", "in-use", lambda rest, name: rest.attached(name)),
    ("no size", {}, "invalid", "size is missing", nothing),
    ("no source", {"size": 1, "snapshot": "none-such"}, "not_found", "none-such", nothing),
    ("too small for its source", {"size": 1, "source_volume": "{source}"}, "invalid", "at least 2 GiB", source),
]


def test_what_is_refused(playbook: Playbook, rest: Rest, names: UniqueNames, request_log: Any) -> None:
    made = {case[0]: case[4](rest, names(case[0])) for case in REFUSED}

    def task(name: str, options: dict[str, Any]) -> dict[str, Any]:
        given = dict(options)
        if given.get("source_volume"):
            given["source_volume"] = made[name]["source"]["id"]
        return {"name": name, "unified.storage.volume": {"name": made[name]["name"], **given}}

    for check in (True, False):
        mark = request_log.mark()
        run = playbook([task(name, options) for name, options, *_ in REFUSED], check=check)
        assert not request_log.since(mark).writes()
        for name, _options, kind, text, _setup in REFUSED:
            assert run[name].failed, name
            assert not run[name].changed
            assert run[name].kind == kind, (name, run[name].result)
            assert text in run[name].msg, name
