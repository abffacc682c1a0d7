# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault proxy against a trivial server that counts the work it did."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))
from faultproxy import CERTIFICATE, FaultProxy, Rule  # noqa: E402

ANSWER = {"volumes": [{"id": n, "name": "ä" * 20} for n in range(5)]}


class Service(BaseHTTPRequestHandler):
    """Answers 200 with ANSWER, to /empty 202 without a body; notes what it did."""

    protocol_version = "HTTP/1.1"
    done: list[SimpleNamespace]

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.done.append(SimpleNamespace(method=self.command, path=self.path, body=body, headers=self.headers))
        empty = self.path == "/empty"
        text = b"" if empty else json.dumps(ANSWER).encode()
        self.send_response(202 if empty else 200)
        self.send_header("X-Openstack-Request-Id", "req-1")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_GET

    def log_message(self, *args):
        pass


@pytest.fixture
def service():
    handler = type("Handler", (Service,), {"done": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}", done=handler.done)
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxy(service):
    with FaultProxy(service.url) as p:
        yield p


def ask(proxy, method="GET", path="/volumes", body=None, timeout=5, context=None, **headers):
    """One request on a connection of its own: (status, headers, body)."""
    if proxy.tls:
        con = http.client.HTTPSConnection("127.0.0.1", proxy.port, timeout=timeout, context=context)
    else:
        con = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=timeout)
    try:
        con.request(method, path, body, {n.replace("_", "-"): v for n, v in headers.items()})
        answer = con.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        con.close()


def test_passes_everything_on_unchanged(proxy, service):
    status, headers, body = ask(proxy, "POST", "/v3/volumes?x=1&y=%20", b'{"a": 1}', X_Auth_Token="t")
    assert (status, json.loads(body)) == (200, ANSWER)
    assert headers["X-Openstack-Request-Id"] == "req-1"
    (seen,) = service.done
    assert (seen.method, seen.path, seen.body) == ("POST", "/v3/volumes?x=1&y=%20", b'{"a": 1}')
    assert seen.headers["Host"] == f"127.0.0.1:{proxy.port}"
    assert seen.headers["X-Forwarded-Proto"] == "http"
    (passed,) = proxy.log
    assert (passed.method, passed.status, passed.fault, passed.forwarded) == ("POST", 200, None, True)
    assert "t" != passed.token != ""


def test_one_connection_serves_many_requests(proxy):
    con = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=5)
    for _ in range(3):
        con.request("GET", "/volumes")
        assert con.getresponse().read()
    local = con.sock.getsockname()
    con.request("GET", "/volumes")
    con.getresponse().read()
    assert con.sock.getsockname() == local
    con.close()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", [503, 429, 500, 504, 401])
def test_status(proxy, service, fault, when):
    proxy.add(fault, when=when, retry_after=2 if fault in (503, 429) else None)
    status, headers, body = ask(proxy)
    assert status == fault
    assert headers["Retry-After"] == ("2" if fault in (503, 429) else None)
    assert json.loads(body)["error"]["code"] == fault
    assert len(service.done) == (when == "after")
    assert (proxy.log[0].fault, proxy.log[0].forwarded) == (str(fault), when == "after")
    assert ask(proxy)[0] == 200  # times=1


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("when", ["before", "after"])
def test_reset(service, when, tls):
    with FaultProxy(service.url, tls=tls) as proxy:
        proxy.add("reset", when=when)
        context = ssl.create_default_context(cafile=CERTIFICATE)
        with pytest.raises(ConnectionResetError):
            ask(proxy, context=context)
        assert len(service.done) == (when == "after")
        assert (proxy.log[0].status, proxy.log[0].fault) == (None, "reset")
        assert ask(proxy, context=context)[0] == 200


@pytest.mark.parametrize("path", ["/volumes", "/empty"])
def test_cut(proxy, service, path):
    proxy.add("cut")
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(proxy, path=path)
    assert len(caught.value.partial) < len(json.dumps(ANSWER)) and caught.value.expected > 0
    assert len(service.done) == 1


@pytest.mark.parametrize("path", ["/volumes", "/empty"])
def test_garble(proxy, service, path):
    proxy.add("garble")
    status, _, body = ask(proxy, path=path)
    assert status in (200, 202) and len(service.done) == 1
    with pytest.raises(ValueError, match=r"codec|Expecting|Unterminated|Invalid"):
        json.loads(body)


