# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snapshot_group on Manila: share group snapshots, in four passes; and the way back, which is a new group."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from harness import Case, FourPasses, Manila, Playbook
from harness.seldom import dealt, shared_out

GROUP, INFO = "unified.storage.snapshot_group", "unified.storage.snapshot_group_info"


def keep(**options: Any) -> Callable[[Any], dict[str, Any]]:
    def task(made: Any) -> dict[str, Any]:
        given = {k: v(made) if callable(v) else v for k, v in options.items()}
        return {GROUP: {"share_group": made["group"], "name": made["name"], **given}}

    return task


def shares(manila: Manila, name: str) -> Any:
    """A share group with two shares."""
    group = manila.share_group(f"{name}-group")["id"]
    members = [manila.share(f"{name}-{n}", share_group_id=group)["id"] for n in range(2)]
    return {"name": name, "group": group, "shares": members}


def grouped(manila: Manila, name: str) -> Any:
    made = shares(manila, name)
    made["id"] = manila.make("share-group-snapshots", share_group_id=made["group"], name=name, description="before")[
        "id"
    ]
    return made


def nightly(manila: Manila, name: str) -> Any:
    made = shares(manila, name)
    for night in (3, 2, 1):
        manila.make("share-group-snapshots", share_group_id=made["group"], name=f"{name}-{night}")
        time.sleep(1.1)  # Manila tells ages in seconds
    return made


def listed(manila: Manila, made: Any) -> list[dict[str, Any]]:
    """The snapshots of the share group."""
    found = manila.get(f"/share-group-snapshots/detail?share_group_id={made['group']}")["share_group_snapshots"]
    return [group for group in found if group["share_group_id"] == made["group"]]


def become(*suffixes: str, **wanted: Any) -> Callable[[Manila, Any], None]:
    def look(manila: Manila, made: Any) -> None:
        there = listed(manila, made)
        assert sorted(g["name"] for g in there) == sorted(made["name"] + suffix for suffix in suffixes)
        for group in there:
            assert {k: group[k] for k in wanted} == wanted
            assert group["status"] == "available"
            assert {member["share_id"] for member in group["members"]} == set(made["shares"])

    return look


ROTATE = {"name": lambda made: made["name"] + "-0", "keep": 2, "keep_prefix": lambda made: made["name"] + "-"}
CASES = [
    Case("create", shares, keep(), become("")),
    Case("create with all", shares, keep(description="Ω"), become("", description="Ω")),
    Case("leave alone", grouped, keep(description="before"), become(""), changed=False),
    Case("describe", grouped, keep(description="after"), become("", description="after")),
    Case("rename", grouped, keep(new_name=lambda made: made["name"] + "-new"), become("-new")),
    Case("delete", grouped, keep(state="absent"), become()),
    Case("delete what is not there", shares, keep(state="absent"), become(), changed=False),
    Case("rotate", nightly, keep(**ROTATE), become("-0", "-1")),
]  # fmt: skip


BY_ADMIN, BY_MEMBER = shared_out(CASES, of=2)


@pytest.fixture(scope="module")
def as_admin(share_passes: Callable[..., FourPasses]) -> FourPasses:
    return share_passes(BY_ADMIN)


@pytest.fixture(scope="module")
def as_member(share_passes: Callable[..., FourPasses], manila_demo: Manila) -> FourPasses:
    return share_passes(BY_MEMBER, cloud="demo", witness=manila_demo)


@pytest.mark.parametrize("case", dealt(CASES, BY_ADMIN))
def test_four_passes_as_admin(as_admin: FourPasses, case: str) -> None:
    as_admin.check(case)


@pytest.mark.parametrize("case", dealt(CASES, BY_MEMBER))
def test_four_passes_as_a_member(as_member: FourPasses, case: str) -> None:
    as_member.check(case)


def test_the_way_back_and_what_is_refused(playbook: Playbook, manila: Manila, share_names: Any, share_log: Any) -> None:
    made = grouped(manila, share_names("g"))
    mark = share_log.mark()
    asked = [
        {"name": "revert", **keep(state="reverted", once="r")(made)},
        {"name": "ungroup", **keep(state="absent", keep_snapshots=True)(made)},
        {"name": "info", INFO: {"share_group": made["group"]}},
    ]
    for run in (playbook(asked, check=True), playbook(asked)):
        assert [(t.failed, t.kind) for t in run.tasks] == [(True, "unsupported"), (True, "unsupported"), (False, None)]
    assert not share_log.since(mark).writes()
    assert "source_share_group_snapshot" in run["revert"].msg
    (group,) = run["info"]["snapshot_groups"]
    assert group["source"] == {"kind": "share_group", "id": made["group"], "name": None}
    assert {(m["share_id"], m["size"], m["volume_id"]) for m in group["members"]} == {
        (share, 1, None) for share in made["shares"]
    }
    back = {"name": share_names("back"), "source_share_group_snapshot": made["id"]}
    assert playbook([{"unified.storage.share_group": back}]).assert_ok().only.changed


def test_a_status_is_reset(playbook: Playbook, manila: Manila, share_names: Any) -> None:
    made = grouped(manila, share_names("g"))
    manila.act("share-group-snapshots", made["id"], "reset_status", {"status": "error"})
    reset = keep(reset_status="available")(made)
    run = playbook([keep()(made), reset, reset, keep()(made)])
    assert [(t.failed, t.changed) for t in run.tasks] == [(True, False), (False, True), (False, False), (False, False)]
