# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E501 (a table of tasks)
"""The modules of shares on a real host: one story, each task of it in four passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hostlab import LOGS, Machine, Play, RunResult, logged
from shares import LOOK, ROOT, THIN, clear, set_up

PASSES = ("check", "run", "run again", "check again")


@dataclass(frozen=True)
class Told:
    """A task of the story. witness: a shell command on the host that fails unless it was done."""

    name: str
    module: str
    options: dict[str, Any]
    witness: str


def told(name: str, module: str, witness: str, /, *batch: dict[str, Any], **options: Any) -> Told:
    return Told(name, module, {**options, **({"batch": list(batch)} if batch else {})}, witness)


#: The paths of the shares are by their names.
WEB, OTHER = f"{ROOT}/web", f"{ROOT}/other"
STORY = [
    told("create", "share", f"echo then > {WEB}/file; mountpoint -q {OTHER}",
         {"name": "a", "mount_point_name": "web", "description": "d", "metadata": {"k": "ü", "b": True}},
         {"name": "other", "mount_point_name": "other"}, size=1),
    told("keep", "share", f"[ $(df --output=size -B1M {OTHER} | tail -1) -gt 1800 ]",
         {"name": "a", "new_name": "web", "metadata": {"k": "v"}}, {"name": "other", "size": 2, "resize": "extend"}),
    told("let in", "share_access_rule", f"grep -c ^{WEB} /var/lib/nfs/etab | grep -qx 2", share="web", purge=True,
         rules=[{"access_to": "10.77.0.3", "metadata": {"who": "host2"}}, {"access_to": "192.0.2.0/24", "access_level": "ro"}]),
    told("change a rule", "share_access_rule", f"grep ^{WEB} /var/lib/nfs/etab | grep '192.0.2.0/24(rw'", share="web",
         access_to="192.0.2.0/24", access_level="rw"),
    told("take a rule away", "share_access_rule", f"! grep 192.0.2.0/24 /var/lib/nfs/etab | grep ^{WEB}", share="web",
         access_to="192.0.2.0/24", state="absent"),
    told("snapshot", "share_snapshot", f"grep -q then {ROOT}/share-snapshot-*/file; echo now > {WEB}/file",
         {"share": "web", "name": "s1", "mounted": True}, {"share": "other", "name": "s2", "metadata": {"a": "b"}}),
    told("keep snapshots", "share_snapshot", f"[ $(grep -c {ROOT}/share-snapshot- /proc/mounts) = 1 ]",
         {"share": "web", "name": "s1", "mounted": False, "new_name": "before"}, {"share": "other", "name": "s2", "mounted": True}),
    told("revert", "share_action", f"grep -q then {WEB}/file", share="web", action="revert", snapshot="before", once="t"),
    told("lock", "resource_lock", "lvs --noheadings -o lv_tags nfs0 | grep -q us:lock", resource="web", lock_reason="audit"),
    told("keep a lock", "resource_lock", "lvs --noheadings -o lv_tags nfs0 | grep -q legal", resource="web", lock_reason="legal"),
    told("unlock", "resource_lock", "! lvs --noheadings -o lv_tags nfs0 | grep -q us:lock", resource="web", state="absent"),
    told("reset_status", "share_action", "lvs --noheadings -o lv_tags nfs0 | grep -q us:status=error", share="other",
         action="reset_status", status="error"),
    told("and back", "share_action", "! lvs --noheadings -o lv_tags nfs0 | grep -q us:status", share="other",
         action="reset_status", status="available"),
    told("delete snapshots", "share_snapshot", f"! grep {ROOT}/share-snapshot- /proc/mounts /var/lib/nfs/etab",
         {"share": "web", "name": "before"}, {"share": "other", "name": "s2"}, state="absent"),
    told("shrink", "share", f"[ $(df --output=size -B1M {OTHER} | tail -1) -lt 1024 ]", name="other", size=1, resize="shrink"),
    told("adopt", "manageable_share", "lvs --noheadings -o lv_tags nfs0/theirs | grep -q us:kind=share",
         export_path="/srv/theirs", name="adopted", metadata={"k": "v"}),
    told("release", "manageable_share", "! lvs --noheadings -o lv_tags nfs0/theirs | grep us:", name="adopted",
         state="unmanaged"),
    told("delete", "share", f"[ -z \"$(ls {ROOT})\" ] && ! lvs nfs0 | grep share-", {"name": "web"}, {"name": "other"},
         state="absent"),
]  # fmt: skip

#: What only looks, and is done in the middle of the story.
LOOKS = {
    "share_info": {},
    "share_access_rule_info": {"share": "web"},
    "share_snapshot_info": {},
    "resource_lock_info": {},
    "share_pool_info": {},
}
AFTER = "keep a lock"


@pytest.fixture(scope="module")
def theirs(host1: Machine) -> Iterator[None]:
    """What is somebody else's is as it was, after all tests."""
    before = set_up(host1)
    host1.sh(f"mkdir -p {LOGS}; rm -f {LOGS}/*")
    yield
    after = host1.sh(LOOK)
    clear(host1)
    assert after == before


