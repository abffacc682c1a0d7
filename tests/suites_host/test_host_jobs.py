# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX starts them, on a host: one for each template, and two side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness.awx import TEMPLATES, Awx, Credential, changed
from hostlab import Lab, Machine
from shares import clear
from volumes import tear_down

STORAGE_HOST = Credential("Storage host", {"volume_group": "us0"})
EMPTY = "for disk in {disks}; do ! pvs $disk >/dev/null 2>&1 || pvremove -qq -ff -y $disk; wipefs -qa $disk; done"


@pytest.fixture(scope="module")
def disks(lab: Lab, host1: Machine) -> Iterator[list[str]]:
    """Of the host, empty."""
    found: list[str] = lab.facts["disks"]

    def empty() -> None:
        clear(host1)
        tear_down(host1)
        host1.sh(EMPTY.format(disks=" ".join(found)))

    empty()
    yield found
    empty()


@pytest.fixture(scope="module")
def awx(tmp_path_factory: pytest.TempPathFactory) -> Awx:
    return Awx(tmp_path_factory.mktemp("awx"), credentials=[STORAGE_HOST])


def test_a_job_for_each_template(lab: Lab, host1: Machine, disks: list[str], awx: Awx, tmp_path: Path) -> None:
    """With the credential of our type, and the answers of the surveys."""
    # The image has the packages, and no package lists to ask.
    inventory = Path(lab.facts["inventory"]).read_text()
    inventory = inventory.replace("  vars:\n", "  vars:\n    storage_host_packages: []\n")
    launched = set()

    def launch(name: str, **given: Any) -> None:
        events = awx.launch_template(name, inventory=inventory, storage_hosts="host1", **given).events()
        assert changed(events), name
        launched.add(name)

    launch("Prepare storage hosts", disks=",".join(disks[:2]), volume_group="us0")
    host1.sh(f"lvcreate -qq -y -L 64M -n old-ledger us0 {disks[0]}; printf kept > /dev/us0/old-ledger; sync")
    launch("Provision shares on hosts", share_name="team, home", share_size=1, clients="10.77.0.0/24")
    launch("Adopt storage on hosts", pool="host1@us0", new_name=r"new-\1")
    moved = {"from": f"host1@us0#{disks[0]}", "to": f"host1@us0#{disks[1]}"}
    launch("Evacuate a disk of a host", at_once=1, **moved)
    launch("Rotate snapshots on hosts", volumes="new-ledger", keep=1)
    launch("Storage report of hosts", report_folder=str(tmp_path / "page"))
    assert launched == {name for name, one in TEMPLATES.items() if one["place"] == "hosts"}
    assert host1.sh("exportfs -s | grep -c 10.77.0.0/24") == "2"
    (adopted,) = host1.sh(
        "lvs --noheadings --separator ' ' -o lv_path,devices -S 'lv_tags = us:name=new-ledger' us0"
    ).split("\n")
    path, device = adopted.split()
    assert device.startswith(disks[1] + "(")
    assert host1.sh(f"head -c 4 {path}") == "kept"
    report = json.loads((tmp_path / "page" / "report.json").read_text())
    (place,) = report["places"]
    assert {share["name"] for share in place["shares"]} == {"team", "home"}
    assert [volume["name"] for volume in place["volumes"]] == ["new-ledger"]


SIDE_BY_SIDE = """
- name: Volumes, shares and rules that two jobs want
  hosts: host1
  gather_facts: false
  module_defaults:
    group/unified.storage.storage: "{{ storage_connection }}"
  tasks:
    - name: Make the volumes
      unified.storage.volume:
        size: 1
        batch: "{{ own + shared }}"
    - name: Take a snapshot of each that is shared
      unified.storage.volume_snapshot:
        batch: "{{ of_shared }}"
    - name: Make the shares
      unified.storage.share:
        size: 1
        share_protocol: NFS
        batch: "{{ shares }}"
    - name: Let one network in
      unified.storage.share_access_rule:
        access_type: ip
        access_to: 192.0.2.0/24
        batch: "{{ rules }}"
"""


def test_two_jobs_side_by_side(lab: Lab, host1: Machine, disks: list[str], awx: Awx, tmp_path: Path) -> None:
    """What both want is made once, nothing is lost, and a third job has nothing to do."""
    host1.sh(f"vgs us0 >/dev/null 2>&1 || vgcreate -qq us0 {' '.join(disks)}")
    (tmp_path / "side_by_side.yml").write_text(SIDE_BY_SIDE)
    inventory = Path(lab.facts["inventory"]).read_text()
    _, extra_vars = STORAGE_HOST.inject(tmp_path)
    connection = extra_vars["storage_connection"]
    host1.sh("lvcreate -qq -y --type thin-pool -L 512M -n jobs us0")
    connection["host_storage"].update(thin_pool="jobs", over_provisioning=True)
    shared, both = ["both-1", "both-2", "both-3"], ["share-1", "share-2"]
    wanted = {
        "storage_connection": connection,
        "shared": [{"name": name} for name in shared],
        "of_shared": [{"name": f"of-{name}", "volume": name} for name in shared],
        "shares": [{"name": name} for name in both],
        "rules": [{"share": name} for name in both],
    }

    def launch(own: list[str]) -> Any:
        extra_vars = {**wanted, "own": [{"name": name} for name in own]}
        return awx.launch("side_by_side.yml", extra_vars, project=tmp_path, inventory=inventory)

    mine = ["one-1", "one-2"], ["two-1", "two-2"]
    for events in [job.events() for job in [launch(own) for own in mine]]:
        assert changed(events)
    names = sorted([*shared, *mine[0], *mine[1], *both, *(f"of-{name}" for name in shared)])
    tags = host1.sh("lvs --noheadings -o lv_tags us0").replace(",", "\n").split()
    ours = [tag.removeprefix("us:name=") for tag in tags if tag.startswith("us:name=")]
    assert sorted(name for name in ours if name in names) == names
    assert host1.sh("exportfs -s | grep -c 192.0.2.0/24") == "2"
    assert changed(launch(mine[0] + mine[1]).events()) == 0
