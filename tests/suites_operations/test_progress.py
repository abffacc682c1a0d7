# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch says how far it is while it runs, and is silent when it is told to be."""

from __future__ import annotations

import re
from typing import Any

from harness import Cloud, Playbook, UniqueNames

SAID = re.compile(r"^unified\.storage\.volume on localhost: (\d+) of 24 done.*, after \d+ s$", re.MULTILINE)


def test_says_how_far_it_is(cloud: Cloud, playbook: Playbook, names: UniqueNames) -> None:
    many: list[dict[str, Any]] = [{"name": names(f"v{n}")} for n in range(24)]
    make = {"unified.storage.volume": {"size": 1, "batch": many}}
    # A string, as AWX gives it
    remove: dict[str, Any] = {"unified.storage.volume": {"state": "absent", "batch": many}}
    silent = {"vars": {"unified_storage_progress": "false"}}
    # Three rounds of eight workers: longer than the first line takes to come, on a quick machine too
    with cloud.fault("create_volume", "slow", seconds=3), cloud.fault("delete_volume", "slow", seconds=3):
        loud = playbook([make]).assert_ok()
        quiet = playbook([{**remove, **silent}]).assert_ok()
    assert loud.only["summary"]["changed"] == quiet.only["summary"]["changed"] == 24
    said = [int(count) for count in SAID.findall(loud.stdout)]
    took = loud.only.ended - loud.only.started
    assert said and said == sorted(said), loud.stdout
    assert len(said) <= took / 5
    assert not SAID.search(quiet.stdout)
    assert "UNIFIED_STORAGE_PROGRESS" not in loud.stdout


def test_a_short_batch_says_nothing(playbook: Playbook, names: UniqueNames) -> None:
    few = [{"name": names(f"v{n}"), "size": 1} for n in range(3)]
    assert " done, after " not in playbook([{"unified.storage.volume": {"batch": few}}]).assert_ok().stdout
