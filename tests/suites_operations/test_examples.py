# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of modules and pages, run as they stand there. (Guides: test_guides.py. Hosts, ZStack: their suites.)"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import Cloud, Manila, Playbook, Rest
from harness.guides import commands, examples
from harness.warm import ANSIBLE
from test_report import command

EXAMPLES = examples("openstack")
READING = [name for name, example in EXAMPLES.items() if example.reads]
A_SHARE = "3f0a6c1e-5d0b-4a57-8c7e-0a8f5d1f7a42"


class World:
    """The test cloud, with things in it that have the names of the examples, until it is cleared.

    words: what stands in an example, and what to run in its place.
    """

    def __init__(self, folder: Path, cloud: Cloud, admin: tuple[Rest, Manila], member: tuple[Rest, Manila]) -> None:
        self._folder, self._cloud, self._admin, self._member = folder, cloud, admin, member
        self.rest, self.manila = admin
        self._foreign: list[str] = []
        self.names: set[str] = set()
        self.words: dict[str, str] = {}

    def clear(self) -> None:
        for witness in self._admin:
            witness.purge(tuple(self.names))
        for name in self._foreign:
            self._cloud.remove_foreign(name)

    def of_a_member(self) -> World:
        """What is made from now on is."""
        self.rest, self.manila = self._member
        return self

    def says(self, word: str, here: str) -> World:
        self.words[word] = here
        return self

    # ---- block storage

    def volume(self, *names: str, **fields: Any) -> World:
        self.names.update(names)
        self.rest.volumes(names, **fields)
        return self

    def snapshot(self, volume: str, *names: str) -> World:
        """Of a new volume; the last one is the newest."""
        self.volume(volume)
        self.names.update(names)
        for name in names:
            self.rest.snapshot(self.rest.named(volume)[0], name)
        return self

    def foreign(self, *names: str) -> World:
        """What Cinder does not know, and what it is called once it is adopted."""
        self._foreign += [self._cloud.add_foreign(name) for name in names]
        self.names.update(("adopted", "ledger", "legacy"))
        return self

    def adopted(self, name: str, *snapshots: str) -> World:
        """A volume that was adopted, with snapshots that were not."""
        self.foreign(f"foreign-{name}")
        ident = self.rest.manage(f"foreign-{name}", name)["id"]
        return self.foreign(*(f"volume-{ident}@{snapshot}" for snapshot in snapshots))

    def volume_group(self, *names: str) -> World:
        """With a volume each. Snapshots may be taken at night."""
        self.names.update((*names, "nightly-"))
        for name in names:
            group = self.rest.volume_group(name, "snapgroup")
            self.rest.volume(f"{name}-1", group_id=group["id"], volume_type="alpha")
        return self

    # ---- shares

    def share(self, *names: str, **fields: Any) -> World:
        self.names.update(names)
        self.manila.shares(names, **fields)
        return self

    def share_snapshot(self, share: str, *names: str) -> World:
        self.share(share)
        self.names.update(names)
        for name in names:
            self.manila.share_snapshot(self.manila.of_name(share)[0], name)
        return self

    def released(self, *paths: str) -> World:
        """Shares that Manila has forgotten, for words that say where they are."""
        for path, made in zip(paths, self.manila.shares(paths), strict=True):
            self.says(path, self.manila.path(made)).says("lab@gamma#pool", made["host"])
            self.manila.act("shares", made, "unmanage")
            self.manila.wait_gone(f"/shares/{made['id']}")
        return self

    def released_snapshot(self, share: str, location: str) -> World:
        """The same for a snapshot of a share."""
        self.share_snapshot(share, "any")
        (taken,) = self.manila.of_name("any", "snapshots")
        self.says(location, self.manila.see("snapshots", taken)["provider_location"])
        self.manila.act("snapshots", taken, "unmanage")
        self.manila.wait_gone(f"/snapshots/{taken['id']}")
        return self

    def broken(self, share: str) -> World:
        """A share whose status is error."""
        self.share(share)
        self.manila.act("shares", self.manila.of_name(share)[0], "reset_status", {"status": "error"})
        return self

    def too_big(self) -> World:
        """A share in error, for no pool has room for it, and a message that says so."""
        self.names.add("too-big")
        return self.says(A_SHARE, self.manila.share("too-big", 200000, wait="error")["id"])

    def share_group(self, name: str) -> World:
        self.names.add(name)
        group = self.manila.share_group(name)
        return self.share(f"{name}-1", share_group_id=group["id"])

    def share_network(self, name: str) -> World:
        self.names.add(name)
        self.manila.share_network(name)
        return self

    # ---- around them

    def pool(self) -> World:
        """Where the pages adopt from, and leave their report."""
        self.says("/var/tmp/adopted.json", str(self._folder / "report"))
        return self.says("rack1@lvm#pool", self._cloud.host())


