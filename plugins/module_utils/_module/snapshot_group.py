# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""snapshot_group: snapshots of one moment of several disks or shares: made, rotated, reverted. Pure.

The same for all back ends. What differs between the four kinds of source is
said once, in SOURCES.
"""

from __future__ import annotations

import calendar
import re
import time
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend, Resource
from ansible_collections.unified.storage.plugins.module_utils._api.marks import once
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Claim, Plan, Seen, Step, Until
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Behaviour, Query, shown
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe, label, observe
from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Ambiguous,
    Conflict,
    Failed,
    Invalid,
    NotFound,
    Unsupported,
)
from ansible_collections.unified.storage.plugins.module_utils._module.common import (
    Params,
    check_alive,
    check_status,
    check_word,
    is_error,
    reference,
    text_steps,
    until,
    wait_for,
)

KIND = "snapshot_group"


@dataclass(frozen=True)
class Source:
    """What a group is of.

    option: where the task names it, which is also the kind of a group's source.
    kind: the kind of what is named there.
    group: the kind of the groups of it.
    argument: how the step that makes one calls it.
    scope: what narrows a search to the groups of it.
    """

    option: str
    kind: str
    group: str
    argument: str
    scope: str = "source_id"


SOURCES = (
    Source("root_volume", "root_volume", "snapshot_group", "root_volume_id"),
    Source("volume_group", "volume_group", "group_snapshot", "group_id"),
    Source("share_group", "share_group", "share_group_snapshot", "share_group_id", "share_group_id"),
    Source("volumes", "volume", "snapshot_group", "volume_ids"),
)
OPTIONS = tuple(source.option for source in SOURCES)
#: What only a virtual machine's group knows.
OF_A_MACHINE = ("resource_uuid", "with_memory", "tags", "system_tags", "user_tags", "delete_mode", "delete_scope")
LONGEST = 255
AGE = re.compile(r"(\d+)\s*([smhdw])\Z")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
HEX = re.compile(r"[0-9a-f]{32}\Z")


def source_of(params: Params) -> Source:
    return next(source for source in SOURCES if params.get(source.option))


def as_group(resource: Resource) -> Resource:
    """Any kind of group in the one dictionary."""
    if "share_group_id" not in resource:
        return resource
    members = [
        {
            "snapshot_id": member.get("id"),
            "name": None,
            "volume_id": None,
            "share_id": member.get("share_id"),
            "size": member.get("size"),
            "status": member.get("status"),
            "deleted": False,
        }
        for member in resource.get("members") or ()
    ]
    taken = ("share_group_id", "members", "project_id", "backend_details")
    details = {**(resource.get("backend_details") or {}), "project_id": resource.get("project_id")}
    return {
        **{name: value for name, value in resource.items() if name not in taken},
        "source": {"kind": "share_group", "id": resource["share_group_id"], "name": None},
        "members": members,
        "dependents": [],
        "once": {},
        "backend_details": details,
    }


def age(text: str) -> int:
    """C(36h) in seconds."""
    match = AGE.match(text)
    if not match:
        raise Invalid("keep_newer_than must be a number and one of s, m, h, d, w, such as 36h; it is %s." % text)
    return int(match.group(1)) * UNITS[match.group(2)]


def beyond(
    groups: t.Sequence[Resource], mine: t.Optional[str], keep: int, spared_since: t.Optional[float]
) -> t.List[Resource]:
    """The groups to be removed so that the newest C(keep) remain, oldest first.

    mine: the id of the one that the task is about, which is never removed; None
        while it is still to be made, and so will be the newest.
    spared_since: those made since then (seconds since 1970) are left alone.
    One in error counts for nothing, but goes when it is older than what stays.
    """
    there = [group for group in groups if group["status"] != "deleting"]
    unknown = [group for group in there if not group["created_at"]]
    if unknown:
        raise Failed(
            "keep cannot tell which groups are the oldest: when %s was made is not known."
            % ", ".join(label(group) for group in unknown[:5]),
            resource=reference(KIND, unknown[0]),
        )
    stay = 0 if mine else 1
    gone = []
    for group in sorted(there, key=lambda g: (g["created_at"], g["id"]), reverse=True):
        made = calendar.timegm(time.strptime(group["created_at"], "%Y-%m-%dT%H:%M:%SZ"))
        if stay < keep:
            stay += not is_error(group["status"])
        elif group["id"] != mine and (spared_since is None or made < spared_since):
            gone.append(group)
    return gone[::-1]


def until_removed() -> Until:
    """Over when the group is gone."""

    def failed(seen: Seen) -> t.Optional[str]:
        if seen is not None and (is_error(seen["status"]) or seen["status"] == "available"):
            return "its status is %s" % seen["status"]
        return None

    return Until(lambda seen: seen is None, failed)


class SnapshotGroup(Behaviour):
    """The module snapshot_group. A name counts among the groups of its source."""

    kind = KIND

    def __init__(self, clock: t.Callable[[], float] = time.time) -> None:
        self._clock = clock

    # -- what must be known
    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        source = source_of(params)
        refs = params[source.option] if source.option == "volumes" else [params[source.option]]
        wants = [Want.of(source.kind, ref) for ref in refs]
        if not all(world.knows(want) for want in wants):
            return wants
        subject = self._source(params, world)
        if subject is None:
            return wants
        wants.append(Want.of(source.group, None, **{source.scope: subject["id"]}))
        if params["state"] == "reverted" and world.knows(wants[-1]):
            group = self._find(params, subject, world)
            if group is not None and source.group == "snapshot_group":
                wants.append(Want.of("snapshot_group_availability", group["id"]))
            elif group is not None and source.group == "group_snapshot":
                for member in group["members"]:
                    wants.append(Want.of("volume", member["volume_id"]))
                    wants.append(Want.of("volume_snapshot", None, volume_id=member["volume_id"]))
        return wants

    def _source(self, params: Params, world: World) -> t.Optional[Resource]:
        """What the group is of: id (None for a set of volumes) and name. None where a part of it is not there."""
        source = source_of(params)
        if source.option != "volumes":
            return world.find(source.kind, params[source.option])
        volumes = [world.find("volume", ref) for ref in params["volumes"]]
        found = {volume["id"]: volume for volume in volumes if volume is not None}
        return {"id": None, "name": None, "volumes": found} if len(found) == len(set(params["volumes"])) else None

    def _groups(self, params: Params, subject: Resource, world: World) -> t.List[Resource]:
        """All groups of the source."""
        source = source_of(params)
        groups = [as_group(resource) for resource in world.all(source.group, **{source.scope: subject["id"]})]
        if source.option == "volumes":
            wanted = set(subject["volumes"])
            return [group for group in groups if {m["volume_id"] for m in group["members"]} == wanted]
        return [group for group in groups if group["source"]["id"] == subject["id"]]

    def _find(self, params: Params, subject: Resource, world: World) -> t.Optional[Resource]:
        """The group that the task means; where it has been renamed already, by its new name."""
        groups = self._groups(params, subject, world)
        found = self._named(params, groups, params["name"], params.get("resource_uuid"))
        new = params.get("new_name")
        if not new or params["state"] == "absent":
            return found
        renamed = self._named(params, groups, new, None)
        if found is not None and renamed is not None and found["id"] != renamed["id"]:
            raise Conflict(
                "%s cannot be renamed to %s: %s bears that name." % (describe(KIND, found, None), new, renamed["id"]),
                resource=reference(KIND, found),
            )
        return found or renamed

    @staticmethod
    def _named(params: Params, groups: t.Sequence[Resource], name: str, ident: t.Optional[str]) -> t.Optional[Resource]:
        by_id = [group for group in groups if group["id"] in (name, ident)]
        if by_id:
            return by_id[0]
        named = [group for group in groups if group["name"] == name]
        if len(named) > 1:
            named = [group for group in named if group["status"] != "deleting"] or named[:1]
        if len(named) > 1:
            listed = ["%s (made %s)" % (g["id"], g["created_at"]) for g in sorted(named, key=lambda g: g["id"])]
            raise Ambiguous(
                "The name %s matches %d snapshot groups of %s %s: %s. Give the id."
                % (name, len(named), _words(params), params[source_of(params).option], ", ".join(listed)),
                resource={"kind": KIND, "name": name},
            )
        return named[0] if named else None

    # -- the plan
    def plan(self, params: Params, world: World) -> Plan:
        source = source_of(params)
        self._check(params, source)
        subject = self._source(params, world)
        if subject is None:
            if params["state"] == "absent":
                return Plan(source.group, None)
            subject = self._need_source(params, source, world)
        group = self._find(params, subject, world)
        if params["state"] == "absent":
            return self._absent(params, source, group)
        if params["state"] == "reverted":
            return self._reverted(params, source, subject, group, world)
        gone = self._rotation(params, source, subject, group, world)
        claims: t.List[Claim] = []
        if params.get("keep") is not None:
            # Two that keep the newest of one prefix would each count without the other's.
            claims = [(source.group, subject["id"] or frozenset(subject["volumes"]), params["keep_prefix"])]
        if group is None:
            return replace(self._create(params, source, subject, gone), claims=claims)
        steps: t.List[Step] = []
        reset = params.get("reset_status")
        if reset and group["status"] != reset:
            steps.append(self._reset(source, group, reset))
        elif group["status"] == "creating":
            steps.append(wait_for(source.group, group, until("available")))
        else:
            check_alive(source.group, group)
            self._check_whole(source, group)
        for step in text_steps(source.group, group, params, {"new_name": "name", "description": "description"}):
            steps.append(replace(step, until=_until_equal(step.args)))
        return Plan(source.group, group, [*steps, *gone], claims=claims)

    def _check(self, params: Params, source: Source) -> None:
        """Raises Invalid for options that do not go together."""
        for option in ("name", "new_name"):
            if len(params.get(option) or "") > LONGEST:
                raise Invalid("%s is longer than the %d characters that the services allow." % (option, LONGEST))
        given = [name for name in OF_A_MACHINE if params.get(name)]
        if given and source.option != "root_volume":
            raise Invalid("%s is for a root_volume, and this group is of a %s." % (given[0], _words(params)))
        if params.get("once") and params["state"] != "reverted":
            raise Invalid("once is for state=reverted: the other states compare what is with what is wanted.")
        check_word(params.get("once"))
        if params.get("keep_snapshots") and params["state"] != "absent":
            raise Invalid("keep_snapshots is for state=absent.")
        if params.get("resource_uuid") and not HEX.match(params["resource_uuid"]):
            raise Invalid("resource_uuid must be 32 hexadecimal digits in lower case.")
        if params.get("keep") is None:
            if params.get("keep_newer_than") or params.get("keep_prefix"):
                raise Invalid("keep_newer_than and keep_prefix belong to keep, which is missing.")
            return
        name, prefix = params.get("new_name") or params["name"], params.get("keep_prefix")
        if params["state"] != "present":
            raise Invalid("keep is for state=present.")
        if params["keep"] < 1:
            raise Invalid("keep must be 1 or more.")
        if not prefix or not name.startswith(prefix):
            raise Invalid("keep needs keep_prefix, with which the name %s begins: only such groups are removed." % name)
        if params.get("delete_scope") == "chain":
            raise Invalid("delete_scope=chain would remove what keep keeps: use single.")

    @staticmethod
    def _need_source(params: Params, source: Source, world: World) -> Resource:
        for ref in params["volumes"] if source.option == "volumes" else [params[source.option]]:
            world.need(source.kind, ref)
        raise AssertionError("it is there")

    def _create(self, params: Params, source: Source, subject: Resource, gone: t.Sequence[Step]) -> Plan:
        name = params.get("new_name") or params["name"]
        where = subject["id"]
        args: t.Dict[str, t.Any] = {"name": name, source.argument: where or sorted(subject["volumes"])}
        for option in ("description", *OF_A_MACHINE[:5]):
            if params.get(option):
                args[option] = params[option]
        after = {
            "name": name,
            "description": params.get("description"),
            "source": {"kind": source.option, "id": where, "name": subject.get("name")},
        }
        members = set(subject["volumes"]) if source.option == "volumes" else set()

        def mine(seen: Resource) -> bool:
            group = as_group(seen)
            if group["name"] != name:
                return False
            if source.option == "volumes":
                return {member["volume_id"] for member in group["members"]} == members
            return bool(group["source"]["id"] == where)

        step = Step(
            source.group,
            "create",
            "%s of %s" % (describe(KIND, None, name), _target(params, source, subject)),
            "it does not exist",
            args,
            {"state": ("absent", "present"), **{k: (None, v) for k, v in after.items() if v is not None}},
            until=until("available"),
            makes=True,
            mine=mine,
            # What has the id of a failed one on ZStack is another's, or nothing: better left alone.
            undo=None if source.option == "root_volume" else _undo,
        )
        return Plan(source.group, None, [step, *gone])

    @staticmethod
    def _check_whole(source: Source, group: Resource) -> None:
        """Raises where a group has lost members: it is not what was asked for any more."""
        lost = [member for member in group["members"] if member["deleted"]]
        if lost:
            raise Failed(
                "%s is not whole any more: %s of its %d snapshots are deleted (%s). Remove it and run again."
                % (
                    describe(KIND, group, None),
                    len(lost),
                    len(group["members"]),
                    ", ".join(str(member["name"] or member["snapshot_id"]) for member in lost[:5]),
                ),
                resource=reference(KIND, group),
            )

    @staticmethod
    def _reset(source: Source, group: Resource, status: str) -> Step:
        return Step(
            source.group,
            "reset_status",
            describe(KIND, group, None),
            "its status is %s, not %s" % (group["status"], status),
            {"status": status},
            {"status": (group["status"], status)},
            risk="reset_status",
        )

    # -- removing
    def _absent(self, params: Params, source: Source, group: t.Optional[Resource]) -> Plan:
        if group is None:
            return Plan(source.group, None)
        if group["status"] == "deleting":
            return Plan(source.group, group, [wait_for(source.group, group, until_removed())])
        # What a killed run has begun to make can go as well as be finished.
        stuck = ("creating",) if group.get("unfinished") else ()
        check_status(source.group, "delete", group, ("available", "error", "error_deleting", *stuck))
        if params.get("keep_snapshots"):
            step = Step(
                source.group,
                "ungroup",
                describe(KIND, group, None),
                "it exists, and its snapshots are to stay",
                {},
                {"state": ("present", "absent")},
                until=until_removed(),
            )
            return Plan(source.group, group, [step])
        self._check_dependents(params, [group])
        step = self._removal(params, source, group, "it exists", {"state": ("present", "absent")})
        return Plan(source.group, group, [replace(step, ident=None)])

    @staticmethod
    def _removal(params: Params, source: Source, group: Resource, reason: str, changes: t.Mapping[str, t.Any]) -> Step:
        args = {name: params[name] for name in ("delete_mode", "delete_scope") if params.get(name)}
        takes_along = args.get("delete_scope") == "chain" and group["dependents"]
        return Step(
            source.group,
            "delete",
            describe(KIND, group, None),
            reason,
            args,
            changes,
            risk="delete_scope=chain" if takes_along else None,
            until=until_removed(),
            ident=group["id"],
            before=group,
        )

    @staticmethod
    def _check_dependents(params: Params, removed: t.Sequence[Resource]) -> None:
        """Raises where later groups would go along, and the task does not say what is to become of them."""
        if params.get("delete_scope"):
            return
        ids = {group["id"] for group in removed}
        for group in removed:
            others = [ident for ident in group["dependents"] if ident not in ids]
            if others:
                raise Conflict(
                    "%s cannot be removed by itself: the snapshots of %d later groups build on it (%s). "
                    "Set delete_scope: single keeps them, on a server that knows that parameter; "
                    "chain deletes them with it." % (describe(KIND, group, None), len(others), ", ".join(others[:5])),
                    resource=reference(KIND, group),
                )

    def _rotation(
        self, params: Params, source: Source, subject: Resource, group: t.Optional[Resource], world: World
    ) -> t.List[Step]:
        """The steps that remove what is beyond C(keep)."""
        if params.get("keep") is None:
            return []
        prefix, newer = params["keep_prefix"], params.get("keep_newer_than")
        alike = [g for g in self._groups(params, subject, world) if (g["name"] or "").startswith(prefix)]
        spared_since = self._clock() - age(newer) if newer else None
        gone = beyond(alike, group["id"] if group else None, params["keep"], spared_since)
        if gone:
            self._check_dependents(params, gone)
        steps: t.List[Step] = []
        left = sorted(label(g) for g in alike)
        for one in gone:
            after = [name for name in left if name != label(one)]
            reason = "%d newer ones of the prefix %s are kept" % (params["keep"], prefix)
            steps.append(self._removal(params, source, one, reason, {"groups": (left, after)}))
            left = after
        return steps

    # -- reverting
    def _reverted(
        self, params: Params, source: Source, subject: Resource, group: t.Optional[Resource], world: World
    ) -> Plan:
        if group is None:
            raise NotFound(
                "There is no snapshot group with the name or id %s of %s."
                % (params["name"], _target(params, source, subject)),
                resource={"kind": KIND, "name": params["name"]},
            )
        word = params.get("once")
        if word and word in group["once"].get("revert", ()):
            return Plan(source.group, group)
        target = describe(KIND, group, None)
        if source.group == "share_group_snapshot":
            raise Unsupported(
                "%s cannot be reverted: Manila has no such call for the members of a share group snapshot. "
                "Make a new share group from it, with share_group and its source_share_group_snapshot." % target,
                resource=reference(KIND, group),
            )
        over = until("available")
        if group["status"] == "reverting":
            return Plan(source.group, group, [wait_for(source.group, group, over)])
        check_status(source.group, "revert", group, ("available",))
        changes: t.Dict[str, t.Any] = {"reverted_to": (None, group["id"])}
        marked = {"once": (group["once"], {**group["once"], "revert": [*group["once"].get("revert", ()), word]})}
        why = "to know that it was done once for %s" % word
        if source.group == "group_snapshot":
            steps = self._revert_members(subject, group, world)
            steps[0] = replace(steps[0], changes=changes)
            if word:
                for number, member in enumerate(group["members"]):
                    steps.append(
                        Step(
                            "volume_snapshot",
                            "merge_metadata",
                            "volume snapshot %s" % member["snapshot_id"],
                            why,
                            {"metadata": once("revert", word)},
                            marked if number == 0 else {},
                            ident=member["snapshot_id"],
                        )
                    )
            return Plan(source.group, group, steps)
        self._check_revertible(subject, group, world)
        if source.option == "volumes":
            steps = self._revert_each(group, world)
            steps[0] = replace(steps[0], changes=changes)
        else:
            reason = "the content of its %d snapshots is asked for" % len(group["members"])
            steps = [Step(source.group, "revert", target, reason, {}, changes, risk="state=reverted", until=over)]
        if word:
            noted = until("available", also=lambda seen: word in seen["once"].get("revert", ()))
            args = {"verb": "revert", "word": word}
            steps.append(Step(source.group, "mark", target, why, args, marked, until=noted))
        return Plan(source.group, group, steps)

    @staticmethod
    def _check_revertible(subject: Resource, group: Resource, world: World) -> None:
        """Raises Conflict, with the service's reason, where the group cannot be reverted as a whole."""
        seen = world.find("snapshot_group_availability", group["id"])
        reason = None
        if seen is not None and not seen["available"]:
            reason = seen["reason"] or "the service gives no reason"
        elif subject.get("vm_state") not in (None, "Stopped"):
            reason = "virtual machine %s is %s: stop it first" % (subject["vm_name"], subject["vm_state"])
        if reason:
            raise Conflict(
                "%s cannot be reverted as a whole: %s" % (describe(KIND, group, None), reason),
                resource=reference(KIND, group),
                reason=reason,
            )

    @staticmethod
    def _revert_members(subject: Resource, group: Resource, world: World) -> t.List[Step]:
        """Cinder reverts volumes one by one: a step for each, none where one of them cannot be."""

        def refuse(reason: str) -> Conflict:
            return Conflict(
                "%s cannot be reverted as a whole: %s." % (describe(KIND, group, None), reason),
                resource=reference(KIND, group),
                reason=reason,
            )

        ids = {member["volume_id"] for member in group["members"]}
        if not ids:
            raise refuse("it has no members")
        joined = [ident for ident in subject["volumes"] if ident not in ids]
        left = [ident for ident in ids if ident not in subject["volumes"]]
        if joined:
            raise refuse("volume %s has joined the volume group since; take it out first" % ", ".join(sorted(joined)))
        if left:
            raise refuse("volume %s has left the volume group since" % ", ".join(sorted(left)))
        steps: t.List[Step] = []
        for member in group["members"]:
            volume = world.find("volume", member["volume_id"])
            if volume is None:
                raise refuse("volume %s is gone" % member["volume_id"])
            snapshots = {s["id"]: s for s in world.all("volume_snapshot", volume_id=volume["id"])}
            wanted = snapshots.get(member["snapshot_id"])
            newest = max(snapshots.values(), key=lambda s: s["created_at"] or "", default=None)
            if wanted is None or newest is None:
                raise refuse("snapshot %s of %s is gone" % (member["snapshot_id"], describe("volume", volume, None)))
            # Snapshots of one second cannot be told apart by age: then the service judges.
            if newest["created_at"] != wanted["created_at"]:
                raise refuse(
                    "%s has a newer snapshot, %s, and can only be reverted to its newest"
                    % (describe("volume", volume, None), label(newest))
                )
            if volume["status"] != "available":
                raise refuse("%s is %s, and must be available" % (describe("volume", volume, None), volume["status"]))
            if wanted["status"] != "available":
                raise refuse("its snapshot %s is %s" % (label(wanted), wanted["status"]))
            if wanted["size"] != volume["size"]:
                raise refuse(
                    "%s has %s GiB and its snapshot %s GiB: it was extended since"
                    % (describe("volume", volume, None), volume["size"], wanted["size"])
                )
            steps.append(_revert_volume(group, volume, wanted["id"]))
        return steps

    @staticmethod
    def _revert_each(group: Resource, world: World) -> t.List[Step]:
        """A host reverts volumes one by one too, and says itself whether all of them can be."""
        steps: t.List[Step] = []
        for member in group["members"]:
            volume = world.need("volume", member["volume_id"])
            if volume.get("unfinished"):
                steps.append(replace(wait_for("volume", volume, until("available")), ident=volume["id"]))
            steps.append(_revert_volume(group, volume, member["snapshot_id"]))
        return steps

    def result(self, params: Params, resource: t.Optional[Resource], answers: Params) -> Resource:
        return {KIND: shown(as_group(resource)) if resource else resource}


