# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the real services were asked, from their request logs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .rest import USER_AGENT

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
READING_ACTIONS = {"os-show_image_metadata"}
"""POSTed to a volume's action address, but they change nothing"""


@dataclass(frozen=True)
class Entry:
    """One request. time: seconds since 1970; path: with the query; keys: the JSON body's top-level keys."""

    time: float
    method: str
    path: str
    status: int
    keys: tuple[str, ...] = field(default=())

    @property
    def writes(self) -> bool:
        reads = bool(self.keys) and READING_ACTIONS.issuperset(self.keys) and self.path.endswith("/action")
        return self.method in WRITES and not reads

    def __str__(self) -> str:
        return " ".join(filter(None, (self.method, self.path, ",".join(self.keys), f"-> {self.status}")))


@dataclass(frozen=True)
class Entries:
    """Some of a log's requests, in order."""

    all: tuple[Entry, ...]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def writes(self) -> list[Entry]:
        """POST, PUT, PATCH and DELETE: what must not be there in check mode."""
        return [e for e in self.all if e.writes]

    def between(self, start: float, end: float) -> Entries:
        return Entries(tuple(e for e in self.all if start <= e.time <= end))


@dataclass(frozen=True)
class RequestLog:
    """A service's log of JSON lines. The witness's own requests are left out."""

    path: Path

    def mark(self) -> int:
        """The place that the log has reached by now."""
        return self.path.stat().st_size

    def since(self, mark: int) -> Entries:
        with open(self.path, "rb") as file:
            file.seek(mark)
            lines = [json.loads(line) for line in file]
        return Entries(
            tuple(
                Entry(e["time"], e["method"], e["path"], e["status"], tuple(e.get("body_keys") or ()))
                for e in lines
                if not (e.get("user_agent") or "").startswith(USER_AGENT)
            )
        )
