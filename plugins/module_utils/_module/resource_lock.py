# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""resource_lock: keep a share from being deleted, or an access rule from being deleted or seen. Pure.

A lock is found by what it locks: the resource and the action.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan, Step
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Behaviour
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe, label
from ansible_collections.unified.storage.plugins.module_utils._errors import Ambiguous, Conflict, Invalid
from ansible_collections.unified.storage.plugins.module_utils._module.common import (
    Params,
    looks_like_id,
    reference,
)

LOCK = "resource_lock"
#: The kind of what is locked, by its resource_type.
KINDS = {"share": "share", "access_rule": "share_access_rule"}
#: What a lock of an action is called.
CALLED = {"delete": "deletion lock", "show": "visibility lock"}
#: How Manila calls the lock of a share that came with the lock of one of its rules.
DERIVED = "Locked by access lock: "


def derived_from(lock: Resource) -> t.Optional[str]:
    """The id of the rule's lock that a share's lock came with, else None."""
    reason = lock["lock_reason"] or ""
    return reason[len(DERIVED) :] if lock["resource_type"] == "share" and reason.startswith(DERIVED) else None


def derived(lock: Resource) -> bool:
    return derived_from(lock) is not None


def lock_fields(ident: str, resource_type: str, action: str, reason: t.Optional[str]) -> t.Dict[str, t.Any]:
    """The fields of a new lock."""
    fields = {"resource_id": ident, "resource_type": resource_type, "resource_action": action}
    return {**fields, "lock_reason": reason} if reason is not None else fields


class ResourceLock(Behaviour):
    """The module resource_lock."""

    kind = LOCK

    def _place(self, params: Params) -> t.Dict[str, t.Any]:
        # One list for all entries of a batch.
        return {
            "resource_type": params["resource_type"],
            "resource_action": params["resource_action"],
            "all_projects": True,
        }

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        return [Want.of(KINDS[params["resource_type"]], params["resource"]), Want.of(LOCK, **self._place(params))]

    def plan(self, params: Params, world: World) -> Plan:
        resource_type, action, ref = params["resource_type"], params["resource_action"], params["resource"]
        if resource_type == "share" and action == "show":
            raise Invalid("resource_action show is for access rules: a share can only be locked against deletion.")
        kind = KINDS[resource_type]
        if resource_type == "access_rule" and not looks_like_id(ref):
            raise Invalid("resource %s is no id: an access rule is named by its id." % ref)
        found = world.find(kind, ref)
        if found is None and params["state"] == "absent":
            return Plan(LOCK, None)
        found = world.need(kind, ref)
        locks = [lock for lock in world.all(LOCK, **self._place(params)) if lock["resource_id"] == found["id"]]
        target = "%s of %s" % (CALLED[action], describe(kind, found, None))
        if params["state"] == "absent":
            return self._absent(locks, target)
        return self._present(params, found, locks, target)

    def _present(self, params: Params, found: Resource, locks: t.Sequence[Resource], target: str) -> Plan:
        # A lock that came with a rule's goes with it: it is nobody's wish for the share itself.
        own = [lock for lock in locks if not derived(lock)]
        reason = params.get("lock_reason")
        if not own:
            return self._create(params, found, target)
        same = [lock for lock in own if reason in (None, lock["lock_reason"])]
        if same:
            return Plan(LOCK, same[0])
        if len(own) > 1:
            raise Ambiguous(
                "%s: there are %d, and none of them has this lock_reason: %s. Remove them first."
                % (target, len(own), ", ".join(sorted(lock["id"] for lock in own))),
                resource=reference(LOCK, own[0]),
            )
        changes = {"lock_reason": (own[0]["lock_reason"], reason)}
        return Plan(
            LOCK,
            own[0],
            [Step(LOCK, "update", target, "lock_reason differs", {"lock_reason": reason}, changes)],
        )

    def _create(self, params: Params, found: Resource, target: str) -> Plan:
        action = params["resource_action"]
        if found.get("is_soft_deleted"):
            raise Conflict(
                "%s is in the recycle bin: restore it first." % describe("share", found, None),
                resource=reference("share", found),
            )
        args = lock_fields(found["id"], params["resource_type"], action, params.get("lock_reason"))
        step = Step(
            LOCK,
            "create",
            target,
            "it is not locked",
            args,
            {"state": ("absent", "present"), **{name: (None, value) for name, value in args.items()}},
            scope={"resource_id": found["id"]},
            makes=True,
            mine=lambda lock: bool(
                lock["resource_id"] == found["id"] and lock["resource_action"] == action and not derived(lock)
            ),
        )
        return Plan(LOCK, None, [step])

    def _absent(self, locks: t.Sequence[Resource], target: str) -> Plan:
        steps = [
            Step(
                LOCK,
                "delete",
                "%s (%s)" % (target, label(lock)),
                "it is locked",
                {},
                {"state": ("present", "absent")},
                ident=lock["id"],
            )
            for lock in locks
        ]
        return Plan(LOCK, locks[0] if locks else None, steps)