@pytest.mark.parametrize("when", ["before", "after"])
def test_hang(proxy, service, when):
    proxy.add("hang", when=when)
    with pytest.raises(TimeoutError):
        ask(proxy, timeout=0.3)
    assert len(service.done) == (when == "after")
    assert ask(proxy)[0] == 200


def test_end_of_the_proxy_ends_a_hang(service):
    with FaultProxy(service.url) as proxy, ThreadPoolExecutor() as pool:
        proxy.add("hang")
        answer = pool.submit(ask, proxy, timeout=20)
        while not proxy.log:
            time.sleep(0.01)
        proxy.__exit__(None, None, None)
        assert isinstance(answer.exception(5), (OSError, http.client.HTTPException))


@pytest.mark.parametrize("when", ["before", "after"])
def test_slow(proxy, when):
    proxy.add("slow", when=when, seconds=0.3)
    start = time.monotonic()
    assert ask(proxy)[0] == 200
    assert 0.3 <= time.monotonic() - start < 3


def test_refused_token_stays_refused_and_a_new_one_passes(proxy, service):
    proxy.add("refuse_token", nth=2)
    answers = [ask(proxy, X_Auth_Token=t)[0] for t in ("old", "old", "old", "new", "old")]
    assert answers == [200, 401, 401, 200, 401]
    assert len(service.done) == 2
    proxy.clear()
    assert ask(proxy, X_Auth_Token="old")[0] == 200


def test_a_rule_meets_only_what_it_names(proxy):
    proxy.add(503, method="POST", path="/action$", body="os-extend", nth=2, times=2)
    extend = ("POST", "/v1/action", '{"os-extend": {}}')
    others = [("GET", *extend[1:]), ("POST", "/v1/action?x", extend[2]), (*extend[:2], "{}")]
    assert [ask(proxy, *o)[0] for o in others] == [200] * 3
    assert [ask(proxy, *extend)[0] for _ in range(5)] == [200, 503, 503, 200, 200]


def test_times_none_means_always_and_rules_change_while_running(proxy):
    proxy.add(500, times=None)
    assert {ask(proxy)[0] for _ in range(4)} == {500}
    proxy.set_rules([Rule(429, path="/volumes")])
    assert [ask(proxy)[0] for _ in range(2)] == [429, 200]
    assert len(proxy.log) == 6
    proxy.clear()
    assert proxy.rules == proxy.log == []


def test_counts_and_log_are_exact_under_threads(proxy, service):
    proxy.add(503, nth=11, times=20)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: ask(proxy)[0], range(100)))
    assert (answers.count(503), answers.count(200)) == (20, 80)
    assert len(service.done) == 80 and len(proxy.log) == 100


def test_tls_does_not_verify_but_with_its_own_certificate(service):
    with FaultProxy(service.url, tls=True) as proxy:
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(proxy, context=ssl.create_default_context())
        assert ask(proxy, context=ssl.create_default_context(cafile=CERTIFICATE))[0] == 200
    assert service.done[0].headers["X-Forwarded-Proto"] == "https"


def test_a_dead_service_is_a_502():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with FaultProxy(f"http://127.0.0.1:{port}") as proxy:
        assert ask(proxy)[0] == 502


@pytest.mark.parametrize("rule", [{"fault": "cut", "when": "before"}, {"fault": "teapot"}, {"fault": 503, "path": "("}])
def test_a_rule_that_makes_no_sense_is_refused(rule):
    with pytest.raises(Exception, match=r"cannot be injected|no such fault|unterminated|missing"):
        Rule(**rule)


def test_as_a_program(service):
    program = subprocess.Popen(
        [sys.executable, "-m", "faultproxy", service.url, "--rules", '[{"fault": 503}]'],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = program.stdout.readline().strip()
        proxy = SimpleNamespace(tls=False, port=int(url.rpartition(":")[2]))
        assert [ask(proxy)[0] for _ in range(2)] == [503, 200]
        rules = json.dumps([{"fault": 429, "times": None}])
        assert ask(proxy, "PUT", "/__faultproxy__/rules", rules)[0] == 200
        assert ask(proxy, "PUT", "/__faultproxy__/rules", '[{"fault": "no"}]')[0] == 400
        assert ask(proxy)[0] == 429
        log = json.loads(ask(proxy, path="/__faultproxy__/log")[2])
        assert [(e["status"], e["fault"]) for e in log] == [(503, "503"), (200, None), (429, "429")]
        assert ask(proxy, "DELETE", "/__faultproxy__/")[0] == 200
        assert ask(proxy)[0] == 200
    finally:
        program.terminate()
        assert program.wait(5) == 0
        program.stdout.close()
