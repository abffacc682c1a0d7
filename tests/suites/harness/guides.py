# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of a guide, block by block, with names of this place for those of the page."""

from __future__ import annotations

import re
from typing import Any

import yaml

from .playbook import ROOT

BLOCK = re.compile(r"^\.\. code-block:: yaml\n((?:\n|    .*\n)+)", flags=re.MULTILINE)


class Guide:
    """guide[2] is the third block: a list of tasks, or of plays.

    names: what stands on the page, and what to run in its place. They may be changed between two blocks.
    """

    def __init__(self, page: str, **names: str) -> None:
        text = (ROOT / "docs" / "docsite" / "rst" / f"{page}.rst").read_text()
        self._blocks = BLOCK.findall(text)
        self.names = names

    def __getitem__(self, number: int) -> list[dict[str, Any]]:
        block = self._blocks[number]
        if self.names:
            longest_first = sorted(self.names, key=len, reverse=True)
            pattern = "|".join(re.escape(name) for name in longest_first)
            block = re.sub(pattern, lambda found: self.names[found[0]], block)
        return list(yaml.safe_load(block))

    def play(self, number: int, **fields: Any) -> dict[str, Any]:
        """The one play of a block, with these fields besides."""
        (play,) = self[number]
        return {**play, **fields}
