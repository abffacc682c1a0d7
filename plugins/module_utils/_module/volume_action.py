# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""volume_action: the verbs of a volume, each with its conditions and its success. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._api.marks import image_key
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan, Seen, Step, Until
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Behaviour, shown
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe, label
from ansible_collections.unified.storage.plugins.module_utils._errors import Ambiguous, Conflict, NotFound, Unreachable
from ansible_collections.unified.storage.plugins.module_utils._module.common import (
    AT_REST,
    Params,
    as_text,
    check_once,
    check_status,
    is_error,
    once_step,
    reference,
    settle,
    until,
    until_gone,
    wait_for,
)
from ansible_collections.unified.storage.plugins.module_utils._module.volume import (
    KIND,
    bootable_step,
    extend_step,
    readonly_step,
    rested,
    retype_step,
    same_type,
)

Steps = t.List[Step]
Verb = t.Callable[[Params, Resource, World], Steps]

#: Verbs for which the volume's own absence is what was wanted.
ENDS_IT = ("force_delete", "unmanage")
#: Verbs that leave nothing to compare: done again only with another word.
BY_ONCE = ("revert", "reimage", "complete_migration")
#: Those of them that are told by the status that a killed run leaves.
UNFINISHED = {"reverting": "revert", "downloading": "reimage"}
#: Statuses of an image that is none, or none any more.
NO_IMAGE = ("killed", "deleted", "pending_delete")


def _target(volume: Resource) -> str:
    return describe(KIND, volume, None)


def _extend(params: Params, volume: Resource, world: World) -> Steps:
    step = extend_step(volume, params["new_size"])
    return [step] if step else []


def _reset_status(params: Params, volume: Resource, world: World) -> Steps:
    now = {
        "status": volume["status"],
        "attach_status": volume["backend_details"].get("attach_status")
        or ("attached" if volume["attachments"] else "detached"),
        "migration_status": volume["migration_status"] or "none",
    }
    given = {name: params[name] for name in now if params.get(name) is not None}
    # The API does not show attach_status; it follows from the attachments.
    changes = {name: (now[name], value) for name, value in given.items() if now[name] != value}
    if not changes:
        return []
    return [
        Step(
            KIND,
            "reset_status",
            _target(volume),
            ", ".join("%s is %s, not %s" % (name, old, new) for name, (old, new) in changes.items()),
            given,
            changes,
        )
    ]


def _newest_first(snapshots: t.Iterable[Resource]) -> t.List[Resource]:
    return sorted(snapshots, key=lambda s: s["created_at"] or "", reverse=True)


def _its_snapshots(params: Params, volume: Resource) -> t.Dict[str, t.Any]:
    """The scope in which the snapshots of a volume are looked for."""
    return {"volume_id": volume["id"], "all_projects": params.get("all_projects")}


def _revert(params: Params, volume: Resource, world: World) -> Steps:
    over = until("available")
    if volume["status"] == "reverting":
        return [wait_for(KIND, volume, over)]
    check_status(KIND, "revert", volume, ("available",))
    snapshots = _newest_first(world.all("volume_snapshot", **_its_snapshots(params, volume)))
    if not snapshots:
        raise NotFound("%s has no snapshot to revert to." % _target(volume), resource=reference(KIND, volume))
    if params.get("snapshot"):
        wanted = world.need("volume_snapshot", params["snapshot"], **_its_snapshots(params, volume))
        # Snapshots of one second cannot be told apart by age: then the service judges.
        if wanted["created_at"] != snapshots[0]["created_at"]:
            raise Conflict(
                "%s can only be reverted to its newest snapshot, %s; delete those that are newer than %s first."
                % (_target(volume), label(snapshots[0]), label(wanted)),
                resource=reference(KIND, volume),
            )
    else:
        wanted = snapshots[0]
    check_status("volume_snapshot", "revert to it", wanted, ("available",))
    if wanted["size"] != volume["size"]:
        raise Conflict(
            "%s has %s GiB and its snapshot %s %s GiB: it was extended since, and cannot be reverted."
            % (_target(volume), volume["size"], label(wanted), wanted["size"]),
            resource=reference(KIND, volume),
        )
    return [
        Step(
            KIND,
            "revert",
            _target(volume),
            "the content of snapshot %s is asked for" % label(wanted),
            {"snapshot_id": wanted["id"]},
            {"reverted_to": (None, wanted["id"])},
            risk="action=revert",
            until=over,
        )
    ]


