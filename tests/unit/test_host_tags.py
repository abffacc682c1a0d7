# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes in LVM tags come back as they were, whatever they are, and within what LVM allows."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.unified.storage.plugins.module_utils._host import tags

LVM_TAKES = re.compile(r"[A-Za-z0-9_+.][A-Za-z0-9_+.\-/=!:&#]{0,1023}\Z")
ANY = st.text(st.characters(), max_size=400)  # lone surrogates and NUL included
KEY = st.text(st.characters(), max_size=20)


@given(st.dictionaries(KEY, ANY, max_size=6))
def test_all_comes_back(notes: dict[str, str]) -> None:
    assert tags.decode(tags.encode(notes)) == notes


@given(st.dictionaries(KEY, ANY, max_size=6))
def test_lvm_takes_every_tag(notes: dict[str, str]) -> None:
    encoded = tags.encode(notes)
    assert all(LVM_TAKES.match(tag) for tag in encoded)
    assert len(set(encoded)) == len(encoded)  # a set is what LVM makes of them


@given(st.dictionaries(KEY, ANY, max_size=4), st.lists(st.from_regex(LVM_TAKES), max_size=6))
def test_the_order_and_strangers_do_not_matter(notes: dict[str, str], others: list[str]) -> None:
    strangers = [tag for tag in others if not tag.startswith(tags.LEAD)]
    assert tags.decode([*strangers, *reversed(tags.encode(notes))]) == notes
    assert all(tags.key_of(tag) is None for tag in strangers)


@given(st.lists(st.one_of(st.text(), st.from_regex(r"us:[A-F0-9+#/=a-z]{0,30}\Z")), max_size=8))
def test_odd_tags_are_no_crash(odd: list[str]) -> None:
    for key, value in tags.decode(odd).items():
        assert isinstance(key, str) and isinstance(value, str)
    for tag in odd:
        tags.key_of(tag)


@given(KEY, ANY)
def test_each_tag_names_its_key(key: str, value: str) -> None:
    assert {tags.key_of(tag) for tag in tags.encode_one(key, value)} == {key}


@pytest.mark.parametrize("length", [0, 1, 255, 256, 979, 980, 1000, 1024, 5000])
def test_long_values_are_cut_and_put_together(length: int) -> None:
    for letter in ("x", "ü", "\n"):
        encoded = tags.encode({"description": letter * length})
        assert all(len(tag) <= tags.LONGEST for tag in encoded)
        assert tags.decode(encoded) == {"description": letter * length}


def test_a_value_that_is_not_whole_is_not_there() -> None:
    encoded = tags.encode({"a": "x" * 3000, "b": "y"})
    lost = [tag for tag in encoded if "#1/" not in tag]
    assert len(lost) == len(encoded) - 1
    assert tags.decode(lost) == {"b": "y"}


@pytest.mark.parametrize(
    "tag", ["us:a=+4", "us:a=+ZZ", "us:a=+FF", "us:+C3=x", "us:a", "us:a#1=x", "us:a=b c", "us:a=+0a"]
)
def test_what_was_never_written_so_is_passed_over(tag: str) -> None:
    assert tags.decode([tag]) == {}
