# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP side: sessions, access keys, the calls, asynchronous jobs, the log of requests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Callable
from email.utils import parsedate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from .errors import BadRequest, PlainText, Refused, dead_session
from .faults import Faults
from .model import Store, new_uuid
from .query import select

Json = dict[str, Any]
CONTEXT = "/zstack"
CONTROL = "/__zstack__"
GROUP = "/v1/volume-snapshots/group"
SECRETS = ("password", "Authorization")
#: how far the date of a signed request may be from the server's wall clock, in seconds
SKEW = 15 * 60
#: milliseconds after which the server gives a job up, by what it does
TIMEOUTS = {"create": 10_800_000, "delete": 10_800_000, "revert": 86_400_000}
DEFAULT_TIMEOUT = 1_800_000


class Dropped(Exception):
    """The connection is closed without an answer."""


class Request:
    """One request as the handlers see it."""

    def __init__(self, method: str, target: str, headers: Any, body: bytes) -> None:
        parts = urlsplit(target)
        self.method, self.headers, self.body = method, headers, body
        self.path = unquote(parts.path)
        self.query = parse_qs(parts.query, keep_blank_values=True)
        self.session: str | None = None
        self.status = 0

    @property
    def api_path(self) -> str:
        """Below the context path: /v1/..."""
        return self.path.removeprefix(CONTEXT)

    def json(self) -> Json:
        try:
            parsed = json.loads(self.body.decode("utf-8")) if self.body else {}
        except ValueError:
            raise BadRequest("the body is not JSON") from None
        return parsed if isinstance(parsed, dict) else {}

    def action(self, *names: str) -> tuple[str, Json]:
        """The action that a PUT's body names, and its parameters."""
        if not self.body:
            raise PlainText(500, "Internal Server Error")
        body = self.json()
        for name in names:
            if name in body:
                return name, body[name] or {}
        raise BadRequest(f"the body doesn't contain action mapping to the URL[{self.api_path}]")


