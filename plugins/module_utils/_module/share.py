# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""share: make a share, keep it as described, delete it. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan, Seen, Step, Until
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Behaviour
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe, label
from ansible_collections.unified.storage.plugins.module_utils._errors import Conflict, Invalid, Locked
from ansible_collections.unified.storage.plugins.module_utils._module.common import (
    Params,
    as_text,
    check_alive,
    check_status,
    find_renamed,
    is_error,
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
from ansible_collections.unified.storage.plugins.module_utils._module.export_locations import (
    LOCATIONS,
    located,
    locations_want,
)

KIND = "share"
#: What a new share can name, and where it stays: option, kind, field and argument.
PLACES = (
    ("share_type", "share_type", "share_type_id"),
    ("share_network", "share_network", "share_network_id"),
    ("share_group", "share_group", "share_group_id"),
)
#: Statuses of a share that is being made.
IN_THE_MAKING = ("creating", "creating_from_snapshot", "manage_starting")
#: Statuses in which a share can be deleted without force.
DELETABLE = ("available", "error", "inactive")
PROTOCOL = "NFS"


def check_there(share: Resource) -> None:
    """Raises Conflict for a share that waits in the recycle bin: nothing but restoring it is possible."""
    if share["is_soft_deleted"]:
        raise Conflict(
            "%s is soft-deleted. Restore it with share_action first." % describe(KIND, share, None),
            resource=reference(KIND, share),
            reason="soft-deleted",
        )


def lock_want(share: Resource) -> Want:
    """What check_unlocked() needs to know."""
    return Want.of("resource_lock", None, resource_id=share["id"], all_projects=True)


def check_unlocked(share: Resource, verb: str, world: World) -> None:
    """Raises Locked, with the locks, when the share is locked against deletion (which counts for its kin too)."""
    locks = [
        lock
        for lock in world.all("resource_lock", resource_id=share["id"], all_projects=True)
        if lock["resource_action"] == "delete" and lock["resource_id"] == share["id"]
    ]
    if locks:
        said = ["%s (%s)" % (lock["id"], lock["lock_reason"] or "no reason given") for lock in locks]
        raise Locked(
            "%s cannot be done to %s: it is locked by %s. Remove what locks it first, with resource_lock or by "
            "removing the locked access rule." % (verb, describe(KIND, share, None), ", ".join(said)),
            resource=reference(KIND, share),
            reason=", ".join(said),
        )


def snapshots_want(share: Resource) -> Want:
    return Want.of("share_snapshot", None, share_id=share["id"], all_projects=True)


def snapshots_of(share: Resource, world: World) -> t.List[Resource]:
    return world.all("share_snapshot", share_id=share["id"], all_projects=True)


def check_no_snapshots(share: Resource, world: World, hint: str) -> None:
    """Raises Conflict when the share has snapshots."""
    snapshots = snapshots_of(share, world)
    if snapshots:
        raise Conflict(
            "%s has %d snapshot%s (%s). %s"
            % (
                describe(KIND, share, None),
                len(snapshots),
                "" if len(snapshots) == 1 else "s",
                ", ".join(label(s) for s in snapshots[:5]),
                hint,
            ),
            resource=reference(KIND, share),
        )


class OfShare(Behaviour):
    """A behaviour whose subject is a share: its export locations are returned too."""

    kind = KIND

    def details(self, params: Params, resource: Resource, fresh: bool) -> t.Iterable[Want]:
        return [locations_want(LOCATIONS, resource)] if fresh and resource.get("export_locations") is None else []

    def detailed(self, params: Params, resource: Resource, world: World) -> Resource:
        return located(LOCATIONS, resource, world)


class Share(OfShare):
    """The module share."""

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        wants = [Want.of(KIND, params["name"])]
        if params.get("new_name"):
            wants.append(Want.of(KIND, params["new_name"]))
        if not all(world.knows(want) for want in wants):
            return wants
        share = find_renamed(KIND, params, world)
        if params["state"] == "absent":
            if share is not None and share["status"] != "deleting":
                wants.extend((lock_want(share), snapshots_want(share)))
            return wants
        for option, kind, field in PLACES:
            if params.get(option) and (share is None or not self._is(share, option, field, params[option])):
                wants.append(Want.of(kind, params[option]))
        if share is None and params.get("snapshot"):
            wants.append(Want.of("share_snapshot", params["snapshot"]))
        return wants

    @staticmethod
    def _is(share: Resource, option: str, field: str, ref: str) -> bool:
        return ref in (share[field], share[option] if option == "share_type" else None)

    def plan(self, params: Params, world: World) -> Plan:
        if params.get("size") is not None and params["size"] < 1:
            raise Invalid("size must be 1 or more, in GiB.")
        share = find_renamed(KIND, params, world)
        if params["state"] == "absent":
            return self._absent(params, share, world)
        if share is None:
            return self._create(params, world)
        return self._keep(params, share, world)

    # -- present
    def _create(self, params: Params, world: World) -> Plan:
        name = params.get("new_name") or params["name"]
        if looks_like_id(params["name"]):
            raise missing_id(KIND, params["name"])
        size = params.get("size")
        snapshot = world.need("share_snapshot", params["snapshot"]) if params.get("snapshot") else None
        protocol = (params.get("share_protocol") or (snapshot or {}).get("share_protocol") or PROTOCOL).upper()
        if snapshot is not None:
            check_status("share_snapshot", "create from snapshot", snapshot, ("available",))
            size = snapshot["size"] if size is None else size
            if size < snapshot["size"]:
                raise Invalid(
                    "size is %d GiB, and %s needs at least %d GiB."
                    % (size, describe("share_snapshot", snapshot, None), snapshot["size"])
                )
        if size is None:
            raise Invalid("size is missing: share %s does not exist, and is not made from a snapshot." % name)
        places = {field: world.need(kind, params[option]) for option, kind, field in PLACES if params.get(option)}
        share_type = places.get("share_type_id")
        served = str(((share_type or {}).get("extra_specs") or {}).get("driver_handles_share_servers")).lower()
        if served == "true" and not (params.get("share_network") or snapshot or params.get("share_group")):
            raise Invalid(
                "share_network is missing: the share type %s makes share servers, which need one."
                % t.cast(Resource, share_type)["name"]
            )
        metadata = as_text(params.get("metadata"))
        common = {
            "name": name,
            "description": params.get("description"),
            "size": size,
            "share_protocol": protocol,
            "availability_zone": params.get("availability_zone"),
            "is_public": params.get("is_public"),
            "snapshot_id": snapshot["id"] if snapshot else None,
        }
        ids = {field: place["id"] for field, place in places.items() if field != "share_type_id"}
        args = {
            **common,
            **ids,
            "share_type": share_type["id"] if share_type else None,
            "metadata": metadata or None,
            "scheduler_hints": params.get("scheduler_hints"),
            "mount_point_name": params.get("mount_point_name"),
        }
        after = {
            **common,
            **ids,
            "share_type": share_type["name"] if share_type else None,
            "is_public": bool(params.get("is_public")),
            "metadata": metadata,
        }
        step = Step(
            KIND,
            "create",
            describe(KIND, None, name),
            "it does not exist",
            {k: v for k, v in args.items() if v is not None},
            {"state": ("absent", "present"), **{k: (None, v) for k, v in after.items() if v is not None}},
            until=until("available"),
            makes=True,
            # What is in error was made by this very step: nobody has anything in it.
            undo=lambda seen: "delete" if seen is not None and seen["status"] == "error" else None,
        )
        return Plan(KIND, None, [step])

    def _keep(self, params: Params, share: Resource, world: World) -> Plan:
        check_there(share)
        check_alive(KIND, share)
        self._check_places(params, share, world)
        first, settled = settle(KIND, share)
        if first and not (params.get("size") and share["status"] in ("extending", "shrinking")):
            return Plan(KIND, share, [*first, *self._differences(params, settled)])
        if share["status"] in IN_THE_MAKING:
            # Made by a run that was killed: what is left to do follows when it is there.
            settled = dict(share, status="available")
            return Plan(KIND, share, [wait_for(KIND, share, until("available")), *self._differences(params, settled)])
        return Plan(KIND, share, self._differences(params, share))

    def _check_places(self, params: Params, share: Resource, world: World) -> None:
        """Raises Conflict where the task names something that a share keeps for life."""
        different = {}
        protocol = params.get("share_protocol")
        if protocol and share["share_protocol"] not in (None, protocol.upper()):
            different["share_protocol"] = share["share_protocol"]
        for option, kind, field in PLACES:
            if not params.get(option) or self._is(share, option, field, params[option]):
                continue
            if share[field] is None and option == "share_type":
                continue  # a back end without types
            if share[field] != world.need(kind, params[option])["id"]:
                different[option] = share.get(option) or share[field]
        for option, now in different.items():
            what = option.replace("_", " ")
            raise Conflict(
                "%s has %s, not %s, and that cannot be changed: make another share."
                % (describe(KIND, share, None), "the %s %s" % (what, now) if now else "no " + what, params[option]),
                resource=reference(KIND, share),
            )

    def _differences(self, params: Params, share: Resource) -> t.List[Step]:
        names = {"new_name": "name", "description": "description"}
        if share["is_public"] is not None:
            names["is_public"] = "is_public"
        steps = text_steps(KIND, share, params, names)
        steps.extend(metadata_steps(KIND, share, params))
        if params.get("size") is not None:
            steps.extend(resize_steps(share, params))
        return steps

    # -- absent
    def _absent(self, params: Params, share: t.Optional[Resource], world: World) -> Plan:
        if share is None:
            return Plan(KIND, None)
        if share["status"] == "deleting":
            return Plan(KIND, share, [wait_for(KIND, share, until_gone())])
        check_unlocked(share, "delete", world)
        first, settled = settle(KIND, share)
        if share["status"] in IN_THE_MAKING:
            first = []  # what is to go need not be finished first
        share = settled
        if not params["cascade"]:
            check_no_snapshots(share, world, "Set cascade to delete them with it.")
        if not params["force"]:
            check_status(KIND, "delete", share, DELETABLE, "Set force to delete it all the same.")
        steps = [*first, *(_delete_snapshot(snapshot) for snapshot in snapshots_of(share, world))]
        group = {"share_group_id": share["share_group_id"]} if share["share_group_id"] else {}
        steps.append(
            Step(
                KIND,
                "force_delete" if params["force"] else "delete",
                describe(KIND, share, None),
                "it exists",
                {} if params["force"] else group,
                {"state": ("present", "absent")},
                risk="force" if params["force"] else None,
                until=until_gone(),
            )
        )
        return Plan(KIND, share, steps)


def _delete_snapshot(snapshot: Resource) -> Step:
    """A snapshot that goes with its share."""
    goes = snapshot["status"] == "deleting"
    return Step(
        "share_snapshot",
        "wait" if goes else "delete",
        describe("share_snapshot", snapshot, None),
        "it is deleting" if goes else "its share is to be deleted",
        ident=snapshot["id"],
        before=snapshot,
        risk=None if goes else "cascade",
        until=until_gone(),
    )


def resize_steps(share: Resource, params: Params) -> t.List[Step]:
    """Bring the size to what the task says, as far as C(resize) allows."""
    size, now, mode = params["size"], share["size"], params.get("resize")
    target = describe(KIND, share, None)
    if mode == "never":
        return []
    if share["status"] in ("extending", "shrinking"):
        # By a run that did not wait for it, or no longer. The size is the old one until it is over.
        return [wait_for(KIND, share, _resized(size, ": run the task again for %d GiB" % size))]
    grows = size > now
    if size == now or mode == ("shrink" if grows else "extend"):
        return []
    if not grows and mode is None:
        raise Invalid(
            "%s has %d GiB, and size is %d GiB. Set resize to both to let it shrink, at the risk of losing data, "
            "or to extend to leave it as it is." % (target, now, size),
            resource=reference(KIND, share),
        )
    check_status(KIND, "extend" if grows else "shrink", share, ("available",))
    args = {"new_size": size}
    if grows and params.get("force"):
        args["force"] = True
    return [
        Step(
            KIND,
            "extend" if grows else "shrink",
            target,
            "size is %d GiB, not %d GiB" % (now, size),
            args,
            {"size": (now, size)},
            risk=None if grows else "resize",
            until=_resized(size),
        )
    ]


def _resized(size: int, otherwise: str = "") -> Until:
    """Over at this size. At rest with another one, the service has refused, or another one was asked for before."""

    def failed(seen: Seen) -> t.Optional[str]:
        if seen is not None and (is_error(seen["status"]) or (seen["status"] == "available" and seen["size"] != size)):
            said = "its status is %s, and its size %s GiB" % (seen["status"], seen["size"])
            return said if is_error(seen["status"]) else said + otherwise
        return None

    return Until(until("available", also=lambda seen: bool(seen["size"] == size)).done, failed)
