# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As a member without the admin role: what the policy forbids is said and not done; other projects are not seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import Cloud, Playbook, RequestLog, Rest, RunResult, UniqueNames

ALPHA, BETA = "lab@alpha#alpha", "lab@beta#beta"
VOLUME_ADMIN = "volume_extension:volume_admin_actions:"

Setup = Callable[[Rest, str], Any]


def volume(demo: Rest, name: str) -> Any:
    return demo.volume(name)


def in_use(demo: Rest, name: str) -> Any:
    return demo.attached(name)


def snapshot(demo: Rest, name: str) -> Any:
    """A volume, and a snapshot of it that has its name."""
    made = demo.volume(name)
    return {**made, "snapshot": demo.snapshot(made, name)["id"]}


def nothing(demo: Rest, name: str) -> Any:
    return {"name": name, "id": None}


def action(verb: str, **options: Any) -> Callable[[Any], dict[str, Any]]:
    return lambda made: {"unified.storage.volume_action": {"volume": made["id"], "action": verb, **options}}


def manageable(kind: str, **options: Any) -> Callable[[Any], dict[str, Any]]:
    """A task of manageable_<kind>; {id} and {name} stand for those of the setup."""

    def task(made: Any) -> dict[str, Any]:
        given = {k: v.format(**made) if isinstance(v, str) else v for k, v in options.items()}
        return {f"unified.storage.manageable_{kind}": given}

    return task


# What the task is, what it needs, and the policy that forbids it by default; None: the collection need not ask.
FORBIDDEN: list[tuple[str, Setup, Callable[[Any], dict[str, Any]], str | None]] = [
    ("reset_status", volume, action("reset_status", status="error"), VOLUME_ADMIN + "reset_status"),
    ("force_delete", volume, action("force_delete"), VOLUME_ADMIN + "force_delete"),
    ("force_detach", in_use, action("force_detach"), VOLUME_ADMIN + "force_detach"),
    ("migrate", volume, action("migrate", host=BETA), VOLUME_ADMIN + "migrate_volume"),
    ("complete_migration", volume, action("complete_migration", new_volume="{second}"),
     VOLUME_ADMIN + "migrate_volume_completion"),
    ("unmanage", volume, action("unmanage"), "volume_extension:volume_unmanage"),
    ("upload a public image", volume, lambda made: action(
        "upload_image", image_name=made["name"], disk_format="raw", visibility="public")(made),
     "volume_extension:volume_actions:upload_public"),
    ("delete by force", volume, lambda made: {
        "unified.storage.volume": {"name": made["id"], "state": "absent", "force": True}}, "volume:force_delete"),
    ("list manageable volumes", nothing, manageable("volume_info", host=ALPHA), "volume_extension:list_manageable"),
    ("list manageable snapshots", nothing, manageable("snapshot_info", host=ALPHA),
     "snapshot_extension:list_manageable"),
    ("manage", nothing, manageable("volume", host=ALPHA, reference={"source-name": "any"}, name="{name}"),
     "volume_extension:list_manageable"),
    ("release", volume, manageable("volume", state="unmanaged", name="{id}"), "volume_extension:volume_unmanage"),
    ("manage a snapshot", volume,
     manageable("snapshot", volume="{id}", reference={"source-name": "any"}, name="{name}"), None),
    ("release a snapshot", snapshot, manageable("snapshot", state="unmanaged", name="{snapshot}"),
     "snapshot_extension:snapshot_unmanage"),
]  # fmt: skip


def everything(rest: Rest, prefix: str) -> dict[str, Any]:
    """Every volume, snapshot and image of these names, with all that an administrator sees of them."""
    seen = {}
    for kind in ("volumes", "snapshots"):
        rows = rest.list(f"/{kind}/detail?all_tenants=1", kind)
        seen[kind] = {row["id"]: row for row in rows if (row["name"] or "").startswith(prefix)}
    return {**seen, "images": rest.list_images(prefix)}


