# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is managed on a host goes over to Cinder, and back: by Cinder's own LVM driver, on the same volume groups."""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest
from hostlab import ROOT, Machine, Play
from volumes import WORDS

pytestmark = pytest.mark.seldom

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("UNIFIED_STORAGE_CACHE") or ROOT / ".cache")
#: volume group to the driver's lvm_type. Cinder finds its thin pool by the name <group>-pool.
GROUPS = {"us0": "default", "us1": "thin"}


@pytest.fixture(scope="module")
def groups(groups: list[str], host1: Machine) -> list[str]:
    """The second group has a thin pool, of the name that Cinder's driver gives it."""
    host1.sh("lvcreate -qq -y --type thin-pool -L 2G -n us1-pool us1")
    return groups


class Cinder:
    """cinder([verb, ...], ...) lets Cinder's driver do that, and returns its answers."""

    def __init__(self, machine: Machine, group: str) -> None:
        self._there, self._group = machine.ssh, group
        # The launcher makes the virtual environment where there is none.
        subprocess.run([ROOT / "tests" / "cloud" / "cloud", "--help"], check=True, capture_output=True)

    def __call__(self, *requests: list[Any]) -> list[Any]:
        python = CACHE / "cloud-venv" / "bin" / "python"
        words = ["-W", "ignore", str(HERE / "cinder_lvm.py"), self._group, GROUPS[self._group], *self._there]
        done = subprocess.run([python, *words], input=json.dumps(requests), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout))


def made_and_released(group: str) -> list[dict[str, Any]]:
    storage = {"volume_group": group, "thin_pool": "us1-pool" if group == "us1" else None, "over_provisioning": True}
    ours = {"host_storage": storage}
    return [
        {"name": f"volume {group}", "unified.storage.volume": {"name": f"v-{group}", "size": 1, **ours}},
        {
            "name": f"snapshot {group}",
            "unified.storage.volume_snapshot": {"name": f"s-{group}", "volume": f"v-{group}"},
        },
    ]


def test_from_the_host_to_cinder(play: Play, host1: Machine, groups: list[str]) -> None:
    run = play([task for group in GROUPS for task in made_and_released(group)]).assert_ok()
    ids = {
        group: (run[f"volume {group}"]["volume"]["id"], run[f"snapshot {group}"]["volume_snapshot"]["id"])
        for group in GROUPS
    }
    for group, (volume, _snapshot) in ids.items():
        host1.sh(f"{WORDS}data {group}; fill {group} {group}/volume-{volume}")
    gone = [{"name": f"s-{group}"} for group in GROUPS], [{"name": f"v-{group}"} for group in GROUPS]
    play(
        [
            {"unified.storage.manageable_snapshot": {"state": "unmanaged", "batch": gone[0]}},
            {"unified.storage.manageable_volume": {"state": "unmanaged", "batch": gone[1]}},
        ]
    ).assert_ok()
    for group, (volume, snapshot) in ids.items():
        theirs = {"volume": str(uuid.uuid4()), "snapshot": str(uuid.uuid4())}
        names = {"volume": f"volume-{volume}", "snapshot": f"_snapshot-{snapshot}"}
        volumes, snapshots, size, also = Cinder(host1, group)(
            ["list volumes"],
            ["list snapshots"],
            ["manage volume", names["volume"], theirs["volume"]],
            ["manage snapshot", names["snapshot"], theirs["snapshot"]],
        )
        (listed,) = [entry for entry in volumes if entry["reference"]["source-name"] == names["volume"]]
        assert (listed["safe_to_manage"], listed["size"]) == (True, 1), listed
        # Thin snapshots are volumes like any other to it.
        found = snapshots if GROUPS[group] == "default" else volumes
        (listed,) = [entry for entry in found if entry["reference"]["source-name"] == names["snapshot"]]
        assert listed["safe_to_manage"]
        if found is snapshots:
            assert listed["source_reference"] == {"source-name": names["volume"]}, listed
        # A thick snapshot has room for all of its volume and a table of it: to Cinder, a GiB that is begun is one.
        assert (size, also) == (1, 2 if found is snapshots else 1)
        witness = f"same {group} {group}/volume-{theirs['volume']}; lvs {group}/_snapshot-{theirs['snapshot']}"
        host1.sh(f"{WORDS}{witness}")


def test_from_cinder_to_the_host(play: Play, host1: Machine, groups: list[str]) -> None:
    tasks: list[dict[str, Any]] = []
    made = {group: (str(uuid.uuid4()), str(uuid.uuid4())) for group in GROUPS}
    for group, (volume, snapshot) in made.items():
        Cinder(host1, group)(["create volume", volume, 1])
        host1.sh(f"{WORDS}data {group}; fill {group} {group}/volume-{volume}")
        Cinder(host1, group)(["create snapshot", snapshot, volume])
        host1.sh(f"{WORDS}spoil {group} {group}/volume-{volume}")
        adopt = {"host": f"host1@{group}", "reference": {"source-name": f"volume-{volume}"}, "name": f"c-{group}"}
        of = {"volume": f"c-{group}", "reference": {"source-name": f"_snapshot-{snapshot}"}, "name": f"cs-{group}"}
        tasks += [
            {"name": f"list {group}", "unified.storage.manageable_volume_info": {"host": f"host1@{group}"}},
            {"name": f"volume {group}", "unified.storage.manageable_volume": adopt},
            {"name": f"snapshot {group}", "unified.storage.manageable_snapshot": of},
            {"name": f"revert {group}", "unified.storage.volume_action": {"volume": f"c-{group}", "action": "revert"}},
        ]
    run = play(tasks).assert_ok()
    for group, (volume, snapshot) in made.items():
        there = {each["reference"]["source-name"]: each for each in run[f"list {group}"]["manageable_volumes"]}
        assert there[f"volume-{volume}"]["safe_to_manage"] and there[f"volume-{volume}"]["size"] == 1
        # Who knows it by its id finds it under that id.
        assert run[f"volume {group}"]["volume"]["id"] == volume
        assert run[f"snapshot {group}"]["volume_snapshot"]["id"] == snapshot
        host1.sh(f"{WORDS}same {group} {group}/volume-{volume}; lvs {group}/_snapshot-{snapshot}")
