# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests that take long: `./run test` leaves them out, and a session by itself runs them.

Hooks of pytest, for the conftest.py of each suite.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import pytest

from .passes import Case

#: What `./run test` sets.
OFTEN = os.environ.get("UNIFIED_STORAGE_TESTS") == "often"


def dealt(names: Iterable[Any], chosen: Iterable[Any]) -> list[Any]:
    """Parameters: all names (or those of cases), those that are not chosen marked as seldom."""
    kept = {name_of(each) for each in chosen}
    return [pytest.param(name, marks=() if name in kept else pytest.mark.seldom) for name in map(name_of, names)]


def some(cases: Iterable[Case], of: int = 2, always: Collection[str] = ()) -> list[Case]:
    """All cases. Often, one of so many.

    always: the names of those that are never left out.
    """
    return [case for number, case in enumerate(cases) if not OFTEN or number % of == 0 or case.name in always]


def shared_out(cases: Sequence[Case], by_admin: Collection[str] = (), of: int = 1) -> tuple[list[Case], list[Case]]:
    """The cases of an administrator, and those of a member: all. Often, each case is run by one of them, in turn.

    by_admin: the names of those that the administrator runs, whosever turn it is. of: often, only one of so many is
        run at all.
    """
    taken = some(cases, of, by_admin)
    first = some(taken, 2, by_admin)
    return first, [case for case in taken if not OFTEN or case not in first]


def name_of(each: Any) -> str:
    return each if isinstance(each, str) else str(each.name)


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