#: What an example takes for granted.
NEEDS: dict[str, Callable[[World], Any]] = {
    "manageable_share": lambda w: w.released(*(f"10.0.0.10:/exports/{name}" for name in ("web", "home-1", "home-2"))),
    "manageable_share_snapshot": lambda w: w.released_snapshot("web", "/snapshots/monday"),
    "manageable_snapshot": lambda w: w.adopted("adopted-1", "monday", "tuesday", "wednesday"),
    "manageable_volume": lambda w: w.foreign("foreign-1", "foreign-2", "foreign-3"),
    "manageable_volume_info": lambda w: w.foreign("foreign-1", "foreign-2"),
    "resource_lock": lambda w: w.share("payroll", "ledger", "archive"),
    "share_access_rule": lambda w: w.share("web", "home", "home-1", "home-2", "home-3"),
    "share_action": lambda w: w.share_snapshot("web", "before-upgrade").share("home-1", "home-2"),
    "share_instance": lambda w: w.broken("web"),
    "share_message": lambda w: w.too_big(),
    "share_network_subnet": lambda w: w.share_network("storage"),
    "share_snapshot": lambda w: w.share("web", "home-1", "home-2"),
    "share_snapshot_info": lambda w: w.share_snapshot("web", "1", "2", "3", "4", "5"),
    "snapshot_group": lambda w: w.of_a_member().volume_group("ledgers"),
    "volume_action": lambda w: (
        w.volume("db-data", "web-1", "web-2", "web-3")
        .volume("root-1", volume_type="__DEFAULT__")
        .snapshot("journal", "before")
    ),
    "volume_group": lambda w: w.volume("web-1", "web-2"),
    "volume_snapshot": lambda w: w.volume("db-data", "web-1", "web-2", "web-3"),
    "volume_snapshot_info": lambda w: w.snapshot("db-data", "1", "2", "3", "4", "5"),
    "page README, 0": lambda w: w.pool().foreign("old-ledger"),
    "page README, 3": lambda w: w.of_a_member().share_group("team"),
    "page adopt_storage, 0": lambda w: w.pool().foreign("prod-ledger", "scratch-1"),
    "page evacuate_backend, 0": lambda w: (
        w.volume("ledger", volume_type="beta").says("rack1@lvm", "lab@beta").says("ssd", "alpha")
    ),
    "page options, 3": lambda w: w.of_a_member().snapshot("db-data", "before"),
    "page options, 4": lambda w: w.of_a_member().volume("db-data"),
    "page snapshot_rotation, 0": lambda w: w.of_a_member().volume_group("ledgers", "archive"),
}  # fmt: skip


@pytest.fixture
def world(tmp_path: Path, cloud: Cloud, rest: Rest, demo: Rest, manila: Manila, manila_demo: Manila) -> Iterator[World]:
    made = World(tmp_path, cloud, (rest, manila), (demo, manila_demo))
    yield made
    made.clear()


@pytest.fixture(scope="module")
def login(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a reader: admin is an administrator, demo and mycloud a member, and mycloud what is usual."""
    path = tmp_path_factory.mktemp("login") / "clouds.yaml"
    cloud.write_configs(path, admin={}, demo={"like": "demo"}, mycloud={"like": "demo"})
    return {"OS_CLIENT_CONFIG_FILE": str(path), "OS_CLOUD": "mycloud"}


def test_examples_that_only_read(world: World, playbook: Playbook, login: dict[str, str]) -> None:
    """All in one run."""
    world.share("payroll").share_snapshot("web", "before-upgrade").share_group("homes").share_network(
        "storage"
    ).too_big()
    world.volume("db-data").adopted("adopted-1", "monday").of_a_member().volume_group("ledgers")
    shown = [task for name in READING for task in EXAMPLES[name].renamed(world.words)]
    playbook(shown, cloud=None, env=login, keep_going=False).assert_unchanged()


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in READING])
def test_an_example(name: str, world: World, playbook: Playbook, login: dict[str, str]) -> None:
    example = EXAMPLES[name]
    world.names.update(example.names)
    if name in NEEDS:
        NEEDS[name](world)
    shown = example.renamed(world.words)
    if example.is_play:
        (play,) = shown
        ran = playbook.as_written(play, env=login)
    else:
        ran = playbook(shown, cloud=None, env=login, keep_going=False)
    ran.assert_ok()
    assert any(task.changed for task in ran.tasks), "it did nothing"


def test_what_is_needed_is_needed_by_an_example() -> None:
    assert set(NEEDS) <= set(EXAMPLES) - set(READING)
    assert set(ELSEWHERE) <= set(commands())


#: Command lines that other tests run: test_report.py.
ELSEWHERE = ["""ansible-playbook unified.storage.report -e '{"storage_connection": {"cloud": "admin"}}'"""]
#: Words of a command line, and what to run in their place.
HERE = {"rack1@lvm": "lab@beta", "ssd": "alpha"}


@pytest.mark.parametrize("line", [line for line in commands() if line not in ELSEWHERE])
def test_a_command(line: str, login: dict[str, str], tmp_path: Path) -> None:
    """As a reader would: with no inventory."""
    for word, here in HERE.items():
        line = line.replace(word, here)
    program, *arguments = shlex.split(line)
    assert command(tmp_path, ANSIBLE.with_name(program), *arguments, **login)
