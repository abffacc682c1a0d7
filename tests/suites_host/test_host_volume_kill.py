# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each operation of several steps on volumes, killed before every write: the next run completes it or takes it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from backend_call import BackEnd, Killed
from hostlab import KILL, Machine, Play, logged, replaced
from volumes import STORAGE, WORDS

pytestmark = pytest.mark.seldom

NODE = "host1"
ID = "00000000-0000-4000-8000-0000000000{n}"
SNAPSHOT = "00000000-0000-4000-9000-0000000000{n}"


@dataclass(frozen=True)
class Operation:
    """{n} in args is the case's number, $n in the scripts.

    setup: a shell script. done: one that fails unless it is done.
    makes: it makes the resource, so that a killed one may have made nothing.
    """

    setup: str
    kind: str
    verb: str
    args: Mapping[str, Any]
    done: str
    makes: bool = False
    #: the least number of writes that there are to be killed before
    least: int = 3
    #: whether it is killed in each run of the tests


MADE = "lv=$(named m$n); "
OPERATIONS = {
    "create from a snapshot": Operation(
        "thick $n; put $n; snap $n; spoil $n", "volume", "create",
        {"name": "m{n}", "size": 1, "volume_type": "thin", "snapshot_id": SNAPSHOT},
        MADE + "same $n $lv; is $n lv_size 1024.00 $lv", makes=True,
    ),
    "create from a thin volume": Operation(
        "thin $n; put $n", "volume", "create", {"name": "m{n}", "size": 2, "source_volid": ID},
        MADE + "same $n $lv; is $n lv_size 2048.00 $lv", makes=True,
    ),
    "create from an image": Operation(
        "data $n; cp /var/tmp/data-$n /var/tmp/us-images/i$n", "volume", "create",
        {"name": "m{n}", "size": 1, "image_id": "/var/tmp/us-images/i{n}"}, MADE + "same $n $lv", makes=True,
    ),
    "extend an origin": Operation(
        "vol $n -L 1016M; put $n; snap $n '-L 8M'", "volume", "extend", {"new_size": 2},
        "is $n lv_size 2048.00; same $n; is $n lv_active active; lvremove -qq -y $(LV $n)",
    ),
    "extend a mounted file system": Operation(
        "thin $n; mkfs.ext4 -q /dev/$(LV $n); mkdir -p /mnt/m$n; mount /dev/$(LV $n) /mnt/m$n; data $n;"
        " cp /var/tmp/data-$n /mnt/m$n/f", "volume", "extend", {"new_size": 2},
        "cmp /mnt/m$n/f /var/tmp/data-$n; [ $(stat -f -c %b /mnt/m$n) -gt 400000 ]; umount /mnt/m$n",
    ),
    "revert thin": Operation(
        "thin $n; put $n; thinsnap $n; spoil $n", "volume", "revert", {"snapshot_id": SNAPSHOT},
        "same $n; same $n $(SNAP $n); noted $n name=s$n $(SNAP $n); unnoted $n 'revert.*'",
    ),
    "revert thick": Operation(
        "thick $n; put $n; snap $n; spoil $n", "volume", "revert", {"snapshot_id": SNAPSHOT},
        "same $n; same $n $(SNAP $n); noted $n name=s$n $(SNAP $n); unnoted $n 'revert.*'",
    ),
    "retype": Operation(
        "thick $n; put $n; lvchange -qq -y -pr $(LV $n)", "volume", "retype", {"new_type": "thin"},
        "same $n; is $n segtype thin; is $n lv_permissions read-only; noted $n name=v$n", least=7,
    ),
    "migrate": Operation(
        "thin $n; put $n", "volume", "migrate", {"host": f"{NODE}@us1#us1"},
        "same $n $(LV $n us1); noted $n name=v$n $(LV $n us1); gone $(LV $n)", least=6,
    ),
    "migrate to another disk": Operation(
        "thick $n; put $n", "volume", "migrate", {"host": f"{NODE}@us0#DISK"},
        "same $n; lvs --noheadings -o devices $(LV $n) | grep -q DISK; lvremove -qq -y $(LV $n)",
    ),
    "reimage": Operation(
        "thin $n; data $n; cp /var/tmp/data-$n /var/tmp/us-images/i$n", "volume", "reimage",
        {"image_id": "/var/tmp/us-images/i{n}"}, "same $n; noted $n 'image_metadata=.*i'$n'.*'",
    ),
    "adopt": Operation(
        "lvcreate -qq -y -L 32M -n f$n us0; data $n; fill $n us0/f$n", "volume", "manage",
        {"host": f"{NODE}@us0", "reference": {"source-name": "f{n}"}, "name": "m{n}"},
        "gone us0/f$n; " + MADE + "same $n $lv", makes=True,
    ),
    "upload an image": Operation(
        "thin $n; put $n", "volume", "upload_image", {"image_name": "u{n}"},
        "cmp -n 8388608 /var/tmp/us-images/u$n /var/tmp/data-$n; [ -z \"$(ls -A /var/tmp/us-images | grep new)\" ]",
    ),
    "delete with snapshots": Operation(
        "thick $n; snap $n", "volume", "delete", {"cascade": True}, "gone $(LV $n); gone $(SNAP $n)", least=1,
    ),
}  # fmt: skip
CLEAN = "[ -z \"$(lvs --noheadings -o lv_tags us0 us1 | grep -E 'us:journal|us:kind=part')\" ]"


