# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""ZStack's REST API: login, signatures, reads, asynchronous jobs, errors.

A read is repeated until it succeeds or time is up. A change is a job whose id
the client chooses: when the answer to its start is lost, that id tells whether
it began, and if it did not, it is sent again with the same id.
"""

from __future__ import annotations

import base64
import calendar
import hashlib
import hmac
import os
import re
import threading
import time
import typing as t
import uuid
from urllib.parse import urlsplit

from ansible_collections.unified.storage.plugins.module_utils._auth_cache import open_cache
from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Conflict,
    Failed,
    Forbidden,
    Invalid,
    LostAnswer,
    NotFound,
    Quota,
    StorageError,
    Timeout,
    Unreachable,
    Untrusted,
)
from ansible_collections.unified.storage.plugins.module_utils._patience import Patience

try:
    import requests

    MISSING: t.Optional[str] = None
except ImportError as missing:
    MISSING = str(missing)  # the factory of back ends says so

JSON = t.Dict[str, t.Any]
Query = t.Sequence[t.Tuple[str, str]]

DEFAULT_TIMEOUT = 60.0
#: What a kept login consists of.
RECORD = ("session", "offset")
#: Seconds that a session lives where the server does not say so intelligibly: its default is two hours.
LIFETIME = 3600.0
DEAD_SESSION = "ID.1001"
#: Errors that may pass by themselves: internal error, time out between the parts of the server.
PASSING = ("SYS.1000", "SYS.1001")


class DeadSession(Forbidden):
    """The session has ended: what was asked for was not begun."""


BY_CODE: t.Mapping[str, t.Type[StorageError]] = {
    "ID.1000": Forbidden,
    "ID.1001": DeadSession,
    "ID.1002": Forbidden,
    "ID.1003": Quota,
    "ID.1006": Quota,
    "SYS.1001": Timeout,
    "SYS.1003": NotFound,
    "SYS.1007": Invalid,
}
BY_STATUS: t.Mapping[int, t.Type[StorageError]] = {
    400: Invalid,
    401: Forbidden,
    403: Forbidden,
    404: NotFound,
    405: Invalid,
    409: Conflict,
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: C(Nov 14, 2017 10:20:57 PM); newer Java writes a comma after the year, and a narrow space before PM.
DATE = re.compile(r"(\w{3}) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d\d):(\d\d)(?:\s([AP])M)?\Z")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def wall_clock(text: t.Any) -> t.Optional[float]:
    """A time of the server, which names no zone, in seconds as if it were UTC. None where it is not understood."""
    match = DATE.match(str(text))
    if not match or match.group(1) not in MONTHS:
        return None
    hour = int(match.group(4))
    if match.group(7):
        hour = hour % 12 + (12 if match.group(7) == "P" else 0)
    month = MONTHS.index(match.group(1)) + 1
    day = (int(match.group(3)), month, int(match.group(2)), hour, int(match.group(5)), int(match.group(6)))
    return float(calendar.timegm(day))


def signature(secret: str, method: str, date: str, uri: str) -> str:
    """The signature of a request.

    date: its header Date. uri: its decoded path from C(/v1) on, without the query.
    """
    text = "%s\n%s\n%s" % (method, date, uri)
    return base64.b64encode(hmac.new(secret.encode("utf-8"), text.encode("utf-8"), hashlib.sha1).digest()).decode()


def http_date(now: float) -> str:
    """The header Date of a signed request.

    The server compares it with its own wall clock and heeds no zone: so it is
    the wall clock here, with its zone for those servers that do.
    """
    at = time.localtime(now)
    zone = "GMT"
    if at.tm_gmtoff:
        zone += "%s%02d:%02d" % (
            "+" if at.tm_gmtoff > 0 else "-",
            abs(at.tm_gmtoff) // 3600,
            abs(at.tm_gmtoff) // 60 % 60,
        )
    return "%s, %02d %s %04d %02d:%02d:%02d %s" % (
        WEEKDAYS[at.tm_wday],
        at.tm_mday,
        MONTHS[at.tm_mon - 1],
        at.tm_year,
        at.tm_hour,
        at.tm_min,
        at.tm_sec,
        zone,
    )


def innermost(error: t.Mapping[str, t.Any]) -> str:
    """What an error says where it began: there it is most useful."""
    words = ""
    seen: t.Optional[t.Mapping[str, t.Any]] = error
    for _depth in range(20):
        if not isinstance(seen, dict):
            break
        words = str(seen.get("details") or seen.get("description") or words)
        causes = seen.get("causes") or [None]
        seen = seen.get("cause") or causes[0]
    return " ".join(words.split()) or str(error.get("code"))


def refusal(what: str, error: t.Mapping[str, t.Any], status: t.Optional[int] = 503) -> StorageError:
    """The error that an envelope stands for, in the server's own words."""
    code = str(error.get("code") or "")
    reason = innermost(error)
    text = "%s: %s%s" % (what, reason, " (%s)" % code if code else "")
    if code == "ID.1006":
        text += ". Sessions that nobody ends live for two hours: log out, or raise session.maxConcurrent"
    return BY_CODE.get(code, Failed)(text, status=status, reason=reason)


