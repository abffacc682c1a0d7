# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module with a batch can say how far it is, and what it cannot write stops nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Item
from ansible_collections.unified.storage.plugins.module_utils._engine.progress import VARIABLE, progress
from ansible_collections.unified.storage.plugins.module_utils._errors import Failed

ROOT = Path(__file__).resolve().parents[2]


def test_every_module_with_a_batch_is_run_by_the_action_plugin():
    with_batch = {
        p.stem for p in (ROOT / "plugins" / "modules").glob("*.py") if "unified.storage.waiting" in p.read_text()
    }
    routes = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["plugin_routing"]["modules"]
    assert routes == {name: {"action_plugin": "unified.storage.batch"} for name in with_batch}


def test_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "progress"
    monkeypatch.setenv(VARIABLE, str(path))
    items = [Item(0, {}), Item(1, {}, error=Failed("no")), Item(2, {})]
    tell = progress(items)
    tell()
    tell()  # too soon for a second line
    assert [json.loads(line) for line in path.read_text().splitlines()] == [{"total": 3, "done": 2, "failed": 1}]


@pytest.mark.parametrize("path", [None, "/nosuch/progress"])
def test_is_no_trouble(path: str | None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    if path:
        monkeypatch.setenv(VARIABLE, path)
    progress([Item(0, {})])()
