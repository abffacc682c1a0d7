# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guides show, run as it stands there, and run again. What they show of hosts, another suite runs on one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from harness import Cloud, Manila, Playbook, Rest, RunResult, UniqueNames
from harness.guides import Guide
from harness.warm import ANSIBLE
from test_report import command


def tasks(playbook: Playbook, shown: list[dict[str, Any]], again: bool = False) -> RunResult:
    """Run them. again: and once more, without a change."""
    run = playbook(shown, cloud=None, keep_going=False).assert_ok()
    if again:
        playbook(shown, cloud=None, keep_going=False).assert_unchanged()
    return run


def write(cloud: Cloud, volume: dict[str, Any], text: bytes) -> None:
    with cloud.data(volume).open("r+b") as data:
        data.write(text)


def test_getting_started(cloud: Cloud, rest: Rest, names: UniqueNames, tmp_path: Path) -> None:
    """As a reader would: with the page's inventory, and its clouds.yaml in the folder."""
    ledger, journal = names("ledger"), names("journal")
    member, admin = cloud.login("demo")["auth"], cloud.login("admin")["auth"]
    guide = Guide("getting_started", ledger=ledger, journal=journal)
    guide.names.update({"https://keystone.example/v3": admin["auth_url"], "not-this-one": member["password"]})
    guide.names.update({"nor-this-one": admin["password"], "_name: storage": "_name: demo"})
    guide.names.update({"username: storage": "username: demo"})
    for number, file in enumerate(("inventory.yml", "clouds.yaml", "volumes.yml")):
        (tmp_path / file).write_text(yaml.safe_dump(guide.data(number)))
    assert "changed=1 " in command(tmp_path, ANSIBLE, "-i", "inventory.yml", "volumes.yml")
    (made,) = rest.named(ledger)
    assert made["size"] == 10 and made["os-vol-tenant-attr:tenant_id"] != rest.project_id, "made by the member"
    assert rest.named(journal)
    assert "changed=0 " in command(tmp_path, ANSIBLE, "-i", "inventory.yml", "volumes.yml")
    (tmp_path / "volumes.yml").write_text(yaml.safe_dump(guide.data(2)).replace("mycloud", "admin"))
    said = command(tmp_path, ANSIBLE, "-i", "inventory.yml", "volumes.yml", "--check")
    assert "changed=1 " in said, "an administrator's own project has none of them"


def test_adopting(cloud: Cloud, playbook: Playbook, rest: Rest, names: UniqueNames, tmp_path: Path) -> None:
    guide = Guide("guide_adopt", **{"rack1@lvm#pool": cloud.host(), "/var/tmp/adopted.json": str(tmp_path / "adopted")})
    guide.names.update({word: names(word) for word in ("prod-", "scratch-", "legacy-", "monday")})
    ledger, scratch = (cloud.add_foreign(names(name)) for name in ("prod-ledger", "scratch-1"))
    found = tasks(playbook, guide[0])[0]["manageable_volumes"]
    assert {ledger, scratch} <= {each["reference"]["source-name"] for each in found}
    playbook.as_written(guide.play(1)).assert_ok()
    (adopted,) = rest.named(names("legacy-ledger"))
    assert cloud.first_line(adopted) == f"foreign {ledger}\n".encode()
    assert adopted["metadata"]["origin"] == "array-7" and (tmp_path / "adopted").exists()
    assert (cloud.store() / scratch).exists() and not (cloud.store() / ledger).exists()
    playbook.as_written(guide.play(1)).assert_unchanged()
    guide.names["ledger@monday"] = cloud.add_foreign(f"volume-{adopted['id']}@{names('monday')}")
    tasks(playbook, guide[2], again=True)
    (snapshot,) = rest.named(names("monday"), "snapshots")
    assert snapshot["volume_id"] == adopted["id"]
    data = cloud.data(adopted)
    tasks(playbook, guide[3], again=True)
    assert not rest.named(names("legacy-ledger")) and not rest.named(names("monday"), "snapshots")
    assert data.read_bytes().startswith(f"foreign {ledger}\n".encode())
    data.unlink()


