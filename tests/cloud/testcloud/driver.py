# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test cloud's volume driver: volumes are sparse files in a folder. Raw images only.

It needs no root, no device-mapper and no qemu-img. A volume is the file
`<store>/<volume's name>`, a snapshot `<volume's name>@<snapshot's name>`;
any other file there is manageable. A reference for managing is

    {"source-name": "foreign-1"}    the file's name (of a snapshot also the part after the @)
    {"source-id": "1234"}           the file's inode number, as extra_info of the list tells it

A file whose name starts with `unsafe-` is listed as not safe to manage.
"""

from __future__ import annotations

import functools
import io
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from cinder import exception, interface
from cinder.objects import fields
from cinder.volume import configuration, driver, volume_utils
from oslo_config import cfg

from . import faults, store
from .store import GIB, MIB

OPTIONS = [
    cfg.StrOpt("testcloud_store", help="Folder that holds the volumes"),
    cfg.StrOpt("testcloud_faults", help="File of the faults to show"),
]
cfg.CONF.register_opts(OPTIONS, group=configuration.SHARED_CONF_GROUP)

CHAP_USER = "chap-user"
CHAP_SECRET = "chap-secret-"
"""What a CHAP password starts with, so that a test can look for it in an output"""

Method = TypeVar("Method", bound=Callable[..., Any])


def _names(arguments: tuple[Any, ...]) -> set[Any]:
    """All by which a fault can name what a call is about."""
    names: set[Any] = set()
    for argument in arguments:
        if isinstance(argument, dict):  # a reference
            names.update(v for v in argument.values() if isinstance(v, str))
        elif hasattr(argument, "id") and hasattr(argument, "name"):
            names.update((argument.id, argument.name, getattr(argument, "display_name", None)))
            # a snapshot belongs to its volume's name in the back end too
            names.add(getattr(argument, "volume_id", None))
    return names - {None}


def _faulty(method: Method) -> Method:
    """Makes a driver method meet the faults of its name first."""
    verb = method.__name__
    assert verb in faults.VERBS, verb

    @functools.wraps(method)
    def call(self: FileDriver, *arguments: Any, **options: Any) -> Any:
        self.meet_faults(verb, arguments)
        return method(self, *arguments, **options)

    return call  # type: ignore[return-value]


@interface.volumedriver
class FileDriver(driver.VolumeDriver):  # type: ignore[misc]
    """See the file's head."""

    VERSION = "1.0"
    CI_WIKI_NAME = "none"
    SUPPORTS_ACTIVE_ACTIVE = True  # so that a back end may be in a cluster

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values(OPTIONS)
        self.backend: str = self.configuration.safe_get("volume_backend_name")
        self.store = Path(self.configuration.testcloud_store)

    def do_setup(self, context: Any) -> None:
        self.store.mkdir(parents=True, exist_ok=True)

    def check_for_setup_error(self) -> None:
        pass

    # ---- faults

    def meet_faults(self, verb: str, arguments: tuple[Any, ...]) -> None:
        for fault in faults.take(Path(self.configuration.testcloud_faults), self.backend, verb, _names(arguments)):
            message = fault.get("message", f"{verb}: fault on demand")
            if fault["mode"] == "slow":
                time.sleep(fault.get("seconds", 5))
            elif fault["mode"] == "refuse":
                self._refuse(verb, message, arguments)
            else:
                raise exception.VolumeDriverException(message=message)

    @staticmethod
    def _refuse(verb: str, message: str, arguments: tuple[Any, ...]) -> None:
        if verb.startswith("manage_existing"):
            raise exception.ManageExistingInvalidReference(existing_ref=arguments[-1], reason=message)
        if verb.startswith("get_manageable"):
            raise exception.InvalidInput(reason=message)
        if verb == "validate_connector":
            raise exception.InvalidConnectorException(missing=message)
        raise exception.VolumeDriverException(message=message)

    # ---- files

    def _file(self, volume: Any) -> Path:
        return self.store / str(volume["name"])

    def _snapshot_file(self, snapshot: Any) -> Path:
        return self.store / f"{snapshot['volume_name']}@{snapshot['name']}"

    @staticmethod
    def _make(path: Path, size: int, source: Path | None = None) -> None:
        """A file of `size` GiB, or of its source's size where that is larger."""
        if source:
            _copy_sparse(source, path)
        with open(path, "ab") as file:
            file.truncate(max(size * GIB, file.tell()))

    def local_path(self, volume: Any) -> str:
        return str(self._file(volume))

    # ---- volumes and snapshots

    @_faulty
    def create_volume(self, volume: Any) -> None:
        self._make(self._file(volume), volume.size)

    @_faulty
    def delete_volume(self, volume: Any) -> None:
        self._file(volume).unlink(missing_ok=True)

    @_faulty
    def extend_volume(self, volume: Any, new_size: int) -> None:
        self._make(self._file(volume), new_size)

    @_faulty
    def create_cloned_volume(self, volume: Any, src_vref: Any) -> None:
        self._make(self._file(volume), volume.size, self._file(src_vref))

    @_faulty
    def create_volume_from_snapshot(self, volume: Any, snapshot: Any) -> None:
        self._make(self._file(volume), volume.size, self._snapshot_file(snapshot))

    @_faulty
    def create_snapshot(self, snapshot: Any) -> None:
        self._make(self._snapshot_file(snapshot), 0, self.store / snapshot.volume_name)

    @_faulty
    def delete_snapshot(self, snapshot: Any) -> None:
        self._snapshot_file(snapshot).unlink(missing_ok=True)

    @_faulty
    def revert_to_snapshot(self, context: Any, volume: Any, snapshot: Any) -> None:
        self._make(self._file(volume), volume.size, self._snapshot_file(snapshot))

    # ---- images

    @_faulty
    def clone_image(
        self, context: Any, volume: Any, image_location: Any, image_meta: dict[str, Any], image_service: Any
    ) -> tuple[dict[str, Any], bool]:
        """Says that it cloned: Cinder's own way to an image's bytes needs qemu-img."""
        self._fetch_image(context, volume, image_service, image_meta)
        return {}, True

    @_faulty
    def copy_image_to_volume(
        self, context: Any, volume: Any, image_service: Any, image_id: str, disable_sparse: bool = False
    ) -> None:
        self._fetch_image(context, volume, image_service, image_service.show(context, image_id))

    @_faulty
    def copy_volume_to_image(self, context: Any, volume: Any, image_service: Any, image_meta: dict[str, Any]) -> None:
        """Uploads a raw volume up to the end of its data: the zeros after it are worth no time.

        A volume made of such an image has them again.
        """
        _must_be_raw(image_meta)
        with _DataReader(self._file(volume)) as reader:
            image_service.update(context, image_meta["id"], {}, reader)

    def _fetch_image(self, context: Any, volume: Any, image_service: Any, image: dict[str, Any]) -> None:
        _must_be_raw(image)
        with open(self._file(volume), "wb") as file:
            image_service.download(context, image["id"], file)
        self._make(self._file(volume), volume.size)

    # ---- connections

    def ensure_export(self, context: Any, volume: Any) -> None:
        pass

    def create_export(self, context: Any, volume: Any, connector: Any) -> None:
        pass

    def remove_export(self, context: Any, volume: Any) -> None:
        pass

    @_faulty
    def validate_connector(self, connector: dict[str, Any]) -> None:
        """Only here can a driver say no so that os-initialize_connection answers 400."""

    @_faulty
    def initialize_connection(self, volume: Any, connector: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """iSCSI with CHAP secrets for who has an initiator (nobody listens), else the file."""
        if not connector.get("initiator"):
            return {"driver_volume_type": "local", "data": {"device_path": self.local_path(volume)}}
        return {
            "driver_volume_type": "iscsi",
            "data": {
                "target_discovered": False,
                "target_portal": "192.0.2.1:3260",
                "target_iqn": f"iqn.2010-10.org.openstack:{volume.name}",
                "target_lun": 1,
                "volume_id": volume.id,
                "auth_method": "CHAP",
                "auth_username": CHAP_USER,
                "auth_password": CHAP_SECRET + volume.id,
                "discard": False,
            },
        }

    @_faulty
    def terminate_connection(self, volume: Any, connector: dict[str, Any] | None, **kwargs: Any) -> None:
        pass

    # ---- managing what is there

    def _listing(self, snapshots: bool, managed: dict[str, str]) -> list[dict[str, Any]]:
        """What Cinder's manageable_* API shows. `managed`: names in the back end to Cinder's ids."""
        found = []
        for entry in store.entries(self.store):
            volume, at, snapshot = entry.name.partition("@")
            if bool(at) != snapshots:
                continue
            cinder_id = managed.get(snapshot or volume)
            reason = "already managed" if cinder_id else None
            if entry.name.startswith("unsafe-"):
                reason = reason or "in use by another application"
            row = {
                "reference": {"source-name": entry.name},
                "size": entry.size,
                "cinder_id": cinder_id,
                "safe_to_manage": reason is None,
                "reason_not_safe": reason,
                "extra_info": {"source-id": entry.source_id},
            }
            if snapshots:
                row["source_reference"] = {"source-name": volume}
            found.append(row)
        return found

    @_faulty
    def get_manageable_volumes(self, cinder_volumes: Any, *paging: Any) -> list[dict[str, Any]]:
        rows = self._listing(False, {v.name: v.id for v in cinder_volumes})
        return list(volume_utils.paginate_entries_list(rows, *paging))

    @_faulty
    def get_manageable_snapshots(self, cinder_snapshots: Any, *paging: Any) -> list[dict[str, Any]]:
        rows = self._listing(True, {s.name: s.id for s in cinder_snapshots})
        return list(volume_utils.paginate_entries_list(rows, *paging))

    def _find(self, reference: dict[str, Any], volume: str = "") -> store.Entry:
        """The file meant by a reference; a snapshot's when `volume`, its volume's name, is given."""
        name, source_id = reference.get("source-name"), reference.get("source-id")
        if not name and not source_id:
            raise exception.ManageExistingInvalidReference(
                existing_ref=reference, reason="it must have source-name or source-id"
            )
        for entry in store.entries(self.store):
            head, at, tail = entry.name.partition("@")
            named = bool(name) and name in (entry.name, tail)
            if (named or (source_id and source_id == entry.source_id)) and (head if at else "") == volume:
                return entry
        raise exception.ManageExistingInvalidReference(
            existing_ref=reference, reason="there is no such object in the back end"
        )

    @_faulty
    def manage_existing_get_size(self, volume: Any, existing_ref: dict[str, Any]) -> int:
        return self._find(existing_ref).size

    @_faulty
    def manage_existing(self, volume: Any, existing_ref: dict[str, Any]) -> None:
        old = self._find(existing_ref).name
        if volume_utils.check_already_managed_volume(volume_utils.extract_id_from_volume_name(old)):
            raise exception.ManageExistingAlreadyManaged(volume_ref=old)
        for entry in store.entries(self.store):  # its snapshots go with it
            head, at, tail = entry.name.partition("@")
            if head == old:
                (self.store / entry.name).rename(self.store / f"{volume.name}{at}{tail}")

    @_faulty
    def unmanage(self, volume: Any) -> None:
        pass

    @_faulty
    def manage_existing_snapshot_get_size(self, snapshot: Any, existing_ref: dict[str, Any]) -> int:
        return self._find(existing_ref, snapshot.volume_name).size

    @_faulty
    def manage_existing_snapshot(self, snapshot: Any, existing_ref: dict[str, Any]) -> None:
        old = self._find(existing_ref, snapshot.volume_name).name
        (self.store / old).rename(self._snapshot_file(snapshot))

    @_faulty
    def unmanage_snapshot(self, snapshot: Any) -> None:
        pass

    # ---- moving between types and back ends

    @_faulty
    def retype(self, context: Any, volume: Any, new_type: Any, diff: Any, host: dict[str, Any]) -> tuple[bool, None]:
        """Any type of the same pool; another one is for Cinder to migrate to."""
        return host["host"] == volume.host, None

    @_faulty
    def migrate_volume(self, context: Any, volume: Any, host: dict[str, Any]) -> tuple[bool, None]:
        kind, _, target = (host["capabilities"].get("location_info") or "").partition(":")
        if kind != type(self).__name__:
            return False, None
        shutil.move(self._file(volume), Path(target) / volume.name)
        return True, None

    # ---- generic groups: consistent ones here, all others Cinder does volume by volume

    @_faulty
    def create_group(self, context: Any, group: Any) -> dict[str, Any]:
        _consistent_only(group)
        return {"status": fields.GroupStatus.AVAILABLE}

    @_faulty
    def delete_group(self, context: Any, group: Any, volumes: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        _consistent_only(group)
        for volume in volumes:
            self._file(volume).unlink(missing_ok=True)
        return {"status": fields.GroupStatus.DELETED}, [{"id": v.id, "status": "deleted"} for v in volumes]

    @_faulty
    def update_group(
        self, context: Any, group: Any, add_volumes: Any = None, remove_volumes: Any = None
    ) -> tuple[None, None, None]:
        _consistent_only(group)
        return None, None, None

    @_faulty
    def create_group_snapshot(
        self, context: Any, group_snapshot: Any, snapshots: Any
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        _consistent_only(group_snapshot)
        for snapshot in snapshots:
            self._make(self._snapshot_file(snapshot), 0, self.store / snapshot.volume_name)
        done = fields.SnapshotStatus.AVAILABLE
        return {"status": done}, [{"id": s.id, "status": done} for s in snapshots]

    @_faulty
    def delete_group_snapshot(
        self, context: Any, group_snapshot: Any, snapshots: Any
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        _consistent_only(group_snapshot)
        for snapshot in snapshots:
            self._snapshot_file(snapshot).unlink(missing_ok=True)
        done = fields.SnapshotStatus.DELETED
        return {"status": done}, [{"id": s.id, "status": done} for s in snapshots]

    @_faulty
    def create_group_from_src(
        self,
        context: Any,
        group: Any,
        volumes: Any,
        group_snapshot: Any = None,
        snapshots: Any = None,
        source_group: Any = None,
        source_vols: Any = None,
    ) -> tuple[None, None]:
        _consistent_only(group)
        if snapshots:
            sources = [self._snapshot_file(s) for s in snapshots]
        else:
            sources = [self._file(v) for v in source_vols or ()]
        for volume, source in zip(volumes, sources, strict=True):
            self._make(self._file(volume), volume.size, source)
        return None, None

    # ---- statistics

    def _update_volume_stats(self) -> None:
        location = f"{type(self).__name__}:{self.store}"
        pool = {
            "pool_name": self.backend,
            "total_capacity_gb": 10_000_000,
            "free_capacity_gb": 10_000_000,
            "provisioned_capacity_gb": 0,
            "allocated_capacity_gb": 0,
            "reserved_percentage": 0,
            "max_over_subscription_ratio": 20.0,
            "thin_provisioning_support": True,
            "multiattach": True,
            "QoS_support": True,
            "online_extend_support": True,
            "consistent_group_snapshot_enabled": True,
            "location_info": location,
            "filter_function": self.get_filter_function(),
            "goodness_function": self.get_goodness_function(),
        }
        self._stats = {
            "volume_backend_name": self.backend,
            "vendor_name": "unified.storage tests",
            "driver_version": self.VERSION,
            "storage_protocol": "file",
            "location_info": location,
            "pools": [pool],
        }


def _consistent_only(group: Any) -> None:
    """:raises NotImplementedError: Cinder then does it volume by volume."""
    if not volume_utils.is_group_a_cg_snapshot_type(group):
        raise NotImplementedError


def _must_be_raw(image: dict[str, Any]) -> None:
    if image["disk_format"] != "raw" or image["container_format"] != "bare":
        raise exception.ImageUnacceptable(image_id=image["id"], reason="this driver knows raw, bare images only")


class _DataReader(io.FileIO):
    """A file that ends after its last data, rounded up to a MiB."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        self.left = max(1, -(-_data_end(self.fileno()) // MIB)) * MIB

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(self.left if size is None or size < 0 else min(size, self.left)) or b""
        self.left -= len(data)
        return data


def _extents(fd: int) -> Iterator[tuple[int, int]]:
    """Where a sparse file has data: (start, stop) in bytes."""
    stop = 0
    while True:
        try:
            start = os.lseek(fd, stop, os.SEEK_DATA)
        except OSError:  # nothing but a hole from here
            return
        stop = os.lseek(fd, start, os.SEEK_HOLE)
        yield start, stop


def _data_end(fd: int) -> int:
    return max((stop for _, stop in _extents(fd)), default=0)


def _copy_sparse(source: Path, target: Path) -> None:
    """Copy the data of a file, leave its holes holes."""
    with open(source, "rb") as src, open(target, "wb") as dst:
        for start, stop in _extents(src.fileno()):
            dst.seek(start)
            position = start
            while position < stop:
                position += os.sendfile(dst.fileno(), src.fileno(), position, stop - position)
        dst.truncate(os.fstat(src.fileno()).st_size)
