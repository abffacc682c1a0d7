# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""The info modules: one question each, asked of the service as it is."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend, Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Query
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, observe
from ansible_collections.unified.storage.plugins.module_utils._errors import Invalid
from ansible_collections.unified.storage.plugins.module_utils._module.common import Params, as_text

#: What every list takes.
LISTING = ("sort", "limit", "offset", "marker", "all_projects")


def check_listing(params: Params) -> None:
    """Raises Invalid for bounds that make no sense: the services take some of them for others."""
    if params.get("limit") is not None and params["limit"] < 1:
        raise Invalid("limit must be 1 or more; leave it out for all there are.")
    if params.get("offset") is not None and params["offset"] < 0:
        raise Invalid("offset must be 0 or more.")


class Listed(Query):
    """A list with filters, or what one name or id means.

    kind: what is listed. result: the key it is returned under.
    filters: the options that the service filters by, or option to filter.
    refs: the options that name another resource, with its kind and the filter by its id.
    widen: the filters that show what is hidden else, and say nothing of what is shown.
    """

    def __init__(
        self,
        kind: str,
        result: str,
        filters: t.Union[t.Sequence[str], t.Mapping[str, str]] = (),
        refs: t.Optional[t.Mapping[str, t.Tuple[str, str]]] = None,
        widen: t.Sequence[str] = (),
    ) -> None:
        self.result = result
        self._kind = kind
        self._filters = filters if isinstance(filters, t.Mapping) else {name: name for name in filters}
        self._refs = refs or {}
        self._widen = widen

    def ask(self, params: Params, backend: Backend) -> t.List[Resource]:
        check_listing(params)
        filters = dict(params.get("filters") or {})
        for option, name in self._filters.items():
            value = params.get(option)
            if value is not None:
                filters[name] = json.dumps(as_text(value), ensure_ascii=False) if isinstance(value, dict) else value
        if params.get("metadata"):
            filters["metadata"] = json.dumps(as_text(params["metadata"]), ensure_ascii=False)
        for option, (kind, name) in self._refs.items():
            if params.get(option):
                meant = _resolve(backend, kind, params[option], params)
                if meant is None:
                    return []
                filters[name] = meant["id"]
        ref = params.get("name") or params.get("id")
        if ref:
            # An id or a name: every resource that bears it, for a list is no choice.
            scope = {"all_projects": params.get("all_projects")}
            scope.update((k, filters.get(k)) for k in [*(name for _kind, name in self._refs.values()), *self._widen])
            found = backend.observe(self._kind, [ref], {k: v for k, v in scope.items() if v is not None})
            named = [r for r in found if ref in (r["id"], r["name"])]
            compared = {name: value for name, value in filters.items() if name not in self._widen}
            return [r for r in named if all(_matches(r, name, value) for name, value in compared.items())]
        return backend.query(self._kind, {**{name: params.get(name) for name in LISTING}, "filters": filters})


def _matches(resource: Resource, name: str, value: t.Any) -> bool:
    """Whether what was found by name passes the other filters too."""
    if name == "metadata":
        wanted = json.loads(value)
        return all(resource["metadata"].get(k) == v for k, v in wanted.items())
    return name not in resource or resource[name] == value


def _resolve(backend: Backend, kind: str, ref: str, params: Params) -> t.Optional[Resource]:
    world = World()
    want = Want.of(kind, ref, all_projects=params.get("all_projects"))
    observe(backend, world, [want])
    return world.find(kind, ref, all_projects=params.get("all_projects"))


class Manageable(Query):
    """What a host or cluster could give into management."""

    def __init__(self, kind: str, result: str) -> None:
        self.result = result
        self._kind = kind

    def ask(self, params: Params, backend: Backend) -> t.List[Resource]:
        check_listing(params)
        marker = params.get("marker")
        query = {name: params.get(name) for name in ("sort", "limit", "offset", "host", "cluster", "detail")}
        query["marker"] = json.dumps(marker) if isinstance(marker, dict) else marker
        return backend.query(self._kind, query)
