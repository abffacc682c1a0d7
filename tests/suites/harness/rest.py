# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain REST client: sets tests up, bears witness, cleans up. None of the collection's own code."""

from __future__ import annotations

import itertools
import json
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeVar

from .cloud import Cloud

USER_AGENT = "unified-storage-witness"
MICROVERSION = "volume 3.71"

Json = dict[str, Any]
A = TypeVar("A")
B = TypeVar("B")


class RestError(AssertionError):
    """The service's answer is an error, or a resource never came to the state waited for."""

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


class Rest:
    """One login. Paths are Cinder's, below the project, unless another service is named."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self.cloud, self.name = cloud, name
        self._auth = cloud.login(name)["auth"]
        self._lock = threading.Lock()
        self._login()

    def _login(self) -> None:
        auth = self._auth
        user = {"name": auth["username"], "password": auth["password"], "domain": {"id": "default"}}
        body = {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": {"name": auth["project_name"], "domain": {"id": "default"}}},
            }
        }
        answer, headers = _send(f"{self.cloud.url('keystone')}/v3/auth/tokens", "POST", body, {})
        self.token: str = headers["X-Subject-Token"]
        self.project_id: str = answer["token"]["project"]["id"]
        self.user_id: str = answer["token"]["user"]["id"]

    # ---- requests

    def request(
        self, method: str, path: str, body: Any = None, *, service: str = "cinder", headers: Json | None = None
    ) -> Json:
        """The answer's JSON ({} when there is none). :raises RestError: any status from 400 on."""
        base = self.cloud.url(service)
        if service == "cinder":
            base += f"/v3/{self.project_id}"
        elif service == "manila":
            base += "/v2"
        own = {"OpenStack-API-Version": MICROVERSION, **(headers or {})}
        try:
            return _send(base + path, method, body, {"X-Auth-Token": self.token, **own})[0]
        except RestError as e:
            if e.status != 401:
                raise
        with self._lock:  # a test revoked it, or its time was up
            self._login()
        return _send(base + path, method, body, {"X-Auth-Token": self.token, **own})[0]

    def get(self, path: str, **options: Any) -> Json:
        return self.request("GET", path, **options)

    def post(self, path: str, body: Any, **options: Any) -> Json:
        return self.request("POST", path, body, **options)

    def put(self, path: str, body: Any, **options: Any) -> Json:
        return self.request("PUT", path, body, **options)

    def delete(self, path: str, **options: Any) -> Json:
        return self.request("DELETE", path, **options)

    def list(self, path: str, key: str) -> list[Json]:
        """All pages."""
        found: list[Json] = []
        while True:
            page = self.get(path)
            found += page[key]
            following = [link["href"] for link in page.get(f"{key}_links", ()) if link["rel"] == "next"]
            if not following:
                return found
            path = path.split("?")[0] + "?" + urllib.parse.urlsplit(following[0]).query

    def status(self, method: str, path: str, body: Any = None, **options: Any) -> int:
        """The status of an answer that may be an error."""
        try:
            self.request(method, path, body, **options)
        except RestError as e:
            return e.status or 0
        return 200

    # ---- Cinder's resources

    def volume(self, name: str, size: int | None = 1, *, wait: str | None = "available", **fields: Any) -> Json:
        """A new volume; `fields` as in the API reference."""
        made = self.post("/volumes", {"volume": {"name": name, "size": size, **fields}})["volume"]
        if wait is None:
            return made
        # Cinder's last write to it comes a moment after the status, and says what service has it.
        return self.until(lambda: self.show(made), lambda v: v["status"] == wait and v["service_uuid"] is not None)

    def volumes(self, names: Iterable[str], **options: Any) -> list[Json]:
        return self.each(lambda name: self.volume(name, **options), names)

    def show(self, volume: str | Json) -> Json:
        shown: Json = self.get(f"/volumes/{_id(volume)}")["volume"]
        return shown

    def named(self, name: str, kind: str = "volumes") -> list[Json]:
        """The resources (volumes, snapshots, groups) of exactly this name, in all projects if admin."""
        query = urllib.parse.urlencode({"name": name, **self._everywhere()})
        return self.list(f"/{kind}/detail?{query}", kind)

    def wait_volume(self, volume: str | Json, *statuses: str, timeout: float = 60) -> Json:
        return self.until(lambda: self.show(volume), lambda v: v["status"] in statuses, timeout)

    def wait_gone(self, path: str, timeout: float = 60) -> None:
        self.until(lambda: {"status": self.status("GET", path)}, lambda a: a["status"] == 404, timeout)

    def is_gone(self, volume: str | Json) -> bool:
        return self.status("GET", f"/volumes/{_id(volume)}") == 404

    def action(self, volume: str | Json, verb: str, arguments: Any = None, kind: str = "volumes") -> Json:
        """POST to the action address; `verb` as in the body (os-extend, revert, ...)."""
        return self.post(f"/{kind}/{_id(volume)}/action", {verb: {} if arguments is None else arguments})

    def attached(self, name: str, **options: Any) -> Json:
        """A new volume that is in use, attached to nobody's server."""
        volume = self.volume(name, **options)
        self.action(volume, "os-attach", {"host_name": "nobody", "mountpoint": "/dev/vdb"})
        return self.wait_volume(volume, "in-use")

    def snapshot(self, volume: str | Json, name: str, **fields: Any) -> Json:
        body = {"volume_id": _id(volume), "name": name, "force": True, **fields}
        made = self.post("/snapshots", {"snapshot": body}, headers={"OpenStack-API-Version": "volume 3.65"})
        return self.wait_snapshot(made["snapshot"], "available")

    def show_snapshot(self, snapshot: str | Json) -> Json:
        shown: Json = self.get(f"/snapshots/{_id(snapshot)}")["snapshot"]
        return shown

    def wait_snapshot(self, snapshot: str | Json, *statuses: str) -> Json:
        return self.until(lambda: self.show_snapshot(snapshot), lambda s: s["status"] in statuses)

    def volume_group(self, name: str, group_type: str = "plaingroup", **fields: Any) -> Json:
        """A new group for volumes of the type alpha."""
        (kind,) = (t["id"] for t in self.get("/group_types")["group_types"] if t["name"] == group_type)
        body = {"name": name, "group_type": kind, "volume_types": [self.type_id("alpha")], **fields}
        return self.wait_group(self.post("/groups", {"group": body})["group"])

    def wait_group(self, group: str | Json) -> Json:
        """Until it is available."""
        return self.until(lambda: self.get(f"/groups/{_id(group)}")["group"], lambda g: g["status"] == "available")

    def type_id(self, name: str) -> str:
        (found,) = (t["id"] for t in self.get("/types?is_public=none")["volume_types"] if t["name"] == name)
        return str(found)

    def manage(self, reference: str, name: str, backend: str = "alpha", **fields: Any) -> Json:
        """Adopt what cloud.add_foreign() made."""
        body = {"host": self.cloud.host(backend), "ref": {"source-name": reference}, "name": name, **fields}
        return self.wait_volume(self.post("/manageable_volumes", {"volume": body})["volume"], "available")

    def image(self, name: str, data: bytes = b"image\n" * 100, **fields: Any) -> Json:
        """A new raw image in Glance."""
        body = {"name": name, "disk_format": "raw", "container_format": "bare", **fields}
        made = self.post("/v2/images", body, service="glance")
        self.put(f"/v2/images/{made['id']}/file", data, service="glance")
        return self.get(f"/v2/images/{made['id']}", service="glance")

    def images(self, name: str) -> list[Json]:
        query = urllib.parse.urlencode({"name": name})
        found: list[Json] = self.get(f"/v2/images?{query}", service="glance")["images"]
        return found

    # ---- many, and until

    @staticmethod
    def each(function: Callable[[A], B], items: Iterable[A], threads: int = 8) -> list[B]:
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(function, items))

    @staticmethod
    def until(read: Callable[[], Json], done: Callable[[Json], bool], timeout: float = 60) -> Json:
        """Read until `done`. :raises RestError: an error status, or not within the timeout (seconds)."""
        pauses = itertools.chain((0.02, 0.05, 0.1, 0.2, 0.2), itertools.repeat(0.5))
        end = time.monotonic() + timeout
        while True:
            seen = read()
            if done(seen):
                return seen
            if "error" in str(seen.get("status")) or time.monotonic() > end:
                raise RestError(f"never came to the wanted state: {seen}")
            time.sleep(next(pauses))

    # ---- cleaning up

    def _everywhere(self) -> dict[str, Any]:
        return {"all_tenants": 1} if self.name == "admin" else {}

    def purge(self, prefix: str | tuple[str, ...]) -> None:
        """Delete, whatever its state, all that is named with this prefix (or one of them). Best effort; for admin."""

        def found(kind: str) -> list[Json]:
            with suppress(RestError):
                rows = self.list(f"/{kind}/detail?all_tenants=1", kind)
                return [r for r in rows if (r["name"] or "").startswith(prefix)]
            return []

        def end(path: str, *first: Callable[[], Any]) -> None:
            for step in first:
                with suppress(RestError):
                    step()
            with suppress(RestError):
                self.wait_gone(path, timeout=20)

        for kind in ("group_snapshots", "snapshots", "groups", "volumes"):
            paths = {r["id"]: f"/{kind}/{r['id']}" for r in found(kind)}

            def drop(ident: str, kind: str = kind, paths: dict[str, str] = paths) -> None:
                path = paths[ident]
                if kind == "group_snapshots":
                    end(path, lambda: self.delete(path))
                elif kind == "groups":
                    end(path, lambda: self.post(f"{path}/action", {"delete": {"delete-volumes": True}}))
                elif kind == "snapshots":
                    end(path, lambda: self.action(ident, "os-force_delete", kind=kind))
                else:
                    state = {"status": "available", "attach_status": "detached", "migration_status": "none"}
                    end(
                        path,
                        lambda: self.action(ident, "os-reset_status", state),
                        lambda: self.action(ident, "os-force_delete"),
                    )

            self.each(drop, paths)
        with suppress(RestError):
            for image in self.list_images(prefix):
                if image["protected"]:
                    patch = [{"op": "replace", "path": "/protected", "value": False}]
                    kind = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
                    self.request("PATCH", f"/v2/images/{image['id']}", patch, service="glance", headers=kind)
                self.delete(f"/v2/images/{image['id']}", service="glance")

    def list_images(self, prefix: str | tuple[str, ...]) -> list[Json]:
        rows = self.get("/v2/images?limit=1000", service="glance")["images"]
        return [r for r in rows if (r["name"] or "").startswith(prefix)]


class UniqueNames:
    """Names that nobody else has: names("db") -> "us-1f2e3d-db". All of them are purged at the end."""

    def __init__(self, admin: Rest) -> None:
        self.prefix = f"us-{secrets.token_hex(4)}-"
        self._admin = admin

    def __call__(self, name: str) -> str:
        return self.prefix + name

    def many(self, count: int, name: str = "v") -> list[str]:
        return [f"{self(name)}{n:04}" for n in range(count)]

    def __enter__(self) -> UniqueNames:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._admin.purge(self.prefix)
        self._admin.cloud.remove_foreign(self.prefix)

    def __iter__(self) -> Iterator[str]:
        return (self(str(n)) for n in itertools.count())


def _id(resource: str | Json) -> str:
    return resource if isinstance(resource, str) else resource["id"]


def _send(url: str, method: str, body: Any, headers: Json) -> tuple[Json, Any]:
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
    sent = {"Content-Type": kind, "User-Agent": USER_AGENT, **headers}
    request = urllib.request.Request(url, data, sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
            return (json.loads(text) if text else {}), answer.headers
    except urllib.error.HTTPError as e:
        raise RestError(f"{method} {url}: {e.code} {e.read().decode(errors='replace')}", e.code) from None
