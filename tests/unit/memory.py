# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A back end in memory, with faults: what the engine's unit tests run on."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan
from ansible_collections.unified.storage.plugins.module_utils._engine.world import World, observe


def volume(ident: str, **values: Any) -> dict[str, Any]:
    """A volume at rest, complete as the contract asks."""
    return {
        "id": ident,
        "name": ident,
        "description": None,
        "size": 1,
        "status": "available",
        "volume_type": "alpha",
        "volume_type_id": "type-alpha",
        "bootable": False,
        "readonly": False,
        "encrypted": False,
        "multiattach": False,
        "availability_zone": "nova",
        "metadata": {},
        "image_metadata": {},
        "attachments": [],
        "snapshot_id": None,
        "source_volid": None,
        "group_id": None,
        "host": "lab@alpha#alpha",
        "cluster_name": None,
        "migration_status": None,
        "replication_status": None,
        "project_id": "p",
        "created_at": "2026-11-20T10:00:00Z",
        "updated_at": "2026-11-20T10:00:00Z",
        "once": {},
        "managed_from": None,
        "marks": {},
        "backend_details": {},
        **values,
    }


def snapshot(ident: str, volume_id: str, **values: Any) -> dict[str, Any]:
    return {
        "id": ident,
        "name": ident,
        "description": None,
        "size": 1,
        "status": "available",
        "volume_id": volume_id,
        "metadata": {},
        "group_snapshot_id": None,
        "project_id": "p",
        "created_at": "2026-11-20T10:00:00Z",
        "updated_at": "2026-11-20T10:00:00Z",
        "managed_from": None,
        "marks": {},
        "backend_details": {},
        **values,
    }


class Memory(Backend):
    """Resources by kind. Verbs take effect after `delay` observations, or as `effects` says.

    faults: (verb, how often) to an exception, raised before or after the effect.
    """

    name = "memory"

    def __init__(self, **resources: list[dict[str, Any]]) -> None:
        self.resources: dict[str, dict[str, dict[str, Any]]] = {
            kind: {r["id"]: r for r in found} for kind, found in resources.items()
        }
        self.delay = 0
        self.performed: list[tuple[str, str | None]] = []
        self.observed: list[tuple[str, Any]] = []
        self.before: list[tuple[str, Exception]] = []
        self.after: list[tuple[str, Exception]] = []
        self.reasons: dict[str, str] = {}
        self.refuse: dict[str, str] = {}
        self.later: list[tuple[int, Callable[[], None]]] = []
        self.lock = threading.Lock()
        self.ids = itertools.count(1)

    def observe(self, kind, refs, scope):
        with self.lock:
            self.observed.append((kind, refs))
            due, self.later = [w for w in self.later if w[0] <= 0], [(n - 1, do) for n, do in self.later if n > 0]
            for _n, do in due:
                do()
            found = self.resources.get(kind, {}).values()
            return [dict(r) for r in found if all(r.get(k) == v for k, v in scope.items() if k in r)]

    def query(self, kind, query):
        return list(self.resources.get(kind, {}).values())

    def why_not(self, kind, verb, args):
        return self.refuse.get(verb)

    def explain(self, kind, resource, since):
        return self.reasons.get(resource["id"])

    def _fault(self, faults, verb):
        for entry in faults:
            if entry[0] == verb:
                faults.remove(entry)
                raise entry[1]

    def perform(self, kind, verb, ident, args):
        with self.lock:
            self._fault(self.before, verb)
            self.performed.append((verb, ident or args.get("name")))
            made = self._effect(kind, verb, ident, args)
            self._fault(self.after, verb)
            return made

    def _settle(self, resource, **values):
        """Let the values come true after `delay` observations."""
        self.later.append((self.delay, lambda: resource.update(values)))

    def _effect(self, kind, verb, ident, args):
        store = self.resources.setdefault(kind, {})
        if verb in ("create", "manage"):
            ident = f"new-{next(self.ids)}"
            make = snapshot if kind == "volume_snapshot" else volume
            extra = {"volume_id": args.get("volume_id")} if make is snapshot else {}
            resource = make(ident, **extra)
            resource.update({k: v for k, v in args.items() if k in resource and k != "metadata"}, status="creating")
            store[ident] = resource
            self._settle(resource, status="available")
            return dict(resource)
        resource = store[ident]
        if verb in ("delete", "force_delete", "unmanage"):
            resource["status"] = "deleting"
            self.later.append((self.delay, lambda: store.pop(ident, None)))
        elif verb == "extend":
            home, resource["status"] = resource["status"], "extending"
            self._settle(resource, status=home, size=args["new_size"])
        elif verb == "revert":
            resource["status"] = "reverting"
            self._settle(resource, status="available")
        elif verb in ("set_readonly", "set_bootable"):
            resource.update(args)
        elif verb == "merge_metadata":
            resource["metadata"] = {**resource["metadata"], **args["metadata"]}
        elif verb == "replace_metadata":
            resource["metadata"] = dict(args["metadata"])
        elif verb == "update":
            resource.update(args)
        return None


def plan_for(behaviour: Any, params: dict[str, Any], backend: Backend) -> Plan:
    """What a behaviour plans in a world that is observed as far as it wants."""
    world = World()
    while observe(backend, world, behaviour.wants(params, world)):
        pass
    plan: Plan = behaviour.plan(params, world)
    return plan
