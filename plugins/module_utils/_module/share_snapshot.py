# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""share_snapshot: take a snapshot of a share, keep it as described, delete it. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan, Step
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Behaviour
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe
from ansible_collections.unified.storage.plugins.module_utils._errors import Conflict, Invalid, Unsupported
from ansible_collections.unified.storage.plugins.module_utils._module.common import (
    Params,
    as_text,
    check_alive,
    check_status,
    find_renamed,
    looks_like_id,
    metadata_steps,
    missing_id,
    reference,
    text_steps,
    until,
    until_gone,
    wait_for,
)
from ansible_collections.unified.storage.plugins.module_utils._module.share import check_there

KIND = "share_snapshot"
#: Statuses in which it can be deleted without force.
DELETABLE = ("available", "error")


class ShareSnapshot(Behaviour):
    """The module share_snapshot.

    A name counts among the snapshots of the share, where one is given.
    """

    kind = KIND

    def _scope(self, params: Params, world: World) -> t.Optional[t.Dict[str, t.Any]]:
        """Where names count; None for a share that is gone, of which there are no snapshots."""
        if not params.get("share"):
            return {}
        share = world.find("share", params["share"])
        return {"share_id": share["id"]} if share else None

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        wants = []
        if params.get("share"):
            wants.append(Want.of("share", params["share"]))
            if not world.knows(wants[0]):
                return wants
        scope = self._scope(params, world)
        if scope is not None:
            names = [params["name"], params.get("new_name")]
            wants.extend(Want.of(KIND, name, **scope) for name in names if name)
        return wants

    def _find(self, params: Params, world: World) -> t.Optional[Resource]:
        scope = self._scope(params, world)
        if scope is None:
            return None
        found = find_renamed(KIND, params, world, **scope)
        if found is not None and scope and found["share_id"] != scope["share_id"]:
            raise Conflict(
                "%s is not of share %s but of %s." % (describe(KIND, found, None), params["share"], found["share_id"]),
                resource=reference(KIND, found),
            )
        return found

    def plan(self, params: Params, world: World) -> Plan:
        snapshot = self._find(params, world)
        if params["state"] == "absent":
            return self._absent(params, snapshot)
        if snapshot is None:
            return self._create(params, world)
        check_alive(KIND, snapshot)
        steps: t.List[Step] = []
        if snapshot["status"] in ("creating", "manage_starting"):
            steps.append(wait_for(KIND, snapshot, until("available")))
        steps.extend(text_steps(KIND, snapshot, params, {"new_name": "name", "description": "description"}))
        steps.extend(metadata_steps(KIND, snapshot, params))
        # A back end that mounts none says nothing about it.
        steps.extend(_mount_steps(describe(KIND, snapshot, None), snapshot.get("mounted", False), params))
        return Plan(KIND, snapshot, steps)

    def _create(self, params: Params, world: World) -> Plan:
        if looks_like_id(params["name"]):
            raise missing_id(KIND, params["name"])
        name = params.get("new_name") or params["name"]
        if not params.get("share"):
            raise Invalid(
                "share is missing: snapshot %s does not exist, and to make it its share must be known." % name
            )
        share = world.need("share", params["share"])
        check_there(share)
        if share["snapshot_support"] is False:
            raise Unsupported(
                "%s cannot have snapshots: its type does not support them." % describe("share", share, None),
                resource=reference("share", share),
            )
        check_status("share", "create snapshot", share, ("available",))
        metadata = as_text(params.get("metadata"))
        args = {"name": name, "share_id": share["id"], "description": params.get("description")}
        after = {**args, "size": share["size"], "share_protocol": share["share_protocol"], "metadata": metadata}
        step = Step(
            KIND,
            "create",
            "%s of %s" % (describe(KIND, None, name), describe("share", share, None)),
            "it does not exist",
            {k: v for k, v in {**args, "metadata": metadata or None}.items() if v is not None},
            {"state": ("absent", "present"), **{k: (None, v) for k, v in after.items() if v is not None}},
            until=until("available"),
            makes=True,
            mine=lambda seen: bool(seen["name"] == name and seen["share_id"] == share["id"]),
            undo=lambda seen: "delete" if seen is not None and seen["status"] == "error" else None,
        )
        return Plan(KIND, None, [step, *_mount_steps(describe(KIND, None, name), False, params)])

    def _absent(self, params: Params, snapshot: t.Optional[Resource]) -> Plan:
        if snapshot is None:
            return Plan(KIND, None)
        if snapshot["status"] == "deleting":
            return Plan(KIND, snapshot, [wait_for(KIND, snapshot, until_gone())])
        if not params["force"]:
            check_status(KIND, "delete", snapshot, DELETABLE, "Set force to delete it all the same.")
        step = Step(
            KIND,
            "force_delete" if params["force"] else "delete",
            describe(KIND, snapshot, None),
            "it exists",
            {},
            {"state": ("present", "absent")},
            risk="force" if params["force"] else None,
            until=until_gone(),
        )
        return Plan(KIND, snapshot, [step])


def _mount_steps(target: str, mounted: t.Optional[bool], params: Params) -> t.List[Step]:
    """Bring it to be mounted, or not, where the task says which. mounted: None for half done, by a killed run."""
    wanted = params.get("mounted")
    if wanted is None or wanted == mounted:
        return []
    verb, reason = ("mount", "it is not mounted") if wanted else ("unmount", "it is mounted")
    if mounted is None:
        reason = "it is half mounted"
    return [Step(KIND, verb, target, reason, changes={"mounted": (mounted, wanted)})]
