# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guides show of a host, run as it stands there, and run again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from harness.guides import Guide
from hostlab import Lab, Machine, Play
from shares import ROOT, clear, mounted
from volumes import WORDS, tear_down

HEAD = {
    "hosts: storage": "hosts: host1",
    "become: true": "become: false",  # who enters a test host is root
    "volume_group: data": "volume_group: us0",
    "size: 10": "size: 1",
    "size: 50": "size: 1",
}


@pytest.fixture
def disks(lab: Lab, host1: Machine) -> Iterator[list[str]]:
    """Of the volume group us0, which is empty."""
    found: list[str] = lab.facts["disks"]

    def empty() -> None:
        clear(host1)
        tear_down(host1)

    empty()
    host1.sh("pvcreate -qq -y {disks}; vgcreate -qq us0 {disks}".format(disks=" ".join(found)))
    yield found
    empty()


def test_volumes(host1: Machine, disks: list[str], play: Play) -> None:
    """Made; rolled back, once; and moved off a disk."""
    made = Guide("getting_started", **HEAD).play(1)
    play.as_written(made).assert_ok()
    play.as_written(made).assert_unchanged()
    paths = {name: "/dev/" + host1.sh(WORDS + f"named {name}") for name in ("ledger", "journal")}
    host1.sh("\n".join(f"printf before > {path}" for path in paths.values()))
    _on_zstack, revert = Guide("guide_roll_back")[2]
    options = revert["unified.storage.snapshot_group"]
    take = {k: v for k, v in options.items() if k not in ("state", "once")}
    play([{"unified.storage.snapshot_group": take}], storage={"volume_group": "us0"}).assert_ok()
    host1.sh("\n".join(f"printf spoilt > {path}" for path in paths.values()))
    assert play([revert], storage={"volume_group": "us0"}).assert_ok().only.changed
    assert [host1.sh(f"head -c 6 {path}") for path in paths.values()] == ["before"] * 2
    play([revert], storage={"volume_group": "us0"}).assert_unchanged()
    play([{"unified.storage.snapshot_group": {**take, "state": "absent"}}], storage={"volume_group": "us0"}).assert_ok()
    names = {**HEAD, "@data#": "@us0#", "/dev/sdb": disks[0], "/dev/sdc": disks[1]}
    empty = Guide("guide_empty", **names).play(3)
    assert any(task.changed for task in play.as_written(empty).assert_ok().tasks)
    assert not host1.sh(f"pvdisplay -m {disks[0]} | grep volume- || true")
    assert [host1.sh(f"head -c 6 {path}") for path in paths.values()] == ["before"] * 2
    play.as_written(empty).assert_unchanged()


def test_a_share(host1: Machine, host2: Machine, disks: list[str], play: Play) -> None:
    """Shared, mounted elsewhere, released: the content, the mount and the export stay."""
    guide = Guide("guide_share_to_manila", **HEAD, **{"10.0.0.0/24": "10.77.0.0/24"})
    run = play.as_written(guide.play(0)).assert_ok()
    (share,) = run["Where it is"]["shares"]
    (location,) = share["export_locations"]
    play.as_written(guide.play(0)).assert_unchanged()
    where = host1.sh(f"awk '$2 ~ \"^{ROOT}/\" {{print $2}}' /proc/mounts")
    host1.sh(f"echo kept > {where}/file")
    with mounted(host2, location["path"].replace("host1:", "10.77.0.2:")) as seen:
        assert host2.sh(f"cat {seen}/file") == "kept"
        play(guide[1]).assert_ok()
        assert host2.sh(f"cat {seen}/file") == "kept"
    play(guide[1]).assert_unchanged()
    assert host1.sh("exportfs -s | grep -c 10.77.0.0/24") == "1"
