# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Files and folders of the host: changed whole or not at all."""

from __future__ import annotations

import os
import stat
import typing as t

from ansible_collections.unified.storage.plugins.module_utils._errors import Conflict, Failed

if t.TYPE_CHECKING:
    from ansible_collections.unified.storage.plugins.module_utils._host.command import Command


def read(path: str) -> t.Optional[str]:
    """The text of a file, None when there is none. What is no UTF-8 comes as surrogates."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise Failed("%s cannot be read: %s." % (path, exc.strerror)) from exc


def write(command: Command, path: str, text: str) -> None:
    """Put a file in place of another, or where none was: a reader sees the old text or the new.

    The owner and mode of an old one are kept. What was written survives a power failure.
    """
    command.writing("write", path)
    # Where a link leads to, or the link itself would be replaced: what is put in place must be on the same file system.
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    part = os.path.join(folder, part_name(os.path.basename(target)))
    try:
        try:
            old: t.Optional[os.stat_result] = os.stat(target)
        except FileNotFoundError:
            old = None
        with open(part, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            os.fchmod(file.fileno(), stat.S_IMODE(old.st_mode) if old else 0o644)
            if old:
                os.fchown(file.fileno(), old.st_uid, old.st_gid)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
        _sync(folder)
    except OSError as exc:
        raise Failed("%s cannot be written: %s." % (path, exc.strerror)) from exc


def part_name(name: str) -> str:
    """How a file is called until it is whole: hidden, and with another ending, so that nobody takes it for one."""
    return ".%s.unified.storage" % name


def real(path: str) -> str:
    """A path in its one spelling, as the kernel and nfs-utils take it: without links, dots and slashes too many."""
    try:
        return os.path.realpath(path)
    except ValueError:  # no path at all: a zero byte
        return os.path.normpath(path)


def remove(command: Command, path: str) -> None:
    """Remove a file or a link, if it is there."""
    if not os.path.lexists(path):
        return
    command.writing("remove", path)
    try:
        os.unlink(path)
        _sync(os.path.dirname(path))
    except OSError as exc:
        raise Failed("%s cannot be removed: %s." % (path, exc.strerror)) from exc


def link(command: Command, path: str, target: str) -> None:
    """Make a symbolic link, unless it is there."""
    if os.path.islink(path) and os.readlink(path) == target:
        return
    command.writing("link", path)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)
        _sync(os.path.dirname(path))
    except OSError as exc:
        raise Failed("%s cannot be made: %s." % (path, exc.strerror)) from exc


def folder(command: Command, path: str) -> None:
    """Make a folder and those above it, unless they are there."""
    if os.path.isdir(path):
        return
    command.writing("mkdir", path)
    try:
        os.makedirs(path, 0o755, exist_ok=True)
        _sync(os.path.dirname(path))
    except OSError as exc:
        raise Failed("%s cannot be made: %s." % (path, exc.strerror)) from exc


def check_root(path: str) -> None:
    """Raises Conflict where folders to mount on must not be made.

    That is below a link, and where others than root could put a link in the place of one.
    """
    if os.path.realpath(path) != path:
        raise Conflict("%s leads through a symbolic link to %s: name that." % (path, os.path.realpath(path)))
    if os.path.isdir(path):
        found = os.stat(path)
        if found.st_uid != 0 or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise Conflict("%s can be changed by others than root: nothing is mounted there." % path)
    elif os.path.lexists(path):
        raise Conflict("%s is no folder." % path)


def check_mount_point(path: str) -> None:
    """Raises Conflict for a link, a file, and a folder with something in it or mounted on it."""
    if not os.path.lexists(path):
        return
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        raise Conflict("%s is in the way: it is no folder. Nothing was mounted." % path)
    if os.path.ismount(path):
        raise Conflict("%s is in the way: something is mounted there already. Nothing was mounted." % path)
    if os.listdir(path):
        raise Conflict("%s is in the way: it is not empty. Nothing was mounted." % path)


def mount_point(command: Command, path: str) -> None:
    """Make an empty folder to mount on, unless it is there."""
    check_root(os.path.dirname(path))
    check_mount_point(path)
    folder(command, path)


def remove_folder(command: Command, path: str) -> None:
    """Remove an empty folder; one that is not empty stays."""
    if os.path.islink(path) or not os.path.isdir(path) or os.path.ismount(path) or os.listdir(path):
        return
    command.writing("rmdir", path)
    try:
        os.rmdir(path)
    except OSError as exc:
        raise Failed("%s cannot be removed: %s." % (path, exc.strerror)) from exc


def _sync(path: str) -> None:
    """What a folder lists must survive a power failure too."""
    fd = os.open(path or "/", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
