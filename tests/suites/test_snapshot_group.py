# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snapshot_group on Cinder: group snapshots of a volume group, in four passes, with data that come back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faultproxy import FaultProxy, Rule
from harness import Case, Cloud, FourPasses, Playbook, Rest, UniqueNames
from harness.seldom import dealt, shared_out

GROUP, INFO = "unified.storage.snapshot_group", "unified.storage.snapshot_group_info"
BLOCK = 1024 * 1024


def keep(**options: Any) -> Callable[[Any], dict[str, Any]]:
    def task(made: Any) -> dict[str, Any]:
        given = {k: v(made) if callable(v) else v for k, v in options.items()}
        return {GROUP: {"volume_group": made["group"], "name": made["name"], **given}}

    return task


def content(rest: Rest, made: Any) -> list[bytes]:
    """What each volume begins with."""
    found = []
    for volume in made["volumes"]:
        with rest.cloud.data(volume).open("rb") as file:
            found.append(file.read(32).rstrip(b"\0"))
    return found


def write(rest: Rest, made: Any, text: str) -> None:
    for number, volume in enumerate(made["volumes"]):
        with rest.cloud.data(volume).open("r+b") as file:
            file.write(f"{text} {number}".encode().ljust(BLOCK, b"\0"))


def listed(rest: Rest, made: Any) -> list[dict[str, Any]]:
    """The group snapshots of the volume group."""
    found: list[dict[str, Any]] = rest.get(f"/group_snapshots/detail?group_id={made['group']}")["group_snapshots"]
    return found


def taken(rest: Rest, made: Any, name: str) -> str:
    body = {"group_snapshot": {"group_id": made["group"], "name": name, "description": "before"}}
    ident: str = rest.post("/group_snapshots", body)["group_snapshot"]["id"]
    rest.until(lambda: rest.get(f"/group_snapshots/{ident}")["group_snapshot"], lambda g: g["status"] == "available")
    return ident


def volumes(rest: Rest, name: str) -> Any:
    """A volume group of two volumes, each with a content of its own."""
    ident = rest.volume_group(name, "snapgroup")["id"]
    made = {"name": name, "group": ident, "volumes": [
        rest.volume(f"{name}-{n}", volume_type="alpha", group_id=ident) for n in range(2)
    ]}  # fmt: skip
    write(rest, made, "before")
    return made


def grouped(rest: Rest, name: str) -> Any:
    made = volumes(rest, name)
    made["id"] = taken(rest, made, name)
    write(rest, made, "after")
    return made


def nightly(rest: Rest, name: str) -> Any:
    made = volumes(rest, name)
    for night in (3, 2, 1):
        taken(rest, made, f"{name}-{night}")
        time.sleep(1.1)  # Cinder tells ages in seconds
    return made


def become(*suffixes: str, **wanted: Any) -> Callable[[Rest, Any], None]:
    """There are exactly the group snapshots of these names, each with a snapshot of both volumes."""

    def look(rest: Rest, made: Any) -> None:
        there = listed(rest, made)
        assert sorted(g["name"] for g in there) == sorted(made["name"] + suffix for suffix in suffixes)
        for group in there:
            assert group["status"] == "available"
            assert {k: group[k] for k in wanted} == wanted
        ours = {volume["id"] for volume in made["volumes"]}
        snapshots = [s for s in rest.list("/snapshots/detail", "snapshots") if s["volume_id"] in ours]
        assert len(snapshots) == 2 * len(there)

    return look


def reverted(rest: Rest, made: Any) -> None:
    assert content(rest, made) == [b"before 0", b"before 1"], "on every member"
    become("")(rest, made)


ROTATE = {"name": lambda made: made["name"] + "-0", "keep": 2, "keep_prefix": lambda made: made["name"] + "-"}
CASES = [
    Case("create", volumes, keep(), become("")),
    Case("create with all", volumes, keep(description="Ω"), become("", description="Ω")),
    Case("leave alone", grouped, keep(description="before"), become(""), changed=False),
    Case("leave alone by id", grouped, keep(name=lambda made: made["id"]), become(""), changed=False),
    Case("revert", grouped, keep(state="reverted"), reverted, again=True),
    Case("revert once", grouped, keep(state="reverted", once="release-7"), reverted),
    Case("delete", grouped, keep(state="absent"), become()),
    Case("delete what is not there", volumes, keep(state="absent"), become(), changed=False),
    Case("rotate", nightly, keep(**ROTATE), become("-0", "-1")),
]  # fmt: skip

