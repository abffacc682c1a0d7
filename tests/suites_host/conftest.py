# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the suites on real hosts; what they are made of is in hostlab.py."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "suites"))
sys.path.insert(0, str(Path(__file__).parent))

from backend_call import BackEnd
from harness.seldom import *  # noqa: F403 (hooks)
from hostlab import LOGS, Lab, Machine, Play
from volumes import foreign, set_up, tear_down


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The one that UNIFIED_STORAGE_HOSTS_STATE names, else one that lives as long as the tests."""
    if chosen := os.environ.get("UNIFIED_STORAGE_HOSTS_STATE"):
        yield Lab(Path(chosen).resolve())
        return
    own = Lab(tmp_path_factory.mktemp("hosts"))
    own.up()
    yield own
    own.control("down")


@pytest.fixture(scope="session")
def play(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Play:
    return Play(lab, tmp_path_factory.mktemp("playbooks"))


@pytest.fixture(scope="session")
def host1(lab: Lab) -> Machine:
    """The server, with a place for the logs of commands."""
    machine = lab.machine("host1")
    machine.sh(f"mkdir -p {LOGS}")
    return machine


@pytest.fixture(scope="session")
def host2(lab: Lab) -> Machine:
    """A client."""
    return lab.machine("host2")


@pytest.fixture(scope="session")
def back_end(host1: Machine) -> Iterator[BackEnd]:
    """The back end of the server, without a module around it."""
    running = BackEnd(host1)
    yield running
    running.close()


@pytest.fixture(scope="module")
def groups(lab: Lab, host1: Machine) -> Iterator[list[str]]:
    """The disks of the volume groups us0 and us1; what was not ours in them is afterwards as it was before."""
    disks: list[str] = lab.facts["disks"]
    before = set_up(host1, disks)
    yield disks
    after = foreign(host1)
    tear_down(host1)
    assert after == before
