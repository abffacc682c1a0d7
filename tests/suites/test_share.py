# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""share: made, kept, resized and deleted, in four passes on a real Manila; batches, locks, refusals."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from harness import Case, FourPasses, Manila, Playbook, RequestLog, RunResult, UniqueNames
from harness.seldom import dealt, shared_out, some

NO_SUCH_ID = "00000000-0000-4000-8000-000000000000"
# As many as make pages and workers count. Hundreds take Manila minutes: UNIFIED_STORAGE_MANY=300 asks for them.
MANY = int(os.environ.get("UNIFIED_STORAGE_MANY", "16"))


def keep(**options: Any) -> Callable[[Any], dict[str, Any]]:
    def task(made: Any) -> dict[str, Any]:
        given = {k: v(made) if callable(v) else v for k, v in options.items()}
        return {"unified.storage.share": {"name": made["name"], **given}}

    return task


def become(**wanted: Any) -> Callable[[Manila, Any], None]:
    def look(manila: Manila, made: Any) -> None:
        given = {k: v(made) if callable(v) else v for k, v in wanted.items()}
        (share,) = manila.of_name(given.get("name", made["name"]))
        assert {k: share[k] for k in given} == given
        assert share["status"] == "available"

    return look


def gone(manila: Manila, made: Any) -> bool:
    return manila.of_name(made["name"]) == []


def nothing(manila: Manila, name: str) -> Any:
    return {"name": name}


def share(**fields: Any) -> Callable[[Manila, str], Any]:
    def setup(manila: Manila, name: str) -> Any:
        return {"name": name, "id": manila.share(name, **fields)["id"]}

    return setup


def with_snapshot(manila: Manila, name: str) -> Any:
    made = share(size=2)(manila, name)
    return {**made, "snapshot": manila.share_snapshot(made["id"], f"{name}-snapshot")["id"]}


def network(manila: Manila, name: str) -> Any:
    return {"name": name, "network": manila.share_network(f"{name}-network")["id"]}


def group(manila: Manila, name: str) -> Any:
    return {"name": name, "group": manila.share_group(f"{name}-group")["id"]}


def in_group(manila: Manila, name: str) -> Any:
    made = group(manila, name)
    return {**made, "id": manila.share(name, share_group_id=made["group"])["id"]}


def served(manila: Manila, name: str) -> Any:
    made = network(manila, name)
    return {**made, "id": manila.share(name, share_type="dhss", share_network_id=made["network"])["id"]}


MINE = {"unified.storage:once:revert": "before"}
NEW: dict[str, Any] = {"size": 1, "share_type": "default"}
CASES = [
    Case("create", nothing, keep(**NEW), become(size=1, share_proto="NFS", share_type_name="default")),
    Case("create with all", nothing,
         keep(size=2, share_type="default", share_protocol="nfs", description="Ω", metadata={"a": 1, "b": True},
              availability_zone="nova"),
         become(size=2, share_proto="NFS", description="Ω", metadata={"a": "1", "b": "true"}),
         after=lambda made: {"size": 2, "share_protocol": "NFS", "metadata": {"a": "1", "b": "true"}}),
    Case("create from a snapshot", with_snapshot,
         lambda made: {"unified.storage.share": {"name": f"{made['name']}-copy", "snapshot": made["snapshot"]}},
         become(name=lambda made: f"{made['name']}-copy", size=2, snapshot_id=lambda made: made["snapshot"])),
    Case("create with a share server", network,
         keep(size=1, share_type="dhss", share_network=lambda made: f"{made['name']}-network"),
         become(share_network_id=lambda made: made["network"])),
    Case("create in a group", group, keep(share_group=lambda made: f"{made['name']}-group", **NEW),
         become(share_group_id=lambda made: made["group"])),
    Case("leave alone", share(metadata={"a": "1"}, description="before", size=2), keep(),
         become(size=2, description="before", metadata={"a": "1"}), changed=False),
    Case("leave a share server alone", served, keep(share_network=lambda made: made["network"], share_type="dhss"),
         become(size=1), changed=False),
    Case("by id", share(), keep(name=lambda made: made["id"], description="after"), become(description="after")),
    Case("rename", share(), keep(new_name=lambda made: f"{made['name']}-new"),
         become(name=lambda made: f"{made['name']}-new")),
    Case("merge metadata", share(metadata={"a": "1", "b": "2"}), keep(metadata={"b": 3, "c": "Ω"}),
         become(metadata={"a": "1", "b": "3", "c": "Ω"})),
    Case("exact metadata", share(metadata={"a": "1", **MINE}), keep(metadata={"c": "x"}, metadata_mode="exact"),
         become(metadata={"c": "x", **MINE})),
    Case("extend", share(), keep(size=3), become(size=3), after=lambda made: {"size": 3}),
    Case("extend only", share(size=3), keep(size=2, resize="extend"), become(size=3), changed=False),
    Case("shrink", share(size=3), keep(size=2, resize="both"), become(size=2), after=lambda made: {"size": 2}),
    Case("delete", share(), keep(state="absent"), gone),
    Case("delete with snapshots", with_snapshot, keep(state="absent", cascade=True), gone),
    Case("delete one in a group", in_group, keep(state="absent"), gone),
    Case("delete what is not there", nothing, keep(state="absent"), gone, changed=False),
]  # fmt: skip


