# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of what runs around the modules: the report, progress, jobs as AWX starts them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(Path(__file__).parent), str(TESTS / "suites"), str(TESTS)]

from browser import NoBrowserError, program  # noqa: E402
from harness.fixtures import *  # noqa: E402, F403 (pytest finds them here)
from harness.seldom import *  # noqa: E402, F403 (hooks)

ROOT = TESTS.parent
CACHE = Path(os.environ.get("UNIFIED_STORAGE_CACHE") or ROOT / ".cache")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running browser (of Playwright's API)."""
    from playwright.sync_api import sync_playwright

    try:
        path, environment = program(CACHE)
    except NoBrowserError as why:
        pytest.skip(f"no browser to open the page in: {why}")
    with sync_playwright() as playwright:
        # Its own sandbox needs rights that a test may not have; it opens nothing but our page.
        browser = playwright.chromium.launch(executable_path=path, env=environment, args=["--no-sandbox"])
        yield browser
        browser.close()
