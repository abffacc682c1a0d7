# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Manila: shares, access rules, locks, snapshots, groups, networks and what operators ask for."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from urllib.parse import quote

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource, Scope
from ansible_collections.unified.storage.plugins.module_utils._api.marks import BRIDGE, split_marks
from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Invalid,
    Locked,
    NotFound,
    Quota,
    StorageError,
    Unsupported,
)
from ansible_collections.unified.storage.plugins.module_utils._openstack.cinder import FEW, UUID, Action, Args, utc
from ansible_collections.unified.storage.plugins.module_utils._openstack.pools import capacity
from ansible_collections.unified.storage.plugins.module_utils._openstack.rest import JSON, Rest

#: The newest microversion that the tests run with.
NEWEST = "2.99"
#: Below it actions have other names, and rules cannot be listed by one who may not change them.
OLDEST = "2.45"


@dataclass(frozen=True)
class Place:
    """Where a kind lives.

    path: of the collection. C({share_network_id}) and such come from the scope or the arguments.
    one, many: the keys of one resource and of a list of them.
    since: the microversion that the kind needs.
    every: the filter that shows all projects; empty where there is none.
    named: the service filters by name.
    paged: the service pages the list, by limit and offset.
    sorts: the service sorts what it pages.
    detail: what is appended to list with all fields.
    single: one can be read by its id.
    unfiltered: fields that the service lists regardless of, so that they are compared here.
    """

    path: str
    one: str
    many: str
    since: str = OLDEST
    every: str = "all_tenants"
    named: bool = True
    paged: bool = True
    sorts: bool = True
    detail: str = "/detail"
    single: bool = True
    unfiltered: t.Tuple[str, ...] = ()


DISPLAY = {"name": "display_name", "description": "display_description"}

PLACES: t.Mapping[str, Place] = {
    "share": Place("shares", "share", "shares"),
    "share_access_rule": Place(
        "share-access-rules", "access", "access_list", every="", named=False, paged=False, detail=""
    ),
    "share_export_location": Place(
        "shares/{share_id}/export_locations",
        "export_location",
        "export_locations",
        every="",
        named=False,
        paged=False,
        detail="",
    ),
    "resource_lock": Place(
        "resource-locks", "resource_lock", "resource_locks", "2.81", "all_projects", named=False, detail=""
    ),
    "share_snapshot": Place("snapshots", "snapshot", "snapshots"),
    "share_snapshot_instance": Place(
        "snapshot-instances",
        "snapshot_instance",
        "snapshot_instances",
        every="",
        named=False,
        paged=False,
        unfiltered=("status",),
    ),
    "share_group": Place("share-groups", "share_group", "share_groups", "2.55"),
    "share_group_snapshot": Place("share-group-snapshots", "share_group_snapshot", "share_group_snapshots", "2.55"),
    # A sort key would be taken for a filter that nothing passes.
    "share_network": Place("share-networks", "share_network", "share_networks", sorts=False),
    "share_network_subnet": Place(
        "share-networks/{share_network_id}/subnets",
        "share_network_subnet",
        "share_network_subnets",
        "2.51",
        every="",
        named=False,
        paged=False,
        detail="",
    ),
    "share_instance": Place(
        "share_instances",
        "share_instance",
        "share_instances",
        every="",
        named=False,
        paged=False,
        detail="",
        unfiltered=("status", "host", "share_server_id"),
    ),
    "share_instance_export_location": Place(
        "share_instances/{share_instance_id}/export_locations",
        "export_location",
        "export_locations",
        every="",
        named=False,
        paged=False,
        detail="",
    ),
    "share_pool": Place("scheduler-stats/pools", "pool", "pools", every="", named=False, paged=False, single=False),
    "share_availability_zone": Place(
        "availability-zones",
        "availability_zone",
        "availability_zones",
        every="",
        named=False,
        paged=False,
        detail="",
        single=False,
    ),
    "share_message": Place("messages", "message", "messages", every="", named=False, detail=""),
    "share_type": Place(
        "types", "share_type", "share_types", every="", named=False, paged=False, detail="", single=False
    ),
    "share_group_type": Place(
        "share-group-types",
        "share_group_type",
        "share_group_types",
        "2.55",
        every="",
        named=False,
        paged=False,
        detail="",
        single=False,
    ),
}
#: What stands in paths.
INSIDE = ("share_id", "share_network_id", "share_instance_id")
KINDS = frozenset(PLACES) | {"share_limit", "share_rule_set"}

