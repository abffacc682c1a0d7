# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of what works where are those of the code."""

from __future__ import annotations

import runpy
from pathlib import Path

CAPABILITIES = runpy.run_path(str(Path(__file__).resolve().parents[1] / "capabilities.py"))


def test_the_page_is_up_to_date():
    assert CAPABILITIES["PAGE"].read_text() == CAPABILITIES["page"](), "run `python tests/capabilities.py`"


def test_every_state_has_a_back_end():
    empty = [row for row in CAPABILITIES["modules"]() if not any(cell.startswith(CAPABILITIES["YES"]) for cell in row)]
    assert not empty


def test_every_module_is_on_the_page():
    missing = [name for name in CAPABILITIES["MODULES"] if name.removesuffix("_info") not in CAPABILITIES["page"]()]
    assert not missing
