# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""share_action: the verbs of a share, each with its conditions and its success. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan, Step
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe, label
from ansible_collections.unified.storage.plugins.module_utils._errors import Conflict, NotFound, Unsupported
from ansible_collections.unified.storage.plugins.module_utils._module.common import (
    Params,
    check_once,
    check_status,
    once_step,
    reference,
    settle,
    until,
    wait_for,
)
from ansible_collections.unified.storage.plugins.module_utils._module.share import (
    DELETABLE,
    KIND,
    OfShare,
    check_no_snapshots,
    check_there,
    check_unlocked,
    lock_want,
    snapshots_of,
    snapshots_want,
)

Steps = t.List[Step]
Verb = t.Callable[[Params, Resource, World], Steps]

#: Verbs that leave nothing to compare: done again only with another word.
BY_ONCE = ("revert",)
#: What is in the recycle bin is listed for itself.
BIN = {"is_soft_deleted": True}


def _revert(params: Params, share: Resource, world: World) -> Steps:
    check_there(share)
    over = until("available")
    target = describe(KIND, share, None)
    if share["status"] == "reverting":
        return [wait_for(KIND, share, over)]
    if share["revert_to_snapshot_support"] is False:
        raise Unsupported(
            "%s cannot be reverted: its type does not support that. Make a share from the snapshot instead." % target,
            resource=reference(KIND, share),
        )
    check_status(KIND, "revert", share, ("available",))
    snapshots = sorted(snapshots_of(share, world), key=lambda s: s["created_at"] or "", reverse=True)
    if not snapshots:
        raise NotFound("%s has no snapshot to revert to." % target, resource=reference(KIND, share))
    wanted = snapshots[0]
    if params.get("snapshot"):
        wanted = world.need("share_snapshot", params["snapshot"], share_id=share["id"], all_projects=True)
        # Snapshots of one second cannot be told apart by age: then the service judges.
        if wanted["created_at"] != snapshots[0]["created_at"]:
            raise Conflict(
                "%s can only be reverted to its newest snapshot, %s; delete those that are newer than %s first."
                % (target, label(snapshots[0]), label(wanted)),
                resource=reference(KIND, share),
            )
    check_status("share_snapshot", "revert to it", wanted, ("available",))
    changes: t.Dict[str, t.Tuple[t.Any, t.Any]] = {"reverted_to": (None, wanted["id"])}
    if wanted["size"] != share["size"]:
        changes["size"] = (share["size"], wanted["size"])  # the share takes the size that it had then
    return [
        Step(
            KIND,
            "revert",
            target,
            "the content of snapshot %s is asked for" % label(wanted),
            {"snapshot_id": wanted["id"]},
            changes,
            risk="action=revert",
            until=over,
        )
    ]


def _reset_status(params: Params, share: Resource, world: World) -> Steps:
    check_there(share)
    now, wanted = share["status"], params["status"]
    if now == wanted:
        return []
    return [
        Step(
            KIND,
            "reset_status",
            describe(KIND, share, None),
            "status is %s, not %s" % (now, wanted),
            {"status": wanted},
            {"status": (now, wanted)},
        )
    ]


def _soft_delete(params: Params, share: Resource, world: World) -> Steps:
    if share["is_soft_deleted"]:
        return []
    check_unlocked(share, "soft_delete", world)
    check_no_snapshots(share, world, "Delete them first.")
    check_status(KIND, "soft_delete", share, DELETABLE)
    changes = {"is_soft_deleted": (False, True)}
    target = describe(KIND, share, None)
    return [Step(KIND, "soft_delete", target, "it is not in the recycle bin", {}, changes, scope=BIN)]


def _restore(params: Params, share: Resource, world: World) -> Steps:
    if not share["is_soft_deleted"]:
        return []
    check_status(KIND, "restore", share, DELETABLE)
    changes = {"is_soft_deleted": (True, False)}
    return [Step(KIND, "restore", describe(KIND, share, None), "it is in the recycle bin", {}, changes)]


VERBS: t.Mapping[str, Verb] = {
    "revert": _revert,
    "reset_status": _reset_status,
    "soft_delete": _soft_delete,
    "restore": _restore,
}
#: Arguments that a verb cannot do without.
NEEDS = [("action", "reset_status", ["status"])]


class ShareAction(OfShare):
    """The module share_action."""

    @staticmethod
    def _places(params: Params) -> t.List[t.Dict[str, t.Any]]:
        """Where to look for the share, in this order."""
        scope = {"all_projects": params.get("all_projects")}
        return {
            "restore": [{**scope, **BIN}, scope],
            "soft_delete": [scope, {**scope, **BIN}],
        }.get(params["action"], [scope])

    def _find(self, params: Params, world: World) -> t.Optional[Resource]:
        found = None
        for scope in self._places(params):
            found = found or world.find(KIND, params["share"], **scope)
        return found

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        wants = [Want.of(KIND, params["share"], **scope) for scope in self._places(params)]
        if not all(world.knows(want) for want in wants):
            return wants
        share = self._find(params, world)
        if share is not None and params["action"] in ("revert", "soft_delete"):
            wants.append(snapshots_want(share))
        if share is not None and params["action"] == "soft_delete":
            wants.append(lock_want(share))
        return wants

    def plan(self, params: Params, world: World) -> Plan:
        verb, word = params["action"], params.get("once")
        check_once(verb, word, BY_ONCE)
        share = self._find(params, world)
        if share is None:
            if verb == "soft_delete":
                return Plan(KIND, None)  # what the recycle bin keeps, it keeps for a time only
            share = world.need(KIND, params["share"], **self._places(params)[0])
        if word and share["once"].get(verb) == word:
            return Plan(KIND, share)
        first, settled = settle(KIND, share)
        if share["status"] == "reverting" and verb == "revert":
            steps = VERBS[verb](params, share, world)  # to go on with it is to do it
        else:
            steps = [*first, *VERBS[verb](params, settled, world)]
        if word and steps:
            steps.append(once_step(KIND, share, verb, word))
        if params.get("all_projects"):
            steps = [replace(step, scope={**step.scope, "all_projects": True}) for step in steps]
        return Plan(KIND, share, steps)
