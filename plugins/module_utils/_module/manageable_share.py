# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""manageable_share, manageable_share_snapshot: bring what exists under management, and release it. Pure.

Manila lists nothing that could be managed, and drivers may rename what they
adopt. So it is noted where something was adopted from (marks.py), and a second
run recognises it by that. Adopting takes no metadata: until the note can be
made, it stands in the description, so that a run that was killed in between is
continued.
"""

from __future__ import annotations

import typing as t
from abc import abstractmethod

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._api.marks import managed, managed_from
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan, Seen, Step, Until
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Behaviour
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe
from ansible_collections.unified.storage.plugins.module_utils._errors import Conflict, Invalid
from ansible_collections.unified.storage.plugins.module_utils._module.common import (
    Params,
    as_text,
    check_alive,
    is_error,
    reference,
    settle,
    until,
    wait_for,
)
from ansible_collections.unified.storage.plugins.module_utils._module.share import (
    OfShare,
    check_no_snapshots,
    check_there,
    check_unlocked,
    lock_want,
    snapshots_want,
)

STARTING = "manage_starting"
#: The status that says that it was never adopted.
NEVER_ADOPTED = "manage_error"
LEAVING = ("deleting", "unmanage_starting", "manage_error_unmanage_starting")


def _released() -> Until:
    """Over when it is gone. Its status may speak of the error that it had before."""
    return Until(
        lambda seen: seen is None,
        lambda seen: "its status is %s" % seen["status"] if seen and seen["status"] not in LEAVING else None,
    )


class _Adopting(Behaviour):
    """What adopting a share and adopting a snapshot have in common."""

    #: the option that says what to adopt
    path = ""

    @abstractmethod
    def place(self, params: Params, world: World) -> str:
        """Where the path counts."""

    @abstractmethod
    def candidates(self, params: Params, world: World) -> t.List[Resource]:
        """What an earlier run could have adopted."""

    @abstractmethod
    def at_path(self, params: Params, world: World) -> t.Optional[Resource]:
        """What is managed and still has the path."""

    @abstractmethod
    def arguments(self, params: Params, world: World) -> t.Tuple[t.Dict[str, t.Any], t.Dict[str, t.Any]]:
        """The arguments of the request, and what the resource will be like, beyond name and description."""

    def check_release(self, found: Resource, world: World) -> None:
        """Raises where it cannot be released."""

    def mark(self, params: Params, world: World) -> str:
        return managed_from(self.place(params, world), {self.path: params[self.path]})

    def adopted(self, params: Params, world: World) -> t.Optional[Resource]:
        """What an earlier run has adopted from this path, known by its note."""
        mark = self.mark(params, world)
        return next(
            (
                r
                for r in self.candidates(params, world)
                if mark in (r["managed_from"], r["description"]) and r["status"] not in (*LEAVING, NEVER_ADOPTED)
            ),
            None,
        )

    def plan(self, params: Params, world: World) -> Plan:
        if params["state"] == "unmanaged":
            return self._unmanaged(params, world)
        known = self.adopted(params, world) or self.at_path(params, world)
        if known is None:
            return Plan(self.kind, None, [*map(self._release, self._left(params, world)), *self._adopt(params, world)])
        check_alive(self.kind, known)
        steps = [wait_for(self.kind, known, until("available"))] if known["status"] == STARTING else []
        if known["description"] == self.mark(params, world):
            steps.extend(self._note(params, world, describe(self.kind, known, None)))
        return Plan(self.kind, known, steps)

    def _left(self, params: Params, world: World) -> t.List[Resource]:
        """What was to be adopted from this path, and failed after its run was killed: its record is in the way."""
        mark = self.mark(params, world)
        candidates = self.candidates(params, world)
        return [r for r in candidates if r["description"] == mark and r["status"] == NEVER_ADOPTED]

    def _release(self, left: Resource) -> Step:
        reason = "it was to be adopted from here, which failed, and the run that began it was killed"
        target = describe(self.kind, left, None)
        return Step(self.kind, "unmanage", target, reason, until=_released(), ident=left["id"], before=left)

    def _adopt(self, params: Params, world: World) -> t.List[Step]:
        mark = self.mark(params, world)
        before = {r["id"] for r in self._left(params, world)}
        args, after = self.arguments(params, world)
        after = {**after, "name": params.get("name"), "managed_from": mark}
        target = "%s (%s on %s)" % (
            describe(self.kind, None, params.get("name") or ""),
            params[self.path],
            self.place(params, world),
        )

        def failed(seen: Seen) -> t.Optional[str]:
            if seen is not None and is_error(seen["status"]):
                return "the back end did not accept %s (the status became %s)" % (params[self.path], seen["status"])
            return None

        step = Step(
            self.kind,
            "manage",
            target,
            "it is not managed",
            {**{k: v for k, v in args.items() if v is not None}, "name": params.get("name"), "description": mark},
            {"state": ("unmanaged", "managed"), **{k: (None, v) for k, v in after.items() if v is not None}},
            until=Until(until("available").done, failed),
            makes=True,
            mine=lambda seen: bool(seen["description"] == mark and seen["id"] not in before),
            # Never a delete: it could reach the data.
            undo=lambda seen: "unmanage" if seen is not None and is_error(seen["status"]) else None,
        )
        return [step, *self._note(params, world, target)]

    def _note(self, params: Params, world: World, target: str) -> t.List[Step]:
        """Move the note from the description to where it stays."""
        note = managed(self.place(params, world), {self.path: params[self.path]})
        metadata, text = as_text(params.get("metadata")), params.get("description") or ""
        return [
            Step(
                self.kind,
                "merge_metadata",
                target,
                "to know where it was adopted from",
                {"metadata": {**metadata, **note}},
                {"metadata": ({}, metadata)} if metadata else {},
            ),
            Step(
                self.kind,
                "update",
                target,
                "its description is free again",
                {"description": text},
                {"description": (None, text)} if text else {},
            ),
        ]

    def _unmanaged(self, params: Params, world: World) -> Plan:
        found = self.named(params, world)
        if found is None:
            return Plan(self.kind, None)
        over = _released()
        if found["status"] in LEAVING:
            return Plan(self.kind, found, [wait_for(self.kind, found, over)])
        first, found = settle(self.kind, found)
        if found["status"] != "available" and not is_error(found["status"]):
            raise Conflict(
                "%s is %s, and cannot be released until that is over."
                % (describe(self.kind, found, None), found["status"]),
                resource=reference(self.kind, found),
                reason="status %s" % found["status"],
            )
        self.check_release(found, world)
        changes = {"state": ("managed", "unmanaged")}
        step = Step(self.kind, "unmanage", describe(self.kind, found, None), "it is managed", {}, changes, until=over)
        return Plan(self.kind, found, [*first, step])

    def named(self, params: Params, world: World) -> t.Optional[Resource]:
        """What is to be released: by its name or id, else by what it was adopted from."""
        if params.get("name"):
            return world.find(self.kind, params["name"])
        if not params.get(self.path):
            raise Invalid("name is missing, or %s." % self.path)
        return self.adopted(params, world) or self.at_path(params, world)


class ManageableShare(_Adopting, OfShare):
    """The module manageable_share."""

    kind = "share"
    path = "export_path"

    def place(self, params: Params, world: World) -> str:
        return params.get("service_host") or ""

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        wants: t.List[Want] = []
        releases = params["state"] == "unmanaged"
        if releases and params.get("name"):
            wants.append(Want.of(self.kind, params["name"]))
        elif params.get("export_path"):
            # Recognising what was adopted takes all there are: their marks cannot be searched for.
            wants.append(Want.of(self.kind, None))
        if not releases and params.get("share_type"):
            wants.append(Want.of("share_type", params["share_type"]))
        if not all(world.knows(want) for want in wants):
            return wants
        if params.get("export_path") and not (releases and params.get("name")) and not self.adopted(params, world):
            wants.append(self._by_path(params))
        if releases and all(world.knows(want) for want in wants):
            found = self.named(params, world)
            if found is not None:
                wants.extend((snapshots_want(found), lock_want(found)))
        return wants

    @staticmethod
    def _by_path(params: Params) -> Want:
        return Want.of("share", None, export_location_path=params["export_path"], all_projects=True)

    def candidates(self, params: Params, world: World) -> t.List[Resource]:
        return world.all(self.kind)

    def at_path(self, params: Params, world: World) -> t.Optional[Resource]:
        host = params.get("service_host")
        scope = dict(self._by_path(params).scope)
        found = [r for r in world.all(self.kind, **scope) if not host or r["host"] in (None, host)]
        return next((r for r in found if r["status"] not in (*LEAVING, NEVER_ADOPTED)), None)

    def arguments(self, params: Params, world: World) -> t.Tuple[t.Dict[str, t.Any], t.Dict[str, t.Any]]:
        share_type = world.need("share_type", params["share_type"]) if params.get("share_type") else None
        protocol = params["share_protocol"].upper()
        args = {
            "protocol": protocol,
            "export_path": params["export_path"],
            "service_host": params.get("service_host"),
            "share_type": share_type["id"] if share_type else None,
            "driver_options": as_text(params.get("driver_options")) or None,
            "share_server_id": params.get("share_server"),
            "is_public": params.get("is_public"),
        }
        after = {
            "share_protocol": protocol,
            "host": params.get("service_host"),
            "share_type": share_type["name"] if share_type else None,
            "share_server_id": params.get("share_server"),
            "is_public": bool(params.get("is_public")),
        }
        return args, after

    def check_release(self, found: Resource, world: World) -> None:
        check_there(found)
        check_unlocked(found, "unmanage", world)
        check_no_snapshots(found, world, "Release or delete them first.")


class ManageableShareSnapshot(_Adopting):
    """The module manageable_share_snapshot."""

    kind = "share_snapshot"
    path = "provider_location"

    def place(self, params: Params, world: World) -> str:
        return t.cast(str, world.need("share", params["share"])["id"])

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        wants: t.List[Want] = []
        if params["state"] == "unmanaged" and params.get("name"):
            return [Want.of(self.kind, params["name"])]
        if params.get("provider_location"):
            if not params.get("share"):
                raise Invalid("share is missing: a provider_location counts among the snapshots of one.")
            wants.append(Want.of("share", params["share"]))
            share = world.find("share", params["share"]) if world.knows(wants[0]) else None
            if share is not None:
                wants.append(snapshots_want(share))
        return wants

    def candidates(self, params: Params, world: World) -> t.List[Resource]:
        return world.all(self.kind, share_id=self.place(params, world), all_projects=True)

    def at_path(self, params: Params, world: World) -> t.Optional[Resource]:
        where = params["provider_location"]
        return next(
            (
                r
                for r in self.candidates(params, world)
                if r["backend_details"].get("provider_location") == where
                and r["status"] not in (*LEAVING, NEVER_ADOPTED)
            ),
            None,
        )

    def arguments(self, params: Params, world: World) -> t.Tuple[t.Dict[str, t.Any], t.Dict[str, t.Any]]:
        args = {
            "share_id": self.place(params, world),
            "provider_location": params["provider_location"],
            "driver_options": as_text(params.get("driver_options")) or None,
        }
        return args, {"share_id": args["share_id"]}

    def named(self, params: Params, world: World) -> t.Optional[Resource]:
        by_path = not params.get("name") and params.get("provider_location")
        if by_path and world.find("share", params["share"]) is None:
            return None  # gone, and what was of it with it
        return super().named(params, world)
