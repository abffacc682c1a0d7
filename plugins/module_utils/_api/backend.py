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
C(backend_details). A resource that a killed run left half done, and that no
service will finish, has C(unfinished: true): the verb C(resume) completes it, or
takes it back. One that this run was to make, and another has made meanwhile
under the same id, has C(twin: true).

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
volume_pool
    id and name (host@backend#pool), and the keys of a share_pool but for
    driver_handles_share_servers
volume_type, volume_group_type, image
    id, name and, for an image, status, size (bytes), visibility, created_at
share
    id, name, description, size, status, share_protocol (upper case), share_type
    (name), share_type_id, is_public, availability_zone, host, share_network_id,
    share_server_id, share_group_id, snapshot_id, metadata, access_rules_status,
    snapshot_support, revert_to_snapshot_support, is_soft_deleted,
    scheduled_to_be_deleted_at, export_locations (dictionaries of path and
    preferred, the preferred one first; None where they were not asked for),
    project_id, created_at, once (verb to word), managed_from, marks
share_export_location, share_instance_export_location
    id, path, preferred. Observed in the scope of a share_id or a
    share_instance_id. Those for administrators alone have is_admin_only among
    their backend_details.
share_access_rule
    id, share_id, access_type, access_to, access_level, access_key (a secret),
    status (in the API, its state), metadata, created_at, updated_at, marks.
    Observed in the scope of a share_id, or by ids.
share_rule_set
    id (that of a share), rules (all its rules, of the kind above; None while
    they are still being changed). Observed by ids, to wait for many rules.
resource_lock
    id, resource_id, resource_type (share or access_rule), resource_action,
    lock_reason, lock_context, user_id, project_id, created_at, updated_at
share_snapshot
    id, name, description, size (that of its share then), status, share_id,
    share_protocol, metadata, project_id, created_at, managed_from, marks; where
    they can be mounted on request also mounted and export_locations
share_group
    id, name, description, status, share_group_type_id, share_types (ids),
    share_network_id, share_server_id, availability_zone, host,
    source_share_group_snapshot_id, consistent_snapshot_support, project_id,
    created_at
share_group_snapshot
    id, name, description, status, share_group_id, members (dictionaries of id,
    share_id, size, status), project_id, created_at
share_network
    id, name, description, status, share_network_subnets (of the kind below),
    project_id, created_at, updated_at
share_network_subnet
    id, share_network_id, share_network_name, neutron_net_id, neutron_subnet_id,
    availability_zone, network_type, segmentation_id, cidr, ip_version, gateway,
    mtu, metadata, created_at, updated_at. Observed in the scope of a
    share_network_id.
share_instance
    id, share_id, status, host, availability_zone, share_network_id,
    share_server_id, share_type_id, access_rules_status, replica_state,
    export_locations, created_at
share_snapshot_instance
    id, snapshot_id, share_id, share_instance_id, status, progress,
    provider_location, created_at, updated_at
share_pool
    id and name (host@backend#pool), host, backend, pool, total_capacity,
    free_capacity, allocated_capacity, provisioned_capacity (GiB, None where
    unknown or without end), reserved_percentage, max_over_subscription_ratio,
    thin_provisioning, driver_handles_share_servers, capabilities (the rest, as
    the driver says it)
share_limit
    id and name (of what is limited), limit (-1 for none), used
share_availability_zone
    id, name, created_at, updated_at
share_message
    id, message_level, user_message, action_id, detail_id, resource_type,
    resource_id, request_id, project_id, created_at, expires_at
share_type, share_group_type
    id, name, is_default, is_public, extra_specs (group_specs)
snapshot_group, group_snapshot
    A set of snapshots of one moment, on ZStack and on a host by the first name,
    of a volume_group by the second: id, name, description, status, created_at,
    source (dictionary of kind, id and name; the kind is root_volume,
    volume_group or volumes), members (dictionaries of snapshot_id, name,
    volume_id, share_id, size, status, deleted), dependents (ids of other groups
    whose snapshots build on this one's), once (verb to the words it was done
    with). Observed in the scope of a source_id.
snapshot_group_availability
    id (of a snapshot_group), available (it can be reverted as a whole), reason
root_volume
    id, name, status, size, vm_id, vm_name, vm_state
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
            C(share_id), C(share_network_id), C(share_group_id), C(share_instance_id),
            C(resource_id), C(source_id), C(export_location_path), C(is_soft_deleted) (bool: only what
            is in the recycle bin, which is left out else), C(host), C(cluster).
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
        it was refused; its C(changed) is true where something was changed by then.
        """

    @abstractmethod
    def why_not(self, kind: str, verb: str, args: t.Mapping[str, t.Any]) -> t.Optional[str]:
        """Why this back end cannot do this step, or None when it can.

        Asked before any change, and answered without a request where possible.
        """

    def foresee(  # noqa: B027 (a service judges by itself, when it is asked)
        self, kind: str, verb: str, ident: t.Optional[str], args: t.Mapping[str, t.Any]
    ) -> None:
        """Take this step into account before anything is changed, after all that were foreseen before.

        Raises Quota when they will not fit together, and another StorageError for a step that would be refused,
        as far as the back end can know that.
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