def in_error(manila: Manila, name: str) -> Any:
    made = share()(manila, name)
    manila.act("shares", made["id"], "reset_status", {"status": "error_deleting"})
    return made


ADMIN_CASES = [
    Case("make public", share(), keep(is_public=True), become(is_public=True)),
    Case("create public", nothing, keep(is_public=True, **NEW), become(is_public=True)),
    Case("extend by force", share(), keep(size=2, force=True), become(size=2)),
    Case("delete by force", in_error, keep(state="absent", force=True), gone),
]

BY_ADMIN, BY_MEMBER = shared_out(CASES, ["create", "delete", "shrink"], of=2)
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


def test_what_is_returned(as_admin: FourPasses) -> None:
    planned = as_admin.results["create"]["check"].result["share"]
    made = as_admin.results["create"]["run"].result["share"]
    again = as_admin.results["create"]["run again"].result["share"]
    assert planned["id"] is None
    assert (planned["size"], planned["share_protocol"], planned["metadata"]) == (1, "NFS", {})
    assert made == again
    assert [where["preferred"] for where in made["export_locations"]] == [True, False, False]
    assert as_admin.results["delete"]["run"].result["share"] is None
    (step,) = as_admin.results["shrink"]["run"].result["plan"]
    assert (step["verb"], step["risk"], step["outcome"]) == ("shrink", "resize", "done")


def test_what_is_refused(
    playbook: Playbook, manila: Manila, manila_demo: Manila, share_names: UniqueNames, share_log: RequestLog
) -> None:
    """Bad input, a wrong state, a quota: one sentence, the kind, and nothing sent or left behind."""
    name = share_names("kept")
    kept = manila.share(name, 2)
    for twin in manila.shares([share_names("twin")] * 2):
        assert twin
    snapped = with_snapshot(manila, share_names("snapped"))
    error = manila.share(share_names("error"))
    manila.act("shares", error, "reset_status", {"status": "error"})
    soft = manila.share(share_names("soft"))
    manila.act("shares", soft, "soft_delete")
    manila.share_network(share_names("network"))
    new = {"name": share_names("new"), "size": 1, "share_type": "default"}
    refused: list[tuple[str, dict[str, Any], str, str]] = [
        ("no size", {"name": new["name"]}, "invalid", "size is missing"),
        ("size 0", {**new, "size": 0}, "invalid", "size must be 1 or more"),
        ("unknown type", {**new, "share_type": "none-such"}, "not_found", "There is no share type"),
        ("unknown network", {**new, "share_network": "none-such"}, "not_found", "There is no share network"),
        ("unknown group", {**new, "share_group": "none-such"}, "not_found", "There is no share group"),
        ("unknown snapshot", {**new, "snapshot": "none-such"}, "not_found", "There is no share snapshot"),
        ("no network", {**new, "share_type": "dhss"}, "invalid", "share_network is missing"),
        ("too small a copy", {**new, "snapshot": snapped["snapshot"]}, "invalid", "needs at least 2 GiB"),
        ("unknown id", {"name": NO_SUCH_ID, "size": 1}, "not_found", "cannot be made with a given id"),
        ("two of a name", {"name": share_names("twin")}, "ambiguous", "Give the id"),
        ("smaller", {"name": name, "size": 1}, "invalid", "Set resize to both"),
        ("another type", {"name": name, "share_type": "delta"}, "conflict", "has the share type default"),
        ("another protocol", {"name": name, "share_protocol": "CIFS"}, "conflict", "has the share protocol NFS"),
        ("a network", {"name": name, "share_network": share_names("network")}, "conflict", "has no share network"),
        ("a name that is taken", {"name": kept["id"], "new_name": error["name"]}, "conflict", "bears that name"),
        ("in error", {"name": error["name"]}, "failed", "is in the status error"),
        ("soft-deleted", {"name": soft["id"]}, "conflict", "is soft-deleted"),
        ("with snapshots", {"name": snapped["id"], "state": "absent"}, "conflict", "Set cascade"),
    ]
    mark = share_log.mark()
    run = playbook([{"name": "all", "unified.storage.share": {"batch": [entry for _t, entry, _k, _s in refused]}}])
    assert not share_log.since(mark).writes()
    for (title, _entry, kind, says), result in zip(refused, run["all"].result["results"], strict=True):
        assert (result["failed"], result["error"]["kind"]) == (True, kind), (title, result["msg"])
        assert says in result["msg"], title
        assert not result["changed"]
    assert run["all"].result["summary"]["failed"] == len(refused)
    assert manila.see("shares", kept)["size"] == 2