class Forgotten(NotFound):
    """A job that the server does not know, or knows no more."""


class Answer(t.NamedTuple):
    """body: the JSON of the answer, None where it is text. error: the envelope in it."""

    status: int
    body: t.Optional[JSON]
    text: str
    date: t.Optional[str]

    @property
    def error(self) -> t.Optional[JSON]:
        error = (self.body or {}).get("error")
        return error if isinstance(error, dict) else None


class _Broken(Exception):
    """No answer came. lost: it may have been carried out."""

    def __init__(self, error: Unreachable, lost: bool) -> None:
        super().__init__(error.message)
        self.error, self.lost = error, lost


class Client:
    """One login to one ZStack."""

    def __init__(self, params: t.Mapping[str, t.Any]) -> None:
        given: t.Mapping[str, t.Any] = params.get("zstack") or {}
        self.url = _base(given.get("url"))
        self._account, self._password = given.get("account"), given.get("password")
        self._key = (given.get("access_key_id"), given.get("access_key_secret"))
        self._signs = all(self._key)
        if any(self._key) and not self._signs:
            raise Invalid("zstack.access_key_id and zstack.access_key_secret belong together: one of them is missing.")
        if not self._signs and not (self._account and self._password):
            raise Invalid(
                "The login to ZStack is missing: give zstack.account and zstack.password, "
                "or zstack.access_key_id and zstack.access_key_secret."
            )
        verify = given.get("validate_certs") is not False
        self._verify: t.Union[bool, str] = (given.get("ca_cert") or True) if verify else False
        if isinstance(self._verify, str) and not os.path.exists(self._verify):
            raise Invalid("zstack.ca_cert is not there: %s, on the machine that the module runs on." % self._verify)
        self._timeout = float(params.get("api_timeout") or DEFAULT_TIMEOUT)
        self._patience = float(params.get("wait_timeout") or 60)
        self._lock = threading.Lock()
        self._http = threading.local()
        identity = {"zstack": [self.url, self._account, self._password, self._verify]}
        self._cache = open_cache("false" if self._signs else params.get("auth_cache"), identity)
        self._record: t.Dict[str, t.Any] = {}
        if not self._signs:
            self._record = self._cache.load(RECORD) or self._login()

    @property
    def offset(self) -> t.Optional[float]:
        """Seconds by which the server's wall clock is ahead of UTC, None if unknown."""
        if self._signs:
            return float(time.localtime().tm_gmtoff)  # else it would have refused the date
        return t.cast("t.Optional[float]", self._record.get("offset"))

    def close(self) -> None:
        """Log out, unless the session is kept for the next task: an account may have 500 and no more."""
        if self._signs or not self._record:
            return
        kept = self._cache.load(RECORD)
        if kept is None or kept["session"] != self._record["session"]:
            try:
                self._exchange(
                    "DELETE", "/v1/accounts/sessions/" + self._record["session"], "logging out", auth=_nobody
                )
            except _Broken:
                pass  # it ends by itself

    # -- reading
    def get(self, path: str, what: str, query: Query = ()) -> JSON:
        """The answer of a synchronous call, repeated through passing faults."""
        return self._patiently("GET", path, what, query)

    def all(self, path: str, what: str, conditions: t.Sequence[str] = ()) -> t.List[JSON]:
        """All pages of a list. conditions: C(<field><op><value>)."""
        found: t.Dict[str, JSON] = {}
        start = 0
        while True:
            query = [("q", condition) for condition in conditions]
            query += [("limit", "1000"), ("start", str(start)), ("sort", "+uuid"), ("replyWithCount", "true")]
            body = self.get(path, what, query)
            page = body.get("inventories") or []
            found.update((entry["uuid"], entry) for entry in page)
            start += len(page)
            if not page or start >= int(body.get("total") or 0):
                return list(found.values())

    def job(self, ident: str, what: str) -> t.Optional[JSON]:
        """The result of a job, None while it is under way.

        Raises the error that it ended with; Forgotten when the server does not know it.
        """
        answer = self._read("GET", "/v1/api-jobs/" + ident, what, (), _nobody)
        if answer.status == 202:
            return None
        if answer.status == 404:
            raise Forgotten("%s: the server does not know the job" % what, status=404, reason=answer.text)
        if answer.status == 200:
            return answer.body or {}
        raise self._error(answer, what)

    # -- changing
    def start(self, method: str, path: str, what: str, query: Query = (), body: t.Optional[JSON] = None) -> str:
        """Start a job; its id.

        Raises LostAnswer when it cannot be found out whether it has begun.
        """
        ident = uuid.uuid4().hex
        patience = Patience(self._patience)
        renewed = lost = False
        while True:
            error: StorageError
            session = self._record.get("session")
            try:
                answer = self._exchange(method, path, what, query, body, {"X-Job-UUID": ident})
            except _Broken as broken:
                error, lost = broken.error, lost or broken.lost
            else:
                if answer.status in (200, 202):
                    # The server names itself as it knows itself: only the id counts.
                    return urlsplit(str((answer.body or {}).get("location") or ident)).path.rsplit("/", 1)[-1]
                if lost and answer.status == 400 and "uplicate job" in answer.text:
                    return ident
                error = self._error(answer, what)
                if (answer.error or {}).get("code") == DEAD_SESSION and not renewed:
                    self._renew(session)
                    renewed, ident = True, uuid.uuid4().hex
                    continue
                if answer.error is not None or (answer.status < 500 and answer.status != 429):
                    raise error
                lost = lost or answer.status != 429
            if isinstance(error, Untrusted):
                raise error
            again = patience.rest()
            if lost and self._begun(ident, what):
                return ident
            if not again:
                raise LostAnswer(error.message, status=error.status, reason=error.reason) if lost else error

    def renew(self) -> None:
        """Log in again: a job has found the session dead."""
        self._renew(self._record.get("session"))

    def _begun(self, ident: str, what: str) -> bool:
        """Whether a job exists whose start was not answered."""
        try:
            self.job(ident, what)
        except (Forgotten, Unreachable):
            return False
        except StorageError:
            pass  # it has begun, and is over
        return True

    # -- the login
    def _login(self) -> t.Dict[str, t.Any]:
        digest = hashlib.sha512(str(self._password).encode("utf-8")).hexdigest()
        body = {"logInByAccount": {"accountName": self._account, "password": digest}}
        what = "The login to ZStack at %s" % self.url
        answer = self._read("PUT", "/v1/accounts/login", what, (), _nobody, body)
        if answer.status != 200:
            raise self._error(answer, what)
        session = (answer.body or {}).get("inventory") or {}
        if not session.get("uuid"):
            raise Unreachable("%s: the answer has no session. Is this ZStack?" % what)
        made, ends = wall_clock(session.get("createDate")), wall_clock(session.get("expiredDate"))
        record = {
            "session": session["uuid"],
            "expires": time.time() + (ends - made if made is not None and ends is not None else LIFETIME),
            # All zones are whole quarters of an hour away from UTC.
            "offset": None if made is None else round((made - _now(answer.date)) / 900.0) * 900.0,
        }
        self._cache.save(record)
        return record

    def _renew(self, refused: t.Optional[str]) -> None:
        """A new session in place of the one refused, once for all workers that held it."""
        with self._lock:
            if self._record.get("session") == refused and not self._signs:
                self._cache.drop()
                self._record = self._login()

    # -- one request
    def _patiently(self, method: str, path: str, what: str, query: Query) -> JSON:
        renewed = False
        while True:
            session = self._record.get("session")
            answer = self._read(method, path, what, query)
            if answer.status == 200:
                return answer.body or {}
            if (answer.error or {}).get("code") == DEAD_SESSION and not renewed and not self._signs:
                renewed = True
                self._renew(session)
                continue
            raise self._error(answer, what)

    def _read(
        self,
        method: str,
        path: str,
        what: str,
        query: Query,
        auth: t.Optional[t.Callable[[t.Any], t.Any]] = None,
        body: t.Optional[JSON] = None,
    ) -> Answer:
        """An answer that means something, be it a refusal; the request is repeated until there is one."""
        patience = Patience(self._patience)
        while True:
            try:
                answer = self._exchange(method, path, what, query, body, auth=auth)
                passing = (answer.error or {}).get("code") in PASSING and "/api-jobs/" not in path
                if answer.error is not None and not passing:
                    return answer
                if answer.status < 500 and answer.status != 429 and (answer.body is not None or answer.status >= 400):
                    return answer
                error = self._error(answer, what)
            except _Broken as broken:
                error = broken.error
            if isinstance(error, Untrusted) or not patience.rest():
                raise error

    def _exchange(
        self,
        method: str,
        path: str,
        what: str,
        query: Query = (),
        body: t.Optional[JSON] = None,
        headers: t.Optional[t.Mapping[str, str]] = None,
        auth: t.Optional[t.Callable[[t.Any], t.Any]] = None,
    ) -> Answer:
        """One request and its answer, whatever it says. Raises _Broken where there is none."""

        def identify(request: t.Any) -> t.Any:
            """As a hook of requests it goes before a login that a .netrc may have for this host."""
            if self._signs:
                date = http_date(time.time())
                signed = signature(str(self._key[1]), method, date, path)
                request.headers["Date"] = date
                request.headers["Authorization"] = "ZStack %s:%s" % (self._key[0], signed)
            else:
                request.headers["Authorization"] = "OAuth %s" % self._record["session"]
            return request

        try:
            response = self._session.request(
                method,
                self.url + "/zstack" + path,
                params=list(query),
                json=body,
                # Without a charset the server would read a body as ISO 8859-1.
                headers={"Content-Type": "application/json;charset=UTF-8", **(headers or {})},
                auth=auth or identify,
                timeout=self._timeout,
                verify=self._verify,
                allow_redirects=False,
            )
            content = response.content
        except requests.exceptions.SSLError as exc:
            text = _plainly(exc)
            raise _Broken(
                Untrusted(
                    "%s: the certificate could not be verified (see zstack.ca_cert and zstack.validate_certs): %s"
                    % (what, text),
                    reason=text,
                ),
                lost=False,
            ) from exc
        except requests.exceptions.RequestException as exc:
            text = _plainly(exc)
            raise _Broken(Unreachable("%s: %s" % (what, text), reason=text), not _never_sent(exc)) from exc
        if response.is_redirect:
            where = str(response.headers.get("Location")).split("/zstack/", 1)[0]
            raise Invalid("%s: the server sends to %s: give that address as zstack.url." % (what, where))
        text = content.decode("utf-8", "replace")
        try:
            parsed = response.json() if content else {}
        except ValueError:
            parsed = None
        return Answer(
            response.status_code, parsed if isinstance(parsed, dict) else None, text, response.headers.get("Date")
        )

    @property
    def _session(self) -> t.Any:
        """A connection of this thread's own."""
        if not hasattr(self._http, "session"):
            self._http.session = requests.Session()
        return self._http.session

    def _error(self, answer: Answer, what: str) -> StorageError:
        """The error that an answer other than success stands for."""
        if answer.error is not None:
            return refusal(what, answer.error, answer.status)
        text = " ".join(answer.text.split())
        if not text or text.startswith("<"):
            text = "HTTP %d" % answer.status
        if answer.status < 400:
            return Unreachable("%s: the answer could not be read as JSON: %s" % (what, text[:200]), reason=text[:500])
        if "requestTimeTooSkewed" in text:
            text += (
                ": the server compares the wall clock here with its own. Where they are in different time zones, "
                "set TZ to the server's in the task's environment"
            )
        make = BY_STATUS.get(answer.status, Failed if answer.status < 500 and answer.status != 429 else Unreachable)
        return make("%s: %s" % (what, text[:500]), status=answer.status, reason=text[:500])