BY_ADMIN, BY_MEMBER = shared_out(CASES, of=2)


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
    """No member is reverted where one of them cannot be."""
    newer, used, grown = (grouped(rest, names(n)) for n in ("newer", "used", "grown"))
    time.sleep(1.1)
    rest.snapshot(newer["volumes"][1], names("late"))
    rest.action(used["volumes"][1], "os-attach", {"host_name": "nobody", "mountpoint": "/dev/vdb"})
    rest.wait_volume(used["volumes"][1], "in-use")
    rest.volume(names("joined"), volume_type="alpha", group_id=grown["group"])
    back = {"state": "reverted", "once": "r1"}
    tasks = [
        {"name": "newer", **keep(**back)(newer)},
        {"name": "used", **keep(**back)(used)},
        {"name": "grown", **keep(**back)(grown)},
        {"name": "describe", **keep(description="new")(newer)},
        {"name": "ungroup", **keep(state="absent", keep_snapshots=True)(newer)},
        {"name": "no group", **keep(volume_group="none")(newer)},
        {"name": "no snapshot", **keep(**back, name="none")(newer)},
        {"name": "memory", **keep(with_memory=True)(newer)},
        {"name": "of ZStack", GROUP: {"name": "x", "root_volume": "x"}},
        {"name": "of a host", GROUP: {"name": "x", "volumes": [newer["volumes"][0]["id"]]}},
    ]
    mark = request_log.mark()
    run = playbook(tasks)
    assert not request_log.since(mark).writes()
    assert [(t.name, t.failed, t.kind) for t in run.tasks] == [
        ("newer", True, "conflict"),
        ("used", True, "conflict"),
        ("grown", True, "conflict"),
        ("describe", True, "unsupported"),
        ("ungroup", True, "unsupported"),
        ("no group", True, "not_found"),
        ("no snapshot", True, "not_found"),
        ("memory", True, "invalid"),
        ("of ZStack", True, "unsupported"),
        ("of a host", True, "unsupported"),
    ]
    assert "has a newer snapshot" in run["newer"].msg
    assert "is in-use, and must be available" in run["used"].msg
    assert "has joined the volume group since" in run["grown"].msg
    assert content(rest, newer) == [b"after 0", b"after 1"]


def test_a_create_that_fails_leaves_nothing(cloud: Cloud, playbook: Playbook, rest: Rest, names: UniqueNames) -> None:
    made = volumes(rest, names("g"))
    with cloud.fault("create_group_snapshot", message="disk on fire"):
        result = playbook([keep()(made)]).only
    assert (result.failed, result.kind) == (True, "failed")
    become()(rest, made)
    assert playbook([keep()(made)]).assert_ok().only.changed


def test_the_answer_to_create_is_lost(
    cloud: Cloud, playbook: Playbook, rest: Rest, names: UniqueNames, tmp_path: Path
) -> None:
    made = volumes(rest, names("g"))
    tmp_path.chmod(0o700)
    with FaultProxy(cloud.url("cinder")) as proxy:
        config = cloud.write_config(tmp_path / "clouds.yaml", block_storage_endpoint_override=f"{proxy.url}/v3")
        where = {"method": "POST", "path": "/group_snapshots$", "body": f'"{re.escape(made["name"])}"'}
        proxy.set_rules([Rule("reset", when="after", **where)])
        env = {"OS_CLIENT_CONFIG_FILE": str(config), "XDG_RUNTIME_DIR": str(tmp_path)}
        run = playbook([keep()(made), keep()(made)], env=env).assert_ok()
        assert [p.fault for p in proxy.log if p.fault], "the fault has struck"
    assert [t.changed for t in run.tasks] == [True, False]
    become("")(rest, made)


