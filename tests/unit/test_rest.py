# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to OpenStack, as far as no server is needed to tell: pages without markers, and when to ask again."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.unified.storage.plugins.module_utils import _errors as errors
from ansible_collections.unified.storage.plugins.module_utils._openstack import rest


class Listing(rest.Rest):
    """A list of entries that may change between two pages."""

    def __init__(self, count, changes=()):
        self.entries = [{"id": str(n)} for n in range(count)]
        self.changes, self.asked = list(changes), []

    def get(self, path, params=None, what="reading", missing=False):
        self.asked.append(params)
        page = self.entries[params["offset"] : params["offset"] + params["limit"]]
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