class ZStackServer:
    """A server that listens; also a context manager that starts and stops it."""

    def __init__(
        self,
        state: Path,
        port: int = 0,
        *,
        account: str = "admin",
        password: str = "password",
        access_key: tuple[str, str] = ("key-id", "key-secret"),
        max_sessions: int = 500,
        session_timeout: float = 7200,
        utc_offset: int = 480,
        job_seconds: float = 0.05,
    ) -> None:
        """state: a folder for the log, the facts and the volumes' contents. job_seconds: how long a job takes."""
        self.state = state
        self.state.mkdir(parents=True, exist_ok=True)
        self.account, self.access_key = account, access_key
        self.password = password
        self.max_sessions, self.session_timeout, self.job_seconds = max_sessions, session_timeout, job_seconds
        self.faults = Faults()
        self.store = Store(state / "volumes", self.faults, utc_offset)
        self.sessions: dict[str, float] = {}
        self.jobs: dict[str, tuple[int, Any] | None] = {}
        self._lock = threading.RLock()
        self.log = state / "requests.jsonl"
        self.log.write_text("")
        server = self

        class Handler(_Handler):
            zstack = server

        self._http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._http.daemon_threads = True
        self.port = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        facts = {"url": self.url, "account": account, "password": password, "access_key_id": access_key[0],
                 "access_key_secret": access_key[1], "log": str(self.log)}  # fmt: skip
        (state / "zstack.json").write_text(json.dumps(facts, indent=1))

    def __enter__(self) -> ZStackServer:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def serve_forever(self) -> None:
        self._http.serve_forever(poll_interval=0.2)

    # ---- one request

    def answer(self, request: Request) -> tuple[int, Any]:
        """Status and body: a dictionary for JSON, a text for plain text."""
        if request.path.startswith(CONTROL):
            return self._control(request)
        text = self.faults.take("plain_text", request.method, request.path)
        if text is not None:
            raise PlainText(text.get("status", 500), text.get("text", "something went wrong"))
        lost = self.faults.take("lost_answer", request.method, request.path)
        if lost is not None and lost.get("when") == "before":
            raise Dropped
        result = self._route(request)
        if lost is not None:
            raise Dropped
        return result

    def _route(self, request: Request) -> tuple[int, Any]:
        path, method = request.api_path, request.method
        if method == "PUT" and path == "/v1/accounts/login":
            return self._login(request)
        if method == "DELETE" and (match := re.fullmatch(r"/v1/accounts/sessions/(\w+)", path)):
            with self._lock:
                self.sessions.pop(match[1], None)
            return 200, {}
        if match := re.fullmatch(r"/v1/api-jobs/(\w+)", path):
            return self._job(request, match[1])
        for wanted, pattern, handler in self._calls():
            match = re.fullmatch(pattern, path)
            if wanted == method and match:
                self._authenticate(request)
                return handler(request, *match.groups())
        raise PlainText(404, f"no api mapping to {path}")

    def _calls(self) -> list[tuple[str, str, Callable[..., tuple[int, Any]]]]:
        return [
            ("GET", GROUP, lambda r: self._list(r, self.store.groups)),
            ("POST", GROUP, self._create_group),
            ("GET", GROUP + "/([^/]+)", lambda r, ident: self._list(r, self.store.groups, ident)),
            ("PUT", GROUP + "/([^/]+)/actions", self._act_on_group),
            ("DELETE", GROUP + "/([^/]+)", self._delete_group),
            ("DELETE", "/v1/volume-snapshots/ungroup/([^/]+)", self._ungroup),
            ("GET", "/v1/volume-snapshots/groups/availabilities", self._availabilities),
            ("GET", "/v1/volume-snapshots", lambda r: self._list(r, self.store.snapshots)),
            ("GET", "/v1/volume-snapshots/([^/]+)", lambda r, ident: self._list(r, self.store.snapshots, ident)),
            ("GET", "/v1/volumes", lambda r: self._list(r, self.store.volumes)),
            ("GET", "/v1/volumes/([^/]+)", lambda r, ident: self._list(r, self.store.volumes, ident)),
            ("GET", "/v1/vm-instances", lambda r: self._list(r, self.store.vms)),
            ("GET", "/v1/vm-instances/([^/]+)", lambda r, ident: self._list(r, self.store.vms, ident)),
            ("GET", "/v1/user-tags", lambda r: self._list(r, self.store.user_tags())),
            ("POST", "/v1/user-tags", self._create_tag),
            ("GET", "/v1/accounts/sessions/([^/]+)/valid", lambda r, ident: (200, {"valid": self._alive(ident)})),
        ]

    # ---- who asks

    def _login(self, request: Request) -> tuple[int, Any]:
        _name, params = request.action("logInByAccount")
        if self.faults.take("sessions_reached", request.method, request.path):
            raise Refused("ID.1006", None, "Login sessions hit limit of max allowed concurrent login sessions")
        digest = hashlib.sha512(self.password.encode()).hexdigest()
        if params.get("accountName") != self.account or params.get("password") != digest:
            raise Refused("ID.1000", None, "wrong account name or password")
        with self._lock:
            self.sessions = {ident: end for ident, end in self.sessions.items() if end > time.time()}
            if len(self.sessions) >= self.max_sessions:
                raise Refused("ID.1006", None, "Login sessions hit limit of max allowed concurrent login sessions")
            ident = new_uuid()
            self.sessions[ident] = time.time() + self.session_timeout
        return 200, {
            "inventory": {
                "uuid": ident,
                "accountUuid": hashlib.md5(self.account.encode()).hexdigest(),
                "userUuid": hashlib.md5(self.account.encode()).hexdigest(),
                "expiredDate": self.store.date(-self.session_timeout),
                "createDate": self.store.date(),
            }
        }

    def _alive(self, session: str | None) -> bool:
        with self._lock:
            return session is not None and self.sessions.get(session, 0) > time.time()

    def _authenticate(self, request: Request) -> None:
        """Only the header's form is judged here: a dead session is met by the call itself, or by its job."""
        header = request.headers.get("Authorization")
        if header is None:
            raise BadRequest("missing header 'Authorization'")
        if header.startswith("ZStack"):
            self._check_signature(request, header.removeprefix("ZStack").strip())
            return
        if not header.startswith("OAuth"):
            raise BadRequest("Authorization type must be 'OAuth'")
        request.session = header.removeprefix("OAuth").strip()
        if self.faults.take("expired_session", request.method, request.path):
            with self._lock:
                self.sessions.pop(request.session, None)

    def _check_signature(self, request: Request, key: str) -> None:
        ident, colon, signature = key.partition(":")
        if not colon or ":" in signature:
            raise BadRequest("accessKey format is 'ZStack AccessKeyId:Signature'")
        date = request.headers.get("Date")
        if date is None:
            raise BadRequest("'Date' must be incuded in request header")
        parts = parsedate(date)
        if parts is None:
            raise BadRequest("the format of 'Date' is wrong")
        # The wall clocks are compared, whatever zone the date names.
        wall = time.time() + self.store.utc_offset * 60
        if abs(_seconds(parts) - wall) > SKEW:
            raise PlainText(403, "requestTimeTooSkewed")
        if ident != self.access_key[0]:
            raise PlainText(403, f"access key id: {ident} does not existed or is disabled")
        text = f"{request.method}\n{date}\n{request.api_path}"
        wanted = hmac.new(self.access_key[1].encode(), text.encode(), hashlib.sha1).digest()
        if not hmac.compare_digest(base64.b64encode(wanted).decode(), signature):
            raise PlainText(403, "wrong accessKey signature")
        request.session = "access-key"
        with self._lock:
            self.sessions.setdefault("access-key", float("inf"))

    # ---- reading: at once

    def _list(self, request: Request, table: dict[str, Json], ident: str | None = None) -> tuple[int, Any]:
        if not self._alive(request.session):
            raise dead_session()
        with self.store.lock:
            rows = [row for row in table.values() if ident in (None, row["uuid"])]
            # In an order of no meaning: without sort the server promises none.
            answer = select(sorted(rows, key=lambda row: row["uuid"][::-1]), request.query, self.store.values)
            if table is self.store.vms and "inventories" in answer:
                answer["inventories"] = [self.store.show_vm(row) for row in answer["inventories"]]
            return 200, json.loads(json.dumps(answer))

    def _availabilities(self, request: Request) -> tuple[int, Any]:
        if not self._alive(request.session):
            raise dead_session()
        wanted = request.query.get("uuids", [])
        unknown = [ident for ident in wanted if ident not in self.store.groups]
        if unknown:
            raise Refused(
                "SYS.1003",
                None,
                f"invalid field[uuids], resource[uuids:[{', '.join(unknown)}], type:VolumeSnapshotGroupVO] not found",
            )
        return 200, {"results": [self.store.availability(ident) for ident in wanted]}

    # ---- changing: by a job

    def _create_group(self, request: Request) -> tuple[int, Any]:
        body = request.json()
        params = body.get("params") or {}
        tags = {"System": body.get("systemTags") or [], "User": body.get("userTags") or []}
        return self._accept(request, "create", lambda: {"inventory": self.store.create_group(params, tags)})

    def _act_on_group(self, request: Request, ident: str) -> tuple[int, Any]:
        name, params = request.action("updateVolumeSnapshotGroup", "revertVmFromSnapshotGroup")
        if name == "updateVolumeSnapshotGroup":
            return self._accept(request, "update", lambda: {"inventory": self.store.update_group(ident, params)})
        return self._accept(request, "revert", lambda: {"results": self.store.revert_group(ident)})

    def _delete_group(self, request: Request, ident: str) -> tuple[int, Any]:
        mode = request.query.get("deleteMode", ["Permissive"])[-1]
        scope = request.query.get("scope", ["chain"])[-1]

        def work() -> Json:
            results = self.store.delete_group(ident, mode, scope)
            return {} if results is None else {"results": results}

        # Nothing to be found is judged before the session is.
        return self._accept(request, "delete", work, free=ident not in self.store.groups)

    def _ungroup(self, request: Request, ident: str) -> tuple[int, Any]:
        def work() -> Json:
            self.store.ungroup(ident)
            return {}

        return self._accept(request, "ungroup", work, free=ident not in self.store.groups)

    def _create_tag(self, request: Request) -> tuple[int, Any]:
        params = request.json().get("params") or {}
        return self._accept(request, "tag", lambda: {"inventory": self.store.create_tag(params)})

    def _accept(
        self, request: Request, verb: str, work: Callable[[], Json], free: bool = False
    ) -> tuple[int, dict[str, Any]]:
        """Start a job. free: it is judged without a session."""
        ident = request.headers.get("X-Job-UUID")
        with self._lock:
            if ident is None:
                ident = new_uuid()
            elif not re.fullmatch("[0-9a-f]{32}", ident):
                raise BadRequest(f"Invalid header[X-Job-UUID], it must be a UUID with '-' stripped, but got {ident}")
            elif ident in self.jobs:
                raise BadRequest(f"Duplicate job uuid[{ident}]")
            self.jobs[ident] = None
        cleared = self.faults.cleared
        slow = self.faults.take("slow_job", request.method, request.path)
        failed = self.faults.take("failed_job", request.method, request.path)
        seconds = slow.get("seconds", 3) if slow else self.job_seconds
        session = request.session

        def run() -> None:
            try:
                if not (free or self._alive(session)):
                    raise dead_session()
                cleared.wait(seconds)
                if failed is not None:
                    raise _failure(failed)
                result: tuple[int, Any] = 200, json.loads(json.dumps(work()))
            except Refused as error:
                result = 503, {"error": error.as_json()}
            with self._lock:
                self.jobs[ident] = result

        threading.Thread(target=run, daemon=True).start()
        foreign = self.faults.take("foreign_host", request.method, request.path)
        host = foreign.get("host", "http://10.255.255.1:8080") if foreign else self.url
        return 202, {
            "location": f"{host}{CONTEXT}/v1/api-jobs/{ident}",
            "apiTimeout": TIMEOUTS.get(verb, DEFAULT_TIMEOUT),
        }

    def _job(self, request: Request, ident: str) -> tuple[int, Any]:
        if request.method != "GET":
            raise PlainText(405, "only GET is allowed")
        # Nobody is asked who he is here; a session may end all the same.
        if self.faults.take("expired_session", request.method, request.path):
            with self._lock:
                self.sessions.clear()
        if ident not in self.jobs or self.faults.take("forgotten_job", request.method, request.path):
            raise PlainText(404, "the job has been expired")
        result = self.jobs[ident]
        return result if result is not None else (202, {})

    # ---- for tests

    def under_way(self) -> int:
        """How many jobs are not over."""
        with self._lock:
            return sum(result is None for result in self.jobs.values())

    def _control(self, request: Request) -> tuple[int, Any]:
        path, method = request.path.removeprefix(CONTROL), request.method
        try:
            body = json.loads(request.body) if request.body else {}
            if path == "/faults":
                if method == "DELETE":
                    self.faults.clear()
                elif method in ("PUT", "POST"):
                    self.faults.add(body)
                return 200, {"faults": self.faults.all()}
            if path == "/sessions":
                with self._lock:
                    if method == "DELETE":
                        self.sessions.clear()
                    return 200, {"sessions": len(self.sessions)}
            if path == "/vms" and method == "POST":
                return 200, self.store.add_vm(**body)
            if path == "/volumes" and method == "POST":
                return 200, self.store.add_volume(**body)
            if path == "/groups" and method == "POST":
                return 200, self.store.add_group(**body)
            if (match := re.fullmatch(r"/(vms|volumes|snapshots)/(\w+)", path)) and method == "PUT":
                table: dict[str, Json] = getattr(self.store, match[1])
                table[match[2]].update(body)
                return 200, table[match[2]]
            if (match := re.fullmatch(r"/(vms|volumes|snapshots|groups|tags)", path)) and method == "GET":
                with self.store.lock:
                    return 200, {"all": list(getattr(self.store, match[1]).values())}
        except (TypeError, ValueError, KeyError) as error:
            raise BadRequest(f"{type(error).__name__}: {error}") from None
        raise PlainText(404, "there is no such control")

    def note(self, request: Request, status: int, began: float) -> None:
        """One line of the log, secrets left out."""
        try:
            body = _masked(json.loads(request.body)) if request.body else None
        except ValueError:
            body = request.body.decode("utf-8", "replace")
        entry = {
            "time": began,
            "method": request.method,
            "path": request.path + ("?" + urlencode(request.query, doseq=True) if request.query else ""),
            "status": status,
            "body_keys": sorted(body) if isinstance(body, dict) else [],
            "body": body,
            "user_agent": request.headers.get("User-Agent"),
            "authorization": (request.headers.get("Authorization") or "").split(" ")[0] or None,
            "content_type": request.headers.get("Content-Type"),
            "job": request.headers.get("X-Job-UUID"),
        }
        with self._lock, self.log.open("a") as file:
            file.write(json.dumps(entry) + "\n")


