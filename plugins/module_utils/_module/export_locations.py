# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Where shares and their instances are mounted from. Pure but for C(locate), which asks."""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend, Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, observe

LOCATIONS = "share_export_location"
INSTANCE_LOCATIONS = "share_instance_export_location"
#: The kind of a location, and its field that names what it leads to.
OWNER = {LOCATIONS: "share_id", INSTANCE_LOCATIONS: "share_instance_id"}
#: Requests at once: each resource has a list of its own.
WORKERS = 8


def locations_want(kind: str, owner: Resource) -> Want:
    return Want.of(kind, None, **{OWNER[kind]: owner["id"]})


def preferred_first(locations: t.Iterable[Resource]) -> t.List[Resource]:
    """Locations as their owner shows them: those for users first, of them the preferred one."""
    ordered = sorted(
        locations,
        key=lambda where: (bool(where["backend_details"].get("is_admin_only")), not where["preferred"], where["path"]),
    )
    return [{"path": where["path"], "preferred": bool(where["preferred"])} for where in ordered]


def located(kind: str, owner: Resource, world: World) -> Resource:
    """The resource with its locations, which were observed."""
    found = world.all(kind, **{OWNER[kind]: owner["id"]})
    return {**owner, "export_locations": preferred_first(found)}


def locate(kind: str, owners: t.Iterable[Resource], backend: Backend) -> t.List[Resource]:
    """All of them with their locations, asked for where the back end did not say them at once."""
    owners, world = list(owners), World()
    unknown = {owner["id"] for owner in owners if owner.get("export_locations") is None}
    observe(backend, world, [locations_want(kind, owner) for owner in owners if owner["id"] in unknown], WORKERS)
    return [located(kind, owner, world) if owner["id"] in unknown else owner for owner in owners]
