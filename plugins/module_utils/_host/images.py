# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Images: files that a volume's content goes to, and comes from."""

from __future__ import annotations

import errno
import io
import os
import stat
import struct
import time
import typing as t
from contextlib import contextmanager

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Conflict,
    Failed,
    Invalid,
    StorageError,
    Unsupported,
)
from ansible_collections.unified.storage.plugins.module_utils._host import lock
from ansible_collections.unified.storage.plugins.module_utils._host.command import Command

#: How much is copied at a time.
PIECE = 4 * 2**20
#: What qemu-img calls the formats that a host can make of a volume, and take into one.
FORMATS = ("raw", "qcow2")
QCOW2 = b"QFI\xfb"


def utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


@contextmanager
def alone(device: str) -> t.Iterator[None]:
    """Keep a device from being mounted meanwhile, as what mounts keeps it from us. Raises Conflict where it is."""
    try:
        file = os.open(device, os.O_RDONLY | os.O_EXCL | os.O_CLOEXEC)
    except OSError as exc:
        if exc.errno == errno.EBUSY:
            raise Conflict("%s is in use, perhaps mounted: close it first." % device, reason=str(exc)) from exc
        raise Failed("%s cannot be opened: %s." % (device, exc.strerror), reason=str(exc)) from exc
    try:
        yield
    finally:
        os.close(file)


def copy(command: Command, source: str, target: str, size: t.Optional[int] = None, sparse: bool = False) -> None:
    """Copy the content of one device or file over that of another, and see it on the disk.

    size: bytes at most. sparse: zeros are not written where the target reads as zeros already, so that they
    take no room there. What it reads decides: an earlier copy may have been killed halfway.
    Raises Failed.
    """
    command.writing("copy", source, target)
    zeros = bytes(PIECE)
    left = size
    try:
        with open(source, "rb", buffering=0) as src, open(target, "r+b", buffering=0) as dst:
            while left is None or left > 0:
                piece = src.read(PIECE if left is None else min(PIECE, left))
                if not piece:
                    break
                if sparse and piece == zeros[: len(piece)] and _blank(dst, zeros[: len(piece)]):
                    dst.seek(len(piece), os.SEEK_CUR)
                else:
                    view = memoryview(piece)
                    while view:
                        view = view[dst.write(view) :]
                left = None if left is None else left - len(piece)
            if stat.S_ISREG(os.fstat(dst.fileno()).st_mode):
                dst.truncate(dst.tell())
            os.fsync(dst.fileno())
    except OSError as exc:
        raise Failed("%s could not be copied to %s: %s." % (source, target, exc.strerror), reason=str(exc)) from exc


def _blank(file: io.FileIO, zeros: bytes) -> bool:
    """Whether there are zeros, or nothing yet, where it would be written to next."""
    found = os.pread(file.fileno(), len(zeros), file.tell())
    return found == zeros[: len(found)]


