# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Glance, as far as a volume's action names an image."""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._openstack.cinder import UUID, utc
from ansible_collections.unified.storage.plugins.module_utils._openstack.rest import JSON, Rest


def _image(raw: JSON) -> Resource:
    return {
        "id": raw["id"],
        "name": raw.get("name"),
        "status": raw.get("status"),
        "size": raw.get("size"),
        "visibility": raw.get("visibility"),
        "disk_format": raw.get("disk_format"),
        "container_format": raw.get("container_format"),
        "created_at": utc(raw.get("created_at")),
    }


class Glance:
    """Finding images."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest

    def observe(self, refs: t.Optional[t.Collection[str]]) -> t.List[Resource]:
        """Images by name or id; C(size) is in bytes."""
        found: t.List[Resource] = []
        for ref in refs if refs is not None else [None]:
            if ref and UUID.match(ref):
                body = self.rest.get("images/%s" % quote(ref, safe=""), what="reading image %s" % ref, missing=True)
                if body:
                    found.append(_image(body))
                    continue
            params: t.Dict[str, t.Any] = {"name": ref} if ref else {}
            while True:
                body = self.rest.get("images", {**params, "limit": 100}, "listing images")
                found.extend(_image(raw) for raw in body["images"])
                if not body.get("next"):
                    break
                params["marker"] = body["images"][-1]["id"]
        return found
