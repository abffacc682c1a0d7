# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Notes in LVM tags: any text, under any key, without loss. Pure.

A tag may have the characters [A-Za-z0-9_+.-/=!:&#] and 1024 of them. A note is
C(us:key=value), where any other character, and the few that have a meaning
here, are C(+XX) for each byte of their UTF-8. A value that is too long is cut
into C(us:key#0/3=...), C(us:key#1/3=...) and so on.
"""

from __future__ import annotations

import re
import typing as t

LEAD = "us:"
#: LVM takes 1024; some versions count a byte for the end.
LONGEST = 1000
_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-/:")
_TAG = re.compile(r"us:([A-Za-z0-9_.\-/:+]*)(?:#([0-9]{1,6})/([0-9]{1,6}))?=([A-Za-z0-9_.\-/:+]*)\Z")
_ESCAPED = re.compile(r"(?:[^+]|\+[0-9A-F]{2})*\Z")


def _escape(text: str) -> str:
    # surrogatepass: what Python took from undecodable bytes is text too.
    return "".join(
        c if c in _SAFE else "".join("+%02X" % byte for byte in c.encode("utf-8", "surrogatepass")) for c in text
    )


def _unescape(text: str) -> str:
    """Raises ValueError for what _escape() never makes."""
    if not _ESCAPED.match(text):
        raise ValueError(text)
    parts = text.split("+")
    raw = parts[0].encode("ascii")
    for part in parts[1:]:
        raw += bytes([int(part[:2], 16)]) + part[2:].encode("ascii")
    return raw.decode("utf-8", "surrogatepass")


def encode_one(key: str, value: str) -> t.List[str]:
    """The tags of one note."""
    name, text = LEAD + _escape(key), _escape(value)
    room = LONGEST - len(name) - 20
    if room < 100:
        raise ValueError("the key is too long: %s" % key)
    if len(text) <= room:
        return ["%s=%s" % (name, text)]
    pieces = [text[i : i + room] for i in range(0, len(text), room)]
    return ["%s#%d/%d=%s" % (name, i, len(pieces), piece) for i, piece in enumerate(pieces)]


def encode(notes: t.Mapping[str, str]) -> t.List[str]:
    """The tags of some notes."""
    return [tag for key, value in sorted(notes.items()) for tag in encode_one(key, value)]


def decode(tags: t.Iterable[str]) -> t.Dict[str, str]:
    """The notes among some tags. What is not ours, or not whole, is passed over."""
    pieces: t.Dict[t.Tuple[str, int], t.Dict[int, str]] = {}
    for tag in tags:
        found = _TAG.match(tag)
        if found:
            key, index, count, text = found.groups()
            pieces.setdefault((key, int(count or 1)), {})[int(index or 0)] = text
    notes = {}
    for (key, count), parts in pieces.items():
        if sorted(parts) == list(range(count)):
            try:
                notes[_unescape(key)] = _unescape("".join(parts[i] for i in range(count)))
            except ValueError:
                continue
    return notes


def key_of(tag: str) -> t.Optional[str]:
    """The key of the note that a tag is, or is a part of; None for somebody else's."""
    found = _TAG.match(tag)
    try:
        return _unescape(found.group(1)) if found else None
    except ValueError:
        return None