def mend(rest: Rest, made: Any, volume: Any) -> None:
    """What an administrator does after a revert that failed: Cinder leaves a backup of the volume, and statuses."""
    rest.action(volume, "os-reset_status", {"status": "available"})
    for snapshot in rest.list("/snapshots/detail", "snapshots"):
        if snapshot["volume_id"] == volume["id"] and snapshot["group_snapshot_id"] != made["id"]:
            rest.action(snapshot, "os-force_delete", kind="snapshots")
            rest.wait_gone(f"/snapshots/{snapshot['id']}")
        elif snapshot["group_snapshot_id"] == made["id"] and snapshot["status"] != "available":
            rest.action(snapshot, "os-reset_status", {"status": "available"}, kind="snapshots")


def test_a_revert_that_fails_on_one_member(cloud: Cloud, playbook: Playbook, rest: Rest, names: UniqueNames) -> None:
    """It says which one; nothing is noted, so the same word does it all when that is mended."""
    made = grouped(rest, names("g"))
    bad = made["volumes"][1]
    task = keep(state="reverted", once="r1")(made)
    with cloud.fault("revert_to_snapshot", match=bad["id"], message="disk on fire"):
        result = playbook([task]).only
    assert (result.failed, result.kind) == (True, "failed")
    assert bad["id"] in result.msg
    mend(rest, made, bad)
    assert playbook([task]).assert_ok().only.changed
    assert content(rest, made) == [b"before 0", b"before 1"]
    assert not playbook([task]).assert_ok().only.changed


def test_a_status_is_reset(playbook: Playbook, rest: Rest, names: UniqueNames) -> None:
    made = grouped(rest, names("g"))
    rest.action(made["id"], "reset_status", {"status": "error"}, kind="group_snapshots")
    run = playbook(
        [keep()(made), keep(reset_status="available")(made), keep(reset_status="available")(made), keep()(made)]
    )
    assert [(t.failed, t.changed) for t in run.tasks] == [(True, False), (False, True), (False, False), (False, False)]


def test_two_runs_at_once(cloud: Cloud, playbook: Playbook, rest: Rest, names: UniqueNames) -> None:
    made = volumes(rest, names("g"))
    with cloud.fault("create_group_snapshot", "slow", seconds=2, times=2):
        started = [playbook.start([keep()(made)]) for _ in range(2)]
        first, second = (running.wait().assert_ok() for running in started)
    rest.until(lambda: {"all": listed(rest, made)}, lambda seen: all(g["status"] == "available" for g in seen["all"]))
    (left,) = listed(rest, made)
    assert first.only["snapshot_group"]["id"] == second.only["snapshot_group"]["id"] == left["id"]


def test_info(playbook: Playbook, rest: Rest, demo: Rest, names: UniqueNames, request_log: Any) -> None:
    made = nightly(rest, names("g"))
    mark = request_log.mark()
    result = playbook([{INFO: {"volume_group": made["group"]}}]).assert_ok().only
    assert not request_log.since(mark).writes()
    groups = result["snapshot_groups"]
    assert [g["name"] for g in groups] == [f"{made['name']}-{night}" for night in (1, 2, 3)]
    assert {m["volume_id"] for m in groups[0]["members"]} == {v["id"] for v in made["volumes"]}
    assert [m["size"] for m in groups[0]["members"]] == [1, 1]
    other = grouped(rest, names("h"))
    everything = playbook([{INFO: {}}]).assert_ok().only["snapshot_groups"]
    assert {*(g["id"] for g in groups), other["id"]} <= {g["id"] for g in everything}
    assert [g for g in everything if g["source"]["id"] == made["group"]] == groups
    # Another project's are there as well where all are asked for, with their members.
    theirs = grouped(demo, names("t"))
    run = playbook([{INFO: {"all_projects": wide}} for wide in (False, True)]).assert_ok()
    narrow, wide = ({g["id"]: g["members"] for g in task["snapshot_groups"]} for task in run.tasks)
    assert theirs["id"] not in narrow
    assert {m["volume_id"] for m in wide[theirs["id"]]} == {v["id"] for v in theirs["volumes"]}