@pytest.fixture(scope="module")
def disks(groups: list[str], back_end: BackEnd) -> list[str]:
    back_end.storage = STORAGE
    return groups


@dataclass
class Numbers:
    """Numbers of two digits, each once: 00, 01, ..."""

    used: int = field(default=-1)

    def __call__(self) -> str:
        self.used += 1
        return f"{self.used:02d}"


@pytest.fixture(scope="module")
def numbers() -> Numbers:
    return Numbers()


class Runner:
    def __init__(self, back_end: BackEnd, machine: Machine, numbers: Numbers, disk: str, operation: Operation) -> None:
        self._back_end, self._machine, self._numbers = back_end, machine, numbers
        self._disk, self._operation = disk, operation

    def run(self, kill: int) -> bool:
        """Set up, perform, and where it was killed do what the next run does. Whether it was killed."""
        n, it = self._numbers(), self._operation
        self._machine.sh(f"{WORDS}\nn={n}\n{it.setup}")
        try:
            self._perform(n, kill)
            killed = False
        except Killed:
            killed = True
        if killed:
            ident = self._ident(n)
            seen = self._back_end.settle(it.kind, ident) if ident else None
            assert seen is None or seen["status"] in ("available", "in-use"), (
                f"killed before write {kill}, then: {seen}"
            )
            if seen is not None if it.verb == "delete" else not (it.makes and seen):
                self._perform(n, 0)  # as the next run does, where it is not done yet
        script = (it.done + "\n" + CLEAN).replace("DISK", self._disk)
        done = self._machine.run(f"{WORDS}\nset -ex; n={n}\n{script}")
        assert done.returncode == 0, f"killed before write {kill}:\n{done.stderr.decode()[-1500:]}"
        return killed

    def _perform(self, n: str, kill: int) -> None:
        it = self._operation
        args = replaced(replaced(dict(it.args), "{n}", n), "DISK", self._disk)
        self._back_end.perform(it.kind, it.verb, None if it.makes else ID.format(n=n), kill=kill, **args)

    def _ident(self, n: str) -> str | None:
        if not self._operation.makes:
            return ID.format(n=n)
        found = [r for r in self._back_end.observe(self._operation.kind) if r["name"] == f"m{n}"]
        assert len(found) <= 1, found
        return found[0]["id"] if found else None