@pytest.fixture(scope="module")
def story(play: Play, theirs: None) -> RunResult:
    tasks: list[dict[str, Any]] = []
    for each in STORY:
        task = {f"unified.storage.{each.module}": each.options}
        for number, title in enumerate(PASSES):
            log = f"{each.name}-{number}".replace(" ", "-")
            tasks.append({"name": f"{each.name}: {title}", "check_mode": number in (0, 3), **logged(log, task)})
            if number == 1:
                tasks.append({"name": f"{each.name}: witness", "ansible.builtin.raw": f"set -ex; {each.witness}"})
        if each.name == AFTER:
            for module, options in LOOKS.items():
                tasks.append({"name": module, **logged(module, {f"unified.storage.{module}": options})})
    return play(tasks, storage=THIN, diff=True)


@pytest.mark.parametrize("name", [each.name for each in STORY])
def test_four_passes(story: RunResult, host1: Machine, name: str) -> None:
    passes = [story[f"{name}: {title}"] for title in PASSES]
    for title, task in zip(PASSES, passes, strict=True):
        assert not task.failed, f"{title}: {task.result}"
    assert [task.changed for task in passes] == [True, True, False, False], [task.result.get("plan") for task in passes]
    assert passes[0].diff == passes[1].diff and passes[0].diff
    for number in (0, 2, 3):
        wrote = [entry["argv"] for entry in host1.log(f"{name}-{number}".replace(" ", "-")) if entry["writes"]]
        assert wrote == [], f"{PASSES[number]} wrote"
    assert not story[f"{name}: witness"].failed, story[f"{name}: witness"].result


@pytest.mark.parametrize("module", LOOKS)
def test_who_looks_writes_nothing(story: RunResult, host1: Machine, module: str) -> None:
    assert not story[module].failed and not story[module].changed, story[module].result
    log = host1.log(module)
    assert log and not [entry for entry in log if entry["writes"]]


def test_what_is_listed(story: RunResult) -> None:
    shares = {share["name"]: share for share in story["share_info"]["shares"]}
    assert set(shares) == {"web", "other"}
    assert (shares["web"]["metadata"], shares["other"]["size"]) == ({"k": "v", "b": "true"}, 2)
    (rule,) = story["share_access_rule_info"]["share_access_rules"]
    assert (rule["access_to"], rule["access_level"], rule["metadata"]) == ("10.77.0.3", "rw", {"who": "host2"})
    snapshots = {found["name"]: found for found in story["share_snapshot_info"]["share_snapshots"]}
    assert {name: found["mounted"] for name, found in snapshots.items()} == {"before": False, "s2": True}
    (lock,) = story["resource_lock_info"]["resource_locks"]
    assert lock["lock_reason"] == "legal"


def test_how_full_the_pools_are(story: RunResult) -> None:
    pools = {pool["name"]: pool for pool in story["share_pool_info"]["share_pools"]}
    thin, whole = pools["host1@nfs0#pool"], pools["host1@nfs0#nfs0"]
    assert (thin["total_capacity"], thin["thin_provisioning"], thin["allocated_capacity"]) == (1.0, True, 3)
    # Two shares of 1 and 2 GiB, and their snapshots
    assert thin["provisioned_capacity"] == 6.0
    assert 0 < thin["capabilities"]["data_percent"] < 100 and 0 < thin["capabilities"]["metadata_percent"] < 100
    assert thin["free_capacity"] < thin["total_capacity"] and not whole["thin_provisioning"]


@pytest.mark.parametrize("check", [True, False], ids=["check", "run"])
def test_two_shares_are_not_made_on_one_path(play: Play, host1: Machine, theirs: None, check: bool) -> None:
    batch = [{"name": name, "size": 1, "mount_point_name": "same"} for name in ("one", "two")]
    run = play([{"unified.storage.share": {"batch": batch}}], storage=THIN, check=check)
    (first, second) = run.only["results"]
    assert second["error"]["kind"] == "conflict" and not second["changed"], second
    assert not first["failed"] and first["changed"]
    if not check:
        play([{"unified.storage.share": {"name": "one", "state": "absent"}}], storage=THIN).assert_ok()


@pytest.mark.parametrize("check", [True, False], ids=["check", "run"])
def test_no_pool_is_overfilled(play: Play, host1: Machine, theirs: None, check: bool) -> None:
    batch = [{"name": "one", "size": 1}, {"name": "two", "size": 1}]
    run = play([{"unified.storage.share": {"batch": batch}}], storage={**THIN, "over_provisioning": False}, check=check)
    (fits, other) = run.only["results"]
    assert other["error"]["kind"] == "quota" and "over_provisioning" in other["msg"], other
    assert not fits["failed"]
    if not check:
        play([{"unified.storage.share": {"name": "one", "state": "absent"}}], storage=THIN).assert_ok()
