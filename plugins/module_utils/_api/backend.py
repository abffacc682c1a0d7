# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""The contract between the engine and a back end.

A back end observes and performs. It knows HTTP or a command line; nobody else
does. It knows nothing of tasks, plans or states.

Resources are plain dictionaries in the vocabulary of the OpenStack API
reference: sizes are integers in GiB, booleans are booleans, times are ISO 8601
in UTC (C(2026-11-20T10:00:00Z)), None is unknown. Every resource has C(id) and
C(name) (None where it has none). What only one back end knows is below
C(backend_details).

The kinds and their keys:

volume
    id, name, description, size, status, volume_type (name), volume_type_id,
    bootable, readonly, encrypted, multiattach, availability_zone, metadata,
    image_metadata, attachments (attachment_id, server_id, host_name, device,
    attached_at), snapshot_id, source_volid, group_id, host, cluster_name,
    migration_status, replication_status, project_id, created_at, updated_at,
    once (verb to word), managed_from, marks (see marks.py)
volume_snapshot
    id, name, description, size, status, volume_id, metadata,
    group_snapshot_id, project_id, created_at, updated_at, managed_from, marks
volume_group
    id, name, description, status, group_type, volume_types (ids),
    volumes (ids), availability_zone, project_id, created_at
volume_type, volume_group_type, image
    id, name and, for an image, status, size (bytes), visibility, created_at
manageable_volume, manageable_snapshot
    reference, size, safe_to_manage, reason_not_safe, cinder_id, extra_info and
    for a snapshot source_reference. Neither id nor name.
"""

from __future__ import annotations

import typing as t
from abc import ABC, abstractmethod

Resource = t.Dict[str, t.Any]
Scope = t.Mapping[str, t.Any]


class Backend(ABC):
    """What the engine needs of a back end."""

    #: the name in the option C(backend)
    name = ""

    @abstractmethod
    def observe(self, kind: str, refs: t.Optional[t.Collection[str]], scope: Scope) -> t.List[Resource]:
        """Every resource of this kind that one of the refs could mean.

        refs: names and ids, None for all there are. More than was asked for
            may be returned: the caller selects.
        scope: what narrows the search: C(all_projects) (bool), C(volume_id),
            C(host), C(cluster).
        Returns resources in the shape of their kind, each once; an empty list
        when there is none.
        Raises StorageError when the back end cannot be asked.
        """

    @abstractmethod
    def query(self, kind: str, query: t.Mapping[str, t.Any]) -> t.List[Resource]:
        """The resources of a kind, filtered, sorted and cut by the service.

        query: filters (dict), sort (str), limit (int or None for all pages),
            offset (int), marker (str), detail (bool), all_projects (bool),
            host, cluster.
        """

    @abstractmethod
    def perform(
        self, kind: str, verb: str, ident: t.Optional[str], args: t.Mapping[str, t.Any]
    ) -> t.Optional[Resource]:
        """Carry out one step and return without waiting for its effect.

        ident: the id of the resource, None for a step that makes one.
        Returns the new resource for a step that makes one, what the service
        answered where a verb's answer is its point (C(initialize_connection),
        C(upload_image)), else None.
        Raises LostAnswer when it may have been done, another StorageError when
        it was refused and nothing was changed.
        """

    @abstractmethod
    def why_not(self, kind: str, verb: str, args: t.Mapping[str, t.Any]) -> t.Optional[str]:
        """Why this back end cannot do this step, or None when it can.

        Asked before any change, and answered without a request where possible.
        """

    def now(self) -> t.Optional[str]:
        """The service's clock at its last answer (ISO 8601), None if unknown."""
        return None

    def explain(self, kind: str, resource: Resource, since: t.Optional[str]) -> t.Optional[str]:
        """The service's own reason why this resource failed, None if unknown.

        since: only what was said at this time (of now()) or later.
        """
        return None

    def close(self) -> None:  # noqa: B027 (most back ends leave nothing behind)
        """Give back what must not be left behind (sessions)."""
