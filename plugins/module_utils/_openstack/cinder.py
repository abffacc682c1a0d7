# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Cinder: volumes, snapshots, generic groups and what can be managed."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from urllib.parse import quote

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource, Scope
from ansible_collections.unified.storage.plugins.module_utils._api.marks import split_marks
from ansible_collections.unified.storage.plugins.module_utils._errors import NotFound, Unsupported
from ansible_collections.unified.storage.plugins.module_utils._openstack.pools import capacity
from ansible_collections.unified.storage.plugins.module_utils._openstack.rest import JSON, Rest

#: The newest microversion that the tests run with.
NEWEST = "3.71"
#: Up to so many references are asked for one by one; beyond, one list is cheaper.
FEW = 8

UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\Z", re.IGNORECASE)

Args = t.Mapping[str, t.Any]


@dataclass(frozen=True)
class Action:
    """A verb of POST /volumes/{id}/action (or of a snapshot's or group's).

    name: as the API calls it.
    body: its arguments from the step's.
    since: the microversion it needs, as text or told from the arguments.
    """

    name: str
    body: t.Callable[[Args], t.Any] = lambda args: {}
    since: t.Union[str, t.Callable[[Args], t.Optional[str]], None] = None


def _only(args: Args, **names: str) -> JSON:
    """The arguments that are given, under the API's names."""
    return {theirs: args[ours] for ours, theirs in names.items() if args.get(ours) is not None}


#: Every action of the API reference's page "Volume actions", and where it starts.
VOLUME_ACTIONS: t.Mapping[str, Action] = {
    "extend": Action("os-extend", lambda a: {"new_size": a["new_size"]}, lambda a: "3.42" if a.get("in_use") else None),
    "reset_status": Action(
        "os-reset_status",
        lambda a: _only(a, status="status", attach_status="attach_status", migration_status="migration_status"),
    ),
    "revert": Action("revert", lambda a: {"snapshot_id": a["snapshot_id"]}, "3.40"),
    "set_image_metadata": Action("os-set_image_metadata", lambda a: {"metadata": a["metadata"]}),
    "unset_image_metadata": Action("os-unset_image_metadata", lambda a: {"key": a["key"]}),
    "attach": Action(
        "os-attach",
        lambda a: {
            **_only(a, instance="instance_uuid", host_name="host_name", mode="mode"),
            "mountpoint": a["mountpoint"],
        },
    ),
    "detach": Action("os-detach", lambda a: _only(a, attachment_id="attachment_id")),
    "force_detach": Action("os-force_detach", lambda a: _only(a, attachment_id="attachment_id", connector="connector")),
    "unmanage": Action("os-unmanage"),
    "retype": Action("os-retype", lambda a: {"new_type": a["new_type"], "migration_policy": a["migration_policy"]}),
    "migrate": Action(
        "os-migrate_volume",
        lambda a: {
            **_only(a, host="host", cluster="cluster"),
            "force_host_copy": bool(a.get("force_host_copy")),
            "lock_volume": bool(a.get("lock_volume")),
        },
        lambda a: "3.16" if a.get("cluster") else None,
    ),
    "complete_migration": Action(
        "os-migrate_volume_completion", lambda a: {"new_volume": a["new_volume"], "error": bool(a.get("error"))}
    ),
    "force_delete": Action("os-force_delete"),
    "set_bootable": Action("os-set_bootable", lambda a: {"bootable": a["bootable"]}),
    "upload_image": Action(
        "os-volume_upload_image",
        lambda a: {
            **_only(
                a,
                disk_format="disk_format",
                container_format="container_format",
                visibility="visibility",
                protected="protected",
            ),
            "image_name": a["image_name"],
            "force": bool(a.get("force")),
        },
        lambda a: "3.1" if a.get("visibility") is not None or a.get("protected") is not None else None,
    ),
    "reserve": Action("os-reserve"),
    "unreserve": Action("os-unreserve"),
    "begin_detaching": Action("os-begin_detaching"),
    "roll_detaching": Action("os-roll_detaching"),
    "initialize_connection": Action("os-initialize_connection", lambda a: {"connector": a["connector"]}),
    "terminate_connection": Action("os-terminate_connection", lambda a: {"connector": a["connector"]}),
    "set_readonly": Action("os-update_readonly_flag", lambda a: {"readonly": a["readonly"]}),
    "reimage": Action(
        "os-reimage", lambda a: {"image_id": a["image_id"], "reimage_reserved": bool(a.get("reimage_reserved"))}, "3.68"
    ),
}
SNAPSHOT_ACTIONS: t.Mapping[str, Action] = {"unmanage": Action("os-unmanage")}
GROUP_ACTIONS: t.Mapping[str, Action] = {
    "delete": Action("delete", lambda a: {"delete-volumes": bool(a.get("delete_volumes"))}, "3.13"),
}
GROUP_SNAPSHOT_ACTIONS: t.Mapping[str, Action] = {
    "reset_status": Action("reset_status", lambda a: {"status": a["status"]}, "3.19"),
}
#: What the API has no call for, at any microversion.
NEVER: t.Mapping[t.Tuple[str, str], str] = {
    (
        "group_snapshot",
        "update",
    ): "Cinder gives a group snapshot its name and description when it is made, and never others.",
    ("group_snapshot", "ungroup"): "in Cinder, the snapshots of a group snapshot go with it.",
}
#: Flags of Cinder's own that it shows among a volume's metadata, in place of what a user has put there.
FLAGS = ("readonly", "attached_mode")

