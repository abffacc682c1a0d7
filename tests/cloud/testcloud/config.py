# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services' own configuration files, and the user's clouds.yaml."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from .layout import HOST, VOLUME_BACKENDS, Cloud, write_atomic

Sections = dict[str, dict[str, Any]]

FOLDERS = (
    "etc",
    "log",
    "lock",
    "fernet",
    "receipts",
    "credential",
    "manila",
    "glance/images",
    "glance/staging",
    "glance/tasks",
)
MANILA_BACKENDS = ("gamma", "delta", "epsilon")


def write_all(cloud: Cloud) -> None:
    for name in (*FOLDERS, *(f"cinder/{b}" for b in VOLUME_BACKENDS)):
        (cloud.state / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    for service in cloud.services:
        sections = {"keystone": keystone, "glance": glance, "cinder": cinder, "manila": manila}[service](cloud)
        sections.update(common(cloud, service))
        cloud.conf(service).write_text(ini(sections))
    if "manila" in cloud.services:
        cloud.etc("manila-paste.ini").write_text(manila_paste(cloud))
    write_atomic(cloud.clouds_yaml, clouds_yaml(cloud), mode=0o600)


def ini(sections: Sections) -> str:
    lines: list[str] = []
    for name, options in sections.items():
        lines.append(f"[{name}]")
        for key, value in options.items():
            lines.append(f"{key} = {str(value).lower() if isinstance(value, bool) else value}")
        lines.append("")
    return "\n".join(lines)


def shipped(path: str) -> str:
    """A file that a service's wheel installs under <venv>/etc."""
    return str(Path(sys.prefix) / "etc" / path)


def database_url(cloud: Cloud, service: str) -> str:
    if cloud.database == "mariadb":
        return f"mysql+pymysql://root@localhost/{service}?unix_socket={cloud.socket}&charset=utf8mb4"
    return f"sqlite:///{cloud.state / service}.sqlite?timeout=60"


def service_login(cloud: Cloud, service: str) -> dict[str, Any]:
    return {
        "auth_url": f"{cloud.url('keystone')}/v3",
        "auth_type": "password",
        "project_domain_id": "default",
        "user_domain_id": "default",
        "project_name": "service",
        "username": service,
        "password": cloud.passwords["service"],
    }


def common(cloud: Cloud, service: str) -> Sections:
    sections: Sections = {
        "database": {"connection": database_url(cloud, service), "max_retries": 3},
        "oslo_concurrency": {"lock_path": cloud.state / "lock"},
        "oslo_messaging_notifications": {"driver": "noop"},
        "oslo_middleware": {"enable_proxy_headers_parsing": True},
    }
    if cloud.database == "mariadb":
        sections["database"].update(max_pool_size=20, max_overflow=60)
    else:
        sections["database"]["sqlite_synchronous"] = False
    if service != "keystone":
        sections["keystone_authtoken"] = {
            "www_authenticate_uri": f"{cloud.url('keystone')}/v3",
            **service_login(cloud, service),
            "service_token_roles": "service",
            "service_token_roles_required": True,
            "token_cache_time": cloud.token_cache,
        }
    return sections


def keystone(cloud: Cloud) -> Sections:
    return {
        "DEFAULT": {"use_stderr": True},
        "fernet_tokens": {"key_repository": cloud.state / "fernet"},
        "fernet_receipts": {"key_repository": cloud.state / "receipts"},
        "credential": {"key_repository": cloud.state / "credential"},
        "token": {"provider": "fernet", "expiration": 86400},
        "identity": {"password_hash_rounds": 4},  # the least that bcrypt allows: a login in ms
        # Services ask of a token every few seconds: each answer made anew takes a tenth of a second.
        "cache": {"enabled": True, "backend": "dogpile.cache.memory"},
    }


def glance(cloud: Cloud) -> Sections:
    folder = cloud.state / "glance"
    return {
        "DEFAULT": {
            "use_stderr": True,
            "enabled_backends": "store:file",
            "worker_self_reference_url": cloud.url("glance"),
            "enabled_import_methods": "[glance-direct,web-download,copy-image]",
        },
        "paste_deploy": {"flavor": "keystone", "config_file": shipped("glance/glance-api-paste.ini")},
        "glance_store": {"default_backend": "store"},
        "store": {"filesystem_store_datadir": folder / "images"},
        "os_glance_staging_store": {"filesystem_store_datadir": folder / "staging"},
        "os_glance_tasks_store": {"filesystem_store_datadir": folder / "tasks"},
    }


def cinder(cloud: Cloud) -> Sections:
    sections: Sections = {
        "DEFAULT": {
            "use_stderr": True,
            "host": "lab",
            "my_ip": HOST,
            "state_path": cloud.state / "cinder",
            "transport_url": "fake://",
            "auth_strategy": "keystone",
            "api_paste_config": shipped("cinder/api-paste.ini"),
            "resource_query_filters_file": shipped("cinder/resource_filters.json"),
            "rootwrap_config": shipped("cinder/rootwrap.conf"),
            "enabled_backends": ",".join(VOLUME_BACKENDS),
            "default_volume_type": "alpha",
            "glance_api_servers": cloud.url("glance"),
            "glance_num_retries": 1,
            # one process: only the last of its services sends heartbeats
            "service_down_time": 31536000,
            "scheduler_driver_init_wait_time": 1,
            "scheduler_max_attempts": 1,  # else a fault in create_volume is tried again, and gone
            "quota_volumes": 20000,
            "quota_snapshots": 20000,
            "quota_gigabytes": 1000000,
            "quota_groups": 5000,
            "periodic_fuzzy_delay": 0,
            "periodic_interval": 5,
            "backend_stats_polling_interval": 5,
            "volume_usage_audit_period": "month",
            "migration_create_volume_timeout_secs": 60,
        },
        "coordination": {"backend_url": f"file://{cloud.state / 'cinder'}"},
        "key_manager": {"backend": "cinder.keymgr.conf_key_mgr.ConfKeyManager", "fixed_key": "0" * 64},
        "service_user": {"send_service_user_token": True, **service_login(cloud, "cinder")},
    }
    for backend in VOLUME_BACKENDS:
        sections[backend] = {
            "volume_driver": "testcloud.driver.FileDriver",
            "volume_backend_name": backend,
            "testcloud_store": cloud.store(backend),
            "testcloud_faults": cloud.faults,
        }
    sections["gamma"]["cluster"] = "lab"
    sections["lab"]["backend_availability_zone"] = "lab"
    return sections


def manila(cloud: Cloud) -> Sections:
    many = 5000
    sections: Sections = {
        "DEFAULT": {
            "use_stderr": True,
            "host": "lab",
            "my_ip": HOST,
            "state_path": cloud.state / "manila",
            "transport_url": "fake://",
            "auth_strategy": "keystone",
            "api_paste_config": cloud.etc("manila-paste.ini"),
            "rootwrap_config": shipped("manila/rootwrap.conf"),
            "enabled_share_backends": ",".join(MANILA_BACKENDS),
            "enabled_share_protocols": "NFS,CIFS",
            "default_share_type": "default",
            "default_share_group_type": "default",
            "periodic_fuzzy_delay": 0,
            "periodic_interval": 5,
            "report_interval": 5,
            "service_down_time": 60,
        },
        "quota": {
            "shares": many,
            "gigabytes": 1000000,
            "snapshots": many,
            "snapshot_gigabytes": 1000000,
            "share_networks": many,
            "share_groups": many,
            "share_group_snapshots": many,
        },
        "coordination": {"backend_url": f"file://{cloud.state / 'manila'}"},
    }
    for backend in MANILA_BACKENDS:
        sections[backend] = {
            "share_driver": "manila.tests.share.drivers.dummy.DummyDriver",
            "driver_handles_share_servers": backend == "epsilon",
            "share_backend_name": backend,
            "dummy_driver_default_driver_method_delay": 0,
            "dummy_driver_driver_methods_delays": "get_pool:0",
        }
    for backend in ("gamma", "delta"):
        sections[backend]["replication_domain"] = "lab"
    sections["delta"]["backend_availability_zone"] = "nova2"
    sections["epsilon"].update(network_plugin("10.254.0.1", "255.255.0.0"), admin_network_config_group="epsilon_admin")
    sections["epsilon_admin"] = network_plugin("11.0.0.1", "255.0.0.0")
    return sections


def network_plugin(gateway: str, mask: str) -> dict[str, Any]:
    return {
        "network_api_class": "manila.network.standalone_network_plugin.StandaloneNetworkPlugin",
        "standalone_network_plugin_gateway": gateway,
        "standalone_network_plugin_mask": mask,
        "standalone_network_plugin_network_type": "flat",
    }


def manila_paste(cloud: Cloud) -> str:
    """Manila's paste file, in which the auth_token middleware reads a configuration of its own.

    manila.share.manager registers [keystone_authtoken]auth_url too, so the two
    cannot share the process's global configuration object.
    """
    factory = "paste.filter_factory = keystonemiddleware.auth_token:filter_factory\n"
    text = Path(shipped("manila/api-paste.ini")).read_text()
    if factory not in text:
        raise RuntimeError("manila's api-paste.ini is not as expected: no auth_token filter")
    own = f"oslo_config_project = manila\noslo_config_file = {cloud.conf('manila')}\n"
    return text.replace(factory, factory + own)


def clouds_yaml(cloud: Cloud) -> str:
    """Logins only: no microversion, for users' files have none either. (JSON is YAML.)"""

    def login(user: str, project: str) -> dict[str, Any]:
        return {
            "region_name": "RegionOne",
            "identity_api_version": "3",
            "auth_type": "password",
            "auth": {
                "auth_url": f"{cloud.url('keystone')}/v3",
                "username": user,
                "password": cloud.passwords[user],
                "project_name": project,
                "user_domain_id": "default",
                "project_domain_id": "default",
            },
        }

    logins = {"admin": login("admin", "admin"), "demo": login("demo", "demo"), "alt": login("demo", "alt")}
    return json.dumps({"clouds": logins}, indent=2) + "\n"
