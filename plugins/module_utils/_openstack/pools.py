# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""What the drivers of Cinder and Manila say of their pools."""

from __future__ import annotations

import typing as t
from math import isfinite

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._openstack.rest import JSON


def capacity(capabilities: t.Optional[JSON], thin_provisioning: str) -> Resource:
    """The part of a pool that both services tell alike: numbers in GiB, and C(capabilities), all the rest.

    thin_provisioning: the service's key for whether volumes take room as they are filled.
    """
    rest = dict(capabilities or {})

    def number(key: str) -> t.Optional[float]:
        try:
            value = float(rest.pop(key, None))
        except (TypeError, ValueError):
            return None  # "unknown", "infinite"
        return value if isfinite(value) else None  # "inf" is a number to float(), and none to JSON

    return {
        "total_capacity": number("total_capacity_gb"),
        "free_capacity": number("free_capacity_gb"),
        "allocated_capacity": number("allocated_capacity_gb"),
        "provisioned_capacity": number("provisioned_capacity_gb"),
        "reserved_percentage": number("reserved_percentage"),
        "max_over_subscription_ratio": number("max_over_subscription_ratio"),
        "thin_provisioning": rest.pop(thin_provisioning, None),
        "capabilities": rest,
    }
