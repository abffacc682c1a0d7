# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of this name, and says how far its batch is."""

from __future__ import annotations

from ansible_collections.unified.storage.plugins.plugin_utils._progress import ActionModule

__all__ = ["ActionModule"]
