# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain REST calls to a cloud, for seeding and checking it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from keystoneauth1.identity import v3
from keystoneauth1.session import Session

from .layout import Cloud, CloudError

ROOT = {"keystone": "/v3", "glance": "/v2", "cinder": "/v3", "manila": "/v2"}
VERSION = {
    "cinder": {"OpenStack-API-Version": "volume 3.71"},
    "manila": {"X-OpenStack-Manila-API-Version": "2.80"},
}


class Rest:
    """One login."""

    def __init__(self, cloud: Cloud, user: str = "admin", project: str = "admin") -> None:
        self.cloud = cloud
        login = v3.Password(
            auth_url=f"{cloud.url('keystone')}/v3",
            username=user,
            password=cloud.passwords[user],
            project_name=project,
            user_domain_id="default",
            project_domain_id="default",
        )
        self.session = Session(auth=login, user_agent="testcloud")

    def __call__(
        self, service: str, method: str, path: str, body: Any = None, *, data: bytes | None = None
    ) -> dict[str, Any]:
        """:raises CloudError: a status from 400 on, with the answer's text."""
        options: dict[str, Any] = {"headers": dict(VERSION.get(service, {}))}
        if data is not None:
            options["headers"]["Content-Type"] = "application/octet-stream"
            options["data"] = data
        elif body is not None:
            options["json"] = body
        url = self.cloud.url(service) + ROOT[service] + path
        answer = self.session.request(url, method, raise_exc=False, **options)
        if answer.status_code >= 400:
            raise CloudError(f"{method} {url}: {answer.status_code} {answer.text[:500]}")
        return dict(json.loads(answer.text)) if answer.text else {}


def wait(what: str, ready: Callable[[], Any], seconds: float = 60) -> Any:
    """Call until the answer is true; returns it.

    :raises CloudError: it never was.
    """
    deadline = time.monotonic() + seconds
    while not (answer := ready()):
        if time.monotonic() > deadline:
            raise CloudError(f"{what}: not after {seconds:.0f} s")
        time.sleep(0.1)
    return answer