def _set_image_metadata(params: Params, volume: Resource, world: World) -> Steps:
    wanted, now = as_text(params["image_metadata"]), volume["image_metadata"]
    new = {k: v for k, v in wanted.items() if now.get(k) != v}
    if not new:
        return []
    changes = {"image_metadata": (now, {**now, **new})}
    return [Step(KIND, "set_image_metadata", _target(volume), "image metadata differ", {"metadata": new}, changes)]


def _unset_image_metadata(params: Params, volume: Resource, world: World) -> Steps:
    steps: Steps = []
    now = volume["image_metadata"]
    for key in params["keys"]:
        if key in now:
            after = {k: v for k, v in now.items() if k != key}
            changes = {"image_metadata": (now, after)}
            steps.append(
                Step(KIND, "unset_image_metadata", _target(volume), "key %s is set" % key, {"key": key}, changes)
            )
            now = after
    return steps


def _show_image_metadata(params: Params, volume: Resource, world: World) -> Steps:
    return []


def _attachments(params: Params, volume: Resource) -> t.List[Resource]:
    """The attachments that the task means.

    Hosts are shown to administrators only: for others, the mountpoint tells.
    """
    found = list(volume["attachments"])
    hidden = [a for a in found if not a["host_name"] and not a["server_id"]]
    if params.get("host_name") and hidden and not params.get("mountpoint"):
        raise Conflict(
            "%s is attached to hosts that this login is not told: name the attachment by attachment or mountpoint."
            % _target(volume),
            resource=reference(KIND, volume),
        )
    for option, name in (("attachment", "attachment_id"), ("instance", "server_id"), ("host_name", "host_name")):
        wanted = params.get(option)
        if wanted:
            at_hidden = hidden if name == "host_name" else []
            found = [a for a in found if a[name] == wanted or (a in at_hidden and a["device"] == params["mountpoint"])]
    return found


def _attach(params: Params, volume: Resource, world: World) -> Steps:
    if _attachments(params, volume):
        return []
    check_status(KIND, "attach", volume, ("available",))
    args = {name: params[name] for name in ("instance", "host_name", "mountpoint") if params.get(name)}
    where = params.get("instance") or params.get("host_name")
    return [
        Step(
            KIND,
            "attach",
            _target(volume),
            "it is not attached to %s" % where,
            args,
            {"status": (volume["status"], "in-use"), "attached_to": (None, where)},
            until=until("in-use"),
        )
    ]


def _detach_with(verb: str, params: Params, volume: Resource, allowed: t.Sequence[str]) -> Steps:
    found = [a for a in _attachments(params, volume) if params.get("mountpoint") in (None, a["device"])]
    if not found:
        return []
    named = any(params.get(name) for name in ("attachment", "instance", "host_name", "mountpoint"))
    if len(found) > 1:
        raise Ambiguous(
            "%s has %d %sattachments: %s. Name one by attachment."
            % (
                _target(volume),
                len(found),
                "such " if named else "",
                ", ".join(sorted(str(a["attachment_id"]) for a in found)),
            ),
            resource=reference(KIND, volume),
        )
    if allowed:
        check_status(KIND, verb, volume, allowed)
    ident = found[0]["attachment_id"]
    where = found[0]["server_id"] or found[0]["host_name"] or found[0]["device"] or ident
    args: t.Dict[str, t.Any] = {"attachment_id": ident}
    if params.get("connector"):
        args["connector"] = params["connector"]
    return [
        Step(
            KIND,
            verb,
            _target(volume),
            "it is attached to %s" % where,
            args,
            {"attached_to": (where, None)},
            risk="action=force_detach" if verb == "force_detach" else None,
            until=until(*AT_REST, also=lambda seen: ident not in [a["attachment_id"] for a in seen["attachments"]]),
        )
    ]


def _detach(params: Params, volume: Resource, world: World) -> Steps:
    return _detach_with("detach", params, volume, ("in-use", "detaching"))