_RESET = Action("reset_status", lambda a: {"status": a["status"]})
_FORCE = Action("force_delete", lambda a: None)
_UNMANAGE = Action("unmanage", lambda a: None)

ACTIONS: t.Mapping[str, t.Mapping[str, Action]] = {
    "share": {
        "extend": Action(
            "extend",
            lambda a: {"new_size": a["new_size"], **({"force": True} if a.get("force") else {})},
            lambda a: "2.64" if a.get("force") else None,
        ),
        "shrink": Action("shrink", lambda a: {"new_size": a["new_size"]}),
        "revert": Action("revert", lambda a: {"snapshot_id": a["snapshot_id"]}),
        "reset_status": _RESET,
        "soft_delete": Action("soft_delete", lambda a: None, "2.69"),
        "restore": Action("restore", lambda a: None, "2.69"),
        "force_delete": _FORCE,
        "unmanage": _UNMANAGE,
    },
    "share_snapshot": {"reset_status": _RESET, "force_delete": _FORCE, "unmanage": _UNMANAGE},
    "share_snapshot_instance": {"reset_status": _RESET},
    "share_group": {"reset_status": _RESET, "force_delete": _FORCE},
    "share_group_snapshot": {"reset_status": _RESET, "force_delete": _FORCE},
    "share_instance": {"reset_status": _RESET, "force_delete": _FORCE},
}

#: Microversions that single verbs or arguments need: (kind, verb, argument or None).
SINCE: t.Mapping[t.Tuple[str, str, t.Optional[str]], str] = {
    ("share", "create", "scheduler_hints"): "2.65",
    ("share", "create", "mount_point_name"): "2.84",
    ("share", "manage", "share_server_id"): "2.49",
    ("share_access_rule", "create", "lock_visibility"): "2.82",
    ("share_access_rule", "create", "lock_deletion"): "2.82",
    ("share_access_rule", "create", "lock_reason"): "2.82",
    ("share_access_rule", "delete", "unrestrict"): "2.82",
    ("share_access_rule", "update", None): "2.88",
    ("share_snapshot", "create", "metadata"): "2.73",
    ("share_snapshot", "merge_metadata", None): "2.73",
    ("share_snapshot", "replace_metadata", None): "2.73",
    ("share_network_subnet", "create", "metadata"): "2.78",
    ("share_network_subnet", "merge_metadata", None): "2.78",
    ("share_network_subnet", "replace_metadata", None): "2.78",
}

#: Arguments that the API calls otherwise.
RENAMED: t.Mapping[str, t.Mapping[str, str]] = {
    "share": {"share_protocol": "share_proto"},
}


# -- the common shapes
class _Taker:
    """Takes keys out of an answer; what is left is for backend_details."""

    def __init__(self, raw: JSON) -> None:
        self.rest = {k: v for k, v in raw.items() if k != "links"}

    def __call__(self, key: str) -> t.Any:
        return self.rest.pop(key, None)


def _plain(*keys: str, times: t.Sequence[str] = ("created_at",), **renamed: str) -> t.Callable[[JSON], Resource]:
    """A shape that takes keys as they are (and some under other names).

    times: keys that hold times. renamed: our key to theirs.
    """

    def shape(raw: JSON) -> Resource:
        take = _Taker(raw)
        found: Resource = {"name": None, **{key: take(key) for key in keys}}
        found.update({ours: take(theirs) for ours, theirs in renamed.items()})
        found.update({key: utc(take(key)) for key in times})
        found["backend_details"] = take.rest
        return found

    return shape


