# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Requests to one OpenStack service: microversions, retries, errors.

A read is repeated until it succeeds or time is up. A write is sent once: when
its answer is lost, LostAnswer says so, and the engine looks what came of it.
"""

from __future__ import annotations

import threading
import time
import typing as t

from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Conflict,
    Failed,
    Forbidden,
    Invalid,
    LostAnswer,
    NotFound,
    Quota,
    StorageError,
    Unreachable,
)
from ansible_collections.unified.storage.plugins.module_utils._openstack.cloud import Cloud, SSLError
from ansible_collections.unified.storage.plugins.module_utils._patience import Patience

try:
    from keystoneauth1 import adapter
    from keystoneauth1 import exceptions as ksa
except ImportError:
    pass  # Cloud has said so

JSON = t.Dict[str, t.Any]

BY_STATUS: t.Mapping[int, t.Type[StorageError]] = {
    400: Invalid,
    401: Forbidden,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: Quota,
    429: Unreachable,  # one that never ended
}
#: No cloud is taken to cut its lists (by osapi_max_limit) shorter than this.
SHORTEST_CUT = 100


def version(text: t.Optional[str]) -> t.Tuple[int, ...]:
    """C("3.42") as something that compares."""
    return tuple(int(part) for part in text.split(".")) if text else ()


class Rest:
    """The API of one service, at the newest microversion that both sides know."""

    def __init__(self, cloud: Cloud, service_type: str, newest: t.Optional[str], patience: float) -> None:
        """newest: the newest microversion this collection was tried with.
        patience: seconds for which a read may be repeated.
        """
        self._cloud = cloud
        self._service_type = service_type
        self._newest = newest
        self._patience = patience
        self._lock = threading.Lock()
        self._longest: t.Dict[str, int] = {}
        self.clock: t.Optional[str] = None
        self._open(cloud.service(service_type))

    def _open(self, endpoint: t.Mapping[str, t.Any]) -> None:
        self.offered: t.Optional[str] = endpoint["max"]
        self.microversion: t.Optional[str] = None
        if self._newest and self.offered:
            self.microversion = min(self._newest, self.offered, key=version)
        self._adapter = adapter.Adapter(
            self._cloud.session,
            service_type=self._service_type,
            endpoint_override=endpoint["url"],
            default_microversion=self.microversion,
            raise_exc=False,
        )

    def _elsewhere(self, asked: t.Any) -> bool:
        """Whether to ask again: what was kept of the service no longer held, for it has moved or was rolled back.

        asked: the adapter that got no answer, or 406.
        """
        with self._lock:
            if self._adapter is asked:
                endpoint = self._cloud.service_anew(self._service_type)
                if endpoint is not None:
                    self._open(endpoint)
            return self._adapter is not asked

    def lacks(self, needed: str) -> t.Optional[str]:
        """A sentence when the API is older than the microversion needed, else None."""
        if version(self.microversion) >= version(needed):
            return None
        return "it needs microversion %s of the API, and the cloud offers %s." % (needed, self.offered or "none")

    def get(
        self, path: str, params: t.Optional[t.Mapping[str, t.Any]] = None, what: str = "reading", missing: bool = False
    ) -> JSON:
        """The body of a read, repeated through passing faults.

        missing: an empty dictionary instead of NotFound.
        """
        patience = Patience(self._patience)
        while True:
            wait: t.Optional[float] = None
            asked = self._adapter
            try:
                response = asked.get(path, params=params)
                self._note(response)
                if response.status_code == 404 and missing:
                    return {}
                if response.status_code < 400:
                    return t.cast(JSON, response.json())
                if response.status_code == 406 and self._elsewhere(asked):
                    continue
                error: StorageError = _refusal(response, what)
                if response.status_code != 429 and response.status_code < 500:
                    raise error
                wait = _retry_after(response)
            except SSLError as exc:
                raise _unreachable(exc, what) from exc
            except ksa.ClientException as exc:
                if not isinstance(exc, ksa.ConnectionError):
                    raise Unreachable("%s: %s" % (what, exc), reason=str(exc)) from exc
                if _never_sent(exc) and self._elsewhere(asked):
                    continue
                error = _unreachable(exc, what)
            except ValueError as exc:
                error = Unreachable("%s: the answer could not be read as JSON: %s" % (what, exc), reason=str(exc))
            if not patience.rest(wait):
                raise error

    def send(self, method: str, path: str, what: str, body: t.Any = None, **options: t.Any) -> JSON:
        """The body of a write's answer ({} for an empty one).

        Sent again only where it surely was not carried out: it never left, or
        the service said "too many requests".
        Raises LostAnswer when it may have been.
        """
        patience = Patience(self._patience)
        while True:
            wait: t.Optional[float] = None
            asked = self._adapter
            try:
                response = asked.request(path, method, json=body, **options)
                self._note(response)
                if response.status_code < 400:
                    return t.cast(JSON, response.json()) if response.content else {}
                if response.status_code == 406 and self._elsewhere(asked):
                    continue
                error: StorageError = _refusal(response, what)
                if response.status_code >= 500:
                    raise LostAnswer(
                        error.message, status=error.status, request_id=error.request_id, reason=error.reason
                    )
                if response.status_code != 429:
                    raise error
                wait = _retry_after(response)
            except SSLError as exc:
                raise _unreachable(exc, what) from exc
            except ksa.ConnectionError as exc:
                error = _unreachable(exc, what)
                if not _never_sent(exc):
                    raise LostAnswer(error.message, reason=error.reason) from exc
                if self._elsewhere(asked):
                    continue
            except ksa.ClientException as exc:
                raise Unreachable("%s: %s" % (what, exc), reason=str(exc)) from exc
            except ValueError as exc:
                raise LostAnswer("%s: the answer could not be read as JSON: %s" % (what, exc), reason=str(exc)) from exc
            if not patience.rest(wait):
                raise error

    def pages(
        self,
        path: str,
        key: str,
        params: t.Mapping[str, t.Any],
        limit: t.Optional[int] = None,
        what: str = "listing",
    ) -> t.List[JSON]:
        """All pages of a list (of C(limit) entries at most), each entry once.

        When the last entry of a page is deleted before the next page is asked
        for, the service no longer knows the marker: then it starts anew.
        """
        for attempt in range(3):
            found: t.Dict[str, JSON] = {}
            query = dict(params)
            try:
                while True:
                    query["limit"] = min(1000, limit - len(found)) if limit else 1000
                    body = self.get(path, query, what)
                    for entry in body[key]:
                        found[entry["id"]] = entry
                    # Cinder calls the links of group_snapshots group_snapshot_links.
                    links = body.get(key + "_links") or body.get(key[:-1] + "_links") or ()
                    more = any(link.get("rel") == "next" for link in links)
                    if not body[key] or not more or (limit and len(found) >= limit):
                        return list(found.values())
                    query["marker"] = body[key][-1]["id"]
                    query.pop("offset", None)
            except (NotFound, Invalid):
                if query.get("marker") == params.get("marker") or attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def pages_by_offset(
        self,
        path: str,
        key: str,
        params: t.Mapping[str, t.Any],
        limit: t.Optional[int] = None,
        what: str = "listing",
    ) -> t.List[JSON]:
        """All pages of a list that knows no markers (of C(limit) entries at most), each entry once.

        Each page begins with the last entry of the one before. Where it begins
        with an earlier one, something was added meanwhile, which repeats entries
        and hides none. Where it begins with an unknown one, something was
        removed, an entry could be missed, and it starts anew.
        """
        first = int(params.get("offset") or 0)
        for _attempt in range(3):
            found: t.Dict[str, JSON] = {}
            offset = first
            while True:
                overlap = 1 if found else 0
                size = min(1000, limit - len(found) + overlap) if limit else 1000
                page = self.get(path, {**params, "limit": size, "offset": offset - overlap}, what)[key]
                if overlap and (not page or page[0]["id"] not in found):
                    break
                found.update((entry["id"], entry) for entry in page)
                offset += len(page) - overlap
                if self.is_last(key, page, size) or (limit and len(found) >= limit):
                    return list(found.values())[:limit]
        raise Unreachable("%s: the list changes faster than it can be read." % what)

    def is_last(self, key: str, page: t.Sized, size: int) -> bool:
        """Whether a page of a list that says nothing of further ones is the last.

        size: how many entries were asked for. A service may give fewer at a time
        (osapi_max_limit): then only a page that is shorter than another one of
        such a list was tells, or one that is shorter than any that is cut.
        """
        longest = self._longest.get(key, SHORTEST_CUT)
        self._longest[key] = max(longest, len(page))
        return len(page) < min(size, longest)

    def _note(self, response: t.Any) -> None:
        """Keep the service's clock: what it says later is told apart by it."""
        date = response.headers.get("Date")
        if date:
            from email.utils import parsedate_tz

            parts = parsedate_tz(date)
            if parts:
                self.clock = "%04d-%02d-%02dT%02d:%02d:%02dZ" % parts[:6]


