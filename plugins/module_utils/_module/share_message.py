# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""share_message: delete user messages of the service, which is all that can be done to them. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan, Step
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Behaviour
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe
from ansible_collections.unified.storage.plugins.module_utils._errors import Invalid
from ansible_collections.unified.storage.plugins.module_utils._module.common import Params, looks_like_id

KIND = "share_message"


class ShareMessage(Behaviour):
    """The module share_message."""

    kind = KIND

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        return [Want.of(KIND, params["id"])]

    def plan(self, params: Params, world: World) -> Plan:
        if not looks_like_id(params["id"]):
            raise Invalid("id %s is none: a message is named by its id." % params["id"])
        message = world.find(KIND, params["id"])
        if message is None:
            return Plan(KIND, None)
        changes = {"state": ("present", "absent")}
        return Plan(KIND, message, [Step(KIND, "delete", describe(KIND, message, None), "it exists", {}, changes)])