def _marked(found: Resource) -> Resource:
    """Take our marks out of the metadata of a share or snapshot."""
    metadata = dict(found["metadata"] or {})
    marks = split_marks(metadata)
    found.update(metadata=metadata, once=marks.once, managed_from=marks.managed_from, marks=marks.entries)
    return found


_share_plain = _plain(
    *("id", "name", "description", "size", "status", "is_public", "availability_zone", "host", "share_network_id"),
    *("share_server_id", "share_group_id", "snapshot_id", "metadata", "access_rules_status", "snapshot_support"),
    *("revert_to_snapshot_support", "mount_snapshot_support", "has_replicas", "is_soft_deleted", "project_id"),
    times=("created_at", "scheduled_to_be_deleted_at"),
    share_protocol="share_proto",
    share_type="share_type_name",
    share_type_id="share_type",
)


def _share(raw: JSON) -> Resource:
    found = _marked(_share_plain(raw))
    found["backend_details"].pop("volume_type", None)  # the share type once more
    found["name"] = found["name"] or None
    found["is_soft_deleted"] = bool(found["is_soft_deleted"])
    found["export_locations"] = None
    return found


_snapshot_plain = _plain(
    *("id", "name", "description", "size", "status", "share_id", "metadata", "project_id"), share_protocol="share_proto"
)


def _snapshot(raw: JSON) -> Resource:
    found = _marked(_snapshot_plain(raw))
    found["name"] = found["name"] or None
    return found


_pool_plain = _plain("name", "host", "backend", "pool", "capabilities", times=())


def _pool(raw: JSON) -> Resource:
    found = _pool_plain(raw)
    ours = capacity(found.pop("capabilities"), "thin_provisioning")
    servers = ours["capabilities"].pop("driver_handles_share_servers", None)
    return {"id": found["name"], **found, **ours, "driver_handles_share_servers": servers}


_type = _plain("id", "name", "is_default", "extra_specs", times=(), is_public="share_type_access:is_public")

_subnet = _plain(
    *("id", "share_network_id", "share_network_name", "neutron_net_id", "neutron_subnet_id", "availability_zone"),
    *("network_type", "segmentation_id", "cidr", "ip_version", "gateway", "mtu", "metadata"),
    times=("created_at", "updated_at"),
)


def _network(raw: JSON) -> Resource:
    take = _Taker(raw)
    subnets = take("share_network_subnets")
    for key in ("neutron_net_id", "neutron_subnet_id", "network_type", "segmentation_id", "cidr", "ip_version"):
        take(key)  # of the default subnet, which is among the subnets
    return {
        "id": take("id"),
        "name": take("name") or None,
        "description": take("description"),
        # Below 2.63 a network has no status: it is ready as soon as it is there.
        "status": take("status") or "active",
        "share_network_subnets": [_subnet(entry) for entry in subnets or ()],
        "project_id": take("project_id"),
        "created_at": utc(take("created_at")),
        "updated_at": utc(take("updated_at")),
        "backend_details": take.rest,
    }


_rule_plain = _plain(
    *("id", "share_id", "access_type", "access_to", "access_level", "access_key", "metadata"),
    times=("created_at", "updated_at"),
    status="state",
)


def _rule(raw: JSON) -> Resource:
    found = _rule_plain(raw)
    metadata = dict(found["metadata"] or {})
    found.update(marks=split_marks(metadata).entries, metadata=metadata)
    return found


