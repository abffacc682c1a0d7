# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests that take long: `./run test` leaves them out, and a session by itself runs them.

Hooks of pytest, for the conftest.py of each suite.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from typing import Any

import pytest

#: What `./run test` sets.
OFTEN = os.environ.get("UNIFIED_STORAGE_TESTS") == "often"


def dealt(names: Sequence[str], chosen: Collection[str]) -> list[Any]:
    """Parameters: all names, those that are not chosen marked as seldom."""
    return [pytest.param(name, marks=() if name in chosen else pytest.mark.seldom) for name in names]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "seldom: takes long, so ./run test leaves it out")


def pytest_report_header() -> str | None:
    return "left out: what is marked seldom; a session by itself runs it" if OFTEN else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not OFTEN:
        return
    out = [item for item in items if item.get_closest_marker("seldom")]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]
