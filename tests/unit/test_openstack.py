# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The back end openstack, as far as no cloud is needed to tell: what it refuses, hides and keeps."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.unified.storage.plugins.module_utils import _errors as errors
from ansible_collections.unified.storage.plugins.module_utils._openstack import backend, cinder, cloud, manila


class NewestApi:
    """A Rest that is never asked."""

    @staticmethod
    def lacks(needed):
        return None


# ---- certificates


@pytest.mark.parametrize(
    ("verify", "cert", "names"),
    [
        ("missing", None, "ca_cert names .*missing"),
        (False, "missing", "client_cert names .*missing"),
        (True, ["here", "missing"], "client_key names .*missing"),
        (True, ("missing", "here"), "client_cert names .*missing"),
    ],
)
def test_a_certificate_that_is_not_there_is_named(verify, cert, names, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    (tmp_path / "here").write_text("")
    with pytest.raises(errors.Invalid, match=names):
        cloud.check_certificates(verify, cert)
    (tmp_path / "missing").write_text("")
    cloud.check_certificates(verify, cert)


def test_certificates_of_the_environment_count_where_nothing_else_is_said(monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle")
    with pytest.raises(errors.Invalid, match=r"REQUESTS_CA_BUNDLE.*/no/such/bundle"):
        cloud.check_certificates(True, None)
    cloud.check_certificates(False, None)


@pytest.mark.parametrize("kept", [True, False])
def test_a_certificate_is_missed_with_a_kept_login_and_without(kept, tmp_path, monkeypatch):
    record = {"token": "t", "verify": "/no/such/bundle", "cert": None, "timeout": 60, "services": {}}
    monkeypatch.setattr(cloud, "open_cache", lambda option, identity: Kept(record if kept else None))
    options = {"auth": {"auth_url": "http://127.0.0.1:1/v3", "username": "u", "password": "p", "project_name": "p"}}
    with pytest.raises(errors.Invalid, match="ca_cert names /no/such/bundle"):
        cloud.Cloud({**options, "ca_cert": "/no/such/bundle"})


# ---- what is kept of a service


class Kept:
    """A cache with one record, which counts what is saved."""

    def __init__(self, record):
        self.record, self.saved = record, []

    def load(self, needed):
        return self.record

    def save(self, record):
        self.saved.append({**record["services"]})


def login(found, **services):
    """A kept login, to a cloud where a discovery finds this (or fails)."""
    made = cloud.Cloud.__new__(cloud.Cloud)
    made._lock, made._cache = threading.Lock(), Kept(None)
    made.record, made._kept = {"services": dict(services)}, set(services)
    made.discovered = []

    def discover(service_type):
        made.discovered.append(service_type)
        if isinstance(found, Exception):
            raise found
        return found

    made._discover = discover
    return made


OLD, NEW = {"url": "old", "min": "3.0", "max": "3.71"}, {"url": "new", "min": "3.0", "max": "3.60"}


def test_a_kept_endpoint_is_found_anew_once_and_kept():
    made = login(NEW, **{"block-storage": OLD})
    assert made.service("block-storage") == OLD and not made.discovered
    assert made.service_anew("block-storage") == NEW == made.service("block-storage")
    assert made._cache.saved == [{"block-storage": NEW}]
    assert made.service_anew("block-storage") is None and made.discovered == ["block-storage"]


@pytest.mark.parametrize("found", [OLD, errors.Unreachable("down")])
def test_one_that_is_where_it_was_or_cannot_be_found_stays(found):
    made = login(found, **{"block-storage": OLD})
    assert made.service_anew("block-storage") is None
    assert made.service("block-storage") == OLD and not made._cache.saved


def test_one_that_this_task_has_found_itself_is_not_looked_for_again():
    made = login(NEW)
    assert made.service("block-storage") == NEW
    assert made.service_anew("block-storage") is None and made.discovered == ["block-storage"]


# ---- secrets


def test_secrets_of_a_connection_are_left_out_whatever_the_driver_calls_them():
    plain = {
        "target_iqn": "iqn",
        "secret_type": "ceph",
        "secret_uuid": "u",
        "auth_method": "CHAP",
        "auth_enabled": True,
    }
    names = ("auth_password", "auth_username", "discovery_auth_username", "keyring", "secret", "token")
    secret = dict.fromkeys([*names, "serverToken", "serverPassword", "vmware_host_password", "client_secret"], "x")
    data = {"data": {**plain, **secret}, "list": [{**plain, **secret}]}
    assert backend._without_secrets(data) == {"data": plain, "list": [plain]}


# ---- what is refused


@pytest.mark.parametrize("verb", ["create", "manage", "merge_metadata", "replace_metadata"])
@pytest.mark.parametrize("key", ["readonly", "attached_mode"])
def test_metadata_that_cinder_hides_behind_flags_of_its_own_are_refused(verb, key):
    api = cinder.Cinder(NewestApi())
    assert key in (api.why_not("volume", verb, {"metadata": {key: "x", "other": "y"}}) or "")
    assert api.why_not("volume", verb, {"metadata": {"other": "y"}}) is None
    assert api.why_not("volume_snapshot", verb, {"metadata": {key: "x"}}) is None
    assert api.why_not("volume", "set_image_metadata", {"metadata": {key: "x"}}) is None


@pytest.mark.parametrize("kind", ["volume", "volume_snapshot", "volume_group"])
def test_a_name_that_cinder_would_change_is_refused(kind):
    api = cinder.Cinder(NewestApi())
    assert "blanks" in (api.why_not(kind, "create", {"name": "a "}) or "")
    assert "blanks" in (api.why_not(kind, "update", {"name": "\ta"}) or "")
    assert api.why_not(kind, "create", {"name": "a b"}) is None


def test_a_set_of_volumes_is_a_volume_group_on_cinder():
    api = cinder.Cinder(NewestApi())
    with pytest.raises(errors.Unsupported, match="use volume_group"):
        api.observe("snapshot_group", None, {})
    assert "use volume_group" in (api.why_not("snapshot_group", "create", {}) or "")


@pytest.mark.parametrize("kind", ["share", "share_network", "share_instance"])
def test_shares_are_sorted_by_one_key(kind):
    with pytest.raises(errors.Invalid, match="one key"):
        manila.Manila(NewestApi()).query(kind, {"sort": "name:asc,id:asc"})


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (403, "Invalid share: Resource lock/s [7f1c] prevent delete action.", "locked"),
        (403, "Cannot deny access for share '1' since it has been locked. Please remove the locks and retry", "locked"),
        (409, "Resource's visibility is already locked by other user.", "locked"),
        (400, "Invalid input received: The resource already has a visibility lock.", "locked"),
        (409, "Share my-lock has 2 snapshots.", None),
        (400, "Locks are not a share type: lock.", None),
        (400, "Resource cannot be locked since it has been soft deleted.", None),
        (500, "Resource lock/s [7f1c] prevent delete action.", None),
        (403, "Quota exceeded for resources: shares.", "quota"),
    ],
)  # fmt: skip
def test_a_lock_is_told_from_a_name(status, reason, kind):
    told = manila._told(errors.Conflict("m", status=status, reason=reason))
    assert (told and told.kind) == kind
