# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reverse HTTP proxy that injects faults by rules.

    with FaultProxy("http://127.0.0.1:8776") as proxy:
        proxy.add(503, method="POST", path="/volumes$", retry_after=1)
        ...                       # send requests to proxy.url
        assert [p.status for p in proxy.log] == [503, 202]

The service behind it is real: what is not faulted passes unchanged, and the
client's own Host header goes along, so that links in answers (the next page, a
version's address) lead through the proxy again.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import select
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

CERTIFICATE = Path(__file__).with_name("selfsigned.pem")
CONTROL = "/__faultproxy__/"
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"}

Fault = int | Literal["reset", "cut", "garble", "hang", "slow", "refuse_token"]
When = Literal["before", "after"]
NAMES = get_args(get_args(Fault)[1])


@dataclass
class Rule:
    """One fault and the requests it meets.

    A request matches when the method is equal and both regexes are found. Of
    the matching requests the rule faults `times` (None: all), from the `nth` on.

    fault: an HTTP status (answered in the service's place), or
        reset         the connection is reset, without an answer
        cut           Content-Length promises more than is sent, then the end
        garble        a whole body of the right length that is no JSON
        hang          no answer, until the client or the proxy gives up
        slow          the right answer, `seconds` late
        refuse_token  401 for this request and for every later one that carries
                      the same token; a new token passes
    when: "before" - the service never sees the request; "after" - the service
        did the work, only the answer is spoilt. cut and garble are always
        "after", refuse_token always "before", all others "before" by default.
    """

    fault: Fault
    method: str = ""
    path: str = ""
    body: str = ""
    nth: int = 1
    times: int | None = 1
    when: When | None = None
    retry_after: float | str | None = None
    seconds: float = 1.0
    seen: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.fault, int) and self.fault not in NAMES:
            raise ValueError(f"no such fault: {self.fault!r}")
        only = {"cut": "after", "garble": "after", "refuse_token": "before"}.get(str(self.fault))
        self.when = self.when or only or "before"  # type: ignore[assignment]
        if (only and self.when != only) or self.when not in get_args(When):
            raise ValueError(f"{self.fault} cannot be injected {self.when!r}")
        re.compile(self.path), re.compile(self.body)

    def matches(self, method: str, path: str, body: str) -> bool:
        return (
            self.method in ("", method)
            and re.search(self.path, path) is not None
            and re.search(self.body, body) is not None
        )

    def is_due(self) -> bool:
        """Count one matching request; True when this is one to fault."""
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.seen < self.nth + self.times)


@dataclass(frozen=True)
class Passed:
    """One request that reached the proxy.

    status: what the client was sent, None when it was sent no status at all.
    fault: the injected fault's name ("503", "reset", ...), None for none.
    forwarded: whether the service saw the request.
    token: a fingerprint of X-Auth-Token ("" without one), to tell two apart.
    """

    method: str
    path: str
    status: int | None
    fault: str | None
    forwarded: bool
    token: str
    body: str = field(repr=False)
    at: float = field(repr=False)


@dataclass
class Answer:
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes

    @classmethod
    def made_up(cls, status: int, *headers: tuple[str, str]) -> Answer:
        """An error as a load balancer or an OpenStack service words it."""
        reason = http.client.responses.get(status, "Injected")
        text = {"error": {"code": status, "title": reason, "message": f"{reason} (injected)"}}
        kind = ("Content-Type", "application/json")
        return cls(status, reason, [kind, *headers], json.dumps(text).encode())


