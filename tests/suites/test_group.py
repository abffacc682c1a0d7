# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""volume_group: made, kept, and its members exactly those that are asked for, in four passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import Case, FourPasses, Playbook, Rest, UniqueNames
from harness.seldom import dealt, shared_out

NEW = {"group_type": "plaingroup", "volume_types": ["alpha"]}


def keep(**options: Any) -> Callable[[Any], dict[str, Any]]:
    def task(made: Any) -> dict[str, Any]:
        given = {k: v(made) if callable(v) else v for k, v in options.items()}
        return {"unified.storage.volume_group": {"name": made["name"], **given}}

    return task


def become(members: tuple[int, ...] = (), **wanted: Any) -> Callable[[Rest, Any], None]:
    """A witness: the group's values, and which of the setup's volumes are in it."""

    def look(rest: Rest, made: Any) -> None:
        (group,) = rest.named(wanted.get("name") or made["name"], "groups")
        shown = rest.get(f"/groups/{group['id']}?list_volume=True")["group"]
        assert {k: shown[k] for k in wanted} == wanted
        assert shown["status"] == "available"
        assert set(shown["volumes"]) == {made["volumes"][n]["id"] for n in members}

    return look


def gone(rest: Rest, made: Any) -> bool:
    return rest.named(made["name"], "groups") == []


def volumes(rest: Rest, name: str) -> Any:
    return {"name": name, "volumes": [rest.volume(f"{name}-{n}") for n in range(3)]}


def group(rest: Rest, name: str) -> Any:
    """A group with two of three volumes in it."""
    made = volumes(rest, name)
    ident = rest.volume_group(name, description="before")["id"]
    inside = ",".join(v["id"] for v in made["volumes"][:2])
    rest.put(f"/groups/{ident}", {"group": {"add_volumes": inside}})
    rest.wait_group(ident)
    return {**made, "id": ident}


def empty_group(rest: Rest, name: str) -> Any:
    made = group(rest, name)
    inside = ",".join(v["id"] for v in made["volumes"][:2])
    rest.put(f"/groups/{made['id']}", {"group": {"remove_volumes": inside}})
    rest.wait_group(made["id"])
    return made


def members(*places: int) -> Callable[[Any], list[str]]:
    return lambda made: [made["volumes"][n]["name"] for n in places]


CASES = [
    Case("create", volumes, keep(**NEW), become()),
    Case("create with members", volumes, keep(**NEW, description="Ω", volumes=members(0, 2)),
         become((0, 2), description="Ω")),
    Case("leave alone", group, keep(**NEW), become((0, 1), description="before"), changed=False),
    Case("rename", group, keep(new_name=lambda made: f"{made['name']}-new"),
         lambda rest, made: gone(rest, made) and len(rest.named(f"{made['name']}-new", "groups")) == 1),
    Case("describe", group, keep(description="after"), become((0, 1), description="after")),
    Case("let in", group, keep(volumes=members(2)), become((0, 1, 2))),
    Case("exactly these", group, keep(volumes=members(1, 2), volumes_mode="exact"), become((1, 2))),
    Case("none", group, keep(volumes=[], volumes_mode="exact"), become()),
    Case("delete", empty_group, keep(state="absent"), gone),
    Case("delete with volumes", group, keep(state="absent", delete_volumes=True), gone),
    Case("delete what is not there", volumes, keep(state="absent"), gone, changed=False),
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
    full = group(rest, names("full"))
    other = {"name": names("other"), "volumes": full["volumes"]}
    tasks = [
        {"name": "with volumes", **keep(state="absent")(full)},
        {"name": "in another", **keep(**NEW, volumes=members(0))(other)},
        {"name": "too little", **keep()({"name": names("new")})},
        {"name": "unknown type", **keep(group_type="none-such", volume_types=["alpha"])({"name": names("new")})},
    ]
    mark = request_log.mark()
    run = playbook(tasks)
    assert not request_log.since(mark).writes()
    assert [(t.name, t.failed, t.kind) for t in run.tasks] == [
        ("with volumes", True, "conflict"),
        ("in another", True, "conflict"),
        ("too little", True, "invalid"),
        ("unknown type", True, "not_found"),
    ]
