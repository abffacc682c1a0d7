# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to OpenStack, as far as no server is needed to tell: pages without markers, when and where to ask again."""

from __future__ import annotations

import threading
import time
from email.utils import formatdate

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from keystoneauth1 import exceptions as ksa

from ansible_collections.unified.storage.plugins.module_utils import _errors as errors
from ansible_collections.unified.storage.plugins.module_utils._openstack import cinder, rest


class Listing(rest.Rest):
    """A list of entries that may change between two pages.

    cut: how many the service gives at most, whatever it is asked for (osapi_max_limit).
    """

    def __init__(self, count, changes=(), cut=1000):
        self.entries = [{"id": str(n)} for n in range(count)]
        self.changes, self.asked, self.cut = list(changes), [], cut
        self._longest = {}

    def get(self, path, params=None, what="reading", missing=False):
        self.asked.append(params)
        page = self.entries[params["offset"] : params["offset"] + min(params["limit"], self.cut)]
        if self.changes:
            self.changes.pop(0)(self.entries)
        return {"things": page}


@given(st.integers(0, 3500), st.integers(0, 50), st.one_of(st.none(), st.integers(1, 3600)))
def test_pages_by_offset_give_each_entry_once_and_in_order(count, offset, limit):
    listing = Listing(count)
    found = listing.pages_by_offset("things", "things", {"offset": offset}, limit)
    assert found == listing.entries[offset:][:limit]
    assert all(params["limit"] <= 1000 for params in listing.asked)


def test_an_entry_that_goes_between_two_pages_hides_no_other():
    listing = Listing(1500, [lambda entries: entries.pop(0)])
    found = listing.pages_by_offset("things", "things", {})
    assert {"id": "1000"} in found and len(found) == 1499


def test_a_list_that_never_stands_still_is_given_up():
    listing = Listing(5000, [lambda entries: entries.pop(0)] * 50)
    with pytest.raises(errors.Unreachable, match="changes faster"):
        listing.pages_by_offset("things", "things", {})


def test_what_is_added_between_two_pages_hides_nothing_and_costs_no_further_request():
    """Manila lists the newest first: a batch that makes shares shifts the list at each of its own polls."""
    fresh = iter(range(10**6))

    def add(entries):
        entries[:0] = [{"id": f"new {next(fresh)}"} for _ in range(7)]

    listing = Listing(2500, [add] * 50)
    there = [entry["id"] for entry in listing.entries]
    found = [entry["id"] for entry in listing.pages_by_offset("things", "things", {})]
    assert found == there and len(listing.asked) == 3


@pytest.mark.parametrize("cut", [100, 101, 250, 999, 1000])
@given(st.integers(0, 1200), st.one_of(st.none(), st.integers(1, 1300)))
def test_a_service_that_gives_less_than_it_is_asked_for_is_asked_on(cut, count, limit):
    listing = Listing(count, cut=cut)
    assert listing.pages_by_offset("things", "things", {}, limit) == listing.entries[:limit]


def test_a_short_list_takes_one_request_and_one_that_shrinks_no_further_one():
    listing = Listing(99)
    listing.pages_by_offset("things", "things", {})
    assert len(listing.asked) == 1
    listing = Listing(500)
    listing.pages_by_offset("things", "things", {})
    assert len(listing.asked) == 2
    for _ in range(3):
        listing.entries.pop()
        listing.pages_by_offset("things", "things", {})
    assert len(listing.asked) == 2 + 3


def test_what_could_be_managed_is_listed_to_its_end_where_the_service_cuts():
    listing = Listing(450, cut=200)
    found = cinder.Cinder(listing)._manageable_pages("manageable_volumes", "things", {}, None)
    assert found == listing.entries


class Moved(rest.Rest):
    """A service that is asked where it was when another task looked, and may be elsewhere.

    there, here: what its old and its new place answer.
    """

    def __init__(self, there, here, kept=True):
        self._cloud = self
        self._service_type, self._newest, self._patience = "block-storage", "3.71", 0
        self._lock, self.clock, self.asked, self.kept = threading.Lock(), None, [], kept
        self.places = {"old": there, "new": here}
        self._open({"url": "old", "max": "3.71"})

    def _open(self, endpoint):
        self.offered = self.microversion = endpoint["max"]
        self._adapter = Place(self, endpoint["url"])

    def service_anew(self, service_type):
        kept, self.kept = self.kept, False
        return {"url": "new", "max": "3.60"} if kept else None


class Place:
    def __init__(self, service, url):
        self.service, self.url = service, url

    def get(self, path, **options):
        return self.request(path, "GET", **options)

    def request(self, path, method, **_options):
        self.service.asked.append((method, self.url))
        answer = self.service.places[self.url]
        if isinstance(answer, Exception):
            raise answer
        made = requests.Response()
        made.status_code, made._content = answer, b'{"it": "is"}'
        return made


def refused(how="NewConnectionError"):
    """What keystoneauth raises for a connection that does not come about (or that breaks off)."""
    exc = ksa.ConnectFailure("Unable to establish connection")
    exc.__cause__ = type(how, (Exception,), {})("refused")
    return exc


@pytest.mark.parametrize("there", [406, refused()])
def test_a_service_that_has_moved_or_was_rolled_back_is_looked_for_once(there):
    """A kept endpoint is good for as long as the token: an hour of failing tasks."""
    moved = Moved(there, 200)
    assert moved.get("volumes") == {"it": "is"} and moved.offered == "3.60"
    assert moved.send("POST", "volumes", "create") == {"it": "is"}
    assert moved.asked == [("GET", "old"), ("GET", "new"), ("POST", "new")]
    moved = Moved(there, 200)
    assert moved.send("POST", "volumes", "create") == {"it": "is"}
    assert moved.asked == [("POST", "old"), ("POST", "new")]


@pytest.mark.parametrize(("there", "error"), [(406, errors.Failed), (refused(), errors.Unreachable)])
def test_one_that_was_found_by_this_task_is_not_looked_for_again(there, error):
    moved = Moved(there, 200, kept=False)
    for ask in (lambda: moved.get("volumes"), lambda: moved.send("POST", "volumes", "create")):
        with pytest.raises(error):
            ask()
    assert moved.asked == [("GET", "old"), ("POST", "old")]


def test_a_write_that_may_have_arrived_is_sent_nowhere_else():
    moved = Moved(refused("RemoteDisconnected"), 200)
    with pytest.raises(errors.LostAnswer):
        moved.send("POST", "volumes", "create")
    assert moved.asked == [("POST", "old")]


class Answer:
    def __init__(self, retry_after):
        self.headers = {"Retry-After": retry_after} if retry_after else {}


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), ("0", 0), ("-3", 0), (formatdate(1800000060, usegmt=True), 60)]
)
def test_retry_after_is_seconds_or_a_date(header, seconds, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1800000000.0)
    assert rest._retry_after(Answer(header)) == seconds


@pytest.mark.parametrize("header", [None, "", "soon"])
def test_a_retry_after_that_says_nothing_is_not_heeded(header):
    assert rest._retry_after(Answer(header)) is None
