# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snapshot_group on a real host: every state in four passes, data that come back, rotation, and kills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from backend_call import BackEnd, Killed
from hostlab import KILL, Case, FourPasses, Machine, Play, logged
from volumes import STORAGE
from volumes import WORDS as VOLUME_WORDS

pytestmark = pytest.mark.seldom

GROUP, INFO = "unified.storage.snapshot_group", "unified.storage.snapshot_group_info"

#: A pair is two volumes, $n and 9$n. A group is made as the collection notes it. The pair 80 is there for all cases
#: that only look at its snapshots: each logical volume takes its time.
WORDS = (
    VOLUME_WORDS.replace("8M", "256K").replace("count=8", "count=1").replace("bs=1M", "bs=256K")
    + r"""
lvcreate() { command lvcreate --config 'backup{backup=0 archive=0} activation{monitoring=0}' "$@"; }
GID() { echo 00000000-0000-4000-a000-0000000000$1; }
pair() { ${2:-thin} $1; put $1; ${3:-thin} 9$1; put 9$1; }
spoiled() { spoil $1; spoil 9$1; }
whole() { same $1 && same 9$1; }
how() { case $(lvs --noheadings -o segtype $(LV $1)) in *thin*) echo -kn ;; *) echo -l 100%ORIGIN ;; esac; }
group() { for v in $1 9$1; do lvcreate -qq -y -s $(how $v) -n _snapshot-$(SID $2$v) \
  $(notes volume_snapshot $(SID $2$v) $3-v$v) --addtag us:volume_id=$(ID $v) --addtag us:size=1 \
  --addtag us:group_snapshot_id=$(GID $2$1) --addtag us:group_volumes=$(ID $1)/$(ID 9$1) \
  --addtag "us:group=+7B+22created_at+22:+22${4:-2026-11-21T08:00:00Z}+22+2C+22name+22:+22$3+22+7D" $(LV $v); done; }
taken() { pair $1 $2 $3; group $1 1 g; spoiled $1; }
saved() { for v in $1 9$1; do s=$(named $2-v$v); [ -n "$s" ]; same $v $s; done; }
groups() { for v in $1 9$1; do lvs --noheadings -o lv_tags @us:volume_id=$(ID $v) | tr , '\n' | grep '^ *us:group=' \
  | grep -o '+22name+22:+22[^+]*' | cut -d: -f2 | cut -c4- | sort | tr '\n' ' '; done; }
are() { n=$1; shift; [ "$(groups $n)" = "$* $* " ]; }
has() { groups 80 | grep -qw $1; }
settled() { ! lvs --noheadings -o lv_tags us0 | grep -E 'us:group_begun|us:revert|us:journal'; }
"""
)


def keep(**options: Any) -> tuple[str, dict[str, Any]]:
    return "snapshot_group", {"name": "g{n}", "volumes": ["v980", "v80"], **options}


def of_its_own(**options: Any) -> tuple[str, dict[str, Any]]:
    return keep(**{"name": "g", "volumes": ["v{n}", "v9{n}"], **options})


IDS = [f"00000000-0000-4000-8000-0000000000{n}" for n in ("9{n}", "{n}")]
THERE = "group 80 $n g$n"
NIGHTS = (
    "pair $n; for k in 3 2 1; do group $n $k n-$k 2026-11-1${k}T08:00:00Z; done; group $n 5 weekly 2020-01-01T08:00:00Z"
)
CASES = [
    Case("create", "true", *keep(), "saved 80 g$n; has g$n; settled",
         after={"name": "g{n}", "source": {"kind": "volumes", "id": None, "name": None}}),
    Case("create of thin and thick ones", "pair $n thin thick", *of_its_own(volumes=IDS, description="Ω {n}"),
         "spoiled $n; saved $n g; are $n g", after={"description": "Ω {n}"}),
    Case("leave alone", THERE, *keep(), "has g$n", changed=False),
    Case("rename and describe", THERE, *keep(new_name="h{n}", description="text"), "has h$n; saved 80 g$n",
         after={"name": "h{n}", "description": "text"}),
    Case("delete", THERE, *keep(state="absent"), "gone $(SNAP ${n}80); gone $(SNAP ${n}980); lvs $(LV 80)"),
    Case("delete what is not there", "true", *keep(state="absent"), changed=False),
    Case("ungroup", THERE, *keep(state="absent", keep_snapshots=True), "saved 80 g$n; if has g$n; then exit 1; fi"),
    Case("revert", "taken $n", *of_its_own(state="reverted"), "whole $n; saved $n g; settled", again=True),
    Case("revert once, with a newer group", "taken $n thin thick; group $n 2 later",
         *of_its_own(state="reverted", once="r"), "whole $n; saved $n g; are $n g later"),
    Case("rotate", NIGHTS, *of_its_own(name="n-9", keep=2, keep_prefix="n-"), "are $n n-3 n-9 weekly"),
]  # fmt: skip


