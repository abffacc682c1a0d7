# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports files: what is read is what nfs-utils would read, and nothing can add a line."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.unified.storage.plugins.module_utils._errors import Invalid
from ansible_collections.unified.storage.plugins.module_utils._host.exports import (
    Client,
    Entry,
    Piece,
    check_client,
    check_options,
    escape,
    line,
    parse,
    render,
    replace,
    same_client,
    with_level,
)

# Bytes that are no UTF-8 arrive as surrogates.
ODD = '\\"#()-\n\t\r 017/é\udcff'
TEXT = st.text(st.one_of(st.sampled_from(ODD), st.characters(codec="utf-8")), max_size=30)
PATHS = TEXT.filter(lambda text: "\0" not in text).map(lambda text: "/" + text)
WHO = st.text(st.sampled_from("abc019.*?[]@:/_-"), min_size=1, max_size=20).filter(lambda who: who[0] != "-")
OPTIONS = st.lists(
    st.sampled_from(["rw", "ro", "sync", "fsid=0", "sec=krb5:sys", "anonuid=99"]), max_size=4, unique=True
)
CLIENTS = st.builds(lambda who, options: Client(who, tuple(options)), WHO, OPTIONS)
ENTRIES = st.builds(
    lambda path, clients, defaults: Entry(path, tuple(clients), tuple(defaults)),
    PATHS,
    st.lists(CLIENTS, min_size=1, max_size=4),
    OPTIONS,
)


@settings(deadline=None)  # a busy machine is no failure
@given(TEXT)
@example("/a b(rw) \\\n c(ro)\n# d\n")
@example('/a "b\n')
def test_what_is_not_changed_is_written_as_it_was(text: str) -> None:
    assert render(parse(text)) == text


@settings(deadline=None)
@given(ENTRIES)
@example(Entry("/\\040", (Client("a"),)))
@example(Entry("/a\n/etc *(rw)", (Client("a"),)))
def test_an_entry_is_one_line_and_reads_back_as_it_was(entry: Entry) -> None:
    written = line(entry)
    assert written.count("\n") == 1 and written.endswith("\n")
    (piece,) = parse(written)
    assert piece.entry == entry


@settings(deadline=None)
@given(
    st.lists(ENTRIES, max_size=4), ENTRIES, st.lists(st.sampled_from(["# x\n", "\n", "  \n", '/bad "\n']), max_size=3)
)
def test_replacing_one_entry_touches_no_other(entries: list[Entry], new: Entry, noise: list[str]) -> None:
    text = "".join([*map(line, entries), *noise])
    before = parse(text)
    after = replace(before, new.path, new)
    assert [p for p in after if not p.entry or p.entry.path != new.path] == [
        p for p in before if not p.entry or p.entry.path != new.path
    ]
    assert all(p.entry == new for p in after if p.entry and p.entry.path == new.path)
    assert not [p for p in replace(before, new.path, None) if p.entry and p.entry.path == new.path]


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("/srv 10.0.0.1(rw,sync)\n", Entry("/srv", (Client("10.0.0.1", ("rw", "sync")),))),
        ("/srv", Entry("/srv", (Client("*"),))),  # the world
        ("/srv (rw)\n", Entry("/srv", (Client("*", ("rw",)),))),
        ("/srv host (rw)\n", Entry("/srv", (Client("host"), Client("*", ("rw",))))),
        ("/srv -rw,sync a b(ro)\n", Entry("/srv", (Client("a"), Client("b", ("ro",))), ("rw", "sync"))),
        ('"/my srv" a\n', Entry("/my srv", (Client("a"),))),
        ("/my\\040srv a\n", Entry("/my srv", (Client("a"),))),
        ("/srv \\\n   a(rw) # who\n", Entry("/srv", (Client("a", ("rw",)),))),
        ("/srv#1 a\n", Entry("/srv#1", (Client("a"),))),
        ("/caf\\303\\251 a\n", Entry("/café", (Client("a"),))),
    ],
)
def test_what_nfs_utils_understands(text: str, entry: Entry) -> None:
    assert parse(text) == [Piece(text, entry)]


@pytest.mark.parametrize("text", ['/srv "a\n', "srv a\n", "/srv a(rw\n", "/srv a(rw)b\n", "/srv a(rw)(ro)\n"])
def test_a_line_that_cannot_be_read_has_a_problem(text: str) -> None:
    (piece,) = parse(text)
    assert piece.entry is None and piece.problem


def test_who_may_write() -> None:
    (piece,) = parse("/srv -rw a b(ro) c(ro,rw)\n")
    assert piece.entry
    assert [piece.entry.writable(client) for client in piece.entry.clients] == [True, False, True]
    assert not Entry("/srv", (Client("a"),)).writable(Client("a"))
    assert with_level(("sync", "ro", "fsid=1"), "rw") == ("rw", "sync", "fsid=1")


def test_an_entry_without_clients_is_never_written() -> None:
    with pytest.raises(ValueError, match="without clients"):
        line(Entry("/srv", ()))


@pytest.mark.parametrize("who", ["10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::1", "2001:DB8::/32", "10.1.2.3/32"])
def test_addresses_and_networks_are_clients(who: str) -> None:
    check_client(who)


@pytest.mark.parametrize(
    "who",
    [
        *("", "*", "host", "@group", "10.0.0.1(rw)", "10.0.0.1 *", "10.0.0.1\n/etc *", "10.0.0.1\n", "10.0.0.1,x"),
        *("10.0.0.1/24", "10.0.0.256", "fe80::1%eth0", "\u0661\u0660.0.0.1", "10.0.0.1/33", "$(id)", "10.0.0.1;id"),
        *("'", "-rw", "10.0.0.1 "),
    ],
)
def test_nothing_else_is_a_client(who: str) -> None:
    with pytest.raises(Invalid, match="access_to must be"):
        check_client(who)


@settings(deadline=None)
@given(TEXT)
def test_a_client_can_add_no_word(who: str) -> None:
    try:
        check_client(who)
    except Invalid:
        return
    assert escape(who) == who


def test_host_bits_are_explained() -> None:
    with pytest.raises(Invalid, match=r"Did you mean 10\.0\.0\.0/24"):
        check_client("10.0.0.9/24")


def test_spellings_of_one_client() -> None:
    assert same_client("10.0.0.1", "10.0.0.1/32") and same_client("2001:DB8::", "2001:db8::")
    assert not same_client("10.0.0.1", "10.0.0.2")


def test_options_that_can_be_set() -> None:
    options = ["sync", "no_root_squash", "anonuid=65534", "sec=krb5p:sys"]
    assert check_options(options) == tuple(options)


@pytest.mark.parametrize(
    "option",
    ["rw", "ro", "", "unknown", "sync\n/etc *(rw)", "sync,rw", "fsid=0", "anonuid=", "sec=x", "sync)", "sync "],
)
def test_options_that_cannot(option: str) -> None:
    with pytest.raises(Invalid, match="export_options"):
        check_options([option])
