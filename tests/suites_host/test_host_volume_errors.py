# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E501 (a table of errors)
"""What cannot be on a host says so, in one sentence and before anything is changed; and nothing hostile gets through."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hostlab import Machine, Play, RunResult, logged
from volumes import STORAGE, WORDS

pytestmark = pytest.mark.seldom

NODE = "host1"

#: Names that would do harm where they were believed, and long ones.
NAMES = [
    "spaces  and\ttabs",
    "'single' \"double\" `touch /tmp/us-owned`",
    "line\nline\n/etc *(rw)",
    "; touch /tmp/us-owned; $(touch /tmp/us-owned)",
    "../../etc/passwd",
    "-n --force",
    "ünïcödé 存储 \U0001f4be",
    "us:kind=volume,@tag +2B %s {{ 1 }}",
    "x" * 255,
    "ü" * 128,
    "long " * 600,
]


@pytest.fixture(scope="module")
def groups(groups: list[str], host1: Machine) -> list[str]:
    host1.sh("rm -f /tmp/us-owned")
    return groups


def act(volume: str, action: str, **options: Any) -> dict[str, Any]:
    return {"unified.storage.volume_action": {"volume": volume, "action": action, **options}}


def volume(**options: Any) -> dict[str, Any]:
    return {"unified.storage.volume": options}


def manage(**options: Any) -> dict[str, Any]:
    return {"unified.storage.manageable_volume": {"host": f"{NODE}@us0", **options}}


SETUP = r"""
thick 01; snap 01; thin 02; thin 03; thick 04; lvcreate -qq -y -s -L 8M -n stranger $(LV 04)
lvchange -qq -y -pr $(LV 03); mkfs.ext4 -q /dev/$(LV 02); mkdir -p /mnt/m02; mount /dev/$(LV 02) /mnt/m02
lvcreate -qq -y -L 16M -n mounted us0; mkfs.ext4 -q /dev/us0/mounted; mkdir -p /mnt/mm; mount /dev/us0/mounted /mnt/mm
thin 05; mkfs.ext4 -q /dev/$(LV 05); mkdir -p /mnt/m05; mount -r /dev/$(LV 05) /mnt/m05; ln -sf /dev/ubdb /var/tmp/us-alias
head -c 64M /dev/zero > /var/tmp/us-images/big; ln -s /etc/passwd /var/tmp/us-images/link; mkdir /var/tmp/us-images/folder
printf 'QFI\373\0\0\0\2\0\0\0\0\0\0\1\0' > /var/tmp/us-images/backed; head -c 200 /dev/zero >> /var/tmp/us-images/backed
"""

#: name: task, kind, a part of the message
ERRORS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no such type": (volume(name="n", size=1, volume_type="gold"), "not_found", "no volume type with the name or id gold"),
    "availability zone": (volume(name="n", size=1, availability_zone="a"), "unsupported", "Leave availability_zone out"),
    "hints": (volume(name="n", size=1, scheduler_hints={"a": "b"}), "unsupported", "Leave scheduler_hints out"),
    "group": (volume(name="n", size=1, group="g"), "unsupported", "snapshot_group"),
    "too big": (volume(name="n", size=100, volume_type="thick"), "quota", "us0 has"),
    "too big for two copies": (volume(name="n", size=5, volume_type="raid1"), "quota", "10.0 GiB are needed"),
    "shrink": (volume(name="v01", size=0), "invalid", "volumes only grow"),
    "delete with snapshots": (volume(name="v01", state="absent"), "conflict", "Set cascade"),
    "delete what has a stranger's snapshot": (volume(name="v04", state="absent"), "conflict", "us0/stranger"),
    "delete what is mounted": (volume(name="v02", state="absent"), "conflict", "perhaps mounted"),
    "retype what is mounted": (act("v02", "retype", new_type="thick"), "conflict", "perhaps mounted"),
    "retype what has snapshots": (act("v01", "retype", new_type="thin"), "conflict", "has snapshots"),
    "convert what has snapshots": (act("v01", "retype", new_type="raid1"), "conflict", "delete them first"),
    "extend what is mounted read-only": (act("v05", "extend", new_size=2), "conflict", "read-only"),
    "copy what is mounted": (volume(name="n", source_volume="v02", volume_type="thick"), "conflict", "Take a snapshot"),
    "extend beyond the group": (act("v01", "extend", new_size=50), "quota", "GiB free"),
    "migrate to another host": (act("v04", "migrate", host="elsewhere@us1"), "invalid", "is not this host"),
    "migrate to no group": (act("v03", "migrate", host=f"{NODE}@us9"), "not_found", "no volume group us9"),
    "migrate to no pool": (act("v03", "migrate", host=f"{NODE}@us1#us8"), "not_found", "no thin pool us8"),
    "migrate to no disk": (act("v04", "migrate", host=f"{NODE}@us0#/dev/nope"), "not_found", "There are: /dev/ubdb, "),
    "migrate to a disk by another name": (
        act("v04", "migrate", host=f"{NODE}@us0#/var/tmp/us-alias"), "unsupported", "give host as host1@us0#/dev/ubdb"),
    "migrate to a disk what is thin": (act("v03", "migrate", host=f"{NODE}@us0#/dev/ubdb"), "unsupported", "Only a thick"),
    "migrate to a cluster": (act("v03", "migrate", cluster="c"), "unsupported", "no clusters"),
    "complete_migration": (act("v03", "complete_migration", new_volume="v04"), "unsupported", "Use migrate"),
    "reimage read-only": (act("v03", "reimage", image="/var/tmp/us-images/backed"), "conflict", "read-only"),
    "an image too big": (act("v04", "reimage", image="big"), "conflict", "67108864 bytes"),
    "a link as an image": (act("v04", "reimage", image="link"), "not_found", "no image"),
    "a folder as an image": (act("v04", "reimage", image="folder"), "not_found", "no image"),
    "an image elsewhere": (act("v04", "reimage", image="../us-images/big"), "invalid", "is no name of an image"),
    "upload elsewhere": (act("v04", "upload_image", image_name="../../../etc/cron.d/x"), "invalid", "is no name of an image"),
    "upload over a file": (act("v04", "upload_image", image_name="big"), "conflict", "Set force"),
    "upload publicly": (act("v04", "upload_image", image_name="p", visibility="public"), "unsupported", "visibility"),
    "upload as vhd": (act("v04", "upload_image", image_name="p", disk_format="vhd"), "unsupported", "raw and qcow2"),
    "upload what is mounted": (act("v02", "upload_image", image_name="p"), "conflict", "perhaps mounted"),
    "adopt what is mounted": (manage(reference={"source-name": "mounted"}), "conflict", "perhaps mounted"),
    "adopt a pool": (manage(reference={"source-name": "pool"}), "not_found", "source-name pool"),
    "adopt by id what is mounted": (manage(reference={"source-id": "MOUNTED"}), "conflict", "perhaps mounted"),
    "adopt by something else": (manage(reference={"colour": "red"}), "invalid", "source-name"),
    "adopt as another type": (
        manage(reference={"source-name": "adoptable"}, volume_type="thin"), "conflict", "is linear, and not of the type thin"),
    "release what has snapshots": (
        manage(state="unmanaged", reference={"source-name": "volume-00000000-0000-4000-8000-000000000001"}),
        "conflict", "with manageable_snapshot"),
    "adopt in no group": (manage(host=f"{NODE}@us9", reference={"source-name": "x"}), "not_found", "There are: us0, us1"),
    "adopt a stranger's snapshot as a volume": (manage(reference={"source-name": "stranger"}), "not_found", "stranger"),
}  # fmt: skip


@pytest.fixture(scope="module", params=[True, False], ids=["check", "run"])
def refused(
    play: Play, host1: Machine, groups: list[str], made: str, request: pytest.FixtureRequest
) -> tuple[RunResult, str, str]:
    """What becomes of the tasks, and the state before and after. Check mode promises nothing that is refused then."""
    state = (
        "lvs -a --noheadings -o lv_name,lv_uuid,lv_size,lv_tags,lv_attr; ls -la /var/tmp/us-images; md5sum /etc/passwd"
    )
    before = host1.sh(state)
    tasks = [logged("errors", {"name": name, **task}) for name, (task, _kind, _part) in ERRORS.items()]
    run = play(json.loads(json.dumps(tasks).replace("MOUNTED", made)), storage=STORAGE, check=request.param)
    return run, before, host1.sh(state)


@pytest.fixture(scope="module")
def made(host1: Machine, groups: list[str]) -> str:
    """All that the tasks are about; the UUID of what is mounted."""
    host1.sh(WORDS + SETUP + "lvcreate -qq -y -L 16M -n adoptable us0")
    return host1.sh("lvs --noheadings -o lv_uuid us0/mounted")


@pytest.mark.parametrize("name", ERRORS)
def test_it_is_refused(refused: tuple[RunResult, str, str], name: str) -> None:
    task = refused[0][name]
    _task, kind, part = ERRORS[name]
    assert task.failed and not task.changed, task.result
    assert "module_stderr" not in task.result
    msg = json.dumps(task.result, ensure_ascii=False) if "results" in task.result else task.msg
    assert part in msg and task.kind == kind, (task.kind, task.msg)
    assert len(task.msg) < 400 and "\n" not in task.msg


def test_nothing_was_changed(refused: tuple[RunResult, str, str]) -> None:
    _run, before, after = refused
    assert after == before


@pytest.mark.parametrize(
    ("storage", "kind", "part"),
    [
        ({"volume_group": "us9"}, "not_found", "no volume group us9 on this host. There are: us0, us1."),
        ({}, "invalid", "host_storage.volume_group is missing"),
        ({"volume_group": "us0", "thin_pool": "nope"}, "not_found", "no thin pool nope"),
        ({"volume_group": "us0", "thin_pool": "pool"}, "quota", "over_provisioning"),
    ],
    ids=["no such group", "no group said", "no such pool", "over-provisioned"],
)
@pytest.mark.parametrize("check", [True, False], ids=["check", "run"])
def test_where_something_new_cannot_go(
    play: Play, groups: list[str], storage: dict[str, Any], kind: str, part: str, check: bool
) -> None:
    task = play([volume(name="n", size=3)], storage=storage, check=check).only
    assert task.failed and task.kind == kind and part in task.msg, task.msg


#: What fits neither in the group nor in a pool that has promised more than it has.
TOO_BIG = {
    "extend": volume(name="v41", size=50),
    "extend what is thin": act("v42", "extend", new_size=2),
    "snapshot": {"unified.storage.volume_snapshot": {"volume": "v42", "name": "s"}},
    "retype": act("v41", "retype", new_type="thin"),
    "migrate": act("v41", "migrate", host=f"{NODE}@us0#pool"),
}


@pytest.fixture(scope="module")
def crowded(host1: Machine, groups: list[str]) -> Iterator[None]:
    host1.sh(WORDS + "thick 41; thin 42; vol 43 --type thin -V 40G --thinpool pool")
    yield
    host1.sh(WORDS + "lvremove -qq -y $(LV 41) $(LV 42) $(LV 43)")


@pytest.mark.parametrize("check", [True, False], ids=["check", "run"])
def test_what_will_not_fit_is_known_before_anything_is_done(
    play: Play, host1: Machine, crowded: None, check: bool
) -> None:
    tasks = [logged("crowded", {"name": name, **task}) for name, task in TOO_BIG.items()]
    run = play(tasks, storage={"volume_group": "us0", "thin_pool": "pool"}, check=check)
    for name in TOO_BIG:
        assert (run[name].failed, run[name].changed, run[name].kind) == (True, False, "quota"), run[name].result
    assert not [entry for entry in host1.log("crowded") if entry["writes"]]


def test_what_is_too_big_together_is_refused_one_by_one(play: Play, crowded: None) -> None:
    """What is extended counts with what is new."""
    batch = [{"name": "v41"}, {"name": "n2"}]
    both = {"unified.storage.volume": {"size": 4, "volume_type": "thick", "batch": batch}}
    task = play([both], storage=STORAGE, check=True).only
    assert task.failed and task.kind == "quota" and "1 of 2 entries failed" in task.msg, task.msg
    assert [entry["failed"] for entry in task["results"]] == [False, True]


def literal(text: str) -> str:
    """What looks like a template is meant as it is."""
    return "{% raw %}" + text + "{% endraw %}" if "{{" in text else text


def test_hostile_names(play: Play, host1: Machine, groups: list[str]) -> None:
    entries = [{"name": name, "description": name, "metadata": {name[:200]: name[:200]}} for name in NAMES]
    meant = [
        {k: literal(v) if isinstance(v, str) else {m: literal(n) for m, n in v.items()} for k, v in entry.items()}
        for entry in entries
    ]
    module = "unified.storage.volume"
    run = play(
        [
            {"name": "make", module: {"size": 1, "batch": meant}},
            {"name": "again", module: {"size": 1, "batch": meant}},
            {"name": "list", "unified.storage.volume_info": {}},
            {"name": "remove", module: {"state": "absent", "batch": [{"name": literal(name)} for name in NAMES]}},
        ],
        storage=STORAGE,
    ).assert_ok()
    assert run["make"]["summary"]["changed"] == len(NAMES)
    assert run["again"]["summary"]["changed"] == 0
    seen = {v["name"]: v for v in run["list"]["volumes"]}
    for entry in entries:
        found = seen[entry["name"]]
        assert found["description"] == entry["description"] and found["metadata"] == entry["metadata"]
    assert run["remove"]["summary"]["changed"] == len(NAMES)
    assert host1.sh("ls /tmp/us-owned 2>/dev/null || echo none") == "none"


def test_an_upload_replaces_a_link_and_not_what_it_leads_to(play: Play, host1: Machine, groups: list[str]) -> None:
    host1.sh(WORDS + "thin 50; echo precious > /var/tmp/precious; ln -sf /var/tmp/precious /var/tmp/us-images/trap")
    host1.sh(WORDS + "ln -sf /var/tmp/precious /var/tmp/us-images/.$(ID 50).new")
    play([act("v50", "upload_image", image_name="trap", force=True)], storage=STORAGE).assert_ok()
    assert host1.sh("cat /var/tmp/precious") == "precious"
    assert host1.sh("stat -c %F:%a /var/tmp/us-images/trap") == "regular file:600"


def test_twenty_unchanged_volumes_take_one_lvs(play: Play, host1: Machine, groups: list[str]) -> None:
    host1.sh(
        WORDS
        + "for n in $(seq 60 79); do thin $n; done; rm -f /var/tmp/unified.storage-logs/twenty; mkdir -p /var/tmp/unified.storage-logs"
    )
    batch = [{"name": f"v{n}"} for n in range(60, 80)]
    task = play([logged("twenty", {"unified.storage.volume": {"size": 1, "batch": batch}})], storage=STORAGE).only
    assert task["summary"]["unchanged"] == 20, task.msg
    assert [entry["argv"][0] for entry in host1.log("twenty")] == ["lvs"]


def test_without_root_it_says_so(play: Play, host1: Machine, groups: list[str]) -> None:
    host1.sh("id us-nobody >/dev/null 2>&1 || useradd -m us-nobody")
    options = {
        "become": True,
        "become_user": "us-nobody",
        "become_method": "su",
        "vars": {"ansible_shell_allow_world_readable_temp": True},
    }
    task = play([{"unified.storage.volume_info": {}, **options}], storage=STORAGE).only
    assert task.failed and (task.kind == "forbidden" and "set become to true" in task.msg), task.result