class Images:
    """The images of a host: plain files, in a folder or by their whole path."""

    def __init__(self, command: Command, root: t.Optional[str]) -> None:
        self._command = command
        self._root = root

    def path(self, ref: str) -> str:
        """The file that a name or a path means.

        Raises Invalid for a name that is none: it could lead out of the folder.
        """
        if ref.startswith("/"):
            return os.path.normpath(ref)
        if not self._root:
            raise Invalid("host_storage.image_root is missing: it says where the images are. Or give a whole path.")
        if ref in ("", ".", "..") or ref.startswith(".") or "/" in ref or "\0" in ref:
            raise Invalid("%r is no name of an image: that is a file's name without a path, or a whole path." % ref)
        return os.path.join(self._root, ref)

    def observe(self, refs: t.Optional[t.Collection[str]]) -> t.List[Resource]:
        """The images of these names and paths, or all in the folder."""
        if refs is None:
            refs = sorted(os.listdir(self._root)) if self._root and os.path.isdir(self._root) else []
            refs = [ref for ref in refs if not ref.startswith(".")]
        found = []
        for ref in refs:
            try:
                image = self._look(self.path(ref))
            except OSError:
                continue
            if image is not None:
                found.append(image)
        return found

    def _look(self, path: str) -> t.Optional[Resource]:
        """An image, None where there is no plain file. Raises OSError."""
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            facts = os.fstat(file)
            if not stat.S_ISREG(facts.st_mode):
                return None
            head = os.pread(file, 104, 0)
        finally:
            os.close(file)
        size, form = facts.st_size, "raw"
        if head.startswith(QCOW2) and len(head) >= 32:
            # What counts is how much it holds, not how long the file is.
            form, size = "qcow2", struct.unpack(">Q", head[24:32])[0]
        return {
            "id": path,
            "name": os.path.basename(path),
            "status": "active",
            "size": size,
            "visibility": None,
            "disk_format": form,
            "container_format": "bare",
            "created_at": utc(facts.st_mtime),
        }

    def need(self, path: str) -> Resource:
        """Raises Failed when it is not there (any more)."""
        try:
            image = self._look(path)
        except OSError as exc:
            raise Failed("The image %s cannot be read: %s." % (path, exc.strerror), reason=str(exc)) from exc
        if image is None:
            raise Failed("The image %s is no plain file." % path)
        return image

    def check(self, path: str, room: int) -> Resource:
        """The image, if it can go into a device of so many bytes. Raises StorageError."""
        image = self.need(path)
        if image["size"] > room:
            raise Conflict("The image %s has %d bytes, and the volume only %d." % (path, image["size"], room))
        if image["disk_format"] != "raw":
            self._check_alone(path)
        return image

    def load(self, path: str, device: str, room: int, sparse: bool) -> Resource:
        """Put an image's content into a device of so many bytes. sparse: as for copy(). Raises StorageError."""
        image = self.check(path, room)
        with alone(device):
            if image["disk_format"] == "raw":
                copy(self._command, path, device, sparse=sparse)
            else:
                self._command.write("qemu-img", "convert", "-n", "-f", "qcow2", "-O", "raw", path, device)
        return image

    def _check_alone(self, path: str) -> None:
        """Raises Unsupported for an image that takes its content from other files: it could name any of the host's."""
        try:
            with open(path, "rb") as file:
                head = file.read(80)
        except OSError as exc:
            raise Failed("The image %s cannot be read: %s." % (path, exc.strerror), reason=str(exc)) from exc
        backing, version = struct.unpack(">Q", head[8:16])[0], struct.unpack(">I", head[4:8])[0]
        features = struct.unpack(">Q", head[72:80])[0] if version >= 3 and len(head) >= 80 else 0
        if backing or features & 4:
            raise Unsupported("The image %s takes its content from another file. Flatten it first." % path)

    def check_free(self, path: str, force: bool) -> None:
        """Raises Conflict where an image of this path would take the place of another, unless that may be."""
        if os.path.lexists(path) and not force:
            raise Conflict("There is a file %s already. Set force to replace it." % path)

    def save(self, device: str, size: int, name: str, form: str, force: bool, who: str) -> str:
        """Make an image of a device's content; its path. It is there as a whole, or not at all.

        force: one that is there already is replaced. who: the id of the volume, one image of which is made at a
        time. Raises StorageError.
        """
        path = self.path(name)
        self.check_free(path, force)
        new = os.path.join(os.path.dirname(path), ".%s.new" % who)
        self._command.writing("write", new)
        try:
            if os.path.lexists(new):
                os.unlink(new)  # a run that was killed has left it
            os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
            try:
                if form == "raw":
                    copy(self._command, device, new, size, sparse=True)
                else:
                    self._command.write("qemu-img", "convert", "-f", "raw", "-O", form, device, new)
                with lock.held("images"):
                    self.check_free(path, force)  # another volume's may have come meanwhile
                    self._command.writing("rename", new, path)
                    os.rename(new, path)
            except (OSError, StorageError):
                os.unlink(new)
                raise
        except OSError as exc:
            raise Failed("The image %s cannot be written: %s." % (path, exc.strerror), reason=str(exc)) from exc
        return path
