# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation shows of a host, run as it stands there; what the guides show, run again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from harness.guides import Guide, examples
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
EXAMPLES = examples("host")
#: What the other examples of volumes and shares take for granted.
READY = """
- unified.storage.volume:
    size: 1
    batch: [{name: ledger}, {name: journal}]
- unified.storage.share: {name: web, size: 1}
- unified.storage.share_snapshot: {share: web, name: before-upgrade}
"""


@pytest.fixture
def bare_disks(lab: Lab, host1: Machine) -> Iterator[list[str]]:
    """Nothing is on them, and nothing is shared."""

    def empty() -> None:
        clear(host1)
        tear_down(host1)

    empty()
    yield list(lab.facts["disks"])
    empty()


@pytest.fixture
def disks(host1: Machine, bare_disks: list[str]) -> list[str]:
    """Of the volume group us0, which is empty."""
    host1.sh("pvcreate -qq -y {disks}; vgcreate -qq us0 {disks}".format(disks=" ".join(bare_disks)))
    return bare_disks


def test_examples(bare_disks: list[str], play: Play) -> None:
    """Of modules and pages: the role prepares the host, and all the others find what it has made."""
    words = {"storage": "host1", "/dev/sdb": bare_disks[0], "/dev/sdc": bare_disks[1], 10: 1, 20: 1, 50: 1}
    shown = {name: example.renamed(words) for name, example in EXAMPLES.items()}
    (prepare,) = shown.pop("page storage_host, 0")
    # The image has the packages, and not what Ansible installs packages with.
    play.as_written({**prepare, "become": False, "vars": {"storage_host_packages": []}}).assert_ok()
    tasks = yaml.safe_load(READY)
    for name, written in shown.items():
        if EXAMPLES[name].is_play:
            (one,) = written
            run = play.as_written({**one, "become": False}).assert_ok()  # who enters a test host is root
            assert any(task.changed for task in run.tasks), name
        else:
            tasks += written
    run = play(tasks, storage={"volume_group": "data", "thin_pool": "pool"}, keep_going=False).assert_ok()
    assert all(task.changed for task in run.tasks), [str(task) for task in run.tasks]


def test_volumes(host1: Machine, disks: list[str], play: Play) -> None:
    """Made; rolled back, once; and moved off a disk."""
    made = Guide("getting_started", **HEAD).play(3)
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
        told = play.as_written(guide.play(1)).assert_ok()
        assert told["Say where it is"]["results"][0]["msg"] == location["path"]
        assert host2.sh(f"cat {seen}/file") == "kept"
    play.as_written(guide.play(1)).assert_unchanged()
    assert host1.sh("exportfs -s | grep -c 10.77.0.0/24") == "1"
