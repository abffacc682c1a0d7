# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch behind SSH says how far it is while it runs, and leaves nothing behind."""

from __future__ import annotations

import re

from hostlab import Machine, Play
from volumes import STORAGE

SAID = re.compile(r"^unified\.storage\.volume on host1: (\d+) of 14 done, after \d+ s$", re.MULTILINE)
LEFT = "ls -A ~/.ansible/tmp"


def test_says_how_far_it_is(groups: list[str], host1: Machine, play: Play) -> None:
    batch = [{"name": f"v{number}", "size": 1} for number in range(14)]
    task = {"unified.storage.volume": {"batch": batch, "batch_concurrency": 2}}
    run = play([task], storage=STORAGE).assert_ok()
    said = [int(count) for count in SAID.findall(run.stdout)]
    assert said and said == sorted(said), run.stdout
    assert len(said) <= (run.only.ended - run.only.started) / 5
    assert not host1.sh(LEFT)
    silent = {**task, "vars": {"unified_storage_progress": "false"}}
    silent["unified.storage.volume"] = {**task["unified.storage.volume"], "state": "absent"}
    assert " done, after " not in play([silent], storage=STORAGE).assert_ok().stdout
