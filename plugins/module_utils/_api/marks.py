# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Marks: what this collection notes on a resource, hidden from its metadata.

A mark is a metadata entry whose key starts with PREFIX. Their kinds:

once
    the word with which a verb that leaves no state to compare was done.
managed_from
    the reference that a resource was adopted by, so that a second run
    recognises it although the driver has renamed what was behind it.
bridge
    the network for which an access rule stands in while its level is changed,
    where that takes a new rule.
image
    the id of an image that was uploaded from a volume, by the image's name:
    the image service does not know where an image came from.
"""

from __future__ import annotations

import hashlib
import json
import typing as t

PREFIX = "unified.storage:"
BRIDGE = PREFIX + "bridge"
#: Metadata values of Cinder and Manila have at most so many characters.
LONGEST = 255


class Marks(t.NamedTuple):
    """once: {verb: word}. managed_from: text or None. entries: as they were."""

    once: t.Dict[str, str]
    managed_from: t.Optional[str]
    entries: t.Dict[str, str]


def split_marks(metadata: t.Dict[str, str]) -> Marks:
    """Take the marks out of a metadata dictionary.

    The entries are kept: they are put back when metadata are replaced as a whole.
    """
    entries = {key: metadata.pop(key) for key in list(metadata) if key.startswith(PREFIX)}
    lead = PREFIX + "once:"
    once = {key[len(lead) :]: word for key, word in entries.items() if key.startswith(lead)}
    return Marks(once, entries.get(PREFIX + "managed_from"), entries)


def once(verb: str, word: str) -> t.Dict[str, str]:
    """The metadata entry that says: this verb was done with this word."""
    return {PREFIX + "once:" + verb: word}


def image_key(name: str) -> str:
    """The key under which the id of the image of this name is noted."""
    key = PREFIX + "image:" + name
    return key if len(key) <= LONGEST else PREFIX + "image:" + hashlib.sha256(name.encode("utf-8")).hexdigest()


def managed_from(place: str, reference: t.Mapping[str, t.Any]) -> str:
    """What identifies an adopted thing: where it was and how it was called.

    place: the host or cluster, or the id of the volume for a snapshot.
    One that is too long for a metadata value is represented by its hash.
    """
    text = place + " " + json.dumps(reference, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    if len(text) <= LONGEST:
        return text
    return "sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest()


def managed(place: str, reference: t.Mapping[str, t.Any]) -> t.Dict[str, str]:
    """The metadata entry for managed_from."""
    return {PREFIX + "managed_from": managed_from(place, reference)}
