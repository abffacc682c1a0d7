# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Exports files and the table of exports: read, changed, written. Pure.

A file is read into pieces, one for each logical line. A piece that is not
changed is written as it was, byte for byte: somebody else's lines stay theirs.
The reader does what that of nfs-utils does, and so also understands its etab.
Text that is not UTF-8 travels as surrogates (the error handler surrogateescape).
"""

from __future__ import annotations

import functools
import ipaddress
import re
import typing as t

from ansible_collections.unified.storage.plugins.module_utils._errors import Invalid

#: What needs no escape in a path or a client.
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._+,:=@%*?[]!-")
_OCTAL = frozenset("01234567")
_BLANK = frozenset(" \t\r\v\f\n")
#: A host's name without its domain.
_LABEL = re.compile("[A-Za-z0-9-]+")

#: The export options that a task may set; how a client may write is the rule's access level.
_FLAGS = re.compile(
    "(no_)?(wdelay|subtree_check|auth_nlm|acl|root_squash|all_squash|pnfs)|(in)?secure(_locks)?|a?sync|(no)?hide|"
    "crossmnt|mountpoint|mp|security_label"
)
_VALUES = {
    "anonuid": re.compile(r"\d{1,10}"),
    "anongid": re.compile(r"\d{1,10}"),
    "sec": re.compile(r"(sys|krb5|krb5i|krb5p|none)(:(sys|krb5|krb5i|krb5p|none))*"),
    "xprtsec": re.compile(r"(none|tls|mtls)(:(none|tls|mtls))*"),
}


class Client(t.NamedTuple):
    """Who may mount, and how. The world is C(*)."""

    who: str
    options: t.Tuple[str, ...] = ()


class Entry(t.NamedTuple):
    """One exported path. defaults: the options before the clients, for those after them."""

    path: str
    clients: t.Tuple[Client, ...]
    defaults: t.Tuple[str, ...] = ()

    def writable(self, client: Client) -> bool:
        """True when the client may write: the last word counts, and without a word it may not."""
        words = [word for word in self.defaults + client.options if word in ("ro", "rw")]
        return bool(words) and words[-1] == "rw"


class Piece(t.NamedTuple):
    """A logical line: as it was written, and what it says.

    entry: None for a comment, an empty line, and a line that cannot be read.
    problem: why it cannot be read.
    """

    raw: str
    entry: t.Optional[Entry] = None
    problem: t.Optional[str] = None


# -- reading
def parse(text: str) -> t.List[Piece]:
    """The pieces of a file; joined, their raw texts are the text."""
    pieces = []
    start = 0
    while start < len(text):
        words, end, problem = _line(text, start)
        raw = text[start:end]
        start = end
        if problem is None and words:
            try:
                pieces.append(Piece(raw, _entry(words)))
                continue
            except ValueError as exc:
                problem = str(exc)
        pieces.append(Piece(raw, None, problem))
    return pieces


def _line(text: str, start: int) -> t.Tuple[t.List[str], int, t.Optional[str]]:
    """The words of the logical line at start, where the next one begins, and what is wrong."""
    words: t.List[str] = []
    at = start
    while at < len(text):
        char = text[at]
        if char == "\n":
            return words, at + 1, None
        if char == "#":
            end = text.find("\n", at)
            return words, len(text) if end < 0 else end + 1, None
        if char in _BLANK:
            at += 1
        elif text.startswith("\\\n", at):
            at += 2
        else:
            word, at, closed = _word(text, at)
            if not closed:
                return words, at, "a quote is not closed"
            words.append(word)
    return words, at, None


def _word(text: str, at: int) -> t.Tuple[str, int, bool]:
    """The word at a place, without quotes and escapes; where it ends; False when a quote stays open."""
    got: t.List[t.Union[str, int]] = []  # a number is a byte that was escaped
    quoted = False
    while at < len(text) and (quoted or text[at] not in _BLANK):
        char = text[at]
        if text.startswith("\\\n", at):
            if not quoted:
                break
            # a continued line, which counts as one blank
            at += 2
            while at < len(text) and text[at] in " \t":
                at += 1
            got.append(" ")
            continue
        at += 1
        if char == '"':
            quoted = not quoted
            continue
        got.append(char)
        if len(got) >= 4 and got[-4] in ("\\", 0o134) and all(_digit(one) is not None for one in got[-3:]):
            value = 0
            for one in got[-3:]:
                value = value * 8 + t.cast(int, _digit(one))
            got[-4:] = [value & 0xFF]
    raw = b"".join(bytes([one]) if isinstance(one, int) else one.encode("utf-8", "surrogateescape") for one in got)
    return raw.decode("utf-8", "surrogateescape"), at, not quoted


def _digit(one: t.Union[str, int]) -> t.Optional[int]:
    char = chr(one) if isinstance(one, int) else one
    return int(char) if char in _OCTAL else None


def _entry(words: t.Sequence[str]) -> Entry:
    path, rest = words[0], list(words[1:])
    if not path.startswith("/"):
        raise ValueError("%s is no absolute path" % path)
    defaults: t.Tuple[str, ...] = ()
    if rest and rest[0].startswith("-"):
        defaults = _options(rest.pop(0)[1:])
    return Entry(path, tuple(_client(word) for word in rest) or (Client("*"),), defaults)


def _client(word: str) -> Client:
    who, bracket, options = word.partition("(")
    if not bracket:
        return Client(who)
    if not options.endswith(")") or ")" in options[:-1]:
        raise ValueError("the options of %s are not closed" % (who or "*"))
    return Client(who or "*", _options(options[:-1]))


def _options(text: str) -> t.Tuple[str, ...]:
    return tuple(option for option in text.split(",") if option)


# -- writing
def render(pieces: t.Iterable[Piece]) -> str:
    return "".join(piece.raw for piece in pieces)


def line(entry: Entry) -> str:
    """An entry as a line. It has clients: a path alone would be exported to the world."""
    if not entry.clients:
        raise ValueError("an entry without clients")
    words = [escape(entry.path)]
    if entry.defaults:
        words.append("-" + escape(",".join(entry.defaults)))
    for client in entry.clients:
        who = escape(client.who)
        words.append("%s(%s)" % (who, escape(",".join(client.options))) if client.options else who)
    return " ".join(words) + "\n"


def escape(text: str) -> str:
    """A word as nfs-utils reads it back: bytes with a meaning of their own are octal."""
    # A digit behind a backslash would be read as a part of an escape.
    plain = _PLAIN - _OCTAL if "\\" in text else _PLAIN
    return "".join(
        char if char in plain else "".join("\\%03o" % byte for byte in char.encode("utf-8", "surrogateescape"))
        for char in text
    )


def replace(pieces: t.Sequence[Piece], path: str, entry: t.Optional[Entry]) -> t.List[Piece]:
    """The pieces with the entry of a path replaced, or without it. All others are as they were."""
    changed = []
    for piece in pieces:
        if piece.entry is None or piece.entry.path != path:
            changed.append(piece)
        elif entry is not None:
            changed.append(piece if entry == piece.entry else Piece(line(entry), entry))
    return changed


def with_level(options: t.Sequence[str], level: str) -> t.Tuple[str, ...]:
    """Options that let a client write (C(rw)) or not (C(ro)), otherwise as they were."""
    return (level, *(option for option in options if option not in ("ro", "rw")))


# -- what a task may say
def same_client(one: str, other: str) -> bool:
    """True when two spellings mean the same client."""
    return _network(one) == _network(other)


def full_name_of(full: str, short: str) -> bool:
    """True when a name is that of a host with its domain, and the other may be the same without it."""
    return _LABEL.fullmatch(short) is not None and full.lower().startswith(short.lower() + ".")


@functools.lru_cache(maxsize=10000)
def _network(who: str) -> str:
    try:
        return str(ipaddress.ip_network(who))
    except ValueError:
        return who.lower()


def is_network(who: str) -> bool:
    """True for an IP address or a network, False for a host name, a wildcard and a netgroup."""
    try:
        ipaddress.ip_network(who)
    except ValueError:
        return False
    return True


def check_client(who: str) -> None:
    """Raises Invalid unless this is an IP address or a network: nothing else may get into a file."""
    try:
        # Of what ipaddress takes, only plain characters: no scope ids, no digits of other scripts.
        if not set(who) <= frozenset("0123456789abcdefABCDEF:./"):
            raise ValueError
        ipaddress.ip_network(who)
    except ValueError as exc:
        hint = ""
        if "host bits" in str(exc):
            hint = " Did you mean %s?" % ipaddress.ip_network(who, strict=False)
        raise Invalid(
            "access_to must be an IP address or a network such as 10.0.0.0/24, not %r.%s" % (who, hint)
        ) from None


def check_options(options: t.Sequence[str]) -> t.Tuple[str, ...]:
    """The export options of a task. Raises Invalid for one that is unknown or not for it to say."""
    for option in options:
        name, equals, value = option.partition("=")
        if option in ("ro", "rw"):
            raise Invalid("export_options cannot have %s: the access level of a rule says it." % option)
        pattern = _VALUES.get(name)
        if not (_FLAGS.fullmatch(option) or (equals and pattern is not None and pattern.fullmatch(value))):
            raise Invalid("export_options has %r, which is no export option that can be set here." % option)
    return tuple(options)
