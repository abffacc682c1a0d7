# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""volume: make a volume, keep it as described, delete it. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan, Seen, Step, Until
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Behaviour
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe, label
from ansible_collections.unified.storage.plugins.module_utils._errors import Conflict, Invalid
from ansible_collections.unified.storage.plugins.module_utils._module.common import (
    AT_REST,
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

KIND = "volume"
#: Where the content of a new volume comes from: option, kind, argument.
SOURCES = (
    ("snapshot", "volume_snapshot", "snapshot_id"),
    ("source_volume", "volume", "source_volid"),
    ("image", "image", "image_id"),
)
#: Statuses of a volume that is being made.
IN_THE_MAKING = ("creating", "downloading", "managing")


def same_type(volume: Resource, wanted: str) -> bool:
    """Types are equal by name or id."""
    return wanted in (volume["volume_type"], volume["volume_type_id"])


def rested(volume: Resource) -> Resource:
    """The volume as it will be after a step that ends with it at rest."""
    if volume["status"] in AT_REST:
        return volume
    return {**volume, "status": "in-use" if volume["attachments"] else "available"}


def extend_step(volume: Resource, size: int) -> t.Optional[Step]:
    """Grow a volume; None when it has the size. Raises Invalid when it would shrink."""
    target = describe(KIND, volume, None)
    if size == volume["size"]:
        return None
    if size < volume["size"]:
        raise Invalid(
            "%s has %d GiB and cannot shrink to %d GiB: volumes only grow." % (target, volume["size"], size),
            resource=reference(KIND, volume),
        )
    if volume["status"] == "extending":
        # By a run that did not wait for it, or no longer. To which size is not to be seen until it is over.
        def too_small(seen: Seen) -> t.Optional[str]:
            if seen is not None and is_error(seen["status"]):
                return "its status is %s" % seen["status"]
            if seen is not None and seen["status"] in AT_REST and seen["size"] < size:
                return "it was extended to %s GiB, run the task again for %s GiB" % (seen["size"], size)
            return None

        return wait_for(
            KIND, volume, Until(until(*AT_REST, also=lambda seen: bool(seen["size"] >= size)).done, too_small)
        )
    check_status(KIND, "extend", volume, AT_REST)
    home = volume["status"]

    over = until(home, also=lambda seen: bool(seen["size"] == size))
    return Step(
        KIND,
        "extend",
        target,
        "size is %d GiB, not %d GiB" % (volume["size"], size),
        {"new_size": size, "in_use": home == "in-use", "volume_id": volume["id"]},
        {"size": (volume["size"], size)},
        until=over,
    )


def retype_step(volume: Resource, new_type: Resource, policy: str) -> Step:
    """Change the type. Success is where it ends: at the type, and at rest."""
    under_way = volume["status"] == "retyping"  # by a run that was killed, or by somebody else
    if not under_way:
        check_status(KIND, "retype", volume, AT_REST)
    homes = AT_REST if under_way else (volume["status"],)

    def failed(seen: Seen) -> t.Optional[str]:
        if seen is None:
            return None
        if is_error(seen["status"]):
            return "its status is %s" % seen["status"]
        if (
            seen["status"] in homes
            and not same_type(seen, new_type["name"])
            and seen["migration_status"] in (None, "none", "error", "success")
        ):
            kept = seen["volume_type"] == volume["volume_type"]
            return "%s the type %s" % ("it kept" if kept else "it has", seen["volume_type"])
        return None

    over = Until(until(*homes, also=lambda seen: same_type(seen, new_type["name"])).done, failed)
    if under_way:
        return wait_for(KIND, volume, over)
    return Step(
        KIND,
        "retype",
        describe(KIND, volume, None),
        "type is %s, not %s" % (volume["volume_type"], new_type["name"]),
        {"new_type": new_type["id"], "migration_policy": policy, "volume_id": volume["id"]},
        {"volume_type": (volume["volume_type"], new_type["name"])},
        until=over,
    )


def readonly_step(volume: Resource, readonly: bool, made: bool = False) -> t.Optional[Step]:
    if volume["readonly"] == readonly:
        return None
    if not made:
        check_status(KIND, "set_readonly", volume, ("available",))
    return Step(
        KIND,
        "set_readonly",
        describe(KIND, volume, None),
        "readonly is %s" % str(volume["readonly"]).lower(),
        {"readonly": readonly},
        {"readonly": (volume["readonly"], readonly)},
    )


def bootable_step(volume: Resource, bootable: bool) -> t.Optional[Step]:
    if volume["bootable"] == bootable:
        return None
    return Step(
        KIND,
        "set_bootable",
        describe(KIND, volume, None),
        "bootable is %s" % str(volume["bootable"]).lower(),
        {"bootable": bootable},
        {"bootable": (volume["bootable"], bootable)},
    )


class Volume(Behaviour):
    """The module volume."""

    kind = KIND

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        wants = [Want.of(KIND, params["name"])]
        if params.get("new_name"):
            wants.append(Want.of(KIND, params["new_name"]))
        if not all(world.knows(want) for want in wants):
            return wants
        volume = find_renamed(KIND, params, world)
        if params["state"] == "absent":
            if volume is not None and not params["cascade"]:
                wants.append(Want.of("volume_snapshot", None, volume_id=volume["id"]))
        elif volume is None:
            wants.extend(Want.of(kind, params[option]) for option, kind, _arg in SOURCES if params.get(option))
            if params.get("volume_type"):
                wants.append(Want.of("volume_type", params["volume_type"]))
            if params.get("group"):
                wants.append(Want.of("volume_group", params["group"]))
        elif params.get("volume_type") and not same_type(volume, params["volume_type"]):
            wants.append(Want.of("volume_type", params["volume_type"]))
        return wants

    def plan(self, params: Params, world: World) -> Plan:
        volume = find_renamed(KIND, params, world)
        if params["state"] == "absent":
            return self._absent(params, volume, world)
        if volume is None:
            return self._create(params, world)
        return self._keep(params, volume, world)

    # -- present
    def _create(self, params: Params, world: World) -> Plan:
        name = params.get("new_name") or params["name"]
        if looks_like_id(params["name"]):
            raise missing_id(KIND, params["name"])
        sources = {arg: world.need(kind, params[option]) for option, kind, arg in SOURCES if params.get(option)}
        size = params.get("size")
        for arg, source in sources.items():
            least = source["size"] if arg != "image_id" else -(-(source["size"] or 0) // 2**30)
            if arg == "image_id":
                check_status("image", "create from image", source, ("active",))
            else:
                check_status("volume_snapshot" if arg == "snapshot_id" else KIND, "create from it", source, AT_REST)
            if size is not None and size < least:
                raise Invalid("size is %d GiB, and its source %s needs at least %d GiB." % (size, label(source), least))
            if size is None and arg != "image_id":
                size = least
        if size is None:
            raise Invalid(
                "size is missing: volume %s does not exist, and its size cannot be told from a snapshot or volume."
                % name
            )
        volume_type = world.need("volume_type", params["volume_type"]) if params.get("volume_type") else None
        metadata = as_text(params.get("metadata"))
        args = {
            "name": name,
            "description": params.get("description"),
            "size": size,
            "volume_type": volume_type["id"] if volume_type else None,
            "availability_zone": params.get("availability_zone"),
            "metadata": metadata or None,
            "group_id": world.need("volume_group", params["group"])["id"] if params.get("group") else None,
            "scheduler_hints": params.get("scheduler_hints"),
            **{arg: source["id"] for arg, source in sources.items()},
        }
        after = {
            "name": name,
            "size": size,
            "description": params.get("description"),
            "volume_type": volume_type["name"] if volume_type else None,
            "availability_zone": params.get("availability_zone"),
            "metadata": metadata,
            "bootable": bool(params.get("image")),
            "readonly": False,
        }
        changes: t.Dict[str, t.Tuple[t.Any, t.Any]] = {"state": ("absent", "present")}
        changes.update({k: (None, v) for k, v in after.items() if v is not None})
        target = describe(KIND, None, name)
        steps: t.List[t.Optional[Step]] = [
            Step(
                KIND,
                "create",
                target,
                "it does not exist",
                {k: v for k, v in args.items() if v is not None},
                changes,
                until=until("available"),
                makes=True,
                # What is in error was made by this very step: nobody has anything in it.
                undo=lambda seen: "delete" if seen is not None and seen["status"] == "error" else None,
            )
        ]
        new = {**after, "id": None}
        if params.get("readonly") is not None:
            steps.append(readonly_step(new, params["readonly"], made=True))
        # An image makes a volume bootable, and what it is copied from may have been.
        if params.get("bootable") is not None and (params["bootable"] or sources):
            steps.append(
                Step(
                    KIND,
                    "set_bootable",
                    target,
                    "bootable is asked for",
                    {"bootable": params["bootable"]},
                    {"bootable": (None, params["bootable"])},
                )
            )
        return Plan(KIND, None, [step for step in steps if step is not None])

    def _keep(self, params: Params, volume: Resource, world: World) -> Plan:
        check_alive(KIND, volume)
        steps, volume = settle(KIND, volume)
        if steps:
            return Plan(KIND, volume, [*steps, *self._differences(params, volume, world)])
        if volume["status"] in IN_THE_MAKING:
            # Made by a run that was killed: what is left to do follows when it is there.
            settled = dict(volume, status="available")
            return Plan(
                KIND, volume, [wait_for(KIND, volume, until("available")), *self._differences(params, settled, world)]
            )
        return Plan(KIND, volume, self._differences(params, volume, world))

    def _differences(self, params: Params, volume: Resource, world: World) -> t.List[Step]:
        steps: t.List[t.Optional[Step]] = []
        steps.extend(text_steps(KIND, volume, params, {"new_name": "name", "description": "description"}))
        steps.extend(metadata_steps(KIND, volume, params))
        if params.get("volume_type") and not same_type(volume, params["volume_type"]):
            wanted = world.need("volume_type", params["volume_type"])
            if not same_type(volume, wanted["name"]):
                if not params["retype"]:
                    raise Conflict(
                        "%s has the type %s, not %s. Set retype to change it, "
                        "and migration_policy to allow a move to another back end."
                        % (describe(KIND, volume, None), volume["volume_type"], wanted["name"]),
                        resource=reference(KIND, volume),
                    )
                steps.append(retype_step(volume, wanted, params["migration_policy"]))
                volume = rested(volume)
        if params.get("size") is not None:
            extended = extend_step(volume, params["size"])
            steps.append(extended)
            volume = rested(volume) if extended else volume
        if params.get("bootable") is not None:
            steps.append(bootable_step(volume, params["bootable"]))
        if params.get("readonly") is not None:
            steps.append(readonly_step(volume, params["readonly"]))
        return [step for step in steps if step is not None]

    # -- absent
    def _absent(self, params: Params, volume: t.Optional[Resource], world: World) -> Plan:
        if volume is None:
            return Plan(KIND, None)
        if volume["status"] == "deleting":
            return Plan(KIND, volume, [wait_for(KIND, volume, until_gone())])
        volume = settle(KIND, volume)[1]  # what is to go need not be finished first
        target = describe(KIND, volume, None)
        if not params["cascade"]:
            snapshots = world.all("volume_snapshot", volume_id=volume["id"])
            if snapshots:
                raise Conflict(
                    "%s has %d snapshot%s (%s). Set cascade to delete them with it."
                    % (
                        target,
                        len(snapshots),
                        "" if len(snapshots) == 1 else "s",
                        ", ".join(label(s) for s in snapshots[:5]),
                    ),
                    resource=reference(KIND, volume),
                )
        deletable = ("available", "error", "error_restoring", "error_extending", "error_managing")
        if not params["force"]:
            check_status(KIND, "delete", volume, deletable, "Set force to delete it all the same.")
        risk = "force" if params["force"] else "cascade" if params["cascade"] else None
        return Plan(
            KIND,
            volume,
            [
                Step(
                    KIND,
                    "delete",
                    target,
                    "it exists",
                    {"cascade": params["cascade"], "force": params["force"]},
                    {"state": ("present", "absent")},
                    risk=risk,
                    until=until_gone(),
                )
            ],
        )
