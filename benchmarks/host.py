# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long it takes to see that logical volumes are as they should be, beside community.general.lvol in a loop.

On one test host (UNIFIED_STORAGE_HOSTS_STATE names a running lab, else one is started), in turns. The peer's loop is
of `--peer` volumes, and reckoned for more of them.
"""

from __future__ import annotations

import argparse
import datetime
import os
import statistics
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "suites_host"))

from hostlab import LOGS, Lab, Machine, Play, logged  # noqa: E402
from volumes import STORAGE, set_up, tear_down  # noqa: E402

OURS, PEER = "unified.storage.volume", "community.general.lvol"
BEGIN, END = "<!-- measured on a host: begin -->", "<!-- measured on a host: end -->"

#: For the shell of LVM: one process makes them all.
MAKE = (
    "lvcreate -qq -y --type thin -V 32M --thinpool pool -n volume-00000000-0000-4000-8000-000000000{n:03d} us0"
    " --addtag us:kind=volume --addtag us:id=00000000-0000-4000-8000-000000000{n:03d} --addtag us:name=v{n:03d}\n"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--volumes", type=int, nargs="+", default=[20, 200])
    parser.add_argument("--peer", type=int, default=20, help="items of the peer's loop (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", type=Path, help="put the figures into this file, between the marks in it")
    options = parser.parse_args()
    if options.write:
        assert BEGIN in options.write.read_text(), f"{options.write} has no mark {BEGIN}"
    with tempfile.TemporaryDirectory() as folder:
        chosen = os.environ.get("UNIFIED_STORAGE_HOSTS_STATE")
        lab = Lab(Path(chosen or f"{folder}/lab").resolve())
        if not chosen:
            lab.up(1)
        try:
            (Path(folder) / "play").mkdir()
            text = measure(lab, Play(lab, Path(folder) / "play"), options)
        finally:
            if not chosen:
                lab.control("down")
    print(text)
    if options.write:
        old = options.write.read_text()
        before, after = old.index(BEGIN) + len(BEGIN), old.index(END)
        options.write.write_text(old[:before] + "\n" + text + old[after:])
    return 0


def measure(lab: Lab, play: Play, options: argparse.Namespace) -> str:
    machine, most = lab.machine("host1"), max(options.volumes)
    set_up(machine, lab.facts["disks"])
    done = machine.run("lvm", "".join(MAKE.format(n=n) for n in range(most)).encode())
    assert done.returncode == 0, done.stderr.decode()
    peer: dict[str, Any] = {"vg": "us0", "lv": "{{ item }}", "size": "32m", "thinpool": "pool"}
    lvs = [f"volume-00000000-0000-4000-8000-000000000{n:03d}" for n in range(options.peer)]
    tasks: list[dict[str, Any]] = [{"name": "ping", "ansible.builtin.ping": {}}]
    for count in options.volumes:
        batch = [{"name": f"v{n:03d}"} for n in range(count)]
        tasks.append(logged(f"bench-{count}", {"name": f"{count}", OURS: {"size": 1, "batch": batch}}))
    tasks.append({"name": "peer", PEER: peer, "loop": lvs})
    taken: dict[str, list[float]] = {task["name"]: [] for task in tasks}
    machine.sh(f"mkdir -p {LOGS}; rm -f {LOGS}/bench-*")
    for _round in range(options.rounds):
        run = play(tasks, storage=STORAGE).assert_ok()
        for name, seconds in taken.items():
            assert not run[name].changed, f"{name} changed something"
            seconds.append(run[name].ended - run[name].started)
    commands = {count: commands_of(machine, count, options.rounds) for count in options.volumes}
    tear_down(machine)
    return table(taken, commands, options)


def commands_of(machine: Machine, count: int, rounds: int) -> str:
    """What one run of a batch has called on the host."""
    told = [entry["argv"][0] for entry in machine.log(f"bench-{count}")]
    assert told == told[: len(told) // rounds] * rounds, told
    return ", ".join(f"{told.count(name) // rounds} {name}" for name in dict.fromkeys(told))


def table(taken: dict[str, list[float]], commands: dict[int, str], options: argparse.Namespace) -> str:
    def row(what: str, name: str, how: str = "", each: int = 1) -> str:
        found = sorted(seconds * each for seconds in taken[name])
        # Ratios are of things measured side by side, in one round.
        ratios = sorted(s * each / p for s, p in zip(taken[name], taken["ping"], strict=True))
        return (
            f"| {what} | {statistics.median(found):.1f} ({found[0]:.1f} to {found[-1]:.1f}) "
            f"| {statistics.median(ratios):.1f} | {how} |\n"
        )

    text = (
        f"{datetime.datetime.now(tz=datetime.UTC).date()}; {options.rounds} rounds on one test host (User-Mode "
        "Linux, one processor), where commands are slower than on a real one; "
        f"ansible-core {version('ansible-core')}, community.general of ansible "
        f"{version('ansible')}. Figures are medians (least to most).\n\n"
        "| Task | Seconds | Times ping | Commands on the host |\n| --- | --- | --- | --- |\n"
    )
    text += row("ansible.builtin.ping", "ping")
    for count in options.volumes:
        text += row(f"{OURS}, one batch of {count}", str(count), commands[count])
    text += row(f"{PEER} in a loop, {options.peer} items", "peer")
    text += "\n"
    for count in options.volumes:
        ratios = sorted(p / options.peer * count / o for p, o in zip(taken["peer"], taken[str(count)], strict=True))
        reckoned = "" if count == options.peer else ", reckoned from its items"
        text += (
            f"{count} unchanged volumes: the loop takes {statistics.median(ratios):.0f} times as long "
            f"({ratios[0]:.0f} to {ratios[-1]:.0f}{reckoned}).\n"
        )
    return text


if __name__ == "__main__":
    sys.exit(main())
