# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation shows is valid: every task in an example is taken by its module, entry by entry of a batch."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.unified.storage.plugins.module_utils._engine.run import _read_items

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "suites"))

from harness.guides import GUIDES, PAGES, PREFIX, blocks  # noqa: E402

MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[!_]*.py"))
#: What Jinja would put there: as text it is a number, a truth and a word at once.
ANYTHING = "1"


def of_module(name: str) -> Any:
    return importlib.import_module("ansible_collections.unified.storage.plugins.modules." + name)


def tasks(node: Any) -> Iterator[dict[str, Any]]:
    """The tasks of this collection anywhere below."""
    if isinstance(node, list):
        for entry in node:
            yield from tasks(entry)
    elif isinstance(node, dict):
        if any(str(key).startswith(PREFIX) for key in node):
            yield node
        for value in node.values():
            yield from tasks(value)


def rendered(value: Any, options: dict[str, Any] | None = None) -> Any:
    """Arguments as they could be once Jinja is through. options: the specification of a dictionary of arguments."""
    if isinstance(value, dict):
        empty = {"dict": {}, "list": []}
        return {
            key: empty.get((options or {}).get(key, {}).get("type"), rendered(entry))
            if str(entry).startswith("{{")
            else rendered(entry, options if key == "batch" else None)
            for key, entry in value.items()
        }
    if isinstance(value, list):
        return [rendered(entry, options) for entry in value]
    return re.sub(r"\{\{.*?\}\}", ANYTHING, value, flags=re.DOTALL) if isinstance(value, str) else value


def complaints(task: dict[str, Any]) -> list[str]:
    """What the module says to the arguments of a task; nothing when it takes them."""
    (action,) = (key for key in task if key.startswith(PREFIX))
    if action.removeprefix(PREFIX) not in MODULES:
        return [f"there is no module {action}"]
    spec = of_module(action.removeprefix(PREFIX)).SPEC
    given = rendered(task[action] or {}, spec.arguments())
    validated = ArgumentSpecValidator(spec.arguments()).validate(given)
    said = list(validated.error_messages)
    if said:
        return said
    try:
        items = _read_items(SimpleNamespace(params=validated.validated_parameters), spec)
    except Exception as exc:  # noqa: BLE001 - whatever it is, the example is not valid
        return [str(exc)]
    return [item.error.message for item in items if item.error]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_are_valid(name: str) -> None:
    shown = list(tasks(yaml.safe_load(of_module(name).EXAMPLES)))
    assert any(PREFIX + name in task for task in shown), "no example uses the module"
    assert {task["name"]: complaints(task) for task in shown} == {task["name"]: [] for task in shown}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_on_a_page_are_valid(page: Path) -> None:
    shown = blocks(page)
    assert shown or page not in GUIDES, "a guide without an example"
    for block in shown:
        for task in tasks(list(yaml.safe_load_all(block))):
            assert not complaints(task), task.get("name")


def test_a_wrong_example_is_found() -> None:
    assert complaints({"unified.storage.volume": {"name": "a", "sise": 1}})
    assert complaints({"unified.storage.volume": {"size": 1}})
    assert complaints({"unified.storage.volume": {"batch": [{"name": "a"}, {"name": "b", "size": "much"}]}})
    assert not complaints({"unified.storage.volume": {"name": "{{ name }}", "size": "{{ size }}"}})
