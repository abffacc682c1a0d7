# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""volume_snapshot: make a snapshot, keep it as described, delete it. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Step
from ansible_collections.unified.storage.plugins.module_utils._engine.world import describe
from ansible_collections.unified.storage.plugins.module_utils._errors import Conflict
from ansible_collections.unified.storage.plugins.module_utils._module.common import (
    AT_REST,
    Params,
    check_status,
    reference,
    settle,
    until_gone,
)
from ansible_collections.unified.storage.plugins.module_utils._module.snapshots import Snapshots

KIND = "volume_snapshot"
#: Statuses in which it can be deleted.
DELETABLE = ("available", "error", "error_deleting", "error_managing")


class VolumeSnapshot(Snapshots):
    """The module volume_snapshot."""

    kind = KIND
    source = "volume"
    in_the_making = ("creating", "managing")

    def check_source(self, params: Params, source: Resource) -> t.Optional[str]:
        in_use = source["status"] == "in-use"
        if in_use and not params["force"]:
            raise Conflict(
                "%s is in use: a snapshot of it is as consistent as after a crash. Set force to take one."
                % describe("volume", source, None),
                resource=reference("volume", source),
                reason="status in-use",
            )
        check_status("volume", "create snapshot", source, AT_REST)
        return "force" if in_use else None

    def removal(self, params: Params, snapshot: Resource) -> Step:
        snapshot = settle(KIND, snapshot)[1]  # what is to go need not be finished first
        if snapshot["group_snapshot_id"]:
            raise Conflict(
                "%s belongs to group snapshot %s and can only be deleted with it."
                % (describe(KIND, snapshot, None), snapshot["group_snapshot_id"]),
                resource=reference(KIND, snapshot),
            )
        check_status(KIND, "delete", snapshot, DELETABLE)
        changes = {"state": ("present", "absent")}
        return Step(KIND, "delete", describe(KIND, snapshot, None), "it exists", {}, changes, until=until_gone())