def _force_detach(params: Params, volume: Resource, world: World) -> Steps:
    return _detach_with("force_detach", params, volume, ())


def _unmanage(params: Params, volume: Resource, world: World) -> Steps:
    if volume["status"] == "unmanaging":
        return [wait_for(KIND, volume, until_gone())]
    check_status(KIND, "unmanage", volume, ("available",))
    snapshots = world.all("volume_snapshot", **_its_snapshots(params, volume))
    if snapshots:
        raise Conflict(
            "%s has %d snapshots (%s) and cannot be released: unmanage them first, with manageable_snapshot."
            % (_target(volume), len(snapshots), ", ".join(label(s) for s in snapshots[:5])),
            resource=reference(KIND, volume),
        )
    return [
        Step(
            KIND, "unmanage", _target(volume), "it is managed", {}, {"state": ("present", "absent")}, until=until_gone()
        )
    ]


def _retype(params: Params, volume: Resource, world: World) -> Steps:
    wanted = world.need("volume_type", params["new_type"])
    if volume["status"] != "retyping" and same_type(volume, wanted["name"]):
        return []
    return [retype_step(volume, wanted, params["migration_policy"])]


def _at_host(volume: Resource, host: str) -> bool:
    """C(a@b) means any pool of it, C(a@b#c) that one."""
    now = volume["host"] or ""
    return (
        now == host
        or ("#" not in host and now.split("#")[0] == host)
        # A back end may know places more exactly than by pools.
        or host in volume["backend_details"].get("places", ())
    )


def _migrate(params: Params, volume: Resource, world: World) -> Steps:
    where = t.cast(str, params.get("host") or params.get("cluster"))
    field = "host" if params.get("host") else "cluster_name"

    def there(seen: Resource) -> bool:
        if field == "host":
            return _at_host(seen, where)
        return (seen["cluster_name"] or "").split("#")[0] == where.split("#")[0]

    # Without an administrator's rights nobody is told where a volume is, nor may move it.
    there_already = volume["host"] is not None and there(volume)
    settled = (None, "none", "deleting", "error", "success")
    moving = volume["migration_status"] not in settled
    home = rested(volume)["status"]

    def failed(seen: Seen) -> t.Optional[str]:
        if seen is None or there(seen):
            return None
        if seen["migration_status"] == "error" or is_error(seen["status"]):
            return "its status is %s, and its migration_status %s" % (seen["status"], seen["migration_status"])
        if moving and seen["migration_status"] in settled and seen["status"] in AT_REST:
            return "it is on %s" % seen[field]
        return None

    over = Until(
        lambda seen: (
            seen is not None
            and there(seen)
            and seen["status"] == home
            and seen["migration_status"] in (None, "none", "success", "error")
        ),
        failed,
    )
    if str(volume["migration_status"]).startswith("target:"):
        raise Conflict(
            "%s is what another volume is being migrated into: its migration_status is %s."
            % (_target(volume), volume["migration_status"]),
            resource=reference(KIND, volume),
        )
    if moving:
        return [wait_for(KIND, volume, over)]  # by a run that was killed, or by somebody else
    if there_already:
        return []
    check_status(KIND, "migrate", volume, AT_REST)
    if volume["replication_status"] not in (None, "disabled", "not-capable"):
        raise Conflict(
            "%s is replicated (%s) and cannot be migrated." % (_target(volume), volume["replication_status"]),
            resource=reference(KIND, volume),
        )
    if volume["group_id"]:
        raise Conflict(
            "%s is a member of group %s and cannot be migrated." % (_target(volume), volume["group_id"]),
            resource=reference(KIND, volume),
        )
    snapshots = world.all("volume_snapshot", **_its_snapshots(params, volume))
    if snapshots:
        raise Conflict(
            "%s has snapshots (%s) and cannot be migrated."
            % (_target(volume), ", ".join(label(s) for s in snapshots[:5])),
            resource=reference(KIND, volume),
        )
    args = {
        k: params.get(k) for k in ("host", "cluster", "force_host_copy", "lock_volume") if params.get(k) is not None
    }
    args["volume_id"] = volume["id"]
    return [
        Step(
            KIND,
            "migrate",
            _target(volume),
            "it is on %s, not on %s" % (volume[field] or "an unknown host", where),
            args,
            {field: (volume[field], where)},
            until=over,
        )
    ]


