# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""share_snapshot: take a snapshot of a share, keep it as described, delete it. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Step
from ansible_collections.unified.storage.plugins.module_utils._engine.world import describe
from ansible_collections.unified.storage.plugins.module_utils._errors import Unsupported
from ansible_collections.unified.storage.plugins.module_utils._module.common import (
    Params,
    check_status,
    reference,
    until_gone,
)
from ansible_collections.unified.storage.plugins.module_utils._module.share import check_there
from ansible_collections.unified.storage.plugins.module_utils._module.snapshots import Snapshots

KIND = "share_snapshot"
#: Statuses in which it can be deleted without force.
DELETABLE = ("available", "error")


class ShareSnapshot(Snapshots):
    """The module share_snapshot."""

    kind = KIND
    source = "share"
    in_the_making = ("creating", "manage_starting")

    def check_source(self, params: Params, source: Resource) -> t.Optional[str]:
        check_there(source)
        if source["snapshot_support"] is False:
            raise Unsupported(
                "%s cannot have snapshots: its type does not support them." % describe("share", source, None),
                resource=reference("share", source),
            )
        check_status("share", "create snapshot", source, ("available",))
        return None

    def further(self, target: str, snapshot: t.Optional[Resource], params: Params) -> t.List[Step]:
        """Bring it to be mounted, or not, where the task says which."""
        # A back end that mounts none says nothing about it, and None of one that a killed run has half mounted.
        mounted, wanted = (snapshot or {}).get("mounted", False), params.get("mounted")
        if wanted is None or wanted == mounted:
            return []
        verb, reason = ("mount", "it is not mounted") if wanted else ("unmount", "it is mounted")
        if mounted is None:
            reason = "it is half mounted"
        return [Step(KIND, verb, target, reason, changes={"mounted": (mounted, wanted)})]

    def removal(self, params: Params, snapshot: Resource) -> Step:
        if not params["force"]:
            check_status(KIND, "delete", snapshot, DELETABLE, "Set force to delete it all the same.")
        return Step(
            KIND,
            "force_delete" if params["force"] else "delete",
            describe(KIND, snapshot, None),
            "it exists",
            {},
            {"state": ("present", "absent")},
            risk="force" if params["force"] else None,
            until=until_gone(),
        )
