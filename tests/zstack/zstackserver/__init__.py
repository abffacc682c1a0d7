# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ZStack management server for tests, from the documented behaviour alone; see ../README.md."""

from __future__ import annotations

from .app import ZStackServer

__all__ = ["ZStackServer"]