@pytest.fixture(scope="module")
def groups(groups: list[str], host1: Machine, back_end: BackEnd) -> list[str]:
    host1.sh(WORDS + "pair 80")
    back_end.storage = STORAGE
    return groups


@pytest.fixture(scope="module")
def passes(play: Play, host1: Machine, groups: list[str]) -> FourPasses:
    cases = [replace(case, setup=WORDS + case.setup, witness=WORDS + case.witness) for case in CASES]
    return FourPasses(play, host1, STORAGE).run(cases)


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_four_passes(passes: FourPasses, name: str) -> None:
    passes.check(name)


# ---- what is refused, and what is told


def named(n: int, **options: Any) -> dict[str, Any]:
    return {GROUP: {"name": "g", "volumes": [f"v{n}", f"v9{n}"], **options}}


def test_what_is_refused_before_any_change(play: Play, host1: Machine, groups: list[str]) -> None:
    """One member that cannot be reverted, and none is."""
    host1.sh(
        f"{WORDS}set -e; for n in 50 51 52 53; do taken $n; done; thin 54; thin 954\n"
        "mkfs.ext4 -q /dev/$(LV 950); mkdir -p /mnt/g50; mount /dev/$(LV 950) /mnt/g50\n"
        "lvremove -qq -y $(SNAP 1951); lvextend -qq -L 2G $(LV 952); lvchange -qq -y --addtag us:status=error $(LV 953)"
    )
    back: dict[str, Any] = {"state": "reverted", "once": "r"}
    given = [
        ("open", named(50, **back), "conflict", "perhaps mounted"),
        ("lost", named(51, **back), "conflict", "has been deleted"),
        ("not whole", named(51), "failed", "not whole any more"),
        ("grown", named(52, **back), "conflict", "was extended since"),
        ("in error", named(53, **back), "conflict", "is error"),
        ("no such group", named(54, **back), "not_found", "no snapshot group"),
        ("no such volume", named(55), "not_found", "no volume"),
        ("reset", named(53, reset_status="error"), "unsupported", "follows from the snapshots"),
        ("of a machine", named(53, with_memory=True), "invalid", "for a root_volume"),
        ("of ZStack", {GROUP: {"name": "g", "root_volume": "r"}}, "unsupported", "no root volume"),
        ("no room", named(54, name="n", host_storage={**STORAGE, "over_provisioning": False}), "quota", "overfill"),
    ]
    tasks = [logged("refused", {"name": name, **task}) for name, task, _kind, _words in given]
    run = play([*tasks, {"name": "info", INFO: {"volumes": ["v51", "v951"]}}], storage=STORAGE)
    for name, _task, kind, words in given:
        assert (run[name].failed, run[name].changed, run[name].kind) == (True, False, kind), run[name].msg
        assert words in run[name].msg, run[name].msg
    assert not [entry for entry in host1.log("refused") if entry["writes"]]
    (told,) = run["info"]["snapshot_groups"]
    assert (told["name"], told["status"], told["source"]["kind"]) == ("g", "available", "volumes")
    assert [(m["size"], m["deleted"], m["status"]) for m in told["members"]] == [
        (1, False, "available"),
        (None, True, "deleted"),
    ]
    assert told["members"][0]["name"] == "g-v51"
    host1.sh(WORDS + "umount /mnt/g50; for n in 51 53; do if whole $n; then exit 1; fi; done")