@pytest.mark.parametrize("name", OPERATIONS)
def test_killed_before_every_write(
    back_end: BackEnd, host1: Machine, disks: list[str], numbers: Numbers, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = Runner(back_end, host1, numbers, disks[1], OPERATIONS[name])
    assert not runner.run(0)
    points = 0
    while runner.run(points + 1):
        points += 1
    with capsys.disabled():
        print(f"\n{name}: killed at {points} points, each time completed or taken back by the next run")
    assert points >= OPERATIONS[name].least


@pytest.mark.parametrize("make", ["thick $n; put $n; snap $n", "thin $n; put $n; thinsnap $n"], ids=["thick", "thin"])
def test_a_merge_that_lvm_has_put_off_is_done(
    back_end: BackEnd, host1: Machine, disks: list[str], numbers: Numbers, make: str
) -> None:
    """Its origin was open when LVM was asked. It begins with the next activation, which nobody else brings about."""
    n = numbers()
    host1.sh(f"{WORDS}\nn={n}\n{make}; spoil $n")
    with pytest.raises(Killed):
        back_end.perform("volume", "revert", ID.format(n=n), kill=2, snapshot_id=SNAPSHOT.format(n=n))
    host1.sh(f"{WORDS}\nn={n}\nexec 9</dev/$(LV $n); lvconvert -qq -y --merge $(SNAP $n); exec 9<&-")
    seen = back_end.settle("volume", ID.format(n=n))
    assert seen and seen["status"] == "available", seen
    host1.sh(f"{WORDS}\nn={n}\nsame $n; same $n $(SNAP $n); unnoted $n 'revert.*'\n{CLEAN}")


def test_the_next_task_goes_on_where_a_killed_one_was(
    play: Play, host1: Machine, disks: list[str], numbers: Numbers
) -> None:
    retyped, reverted, other = numbers(), numbers(), numbers()
    host1.sh(
        WORDS
        + f"thick {retyped}; put {retyped}; thin {reverted}; put {reverted}; thinsnap {reverted}; spoil {reverted}"
    )
    host1.sh(WORDS + f"thin {other}; put {other}; thinsnap {other}; spoil {other}")

    def act(n: str, **options: Any) -> dict[str, Any]:
        return {"unified.storage.volume_action": {"volume": f"v{n}", **options}}

    retype = act(retyped, action="retype", new_type="thin")
    revert = act(reverted, action="revert", once="t")
    rename = {"unified.storage.volume": {"name": f"v{other}", "description": "d", "size": 2}}
    run = play(
        [
            logged("k1", {"name": "retype killed", **retype}, **{KILL: "6"}),
            logged("k2", {"name": "revert killed", **revert}, **{KILL: "3"}),
            logged("k3", {"name": "other killed", **act(other, action="revert")}, **{KILL: "3"}),
            {"name": "retype would go on", "check_mode": True, **retype},
            {"name": "retype", **retype},
            {"name": "revert", **revert},
            {"name": "other", **rename},
            {"name": "retype again", **retype},
            {"name": "revert again", **revert},
            {"name": "other again", **rename},
        ],
        storage=STORAGE,
    )
    for name in ("retype killed", "revert killed", "other killed"):
        assert run[name].failed, name
    verbs = {name: [step["verb"] for step in run[name]["plan"]] for name in ("retype", "revert", "other")}
    assert run["retype would go on"]["plan"][0]["verb"] == "resume"
    assert verbs == {
        "retype": ["resume"],
        "revert": ["resume", "merge_metadata"],
        "other": ["resume", "update", "extend"],
    }
    for name in ("retype", "revert", "other"):
        assert not run[name].failed and run[name].changed, run[name].msg
        assert not run[f"{name} again"].failed and not run[f"{name} again"].changed
    witness = f"same {retyped}; is {retyped} segtype thin; same {reverted}; same {reverted} $(SNAP {reverted})"
    host1.sh(f"{WORDS}{witness}; same {other}\n{CLEAN}")