def _complete_migration(params: Params, volume: Resource, world: World) -> Steps:
    new = world.need(KIND, params["new_volume"])
    ours, theirs = volume["migration_status"], new["migration_status"]
    if (ours in (None, "none")) != (theirs in (None, "none")):
        raise Conflict(
            "complete_migration needs both volumes in migration or both not: "
            "the migration_status of %s is %s, that of %s is %s." % (label(volume), ours, label(new), theirs),
            resource=reference(KIND, volume),
        )
    if theirs not in (None, "none") and theirs != "target:" + volume["id"]:
        raise Conflict(
            "%s is not the target of the migration of %s: its migration_status is %s."
            % (label(new), label(volume), theirs),
            resource=reference(KIND, volume),
        )
    return [
        Step(
            KIND,
            "complete_migration",
            _target(volume),
            "its data are in %s" % label(new),
            {"new_volume": new["id"], "error": params.get("error")},
            {"migrated_from": (None, new["id"])},
            until=until(*AT_REST, also=lambda seen: seen["migration_status"] in (None, "none", "success", "error")),
        )
    ]


def _force_delete(params: Params, volume: Resource, world: World) -> Steps:
    if volume["status"] == "deleting":
        return [wait_for(KIND, volume, until_gone())]
    changes = {"state": ("present", "absent")}
    return [
        Step(
            KIND,
            "force_delete",
            _target(volume),
            "it exists",
            {},
            changes,
            risk="action=force_delete",
            until=until_gone(),
        )
    ]


def _set_bootable(params: Params, volume: Resource, world: World) -> Steps:
    step = bootable_step(volume, params["bootable"])
    return [step] if step else []


def _upload_image(params: Params, volume: Resource, world: World) -> Steps:
    over = until(*AT_REST)
    if volume["status"] == "uploading":
        return [wait_for(KIND, volume, over)]
    if not params.get("force"):
        existing = _uploaded(params, volume, world)
        if existing is not None:
            return []
    check_status(
        KIND,
        "upload_image",
        volume,
        AT_REST if params.get("force") else ("available",),
        "" if params.get("force") else "Set force to upload one that is in use.",
    )
    names = ("image_name", "disk_format", "container_format", "visibility", "protected", "force")

    def ident(answers: Params) -> str:
        if "upload_image" not in answers:
            raise Unreachable(
                "The answer to upload_image of %s was lost, and which image %s it became cannot be told by the name. "
                "Look among the images of that name, and remove what is not wanted before it is uploaded again."
                % (_target(volume), params["image_name"]),
                resource=reference(KIND, volume),
            )
        return t.cast(str, answers["upload_image"]["image_id"])

    return [
        Step(
            KIND,
            "upload_image",
            _target(volume),
            "there is no image %s of it" % params["image_name"],
            {name: params[name] for name in names if params.get(name) is not None},
            {"image": (None, params["image_name"])},
            until=over,
        ),
        # A volume is at rest again after an upload that failed, too.
        Step(
            KIND,
            "wait",
            "image %s of %s" % (params["image_name"], _target(volume)),
            "it is being made",
            until=_image_is_made(),
            watch=lambda answers: ("image", ident(answers)),
        ),
        Step(
            KIND,
            "merge_metadata",
            _target(volume),
            "to know which image it became",
            # Not before: while it is uploading, its metadata cannot be changed.
            late=lambda answers: {"metadata": {image_key(params["image_name"]): ident(answers)}},
        ),
    ]


def _image_is_made() -> Until:
    def failed(seen: Seen) -> t.Optional[str]:
        if seen is None:
            return "the image is gone"
        return "the status of the image is %s" % seen["status"] if seen["status"] in NO_IMAGE else None

    return Until(lambda seen: seen is not None and seen["status"] == "active", failed)


def _uploaded(params: Params, volume: Resource, world: World) -> t.Optional[Resource]:
    """The image of that name that was uploaded from this volume, if it is still there."""
    ident = volume["marks"].get(image_key(params["image_name"]))
    image = world.find("image", ident) if ident else None
    return image if image and image["status"] not in NO_IMAGE else None


