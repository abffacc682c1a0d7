# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""share_info: shares, and where they are mounted from if that is asked for."""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend, Resource
from ansible_collections.unified.storage.plugins.module_utils._module.common import Params
from ansible_collections.unified.storage.plugins.module_utils._module.export_locations import LOCATIONS, locate
from ansible_collections.unified.storage.plugins.module_utils._module.info import Listed

FILTERS = {
    "name_pattern": "name~",
    "description_pattern": "description~",
    "status": "status",
    "extra_specs": "extra_specs",
    "share_server": "share_server_id",
    "host": "host",
    "project": "project_id",
    "export_location_path": "export_location_path",
    "export_location_id": "export_location_id",
    "is_public": "is_public",
    "soft_deleted": "is_soft_deleted",
}
REFS = {
    "share_type": ("share_type", "share_type_id"),
    "share_network": ("share_network", "share_network_id"),
    "share_group": ("share_group", "share_group_id"),
    "snapshot": ("share_snapshot", "snapshot_id"),
}


class ShareList(Listed):
    """The module share_info."""

    def __init__(self) -> None:
        super().__init__("share", "shares", FILTERS, REFS, ("is_public", "is_soft_deleted"))

    def ask(self, params: Params, backend: Backend) -> t.List[Resource]:
        # What is not asked for is no filter either.
        asked = {name: value for name, value in params.items() if value is not False}
        shares = super().ask(asked, backend)
        if params["soft_deleted"]:
            shares = [share for share in shares if share["is_soft_deleted"]]
        return locate(LOCATIONS, shares, backend) if params["export_locations"] else shares
