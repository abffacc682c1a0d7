# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""The one exception tree of the collection.

Every layer raises a StorageError; only the engine turns it into fail_json.
"""

from __future__ import annotations

import typing as t


class StorageError(Exception):
    """What went wrong, in one sentence, and the facts a program can act on.

    message: one sentence: what, on which resource, why.
    resource: {kind, name, id} or a part of it, where one is concerned.
    status: the HTTP status or exit code, where there was one.
    request_id: the service's id of the request, for its operators.
    reason: the service's own words.
    changed: something was done before it went wrong, and not taken back.
    """

    kind = "failed"
    changed = False

    def __init__(
        self,
        message: str,
        *,
        resource: t.Optional[t.Mapping[str, t.Any]] = None,
        status: t.Optional[int] = None,
        request_id: t.Optional[str] = None,
        reason: t.Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.resource = dict(resource) if resource else None
        self.status = status
        self.request_id = request_id
        self.reason = reason

    def as_dict(self) -> t.Dict[str, t.Any]:
        """The RETURN value C(error) of every module."""
        return {
            "kind": self.kind,
            "status": self.status,
            "request_id": self.request_id,
            "resource": self.resource,
            "reason": self.reason,
        }


class Failed(StorageError):
    """The service tried and failed: a resource landed in an error state."""


class NotFound(StorageError):
    kind = "not_found"


class Ambiguous(StorageError):
    """A name that matches several resources; the message lists their ids."""

    kind = "ambiguous"


class Conflict(StorageError):
    """The state of things forbids it now: a wrong status, something in use."""

    kind = "conflict"


class Forbidden(StorageError):
    """The login was refused, or a policy forbids the action to it."""

    kind = "forbidden"


class Locked(StorageError):
    kind = "locked"


class Quota(StorageError):
    """A quota or limit of the service is used up."""

    kind = "quota"


class Unsupported(StorageError):
    """This back end, or this version of it, cannot do it at all."""

    kind = "unsupported"


class Invalid(StorageError):
    """The task's options, or a value in them, make no sense."""

    kind = "invalid"


class Timeout(StorageError):
    kind = "timeout"


class Unreachable(StorageError):
    """No usable answer: refused, reset, unresolved, untrusted, unreadable."""

    kind = "unreachable"


class Untrusted(Unreachable):
    """A certificate does not verify: asking again would not help."""


class LostAnswer(Unreachable):
    """A write was sent and its answer never arrived: it may or may not be done.

    The engine never shows this one as it is: it observes first.
    """