#: Arguments of a step that the API calls otherwise.
RENAMED = {"image_id": "imageRef", "reference": "ref"}

#: kind: path, key of one, key of many, microversion
PLACES: t.Mapping[str, t.Tuple[str, str, str, t.Optional[str]]] = {
    "volume": ("volumes", "volume", "volumes", None),
    "volume_snapshot": ("snapshots", "snapshot", "snapshots", None),
    "volume_group": ("groups", "group", "groups", "3.13"),
    "group_snapshot": ("group_snapshots", "group_snapshot", "group_snapshots", "3.14"),
    "volume_type": ("types", "volume_type", "volume_types", None),
    "volume_group_type": ("group_types", "group_type", "group_types", "3.11"),
    "manageable_volume": ("manageable_volumes", "volume", "manageable-volumes", "3.8"),
    "manageable_snapshot": ("manageable_snapshots", "snapshot", "manageable-snapshots", "3.8"),
    "volume_pool": ("scheduler-stats/get_pools", "pool", "pools", None),
}
ACTIONS: t.Mapping[str, t.Mapping[str, Action]] = {
    "volume": VOLUME_ACTIONS,
    "volume_snapshot": SNAPSHOT_ACTIONS,
    "volume_group": GROUP_ACTIONS,
    "group_snapshot": GROUP_SNAPSHOT_ACTIONS,
}


# -- the common shapes
def utc(text: t.Optional[str]) -> t.Optional[str]:
    """The API's time (UTC without saying so, with microseconds) in ISO 8601."""
    return text.split(".")[0].rstrip("Z") + "Z" if text else None


def _volume(raw: JSON) -> Resource:
    rest = dict(raw)

    def take(key: str) -> t.Any:
        return rest.pop(key, None)

    rest.pop("links", None)
    metadata = dict(take("metadata") or {})
    flags = {key: metadata.pop(key, None) for key in FLAGS}
    marks = split_marks(metadata)
    return {
        "id": take("id"),
        "name": take("name") or None,
        "description": take("description"),
        "size": take("size"),
        "status": take("status"),
        "volume_type": take("volume_type"),
        "volume_type_id": take("volume_type_id"),
        "bootable": str(take("bootable")).lower() == "true",
        "readonly": str(flags["readonly"]).lower() == "true",
        "encrypted": take("encrypted"),
        "multiattach": take("multiattach"),
        "availability_zone": take("availability_zone"),
        "metadata": metadata,
        "image_metadata": dict(take("volume_image_metadata") or {}),
        "attachments": [
            {
                "attachment_id": a.get("attachment_id"),
                "server_id": a.get("server_id"),
                "host_name": a.get("host_name"),
                "device": a.get("device"),
                "attached_at": utc(a.get("attached_at")),
            }
            for a in take("attachments") or ()
        ],
        "snapshot_id": take("snapshot_id"),
        "source_volid": take("source_volid"),
        "group_id": take("group_id"),
        "host": take("os-vol-host-attr:host"),
        "cluster_name": take("cluster_name"),
        "migration_status": take("migration_status") or rest.get("os-vol-mig-status-attr:migstat"),
        "replication_status": take("replication_status"),
        "project_id": take("os-vol-tenant-attr:tenant_id"),
        "created_at": utc(take("created_at")),
        "updated_at": utc(take("updated_at")),
        "once": marks.once,
        "managed_from": marks.managed_from,
        "marks": marks.entries,
        "backend_details": rest,
    }


