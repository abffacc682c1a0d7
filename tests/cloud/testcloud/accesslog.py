# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request log: what a service was really asked, one JSON line each.

Tests read it to prove that check mode sends no write. A line is flushed before
the client sees the answer. Its keys: time (seconds since 1970), method, path
(with the query), status, ms, user_agent, microversion, request_id, user,
project, body_keys (a JSON body's top-level keys, so that `os-extend` is seen)
and, where told so, body with the secret-looking values masked.
"""

from __future__ import annotations

import io
import json
import re
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

SECRET = re.compile(r"passw|secret|token|credential|private_key|access_key|auth_key", re.IGNORECASE)
LARGEST_BODY = 1 << 20
"""Bytes; a longer body is passed on unread"""

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: "***" if SECRET.search(k) and v is not None else masked(v) for k, v in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value


class AccessLog:
    """WSGI middleware; see the file's head."""

    def __init__(self, app: Application, path: Path, bodies: bool) -> None:
        self.app = app
        self.bodies = bodies
        self.file = open(path, "a", buffering=1)  # noqa: SIM115 (open as long as the service runs)
        self.lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer: dict[str, Any] = {}

        def capture(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            answer["status"] = int(status.split()[0])
            answer["headers"] = {name.lower(): value for name, value in headers}
            return start_response(status, headers, *exc_info)

        asked, started = self._asked(environ), time.time()
        try:
            return self.app(environ, capture)
        finally:
            self._write(environ, asked, answer, started)

    def _asked(self, environ: dict[str, Any]) -> dict[str, Any]:
        """What must be read before the application changes the environment."""
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        query = environ.get("QUERY_STRING")
        body = self._body(environ)
        asked = {
            "method": environ["REQUEST_METHOD"],
            "path": f"{path}?{query}" if query else path,
            "user_agent": environ.get("HTTP_USER_AGENT"),
            "microversion": environ.get("HTTP_OPENSTACK_API_VERSION")
            or environ.get("HTTP_X_OPENSTACK_MANILA_API_VERSION"),
            "body_keys": list(body) if isinstance(body, dict) else [],
        }
        if self.bodies and body is not None:
            asked["body"] = masked(body)
        return asked

    @staticmethod
    def _body(environ: dict[str, Any]) -> Any:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if not 0 < length <= LARGEST_BODY or "json" not in environ.get("CONTENT_TYPE", ""):
            return None
        raw = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = io.BytesIO(raw)
        try:
            return json.loads(raw)
        except ValueError:
            return None

    def _write(self, environ: dict[str, Any], asked: dict[str, Any], answer: dict[str, Any], started: float) -> None:
        line = {
            "time": round(started, 3),
            **asked,
            "status": answer.get("status"),
            "ms": round((time.time() - started) * 1000, 1),
            "request_id": answer.get("headers", {}).get("x-openstack-request-id"),
            # the auth_token middleware leaves them in the environment
            "user": environ.get("HTTP_X_USER_NAME"),
            "project": environ.get("HTTP_X_PROJECT_NAME"),
        }
        with self.lock:
            self.file.write(json.dumps(line) + "\n")