def test_what_manila_refuses(playbook: Playbook, manila: Manila, manila_demo: Manila, share_names: UniqueNames) -> None:
    """The service's own sentence, as a kind; nothing is left of it."""
    name, new = share_names("small"), {"size": 1, "share_type": "default"}
    manila_demo.share(name)
    quota = f"/quota-sets/{manila_demo.project_id}"
    used = manila.get(f"{quota}/detail")["quota_set"]["gigabytes"]["in_use"]
    manila.put(quota, {"quota_set": {"gigabytes": used + 1, "force": True}})
    refused: list[tuple[str, dict[str, Any], str]] = [
        ("a new one beyond the quota", {**new, "name": share_names("big"), "size": 9}, "quota"),
        ("growing beyond the quota", {"name": name, "size": 9}, "quota"),
        ("no protocol", {**new, "name": share_names("p"), "share_protocol": "FTP"}, "invalid"),
        ("a protocol of others", {**new, "name": share_names("c"), "share_protocol": "CEPHFS"}, "invalid"),
        ("public", {**new, "name": share_names("public"), "is_public": True}, "forbidden"),
        ("a zone that is none", {**new, "name": share_names("zone"), "availability_zone": "none-such"}, "not_found"),
    ]
    batch = {"batch": [entry for _t, entry, _k in refused], "batch_concurrency": 1}
    try:
        run = playbook(
            [
                {"name": "all", "unified.storage.share": batch},
                {"name": "force", "unified.storage.share": {"name": name, "state": "absent", "force": True}},
            ],
            cloud="demo",
        )
    finally:
        manila.delete(quota)
    for (title, _entry, kind), result in zip(refused, run["all"].result["results"], strict=True):
        assert result["error"]["kind"] == kind, (title, result["msg"])
        assert not result["changed"], title
    assert "CEPHFS" in run["all"].result["results"][3]["msg"]
    assert run["force"].kind == "forbidden"
    left = [s["name"] for s in manila_demo.get("/shares/detail?limit=1000")["shares"]]
    assert [found for found in left if found.startswith(share_names.prefix)] == [name]


def test_a_lock_stands_in_the_way(
    playbook: Playbook, manila: Manila, share_names: UniqueNames, share_log: RequestLog
) -> None:
    """Whatever would remove the share is refused before it is sent, and the lock is named."""
    name = share_names("locked")
    lock = manila.lock(manila.share(name), lock_reason="payroll runs")
    removals = {
        "delete": {"unified.storage.share": {"name": name, "state": "absent"}},
        "force": {"unified.storage.share": {"name": name, "state": "absent", "force": True}},
        "recycle": {"unified.storage.share_action": {"share": name, "action": "soft_delete"}},
        "release": {"unified.storage.manageable_share": {"name": name, "state": "unmanaged"}},
    }
    mark = share_log.mark()
    run = playbook([{"name": title, **task} for title, task in removals.items()])
    assert not share_log.since(mark).writes()
    for title in removals:
        assert run[title].kind == "locked", run[title].msg
        assert lock["id"] in run[title].msg
        assert "payroll runs" in run[title].msg
    manila.delete(f"/resource-locks/{lock['id']}")
    assert playbook([{"name": "again", **removals["delete"]}])["again"].changed