SHAPES: t.Mapping[str, t.Callable[[JSON], Resource]] = {
    "share": _share,
    "share_snapshot": _snapshot,
    "share_pool": _pool,
    "share_type": _type,
    "share_group_type": _plain("id", "name", "is_default", "is_public", "group_specs", "share_types", times=()),
    "share_network": _network,
    "share_network_subnet": _subnet,
    "share_access_rule": _rule,
    "share_export_location": _plain("id", "path", "preferred", "metadata", times=()),
    "share_instance_export_location": _plain("id", "path", "preferred", "metadata", times=()),
    "resource_lock": _plain(
        *("id", "resource_id", "resource_type", "resource_action", "lock_reason", "lock_context", "user_id"),
        "project_id",
        times=("created_at", "updated_at"),
    ),
    "share_snapshot_instance": _plain(
        *("id", "snapshot_id", "share_id", "share_instance_id", "status", "progress", "provider_location"),
        times=("created_at", "updated_at"),
    ),
    "share_group": _plain(
        *("id", "name", "description", "status", "share_group_type_id", "share_types", "share_network_id"),
        *("share_server_id", "availability_zone", "host", "source_share_group_snapshot_id"),
        *("consistent_snapshot_support", "project_id"),
    ),
    "share_group_snapshot": _plain("id", "name", "description", "status", "share_group_id", "members", "project_id"),
    "share_instance": _plain(
        *("id", "share_id", "status", "host", "availability_zone", "share_network_id", "share_server_id"),
        *("share_type_id", "access_rules_status", "replica_state"),
    ),
    "share_availability_zone": _plain("id", "name", times=("created_at", "updated_at")),
    "share_message": _plain(
        *("id", "message_level", "user_message", "action_id", "detail_id", "resource_type", "resource_id"),
        *("request_id", "project_id"),
        times=("created_at", "expires_at"),
    ),
}


