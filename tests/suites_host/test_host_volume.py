# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E501 (a table of cases)
"""Volumes, snapshots and what can be adopted, on a real host: every state and verb in four passes."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import Any

import pytest
from harness.seldom import dealt, some
from hostlab import Case, FourPasses, Machine, Play, replaced
from volumes import STORAGE, WORDS

NODE = "host1"
TIME = "2026-11-21"
CONNECTOR = {"host": "nobody"}
ATTACHMENT = (
    'us:attachments=+7B+22A+22:+7B+22attachment_id+22:+22A+22+2C+22server_id+22:null+2C+22host_name+22:+22nobody+22'
    '+2C+22device+22:+22/dev/vdb+22+2C+22attached_at+22:null+7D+7D'
)  # fmt: skip
IN_USE = f"thin $n; lvchange -y --addtag '{ATTACHMENT}' $(LV $n)"


def act(action: str, **options: Any) -> tuple[str, dict[str, Any]]:
    return "volume_action", {"volume": "v{n}", "action": action, **options}


def of(module: str, **options: Any) -> tuple[str, dict[str, Any]]:
    return module, options


def volume(**options: Any) -> tuple[str, dict[str, Any]]:
    return "volume", {"name": "v{n}", **options}


NAMED = "lv=$(named v$n); "

CASES = [
    # volume
    Case("create thin", "true", *volume(size=1, metadata={"k": "ü", "b": True}, description="d"),
         NAMED + "is $n lv_size 1024.00 $lv; is $n segtype thin $lv; noted $n description=d $lv",
         after={"size": 1, "metadata": {"k": "ü", "b": "true"}}),
    Case("create thick", "true", *volume(size=1, volume_type="thick", readonly=True, bootable=True),
         NAMED + "is $n segtype linear $lv; is $n lv_size 1024.00 $lv; is $n lv_permissions read-only $lv;"
         " noted $n bootable=1 $lv"),
    Case("keep", "thin $n", *volume(size=1, new_name="r{n}", description="text", metadata={"a": 1}),
         "noted $n name=r$n; noted $n description=text", after={"name": "r{n}"}),
    Case("from a thin snapshot", "thin $n; put $n; thinsnap $n; spoil $n",
         *of("volume", name="c{n}", snapshot="s{n}"),
         "lv=$(named c$n); same $n $lv; is $n segtype thin $lv"),
    Case("from a thick snapshot", "thick $n; put $n; snap $n; spoil $n",
         *of("volume", name="c{n}", snapshot="s{n}", volume_type="thin"),
         "lv=$(named c$n); same $n $lv; is $n segtype thin $lv"),
    Case("from a volume", "thick $n; put $n",
         *of("volume", name="c{n}", source_volume="v{n}", volume_type="thin", size=2),
         "lv=$(named c$n); same $n $lv; is $n lv_size 2048.00 $lv"),
    Case("from an image", "data $n; cp /var/tmp/data-$n /var/tmp/us-images/i$n",
         *of("volume", name="c{n}", image="i{n}", size=1),
         "lv=$(named c$n); same $n $lv; noted $n bootable=1 $lv"),
    Case("delete", "thick $n", *volume(state="absent"), "gone $(LV $n)"),
    Case("delete with snapshots", "thick $n; snap $n", *volume(state="absent", cascade=True),
         "gone $(LV $n); gone $(SNAP $n)"),
    Case("delete with thin snapshots", "thin $n; thinsnap $n", *volume(state="absent", cascade=True),
         "gone $(LV $n); gone $(SNAP $n)"),
    # volume_snapshot
    Case("snapshot a thin one", "thin $n; put $n", *of("volume_snapshot", name="s{n}", volume="v{n}", metadata={"a": "b"}),
         "spoil $n; same $n $(named s$n)"),
    Case("snapshot a thick one", "thick $n; put $n", *of("volume_snapshot", name="s{n}", volume="v{n}"),
         "spoil $n; same $n $(named s$n)"),
    Case("rename a snapshot", "thin $n; thinsnap $n", *of("volume_snapshot", name="s{n}", new_name="t{n}", metadata={"a": "b"}),
         "noted $n name=t$n $(SNAP $n)"),
    Case("delete a snapshot", "thick $n; snap $n", *of("volume_snapshot", name="s{n}", state="absent"),
         "gone $(SNAP $n); lvs $(LV $n)"),
    # volume_action
    Case("extend thin", "thin $n; put $n", *act("extend", new_size=2), "is $n lv_size 2048.00; same $n", after={"size": 2}),
    Case("extend a thick origin", "vol $n -L 1008M; put $n; snap $n '-L 8M'", *act("extend", new_size=2),
         "is $n lv_size 2048.00; same $n; is $n lv_active active", after={"size": 2}),
    Case("extend a mounted file system", "thin $n; mkfs.ext4 -q /dev/$(LV $n); mkdir -p /mnt/m$n; mount /dev/$(LV $n) /mnt/m$n;"
         " data $n; cp /var/tmp/data-$n /mnt/m$n/f", *act("extend", new_size=2),
         "cmp /mnt/m$n/f /var/tmp/data-$n; [ $(stat -f -c %b /mnt/m$n) -gt 400000 ]; umount /mnt/m$n; unnoted $n journal=.*"),
    Case("reset_status", "thin $n", *act("reset_status", status="error"), "noted $n status=error", after={"status": "error"}),
    Case("reset attach_status", IN_USE, *act("reset_status", status="available", attach_status="detached"),
         "unnoted $n 'attachments=.*'"),
    Case("revert thin", "thin $n; put $n; thinsnap $n; spoil $n", *act("revert", snapshot="s{n}", once=TIME),
         "same $n; same $n $(SNAP $n); noted $n name=s$n $(SNAP $n)"),
    Case("revert thick", "thick $n; put $n; snap $n; spoil $n", *act("revert", once=TIME),
         "same $n; same $n $(SNAP $n); noted $n name=s$n $(SNAP $n)"),
    Case("revert always", "thin $n; put $n; thinsnap $n; spoil $n", *act("revert"), "same $n", again=True),
    Case("set_image_metadata", "thin $n", *act("set_image_metadata", image_metadata={"os": "a", "n": 1}),
         "noted $n 'image_metadata=+7B+22n+22:+221+22+2C+22os+22:+22a+22+7D'",
         after={"image_metadata": {"os": "a", "n": "1"}}),
    Case("unset_image_metadata", "thin $n; note $n image_metadata=+7B+22a+22:+221+22+7D",
         *act("unset_image_metadata", keys=["a", "absent"]), "unnoted $n 'image_metadata=.*'"),
    Case("show_image_metadata", "thin $n; note $n image_metadata=+7B+22a+22:+221+22+7D", *act("show_image_metadata"),
         changed=False),
    Case("attach", "thin $n; lvchange -an $(LV $n)", *act("attach", host_name="nobody", mountpoint="/dev/vdb"),
         "is $n lv_active active; noted $n 'attachments=.*nobody.*'", after={"status": "in-use"}),
    Case("detach", IN_USE, *act("detach"), "is $n lv_active ''; unnoted $n 'attachments=.*'"),
    Case("force_detach", IN_USE + "; note $n status=detaching", *act("force_detach"), "unnoted $n 'attachments=.*'"),
    Case("unmanage", "thin $n; put $n", *act("unmanage"), "same $n; is $n lv_tags ''"),
    Case("retype thin to thick", "thin $n; put $n", *act("retype", new_type="thick"), "same $n; is $n segtype linear"),
    Case("retype thick to thin", "thick $n; put $n", *act("retype", new_type="thin"), "same $n; is $n segtype thin"),
    Case("retype thick to raid1", "thick $n; put $n", *act("retype", new_type="raid1"), "same $n; is $n segtype raid1"),
    Case("retype raid1 to thick", "vol $n --type raid1 -m 1 -L 32M --nosync; put $n", *act("retype", new_type="thick"),
         "same $n; is $n segtype linear"),
    Case("retype to striped", "thick $n; put $n", *act("retype", new_type="striped"), "same $n; is $n segtype striped"),
    Case("migrate to another group", "thick $n; put $n", *act("migrate", host=f"{NODE}@us1"),
         "same $n $(LV $n us1); gone $(LV $n)", after={"host": f"{NODE}@us1"}),
    Case("migrate into the pool", "thick $n; put $n", *act("migrate", host=f"{NODE}@us0#pool"), "same $n; is $n segtype thin"),
    Case("migrate to another disk", "thick $n; put $n", *act("migrate", host=f"{NODE}@us0#DISK"),
         "same $n; lvs --noheadings -o devices $(LV $n) | grep -q DISK"),
    Case("force_delete", "thin $n; note $n status=error_deleting", *act("force_delete"), "gone $(LV $n)"),
    Case("set_bootable", "thin $n", *act("set_bootable", bootable=True), "noted $n bootable=1", after={"bootable": True}),
    Case("upload_image", "thin $n; put $n", *act("upload_image", image_name="u{n}", disk_format="raw"),
         "cmp -n 8388608 /var/tmp/us-images/u$n /var/tmp/data-$n; [ $(stat -c %s /var/tmp/us-images/u$n) = 33554432 ]"),
    Case("reserve", "thin $n", *act("reserve"), "noted $n status=attaching", after={"status": "attaching"}),
    Case("unreserve", "thin $n; note $n status=attaching", *act("unreserve"), "unnoted $n 'status=.*'"),
    Case("begin_detaching", IN_USE, *act("begin_detaching"), "noted $n status=detaching"),
    Case("roll_detaching", IN_USE + "; note $n status=detaching", *act("roll_detaching"), "unnoted $n 'status=.*'"),
    Case("initialize_connection", "thin $n; lvchange -an $(LV $n)", *act("initialize_connection", connector=CONNECTOR),
         "is $n lv_active active", again=True),
    Case("set_readonly", "thin $n", *act("set_readonly", readonly=True), "is $n lv_permissions read-only",
         after={"readonly": True}),
    Case("reimage", "thin $n; spoil $n; data $n; cp /var/tmp/data-$n /var/tmp/us-images/i$n",
         *act("reimage", image="i{n}", once=TIME), "same $n"),
    # manageable_volume, manageable_snapshot
    Case("adopt", "lvcreate -qq -y -L 32M -n f$n us0; data $n; fill $n us0/f$n",
         *of("manageable_volume", host=f"{NODE}@us0#us0", reference={"source-name": "f{n}"}, name="a{n}"),
         "gone us0/f$n; same $n $(named a$n)"),
    Case("adopt one of Cinder's", "lvcreate -qq -y -L 32M -n volume-$(ID $n) us0; put $n",
         *of("manageable_volume", host=f"{NODE}@us0", reference={"source-name": "volume-00000000-0000-4000-8000-0000000000{n}"},
            name="a{n}", metadata={"k": "v"}, bootable=True), "same $n; noted $n id=$(ID $n)"),
    Case("release", "thick $n; put $n", *of("manageable_volume", name="v{n}", state="unmanaged"), "same $n; is $n lv_tags ''"),
    Case("adopt a snapshot", "thick $n; lvcreate -qq -y -s -L 8M -n fs$n $(LV $n)",
         *of("manageable_snapshot", volume="v{n}", reference={"source-name": "fs{n}"}, name="a{n}"),
         "gone us0/fs$n; lvs $(named a$n)"),
    Case("release a snapshot", "thin $n; thinsnap $n", *of("manageable_snapshot", name="s{n}", state="unmanaged"),
         "is $n lv_tags '' $(SNAP $n)"),
]  # fmt: skip

CHOSEN = some(CASES, 6)


@pytest.fixture(scope="module")
def passes(play: Play, host1: Machine, groups: list[str]) -> FourPasses:
    def own(case: Case) -> Case:
        values = replaced({k: getattr(case, k) for k in ("setup", "witness", "options")}, "DISK", groups[1])
        return replace(case, **{**values, "setup": WORDS + values["setup"], "witness": WORDS + values["witness"]})

    return FourPasses(play, host1, STORAGE).run(own(case) for case in CHOSEN)


@pytest.mark.parametrize("name", dealt(CASES, CHOSEN))
def test_four_passes(passes: FourPasses, name: str) -> None:
    passes.check(name)


def test_two_moves_off_one_disk(play: Play, host1: Machine, groups: list[str]) -> None:
    """LVM does one at a time, and says of any other that it is done: here of one that somebody began by hand, too."""
    source, target = groups[:2]
    host1.sh(
        WORDS
        + f"""
        for n in 91 92; do vol $n -L 64M; lvs --noheadings -o devices $(LV $n) | grep -q {source}; done
        lvcreate -qq -y -L 256M -n f-moved us0 {source}
        pvmove -b -i 1 -n f-moved {source} {target}
        """
    )
    batch = [{"volume": "v91"}, {"volume": "v92"}]
    task = {"unified.storage.volume_action": {"action": "migrate", "host": f"{NODE}@us0#{target}", "batch": batch}}
    assert play([task], storage=STORAGE).assert_ok().only["summary"]["changed"] == 2
    moved = host1.sh(WORDS + "lvs --noheadings -o devices $(LV 91) $(LV 92) us0/f-moved")
    assert moved.count(target) == 3, moved
    assert not play([task], storage=STORAGE).assert_ok().only.changed


def test_all_verbs_are_here() -> None:
    """But complete_migration, which a host has no meaning for, and terminate_connection, which has nothing to end."""
    sys.path.append(os.environ["ANSIBLE_COLLECTIONS_PATH"])
    from ansible_collections.unified.storage.plugins.module_utils._module.volume_action import VERBS

    done = {case.options["action"] for case in CASES if case.module == "volume_action"}
    assert done == set(VERBS) - {"complete_migration", "terminate_connection"}