def _snapshot(raw: JSON) -> Resource:
    rest = dict(raw)

    def take(key: str) -> t.Any:
        return rest.pop(key, None)

    metadata = dict(take("metadata") or {})
    marks = split_marks(metadata)
    return {
        "id": take("id"),
        "name": take("name") or None,
        "description": take("description"),
        "size": take("size"),
        "status": take("status"),
        "volume_id": take("volume_id"),
        "metadata": metadata,
        "group_snapshot_id": take("group_snapshot_id"),
        "project_id": take("os-extended-snapshot-attributes:project_id"),
        "created_at": utc(take("created_at")),
        "updated_at": utc(take("updated_at")),
        "managed_from": marks.managed_from,
        "marks": marks.entries,
        "backend_details": rest,
    }


def _group(raw: JSON) -> Resource:
    rest = dict(raw)

    def take(key: str) -> t.Any:
        return rest.pop(key, None)

    return {
        "id": take("id"),
        "name": take("name") or None,
        "description": take("description"),
        "status": take("status"),
        "group_type": take("group_type"),
        "volume_types": list(take("volume_types") or ()),
        "volumes": list(take("volumes") or ()),
        "availability_zone": take("availability_zone"),
        "project_id": take("project_id"),
        "created_at": utc(take("created_at")),
        "backend_details": rest,
    }


def _group_snapshot(raw: JSON) -> Resource:
    """Without its members, which the API does not tell: see Cinder._members()."""
    rest = dict(raw)

    def take(key: str) -> t.Any:
        return rest.pop(key, None)

    return {
        "id": take("id"),
        "name": take("name") or None,
        "description": take("description"),
        "status": take("status") or "creating",
        "created_at": utc(take("created_at")),
        "source": {"kind": "volume_group", "id": take("group_id"), "name": None},
        "members": [],
        "dependents": [],
        "once": {},
        "backend_details": rest,
    }


def _pool(raw: JSON) -> Resource:
    host, _at, place = raw["name"].partition("@")
    backend, _hash, pool = place.partition("#")
    return {
        "id": raw["name"],
        "name": raw["name"],
        "host": host,
        "backend": backend,
        "pool": pool,
        **capacity(raw.get("capabilities"), "thin_provisioning_support"),
    }


def _none_such(kind: str) -> str:
    """What there is none of, in a sentence, and what to use instead."""
    instead = ": use volume_group, or share_group" if kind == "snapshot_group" else ""
    return "%ss%s." % (kind.replace("_", " "), instead)


#: Kinds that are not here are in our words already.
SHAPES: t.Mapping[str, t.Callable[[JSON], Resource]] = {
    "volume": _volume,
    "volume_snapshot": _snapshot,
    "volume_group": _group,
    "group_snapshot": _group_snapshot,
    "volume_pool": _pool,
}


