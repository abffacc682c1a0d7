# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long it takes to see that logical volumes are as they should be, beside community.general.lvol in a loop.

On one test host (UNIFIED_STORAGE_HOSTS_STATE names a running lab, else one is started), in turns.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "suites_host"))

from hostlab import Lab, Play, RunResult  # noqa: E402
from volumes import STORAGE, WORDS, set_up, tear_down  # noqa: E402

MAKE = WORDS + "for n in $(seq 0 {last}); do n=$(printf %02d $n); thin $n; done"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--volumes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        chosen = os.environ.get("UNIFIED_STORAGE_HOSTS_STATE")
        lab = Lab(Path(chosen or f"{folder}/lab").resolve())
        if not chosen:
            lab.up(1)
        try:
            (Path(folder) / "play").mkdir()
            measure(lab, Play(lab, Path(folder) / "play"), options.volumes, options.rounds)
        finally:
            if not chosen:
                lab.control("down")
    return 0


def measure(lab: Lab, play: Play, volumes: int, rounds: int) -> None:
    machine = lab.machine("host1")
    set_up(machine, lab.facts["disks"])
    machine.sh(MAKE.replace("{last}", str(volumes - 1)))
    ids = [f"{n:02d}" for n in range(volumes)]
    lvs = [f"volume-00000000-0000-4000-8000-0000000000{n}" for n in ids]
    peer: dict[str, Any] = {"vg": "us0", "lv": "{{ item }}", "size": "32m", "thinpool": "pool"}
    tasks = [
        {"name": "ping", "ansible.builtin.ping": {}},
        {"name": "ours", "unified.storage.volume": {"size": 1, "batch": [{"name": f"v{n}"} for n in ids]}},
        {"name": "peer", "community.general.lvol": peer, "loop": lvs},
    ]
    found: dict[str, list[float]] = {"ping": [], "ours": [], "peer": []}
    for _round in range(rounds):
        run: RunResult = play(tasks, storage=STORAGE).assert_ok()
        for name, taken in found.items():
            assert not run[name].changed, f"{name} changed something"
            taken.append(run[name].ended - run[name].started)
    tear_down(machine)
    middle = {name: statistics.median(taken) for name, taken in found.items()}
    ratios = sorted(p / o for p, o in zip(found["peer"], found["ours"], strict=True))
    print(f"{volumes} unchanged logical volumes, {rounds} rounds, medians in seconds:")
    print(f"  ansible.builtin.ping                 {middle['ping']:7.2f}")
    print(f"  unified.storage.volume, one batch    {middle['ours']:7.2f}")
    print(f"  community.general.lvol, in a loop    {middle['peer']:7.2f}")
    print(f"  the loop takes {statistics.median(ratios):.1f} times as long ({ratios[0]:.1f} to {ratios[-1]:.1f})")


if __name__ == "__main__":
    sys.exit(main())