# ---- killed


class Killing:
    """Groups of the back end itself, with a kill before any write."""

    def __init__(self, back_end: BackEnd, machine: Machine) -> None:
        self.back_end, self.machine = back_end, machine

    def __call__(self, n: int, verb: str, ident: str | None, kill: int, **args: Any) -> bool:
        """Whether it was killed."""
        self.n = n
        try:
            self.back_end.perform("snapshot_group", verb, ident, kill=kill, **args)
        except Killed:
            return True
        return False

    def create(self, n: int, kill: int = 0) -> bool:
        ids = [f"00000000-0000-4000-8000-0000000000{v}" for v in (n, f"9{n}")]
        return self(n, "create", None, kill, name=f"k{n}", volume_ids=ids)

    def seen(self, n: int) -> dict[str, Any] | None:
        found = [g for g in self.back_end.observe("snapshot_group") if g["name"].startswith(f"k{n}")]
        assert len(found) <= 1, found
        return found[0] if found else None

    def settled(self, n: int) -> dict[str, Any] | None:
        """As the next run leaves it."""
        seen = self.seen(n)
        if seen and seen.get("unfinished"):
            assert seen["status"] in ("creating", "deleting"), seen
            self.back_end.perform("snapshot_group", "resume", seen["id"])
            seen = self.seen(n)
        self.machine.sh(WORDS + "settled")
        return seen

    def snapshots(self, n: int) -> list[dict[str, Any]]:
        volumes = {f"00000000-0000-4000-8000-0000000000{v}" for v in (n, f"9{n}")}
        return [s for s in self.back_end.observe("volume_snapshot") if s["volume_id"] in volumes]


@pytest.fixture(scope="module")
def killing(back_end: BackEnd, host1: Machine, groups: list[str]) -> Killing:
    return Killing(back_end, host1)


def points(act: Callable[[int], bool], least: int) -> None:
    """act(k), which is to be killed before its k-th write, until it is over before that."""
    kill = 1
    while act(kill):
        kill += 1
        assert kill < 40
    assert kill > least, f"there were only {kill - 1} writes"


def test_a_killed_create_is_all_or_nothing(killing: Killing, host1: Machine) -> None:
    host1.sh(WORDS + "pair 60")

    def act(kill: int) -> bool:
        killed = killing.create(60, kill)
        if killed and kill > 2:
            seen = killing.seen(60)
            assert seen and (seen["status"], seen["unfinished"]) == ("creating", True)
        seen = killing.settled(60)
        assert len(killing.snapshots(60)) == (2 if seen else 0)
        assert seen or kill == 1
        if seen:
            assert (seen["status"], [m["deleted"] for m in seen["members"]]) == ("available", [False, False])
            killing(60, "delete", seen["id"], 0)
        assert not killing.snapshots(60)
        return killed

    points(act, 3)


@pytest.mark.parametrize(("n", "verb", "left"), [(61, "delete", 0), (62, "ungroup", 2)])
def test_a_killed_removal_is_gone_on_with(killing: Killing, host1: Machine, n: int, verb: str, left: int) -> None:
    host1.sh(WORDS + f"pair {n}")

    def act(kill: int) -> bool:
        killing.create(n)
        seen = killing.seen(n)
        assert seen
        killed = killing(n, verb, seen["id"], kill)
        seen = killing.settled(n)
        if seen:
            assert kill == 1 and seen["status"] == "available"
            killing(n, verb, seen["id"], 0)
        snapshots = killing.snapshots(n)
        assert len(snapshots) == left and all(s["group_snapshot_id"] is None for s in snapshots)
        for snapshot in snapshots:
            killing.back_end.perform("volume_snapshot", "delete", snapshot["id"])
        return killed

    points(act, 3)


def test_a_killed_update_is_done_or_not(killing: Killing, host1: Machine) -> None:
    host1.sh(WORDS + "pair 63")
    killing.create(63)

    def act(kill: int) -> bool:
        before = killing.seen(63)
        assert before
        killed = killing(63, "update", before["id"], kill, name=f"k63-{kill}")
        seen = killing.settled(63)
        assert seen and seen["name"] == (before["name"] if killed else f"k63-{kill}")
        return killed

    points(act, 2)