def _base(url: t.Optional[str]) -> str:
    """The address of the server, without the context path."""
    if not url:
        raise Invalid("zstack.url is missing: the address of ZStack's management server, such as http://zstack:8080.")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Invalid("zstack.url must be an address such as http://zstack:8080, not %s." % url)
    return re.sub(r"/zstack(/v1)?\Z", "", url.rstrip("/"))


def _nobody(request: t.Any) -> t.Any:
    """For calls that ask nobody who he is."""
    return request


def _now(date: t.Optional[str]) -> float:
    """The server's clock as its HTTP layer tells it, else our own."""
    if date:
        from email.utils import mktime_tz, parsedate_tz

        parts = parsedate_tz(date)
        if parts:
            return float(mktime_tz(parts))
    return time.time()


def _plainly(exc: BaseException) -> str:
    """What went wrong, without the address: it may name a session."""
    inner = exc.args[0] if exc.args else exc
    return " ".join(str(getattr(inner, "reason", inner)).split())[:500]


def _never_sent(exc: t.Optional[BaseException]) -> bool:
    """True when no connection came about, so that nothing can have been done."""
    for _depth in range(20):
        if exc is None:
            return False
        if type(exc).__name__ in ("NewConnectionError", "ConnectTimeoutError", "ConnectTimeout", "NameResolutionError"):
            return True
        inner = next((arg for arg in exc.args if isinstance(arg, BaseException)), None)
        exc = inner or getattr(exc, "reason", None) or exc.__cause__ or exc.__context__
        if not isinstance(exc, BaseException):
            return False
    return False
