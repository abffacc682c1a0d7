# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new cloud holds: users, catalog, types, two small images."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .layout import VOLUME_BACKENDS, Cloud
from .rest import Rest, wait
from .store import MIB

CATALOG = {
    "glance": [("glance", "image", "")],
    "cinder": [("cinder", "block-storage", "/v3"), ("cinderv3", "volumev3", "/v3/%(project_id)s")],
    "manila": [("manila", "shared-file-system", "/v2"), ("manilav2", "sharev2", "/v2")],
}
IMAGES = {"tiny": b"tiny image\n", "tiny2": b"the second tiny image\n"}
"""Name to first bytes; each is a raw image of 1 MiB"""


def identity(cloud: Cloud) -> None:
    """Service users, the member demo with its two projects, the catalog."""
    rest = Rest(cloud)
    roles = {r["name"]: r["id"] for r in rest("keystone", "GET", "/roles")["roles"]}

    def create(kind: str, **values: Any) -> str:
        return str(rest("keystone", "POST", f"/{kind}s", {kind: values})[kind]["id"])

    def grant(project: str, user: str, role: str) -> None:
        rest("keystone", "PUT", f"/projects/{project}/users/{user}/roles/{roles[role]}")

    services = create("project", name="service", domain_id="default")
    for name in CATALOG:
        user = create("user", name=name, password=cloud.passwords["service"], domain_id="default")
        grant(services, user, "admin")
        grant(services, user, "service")
    demo = create("user", name="demo", password=cloud.passwords["demo"], domain_id="default")
    for name in ("demo", "alt"):
        grant(create("project", name=name, domain_id="default"), demo, "member")
    for service in cloud.services:
        for name, kind, path in CATALOG.get(service, []):
            entry = create("service", name=name, type=kind)
            for interface in ("public", "internal", "admin"):
                url = cloud.url(service) + path
                create("endpoint", service_id=entry, interface=interface, url=url, region_id="RegionOne")


def contents(cloud: Cloud) -> None:
    """Types and images; returns when the schedulers know all back ends."""
    rest = Rest(cloud)
    rest("keystone", "GET", "/roles")  # one login for the threads below
    seeds = {"glance": _images, "cinder": _volume_types, "manila": _share_types}
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(seeds[s], rest) for s in cloud.services if s in seeds]:
            done.result()


def _images(rest: Rest) -> None:
    for name, start in IMAGES.items():
        image = {"name": name, "disk_format": "raw", "container_format": "bare", "visibility": "public"}
        made = rest("glance", "POST", "/images", image)
        rest("glance", "PUT", f"/images/{made['id']}/file", data=start.ljust(MIB, b"\0"))


def _volume_types(rest: Rest) -> None:
    for name in VOLUME_BACKENDS:
        _volume_type(rest, name, {"volume_backend_name": name})
    _volume_type(rest, "multiattach", {"volume_backend_name": "alpha", "multiattach": "<is> True"})
    for name, specs in (("snapgroup", {"consistent_group_snapshot_enabled": "<is> True"}), ("plaingroup", {})):
        group_type = rest("cinder", "POST", "/group_types", {"group_type": {"name": name, "is_public": True}})
        if specs:
            rest("cinder", "POST", f"/group_types/{group_type['group_type']['id']}/group_specs", {"group_specs": specs})
    count = len(VOLUME_BACKENDS)
    wait("Cinder's back ends", lambda: len(rest("cinder", "GET", "/scheduler-stats/get_pools")["pools"]) == count)


def _volume_type(rest: Rest, name: str, specs: dict[str, str]) -> None:
    made = rest("cinder", "POST", "/types", {"volume_type": {"name": name}})
    rest("cinder", "POST", f"/types/{made['volume_type']['id']}/extra_specs", {"extra_specs": specs})


def _share_types(rest: Rest) -> None:
    ids = {}
    for name, dhss, extra in (
        ("default", False, {"share_backend_name": "gamma"}),
        ("delta", False, {"share_backend_name": "delta"}),
        ("replicated", False, {"replication_type": "readable"}),
        ("dhss", True, {"share_backend_name": "epsilon"}),
    ):
        abilities = (
            *("snapshot_support", "create_share_from_snapshot_support"),
            *("revert_to_snapshot_support", "mount_snapshot_support"),
        )
        specs = {"driver_handles_share_servers": str(dhss), **dict.fromkeys(abilities, "True"), **extra}
        share_type = {"name": name, "share_type_access:is_public": True, "extra_specs": specs}
        ids[name] = rest("manila", "POST", "/types", {"share_type": share_type})["share_type"]["id"]
    group_type = {
        "name": "default",
        "is_public": True,
        "share_types": [ids["default"]],
        "group_specs": {"consistent_snapshot_support": "pool"},
    }
    rest("manila", "POST", "/share-group-types", {"share_group_type": group_type})
    wait("Manila's back ends", lambda: len(rest("manila", "GET", "/scheduler-stats/pools")["pools"]) >= 3)