def _between(verb: str, start: str, end: str) -> Verb:
    """A verb that moves a volume from one status to another."""

    def plan(params: Params, volume: Resource, world: World) -> Steps:
        if volume["status"] == end:
            return []
        check_status(KIND, verb, volume, (start,))
        return [
            Step(
                KIND, verb, _target(volume), "its status is %s" % start, {}, {"status": (start, end)}, until=until(end)
            )
        ]

    return plan


def _initialize_connection(params: Params, volume: Resource, world: World) -> Steps:
    args = {"connector": params["connector"]}
    return [
        Step(
            KIND,
            "initialize_connection",
            _target(volume),
            "a connection is asked for",
            args,
            {"connection": (None, "initialized")},
        )
    ]


def _terminate_connection(params: Params, volume: Resource, world: World) -> Steps:
    check_status(KIND, "terminate_connection", volume, ("in-use", "attaching", "detaching"))
    args = {"connector": params["connector"]}
    return [
        Step(
            KIND,
            "terminate_connection",
            _target(volume),
            "its end is asked for",
            args,
            {"connection": ("initialized", None)},
        )
    ]


def _set_readonly(params: Params, volume: Resource, world: World) -> Steps:
    step = readonly_step(volume, params["readonly"])
    return [step] if step else []


def _reimage(params: Params, volume: Resource, world: World) -> Steps:
    image = world.need("image", params["image"])
    home = volume["status"]

    def is_it(seen: Resource) -> bool:
        return bool(seen["image_metadata"].get("image_id") == image["id"])

    homes: t.Tuple[str, ...] = (home, "available")  # one that was in error may be mended by it
    under_way = home == "downloading"  # by a run that was killed, or by somebody else
    if under_way:
        # One that was in error is so afterwards too. Whether it was, only the image that it gets can tell.
        homes = ("available", "reserved") if is_it(volume) else ("available", "reserved", "error")

    def failed(seen: Seen) -> t.Optional[str]:
        if seen is None or (seen["status"] in homes and is_it(seen)):
            return None
        if is_error(seen["status"]):
            return "its status is %s" % seen["status"]
        return "it was overwritten with another image" if under_way and seen["status"] in homes else None

    over = Until(until(*homes, also=is_it).done, failed)
    if under_way:
        return [wait_for(KIND, volume, over)]
    if volume["image_metadata"].get("image_id") == image["id"] and not params.get("force") and not params.get("once"):
        return []
    check_status("image", "reimage from it", image, ("active",))
    allowed = ("available", "error", "reserved") if params.get("reimage_reserved") else ("available", "error")
    check_status(
        KIND,
        "reimage",
        volume,
        allowed,
        "" if params.get("reimage_reserved") else "For a reserved one set reimage_reserved.",
    )
    return [
        Step(
            KIND,
            "reimage",
            _target(volume),
            "the content of image %s is asked for" % label(image),
            {"image_id": image["id"], "reimage_reserved": params.get("reimage_reserved")},
            {"image_id": (volume["image_metadata"].get("image_id"), image["id"])},
            risk="action=reimage",
            until=over,
        )
    ]


def _is_this(params: Params, volume: Resource, world: World) -> bool:
    """Whether what a killed run has begun, where that is known, was to bring the content that is asked for now."""
    begun = volume["backend_details"].get("begun_with")
    kind, option = ("image", "image") if params["action"] == "reimage" else ("volume_snapshot", "snapshot")
    if not begun or not params.get(option):
        return True
    wanted = world.find(kind, params[option], **(_its_snapshots(params, volume) if kind == "volume_snapshot" else {}))
    return wanted is None or bool(wanted["id"] == begun)


