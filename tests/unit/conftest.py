# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the unit tests share."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from hypothesis import settings

# No deadlines: machines of CI are shared, and a slow example is not a wrong one.
settings.register_profile("house", deadline=None, max_examples=60)
settings.load_profile("house")

sys.path.insert(0, str(Path(__file__).parent))  # for memory.py


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries are real, but short."""
    real = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: real(min(seconds, 0.01)))