class Manila:
    """The shared file systems service behind the contract."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest

    # -- observing
    def observe(self, kind: str, refs: t.Optional[t.Collection[str]], scope: Scope) -> t.List[Resource]:
        if kind == "share_rule_set":
            return self._rule_sets(refs or ())
        place = PLACES[kind]
        if kind == "resource_lock" and self.rest.lacks(place.since):
            return []  # an API that knows no locks has none
        self._require(place.since)
        params = self._narrow(kind, scope)
        # Rules are listed by share only.
        by_id = kind == "share_access_rule" and not scope.get("share_id")
        if refs is None or (len(refs) > FEW and not by_id) or not place.single:
            found = self._list(kind, params, scope)
            known = {resource["id"] for resource in found}
            missing = [ref for ref in refs or () if UUID.match(ref) and ref not in known] if place.single else []
        else:
            found, missing = [], list(refs)
        for ref in missing:
            if UUID.match(ref):
                seen = self._one(kind, ref, scope)
                if seen is not None:
                    found.append(seen)
                    continue
            if place.named and len(missing) <= FEW:
                found.extend(self._list(kind, {**params, "name": ref}, scope))
        return found

    def _rule_sets(self, shares: t.Collection[str]) -> t.List[Resource]:
        """All rules of each of these shares. Of many shares, those that are still being synced are not asked."""
        known: t.Dict[str, Resource] = {}
        if len(shares) > FEW:
            known = {share["id"]: share for share in self._list("share", {}, {})}
        found: t.List[Resource] = []
        for ident in shares:
            if known.get(ident, {}).get("access_rules_status") == "syncing":
                found.append({"id": ident, "name": None, "status": "syncing", "rules": None})
                continue
            try:
                rules = self._list("share_access_rule", {"share_id": ident}, {"share_id": ident})
            except Invalid:  # there is no such share
                continue
            found.append({"id": ident, "name": None, "status": "known", "rules": rules})
        return found

    def _narrow(self, kind: str, scope: Scope) -> t.Dict[str, t.Any]:
        """The filters that a scope stands for."""
        place = PLACES[kind]
        inside = _inside(kind)
        params: t.Dict[str, t.Any] = {
            name: value for name, value in scope.items() if name != "all_projects" and name not in inside
        }
        if scope.get("all_projects") and place.every:
            params[place.every] = "1"
        if kind == "share_type":
            params["is_public"] = "all"
        return params

    def _path(self, kind: str, values: t.Mapping[str, t.Any]) -> str:
        path = PLACES[kind].path
        if kind == "share_instance" and values.get("share_id"):
            path = "shares/{share_id}/instances"
        return path.format(**{k: quote(str(v), safe="") for k, v in values.items() if v})

    def _one(self, kind: str, ident: str, scope: Scope) -> t.Optional[Resource]:
        place = PLACES[kind]
        base = PLACES[kind].path if kind == "share_instance" else self._path(kind, scope)
        where = "%s/%s" % (base, quote(ident, safe=""))
        body = self.rest.get(where, None, "reading %s %s" % (kind.replace("_", " "), ident), missing=True)
        return self._shaped(kind, body[place.one], scope) if body else None

    def _list(
        self, kind: str, params: t.Mapping[str, t.Any], scope: Scope, limit: t.Optional[int] = None
    ) -> t.List[Resource]:
        place = PLACES[kind]
        path, what = self._path(kind, scope) + place.detail, "listing %ss" % kind.replace("_", " ")
        if place.paged:
            raw = self.rest.pages_by_offset(path, place.many, params, limit, what)
        else:
            raw = self.rest.get(path, params, what)[place.many]
        return [self._shaped(kind, entry, scope) for entry in raw[:limit]]

    @staticmethod
    def _shaped(kind: str, raw: JSON, scope: Scope) -> Resource:
        found = SHAPES[kind](raw)
        if kind == "share_access_rule":  # the list does not say whose they are
            found["share_id"] = found["share_id"] or scope.get("share_id")
        return found

    def query(self, kind: str, query: t.Mapping[str, t.Any]) -> t.List[Resource]:
        if kind == "share_limit":
            return _limits(self.rest.get("limits", None, "reading the limits")["limits"]["absolute"])
        place = PLACES[kind]
        if kind == "resource_lock" and self.rest.lacks(place.since):
            return []
        self._require(place.since)
        if query.get("marker") is not None:
            raise Invalid("marker is not known to this service: use offset.")
        filters = dict(query.get("filters") or {})
        inside = _inside(kind)
        scope = {name: filters.pop(name) for name in inside if name in filters}
        if kind == "share_access_rule":
            scope["share_id"] = filters.get("share_id")
        params = {**self._narrow(kind, {"all_projects": query.get("all_projects")}), **filters}
        limit, offset = query.get("limit"), query.get("offset")
        key, _colon, direction = str(query.get("sort") or "").partition(":")
        if "," in direction or "," in key:
            raise Invalid("sort is %s, and this service sorts by one key, such as name:asc." % query["sort"])
        if place.paged and (place.sorts or not key):
            if key:
                params.update(sort_key=key, sort_dir=direction or "desc")
            return self._list(kind, {**params, "offset": offset} if offset else params, scope, limit)
        checked = {name: params.pop(name) for name in place.unfiltered if name in params}
        found = [one for one in self._list(kind, params, scope) if all(one[k] == v for k, v in checked.items())]
        if key:  # the service does not sort it
            found.sort(key=lambda one: _sortable(one.get(key)), reverse=(direction or "desc") == "desc")
        return found[offset or 0 :][:limit]

    def _require(self, since: t.Optional[str]) -> None:
        lacking = self.rest.lacks(since) if since else None
        if lacking:
            raise Unsupported("This is not possible on this cloud: " + lacking, reason=lacking)

    def explain(self, resource: Resource, since: t.Optional[str]) -> t.Optional[str]:
        """What the user messages say of a resource, the newest of this step."""
        body = self.rest.get("messages", {"resource_id": resource["id"]}, "reading messages")
        said = [m for m in body.get("messages", ()) if not since or (utc(m.get("created_at")) or "") >= since]
        said.sort(key=lambda m: m.get("created_at") or "", reverse=True)
        return said[0].get("user_message") if said else None

    # -- performing
    def why_not(self, kind: str, verb: str, args: Args) -> t.Optional[str]:
        needed = [PLACES[kind].since]
        if verb == "manage" and kind == "share" and not args.get("service_host"):
            raise Invalid("service_host is missing: an export path counts on one host.")
        if verb in ("mount", "unmount"):
            return "Manila exports snapshots as their share's type says. Leave mounted out."
        if verb == "ungroup":
            return "in Manila, the snapshots of a group snapshot go with it."
        action = ACTIONS.get(kind, {}).get(verb)
        if action is not None and action.since:
            needed.append((action.since(args) if callable(action.since) else action.since) or OLDEST)
        needed.extend(
            since
            for (a_kind, a_verb, name), since in SINCE.items()
            if (a_kind, a_verb) == (kind, verb) and (name is None or args.get(name))
        )
        lacking = (self.rest.lacks(since) for since in needed)
        return next((why for why in lacking if why), None)

    def perform(self, kind: str, verb: str, ident: t.Optional[str], args: Args) -> t.Optional[Resource]:
        try:
            return self._perform(kind, verb, ident, args)
        except StorageError as exc:
            told = _told(exc)
            if told is None:
                raise
            raise told from exc

    def _perform(self, kind: str, verb: str, ident: t.Optional[str], args: Args) -> t.Optional[Resource]:
        place = PLACES[kind]
        what = ("%s of %s %s" % (verb, kind.replace("_", " "), ident or args.get("name") or "")).rstrip()
        base = self._path(kind, args)
        where = "%s/%s" % (base, quote(ident, safe="")) if ident else base
        action = ACTIONS.get(kind, {}).get(verb)
        if action is not None:
            try:
                self.rest.send("POST", where + "/action", what, {action.name: action.body(args)})
            except NotFound:
                if verb not in ("force_delete", "unmanage"):
                    raise
            return None
        if kind == "share_access_rule" and verb in ("create", "delete", "unbridge"):
            return self._access(verb, ident, args, what)
        if verb in ("create", "manage"):
            path = base + "/manage" if verb == "manage" else base
            body = {self._key(kind): self._body(kind, args)}
            return self._shaped(kind, self.rest.send("POST", path, what, body)[place.one], args)
        if verb == "delete":
            self._delete(kind, where, args, what)
            return None
        if verb == "update":
            self._update(kind, where, args, what)
        elif verb == "merge_metadata":
            method = "PUT" if kind == "share_access_rule" else "POST"
            self.rest.send(method, where + "/metadata", what, {"metadata": args["metadata"]})
        elif verb == "replace_metadata":
            self._replace_metadata(kind, where, args, what)
        else:
            raise Unsupported("The back end openstack cannot %s a %s." % (verb, kind.replace("_", " ")))
        return None

    def _delete(self, kind: str, where: str, args: Args, what: str) -> None:
        """A share in a group is deleted only by one who names the group."""
        params = {"share_group_id": args["share_group_id"]} if args.get("share_group_id") else {}
        try:
            self.rest.send("DELETE", where, what, params=params)
        except Invalid as exc:
            if kind != "share" or params or "share_group_id" not in (exc.reason or ""):
                raise
            share = self.rest.get(where, None, what)["share"]
            self._delete(kind, where, {"share_group_id": share["share_group_id"]}, what)
        except NotFound:
            pass

    @staticmethod
    def _key(kind: str) -> str:
        return "share-network-subnet" if kind == "share_network_subnet" else PLACES[kind].one

    @staticmethod
    def _body(kind: str, args: Args) -> JSON:
        names = RENAMED.get(kind, {})
        left_out = {"share_network_id"} if kind == "share_network_subnet" else set()
        return {names.get(k, k): v for k, v in args.items() if v is not None and k not in left_out}

    def _update(self, kind: str, where: str, args: Args, what: str) -> None:
        if kind == "share_access_rule":
            self.rest.send("PUT", where, what, {"update_access": {"access_level": args["access_level"]}})
            return
        # Shares and snapshots take a new name under its old name only, and say nothing when it is called otherwise.
        names = DISPLAY if kind in ("share", "share_snapshot") else {}
        body = {names.get(name, name): value for name, value in args.items()}
        self.rest.send("PUT", where, what, {PLACES[kind].one: body})

    def _replace_metadata(self, kind: str, where: str, args: Args, what: str) -> None:
        """All metadata at once; of an access rule, what goes is removed key by key."""
        if kind != "share_access_rule":
            self.rest.send("PUT", where + "/metadata", what, {"metadata": args["metadata"]})
            return
        for key in args["removed"]:
            try:
                self.rest.send("DELETE", "%s/metadata/%s" % (where, quote(key, safe="")), what)
            except NotFound:
                pass
        if args["metadata"]:
            self.rest.send("PUT", where + "/metadata", what, {"metadata": args["metadata"]})

    def _access(self, verb: str, ident: t.Optional[str], args: Args, what: str) -> t.Optional[Resource]:
        """Rules are made and removed by an action of their share.

        unbridge: those that stood in for another one, whose mark is C(bridge), are removed.
        """
        if verb == "unbridge":
            for rule in self._list("share_access_rule", {"share_id": args["share_id"]}, {"share_id": args["share_id"]}):
                if rule["marks"].get(BRIDGE) == args["bridge"]:
                    self._access("delete", rule["id"], {"share_id": args["share_id"]}, what)
            return None
        share = "shares/%s/action" % quote(args["share_id"], safe="")
        if verb == "create":
            body = {k: v for k, v in args.items() if v is not None and k not in ("share_id", "name")}
            answer = self.rest.send("POST", share, what, {"allow_access": body})
            return self._shaped("share_access_rule", answer["access"], args)
        body = {"access_id": ident}
        if args.get("unrestrict"):
            body["unrestrict"] = True
        try:
            self.rest.send("POST", share, what, {"deny_access": body})
        except NotFound:
            pass
        return None


def _inside(kind: str) -> t.Tuple[str, ...]:
    """What of a scope stands in the path, and is no filter."""
    if kind == "share_instance":
        return ("share_id",)  # the list of all knows no such filter
    return INSIDE if "{" in PLACES[kind].path else ()


def _sortable(value: t.Any) -> t.Tuple[int, float, str]:
    """Something that compares with any other: what is unknown first, then numbers, then text."""
    if value is None:
        return 0, 0.0, ""
    return (1, float(value), "") if isinstance(value, (int, float)) else (2, 0.0, str(value))


def _limits(absolute: JSON) -> t.List[Resource]:
    """The limits one by one: C(maxTotalShareGigabytes) and C(totalShareGigabytesUsed) are those of share_gigabytes."""
    found = []
    for key, limit in absolute.items():
        if key.startswith("maxTotal"):
            what = key[len("maxTotal") :]
            name = re.sub(r"(?<!^)(?=[A-Z])", "_", what).lower()
            found.append({"id": name, "name": name, "limit": limit, "used": absolute.get("total%sUsed" % what)})
    return sorted(found, key=lambda entry: str(entry["name"]))


#: How Manila refuses what a lock forbids. The word alone could be a part of a name.
BY_A_LOCK = re.compile(
    r"Resource lock/s \[|since it has been locked|visibility is already locked|already has a visibility lock"
)


def _told(exc: StorageError) -> t.Optional[StorageError]:
    """A refusal because of a lock or a quota, which the API answers in several ways, as one kind."""
    reason = exc.reason or ""
    if exc.status not in (400, 403, 409):
        return None
    make: t.Optional[t.Type[StorageError]] = None
    if BY_A_LOCK.search(reason):
        make = Locked
    elif re.search(r"quota|maximum (number of|allowed)", reason, re.IGNORECASE):
        make = Quota
    if make is None:
        return None
    return make(exc.message, resource=exc.resource, status=exc.status, request_id=exc.request_id, reason=reason)
