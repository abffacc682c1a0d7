# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Killing a run with all that it has started, as a crash of the machine would (Linux)."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

from .waiting import wait_until


def kill_tree(pid: int) -> int:
    """SIGKILL a process and all below it, whatever sessions they are in, and see that none runs any more.

    Since ansible-core 2.19 each worker has a session of its own, so a process group is not all of a run.
    Returns how many there were.
    """
    found: set[int] = set()
    while new := {pid, *_below(pid)} - found:
        found |= new
        for one in new:  # stopped first, so that none starts another meanwhile
            _send(one, signal.SIGSTOP)
    for one in found:
        _send(one, signal.SIGKILL)
    # What has ended may stay in the table for as long as its parent does not ask.
    wait_until(lambda: not any(one in found and state != "Z" for one, _parent, state in _processes()))
    return len(found)


def _send(pid: int, what: signal.Signals) -> None:
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        pass


def _below(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for one, parent, _state in _processes():
        children.setdefault(parent, []).append(one)
    found, new = [], [pid]
    while new:
        new = [child for parent in new for child in children.get(parent, ())]
        found += new
    return found


def _processes() -> Iterator[tuple[int, int, str]]:
    """Each with its parent and its state."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(") ")[2].split()[:2]
        except (OSError, ValueError):
            continue
        yield int(path.parent.name), int(parent), state