VERBS: t.Mapping[str, Verb] = {
    "extend": _extend,
    "reset_status": _reset_status,
    "revert": _revert,
    "set_image_metadata": _set_image_metadata,
    "unset_image_metadata": _unset_image_metadata,
    "show_image_metadata": _show_image_metadata,
    "attach": _attach,
    "detach": _detach,
    "force_detach": _force_detach,
    "unmanage": _unmanage,
    "retype": _retype,
    "migrate": _migrate,
    "complete_migration": _complete_migration,
    "force_delete": _force_delete,
    "set_bootable": _set_bootable,
    "upload_image": _upload_image,
    "reserve": _between("reserve", "available", "attaching"),
    "unreserve": _between("unreserve", "attaching", "available"),
    "begin_detaching": _between("begin_detaching", "in-use", "detaching"),
    "roll_detaching": _between("roll_detaching", "detaching", "in-use"),
    "initialize_connection": _initialize_connection,
    "terminate_connection": _terminate_connection,
    "set_readonly": _set_readonly,
    "reimage": _reimage,
}

#: What each verb needs besides the volume: for C(required_if).
NEEDS: t.Sequence[t.Tuple[t.Any, ...]] = (
    ("action", "extend", ("new_size",)),
    ("action", "reset_status", ("status", "attach_status", "migration_status"), True),
    ("action", "set_image_metadata", ("image_metadata",)),
    ("action", "unset_image_metadata", ("keys",)),
    ("action", "attach", ("instance", "host_name"), True),
    ("action", "attach", ("mountpoint",)),
    ("action", "retype", ("new_type",)),
    ("action", "migrate", ("host", "cluster"), True),
    ("action", "complete_migration", ("new_volume",)),
    ("action", "set_bootable", ("bootable",)),
    ("action", "upload_image", ("image_name",)),
    ("action", "initialize_connection", ("connector",)),
    ("action", "terminate_connection", ("connector",)),
    ("action", "set_readonly", ("readonly",)),
    ("action", "reimage", ("image",)),
)


class VolumeAction(Behaviour):
    """The module volume_action."""

    kind = KIND

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        verb = params["action"]
        scope = {"all_projects": params.get("all_projects")}
        wants = [Want.of(KIND, params["volume"], **scope)]
        if params.get("new_volume"):
            wants.append(Want.of(KIND, params["new_volume"]))
        if verb == "retype":
            wants.append(Want.of("volume_type", params["new_type"]))
        if verb == "reimage":
            wants.append(Want.of("image", params["image"]))
        volume = world.find(KIND, params["volume"], **scope) if world.knows(wants[0]) else None
        if volume is not None and verb in ("revert", "migrate", "unmanage"):
            wants.append(Want.of("volume_snapshot", None, **_its_snapshots(params, volume)))
        if volume is not None and verb == "upload_image" and image_key(params["image_name"]) in volume["marks"]:
            wants.append(Want.of("image", volume["marks"][image_key(params["image_name"])]))
        return wants

    def plan(self, params: Params, world: World) -> Plan:
        verb, word = params["action"], params.get("once")
        check_once(verb, word, BY_ONCE)
        volume = world.find(KIND, params["volume"], all_projects=params.get("all_projects"))
        if volume is None:
            if verb in ENDS_IT:
                return Plan(KIND, None)
            volume = world.need(KIND, params["volume"], all_projects=params.get("all_projects"))
        if word and volume["once"].get(verb) == word:
            return Plan(KIND, volume)
        first, settled = settle(KIND, volume)
        if UNFINISHED.get(volume["status"]) == verb and _is_this(params, volume, world):
            steps = first or VERBS[verb](params, volume, world)  # to go on with it is to do it
        elif verb == "force_delete":
            steps = VERBS[verb](params, settled, world)  # what is to go need not be finished first
        else:
            steps = [*first, *VERBS[verb](params, settled, world)]
        if word and steps:
            steps.append(once_step(KIND, volume, verb, word))
        if params.get("all_projects"):
            steps = [replace(step, scope={**step.scope, "all_projects": True}) for step in steps]
        existing = _uploaded(params, volume, world) if verb == "upload_image" and not steps else None
        return Plan(KIND, volume, steps, {"image_id": existing["id"]} if existing else {})

    def result(self, params: Params, resource: t.Optional[Resource], answers: Params) -> Resource:
        values: Resource = {KIND: shown(resource)}
        if params["action"] == "show_image_metadata" and resource is not None:
            values["image_metadata"] = resource["image_metadata"]
        if "upload_image" in answers:
            values["image_id"] = answers["upload_image"]["image_id"]
        if "initialize_connection" in answers:
            values["connection_info"] = answers["initialize_connection"]
        return values
