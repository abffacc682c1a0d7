# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run around the executor: what entries are told to do, what they may not do together, what is told of them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from memory import Memory, snapshot, volume

from ansible_collections.unified.storage.plugins.module_utils import _errors as errors
from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec
from ansible_collections.unified.storage.plugins.module_utils._engine import run as engine
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Item, Plan, Step
from ansible_collections.unified.storage.plugins.module_utils._engine.world import FEW, Want, World, observe
from ansible_collections.unified.storage.plugins.module_utils._module.manageable import ManageableVolume
from ansible_collections.unified.storage.plugins.module_utils._module.share_access_rule import ShareAccessRule
from ansible_collections.unified.storage.plugins.module_utils._module.snapshot_group import SnapshotGroup
from ansible_collections.unified.storage.plugins.module_utils._module.volume import Volume
from ansible_collections.unified.storage.plugins.module_utils._module.volume_snapshot import VolumeSnapshot

VOLUME = {"state": "present", "cascade": False, "force": False, "retype": False, "metadata_mode": "merge"}
RULE = {"share": "s", "state": "present", "unrestrict": False, "metadata_mode": "merge", "purge": False}


def planned(behaviour, backend, *entries, **defaults):
    items = [Item(index, {**defaults, **entry}) for index, entry in enumerate(entries)]
    engine._plan(behaviour, backend, items, 8)
    return items


# ---- options


SPEC = Spec({"name": {"type": "str", "required": True}, "note": {"type": "str"}})


@pytest.mark.parametrize(("values", "says"), [({"name": ""}, "name must not be empty"), ({"name": None}, "name")])
def test_what_is_required_is_neither_empty_nor_null(values, says):
    with pytest.raises(errors.Invalid, match=says):
        engine._validate(SPEC, values)


def test_other_options_may_be_empty_or_null():
    assert engine._validate(SPEC, {"name": "a", "note": ""}) == {"name": "a", "note": ""}
    assert engine._validate(SPEC, {"name": "a", "note": None}) == {"name": "a", "note": None}


# ---- a question that is refused


class Refusing(Memory):
    """It has the hosts whose names begin with lab, and says so of others."""

    def observe(self, kind, refs, scope):
        if not scope.get("host", "lab").startswith("lab"):
            raise errors.Invalid(f"There is no host {scope['host']}.")
        return super().observe(kind, refs, scope)


def offered(name):
    return {"reference": {"source-name": name}, "size": 1, "safe_to_manage": True, "reason_not_safe": None,
            "cinder_id": None, "extra_info": None}  # fmt: skip


def offering(*names, **resources):
    backend = Refusing(volume=[], **resources)
    backend.resources["manageable_volume"] = {name: offered(name) for name in names}
    return backend


def test_one_host_that_is_not_there_fails_its_own_entries():
    hosts = ["lab", "none", "lab2", "none", "lab3", "lab4"]
    entries = [{"host": host, "reference": {"source-name": f"f{n}"}} for n, host in enumerate(hosts)]
    items = planned(ManageableVolume(), offering("f0", "f2", "f4", "f5"), *entries, state="managed")
    assert [item.error is None for item in items] == [host != "none" for host in hosts]
    assert [item.error.message for item in items if item.error] == ["There is no host none."] * 2


def test_what_was_refused_is_known_and_raises_where_it_is_needed():
    world, backend = World(), Refusing(volume=[volume("a")])
    asked = [Want.of("volume", "a"), Want.of("volume", "a", host="none"), Want.of("volume", None, host="none2")]
    assert observe(backend, world, asked) and not observe(backend, world, asked), "it is asked once"
    assert world.need("volume", "a")["id"] == "a"
    for look in (lambda: world.find("volume", "a", host="none"), lambda: world.all("volume", host="none2")):
        with pytest.raises(errors.Invalid, match="There is no host"):
            look()


# ---- one question for many places


def test_the_groups_of_many_sources_are_asked_for_at_once():
    many = [f"vg{n}" for n in range(FEW + 1)]
    groups = [
        {"id": f"g-{vg}", "name": "g", "status": "available", "created_at": None, "dependents": [], "once": {},
         "source": {"kind": "volume_group", "id": vg, "name": None}, "members": [], "description": None}
        for vg in many
    ]  # fmt: skip
    backend = Memory(volume_group=[{"id": vg, "name": vg, "volumes": []} for vg in many], group_snapshot=groups)
    items = planned(SnapshotGroup(), backend, *[{"volume_group": vg} for vg in many], name="g", state="present")
    assert [kind for kind, _refs in backend.observed] == ["volume_group", "group_snapshot"]
    assert [item.subject["id"] for item in items] == [f"g-{vg}" for vg in many]


# ---- entries that contradict one another


def volumes(*names):
    return Memory(volume=[volume(name) for name in names])


def snapshots():
    return Memory(volume=[volume("a"), volume("b")], volume_snapshot=[snapshot("1", "a"), snapshot("2", "b")])


