# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""What snapshots of volumes and of shares have in common. Pure."""

from __future__ import annotations

import typing as t
from abc import abstractmethod

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan, Step
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Behaviour
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe
from ansible_collections.unified.storage.plugins.module_utils._errors import Conflict, Invalid
from ansible_collections.unified.storage.plugins.module_utils._module.common import (
    Params,
    as_text,
    check_alive,
    find_renamed,
    looks_like_id,
    metadata_steps,
    missing_id,
    reference,
    text_steps,
    until,
    until_gone,
    wait_for,
)


class Snapshots(Behaviour):
    """A snapshot of one source. A name counts among the snapshots of the source, where one is given."""

    #: The kind of the source, which is also the option that names it.
    source = ""
    #: Statuses of a snapshot that somebody makes already.
    in_the_making: t.Tuple[str, ...] = ("creating",)

    @abstractmethod
    def removal(self, params: Params, snapshot: Resource) -> Step:
        """The step that deletes it. Raises where it may not be deleted."""

    @abstractmethod
    def check_source(self, params: Params, source: Resource) -> t.Optional[str]:
        """The option that a snapshot of this source takes as its risk. Raises where none can be made."""

    def further(self, target: str, snapshot: t.Optional[Resource], params: Params) -> t.List[Step]:
        """The steps beyond making and describing it. snapshot: None for one that is yet to be made."""
        return []

    def _scope(self, params: Params, world: World) -> t.Optional[t.Dict[str, t.Any]]:
        """Where names count; None for a source that is gone, of which there are no snapshots."""
        if not params.get(self.source):
            return {}
        source = world.find(self.source, params[self.source])
        return {self.source + "_id": source["id"]} if source else None

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        wants = []
        if params.get(self.source):
            wants.append(Want.of(self.source, params[self.source]))
            if not world.knows(wants[0]):
                return wants
        scope = self._scope(params, world)
        if scope is not None:
            names = [params["name"], params.get("new_name")]
            wants.extend(Want.of(self.kind, name, **scope) for name in names if name)
        return wants

    def _find(self, params: Params, world: World) -> t.Optional[Resource]:
        scope = self._scope(params, world)
        if scope is None:
            return None
        found = find_renamed(self.kind, params, world, **scope)
        for field, ident in scope.items():
            if found is not None and found[field] != ident:
                raise Conflict(
                    "%s is not of %s %s but of %s."
                    % (describe(self.kind, found, None), self.source, params[self.source], found[field]),
                    resource=reference(self.kind, found),
                )
        return found

    def plan(self, params: Params, world: World) -> Plan:
        snapshot = self._find(params, world)
        if params["state"] == "absent":
            return self._absent(params, snapshot)
        if snapshot is None:
            return self._create(params, world)
        check_alive(self.kind, snapshot)
        steps: t.List[Step] = []
        if snapshot["status"] in self.in_the_making:
            steps.append(wait_for(self.kind, snapshot, until("available")))
        steps.extend(text_steps(self.kind, snapshot, params, {"new_name": "name", "description": "description"}))
        steps.extend(metadata_steps(self.kind, snapshot, params))
        steps.extend(self.further(describe(self.kind, snapshot, None), snapshot, params))
        return Plan(self.kind, snapshot, steps)

    def _create(self, params: Params, world: World) -> Plan:
        if looks_like_id(params["name"]):
            raise missing_id(self.kind, params["name"])
        name = params.get("new_name") or params["name"]
        if not params.get(self.source):
            raise Invalid(
                "%s is missing: snapshot %s does not exist, and to make it its %s must be known."
                % (self.source, name, self.source)
            )
        source = world.need(self.source, params[self.source])
        risk = self.check_source(params, source)
        field = self.source + "_id"
        metadata = as_text(params.get("metadata"))
        args = {"name": name, field: source["id"], "description": params.get("description")}
        after = {**args, "size": source["size"], "share_protocol": source.get("share_protocol"), "metadata": metadata}
        step = Step(
            self.kind,
            "create",
            "%s of %s" % (describe(self.kind, None, name), describe(self.source, source, None)),
            "it does not exist",
            {k: v for k, v in {**args, "metadata": metadata or None}.items() if v is not None},
            {"state": ("absent", "present"), **{k: (None, v) for k, v in after.items() if v is not None}},
            risk=risk,
            until=until("available"),
            makes=True,
            mine=lambda seen: bool(seen["name"] == name and seen[field] == source["id"]),
            undo=lambda seen: "delete" if seen is not None and seen["status"] == "error" else None,
        )
        return Plan(self.kind, None, [step, *self.further(describe(self.kind, None, name), None, params)])

    def _absent(self, params: Params, snapshot: t.Optional[Resource]) -> Plan:
        if snapshot is None:
            return Plan(self.kind, None)
        if snapshot["status"] == "deleting":
            return Plan(self.kind, snapshot, [wait_for(self.kind, snapshot, until_gone())])
        return Plan(self.kind, snapshot, [self.removal(params, snapshot)])
