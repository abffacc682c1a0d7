# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""share_group: make a group of shares, keep it as described, delete it. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend, Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan, Step
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Behaviour
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe, label, observe
from ansible_collections.unified.storage.plugins.module_utils._errors import Conflict, Invalid
from ansible_collections.unified.storage.plugins.module_utils._module.common import (
    Params,
    check_alive,
    check_status,
    find_renamed,
    looks_like_id,
    missing_id,
    reference,
    text_steps,
    until,
    until_gone,
    wait_for,
)
from ansible_collections.unified.storage.plugins.module_utils._module.info import Listed, check_listing
from ansible_collections.unified.storage.plugins.module_utils._module.share import check_unlocked, lock_want

KIND = "share_group"
SNAPSHOT = "share_group_snapshot"
#: What a group keeps for life: option, kind, field.
PLACES = (
    ("share_group_type", "share_group_type", "share_group_type_id"),
    ("share_network", "share_network", "share_network_id"),
    ("source_share_group_snapshot", SNAPSHOT, "source_share_group_snapshot_id"),
)


class ShareGroup(Behaviour):
    """The module share_group."""

    kind = KIND

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        wants = [Want.of(KIND, params["name"])]
        if params.get("new_name"):
            wants.append(Want.of(KIND, params["new_name"]))
        if not all(world.knows(want) for want in wants):
            return wants
        group = find_renamed(KIND, params, world)
        if params["state"] == "absent":
            if group is not None and group["status"] != "deleting":
                members = self._members_want(group)
                wants.append(members)
                if params["delete_shares"] and world.knows(members):
                    wants.extend(lock_want(share) for share in self._members(group, world))
            return wants
        for option, kind, field in PLACES:
            if params.get(option) and (group is None or group[field] != params[option]):
                wants.append(Want.of(kind, params[option]))
        known = group["share_types"] if group else ()
        wants.extend(Want.of("share_type", ref) for ref in params.get("share_types") or () if ref not in known)
        return wants

    @staticmethod
    def _members_want(group: Resource) -> Want:
        return Want.of("share", None, share_group_id=group["id"])

    @staticmethod
    def _members(group: Resource, world: World) -> t.List[Resource]:
        return [s for s in world.all("share", share_group_id=group["id"]) if s["share_group_id"] == group["id"]]

    def plan(self, params: Params, world: World) -> Plan:
        group = find_renamed(KIND, params, world)
        if params["state"] == "absent":
            return self._absent(params, group, world)
        if group is None:
            return self._create(params, world)
        check_alive(KIND, group)
        self._check_places(params, group, world)
        steps: t.List[Step] = []
        if group["status"] == "creating":
            steps.append(wait_for(KIND, group, until("available")))
        steps.extend(text_steps(KIND, group, params, {"new_name": "name", "description": "description"}))
        return Plan(KIND, group, steps)

    def _check_places(self, params: Params, group: Resource, world: World) -> None:
        """Raises Conflict where the task names something that a group keeps for life."""
        wanted = {
            option: (group[field], world.need(kind, params[option])["id"])
            for option, kind, field in PLACES
            if params.get(option) and group[field] != params[option]
        }
        if params.get("share_types"):
            now = group["share_types"]
            ids = [ref if ref in now else world.need("share_type", ref)["id"] for ref in params["share_types"]]
            wanted["share_types"] = (sorted(now), sorted(set(ids)))
        for option, (now, new) in wanted.items():
            if now != new:
                raise Conflict(
                    "%s has %s %s, not %s, and that cannot be changed: make another group."
                    % (describe(KIND, group, None), option, now, params[option]),
                    resource=reference(KIND, group),
                )

    def _create(self, params: Params, world: World) -> Plan:
        name = params.get("new_name") or params["name"]
        if looks_like_id(params["name"]):
            raise missing_id(KIND, params["name"])
        source = params.get("source_share_group_snapshot")
        given = [option for option in ("share_types", "share_network", "availability_zone") if params.get(option)]
        if source and given:
            raise Invalid("%s cannot be given beside source_share_group_snapshot, which says it." % " and ".join(given))
        places = {field: world.need(kind, params[option]) for option, kind, field in PLACES if params.get(option)}
        if source:
            check_status(SNAPSHOT, "create from it", places["source_share_group_snapshot_id"], ("available",))
        types = [world.need("share_type", ref)["id"] for ref in params.get("share_types") or ()]
        args = {
            "name": name,
            "description": params.get("description"),
            **{field: place["id"] for field, place in places.items()},
            "share_types": types or None,
            "availability_zone": params.get("availability_zone"),
        }
        args = {k: v for k, v in args.items() if v is not None}
        step = Step(
            KIND,
            "create",
            describe(KIND, None, name),
            "it does not exist",
            args,
            {"state": ("absent", "present"), **{k: (None, v) for k, v in args.items()}},
            until=until("available"),
            makes=True,
            undo=lambda seen: "delete" if seen is not None and seen["status"] == "error" else None,
        )
        return Plan(KIND, None, [step])

    def _absent(self, params: Params, group: t.Optional[Resource], world: World) -> Plan:
        if group is None:
            return Plan(KIND, None)
        if group["status"] == "deleting":
            return Plan(KIND, group, [wait_for(KIND, group, until_gone())])
        target = describe(KIND, group, None)
        members = self._members(group, world)
        if members and not params["delete_shares"]:
            raise Conflict(
                "%s has %d share%s (%s). Set delete_shares to delete them with it."
                % (target, len(members), "" if len(members) == 1 else "s", ", ".join(label(s) for s in members[:5])),
                resource=reference(KIND, group),
            )
        steps = []
        for share in members:
            check_unlocked(share, "delete", world)
            check_status("share", "delete", share, ("available", "error", "inactive", "deleting"))
            steps.append(
                Step(
                    "share",
                    "wait" if share["status"] == "deleting" else "delete",
                    describe("share", share, None),
                    "its group is to be deleted",
                    {"share_group_id": group["id"]},
                    ident=share["id"],
                    before=share,
                    risk="delete_shares",
                    until=until_gone(),
                )
            )
        if not params["force"]:
            check_status(KIND, "delete", group, ("available", "error"), "Set force to delete it all the same.")
        steps.append(
            Step(
                KIND,
                "force_delete" if params["force"] else "delete",
                target,
                "it exists",
                {},
                {"state": ("present", "absent")},
                risk="force" if params["force"] else None,
                until=until_gone(),
            )
        )
        return Plan(KIND, group, steps)


class ShareGroupList(Listed):
    """The module share_group_info."""

    def __init__(self) -> None:
        filters = {
            "name_pattern": "name~",
            "description_pattern": "description~",
            "description": "description",
            "status": "status",
            "share_server": "share_server_id",
            "host": "host",
            "project": "project_id",
        }
        super().__init__(KIND, "share_groups", filters, {option: (kind, field) for option, kind, field in PLACES})

    def ask(self, params: Params, backend: Backend) -> t.List[Resource]:
        if not params.get("share_types"):
            return super().ask(params, backend)
        check_listing(params)
        # The service does not filter by them: so all are asked for, and cut afterwards.
        world = World()
        observe(backend, world, [Want.of("share_type", ref) for ref in params["share_types"]])
        types = [world.find("share_type", ref) for ref in params["share_types"]]
        wanted = {share_type["id"] for share_type in types if share_type}
        if None in types:
            return []
        found = super().ask({**params, "limit": None, "offset": None}, backend)
        found = [group for group in found if wanted <= set(group["share_types"] or ())]
        return found[params.get("offset") or 0 :][: params.get("limit")]