def test_two_runs_at_once_make_one_group(play: Play, host1: Machine, groups: list[str]) -> None:
    host1.sh(WORDS + "pair 64")
    begin = {**named(64), "async": 600, "poll": 0}
    end: dict[str, Any] = {"retries": 600, "delay": 1}
    run = play(
        [
            {"name": "a", **begin, "register": "a"},
            {"name": "b", **begin, "register": "b"},
            *(
                {
                    "name": f"end of {x}",
                    "ansible.builtin.async_status": {"jid": "{{ %s.ansible_job_id }}" % x},
                    "register": "seen",
                    "until": "seen is finished",
                    **end,
                }
                for x in "ab"
            ),
            {"name": "again", **named(64)},
            {"name": "info", INFO: {"volumes": ["v64", "v964"]}},
        ],
        storage=STORAGE,
    )
    first, second = run["end of a"], run["end of b"]
    assert not first.failed and not second.failed, first.msg or second.msg
    outcomes = sorted((r.changed, *(step["outcome"] for step in r["plan"])) for r in (first, second))
    # The second one has come second, or so late that it had nothing to do.
    assert outcomes in ([(False, "yielded"), (True, "done")], [(False,), (True, "done")])
    assert [g["id"] for g in run["info"]["snapshot_groups"]] == [first["snapshot_group"]["id"]]
    assert second["snapshot_group"]["id"] == first["snapshot_group"]["id"]
    assert not run["again"].changed


#: Writes of a revert of two volumes (four each) and of the note that it was done: one in each kind of place.
WRITES = (2, 4, 6, 8, 9, 10)


def test_the_next_task_goes_on_where_a_killed_one_was(play: Play, host1: Machine, groups: list[str]) -> None:
    """A revert, killed before each of its writes; then a batch of the same, which does all that was left."""
    killed = {20 + at: at for at in WRITES}
    host1.sh(WORDS + "set -e\n" + "\n".join(f"taken {n}" for n in killed) + "\npair 69")
    back: dict[str, Any] = {"state": "reverted", "once": "r"}
    batch = [{"volumes": [f"v{n}", f"v9{n}"]} for n in killed]
    again = {GROUP: {"name": "g", **back, "batch": batch}}
    tasks = [logged(f"kill-{n}", {"name": f"{n}", **named(n, **back)}, **{KILL: str(at)}) for n, at in killed.items()]
    tasks += [
        {"name": "checked", "check_mode": True, **again},
        {"name": "goes on", **again},
        {"name": "again", **again},
        logged("create", {"name": "create", **named(69)}, **{KILL: "3"}),
        {"name": "create goes on", **named(69)},
        {"name": "create again", **named(69)},
        logged("delete", {"name": "delete", **named(69, state="absent")}, **{KILL: "3"}),
        {"name": "not half of it", **named(69)},
        {"name": "delete goes on", **named(69, state="absent")},
        {"name": "delete again", **named(69, state="absent")},
    ]
    run = play(tasks, storage=STORAGE)
    assert [n for n in killed if not run[f"{n}"].failed] == [], "all were killed"
    for name in ("checked", "goes on"):
        assert run[name]["summary"]["changed"] == len(killed), run[name].msg
    assert run["again"]["summary"]["unchanged"] == len(killed)
    host1.sh(WORDS + "set -e\n" + "\n".join(f"whole {n}; saved {n} g" for n in killed) + "\nsettled")
    verbs = {name: [step["verb"] for step in run[name]["plan"]] for name in ("create goes on", "delete goes on")}
    assert verbs == {"create goes on": ["resume"], "delete goes on": ["resume"]}
    assert run["create"].failed and run["delete"].failed
    assert run["not half of it"].kind == "conflict" and "finish it with state absent" in run["not half of it"].msg
    for name in ("create", "delete"):
        assert (run[f"{name} goes on"].failed, run[f"{name} goes on"].changed) == (False, True)
        assert (run[f"{name} again"].failed, run[f"{name} again"].changed) == (False, False)