@pytest.mark.parametrize(
    ("backend", "entries"),
    [
        (volumes(), [{"name": "c", "size": 1}, {"name": "c", "size": 2}]),
        (volumes("a", "b"), [{"name": "a", "new_name": "c"}, {"name": "b", "new_name": "c"}]),
        (volumes("a"), [{"name": "a", "new_name": "c"}, {"name": "c", "size": 1}]),
        (volumes("a"), [{"name": "c", "size": 1}, {"name": "a", "new_name": "c"}]),
        (volumes("a"), [{"name": "a", "state": "absent", "cascade": True}, {"name": "a"}]),
        (volumes("a"), [{"name": "a"}, {"name": "a", "state": "absent", "cascade": True}]),
    ],
)
def test_volumes_that_would_race(backend, entries):
    items = planned(Volume(), backend, *entries, **VOLUME)
    assert [item.error is None for item in items] == [True, False]
    assert "Entries 1 and 2 of batch are about the same volume, " in items[1].error.message


@pytest.mark.parametrize(
    ("backend", "behaviour", "entries"),
    [
        (volumes("a"), Volume(), [{"name": "a"}, {"name": "a", "size": 2}]),  # one of them only looks
        (volumes("a", "b"), Volume(), [{"name": "a", "new_name": "c"}, {"name": "b", "size": 2}]),
        (Memory(volume=[volume("1", name="a"), volume("2", name="a")]), Volume(),
         [{"name": "1", "size": 2}, {"name": "2", "size": 2}]),
        (snapshots(), VolumeSnapshot(), [{"name": "s", "volume": "a"}, {"name": "s", "volume": "b"}]),
        (snapshots(), VolumeSnapshot(),
         [{"name": "1", "volume": "a", "new_name": "s"}, {"name": "s", "volume": "b"}]),
        (offering("f1", "f2"), ManageableVolume(),
         [{"name": "n", "host": "lab", "state": "managed", "reference": {"source-name": f}} for f in ("f1", "f2")]),
    ],
)  # fmt: skip
def test_entries_that_do_not_race(backend, behaviour, entries):
    items = planned(behaviour, backend, *entries, **VOLUME)
    assert [item.error for item in items] == [None, None]
    assert any(item.plan.steps for item in items)


def share(*clients):
    there = {"id": "s", "name": "s", "status": "available", "is_soft_deleted": False}
    rules = [
        {"id": client, "share_id": "s", "access_type": "ip", "access_to": client, "access_level": "rw",
         "status": "active", "metadata": {}, "marks": {}, "created_at": None}
        for client in clients
    ]  # fmt: skip
    return Memory(share=[there], share_access_rule=rules, resource_lock=[])


def entry(client, **options):
    return {"access_type": "ip", "access_to": client, **options}


@pytest.mark.parametrize(
    ("clients", "entries", "good"),
    [
        ([], [{"rules": [entry("10.0.0.1")], "purge": True}, entry("10.0.0.2")], False),
        (["10.0.0.2"], [{"rules": [entry("10.0.0.1")], "purge": True}, entry("10.0.0.2")], False),
        (["10.0.0.1"], [entry("10.0.0.2"), {"rules": [entry("10.0.0.1")], "purge": True}], False),
        ([], [{"rules": [entry("10.0.0.1")]}, entry("10.0.0.1", access_level="ro")], False),
        ([], [{"rules": [entry("10.0.0.1")]}, entry("10.0.0.2")], True),
        ([], [entry("10.0.0.1"), entry("10.0.0.2")], True),
        (["10.0.0.1"], [{"rules": [entry("10.0.0.1")], "purge": True}, entry("10.0.0.1")], True),
    ],
)
def test_rules_of_one_share(clients, entries, good):
    items = planned(ShareAccessRule(), share(*clients), *entries, **RULE)
    assert [item.error is None for item in items] == [True, good], items[1].error


def test_two_rotations_of_one_source_and_prefix():
    backend = Memory(volume_group=[{"id": "vg", "name": "vg", "volumes": []}], group_snapshot=[])
    rotation = {"volume_group": "vg", "state": "present", "keep": 2}
    names = [("n-1", "n-"), ("n-2", "n-"), ("m-1", "m-")]
    entries = [{**rotation, "name": name, "keep_prefix": prefix} for name, prefix in names]
    items = planned(SnapshotGroup(), backend, *entries)
    assert [item.error is None for item in items] == [True, False, True]


# ---- what is told


def test_one_that_yielded_shows_no_diff_of_what_it_did_not_do():
    step = Step(
        "volume", "create", "volume a", "it does not exist", changes={"state": ("absent", "present")}, makes=True
    )
    module = SimpleNamespace(check_mode=False, _diff=True)
    item = Item(0, {}, plan=Plan("volume", None, [step]), subject=volume("theirs"), outcomes=["yielded"])
    assert "diff" not in engine._result(module, Volume(), item)
    item.changed = True
    assert engine._result(module, Volume(), item)["diff"]["after"] == {"state": "present"}
    check = SimpleNamespace(check_mode=True, _diff=True)
    assert "diff" in engine._result(check, Volume(), Item(0, {}, plan=item.plan))
