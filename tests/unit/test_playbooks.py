# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the playbooks: what is given in short, else what the inventory says, else the role's default."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "suites"))

from harness.playbook import Runner  # noqa: E402

ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
BOOKS = {role: yaml.safe_load((ROOT / "playbooks" / f"{role}.yml").read_text())[0] for role in ROLES}
#: Variables of roles that the playbooks set, by what is given in short, and as it reaches the role
SHORT: dict[str, tuple[dict[str, Any], Any]] = {
    "adopt_storage_pools": ({"pool": "lab@alpha#alpha"}, "lab@alpha#alpha"),
    "adopt_storage_rules": ({"match": "old-.*", "new_name": "new"}, [{"match": "old-.*", "name": "new"}]),
    "evacuate_backend_from": ({"from": "lab@alpha"}, "lab@alpha"),
    "evacuate_backend_to": ({"to": "lab@beta#beta"}, "lab@beta#beta"),
    "evacuate_backend_new_type": ({"new_type": "beta"}, "beta"),
    "evacuate_backend_at_once": ({"at_once": 5}, 5),
    "provision_shares_shares": (
        {"share_name": "a, b", "clients": "10.0.0.7"},
        [{"name": name, "rules": [{"access_to": "10.0.0.7", "access_level": "rw"}]} for name in ("a", "b")],
    ),
    "provision_shares_defaults": ({"share_size": "3"}, {"share_type": "gold", "size": "3"}),
    "snapshot_rotation_sources": (
        {"volume_groups": "ledgers", "volumes": "x, y"},
        [{"volume_group": "ledgers", "description": "nightly"}, {"volumes": ["x", "y"]}],
    ),
    "snapshot_rotation_keep": ({"keep": 3}, 3),
    "snapshot_rotation_revert_to": ({"revert_to": "nightly-1"}, "nightly-1"),
    "snapshot_rotation_once": ({"once": "ticket-7"}, "ticket-7"),
    "storage_host_disks": ({"disks": "/dev/sdb,/dev/sdc"}, "/dev/sdb,/dev/sdc"),
    "storage_host_volume_group": ({"volume_group": "us0"}, "us0"),
    "storage_host_thin_pool": ({"thin_pool": "pool"}, "pool"),
}
GIVEN = {short: value for given, _seen in SHORT.values() for short, value in given.items()}
INVENTORY: dict[str, Any] = {
    "adopt_storage_pools": ["inventory@a#b"],
    "adopt_storage_rules": [{"match": "inventory"}],
    "evacuate_backend_at_once": 30,
    "provision_shares_shares": [{"name": "inventory"}],
    "provision_shares_defaults": {"share_type": "gold"},
    "snapshot_rotation_sources": [{"volume_group": "inventory"}],
    "snapshot_rotation_keep": 30,
    "storage_host_disks": ["/dev/inventory"],
    "evacuate_backend_from": "inventory",
    "evacuate_backend_to": "inventory",
    "evacuate_backend_new_type": "inventory",
    "snapshot_rotation_revert_to": "inventory",
    "snapshot_rotation_once": "inventory",
    "storage_host_volume_group": "inventory",
    "storage_host_thin_pool": "inventory",
}
CONNECTION = {"backend": "host", "host_storage": {"volume_group": "data"}}


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    return Runner(tmp_path_factory.mktemp("playbooks"))


def seen(runner: Runner, folder: Path, **extra_vars: Any) -> dict[str, dict[str, Any]]:
    """What the roles see of their variables, on a host that the inventory is silent about, and on another one."""
    told = {"storage_connection": json.dumps(CONNECTION), **INVENTORY}
    inventory = {"all": {"hosts": {"silent": {}, "told": told}, "vars": {"ansible_connection": "local"}}}
    (folder / "inventory.yml").write_text(json.dumps(inventory))
    entries = {role: book["roles"][0] for role, book in BOOKS.items()}
    shown = {name: "{{ %s }}" % name for name in SHORT}
    shown |= {f"become {role}": entry["become"] for role, entry in entries.items() if "become" in entry}
    message = {"host": "{{ inventory_hostname }}", "connection": "{{ __connection }}", **shown}
    play = {
        "hosts": "all",
        "gather_facts": False,
        "vars": {name: value for book in BOOKS.values() for name, value in book["vars"].items()},
        "tasks": [{"ansible.builtin.debug": {"msg": message}}],
    }
    run = runner.start(play, str(folder / "inventory.yml"), "-e", json.dumps(extra_vars), host="told").wait()
    assert run.rc == 0, run.stdout
    found = [task["msg"] for task in run.tasks]
    return {one.pop("host"): one for one in found}


def as_text(value: Any) -> Any:
    """Numbers as text: ansible-core 2.16 makes no difference."""
    return str(value) if isinstance(value, int) else value


def test_every_variable_is_tested() -> None:
    set_by_plays = {name for book in BOOKS.values() for name in book["vars"] if not name.startswith("__")}
    assert set_by_plays == set(SHORT) == set(INVENTORY)
    connections = {book["vars"].get("__connection") for role, book in BOOKS.items() if role != "storage_host"}
    report = yaml.safe_load((ROOT / "playbooks" / "report.yml").read_text())[0]
    assert connections == {report["vars"]["__connection"]}


@pytest.mark.parametrize("nothing", ["left out", "empty"])  # as it is, and as a survey gives it
def test_the_inventory_counts_and_else_the_default(runner: Runner, tmp_path: Path, nothing: str) -> None:
    hosts = seen(runner, tmp_path, **(dict.fromkeys(GIVEN, "") if nothing == "empty" else {}))
    assert {name: as_text(hosts["told"][name]) for name in SHORT} == {
        name: as_text(value) for name, value in INVENTORY.items()
    }
    defaults = {"evacuate_backend_from": "", "snapshot_rotation_sources": []}  # which the roles refuse
    for role in ROLES:
        defaults.update(yaml.safe_load((ROOT / "roles" / role / "defaults" / "main.yml").read_text()))
    assert {name: as_text(hosts["silent"][name]) for name in SHORT} == {name: as_text(defaults[name]) for name in SHORT}
    # The connection of each host is its own, and makes root of who works on a host's storage.
    assert hosts["told"]["connection"] == CONNECTION and hosts["silent"]["connection"] == {}
    for host, root in (("told", True), ("silent", False)):
        becomes = {name: value for name, value in hosts[host].items() if name.startswith("become")}
        assert len(becomes) == 4 and set(map(str, becomes.values())) == {str(root)}


def test_what_is_given_in_short_goes_before_the_inventory(runner: Runner, tmp_path: Path) -> None:
    hosts = seen(runner, tmp_path, **GIVEN)
    assert {name: as_text(hosts["told"][name]) for name in SHORT} == {
        name: as_text(value) for name, (_given, value) in SHORT.items()
    }


def test_extra_vars_of_the_roles_own_names_go_before_all(runner: Runner, tmp_path: Path) -> None:
    hosts = seen(runner, tmp_path, **{**GIVEN, "snapshot_rotation_keep": 9, "storage_connection": {"cloud": "mine"}})
    assert {as_text(one["snapshot_rotation_keep"]) for one in hosts.values()} == {"9"}
    assert [one["connection"] for one in hosts.values()] == [{"cloud": "mine"}] * 2
