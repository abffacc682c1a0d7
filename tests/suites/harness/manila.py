# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plain REST client for Manila: sets share tests up, bears witness, cleans up."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from .rest import Json, Rest, RestError

MICROVERSION = "2.99"
#: Path of a kind to the key of one of it.
KINDS = {
    "shares": "share",
    "snapshots": "snapshot",
    "share-groups": "share_group",
    "share-group-snapshots": "share_group_snapshot",
    "share-networks": "share_network",
    "share_instances": "share_instance",
    "snapshot-instances": "snapshot_instance",
    "resource-locks": "resource_lock",
    "share-access-rules": "access",
}


class Manila(Rest):
    """One login. Paths are Manila's, unless another service is named; a kind is the path of its list."""

    def request(
        self, method: str, path: str, body: Any = None, *, service: str = "manila", headers: Json | None = None
    ) -> Json:
        own = {"X-OpenStack-Manila-API-Version": MICROVERSION, **(headers or {})}
        return super().request(method, path, body, service=service, headers=own)

    # ---- one of a kind

    def see(self, kind: str, resource: str | Json) -> Json:
        seen: Json = self.get(f"/{kind}/{_id(resource)}")[KINDS[kind]]
        return seen

    def of_name(self, name: str, kind: str = "shares") -> list[Json]:
        """The resources of exactly this name, in all projects if admin."""
        query = urllib.parse.urlencode({"name": name, **self._everywhere()})
        found: list[Json] = self.get(f"/{kind}/detail?{query}")[many(kind)]
        return found

    def wait(self, kind: str, resource: str | Json, *statuses: str) -> Json:
        wanted = statuses or ("available",)
        return self.until(lambda: self.see(kind, resource), lambda seen: seen["status"] in wanted)

    def is_away(self, kind: str, resource: str | Json) -> bool:
        return self.status("GET", f"/{kind}/{_id(resource)}") == 404

    def act(self, kind: str, resource: str | Json, verb: str, arguments: Any = None) -> Json:
        """POST to the action address; `verb` as in the body (extend, reset_status, ...)."""
        return self.post(f"/{kind}/{_id(resource)}/action", {verb: arguments})

    def make(self, kind: str, wait: str | None = "available", /, **fields: Any) -> Json:
        """A new resource of a kind; `fields` as in the API reference."""
        made: Json = self.post(f"/{kind}", {KINDS[kind]: fields})[KINDS[kind]]
        return self.wait(kind, made, wait) if wait else made

    # ---- the usual ones

    def share(self, name: str, size: int = 1, *, wait: str | None = "available", **fields: Any) -> Json:
        fields = {"share_proto": "NFS", "share_type": "default", **fields}
        return self.make("shares", wait, name=name, size=size, **fields)

    def shares(self, names: Iterable[str], **options: Any) -> list[Json]:
        return self.each(lambda name: self.share(name, **options), names)

    def share_snapshot(self, share: str | Json, name: str, **fields: Any) -> Json:
        return self.make("snapshots", share_id=_id(share), name=name, **fields)

    def share_network(self, name: str, **fields: Any) -> Json:
        """A network with one subnet, for share types with share servers."""
        net = {"neutron_net_id": None, "neutron_subnet_id": None}
        return self.make("share-networks", "active", name=name, **{**net, **fields})

    def share_group(self, name: str, **fields: Any) -> Json:
        return self.make("share-groups", name=name, **fields)

    def allow(self, share: str | Json, access_to: str, level: str = "rw", kind: str = "ip", **fields: Any) -> Json:
        """A new rule, applied."""
        body = {"access_type": kind, "access_to": access_to, "access_level": level, **fields}
        made = self.act("shares", share, "allow_access", body)["access"]
        return self.until(
            lambda: self.see("share-access-rules", made), lambda seen: seen["state"] in ("active", "error")
        )

    def rules(self, share: str | Json) -> list[Json]:
        found: list[Json] = self.get(f"/share-access-rules?share_id={_id(share)}")["access_list"]
        return found

    def lock(self, resource: str | Json, kind: str = "share", action: str = "delete", **fields: Any) -> Json:
        body = {"resource_id": _id(resource), "resource_type": kind, "resource_action": action, **fields}
        made: Json = self.post("/resource-locks", {"resource_lock": body})["resource_lock"]
        return made

    def locks(self, resource: str | Json) -> list[Json]:
        query = urllib.parse.urlencode({"resource_id": _id(resource), **self._every_project()})
        found: list[Json] = self.get(f"/resource-locks?{query}")["resource_locks"]
        return found

    def path(self, share: str | Json) -> str:
        """Where it is exported."""
        places = self.get(f"/shares/{_id(share)}/export_locations")["export_locations"]
        path: str = next(place["path"] for place in places if place["preferred"])
        return path

    def share_type_id(self, name: str) -> str:
        (found,) = (t["id"] for t in self.get("/types?is_public=all")["share_types"] if t["name"] == name)
        return str(found)

    # ---- cleaning up

    def _every_project(self) -> Json:
        return {"all_projects": 1} if self.name == "admin" else {}

    def purge(self, prefix: str | tuple[str, ...]) -> None:
        """Delete, whatever its state, all that is named with this prefix (or one of them). Best effort; for admin."""
        for kind in ("share-group-snapshots", "snapshots", "shares", "share-groups", "share-networks"):
            idents = {r["id"] for r in self._all(kind) if (r["name"] or "").startswith(prefix)}
            self.each(lambda ident, kind=kind: self._end(kind, ident), idents)

    def _all(self, kind: str) -> list[Json]:
        lists = ["all_tenants=1"]
        if kind == "shares":
            lists.append("all_tenants=1&is_soft_deleted=true")
        found: list[Json] = []
        for query in lists:
            with suppress(RestError):
                found += self.get(f"/{kind}/detail?{query}")[many(kind)]
        return found

    def _end(self, kind: str, ident: str) -> None:
        def unlock() -> None:
            for lock in self.locks(ident) + [x for rule in self.rules(ident) for x in self.locks(rule)]:
                with suppress(RestError):
                    self.delete(f"/resource-locks/{lock['id']}")

        path = f"/{kind}/{ident}"
        if kind == "share-networks":
            steps: list[Callable[[], Any]] = [lambda: self.delete(path)]
        elif self.status("POST", f"{path}/action", {"force_delete": None}) == 200:
            steps = []
        else:  # something is in the way
            steps = [
                lambda: self.act(kind, ident, "restore"),
                lambda: self.act(kind, ident, "reset_status", {"status": "error"}),
                lambda: self.act(kind, ident, "force_delete"),
            ]
            steps[:0] = [unlock] if kind == "shares" else []
        for step in steps:
            with suppress(RestError):
                step()
        with suppress(RestError):
            self.wait_gone(path, timeout=20)


def many(kind: str) -> str:
    """The key of a list."""
    return "access_list" if kind == "share-access-rules" else KINDS[kind] + "s"


def _id(resource: str | Json) -> str:
    return resource if isinstance(resource, str) else resource["id"]