def _refusal(response: t.Any, what: str) -> StorageError:
    """The error that an answer of 4xx or 5xx stands for, in the service's own words."""
    reason = _words(response)
    status = response.status_code
    request_id = response.headers.get("x-openstack-request-id") or response.headers.get("x-compute-request-id")
    make = BY_STATUS.get(status, Failed if status < 500 else Unreachable)
    lead = "the login was refused: " if status == 401 else ""
    return make("%s: %s%s" % (what, lead, reason), status=status, request_id=request_id, reason=reason)


def _words(response: t.Any) -> str:
    """What the service says in an error body: JSON of its own shape, or text."""
    try:
        body = response.json()
    except ValueError:
        body = None
    if isinstance(body, dict):
        for part in body.values():
            if isinstance(part, dict) and part.get("message"):
                return " ".join(str(part["message"]).split())
        if body.get("message"):
            return " ".join(str(body["message"]).split())
    text = " ".join((response.text or "").split())
    if not text or text.startswith("<"):
        return "HTTP %d %s" % (response.status_code, response.reason or "")
    return text[:500]


def _retry_after(response: t.Any) -> t.Optional[float]:
    """Seconds that the service asks to wait; None when it does not say."""
    text = response.headers.get("Retry-After")
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    from email.utils import mktime_tz, parsedate_tz

    parts = parsedate_tz(text)
    return max(0.0, mktime_tz(parts) - time.time()) if parts else None


def _causes(exc: t.Optional[BaseException]) -> t.Iterator[BaseException]:
    """An exception and all that it was made of, the innermost last."""
    seen = 0
    while exc is not None and seen < 20:
        yield exc
        inner = next((arg for arg in exc.args if isinstance(arg, BaseException)), None)
        exc = exc.__cause__ or exc.__context__ or inner or getattr(exc, "reason", None)
        if not isinstance(exc, BaseException):
            return
        seen += 1


def _never_sent(exc: BaseException) -> bool:
    """True when no connection came about, so that nothing can have been done."""
    names = {type(cause).__name__ for cause in _causes(exc)}
    return bool(names & {"NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "ConnectionRefusedError"})


def _unreachable(exc: BaseException, what: str) -> Unreachable:
    text = " ".join(str(exc).split())
    if isinstance(exc, SSLError):
        text = "the certificate could not be verified (see ca_cert and validate_certs): " + text
    return Unreachable("%s: %s" % (what, text), reason=text)
