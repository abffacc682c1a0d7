# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""The back end host: which service answers for which kind."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend, Resource, Scope
from ansible_collections.unified.storage.plugins.module_utils._errors import Invalid, NotFound, Unsupported
from ansible_collections.unified.storage.plugins.module_utils._host import lock
from ansible_collections.unified.storage.plugins.module_utils._host.command import Command
from ansible_collections.unified.storage.plugins.module_utils._host.images import utc
from ansible_collections.unified.storage.plugins.module_utils._host.lvm import Lvm
from ansible_collections.unified.storage.plugins.module_utils._host.volumes import Volumes

#: Kinds that a host has nothing for, and what to use instead.
INSTEAD = {
    "volume_group": "A host has no generic groups. To snapshot several volumes at one moment, use snapshot_group.",
    "volume_group_type": "A host has no group types.",
}
#: What is told apart by its name, and among what.
NAMED = {"volume": None, "share": None, "volume_snapshot": "volume_id", "share_snapshot": "share_id"}


class Host(Backend):
    """LVM and NFS on the machine that the module runs on."""

    name = "host"

    def __init__(self, params: t.Mapping[str, t.Any]) -> None:
        os.umask(0o022)  # what is made here is for more than root to read, whatever mask a login has
        self._options: t.Mapping[str, t.Any] = params.get("host_storage") or {}
        self._lvm = Lvm(Command(), self._options)
        self._services: t.Dict[str, t.Any] = {}
        self._asked: t.Set[t.Any] = set()
        self._asking = threading.Lock()
        #: what this run was to make, and another has made
        self._twins: t.Set[str] = set()

    def _service(self, kind: str) -> t.Any:
        if kind in Volumes.kinds:
            if "volumes" not in self._services:
                self._services["volumes"] = Volumes(self._lvm, self._options)
            return self._services["volumes"]
        if kind.startswith("snapshot_group"):
            from ansible_collections.unified.storage.plugins.module_utils._host.groups import Groups

            if "groups" not in self._services:
                self._services["groups"] = Groups(self._lvm, self._service("volume"), self._twins)
            return self._services["groups"]
        if "share" in kind or kind == "resource_lock":
            from ansible_collections.unified.storage.plugins.module_utils._host.shares import Shares

            if kind in Shares.kinds:
                if "shares" not in self._services:
                    self._services["shares"] = Shares(self._lvm, self._options)
                return self._services["shares"]
        raise Unsupported(INSTEAD.get(kind, "The back end host has no %s." % kind.replace("_", " ")))

    def observe(self, kind: str, refs: t.Optional[t.Collection[str]], scope: Scope) -> t.List[Resource]:
        question = (kind, None if refs is None else tuple(sorted(refs)), tuple(sorted(scope.items())))
        with self._asking:
            # One report answers different questions. Whoever asks the same again wants to know what has changed.
            if question in self._asked:
                self._asked.clear()
                self._lvm.forget()
            self._asked.add(question)
        found = self._service(kind).observe(kind, refs, scope)
        if any(one.get("unfinished") for one in found):
            # Who was at work when the report was made may have ended since, and let go of the lock: that is no
            # killed run. Whoever was killed has left it so for good.
            self._lvm.forget()
            found = self._service(kind).observe(kind, refs, scope)
        return [{**one, "twin": True} if one.get("id") in self._twins else one for one in found]

    def query(self, kind: str, query: t.Mapping[str, t.Any]) -> t.List[Resource]:
        return select(self._service(kind).query(kind, query), query)

    def perform(
        self, kind: str, verb: str, ident: t.Optional[str], args: t.Mapping[str, t.Any]
    ) -> t.Optional[Resource]:
        if verb == "create" and kind in NAMED and args.get("name"):
            return self._create(kind, args)
        return t.cast("t.Optional[Resource]", self._service(kind).perform(kind, verb, ident, args))

    def _create(self, kind: str, args: t.Mapping[str, t.Any]) -> Resource:
        """Make it, unless another run has made the same since this one has looked."""
        among = NAMED[kind]
        same = {"name": args["name"], **({among: args[among]} if among else {})}
        key = hashlib.sha256(json.dumps([kind, same], sort_keys=True).encode("ascii")).hexdigest()
        with lock.held("create-" + key):
            self._lvm.forget()
            for lv in self._lvm.report().of(kind):
                if all(lv.notes.get(note) == value for note, value in same.items()):
                    self._twins.add(lv.ident)
                    return {"id": lv.ident, "status": "creating", **same}
            return t.cast(Resource, self._service(kind).perform(kind, "create", None, args))

    def why_not(self, kind: str, verb: str, args: t.Mapping[str, t.Any]) -> t.Optional[str]:
        return t.cast("t.Optional[str]", self._service(kind).why_not(kind, verb, args))

    def foresee(self, kind: str, verb: str, ident: t.Optional[str], args: t.Mapping[str, t.Any]) -> None:
        self._service(kind).foresee(kind, verb, ident, args)

    def explain(self, kind: str, resource: Resource, since: t.Optional[str]) -> t.Optional[str]:
        # Why something is in error is said in the resource itself: nobody keeps messages here.
        return t.cast("t.Optional[str]", resource.get("backend_details", {}).get("trouble"))

    def now(self) -> t.Optional[str]:
        return utc(time.time())


# -- what a service would do with a list
def select(found: t.Sequence[Resource], query: t.Mapping[str, t.Any]) -> t.List[Resource]:
    """The resources of a list that a query wants, in its order. Raises Invalid for what it cannot mean."""
    result = [r for r in found if all(_matches(r, k, v) for k, v in (query.get("filters") or {}).items())]
    keys = query.get("sort") or "created_at:desc,id"
    for key in reversed([part.strip() for part in keys.split(",")]):
        name, _colon, direction = key.partition(":")
        if direction not in ("", "asc", "desc") or any(name not in r for r in result):
            if name in ("created_at", "id") and not query.get("sort"):
                continue
            raise Invalid("The list cannot be sorted by %s." % key)
        result.sort(key=lambda r: _order(r[name]), reverse=direction == "desc")
    marker = query.get("marker")
    if marker is not None:
        places = [i for i, r in enumerate(result) if marker in (r.get("id"), json.dumps(r.get("reference")))]
        if not places:
            raise NotFound("The marker %s is not in the list." % marker)
        result = result[places[0] + 1 :]
    begin = query.get("offset") or 0
    end = begin + query["limit"] if query.get("limit") else None
    return result[begin:end]


def _matches(resource: Resource, name: str, value: t.Any) -> bool:
    if name == "metadata":
        wanted = json.loads(value) if isinstance(value, str) else value
        return all(resource["metadata"].get(k) == v for k, v in wanted.items())
    if name == "export_location_path":
        return any(place["path"] == value for place in resource["export_locations"])
    if name.endswith("~") and name[:-1] in resource:
        return str(value) in (resource[name[:-1]] or "")
    if name not in resource:
        raise Invalid("The list cannot be filtered by %s." % name)
    return _text(resource[name]) == _text(value)


def _text(value: t.Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _order(value: t.Any) -> t.Tuple[bool, t.Any]:
    """Numbers by their value, all else by its text, what is missing first."""
    if isinstance(value, (int, float)):
        return True, (0, value, "")
    return value is not None, (1, 0, json.dumps(value, sort_keys=True) if isinstance(value, dict) else str(value))
