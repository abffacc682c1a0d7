# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the map of the house true: which layer may import which, and what every file says of itself.

The rules are the tables below; CONTRIBUTING.md repeats them for people.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
UTILS = "ansible_collections.unified.storage.plugins.module_utils."

BACK_ENDS = {"_openstack", "_zstack", "_host"}

# What a layer may import of this collection, besides itself. A layer is a module_utils package or file.
MAY_IMPORT: dict[str, set[str]] = {
    "modules": {"_argspec", "_module", "_engine"},
    "_module": {"_engine", "_api", "_errors", "_argspec", "_options"},
    "_engine": {"_api", "_errors", "_argspec", "_options"},
    "_api": {"_errors"},
    "_openstack": {"_api", "_errors", "_auth_cache", "_patience"},
    "_zstack": {"_api", "_errors", "_auth_cache", "_patience"},
    "_host": {"_api", "_errors"},
    "_argspec": set(),
    "_options": {"_errors"},
    "_auth_cache": {"_errors"},
    "_errors": set(),
    "_patience": set(),
}
# The one file that names the back ends, and only inside a function: who uses one never loads another.
FACTORY = PLUGINS / "module_utils" / "_engine" / "backends.py"

# Who may import what is not of this collection; of the rest, only Python's own library.
OUTSIDE: dict[str, set[str]] = {
    "ansible": {"modules", "_engine", "_argspec"},
    "openstack": {"_openstack"},
    "keystoneauth1": {"_openstack"},
    "requests": {"_zstack"},
}

LICENCE = [
    "# Copyright (c) 2026, the unified.storage authors",
    "# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)",
    "# SPDX-License-Identifier: GPL-3.0-or-later",
]
BANNER = "# Private to unified.storage: may change at any time."

UTIL_FILES = sorted((PLUGINS / "module_utils").rglob("*.py"))
FILES = UTIL_FILES + sorted((PLUGINS / "modules").glob("*.py"))


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


def layer_of(file: Path) -> str:
    parts = file.relative_to(PLUGINS).parts
    return "modules" if parts[0] == "modules" else parts[1].removesuffix(".py")


class Import(NamedTuple):
    name: str  # dotted, absolute
    line: int
    lazy: bool  # inside a function


def imports(tree: ast.AST, lazy: bool = False) -> Iterator[Import]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute here"
            assert node.module is not None
            # `from ...module_utils import _errors` names the layer only there
            whole = node.module + "."
            bare = whole == UTILS
            yield from (Import(whole + a.name if bare else node.module, node.lineno, lazy) for a in node.names)
        else:
            yield from imports(node, lazy or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def breaches(file: Path, source: str) -> list[str]:
    """The lines of a file that break the rules, in words."""
    mine = layer_of(file)
    wrong = []
    for name, line, lazy in imports(ast.parse(source)):
        top = name.split(".")[0]
        if name.startswith(UTILS):
            theirs = name[len(UTILS) :].split(".")[0]
            if theirs == mine or theirs in MAY_IMPORT[mine]:
                continue
            if file == FACTORY and theirs in BACK_ENDS:
                if not lazy:
                    wrong.append(f"line {line}: import {theirs} inside the function that opens it")
                continue
            wrong.append(f"line {line}: {mine} may not import {theirs}")
        elif top in OUTSIDE:
            if mine not in OUTSIDE[top]:
                wrong.append(f"line {line}: {mine} may not import {top}")
        elif top not in sys.stdlib_module_names:
            wrong.append(f"line {line}: nobody may import {name}")
    return wrong


@pytest.mark.parametrize("file", FILES, ids=named)
def test_imports_follow_the_map(file: Path) -> None:
    assert layer_of(file) in MAY_IMPORT, "a new layer: give it a line in MAY_IMPORT and in CONTRIBUTING.md"
    assert not breaches(file, file.read_text())


@pytest.mark.parametrize("file", UTIL_FILES, ids=named)
def test_utils_are_private_and_say_so(file: Path) -> None:
    inside = file.relative_to(PLUGINS / "module_utils")
    assert any(part.startswith("_") for part in inside.parts if part != "__init__.py"), "no leading underscore"
    source = file.read_text()
    if file.name != "__init__.py" or source:
        assert BANNER in source.splitlines()


@pytest.mark.parametrize("file", sorted(PLUGINS.rglob("*.py")), ids=named)
def test_licence_is_on_top(file: Path) -> None:
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#!")]
    assert not lines or lines[:3] == LICENCE


def test_contributing_names_every_layer() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    section = re.search(r"^## The map of the house$(.*?)^## ", text, re.MULTILINE | re.DOTALL)
    assert section, "CONTRIBUTING.md has no section `The map of the house`"
    rows = re.findall(r"^\| `plugins/(?:module_utils/)?(\w+?)(?:\.py|/)` \|", section[1], re.MULTILINE)
    assert len(rows) == len(set(rows)), "a layer has two rows"
    there = {layer_of(file) for file in FILES}
    assert there <= set(rows), f"no row for {', '.join(sorted(there - set(rows)))}"
    assert set(rows) <= set(MAY_IMPORT), f"a row without a rule: {', '.join(sorted(set(rows) - set(MAY_IMPORT)))}"


@pytest.mark.parametrize(
    ("where", "source", "wrong"),
    [
        ("_module/x.py", f"from {UTILS}_openstack.cinder import Cinder", "_module may not import _openstack"),
        ("_module/x.py", f"from {UTILS[:-1]} import _openstack", "_module may not import _openstack"),
        ("_openstack/x.py", f"import {UTILS}_module.volume", "_openstack may not import _module"),
        ("_api/x.py", f"def f():\n    from {UTILS}_engine import plan", "_api may not import _engine"),
        ("_engine/backends.py", f"from {UTILS}_host import x", "inside the function"),
        ("_engine/run.py", f"def f():\n    from {UTILS}_host import x", "_engine may not import _host"),
        ("_host/x.py", "import keystoneauth1.session", "_host may not import keystoneauth1"),
        ("_host/x.py", "import yaml", "nobody may import yaml"),
    ],
)
def test_the_rules_can_fail(where: str, source: str, wrong: str) -> None:
    assert any(wrong in breach for breach in breaches(PLUGINS / "module_utils" / where, source))


def test_the_factory_may_open_a_back_end() -> None:
    assert not breaches(FACTORY, f"def f():\n    from {UTILS}_host.backend import Host")