@pytest.fixture(scope="module")
def forbidden(
    playbook: Playbook, rest: Rest, demo: Rest, module_names: UniqueNames, request_log: RequestLog
) -> dict[str, Any]:
    """All of them in one play; what was before and after, and what was asked."""
    second = demo.volume(module_names("second"))
    made = dict(
        zip(
            [row[0] for row in FORBIDDEN],
            demo.each(lambda row: row[1](demo, module_names(row[0].replace(" ", "-"))), FORBIDDEN),
            strict=True,
        )
    )

    def task(name: str, make: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        ((module, options),) = make(made[name]).items()
        if options.get("new_volume"):
            options = {**options, "new_volume": second["id"]}
        return {"name": name, module: options}

    before, mark = everything(rest, module_names.prefix), request_log.mark()
    run = playbook([task(name, make) for name, _setup, make, _policy in FORBIDDEN], cloud="demo", diff=True)
    return {
        "run": run,
        "asked": request_log.since(mark),
        "before": before,
        "after": everything(rest, module_names.prefix),
    }


@pytest.mark.parametrize(("name", "policy"), [(row[0], row[3]) for row in FORBIDDEN], ids=[row[0] for row in FORBIDDEN])
def test_what_the_policy_forbids(forbidden: dict[str, Any], name: str, policy: str | None) -> None:
    result = forbidden["run"][name]
    assert (result.failed, result.changed, result.kind) == (True, False, "forbidden"), result.result
    if policy is None:
        assert "only an administrator" in result.msg
        return
    assert policy in result.msg
    error = result["error"]
    assert error["status"] == 403
    assert error["request_id"].startswith("req-")
    assert policy in error["reason"]


def test_what_is_forbidden_changes_nothing(forbidden: dict[str, Any]) -> None:
    assert forbidden["after"] == forbidden["before"]
    ours = [*forbidden["before"]["volumes"], *forbidden["before"]["snapshots"]]
    writes = [entry for entry in forbidden["asked"].writes() if any(ident in entry.path for ident in ours)]
    assert len(writes) == 10, [str(entry) for entry in writes]
    assert {entry.status for entry in writes} == {403}


# ---- another project's


def stranger(module: str, **options: Any) -> dict[str, Any]:
    return {f"unified.storage.{module}": options}


# {id}, {name}, {snapshot}, {snapshot_id}: those of the other project; {own}: a volume of the member's project.
NOT_FOUND = [
    ("act by name", stranger("volume_action", volume="{name}", action="extend", new_size=2)),
    ("act by id", stranger("volume_action", volume="{id}", action="extend", new_size=2)),
    ("act with all_projects", stranger("volume_action", volume="{id}", action="set_readonly", readonly=True,
                                       all_projects=True)),
    ("keep by id", stranger("volume", name="{id}", size=2)),
    ("create from its volume", stranger("volume", name="{new}", source_volume="{id}")),
    ("create from its snapshot", stranger("volume", name="{new}", snapshot="{snapshot_id}")),
    ("take a snapshot", stranger("volume_snapshot", name="{new}", volume="{id}")),
    ("revert to its snapshot", stranger("volume_action", volume="{own}", action="revert", snapshot="{snapshot_id}")),
    ("group it", stranger("volume_group", name="{new}", group_type="plaingroup", volume_types=["alpha"],
                          volumes=["{id}"])),
]  # fmt: skip
UNSEEN = [
    ("volumes by name", "volumes", stranger("volume_info", name="{name}")),
    ("volumes by id", "volumes", stranger("volume_info", name="{id}")),
    ("volumes of all projects", "volumes", stranger("volume_info", metadata={"of": "{name}"}, all_projects=True)),
    ("snapshots by name", "volume_snapshots", stranger("volume_snapshot_info", name="{snapshot}")),
    ("snapshots by id", "volume_snapshots", stranger("volume_snapshot_info", name="{snapshot_id}", all_projects=True)),
    ("snapshots of its volume", "volume_snapshots", stranger("volume_snapshot_info", volume="{id}")),
]
GONE = [
    ("delete by name", stranger("volume", name="{name}", state="absent")),
    ("delete by id", stranger("volume", name="{id}", state="absent")),
    ("delete its snapshot", stranger("volume_snapshot", name="{snapshot_id}", volume="{own}", state="absent")),
    ("force_delete", stranger("volume_action", volume="{id}", action="force_delete")),
]


@pytest.fixture(scope="module")
def strangers(
    playbook: Playbook, rest: Rest, demo: Rest, alt: Rest, module_names: UniqueNames, request_log: RequestLog
) -> dict[str, Any]:
    name = module_names("alt")
    theirs = alt.volume(name, metadata={"of": name})
    taken = alt.snapshot(theirs, f"{name}-snapshot")
    own = demo.volume(module_names("own"))
    demo.snapshot(own, module_names("own-snapshot"))
    words = {"id": theirs["id"], "name": name, "snapshot": taken["name"], "snapshot_id": taken["id"],
             "own": own["id"], "new": module_names("new")}  # fmt: skip

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: fill(v) for k, v in value.items()}
        if isinstance(value, list):
            return [fill(v) for v in value]
        return value.format(**words) if isinstance(value, str) else value

    rows = [*NOT_FOUND, *((title, task) for title, _key, task in UNSEEN), *GONE]
    before, mark = everything(rest, module_names.prefix), request_log.mark()
    run = playbook([{"name": title, **fill(task)} for title, task in rows], cloud="demo")
    return {
        "run": run,
        "asked": request_log.since(mark),
        "before": before,
        "after": everything(rest, module_names.prefix),
        "seen": playbook([fill(UNSEEN[2][2])], cloud="admin").assert_ok().only,
    }