def test_emptying(cloud: Cloud, playbook: Playbook, rest: Rest, names: UniqueNames) -> None:
    backend = cloud.host("beta").partition("#")[0]
    guide = Guide("guide_empty", **{"rack1@lvm": backend, "rack1@lvm#pool": cloud.host("beta"), "ssd": "alpha"})
    first = rest.volume(names("first"), volume_type="beta")
    there, room = tasks(playbook, guide[0]).tasks
    assert first["id"] in {volume["id"] for volume in there["volumes"]}
    assert {cloud.host("alpha"), cloud.host("beta")} <= {pool["name"] for pool in room["volume_pools"]}
    playbook.as_written(guide.play(1)).assert_ok()
    assert rest.show(first)["os-vol-host-attr:host"] == cloud.host("alpha")
    playbook.as_written(guide.play(1)).assert_unchanged()
    two = [rest.volume(names(name), volume_type="beta") for name in ("ledger", "journal")]
    guide.names.update(ledger=two[0]["name"], journal=two[1]["name"])
    tasks(playbook, guide[2], again=True)
    assert [rest.show(volume)["volume_type"] for volume in two] == ["alpha", "alpha"]


def test_rolling_back(
    cloud: Cloud, playbook: Playbook, rest: Rest, manila: Manila, names: UniqueNames, share_names: UniqueNames
) -> None:
    group = rest.volume_group(names("group"), "snapgroup")
    volumes = [rest.volume(names(name), group_id=group["id"], volume_type="alpha") for name in ("ledger", "journal")]
    share = manila.share(share_names("documents"))
    guide = Guide("guide_roll_back", mycloud="admin", ledgers=group["name"], documents=share["name"])
    guide.names.update({"before-7": share_names("before-7"), "nightly-": names("nightly-")})
    for volume in volumes:
        write(cloud, volume, b"before\n")
    tasks(playbook, guide[0], again=True)
    for volume in volumes:
        write(cloud, volume, b"spoilt\n")
    tasks(playbook, guide[1])
    assert [cloud.first_line(volume) for volume in volumes] == [b"before\n"] * 2
    write(cloud, volumes[0], b"after\n")
    playbook(guide[1], cloud=None).assert_unchanged()
    assert cloud.first_line(volumes[0]) == b"after\n", "rolled back a second time"
    tasks(playbook, guide[3], again=True)
    taken = rest.list(f"/group_snapshots/detail?group_id={group['id']}", "group_snapshots")
    assert sorted(name["name"].partition("nightly-")[0] for name in taken) == sorted(
        [names(""), share_names("before-7")]
    )
    for each in taken:
        rest.delete(f"/group_snapshots/{each['id']}")
    rest.until(
        lambda: {"left": rest.list(f"/group_snapshots?group_id={group['id']}", "group_snapshots")},
        lambda seen: not seen["left"],
    )


def test_moving_a_share_into_manila(playbook: Playbook, manila: Manila, share_names: UniqueNames) -> None:
    team = share_names("team")
    before = manila.share(share_names("before"))
    path = manila.path(before)
    manila.act("shares", before, "unmanage")
    manila.wait_gone(f"/shares/{before['id']}")
    names = {"rack1@lvm#lvm-single-pool": before["host"], "server1:/srv/shares/team": path}
    guide = Guide("guide_share_to_manila", team=team, **names)
    playbook.as_written(guide.play(2)).assert_ok()
    (share,) = manila.of_name(team)
    assert [rule["access_to"] for rule in manila.rules(share)] == ["10.0.0.0/24"]
    assert [lock["lock_reason"] for lock in manila.locks(share)] == ["moved from the old server"]
    playbook.as_written(guide.play(2)).assert_unchanged()