class Cinder:
    """The block storage service behind the contract."""

    kinds = frozenset(PLACES)

    def __init__(self, rest: Rest) -> None:
        self.rest = rest

    # -- observing
    def observe(self, kind: str, refs: t.Optional[t.Collection[str]], scope: Scope) -> t.List[Resource]:
        if kind.startswith("manageable_"):
            return self.query(kind, {**scope, "detail": True})
        if kind == "volume_pool":
            return self.query(kind, {})
        if kind not in PLACES:
            raise Unsupported("The back end openstack has no %s" % _none_such(kind))
        if kind in ("volume_type", "volume_group_type"):
            refs = None
        path, one, _many, since = PLACES[kind]
        self._require(since)
        shape = SHAPES.get(kind, dict)
        everyone = {"all_tenants": "1"} if scope.get("all_projects") else {}
        narrow: t.Dict[str, t.Any] = dict(everyone)
        if scope.get("volume_id"):
            narrow["volume_id"] = scope["volume_id"]
        if kind == "group_snapshot" and scope.get("source_id"):
            narrow["group_id"] = scope["source_id"]
        if kind == "volume_type":
            narrow["is_public"] = "None"
        # A plain list of groups leaves out their members.
        more = {"list_volume": "True"} if kind == "volume_group" and not self.rest.lacks("3.25") else {}
        if refs is None or len(refs) > FEW:
            found = [shape(raw) for raw in self._list(kind, {**narrow, **more})]
            known = {resource["id"] for resource in found}
            missing = [ref for ref in refs or () if UUID.match(ref) and ref not in known]
        else:
            found, missing = [], list(refs)
        for ref in missing:
            if UUID.match(ref):
                body = self.rest.get(
                    "%s/%s" % (path, quote(ref, safe="")), more, "reading %s %s" % (one, ref), missing=True
                )
                if body:
                    found.append(shape(body[one]))
                    continue
                if refs is None or len(refs) > FEW or scope.get("by_id"):
                    continue
            found.extend(shape(raw) for raw in self._list(kind, {**narrow, **more, "name": ref}))
        if kind == "group_snapshot":
            self._members(found, everyone)
        return found

    def _members(self, groups: t.Sequence[Resource], everyone: t.Mapping[str, str]) -> None:
        """Give group snapshots their members: one list for all, none while nothing is at rest."""
        settled = {group["id"]: group for group in groups if group["status"] not in ("creating", "deleting")}
        marks: t.Dict[str, t.List[t.Dict[str, str]]] = {}
        for raw in self._list("volume_snapshot", everyone) if settled else ():
            snapshot = _snapshot(raw)
            group = settled.get(snapshot["group_snapshot_id"])
            if group is None:
                continue
            group["members"].append(
                {
                    "snapshot_id": snapshot["id"],
                    "name": snapshot["name"],
                    "volume_id": snapshot["volume_id"],
                    "share_id": None,
                    "size": snapshot["size"],
                    "status": snapshot["status"],
                    "deleted": False,
                }
            )
            marks.setdefault(group["id"], []).append(split_marks(dict(snapshot["marks"])).once)
        for ident, noted in marks.items():
            settled[ident]["members"].sort(key=lambda member: str(member["volume_id"]))
            # Done with a word is what is noted on every member: a run may have been killed between them.
            settled[ident]["once"] = {
                verb: [word] for verb, word in noted[0].items() if all(other.get(verb) == word for other in noted)
            }

    def _list(self, kind: str, params: t.Mapping[str, t.Any], limit: t.Optional[int] = None) -> t.List[JSON]:
        path, _one, many, _since = PLACES[kind]
        detail = "" if kind in ("volume_type", "volume_group_type") else "/detail"
        return self.rest.pages(path + detail, many, params, limit, "listing %s" % many.replace("_", " "))

    def query(self, kind: str, query: t.Mapping[str, t.Any]) -> t.List[Resource]:
        path, _one, many, since = PLACES[kind]
        self._require(since)
        params: t.Dict[str, t.Any] = dict(query.get("filters") or {})
        for name in ("host", "cluster", "sort", "marker", "offset"):
            if query.get(name) is not None:
                params[name] = query[name]
        if query.get("cluster"):
            self._require("3.17")
        if query.get("all_projects"):
            params["all_tenants"] = "1"
        limit = query.get("limit")
        shape = SHAPES.get(kind, dict)
        if kind == "volume_pool":  # neither pages nor sorting
            body = self.rest.get(path, {"detail": "true"}, "listing pools")
            return [shape(raw) for raw in body[many]]
        if kind.startswith("manageable_"):
            detail = "/detail" if query.get("detail", True) else ""
            return [shape(raw) for raw in self._manageable_pages(path + detail, many, params, limit)]
        if kind == "volume_group" and not self.rest.lacks("3.25"):
            params["list_volume"] = "True"
        return [shape(raw) for raw in self._list(kind, params, limit)]

    def _manageable_pages(
        self, path: str, key: str, params: t.Dict[str, t.Any], limit: t.Optional[int]
    ) -> t.List[JSON]:
        """All pages of what a back end could give: these lists have no links, so the offset counts on."""
        found: t.List[JSON] = []
        offset = int(params.pop("offset", 0) or 0)
        while True:
            size = min(1000, limit - len(found)) if limit else 1000
            body = self.rest.get(
                path, {**params, "limit": size, "offset": offset + len(found)}, "listing %s" % key.replace("-", " ")
            )
            found.extend(body[key])
            if self.rest.is_last(key, body[key], size) or (limit and len(found) >= limit):
                return found

    def _require(self, since: t.Optional[str]) -> None:
        lacking = self.rest.lacks(since) if since else None
        if lacking:
            raise Unsupported("This is not possible on this cloud: " + lacking, reason=lacking)

    def explain(self, resource: Resource, since: t.Optional[str]) -> t.Optional[str]:
        """What the Messages API says of a resource, the newest of this step."""
        if self.rest.lacks("3.5"):
            return None
        body = self.rest.get(
            "messages", {"resource_uuid": resource["id"], "sort": "created_at:desc"}, "reading messages"
        )
        said = [m for m in body.get("messages", ()) if not since or (utc(m.get("created_at")) or "") >= since]
        said.sort(key=lambda m: m.get("created_at") or "", reverse=True)
        return said[0].get("user_message") if said else None

    # -- performing
    def why_not(self, kind: str, verb: str, args: Args) -> t.Optional[str]:
        if kind not in PLACES:
            return "the back end openstack has no %s" % _none_such(kind)
        if kind == "volume" and verb in ("create", "manage", "merge_metadata", "replace_metadata"):
            flags = sorted(set(FLAGS) & set(args.get("metadata") or ()))
            if flags:
                return "Cinder shows flags of its own in place of metadata called %s. Use another key%s." % (
                    " and ".join(flags),
                    ", or the option readonly" if "readonly" in flags else "",
                )
        if (kind, verb) in NEVER:
            return NEVER[kind, verb]
        name = args.get("name")
        if verb in ("create", "manage", "update") and isinstance(name, str) and name != name.strip():
            return "Cinder drops the blanks around a name, so that it would not be found by it again. Leave them out."
        action = ACTIONS.get(kind, {}).get(verb)
        since: t.Union[str, t.Callable[[Args], t.Optional[str]], None] = PLACES[kind][3]
        if action is not None:
            since = action.since or since
        elif verb == "manage":
            since = "3.16" if args.get("cluster") else "3.8"
        elif (kind, verb) == ("volume", "delete") and args.get("force"):
            since = "3.23"
        elif (kind, verb) == ("volume", "create") and args.get("group_id"):
            since = "3.13"
        needed = since(args) if callable(since) else since
        return self.rest.lacks(needed) if needed else None

    def perform(self, kind: str, verb: str, ident: t.Optional[str], args: Args) -> t.Optional[Resource]:
        path, one, _many, _since = PLACES[kind]
        what = "%s of %s %s" % (verb, kind.replace("_", " "), ident or args.get("name") or "")
        where = "%s/%s" % (path, quote(ident, safe="")) if ident else path
        action = ACTIONS.get(kind, {}).get(verb)
        if action is not None:
            body = {action.name: action.body(args)}
            try:
                return self.rest.send("POST", where + "/action", what, body) or None
            except NotFound:
                if verb in ("force_delete", "unmanage"):
                    return None  # gone already, by somebody else's hand
                raise
        if verb in ("create", "manage"):
            target = "manageable_%ss" % one if verb == "manage" else path
            answer = self.rest.send("POST", target, what, self._creation(kind, one, verb, args))
            return SHAPES[kind](answer[one])
        if verb == "delete":
            options = {name: "true" for name in ("cascade", "force") if args.get(name)}
            try:
                self.rest.send("DELETE", where, what, params=options)
            except NotFound:
                pass
            return None
        if verb == "update":
            self.rest.send("PUT", where, what, {one: dict(args)})
        elif verb == "merge_metadata":
            self.rest.send("POST", where + "/metadata", what, {"metadata": args["metadata"]})
        elif verb == "replace_metadata":
            self.rest.send("PUT", where + "/metadata", what, {"metadata": args["metadata"]})
        else:
            raise Unsupported("The back end openstack cannot %s a %s." % (verb, kind))
        return None

    def _creation(self, kind: str, one: str, verb: str, args: Args) -> JSON:
        body: JSON = {RENAMED.get(k, k): v for k, v in args.items() if k != "scheduler_hints" and v is not None}
        if kind == "volume_snapshot" and verb == "create" and self.rest.lacks("3.66"):
            body["force"] = True  # from 3.66 on, volumes in use need no force
        whole: JSON = {one: body}
        if args.get("scheduler_hints"):
            whole["OS-SCH-HNT:scheduler_hints"] = args["scheduler_hints"]
        return whole
