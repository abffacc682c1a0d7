# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server says when it refuses."""

from __future__ import annotations

from typing import Any

DESCRIPTIONS = {
    "SYS.1000": "An internal error happened in system",
    "SYS.1003": "Resource cannot be found",
    "SYS.1006": "An operation failed",
    "SYS.1007": "One or more API argument is invalid",
    "ID.1000": "Unable to authenticate a user",
    "ID.1001": "The session is invalid",
    "ID.1006": "Login sessions hit the limit",
}


class PlainText(Exception):
    """An answer that is plain text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class BadRequest(PlainText):
    def __init__(self, text: str) -> None:
        super().__init__(400, text)


class Refused(Exception):
    """An error in the envelope: 503 with JSON, at once or as the end of a job."""

    def __init__(self, code: str, description: str | None, details: str, cause: Refused | None = None) -> None:
        super().__init__(details)
        self.code, self.details, self.cause = code, details, cause
        self.description = description or DESCRIPTIONS.get(code, code)

    def as_json(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "description": self.description, "details": self.details}
        if self.cause is not None:
            error["cause"] = self.cause.as_json()
        return error


def argument(details: str) -> Refused:
    return Refused("SYS.1007", None, details)


def operation(details: str) -> Refused:
    return Refused("SYS.1006", None, details)


def missing(field: str, value: str, kind: str) -> Refused:
    return Refused("SYS.1003", None, f"invalid field[{field}], resource[uuid:{value}, type:{kind}] not found")


def dead_session() -> Refused:
    return Refused("ID.1001", None, "Session expired")
