# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`cloud check`: one volume's life by plain REST calls, in a few seconds."""

from __future__ import annotations

import time
from typing import Any

from . import store
from .layout import Cloud, CloudError
from .rest import Rest, wait


def check(cloud: Cloud) -> None:
    """:raises CloudError: something is not as it should be."""
    rest = Rest(cloud)
    name = f"check-{int(time.time() * 1000)}"

    def ok(what: str) -> None:
        print(f"OK  {what}", flush=True)

    def show(kind: str, ident: str) -> dict[str, Any]:
        return dict(rest("cinder", "GET", f"/{kind}s/{ident}")[kind])

    def settled(kind: str, ident: str, status: str = "available") -> dict[str, Any]:
        def ready() -> dict[str, Any] | None:
            found = show(kind, ident)
            if found["status"].startswith("error"):
                raise CloudError(f"{kind} {ident}: {found['status']}")
            return found if found["status"] == status else None

        return dict(wait(f"{kind} {ident} {status}", ready))

    def gone(kind: str, ident: str) -> None:
        path = f"/{kind}s?all_tenants=1"
        wait(f"{kind} gone", lambda: ident not in [v["id"] for v in rest("cinder", "GET", path)[f"{kind}s"]])

    def act(ident: str, verb: str, **arguments: Any) -> None:
        rest("cinder", "POST", f"/volumes/{ident}/action", {verb: arguments})

    volume = rest("cinder", "POST", "/volumes", {"volume": {"name": name, "size": 1, "volume_type": "alpha"}})
    ident = volume["volume"]["id"]
    settled("volume", ident)
    ok("created a volume")
    act(ident, "os-extend", new_size=2)
    wait("the new size", lambda: settled("volume", ident)["size"] == 2)
    ok("extended it")

    foreign = store.add(cloud.store("alpha"), name, 1)
    body = {"host": "lab@alpha#alpha", "ref": {"source-name": name}, "name": f"{name}-managed"}
    managed = rest("cinder", "POST", "/manageable_volumes", {"volume": body})["volume"]["id"]
    settled("volume", managed)
    ok("managed a foreign volume")

    body = {"volume_id": managed, "name": name}
    snapshot = rest("cinder", "POST", "/snapshots", {"snapshot": body})["snapshot"]["id"]
    settled("snapshot", snapshot)
    ok("took a snapshot of it")
    file = foreign.with_name(f"volume-{managed}")
    with open(file, "r+b") as changed:
        changed.write(b"overwritten")
    act(managed, "revert", snapshot_id=snapshot)
    wait("the old bytes", lambda: file.read_bytes()[: len(name) + 8] == f"foreign {name}".encode())
    settled("volume", managed)
    settled("snapshot", snapshot)
    ok("reverted it, the bytes are back")
    rest("cinder", "DELETE", f"/snapshots/{snapshot}")
    gone("snapshot", snapshot)
    for each in (managed, ident):
        rest("cinder", "DELETE", f"/volumes/{each}")
        gone("volume", each)
    if file.exists():
        raise CloudError(f"{file} is still there")
    ok("deleted all of it")
