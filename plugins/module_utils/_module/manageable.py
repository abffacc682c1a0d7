# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""manageable_volume, manageable_snapshot: bring what exists under management, and release it. Pure.

Adopting renames what is behind a volume on most drivers, so that the reference
that it was adopted by no longer exists afterwards. The adopted resource is
marked with it (marks.py), and a second run recognises it by that.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._api.marks import managed, managed_from
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan, Step, Until
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Behaviour
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe
from ansible_collections.unified.storage.plugins.module_utils._errors import Conflict, Forbidden, Invalid, NotFound
from ansible_collections.unified.storage.plugins.module_utils._module.common import (
    Params,
    as_text,
    check_alive,
    check_status,
    is_error,
    reference,
    settle,
    until,
    until_gone,
    wait_for,
)

IN_THE_MAKING = ("creating", "managing")
RELEASED = Until(
    lambda seen: seen is None,
    lambda seen: (
        "its status is %s" % seen["status"]
        if seen and seen["status"] in ("available", "in-use", "error_unmanaging")
        else None
    ),
)


def spell(ref: t.Mapping[str, t.Any]) -> str:
    """A reference in a sentence."""
    return ", ".join("%s %s" % (key, value) for key, value in sorted(ref.items()))


def never_adopted(resource: Resource) -> bool:
    """Whether adopting it failed: a volume gets its size with its content. Of a snapshot nobody can tell."""
    return resource["status"] in ("error", "error_managing") and resource["size"] == 0


class _Manageable(Behaviour):
    """What adopting a volume and adopting a snapshot have in common."""

    #: the kind of the list of what can be adopted
    source = ""

    def place(self, params: Params, world: World) -> t.Tuple[str, t.Dict[str, t.Any]]:
        """Where it is: what identifies the place, and the scope of its list."""
        raise NotImplementedError

    def known(self, params: Params, world: World) -> t.Optional[Resource]:
        """The managed resource that the task names directly, for C(unmanaged)."""
        return world.find(self.kind, params["name"]) if params.get("name") else None

    def step(self, params: Params, world: World, place: str, entry: t.Optional[Resource]) -> Step:
        """The step that adopts it."""
        raise NotImplementedError

    def marked(self, params: Params, world: World) -> t.List[Resource]:
        """What bears the mark of this reference."""
        mark = managed_from(self.place(params, world)[0], params["reference"])
        return [r for r in world.all(self.kind) if r["managed_from"] == mark]

    def recognise(self, params: Params, world: World, entry: t.Optional[Resource]) -> t.Optional[Resource]:
        """What an earlier run has adopted by this reference."""
        marked = self.marked(params, world)
        if entry is None:
            alive = [r for r in marked if r["status"] not in ("deleting", "unmanaging", "error_managing")]
            return alive[0] if alive else None
        if ident := entry.get("cinder_id"):
            return next((r for r in world.all(self.kind) if r["id"] == ident), None)
        # The back end offers it until it has been adopted, which a run that was killed may have begun. Where one
        # that was adopted has the mark, what is offered is another that has come under the old name.
        return next((r for r in marked if r["status"] in IN_THE_MAKING), None)

    def entry(self, params: Params, world: World) -> t.Optional[Resource]:
        """The entry of the list that the reference means."""
        _place, scope = self.place(params, world)
        return next((e for e in world.all(self.source, **scope) if e["reference"] == params["reference"]), None)

    def plan(self, params: Params, world: World) -> Plan:
        if params["state"] == "unmanaged":
            return self._unmanaged(params, world)
        ref = t.cast("t.Dict[str, t.Any]", params["reference"])
        place, scope = self.place(params, world)
        entry = self.entry(params, world)
        known = self.recognise(params, world, entry)
        if known is not None:
            check_alive(self.kind, known)
            busy = known["status"] in IN_THE_MAKING
            return Plan(self.kind, known, [wait_for(self.kind, known, until("available"))] if busy else [])
        what = "%s with %s on %s" % (self.kind.replace("_", " "), spell(ref), place)
        if entry is not None and not entry["safe_to_manage"]:
            raise Conflict(
                "The %s cannot be managed safely: %s."
                % (what, entry["reason_not_safe"] or "the back end does not say why"),
                resource={"kind": self.source, "name": spell(ref), "id": entry.get("cinder_id")},
                reason=entry["reason_not_safe"],
            )
        listed = world.all(self.source, **scope)
        # A list that names its entries otherwise says nothing about this reference: then the driver judges.
        if entry is None and (not listed or any(set(ref) & set(e["reference"]) for e in listed)):
            raise NotFound(
                "There is no %s that could be managed." % what, resource={"kind": self.source, "name": spell(ref)}
            )
        # What failed after its run was killed goes first, where what it was to be is still offered.
        left = [r for r in self.marked(params, world) if entry is not None and never_adopted(r)]
        return Plan(self.kind, None, [*map(self._release, left), self.step(params, world, place, entry)])

    def _release(self, left: Resource) -> Step:
        reason = "it was to be adopted by this reference, which failed, and the run that began it was killed"
        target = describe(self.kind, left, None)
        return Step(self.kind, "unmanage", target, reason, until=RELEASED, ident=left["id"], before=left)

    def _adopt(
        self, params: Params, world: World, args: t.Dict[str, t.Any], place: str, changes: t.Dict[str, t.Any]
    ) -> Step:
        """The step, from what differs between volumes and snapshots."""
        ref = params["reference"]
        mark = managed_from(place, ref)
        metadata = as_text(params.get("metadata"))
        args.update({k: params[k] for k in ("name", "description") if params.get(k) is not None})
        args.update(reference=ref, metadata={**metadata, **managed(place, ref)})
        shown = {
            "name": params.get("name"),
            "description": params.get("description"),
            "metadata": metadata,
            "managed_from": mark,
            **changes,
        }
        return Step(
            self.kind,
            "manage",
            "%s (%s on %s)" % (describe(self.kind, None, params.get("name") or ""), spell(ref), place),
            "it is not managed",
            args,
            {"state": ("unmanaged", "managed"), **{k: (None, v) for k, v in shown.items() if v is not None}},
            until=Until(
                until("available").done,
                lambda seen: (
                    "the back end did not accept the reference (the status became %s)" % seen["status"]
                    if seen and is_error(seen["status"])
                    else None
                ),
            ),
            makes=True,
            # What was there before has failed, or is on its way out.
            mine=lambda seen: bool(seen["managed_from"] == mark and world.find(self.kind, seen["id"]) is None),
            # Never a delete: it could reach data that was renamed before the service gave up.
            undo=lambda seen: "unmanage" if seen is not None and is_error(seen["status"]) else None,
        )

    def _unmanaged(self, params: Params, world: World) -> Plan:
        found = self.known(params, world)
        if found is None and params.get("reference") and self.reachable(params, world):
            found = self.recognise(params, world, self.entry(params, world))
        if found is None:
            return Plan(self.kind, None)
        if found["status"] == "unmanaging":
            return Plan(self.kind, found, [wait_for(self.kind, found, until_gone())])
        first, found = settle(self.kind, found)
        check_status(self.kind, "unmanage", found, ("available",))
        self.check_release(found, world)
        changes = {"state": ("managed", "unmanaged")}
        step = Step(
            self.kind, "unmanage", describe(self.kind, found, None), "it is managed", {}, changes, until=RELEASED
        )
        return Plan(self.kind, found, [*first, step])

    def reachable(self, params: Params, world: World) -> bool:
        """False when the place of the reference is gone, and what was in it with it."""
        return True

    def check_release(self, found: Resource, world: World) -> None:
        """Raises Conflict when it cannot be released."""


