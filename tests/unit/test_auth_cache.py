# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache of logins: private, and never a reason to fail."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path

import pytest

from ansible_collections.unified.storage.plugins.module_utils._auth_cache import open_cache
from ansible_collections.unified.storage.plugins.module_utils._errors import Invalid

RECORD = {"token": "t", "services": {}}
LOGIN = {"user": "u", "password": "geheim"}


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def fresh() -> dict:
    return {**RECORD, "expires": time.time() + 3600}


def test_what_was_saved_is_loaded_by_the_same_login_only(runtime):
    open_cache(None, LOGIN).save(fresh())
    assert open_cache(None, LOGIN).load()["token"] == "t"
    assert open_cache(None, {**LOGIN, "password": "other"}).load() is None
    open_cache(None, LOGIN).drop()
    assert open_cache(None, LOGIN).load() is None


def test_files_are_private_and_hold_no_password(runtime):
    open_cache(None, LOGIN).save(fresh())
    files = [path for path in runtime.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
    assert all(b"geheim" not in path.read_bytes() and "geheim" not in path.name for path in files)


@pytest.mark.parametrize("left", [60, -1])
def test_a_token_near_its_end_is_not_used(runtime, left):
    open_cache(None, LOGIN).save({**RECORD, "expires": time.time() + left})
    assert open_cache(None, LOGIN).load() is None


def test_a_login_without_an_end_is_not_kept(runtime):
    open_cache(None, LOGIN).save({**RECORD, "expires": None})
    assert open_cache(None, LOGIN).load() is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", json.dumps({"expires": "soon"}).encode()])
def test_a_damaged_file_counts_as_none(runtime, content):
    cache = open_cache(None, LOGIN)
    cache.save(fresh())
    (path,) = runtime.rglob("*.json")
    path.write_bytes(content)
    assert open_cache(None, LOGIN).load() is None


def test_a_file_that_others_can_read_or_a_link_is_not_trusted(runtime):
    open_cache(None, LOGIN).save(fresh())
    (path,) = runtime.rglob("*.json")
    path.chmod(0o644)
    assert open_cache(None, LOGIN).load() is None
    path.chmod(0o600)
    moved = path.rename(path.with_suffix(".moved"))
    path.symlink_to(moved)
    assert open_cache(None, LOGIN).load() is None


def test_off_without_a_runtime_folder_and_when_told(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    open_cache(None, LOGIN).save(fresh())
    assert open_cache(None, LOGIN).load() is None
    with pytest.raises(Invalid, match="XDG_RUNTIME_DIR"):
        open_cache("true", LOGIN)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    open_cache("false", LOGIN).save(fresh())
    assert list(tmp_path.rglob("*.json")) == []


def test_the_runtime_folder_of_another_user_is_left_alone(runtime, monkeypatch):
    """sudo -E: what root left there, its owner could not use afterwards."""
    monkeypatch.setattr("os.geteuid", lambda: runtime.stat().st_uid + 1)
    open_cache(None, LOGIN).save(fresh())
    assert not list(runtime.iterdir())
    with pytest.raises(Invalid, match="XDG_RUNTIME_DIR"):
        open_cache("true", LOGIN)


def test_a_path_turns_it_on_and_must_be_private(tmp_path):
    own, shared = tmp_path / "own", tmp_path / "shared"
    open_cache(str(own), LOGIN).save(fresh())
    assert open_cache(str(own), LOGIN).load()["token"] == "t"
    shared.mkdir()
    shared.chmod(0o755)
    with pytest.raises(Invalid, match="0700"):
        open_cache(str(shared), LOGIN)


def test_a_folder_that_cannot_be_made_is_no_failure(runtime):
    (runtime / "unified.storage").write_text("in the way")
    open_cache(None, LOGIN).save(fresh())
    assert open_cache(None, LOGIN).load() is None
