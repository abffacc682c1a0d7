# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reverse HTTP proxy that injects faults by rules; see proxy.py."""

from __future__ import annotations

from .proxy import CERTIFICATE, FaultProxy, Passed, Rule

__all__ = ["CERTIFICATE", "FaultProxy", "Passed", "Rule"]
