# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is around shares, in four passes: actions, snapshots, groups, instances, and adopting what exists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import Case, FourPasses, Manila, Playbook, UniqueNames
from harness.seldom import dealt, shared_out, some

NOTE = "unified.storage:managed_from"
Setup = Callable[[Manila, str], Any]


def task(module: str, **options: Any) -> Callable[[Any], dict[str, Any]]:
    """A task; a value that is a function gets what the setup made."""

    def make(made: Any) -> dict[str, Any]:
        return {f"unified.storage.{module}": {k: v(made) if callable(v) else v for k, v in options.items()}}

    return make


def of(key: str, tail: str = "") -> Callable[[Any], Any]:
    return lambda made: made[key] + tail


def share(**fields: Any) -> Setup:
    def setup(manila: Manila, name: str) -> Any:
        return {"name": name, "id": manila.share(name, **fields)["id"]}

    return setup


def nothing(manila: Manila, name: str) -> Any:
    return {"name": name}


def snapped(**fields: Any) -> Setup:
    def setup(manila: Manila, name: str) -> Any:
        made = share()(manila, name)
        return {**made, "snapshot": manila.share_snapshot(made["id"], f"{name}-snap", **fields)["id"]}

    return setup


def binned(manila: Manila, name: str) -> Any:
    made = share()(manila, name)
    manila.act("shares", made["id"], "soft_delete")
    return made


def broken_snapshot(manila: Manila, name: str) -> Any:
    made = snapped()(manila, name)
    manila.act("snapshots", made["snapshot"], "reset_status", {"status": "error_deleting"})
    return made


def group(manila: Manila, name: str) -> Any:
    return {"name": name, "id": manila.share_group(name, description="before")["id"]}


def full_group(manila: Manila, name: str) -> Any:
    made = group(manila, name)
    return {**made, "share": manila.share(f"{name}-share", share_group_id=made["id"])["id"]}


def group_snapshot(manila: Manila, name: str) -> Any:
    made = group(manila, f"{name}-source")
    taken = manila.make("share-group-snapshots", share_group_id=made["id"], name=f"{name}-snap")
    return {"name": name, "snapshot": taken["id"]}


def instance(manila: Manila, name: str) -> Any:
    made = share()(manila, name)
    (found,) = manila.get(f"/shares/{made['id']}/instances")["share_instances"]
    return {**made, "instance": found["id"]}


def exported(manila: Manila, name: str, **fields: Any) -> Any:
    """A share, with all that it takes to adopt it once it is released."""
    made = manila.share(name, **fields)
    facts = {"host": made["host"], "server": made["share_server_id"]}
    return {"name": name, "id": made["id"], "path": manila.path(made), **facts}


def foreign(manila: Manila, name: str, **fields: Any) -> Any:
    """What exists on the back end, and is no share."""
    made = exported(manila, name, **fields)
    manila.act("shares", made["id"], "unmanage")
    manila.wait_gone(f"/shares/{made['id']}")
    return made


def foreign_served(manila: Manila, name: str) -> Any:
    network = manila.share_network(f"{name}-network")["id"]
    return foreign(manila, name, share_type="dhss", share_network_id=network)


def located(manila: Manila, name: str) -> Any:
    made = snapped()(manila, name)
    return {**made, "place": manila.see("snapshots", made["snapshot"])["provider_location"]}


def foreign_snapshot(manila: Manila, name: str) -> Any:
    made = located(manila, name)
    manila.act("snapshots", made["snapshot"], "unmanage")
    manila.wait_gone(f"/snapshots/{made['snapshot']}")
    return made


def is_so(kind: str, key: str = "name", tail: str = "", **wanted: Any) -> Callable[[Manila, Any], None]:
    """One of this kind has that name (or id), these values, and is at rest."""

    def look(manila: Manila, made: Any) -> None:
        given = {k: v(made) if callable(v) else v for k, v in wanted.items()}
        found = [manila.see(kind, made[key])] if key != "name" else manila.of_name(made["name"] + tail, kind)
        assert len(found) == 1
        assert {k: found[0][k] for k in given} == given
        assert found[0]["status"] == given.get("status", "available")

    return look


def away(kind: str, key: str) -> Callable[[Manila, Any], bool]:
    return lambda manila, made: manila.is_away(kind, made[key])


