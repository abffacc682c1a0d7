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
from harness import Cloud, Manila, Playbook, Rest, UniqueNames  # noqa: E402

ROOT = TESTS.parent
CACHE = Path(os.environ.get("UNIFIED_STORAGE_CACHE") or ROOT / ".cache")


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    """The one that UNIFIED_STORAGE_CLOUD_STATE names, else one that lives as long as the tests."""
    with Cloud.running() as running:
        yield running


@pytest.fixture(scope="session")
def rest(cloud: Cloud) -> Rest:
    """The witness, as admin."""
    return Rest(cloud, "admin")


@pytest.fixture(scope="session")
def manila(cloud: Cloud) -> Manila:
    """The witness of shares, as admin."""
    return Manila(cloud, "admin")


@pytest.fixture(scope="session")
def playbook(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Playbook:
    return Playbook(cloud, tmp_path_factory.mktemp("playbooks"))


@pytest.fixture
def names(rest: Rest) -> Iterator[UniqueNames]:
    """Unique names; what has them is gone after the test."""
    with UniqueNames(rest) as unique:
        yield unique


@pytest.fixture
def share_names(manila: Manila) -> Iterator[UniqueNames]:
    """The same for shares."""
    with UniqueNames(manila) as unique:
        yield unique


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
