# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Logins that outlive a task: a token, its catalog and the versions found.

One file of mode 0600 per login, below a private folder, named by a keyed hash
of all that identifies the login. Never a password in it.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import json
import os
import stat
import tempfile
import time
import typing as t

from ansible_collections.unified.storage.plugins.module_utils._errors import Invalid

#: Seconds before its end at which a token counts as expired.
MARGIN = 120.0

TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def open_cache(option: t.Optional[str], identity: t.Any) -> AuthCache:
    """The cache that the option C(auth_cache) asks for.

    option: a boolean as text, a path, or None: on where there is a private
        runtime folder of the user's own (sudo may leave that of another).
    identity: all that identifies the login, JSON-able.
    Raises Invalid when a cache was asked for and cannot be private.
    """
    word = (option or "").strip().lower()
    if word in FALSE:
        return AuthCache(None, identity)
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if word == "" or word in TRUE:
        if not runtime or not os.path.isdir(runtime) or os.stat(runtime).st_uid != os.geteuid():
            if word:
                raise Invalid(
                    "auth_cache is on, but there is no private runtime folder of yours (XDG_RUNTIME_DIR): give a path."
                )
            return AuthCache(None, identity)
        folder = os.path.join(runtime, "unified.storage")
    else:
        folder = os.path.abspath(os.path.expanduser(os.path.expandvars(t.cast(str, option))))
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        private = os.lstat(folder)
    except OSError as exc:
        if not word:
            return AuthCache(None, identity)
        raise Invalid("The folder of auth_cache, %s, cannot be used: %s." % (folder, exc.strerror)) from exc
    if not stat.S_ISDIR(private.st_mode) or private.st_uid != os.geteuid() or private.st_mode & 0o077:
        if not word:
            return AuthCache(None, identity)
        raise Invalid(
            "The folder of auth_cache, %s, must be a folder of yours that nobody else may enter (mode 0700)." % folder
        )
    return AuthCache(folder, identity)


class AuthCache:
    """One login's place in the cache; without a folder, nothing is kept."""

    def __init__(self, folder: t.Optional[str], identity: t.Any) -> None:
        self._path: t.Optional[str] = None
        if folder is not None:
            text = json.dumps(identity, sort_keys=True, default=str).encode("utf-8")
            name = hmac.new(_salt(folder), text, hashlib.sha256).hexdigest()
            self._path = os.path.join(folder, name + ".json")

    def load(self, needed: t.Iterable[str] = ()) -> t.Optional[t.Dict[str, t.Any]]:
        """The record, None when there is none that can be used: too old, or without a key that is needed."""
        if self._path is None:
            return None
        text = _read(self._path)
        try:
            record = json.loads(text) if text else None
        except ValueError:
            return None
        if not isinstance(record, dict) or any(name not in record for name in needed):
            return None
        expires = record.get("expires")
        if not isinstance(expires, (int, float)) or expires < time.time() + MARGIN:
            return None
        return record

    def save(self, record: t.Mapping[str, t.Any]) -> None:
        """Keep the record; silently not, where that is impossible: it is only a cache."""
        if self._path is not None and record.get("expires"):
            _write(self._path, json.dumps(record).encode("utf-8"))

    def drop(self) -> None:
        if self._path is not None:
            try:
                os.unlink(self._path)
            except OSError:
                pass


def _salt(folder: str) -> bytes:
    """A random key per folder: without it, a file's name tells nothing of a password."""
    path = os.path.join(folder, "salt")
    salt = _read(path)
    if not salt:
        _write(path, os.urandom(32), replace=False)
        salt = _read(path) or b""
    return salt


def _read(path: str) -> t.Optional[bytes]:
    """A file's content, if it is a plain file that only this user can read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(fd, "rb") as file:
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode) or info.st_uid != os.geteuid() or info.st_mode & 0o077:
            return None
        return file.read()


def _write(path: str, content: bytes, replace: bool = True) -> None:
    """Write a file of mode 0600 as a whole, or leave what is there.

    replace: False: the first of several writers wins.
    """
    temporary = None
    try:
        fd, temporary = tempfile.mkstemp(dir=os.path.dirname(path))  # of mode 0600
        with os.fdopen(fd, "wb") as file:
            file.write(content)
        if replace:
            os.replace(temporary, path)
            temporary = None
        else:
            try:
                os.link(temporary, path)
            except OSError as exc:
                if exc.errno != errno.EEXIST:
                    raise
    except OSError:
        pass
    finally:
        if temporary is not None:
            try:
                os.unlink(temporary)
            except OSError:
                pass