def adopted(kind: str) -> Callable[[Manila, Any], None]:
    """It is there, under the name, with the note, its own metadata and its own description."""

    def look(manila: Manila, made: Any) -> None:
        (found,) = manila.of_name(f"{made['name']}-new", kind)
        assert (found["status"], found["description"], found["metadata"]["a"]) == ("available", "mine", "1")
        assert NOTE in found["metadata"]

    return look


NEW: dict[str, Any] = {"name": of("name", "-new"), "description": "mine", "metadata": {"a": 1}}
REVERT: dict[str, Any] = {"share": of("name"), "action": "revert"}
CASES = [
    Case("revert", snapped(), task("share_action", **REVERT, once="w"),
         is_so("shares", "id", metadata={"unified.storage:once:revert": "w"})),
    Case("revert each time", snapped(), task("share_action", **REVERT, snapshot=of("name", "-snap")),
         is_so("shares", "id"), again=True),
    Case("recycle", share(), task("share_action", share=of("name"), action="soft_delete"),
         is_so("shares", "id", is_soft_deleted=True), after=lambda made: {"is_soft_deleted": True}),
    Case("restore", binned, task("share_action", share=of("name"), action="restore"),
         is_so("shares", "id", is_soft_deleted=False)),
    Case("restore what is there", share(), task("share_action", share=of("name"), action="restore"),
         is_so("shares", "id"), changed=False),
    Case("snapshot", share(size=2), task("share_snapshot", share=of("name"), **NEW),
         is_so("snapshots", tail="-new", size=2, description="mine", metadata={"a": "1"}),
         after=lambda made: {"share_id": made["id"], "size": 2, "metadata": {"a": "1"}}),
    Case("keep a snapshot", snapped(metadata={"a": "1", "b": "2"}),
         task("share_snapshot", share=of("name"), name=of("name", "-snap"), new_name=of("name", "-s"),
              description="after", metadata={"b": 3}),
         is_so("snapshots", tail="-s", description="after", metadata={"a": "1", "b": "3"})),
    Case("exact snapshot metadata", snapped(metadata={"a": "1"}),
         task("share_snapshot", name=of("snapshot"), metadata={"c": "Ω"}, metadata_mode="exact"),
         is_so("snapshots", "snapshot", metadata={"c": "Ω"})),
    Case("delete a snapshot", snapped(), task("share_snapshot", name=of("name", "-snap"), state="absent"),
         away("snapshots", "snapshot")),
    Case("group", nothing, task("share_group", name=of("name"), share_types=["default"], description="mine"),
         is_so("share-groups", description="mine")),
    Case("group from a snapshot", group_snapshot,
         task("share_group", name=of("name"), source_share_group_snapshot=of("name", "-snap")),
         is_so("share-groups", source_share_group_snapshot_id=of("snapshot"))),
    Case("keep a group", group, task("share_group", name=of("name"), description="after", share_types=["default"]),
         is_so("share-groups", "id", description="after")),
    Case("delete a group", full_group, task("share_group", name=of("name"), state="absent", delete_shares=True),
         away("share-groups", "id")),
]  # fmt: skip
MANAGE: dict[str, Any] = {"service_host": of("host"), "export_path": of("path")}
RELEASE: dict[str, Any] = {"state": "unmanaged"}
ADMIN_CASES = [
    Case("reset", share(), task("share_action", share=of("name"), action="reset_status", status="error"),
         is_so("shares", "id", status="error")),
    Case("delete a snapshot by force", broken_snapshot,
         task("share_snapshot", name=of("snapshot"), state="absent", force=True), away("snapshots", "snapshot")),
    Case("reset an instance", instance, task("share_instance", id=of("instance"), status="error"),
         is_so("share_instances", "instance", status="error")),
    Case("delete an instance", instance, task("share_instance", id=of("instance"), state="absent", force=True),
         away("share_instances", "instance")),
    Case("adopt", foreign, task("manageable_share", share_type="default", **MANAGE, **NEW), adopted("shares")),
    Case("adopt with a share server", foreign_served,
         task("manageable_share", share_type="dhss", share_server=of("server"), **MANAGE, **NEW), adopted("shares")),
    Case("adopt what is managed", exported, task("manageable_share", **MANAGE), is_so("shares", "id"), changed=False),
    Case("release", share(), task("manageable_share", name=of("name"), **RELEASE), away("shares", "id")),
    Case("release by path", exported, task("manageable_share", **RELEASE, **MANAGE), away("shares", "id")),
    Case("adopt a snapshot", foreign_snapshot,
         task("manageable_share_snapshot", share=of("id"), provider_location=of("place"), **NEW), adopted("snapshots")),
    Case("release a snapshot", located,
         task("manageable_share_snapshot", share=of("id"), provider_location=of("place"), **RELEASE),
         away("snapshots", "snapshot")),
]  # fmt: skip
BY_ADMIN, BY_MEMBER = shared_out(CASES, of=2)
BY_ADMIN += some(ADMIN_CASES)


