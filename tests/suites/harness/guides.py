# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation shows, to be run as it stands there, with names of this place for some of the page's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .playbook import ROOT

PREFIX = "unified.storage."
BLOCKS = {
    ".rst": re.compile(r"^\.\. code-block:: yaml\n((?:\n|    .*\n)+)", re.MULTILINE),
    ".md": re.compile(r"^```ya?ml\n(.*?)^```", re.MULTILINE | re.DOTALL),
    ".py": re.compile(r'^EXAMPLES = r"""\n(.*?)^"""', re.MULTILINE | re.DOTALL),
}
COMMANDS = re.compile(r"^    (?:\$ )?(ansible-(?:doc|playbook) (?:.*\\\n)*.*)", re.MULTILINE)
RST = ROOT / "docs" / "docsite" / "rst"
PAGES = sorted([ROOT / "README.md", *RST.glob("*.rst"), *ROOT.glob("docs/*.md"), *ROOT.glob("roles/*/README.md")])
MODULES = sorted(ROOT.glob("plugins/modules/[!_]*.py"))
#: Each of their blocks is run by a test of its own.
GUIDES = [RST / "getting_started.rst", *sorted(RST.glob("guide_*.rst"))]
#: What it shows is AWX's own; test_awx.py has what stands behind it.
AWX = ROOT / "docs" / "awx.md"


def blocks(source: Path) -> list[str]:
    """The YAML that a page shows, or a module as its EXAMPLES."""
    return BLOCKS[source.suffix].findall(source.read_text())


class Guide:
    """guide[2] is the third block: a list of tasks, or of plays.

    names: what stands on the page, and what to run in its place. They may be changed between two blocks.
    """

    def __init__(self, page: str, **names: str) -> None:
        self._blocks = blocks(RST / f"{page}.rst")
        self.names = names

    def data(self, number: int) -> Any:
        """What the block says, whatever it is."""
        block = self._blocks[number]
        if self.names:
            longest_first = sorted(self.names, key=len, reverse=True)
            pattern = "|".join(re.escape(name) for name in longest_first)
            block = re.sub(pattern, lambda found: self.names[found[0]], block)
        return yaml.safe_load(block)

    def __getitem__(self, number: int) -> list[dict[str, Any]]:
        return list(self.data(number))

    def play(self, number: int, **fields: Any) -> dict[str, Any]:
        """The one play of a block, with these fields besides."""
        (play,) = self[number]
        return {**play, **fields}


@dataclass(frozen=True)
class Example:
    """A block of a page, or the EXAMPLES of a module, as far as one back end runs it.

    shown: tasks, or plays. whole: nothing of it is another back end's.
    """

    name: str
    shown: list[dict[str, Any]]
    whole: bool

    @property
    def is_play(self) -> bool:
        return "hosts" in self.shown[0]

    @property
    def reads(self) -> bool:
        """It changes nothing."""
        modules = [key for key, _value in _items(self.shown) if key.startswith(PREFIX)]
        return bool(modules) and all(module.endswith("_info") for module in modules)

    @property
    def names(self) -> set[str]:
        """What its tasks call things: what may be there afterwards."""
        return {str(value) for key, value in _items(self.shown) if key in ("name", "image_name")}

    def renamed(self, words: Mapping[Any, Any]) -> list[dict[str, Any]]:
        """To be run: with other words (or numbers) for whole values."""
        result: list[dict[str, Any]] = _renamed(self.shown, words)
        return result


def examples(backend: str) -> dict[str, Example]:
    """All that one back end can run of what the documentation shows, but for the guides."""
    found = {}
    for source in [*MODULES, *(page for page in PAGES if page not in (*GUIDES, AWX))]:
        name = source.stem if source.parent.name != "roles" and source.stem != "README" else source.parent.name
        name = "README" if source.parent == ROOT else name
        usual = "zstack" if source == RST / "zstack.rst" else "openstack"
        shown = blocks(source)
        for number, text in enumerate(shown):
            everything = yaml.safe_load(text)
            if part := _part(everything, backend, usual):
                title = name if source.suffix == ".py" else f"page {name}, {number}"
                found[title] = Example(title, part, part == everything)
    return found


def commands() -> list[str]:
    """The command lines of Ansible that the pages show of this collection, each once."""
    found = [line for page in PAGES for line in COMMANDS.findall(page.read_text()) if "unified.storage" in line]
    return sorted({re.sub(r"\\\n\s*", "", line).partition("  #")[0].strip() for line in found})


def _part(shown: list[dict[str, Any]], backend: str, usual: str) -> list[dict[str, Any]]:
    """The tasks (or plays) of a back end. What is no task of ours goes with the one before it."""
    kept, latest = [], usual
    for task in shown:
        if "block" in task:
            if inner := _part(task["block"], backend, usual):
                kept.append({**task, "block": inner})
            continue
        if "hosts" in task or any(key.startswith(PREFIX) for key in task):
            latest = _backend(task) or usual
        if latest == backend:
            kept.append(task)
    return kept


def _backend(task: dict[str, Any]) -> str | None:
    """The one that a task or a play names. A play on storage hosts need not."""
    if task.get("hosts") == "storage":
        return "host"
    return next((value for key, value in _items(task) if key == "backend"), None)


def _items(node: Any) -> Iterator[tuple[str, Any]]:
    """The keys and values of all dictionaries below."""
    if isinstance(node, list):
        for entry in node:
            yield from _items(entry)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from _items(value)


def _renamed(node: Any, words: Mapping[Any, Any]) -> Any:
    if isinstance(node, list):
        return [_renamed(entry, words) for entry in node]
    if isinstance(node, dict):
        return {key: _renamed(value, words) for key, value in node.items()}
    return node if isinstance(node, bool) else words.get(node, node)