@pytest.mark.parametrize("name", [row[0] for row in NOT_FOUND])
def test_what_is_of_another_project_is_not_found(strangers: dict[str, Any], name: str) -> None:
    result = strangers["run"][name]
    assert (result.failed, result.changed, result.kind) == (True, False, "not_found"), result.result


@pytest.mark.parametrize(("name", "key"), [row[:2] for row in UNSEEN])
def test_what_is_of_another_project_is_not_listed(strangers: dict[str, Any], name: str, key: str) -> None:
    result = strangers["run"][name]
    assert (result.failed, result.changed) == (False, False), result.msg
    assert result[key] == []


@pytest.mark.parametrize("name", [row[0] for row in GONE])
def test_what_is_of_another_project_is_as_good_as_gone(strangers: dict[str, Any], name: str) -> None:
    result = strangers["run"][name]
    assert (result.failed, result.changed) == (False, False), result.msg


def test_another_project_keeps_what_it_has(strangers: dict[str, Any]) -> None:
    assert strangers["after"] == strangers["before"]
    assert not strangers["asked"].writes()
    assert len(strangers["seen"]["volumes"]) == 1, "an administrator sees it, so it was there to be seen"


def test_a_name_of_another_project_is_free(
    playbook: Playbook, rest: Rest, alt: Rest, demo: Rest, names: UniqueNames
) -> None:
    """A volume of the same name is made beside it, in the member's own project."""
    theirs = alt.volume(names("same"))
    made = playbook([{"unified.storage.volume": {"name": names("same"), "size": 2}}], cloud="demo").assert_ok().only
    assert made.changed
    assert {v["id"] for v in rest.named(names("same"))} == {theirs["id"], made["volume"]["id"]}
    assert demo.show(made["volume"]["id"])["size"] == 2
    assert alt.show(theirs) == theirs


def test_an_administrator_acts_on_many_of_another_project(
    cloud: Cloud, playbook: Playbook, alt: Rest, names: UniqueNames, request_log: RequestLog
) -> None:
    """They are watched by a list that has them, and not by one request for each; a revert finds their snapshots."""
    made = alt.volumes(names.many(17))
    taken = alt.snapshot(made[0], names("s"))
    act = {"all_projects": True, "wait_interval": 0.2}
    mark = request_log.mark()
    with cloud.fault("extend_volume", "slow", seconds=3):
        run = playbook([
            {"unified.storage.volume_action": {**act, "action": "extend", "new_size": 2, "batch_concurrency": 16,
                                               "batch": [{"volume": v["name"]} for v in made[1:]]}},
            {"unified.storage.volume_action": {**act, "action": "revert", "volume": made[0]["name"],
                                               "snapshot": taken["name"]}},
        ])  # fmt: skip
    run.assert_ok()
    assert [alt.show(v)["size"] for v in made] == [1] + [2] * 16
    asked = list(request_log.since(mark))
    begun = next(number for number, entry in enumerate(asked) if entry.writes)
    lists = [entry.path for entry in asked[begun:] if "/volumes/detail?" in entry.path]
    assert lists and all("all_tenants=1" in path for path in lists), lists


def test_a_member_names_an_attachment_by_its_mountpoint(playbook: Playbook, demo: Rest, names: UniqueNames) -> None:
    """The hosts are hidden: to name one must not look like there was nothing to detach."""
    made = demo.attached(names("v"))
    detach = action("detach", host_name="nobody")(made)["unified.storage.volume_action"]
    run = playbook(
        [{"unified.storage.volume_action": {**detach, **more}} for more in ({}, {"mountpoint": "/dev/vdz"})],
        cloud="demo",
    )
    assert (run[0].failed, run[0].kind) == (True, "conflict") and "mountpoint" in run[0].msg
    assert (run[1].failed, run[1].changed) == (False, False)
    assert demo.show(made)["status"] == "in-use"
    task = {"unified.storage.volume_action": {**detach, "mountpoint": "/dev/vdb"}}
    assert playbook([task], cloud="demo").assert_ok().only.changed
    assert demo.show(made)["status"] == "available"


def test_what_only_an_administrator_is_told(playbook: Playbook, demo: Rest, names: UniqueNames) -> None:
    made = demo.volume(names("told"))
    task = {"unified.storage.volume_info": {"name": made["id"]}}
    told: dict[str, RunResult] = {who: playbook([task], cloud=who).assert_ok() for who in ("demo", "admin")}
    (member,), (admin,) = (told[who].only["volumes"] for who in ("demo", "admin"))
    assert (member["host"], admin["host"]) == (None, ALPHA)
    assert member["id"] == admin["id"] == made["id"]
