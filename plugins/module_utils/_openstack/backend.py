# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""The back end openstack: which service answers for which kind."""

from __future__ import annotations

import re
import time
import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend, Resource, Scope
from ansible_collections.unified.storage.plugins.module_utils._errors import LostAnswer
from ansible_collections.unified.storage.plugins.module_utils._openstack import cinder
from ansible_collections.unified.storage.plugins.module_utils._openstack.cloud import Cloud
from ansible_collections.unified.storage.plugins.module_utils._openstack.rest import Rest

if t.TYPE_CHECKING:
    from ansible_collections.unified.storage.plugins.module_utils._openstack.glance import Glance
    from ansible_collections.unified.storage.plugins.module_utils._openstack.manila import Manila

#: Keys of what initialize_connection answers that are secrets (or hold one), whatever the driver calls them.
#: libvirt knows a secret by its type and uuid, which are none.
SECRETS = re.compile(r"password|secret(?!_type|_uuid)|token|keyring|auth_username", re.IGNORECASE)


class OpenStack(Backend):
    """Cinder and Manila, and Glance where a volume's action names an image."""

    name = "openstack"

    def __init__(self, params: t.Mapping[str, t.Any]) -> None:
        self._cloud = Cloud(params)
        self._patience = float(params.get("wait_timeout") or 60)
        self._return_secrets = bool(params.get("return_secrets"))
        self._services: t.Dict[str, t.Any] = {}

    @property
    def _cinder(self) -> cinder.Cinder:
        if "cinder" not in self._services:
            self._services["cinder"] = cinder.Cinder(Rest(self._cloud, "block-storage", cinder.NEWEST, self._patience))
        return t.cast(cinder.Cinder, self._services["cinder"])

    @property
    def _glance(self) -> Glance:
        if "glance" not in self._services:
            from ansible_collections.unified.storage.plugins.module_utils._openstack.glance import Glance

            self._services["glance"] = Glance(Rest(self._cloud, "image", None, self._patience))
        return t.cast("Glance", self._services["glance"])

    @property
    def _manila(self) -> Manila:
        if "manila" not in self._services:
            from ansible_collections.unified.storage.plugins.module_utils._openstack import manila

            rest = Rest(self._cloud, "shared-file-system", manila.NEWEST, self._patience)
            self._services["manila"] = manila.Manila(rest)
        return t.cast("Manila", self._services["manila"])

    def _serves(self, kind: str) -> t.Union[cinder.Cinder, Manila]:
        """The service whose kind it is."""
        return self._manila if kind.startswith(("share_", "resource_")) or kind == "share" else self._cinder

    def observe(self, kind: str, refs: t.Optional[t.Collection[str]], scope: Scope) -> t.List[Resource]:
        if kind == "image":
            return self._glance.observe(refs)
        found = self._serves(kind).observe(kind, refs, scope)
        return found if self._return_secrets else [_without_key(resource) for resource in found]

    def query(self, kind: str, query: t.Mapping[str, t.Any]) -> t.List[Resource]:
        found = self._serves(kind).query(kind, query)
        return found if self._return_secrets else [_without_key(resource) for resource in found]

    def why_not(self, kind: str, verb: str, args: t.Mapping[str, t.Any]) -> t.Optional[str]:
        return self._serves(kind).why_not(kind, verb, args)

    def now(self) -> t.Optional[str]:
        return max((s.rest.clock for s in self._services.values() if s.rest.clock), default=None)

    def explain(self, kind: str, resource: Resource, since: t.Optional[str]) -> t.Optional[str]:
        return None if kind == "image" else self._serves(kind).explain(resource, since)

    def perform(
        self, kind: str, verb: str, ident: t.Optional[str], args: t.Mapping[str, t.Any]
    ) -> t.Optional[Resource]:
        if verb == "upload_image":
            return self._upload_image(t.cast(str, ident), args)
        answer = self._serves(kind).perform(kind, verb, ident, args)
        if kind == "share_access_rule" and answer is not None and not self._return_secrets:
            return _without_key(answer)
        if verb == "initialize_connection" and answer is not None:
            connection: Resource = answer["connection_info"]
            return connection if self._return_secrets else _without_secrets(connection)
        return answer

    def _upload_image(self, ident: str, args: t.Mapping[str, t.Any]) -> Resource:
        """Upload; when the answer is lost, the image is told by its name and its age."""
        since = self.now() or ""
        try:
            answer = t.cast(Resource, self._cinder.perform("volume", "upload_image", ident, args))
            return {"image_id": answer["os-volume_upload_image"]["image_id"]}
        except LostAnswer:
            time.sleep(1)
            named = [
                image for image in self._glance.observe([args["image_name"]]) if image["name"] == args["image_name"]
            ]
            fresh = [image for image in named if (image["created_at"] or "") >= since]
            if len(fresh) != 1:
                raise
            return {"image_id": fresh[0]["id"]}


def _without_key(resource: Resource) -> Resource:
    """An access rule without its key; anything else as it is."""
    return {**resource, "access_key": None} if resource.get("access_key") else resource


def _without_secrets(value: t.Any) -> t.Any:
    """A copy of nested data without the values of secrets."""
    if isinstance(value, dict):
        return {k: _without_secrets(v) for k, v in value.items() if not SECRETS.search(k)}
    if isinstance(value, list):
        return [_without_secrets(entry) for entry in value]
    return value
