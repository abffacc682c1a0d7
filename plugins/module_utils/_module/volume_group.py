# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""volume_group: a generic group of volumes and who is in it. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan, Step
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Behaviour
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe, label
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

KIND = "volume_group"


class VolumeGroup(Behaviour):
    """The module volume_group."""

    kind = KIND

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        wants = [Want.of(KIND, params["name"])]
        if params.get("new_name"):
            wants.append(Want.of(KIND, params["new_name"]))
        if params["state"] == "present":
            wants.extend(Want.of("volume", ref) for ref in params.get("volumes") or ())
            if all(world.knows(want) for want in wants) and find_renamed(KIND, params, world) is None:
                wants.extend(Want.of("volume_type", ref) for ref in params.get("volume_types") or ())
                if params.get("group_type"):
                    wants.append(Want.of("volume_group_type", params["group_type"]))
        return wants

    def plan(self, params: Params, world: World) -> Plan:
        group = find_renamed(KIND, params, world)
        if params["state"] == "absent":
            return self._absent(params, group)
        members = None
        if params.get("volumes") is not None:
            members = {v["id"]: v for v in (world.need("volume", ref) for ref in params["volumes"])}
        if group is None:
            return self._create(params, members, world)
        check_alive(KIND, group)
        steps: t.List[Step] = []
        if group["status"] in ("creating", "updating"):
            steps.append(wait_for(KIND, group, until("available")))
        steps.extend(text_steps(KIND, group, params, {"new_name": "name", "description": "description"}))
        if members is not None:
            steps.extend(self._membership(params, group, members))
        return Plan(KIND, group, steps)

    def _membership(self, params: Params, group: Resource, wanted: t.Mapping[str, Resource]) -> t.List[Step]:
        """Let volumes in and, where exactly these are asked for, out."""
        target = describe(KIND, group, params["name"])
        now = list(group["volumes"])
        add = [ident for ident in wanted if ident not in now]
        remove = [ident for ident in now if ident not in wanted] if params["volumes_mode"] == "exact" else []
        if not add and not remove:
            return []
        for ident in add:
            volume = wanted[ident]
            if volume["group_id"]:
                raise Conflict(
                    "%s is in group %s already: a volume is in one group at most."
                    % (describe("volume", volume, None), volume["group_id"]),
                    resource=reference("volume", volume),
                )
            check_status("volume", "add to a group", volume, ("available", "in-use"))
        after = [ident for ident in now if ident not in remove] + add
        reasons = []
        if add:
            reasons.append("%s should be in it" % ", ".join(label(wanted[ident]) for ident in add))
        if remove:
            reasons.append("%s should not" % ", ".join(remove))
        args = {}
        if add:
            args["add_volumes"] = ",".join(add)
        if remove:
            args["remove_volumes"] = ",".join(remove)
        over = until("available", also=lambda seen: set(seen["volumes"]) == set(after))
        return [
            Step(
                KIND, "update", target, "; ".join(reasons), args, {"volumes": (sorted(now), sorted(after))}, until=over
            )
        ]

    def _create(self, params: Params, members: t.Optional[t.Mapping[str, Resource]], world: World) -> Plan:
        if looks_like_id(params["name"]):
            raise missing_id(KIND, params["name"])
        name = params.get("new_name") or params["name"]
        missing = [option for option in ("group_type", "volume_types") if not params.get(option)]
        if missing:
            raise Invalid(
                "%s is missing: volume group %s does not exist, and to make it that must be known."
                % (" and ".join(missing), name)
            )
        group_type = world.need("volume_group_type", params["group_type"])
        types = [world.need("volume_type", ref) for ref in params["volume_types"]]
        args = {
            "name": name,
            "description": params.get("description"),
            "group_type": group_type["id"],
            "volume_types": [volume_type["id"] for volume_type in types],
            "availability_zone": params.get("availability_zone"),
        }
        changes = {"state": ("absent", "present"), **{k: (None, v) for k, v in args.items() if v is not None}}
        steps = [
            Step(
                KIND,
                "create",
                describe(KIND, None, name),
                "it does not exist",
                {k: v for k, v in args.items() if v is not None},
                changes,
                until=until("available"),
                makes=True,
                undo=lambda seen: "delete" if seen is not None and seen["status"] == "error" else None,
            )
        ]
        if members:
            steps.extend(self._membership(params, {"id": None, "name": name, "volumes": []}, members))
        return Plan(KIND, None, steps)

    def _absent(self, params: Params, group: t.Optional[Resource]) -> Plan:
        if group is None:
            return Plan(KIND, None)
        if group["status"] == "deleting":
            return Plan(KIND, group, [wait_for(KIND, group, until_gone())])
        target = describe(KIND, group, None)
        if group["volumes"] and not params["delete_volumes"]:
            raise Conflict(
                "%s has %d volumes. Set delete_volumes to delete them with it, "
                "or take them out first (volumes: [], volumes_mode: exact)." % (target, len(group["volumes"])),
                resource=reference(KIND, group),
            )
        check_status(KIND, "delete", group, ("available", "error", "error_deleting"))
        return Plan(
            KIND,
            group,
            [
                Step(
                    KIND,
                    "delete",
                    target,
                    "it exists",
                    {"delete_volumes": params["delete_volumes"]},
                    {"state": ("present", "absent")},
                    risk="delete_volumes" if group["volumes"] else None,
                    until=until_gone(),
                )
            ],
        )