class _Handler(BaseHTTPRequestHandler):
    zstack: ZStackServer
    protocol_version = "HTTP/1.1"
    timeout = 60
    wbufsize = -1  # an answer in one piece
    disable_nagle_algorithm = True

    def handle_one(self) -> None:
        began = time.time()
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(self.command, self.path, self.headers, self.rfile.read(length))
        try:
            status, body = self.zstack.answer(request)
        except PlainText as error:
            status, body = error.status, error.text
        except Refused as error:
            status, body = 503, {"error": error.as_json()}
        except Dropped:
            self.zstack.note(request, 0, began)
            self.close_connection = True
            return
        if not request.path.startswith(CONTROL):
            self.zstack.note(request, status, began)
        kind = "text/plain" if isinstance(body, str) else "application/json"
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind};charset=UTF-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_one

    def log_message(self, *arguments: Any) -> None:
        pass


def _failure(fault: Json) -> Refused:
    error = Refused(fault.get("code", "SYS.1006"), fault.get("description"), fault.get("details", "it failed"))
    if fault.get("cause"):
        error.cause = _failure(fault["cause"])
    return error


def _seconds(parts: Any) -> float:
    """A wall clock as seconds, zones left aside."""
    import calendar

    return calendar.timegm(tuple(parts))


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: "***" if k in SECRETS else _masked(v) for k, v in value.items()}
    return [_masked(entry) for entry in value] if isinstance(value, list) else value