@pytest.fixture(scope="module")
def as_admin(share_passes: Callable[..., FourPasses]) -> FourPasses:
    return share_passes(BY_ADMIN)


@pytest.fixture(scope="module")
def as_member(share_passes: Callable[..., FourPasses], manila_demo: Manila) -> FourPasses:
    return share_passes(BY_MEMBER, cloud="demo", witness=manila_demo)


@pytest.mark.parametrize("case", dealt([*CASES, *ADMIN_CASES], BY_ADMIN))
def test_four_passes_as_admin(as_admin: FourPasses, case: str) -> None:
    as_admin.check(case)


@pytest.mark.parametrize("case", dealt(CASES, BY_MEMBER))
def test_four_passes_as_a_member(as_member: FourPasses, case: str) -> None:
    as_member.check(case)


def test_what_is_refused_leaves_nothing(playbook: Playbook, manila: Manila, share_names: UniqueNames) -> None:
    """A path that is none: the back end says no, and its record is gone. A member may do none of it."""
    made = exported(manila, share_names("there"))
    nowhere = {"service_host": made["host"], "share_type": "default", "name": share_names("lost")}
    adopt = {"unified.storage.manageable_share": {**nowhere, "export_path": "10.0.0.10:/nowhere"}}
    member = {"cloud": "demo"}
    reset = {"unified.storage.share_action": {"share": made["id"], "action": "reset_status", "status": "error"}}
    run = playbook(
        [
            {"name": "no such path", **adopt},
            {
                "name": "no host",
                "unified.storage.manageable_share": {"export_path": "10.0.0.10:/nowhere", "name": share_names("lost")},
            },
            {"name": "as a member", "unified.storage.manageable_share": {**adopt[next(iter(adopt))], **member}},
            {"name": "no such share", "unified.storage.share_action": {**reset[next(iter(reset))], **member}},
        ]
    )
    assert [(t.name, t.kind) for t in run.tasks] == [
        ("no such path", "failed"),
        ("no host", "invalid"),
        ("as a member", "forbidden"),
        ("no such share", "not_found"),
    ], [t.msg for t in run.tasks]
    assert not run["no such path"].changed
    assert manila.of_name(share_names("lost")) == []