def test_a_share_that_cannot_be_made_leaves_nothing(
    playbook: Playbook, manila: Manila, share_names: UniqueNames
) -> None:
    """No host fits: the scheduler's own message is the reason, and the share in error is removed."""
    fields = {"extra_specs": {"driver_handles_share_servers": "False", "share_backend_name": "none-such"}}
    made = manila.post("/types", {"share_type": {"name": share_names("nowhere"), **fields}})["share_type"]
    try:
        task = {"name": share_names("lost"), "size": 1, "share_type": made["id"]}
        result = playbook([{"name": "lost", "unified.storage.share": task}])["lost"]
    finally:
        for lost in manila.of_name(share_names("lost")):
            manila.act("shares", lost, "force_delete")
        manila.delete(f"/types/{made['id']}")
    assert (result.failed, result.kind, result.changed) == (True, "failed", False), result.msg
    assert "status is error" not in result.msg
    assert manila.of_name(share_names("lost")) == []


def test_a_batch_of_many(playbook: Playbook, manila: Manila, share_names: UniqueNames, share_log: RequestLog) -> None:
    """All are made in one task, each gets rules in another, and all go in a third.

    Unchanged, the shares take one request; their rules, which Manila lists by share only, one each beside it.
    """
    names = share_names.many(MANY, "many")
    entries = [{"name": name, "metadata": {"n": str(n)}} for n, name in enumerate(names)]
    levels = {"10.0.0.0/24": "rw", "10.0.1.1": "ro"}
    tasks: list[dict[str, Any]] = [
        {"name": "make", "unified.storage.share": {"share_type": "default", "size": 1, "batch": entries}},
        {
            "name": "allow",
            "unified.storage.share_access_rule": {
                "rules": [{"access_to": to, "access_level": level} for to, level in levels.items()],
                "purge": True,
                "batch": [{"share": name} for name in names],
            },
        },
    ]

    def paths(run: RunResult, name: str) -> Counter[str]:
        within = share_log.since(mark).between(run[name].started, run[name].ended)
        return Counter(entry.path.split("?")[0].removeprefix("/v2") for entry in within)

    first = playbook(tasks).assert_ok()
    for task in first.tasks:
        assert task["summary"] == {"total": MANY, "changed": MANY, "unchanged": 0, "failed": 0}
    found = {s["name"]: s for s in manila.get("/shares/detail?limit=1000")["shares"]}
    assert {name: found[name]["metadata"]["n"] for name in names} == {e["name"]: e["metadata"]["n"] for e in entries}
    assert {found[name]["status"] for name in names} == {"available"}
    for name in (names[0], names[-1]):
        assert {rule["access_to"]: rule["access_level"] for rule in manila.rules(found[name])} == levels

    mark = share_log.mark()
    again = playbook(tasks).assert_ok()
    assert not share_log.since(mark).writes()
    for task in again.tasks:
        assert task["summary"] == {"total": MANY, "changed": 0, "unchanged": MANY, "failed": 0}
    # From 100 on, a list could have been cut by the service, and is asked for what follows.
    pages = 1 if len(found) < 100 else 2
    assert paths(again, "make") == {"/shares/detail": pages}
    assert paths(again, "allow") == {"/shares/detail": pages, "/share-access-rules": MANY}
    told = again["allow"]["results"][-1]["share_access_rules"]
    assert {rule["access_to"]: rule["access_level"] for rule in told} == levels

    removal = {"name": "remove", "unified.storage.share": {"state": "absent", "batch": [{"name": n} for n in names]}}
    mark = share_log.mark()
    checked = playbook([removal], check=True).assert_ok()
    assert checked["remove"]["summary"]["changed"] == MANY
    assert paths(checked, "remove") == {"/shares/detail": pages, "/snapshots/detail": 1, "/resource-locks": 1}
    gone = playbook([removal]).assert_ok()
    assert gone["remove"]["summary"]["changed"] == MANY
    assert not {s["name"] for s in manila.get("/shares/detail?limit=1000")["shares"]} & set(names)
