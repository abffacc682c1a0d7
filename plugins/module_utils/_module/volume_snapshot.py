# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""volume_snapshot: make a snapshot, keep it as described, delete it. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan, Step
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Behaviour
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe
from ansible_collections.unified.storage.plugins.module_utils._errors import Conflict, Invalid
from ansible_collections.unified.storage.plugins.module_utils._module.common import (
    AT_REST,
    Params,
    as_text,
    check_alive,
    check_status,
    find_renamed,
    looks_like_id,
    metadata_steps,
    missing_id,
    reference,
    settle,
    text_steps,
    until,
    until_gone,
    wait_for,
)

KIND = "volume_snapshot"


class VolumeSnapshot(Behaviour):
    """The module volume_snapshot.

    A name counts among the snapshots of the volume, where one is given.
    """

    kind = KIND

    def _scope(self, params: Params, world: World) -> t.Dict[str, t.Any]:
        if not params.get("volume"):
            return {}
        volume = world.find("volume", params["volume"])
        # Of a volume that is gone there are no snapshots.
        return {"volume_id": volume["id"] if volume else "none"}

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        wants = []
        if params.get("volume"):
            wants.append(Want.of("volume", params["volume"]))
            if not world.knows(wants[0]):
                return wants
        scope = self._scope(params, world)
        if scope.get("volume_id") != "none":
            wants.append(Want.of(KIND, params["name"], **scope))
            if params.get("new_name"):
                wants.append(Want.of(KIND, params["new_name"], **scope))
        return wants

    def _find(self, params: Params, world: World) -> t.Optional[Resource]:
        scope = self._scope(params, world)
        if scope.get("volume_id") == "none":
            return None
        found = find_renamed(KIND, params, world, **scope)
        if found is not None and scope and found["volume_id"] != scope["volume_id"]:
            raise Conflict(
                "%s is not of volume %s but of %s."
                % (describe(KIND, found, None), params["volume"], found["volume_id"]),
                resource=reference(KIND, found),
            )
        return found

    def plan(self, params: Params, world: World) -> Plan:
        snapshot = self._find(params, world)
        if params["state"] == "absent":
            return self._absent(snapshot)
        if snapshot is None:
            return self._create(params, world)
        check_alive(KIND, snapshot)
        steps: t.List[Step] = []
        if snapshot["status"] in ("creating", "managing"):
            steps.append(wait_for(KIND, snapshot, until("available")))
        steps.extend(text_steps(KIND, snapshot, params, {"new_name": "name", "description": "description"}))
        steps.extend(metadata_steps(KIND, snapshot, params))
        return Plan(KIND, snapshot, steps)

    def _create(self, params: Params, world: World) -> Plan:
        if looks_like_id(params["name"]):
            raise missing_id(KIND, params["name"])
        name = params.get("new_name") or params["name"]
        if not params.get("volume"):
            raise Invalid(
                "volume is missing: snapshot %s does not exist, and to make it its volume must be known." % name
            )
        volume = world.need("volume", params["volume"])
        if volume["status"] == "in-use" and not params["force"]:
            raise Conflict(
                "%s is in use: a snapshot of it is as consistent as after a crash. Set force to take one."
                % describe("volume", volume, None),
                resource=reference("volume", volume),
                reason="status in-use",
            )
        check_status("volume", "create snapshot", volume, AT_REST)
        metadata = as_text(params.get("metadata"))
        after = {
            "name": name,
            "volume_id": volume["id"],
            "size": volume["size"],
            "description": params.get("description"),
            "metadata": metadata,
        }
        args = {k: v for k, v in after.items() if v is not None and k != "size"}
        if not metadata:
            del args["metadata"]
        return Plan(
            KIND,
            None,
            [
                Step(
                    KIND,
                    "create",
                    "%s of %s" % (describe(KIND, None, name), describe("volume", volume, None)),
                    "it does not exist",
                    args,
                    {"state": ("absent", "present"), **{k: (None, v) for k, v in after.items() if v is not None}},
                    risk="force" if volume["status"] == "in-use" else None,
                    until=until("available"),
                    makes=True,
                    mine=lambda seen: bool(seen["name"] == name and seen["volume_id"] == volume["id"]),
                    undo=lambda seen: "delete" if seen is not None and seen["status"] == "error" else None,
                )
            ],
        )

    def _absent(self, snapshot: t.Optional[Resource]) -> Plan:
        if snapshot is None:
            return Plan(KIND, None)
        if snapshot["status"] == "deleting":
            return Plan(KIND, snapshot, [wait_for(KIND, snapshot, until_gone())])
        snapshot = settle(KIND, snapshot)[1]  # what is to go need not be finished first
        if snapshot["group_snapshot_id"]:
            raise Conflict(
                "%s belongs to group snapshot %s and can only be deleted with it."
                % (describe(KIND, snapshot, None), snapshot["group_snapshot_id"]),
                resource=reference(KIND, snapshot),
            )
        check_status(KIND, "delete", snapshot, ("available", "error", "error_deleting", "error_managing"))
        changes = {"state": ("present", "absent")}
        return Plan(
            KIND,
            snapshot,
            [Step(KIND, "delete", describe(KIND, snapshot, None), "it exists", {}, changes, until=until_gone())],
        )
