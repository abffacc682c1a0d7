# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""share_instance: what an administrator does to one instance of a share. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend, Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan, Step
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Behaviour
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe
from ansible_collections.unified.storage.plugins.module_utils._errors import Conflict
from ansible_collections.unified.storage.plugins.module_utils._module.common import (
    Params,
    reference,
    until_gone,
    wait_for,
)
from ansible_collections.unified.storage.plugins.module_utils._module.export_locations import INSTANCE_LOCATIONS, locate
from ansible_collections.unified.storage.plugins.module_utils._module.info import Listed

KIND = "share_instance"


class ShareInstance(Behaviour):
    """The module share_instance. An instance is made by the service alone."""

    kind = KIND

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        return [Want.of(KIND, params["id"])]

    def plan(self, params: Params, world: World) -> Plan:
        if params["state"] == "absent":
            return self._absent(params, world.find(KIND, params["id"]))
        instance = world.need(KIND, params["id"])
        now, wanted = instance["status"], params.get("status")
        if wanted is None or now == wanted:
            return Plan(KIND, instance)
        step = Step(
            KIND,
            "reset_status",
            describe(KIND, instance, None),
            "status is %s, not %s" % (now, wanted),
            {"status": wanted},
            {"status": (now, wanted)},
        )
        return Plan(KIND, instance, [step])

    def _absent(self, params: Params, instance: t.Optional[Resource]) -> Plan:
        if instance is None:
            return Plan(KIND, None)
        if instance["status"] == "deleting":
            return Plan(KIND, instance, [wait_for(KIND, instance, until_gone())])
        target = describe(KIND, instance, None)
        if not params["force"]:
            raise Conflict(
                "%s of share %s can only be deleted by force, with all that is in it. Set force to do that."
                % (target, instance["share_id"]),
                resource=reference(KIND, instance),
            )
        changes = {"state": ("present", "absent")}
        step = Step(KIND, "force_delete", target, "it exists", {}, changes, risk="force", until=until_gone())
        return Plan(KIND, instance, [step])


class SnapshotInstanceList(Listed):
    """The module share_snapshot_instance_info."""

    def __init__(self) -> None:
        refs = {"snapshot": ("share_snapshot", "snapshot_id")}
        super().__init__("share_snapshot_instance", "share_snapshot_instances", ("status",), refs)


class ShareInstanceList(Listed):
    """The module share_instance_info."""

    def __init__(self) -> None:
        filters = {
            "status": "status",
            "host": "host",
            "share_server": "share_server_id",
            "export_location_path": "export_location_path",
            "export_location_id": "export_location_id",
        }
        super().__init__(KIND, "share_instances", filters, {"share": ("share", "share_id")})

    def ask(self, params: Params, backend: Backend) -> t.List[Resource]:
        found = super().ask(params, backend)
        return locate(INSTANCE_LOCATIONS, found, backend) if params["export_locations"] else found
