# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Argument specifications that modules share; mirrored by the doc fragments."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible.module_utils.common.parameters import env_fallback

Arguments = t.Dict[str, t.Dict[str, t.Any]]


def connection() -> Arguments:
    """Mirrored by doc_fragments/connection.py."""
    return {
        "backend": {"type": "str", "default": "openstack", "choices": ["openstack", "zstack", "host"]},
        "cloud": {"type": "str"},
        "auth_type": {"type": "str"},
        "auth": {
            "type": "dict",
            "options": {
                "auth_url": {"type": "str"},
                "username": {"type": "str"},
                "user_id": {"type": "str"},
                "password": {"type": "str", "no_log": True},
                "passcode": {"type": "str", "no_log": True},
                "token": {"type": "str", "no_log": True},
                "application_credential_id": {"type": "str"},
                "application_credential_name": {"type": "str"},
                "application_credential_secret": {"type": "str", "no_log": True},
                "project_id": {"type": "str"},
                "project_name": {"type": "str"},
                "project_domain_id": {"type": "str"},
                "project_domain_name": {"type": "str"},
                "user_domain_id": {"type": "str"},
                "user_domain_name": {"type": "str"},
                "domain_id": {"type": "str"},
                "domain_name": {"type": "str"},
                "default_domain": {"type": "str"},
                "system_scope": {"type": "str"},
                "trust_id": {"type": "str"},
                "identity_provider": {"type": "str"},
                "protocol": {"type": "str"},
                "client_id": {"type": "str"},
                "client_secret": {"type": "str", "no_log": True},
                "access_token": {"type": "str", "no_log": True},
                "access_token_endpoint": {"type": "str", "no_log": False},
                "discovery_endpoint": {"type": "str"},
                "openid_scope": {"type": "str"},
            },
        },
        "region_name": {"type": "str"},
        "interface": {"type": "str", "choices": ["public", "internal", "admin"], "aliases": ["endpoint_type"]},
        "validate_certs": {"type": "bool", "aliases": ["verify"]},
        "ca_cert": {"type": "path", "aliases": ["cacert"]},
        "client_cert": {"type": "path", "aliases": ["cert"]},
        "client_key": {"type": "path", "aliases": ["key"]},
        "api_timeout": {"type": "int"},
        "auth_cache": {"type": "str"},
        "zstack": {
            "type": "dict",
            "apply_defaults": True,  # else the environment would count only below a zstack that is given
            "options": {
                "url": {"type": "str", "fallback": (env_fallback, ["ZSTACK_URL"])},
                "account": {"type": "str", "fallback": (env_fallback, ["ZSTACK_ACCOUNT"])},
                "password": {"type": "str", "no_log": True, "fallback": (env_fallback, ["ZSTACK_PASSWORD"])},
                "access_key_id": {"type": "str", "fallback": (env_fallback, ["ZSTACK_ACCESS_KEY_ID"])},
                "access_key_secret": {
                    "type": "str",
                    "no_log": True,
                    "fallback": (env_fallback, ["ZSTACK_ACCESS_KEY_SECRET"]),
                },
                "validate_certs": {"type": "bool", "default": True},
                "ca_cert": {"type": "path"},
            },
        },
        "host_storage": {
            "type": "dict",
            "options": {
                "volume_group": {"type": "str"},
                "thin_pool": {"type": "str"},
                "over_provisioning": {"type": "bool", "default": False},
                "image_root": {"type": "path"},
                "export_root": {"type": "path", "default": "/srv/shares"},
                "export_address": {"type": "str"},
                "export_options": {
                    "type": "list",
                    "elements": "str",
                    "default": ["sync", "no_subtree_check", "root_squash"],
                },
                "filesystem": {"type": "str", "default": "ext4", "choices": ["ext4", "xfs"]},
            },
        },
    }


def waiting() -> Arguments:
    """Mirrored by doc_fragments/waiting.py."""
    return {
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "int", "default": 600},
        "wait_interval": {"type": "float", "default": 5.0},
        "batch": {"type": "list", "elements": "dict"},
        "batch_concurrency": {"type": "int", "default": 8},
    }


def listing() -> Arguments:
    """What the lists of every info module take; mirrored by doc_fragments/listing.py."""
    return {
        "sort": {"type": "str"},
        "limit": {"type": "int"},
        "offset": {"type": "int"},
        "marker": {"type": "raw"},
    }


@dataclass(frozen=True)
class Spec:
    """The arguments of one module.

    item: those of one item, which an entry of C(batch) takes too.
    rules: mutually_exclusive, required_if and so on, applied to each item.
    info: an info module, which does not wait and has no batch.
    extra: what is the task's alone.
    """

    item: Arguments
    rules: t.Dict[str, t.Any] = field(default_factory=dict)
    info: bool = False
    extra: Arguments = field(default_factory=dict)

    def arguments(self) -> Arguments:
        """For AnsibleModule. What an item needs is required of items, not of the task."""
        item = {name: {k: v for k, v in spec.items() if k != "required"} for name, spec in self.item.items()}
        return {**connection(), **({} if self.info else waiting()), **self.extra, **(self.item if self.info else item)}
