# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""The lists around shares that are more than a list with filters."""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend, Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, observe
from ansible_collections.unified.storage.plugins.module_utils._module.common import Params, as_text
from ansible_collections.unified.storage.plugins.module_utils._module.info import Listed, check_listing
from ansible_collections.unified.storage.plugins.module_utils._module.resource_lock import KINDS
from ansible_collections.unified.storage.plugins.module_utils._module.share_access_rule import canonical, key_of


class Inside(Listed):
    """What belongs to one resource: its owner must be there, unlike in a list with filters.

    owner: the option that names it, which is also its kind.
    compared: the options that are compared here, for the service has no such filter.
    """

    def __init__(
        self, kind: str, result: str, owner: str, filters: t.Sequence[str] = (), compared: t.Sequence[str] = ()
    ) -> None:
        super().__init__(kind, result, filters)
        self._owner = owner
        self._compared = compared

    def ask(self, params: Params, backend: Backend) -> t.List[Resource]:
        check_listing(params)
        world = World()
        observe(backend, world, [Want.of(self._owner, params[self._owner])])
        owner = world.need(self._owner, params[self._owner])
        filters = {**(params.get("filters") or {}), self._owner + "_id": owner["id"]}
        found = super().ask({**params, "filters": filters, "limit": None, "offset": None}, backend)
        found = [one for one in found if self._passes(params, one)]
        first = params.get("offset") or 0
        return found[first : first + params["limit"] if params.get("limit") else None]

    def _passes(self, params: Params, resource: Resource) -> bool:
        return all(params.get(name) in (None, resource[name]) for name in self._compared)


class Rules(Inside):
    """The module share_access_rule_info."""

    def __init__(self) -> None:
        compared = ("id", "access_type", "access_level", "status")
        super().__init__("share_access_rule", "share_access_rules", "share", ("metadata",), compared)

    def _passes(self, params: Params, resource: Resource) -> bool:
        client = params.get("access_to")
        if client is not None and canonical(params.get("access_type") or "ip", client) != key_of(resource)[1]:
            return False
        return super()._passes(params, resource)


class Locks(Listed):
    """The module resource_lock_info: what is locked is named as in resource_lock."""

    def ask(self, params: Params, backend: Backend) -> t.List[Resource]:
        params = {**params, "name": params.get("id")}
        if not params.get("resource"):
            return super().ask(params, backend)
        kind = KINDS[params.get("resource_type") or "share"]
        world = World()
        observe(backend, world, [Want.of(kind, params["resource"], all_projects=params.get("all_projects"))])
        found = world.find(kind, params["resource"], all_projects=params.get("all_projects"))
        # An id of what is gone, or not to be seen, can be asked for as well.
        filters = {**(params.get("filters") or {}), "resource_id": found["id"] if found else params["resource"]}
        return super().ask({**params, "filters": filters}, backend)


class ById(Listed):
    """A list of what has no name: one of it is asked for by its id."""

    def ask(self, params: Params, backend: Backend) -> t.List[Resource]:
        return super().ask({**params, "name": params.get("id")}, backend)


class Pools(Listed):
    """The module share_pool_info: capabilities are compared here, for the service takes none from outside."""

    def ask(self, params: Params, backend: Backend) -> t.List[Resource]:
        wanted = as_text(params.get("capabilities"))
        pools = super().ask(params, backend)
        return [pool for pool in pools if wanted.items() <= as_text(_told(pool)).items()]


def _told(pool: Resource) -> t.Dict[str, t.Any]:
    """What a pool says of itself, as far as it knows that."""
    return {name: value for name, value in {**pool, **pool["capabilities"]}.items() if value is not None}