def test_what_is_listed(playbook: Playbook, manila: Manila, manila_demo: Manila, share_names: UniqueNames) -> None:
    """The filters of the lists, against what the setup made."""
    manila.share_network(share_names("net"))
    network = manila.of_name(share_names("net"), "share-networks")[0]["id"]
    ids = {
        "a": manila.share(share_names("a"), 1, metadata={"tier": "gold", "odd": 'it\'s "Ω"'}, description="first")[
            "id"
        ],
        "b": manila.share(share_names("b"), 3, share_type="delta", metadata={"tier": "gold"})["id"],
        "c": manila.share(share_names("c"), 2, share_type="dhss", share_network_id=network, is_public=True)["id"],
        "twin": manila.share(share_names("twin"), 4)["id"],
        "gone": manila.share(share_names("gone"), 5)["id"],
        "other": manila_demo.share(share_names("other"), 6)["id"],
    }
    manila.act("shares", ids["gone"], "soft_delete")
    manila.act("shares", ids["b"], "reset_status", {"status": "error"})
    snap = manila.share_snapshot(ids["a"], share_names("snap"), metadata={"n": "1"})["id"]
    ids["copy"] = manila.share(share_names("copy"), 1, snapshot_id=snap)["id"]
    grp = manila.share_group(share_names("grp"), description="mine")["id"]
    ids["in"] = manila.share(share_names("in"), 1, share_group_id=grp)["id"]
    path, host = manila.path(ids["a"]), manila.see("shares", ids["a"])["host"]
    ours = {"name_pattern": share_names.prefix}
    rows: list[tuple[str, str, dict[str, Any], list[str]]] = [
        ("name", "share", {"name": share_names("a")}, ["a"]),
        ("id", "share", {"name": ids["a"]}, ["a"]),
        ("name and another status", "share", {"name": share_names("a"), "status": "error"}, []),
        ("no such name", "share", {"name": share_names("none")}, []),
        ("another project", "share", {"name": share_names("other")}, []),
        ("all projects", "share", {"name": share_names("other"), "all_projects": True}, ["other"]),
        ("sorted", "share", {**ours, "sort": "size:asc", "limit": 3, "offset": 3}, ["c", "b", "twin"]),
        ("metadata", "share", {**ours, "metadata": {"tier": "gold"}, "sort": "size:asc"}, ["a", "b"]),
        ("odd metadata", "share", {"metadata": {"odd": 'it\'s "Ω"'}}, ["a"]),
        ("status", "share", {**ours, "status": "error"}, ["b"]),
        ("type", "share", {**ours, "share_type": "delta"}, ["b"]),
        ("no such type", "share", {**ours, "share_type": "none-such"}, []),
        ("extra specs", "share", {**ours, "extra_specs": {"driver_handles_share_servers": "True"}}, ["c"]),
        ("network", "share", {**ours, "share_network": share_names("net")}, ["c"]),
        ("snapshot", "share", {**ours, "snapshot": share_names("snap")}, ["copy"]),
        ("group", "share", {"share_group": share_names("grp")}, ["in"]),
        ("host", "share", {**ours, "host": host, "metadata": {"tier": "gold"}}, ["a"]),
        ("description", "share", {**ours, "description_pattern": "irs"}, ["a"]),
        ("path", "share", {"export_location_path": path, "export_locations": True}, ["a"]),
        ("recycle bin", "share", {**ours, "soft_deleted": True}, ["gone"]),
        ("recycle bin by name", "share", {"name": share_names("gone"), "soft_deleted": True}, ["gone"]),
        ("public", "share", {**ours, "is_public": True, "cloud": "demo", "sort": "size:asc"}, ["c", "other"]),
        ("a filter of the service", "share", {"filters": {"display_name": share_names("b")}}, ["b"]),
        ("snapshots of a share", "share_snapshot", {"share": share_names("a")}, ["snap"]),
        ("snapshot by name", "share_snapshot", {"name": share_names("snap"), "status": "available"}, ["snap"]),
        ("snapshot metadata", "share_snapshot", {**ours, "metadata": {"n": 1}}, ["snap"]),
        ("snapshots of none", "share_snapshot", {"share": "none-such"}, []),
        ("group by name", "share_group", {"name": share_names("grp")}, ["grp"]),
        ("group by types", "share_group", {**ours, "share_types": ["default"], "description": "mine"}, ["grp"]),
        ("group of other types", "share_group", {**ours, "share_types": ["delta"]}, []),
    ]
    ids.update(snap=snap, grp=grp)
    tasks = [{"name": title, f"unified.storage.{kind}_info": options} for title, kind, options, _ids in rows]
    run = playbook(
        [
            *tasks,
            {"name": "instances", "unified.storage.share_instance_info": {"share": ids["a"], "export_locations": True}},
            {"name": "instances on", "unified.storage.share_instance_info": {"share": ids["a"], "host": "none-such"}},
            {"name": "behind a snapshot", "unified.storage.share_snapshot_instance_info": {"snapshot": snap}},
            {"name": "a marker", "unified.storage.share_info": {"marker": ids["a"]}},
        ]
    )
    wrong = []
    for title, kind, _options, keys in rows:
        found = run[title].result.get(f"{kind}s")
        if found is None or [one["id"] for one in found] != [ids[key] for key in keys]:
            wrong.append((title, run[title].msg, [one["name"] for one in found or ()]))
    assert not wrong
    assert run["path"].result["shares"][0]["export_locations"][0]["path"] == path
    (instance,) = run["instances"].result["share_instances"]
    assert (instance["share_id"], instance["export_locations"][0]["path"]) == (ids["a"], path)
    assert run["instances on"].result["share_instances"] == []
    (behind,) = run["behind a snapshot"].result["share_snapshot_instances"]
    assert behind["snapshot_id"] == snap
    assert run["a marker"].kind == "invalid"
