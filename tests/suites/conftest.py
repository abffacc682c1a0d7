# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook suites; their fixtures are in harness/."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from harness.fixtures import *  # noqa: E402, F403 (pytest finds them here)
from harness.seldom import *  # noqa: E402, F403 (hooks)