class Groups(Query):
    """The groups of one source, or all there are, the newest first."""

    result = "snapshot_groups"

    def ask(self, params: Params, backend: Backend) -> t.List[Resource]:
        of_one = any(params.get(option) for option in OPTIONS)
        groups = self._of_source(params, backend) if of_one else self._everything(params, backend)
        if params.get("name"):
            groups = [group for group in groups if params["name"] in (group["id"], group["name"])]
        if params.get("name_prefix"):
            groups = [group for group in groups if (group["name"] or "").startswith(params["name_prefix"])]
        return sorted(groups, key=lambda group: (group["created_at"] or "", group["id"]), reverse=True)

    @staticmethod
    def _of_source(params: Params, backend: Backend) -> t.List[Resource]:
        behaviour, world = SnapshotGroup(), World()
        task = {**params, "state": "present"}
        while observe(backend, world, behaviour.wants(task, world)):
            pass
        subject = behaviour._source(task, world)
        return behaviour._groups(task, subject, world) if subject is not None else []

    @staticmethod
    def _everything(params: Params, backend: Backend) -> t.List[Resource]:
        """The groups of every kind that the back end has: a cloud may be without Manila."""
        found: t.List[Resource] = []
        lacking: t.List[Unsupported] = []
        kinds = sorted({source.group for source in SOURCES})
        scope = {"all_projects": True} if params.get("all_projects") else {}
        for kind in kinds:
            try:
                found.extend(as_group(resource) for resource in backend.observe(kind, None, scope))
            except Unsupported as exc:
                lacking.append(exc)
        if len(lacking) == len(kinds):
            raise lacking[0]
        return found


def _revert_volume(group: Resource, volume: Resource, snapshot: str) -> Step:
    return Step(
        "volume",
        "revert",
        describe("volume", volume, None),
        "the content of %s is asked for" % describe(KIND, group, None),
        {"snapshot_id": snapshot},
        risk="state=reverted",
        until=until("available"),
        ident=volume["id"],
        before=volume,
    )


def _undo(seen: Seen) -> t.Optional[str]:
    return "delete" if seen is not None and seen["status"] == "error" else None


def _words(params: Params) -> str:
    return source_of(params).option.replace("_", " ")


def _target(params: Params, source: Source, subject: Resource) -> str:
    """The source in a sentence."""
    if source.option == "volumes":
        return "volumes %s" % ", ".join(label(volume) for volume in subject["volumes"].values())
    return describe(source.option, subject, None)


def _until_equal(wanted: t.Mapping[str, t.Any]) -> Until:
    """Over when the group has these values."""
    return until("available", also=lambda seen: all((seen.get(k) or "") == v for k, v in wanted.items()))