class FaultProxy:
    """The proxy, running while its context is open. All methods are thread-safe.

    target: base URL of the service; a path in it is put before every request's.
    tls: listen with CERTIFICATE, which no default trust store verifies.
    port: 0 picks a free one; `url` tells the address to use.
    rewrite: changes what the service answers, of (path, body), where it is set.
    """

    def __init__(self, target: str, *, tls: bool = False, port: int = 0, rules: Iterable[Rule] = ()) -> None:
        self._target = urlsplit(target)
        self._lock = threading.Lock()
        self._rules = list(rules)
        self._log: list[Passed] = []
        self._refused: set[str] = set()
        self.rewrite: Callable[[str, bytes], bytes] | None = None
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", port), _handler_for(self), tls)
        self.port: int = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.tls = tls
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.drop_connections()
        self._thread.join()

    # -- rules and log
    def add(self, fault: Fault, **match: Any) -> Rule:
        """Append a rule (options: those of Rule) and return it."""
        rule = Rule(fault, **match)
        with self._lock:
            self._rules.append(rule)
        return rule

    def set_rules(self, rules: Iterable[Rule]) -> None:
        """Replace all rules and forget refused tokens."""
        with self._lock:
            self._rules, self._refused = list(rules), set()

    def clear(self) -> None:
        """No rules, an empty log."""
        self.set_rules(())
        with self._lock:
            self._log.clear()

    @property
    def rules(self) -> list[Rule]:
        with self._lock:
            return list(self._rules)

    @property
    def log(self) -> list[Passed]:
        with self._lock:
            return list(self._log)

    def record(self, passed: Passed) -> None:
        with self._lock:
            self._log.append(passed)

    def pick(self, method: str, path: str, body: str, token: str) -> Rule | None:
        """The rule for this request: the first due one; all that match count it."""
        with self._lock:
            if token and token in self._refused:
                return Rule("refuse_token")
            due = [r for r in self._rules if r.matches(method, path, body) and r.is_due()]
            if due and due[0].fault == "refuse_token":
                self._refused.add(token)
            return due[0] if due else None

    # -- the service
    def forward(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        """Pass a request on. A service that cannot be reached is a 502."""
        make = http.client.HTTPSConnection if self._target.scheme == "https" else http.client.HTTPConnection
        con = make(self._target.hostname or "", self._target.port, timeout=300)
        try:
            con.putrequest(
                method,
                self._target.path.rstrip("/") + path,
                skip_host=True,
                skip_accept_encoding=True,
            )
            for name, value in headers:
                if name.lower() not in HOP_BY_HOP | {"x-forwarded-proto"}:
                    con.putheader(name, value)
            con.putheader("X-Forwarded-Proto", "https" if self.tls else "http")
            con.endheaders(body or None)
            res = con.getresponse()
            kept = [(n, v) for n, v in res.getheaders() if n.lower() not in HOP_BY_HOP | {"content-length"}]
            answer = res.read()
            return Answer(res.status, res.reason, kept, self.rewrite(path, answer) if self.rewrite else answer)
        except (OSError, http.client.HTTPException):
            return Answer.made_up(502)
        finally:
            con.close()


class _Server(socketserver.ThreadingTCPServer):
    """Each connection in its own thread; a connection can be reset."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], handler: type[_Handler], tls: bool) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if tls else None
        if self._context:
            self._context.load_cert_chain(CERTIFICATE)
        self._open: set[socket.socket] = set()
        super().__init__(address, handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        sock, address = super().get_request()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context:  # the handshake happens in the connection's thread
            sock = self._context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        self._open.add(sock)
        return sock, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        try:
            lingers = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        except OSError:
            return
        if lingers == NO_LINGER:  # a shutdown would end it politely, not reset it
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def drop_connections(self) -> None:
        for sock in list(self._open):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up or refuse the certificate are expected here."""


NO_LINGER = struct.pack("ii", 1, 0)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultProxy

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith(CONTROL):
            self._control(body)
            return
        self._body = body
        self._token = ""
        if secret := self.headers.get("X-Auth-Token"):
            self._token = hashlib.sha256(secret.encode()).hexdigest()[:16]
        rule = self.proxy.pick(self.command, self.path, body.decode("utf-8", "replace"), self._token)
        if self.headers.get("Transfer-Encoding"):  # would need a parser of its own
            self._send(Answer.made_up(411), None, False)
        elif rule is None:
            self._send(self._forward(), None, True)
        else:
            self._inject(rule)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = handle_any

    # -- faults
    def _inject(self, rule: Rule) -> None:
        name, forwarded = str(rule.fault), rule.when == "after"
        if name == "slow":
            if not forwarded:
                self.proxy.closing.wait(rule.seconds)
            answer = self._forward()
            if forwarded:
                self.proxy.closing.wait(rule.seconds)
            self._send(answer, name, True)
            return
        real = self._forward() if forwarded else None
        if name == "refuse_token":
            realm = ("WWW-Authenticate", "Keystone uri='injected'")
            self._send(Answer.made_up(401, realm), name, False)
        elif name == "reset":
            self._record(None, name, forwarded)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            self.close_connection = True
        elif name == "hang":
            self._record(None, name, forwarded)
            self._wait_for_hang_up()
        elif real and name == "cut":
            self._send(real, name, True, missing=len(real.body) // 2 or 64)
        elif real and name == "garble":
            half = real.body[: len(real.body) // 2]
            real.body = half + b'\xff{"garbled\x00'
            self._send(real, name, True)
        else:
            headers = []
            if rule.retry_after is not None:
                headers.append(("Retry-After", str(rule.retry_after)))
            if rule.fault == 401:
                headers.append(("WWW-Authenticate", "Keystone uri='injected'"))
            self._send(Answer.made_up(int(rule.fault), *headers), name, forwarded)

    def _wait_for_hang_up(self) -> None:
        self.close_connection = True
        while not self.proxy.closing.is_set():
            if select.select([self.connection], [], [], 0.1)[0]:
                return  # the client gave up (or broke the protocol)

    # -- plumbing
    def _forward(self) -> Answer:
        return self.proxy.forward(self.command, self.path, list(self.headers.items()), self._body)

    def _record(self, status: int | None, fault: str | None, forwarded: bool) -> None:
        text = self._body.decode("utf-8", "replace")
        self.proxy.record(Passed(self.command, self.path, status, fault, forwarded, self._token, text, time.time()))

    def _send(self, answer: Answer, fault: str | None, forwarded: bool, *, missing: int = 0) -> None:
        """Answer the client; with `missing`, so many bytes fewer than promised."""
        self._record(answer.status, fault, forwarded)
        self._write(answer, missing)

    def _write(self, answer: Answer, missing: int = 0) -> None:
        sent = answer.body
        promised = len(sent)
        if missing:
            sent = sent[: max(0, len(sent) - missing)]
            promised = max(promised, len(sent) + missing)
            self.close_connection = True
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if answer.status >= 200 and answer.status not in (204, 304):
            lines.append(f"Content-Length: {promised}")
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.wfile.write(head + (b"" if self.command == "HEAD" else sent))

    def _control(self, body: bytes) -> None:
        """GET or PUT rules, GET log, DELETE both: for the proxy as a program."""
        what, proxy = self.path.removeprefix(CONTROL), self.proxy
        try:
            if (self.command, what) == ("PUT", "rules"):
                proxy.set_rules(Rule(**r) for r in json.loads(body))
            elif self.command == "DELETE":
                proxy.clear()
            elif self.command != "GET" or what not in ("rules", "log"):
                raise ValueError(f"no such control: {self.command} {what}")
            items: list[Any] = list(proxy.log if what == "log" else proxy.rules)
            status, text = 200, json.dumps([asdict(i) for i in items])
        except (TypeError, ValueError, re.error) as e:
            status, text = 400, json.dumps({"error": str(e)})
        self._write(Answer(status, "", [("Content-Type", "application/json")], text.encode()))

    def log_message(self, *args: Any) -> None:
        pass


def _handler_for(proxy: FaultProxy) -> type[_Handler]:
    return type("Handler", (_Handler,), {"proxy": proxy})
