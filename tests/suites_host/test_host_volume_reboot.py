# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that loses its power: what was at rest is as it was, and what was half done goes on."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from backend_call import BackEnd
from hostlab import Lab, Machine, Play, RunResult
from volumes import STORAGE, WORDS

pytestmark = pytest.mark.seldom


def lose_power(lab: Lab, back_end: BackEnd) -> None:
    back_end.close()
    for word in ("poweroff", "start"):
        done = lab.control(word, "host1")
        assert done.returncode == 0, done.stderr


def test_power_is_lost_in_the_middle(
    lab: Lab, play: Play, host1: Machine, back_end: BackEnd, groups: list[str]
) -> None:
    host1.sh(
        WORDS + "thick 01; put 01; snap 01; thin 02; put 02; thinsnap 02; spoil 02; vol 03 -L 1G; put 03;"
        "vol 04 -L 256M; put 04; snap 04; tr '\\0' x </dev/zero | head -c 200M >/dev/$(LV 04); fill 01; sync"
    )  # fmt: skip
    batch = [
        {"volume": "v02", "action": "revert", "once": "r"},
        {"volume": "v03", "action": "retype", "new_type": "thin"},
        {"volume": "v04", "action": "revert", "once": "r"},
    ]
    task: dict[str, Any] = {"unified.storage.volume_action": {"batch": batch}}
    runs: list[RunResult] = []
    running = threading.Thread(target=lambda: runs.append(play([task], storage=STORAGE)))
    running.start()
    # Until the copy of the retype is there, and so the rest is under way.
    for _ in range(600):
        if host1.run("lvs us0/volume-00000000-0000-4000-8000-000000000003-new").returncode == 0:
            break
        time.sleep(0.2)
    lose_power(lab, back_end)
    running.join()
    again = play([task, {"name": "list", "unified.storage.volume_info": {}}, task], storage=STORAGE)
    assert not again[0].failed, again[0].result
    assert again[0]["summary"]["changed"] >= 1 and again[2]["summary"]["changed"] == 0
    assert {v["status"] for v in again["list"]["volumes"]} == {"available"}
    host1.sh(
        WORDS + "set -ex; same 01; same 01 $(SNAP 01); same 02; same 02 $(SNAP 02); same 03; is 03 segtype thin;"
        "same 04; same 04 $(SNAP 04); is 02 lv_active active $(SNAP 02); ! lvs | grep -e -new"
    )  # fmt: skip
