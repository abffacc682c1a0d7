# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbook suites stand on: the cloud, a plain REST witness, the playbook runner, the four passes."""

from __future__ import annotations

from .cloud import Cloud
from .manila import Manila
from .passes import Case, FourPasses
from .playbook import Playbook, RunResult, TaskResult
from .requestlog import Entry, RequestLog
from .rest import Rest, RestError, UniqueNames
from .waiting import wait_until

__all__ = [
    "Case",
    "Cloud",
    "Entry",
    "FourPasses",
    "Manila",
    "Playbook",
    "RequestLog",
    "Rest",
    "RestError",
    "RunResult",
    "TaskResult",
    "UniqueNames",
    "wait_until",
]