class ManageableVolume(_Manageable):
    """The module manageable_volume."""

    kind = "volume"
    source = "manageable_volume"

    def place(self, params: Params, world: World) -> t.Tuple[str, t.Dict[str, t.Any]]:
        where = {name: params.get(name) for name in ("host", "cluster")}
        return t.cast(str, params.get("host") or params.get("cluster")), where

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        wants: t.List[Want] = []
        if params.get("reference"):
            if not (params.get("host") or params.get("cluster")):
                raise Invalid("host or cluster is missing: a reference counts on one of them.")
            wants.append(Want.of(self.source, None, **self.place(params, world)[1]))
            # Recognising what was adopted takes all there are: their marks cannot be searched for.
            wants.append(Want.of(self.kind, None))
        if params["state"] == "managed" and params.get("volume_type"):
            wants.append(Want.of("volume_type", params["volume_type"]))
        if params["state"] == "unmanaged":
            if params.get("name"):
                wants.append(Want.of(self.kind, params["name"]))
            if all(world.knows(want) for want in wants):
                found = self.known(params, world)
                if found is not None:
                    wants.append(Want.of("volume_snapshot", None, volume_id=found["id"]))
        return wants

    def step(self, params: Params, world: World, place: str, entry: t.Optional[Resource]) -> Step:
        volume_type = world.need("volume_type", params["volume_type"]) if params.get("volume_type") else None
        args: t.Dict[str, t.Any] = {
            name: params[name]
            for name in ("host", "cluster", "availability_zone", "bootable")
            if params.get(name) is not None
        }
        if volume_type:
            args["volume_type"] = volume_type["id"]
        changes = {
            "size": entry["size"] if entry else None,
            "volume_type": volume_type["name"] if volume_type else None,
            "bootable": params.get("bootable"),
            "availability_zone": params.get("availability_zone"),
        }
        return self._adopt(params, world, args, place, changes)

    def check_release(self, found: Resource, world: World) -> None:
        try:
            snapshots = world.all("volume_snapshot", volume_id=found["id"])
        except KeyError:
            return  # found by its reference: then the service judges
        if snapshots:
            raise Conflict(
                "%s has %d snapshots and cannot be released: unmanage them first, with manageable_snapshot."
                % (describe(self.kind, found, None), len(snapshots)),
                resource=reference(self.kind, found),
            )


class ManageableSnapshot(_Manageable):
    """The module manageable_snapshot."""

    kind = "volume_snapshot"
    source = "manageable_snapshot"

    def place(self, params: Params, world: World) -> t.Tuple[str, t.Dict[str, t.Any]]:
        volume = world.need("volume", params["volume"])
        if volume["host"] is None:
            raise Forbidden(
                "%s does not say on which host it is: only an administrator may manage snapshots."
                % describe("volume", volume, None),
                resource=reference("volume", volume),
            )
        return t.cast(str, volume["id"]), {"host": volume["host"]}

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        wants: t.List[Want] = []
        if params["state"] == "unmanaged" and params.get("name"):
            wants.append(Want.of(self.kind, params["name"]))
        if params.get("reference"):
            if not params.get("volume"):
                raise Invalid("volume is missing: a reference counts among the snapshots of one.")
            volume = Want.of("volume", params["volume"])
            wants.append(volume)
            if world.knows(volume) and (params["state"] == "managed" or world.find("volume", params["volume"])):
                wants.append(Want.of(self.source, None, **self.place(params, world)[1]))
                wants.append(Want.of(self.kind, None))
        return wants

    def step(self, params: Params, world: World, place: str, entry: t.Optional[Resource]) -> Step:
        changes = {"volume_id": place, "size": entry["size"] if entry else None}
        return self._adopt(params, world, {"volume_id": place}, place, changes)

    def reachable(self, params: Params, world: World) -> bool:
        return world.find("volume", params["volume"]) is not None
