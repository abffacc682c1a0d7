# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""The NFS server's exports: in files, for ever, and in its table, now.

The table is changed client by client. C(exportfs -r) would do it at one stroke,
but it also drops what was exported by hand or by a cluster manager, and those
are not ours. Clients that stay see nothing of it.
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.unified.storage.plugins.module_utils._errors import Conflict, Failed
from ansible_collections.unified.storage.plugins.module_utils._host import exports, files, lock
from ansible_collections.unified.storage.plugins.module_utils._host.exports import Client, Entry, Piece

if t.TYPE_CHECKING:
    from ansible_collections.unified.storage.plugins.module_utils._host.command import Answer, Command

MAIN = "/etc/exports"
FOLDER = "/etc/exports.d"
TABLE = "/var/lib/nfs/etab"
CLIENTS = "/proc/fs/nfsd/clients"


class Place(t.NamedTuple):
    """An entry and the file that has it."""

    file: str
    entry: Entry


class Look(t.NamedTuple):
    """All exports as they were seen.

    places: by path in its one spelling (files.real), in the order in which the server reads them.
    table: the clients that the server knows, likewise by path.
    problems: by file, what is wrong with it.
    """

    places: t.Mapping[str, t.Sequence[Place]]
    table: t.Mapping[str, t.Sequence[Client]]
    problems: t.Mapping[str, str]


def own_file(name: str) -> str:
    """The exports file of the share or snapshot of this name."""
    return os.path.join(FOLDER, name + ".exports")


class Nfs:
    """The kernel's NFS server on this host."""

    def __init__(self, command: Command) -> None:
        self._command = command
        #: what was seen, and of which moment and state
        self._kept: t.Optional[t.Tuple[t.Any, Look]] = None
        #: another one after each write of ours
        self._state = object()

    # -- looking
    def kept(self, moment: object) -> Look:
        """The exports as they were seen when this was first asked of a moment, unless we have written since."""
        now = (moment, self._state)
        if self._kept is None or self._kept[0] != now:
            self._kept = now, self.look()
        return self._kept[1]

    def look(self) -> Look:
        places: t.Dict[str, t.List[Place]] = {}
        problems: t.Dict[str, str] = {}
        for file in self._files():
            for number, piece in enumerate(exports.parse(files.read(file) or ""), 1):
                if piece.problem:
                    problems.setdefault(file, "line %d: %s" % (number, piece.problem))
                elif piece.entry:
                    places.setdefault(files.real(piece.entry.path), []).append(Place(file, piece.entry))
        return Look(places, self._table(), problems)

    @staticmethod
    def _files() -> t.List[str]:
        try:
            names = sorted(os.listdir(FOLDER))
        except FileNotFoundError:
            names = []
        more = [os.path.join(FOLDER, n) for n in names if n.endswith(".exports") and not n.startswith(".")]
        return [MAIN, *more]

    @staticmethod
    def _table() -> t.Dict[str, t.List[Client]]:
        table: t.Dict[str, t.List[Client]] = {}
        for piece in exports.parse(files.read(TABLE) or ""):
            if piece.entry:
                table.setdefault(files.real(piece.entry.path), []).extend(piece.entry.clients)
        return table

    def place(self, path: str) -> t.Optional[Place]:
        """Where a path is exported. Raises Conflict when several entries do it: then none of them is the one."""
        return only(self.look(), path)

    def open_files(self, device: t.Optional[str]) -> int:
        """How many files clients of NFS 4 hold open on a device (major:minor). Those of NFS 3 never say."""
        major, _colon, minor = (device or "0:0").partition(":")
        mark = 'superblock: "%02x:%02x:' % (int(major), int(minor))
        try:
            clients = os.listdir(CLIENTS)
        except OSError:
            return 0
        found = 0
        for client in clients:
            try:
                states = files.read(os.path.join(CLIENTS, client, "states")) or ""
            except Failed:
                continue  # it went away meanwhile
            found += sum(mark in line and "type: open" in line for line in states.split("\n"))
        return found

    # -- changing
    def read(self, path: str, own: str) -> t.Tuple[t.Optional[Place], str, t.Optional[str], t.List[Piece]]:
        """Where the entry of a path is or would be: its place, file, and the file's text whole and in pieces.

        Raises Conflict where put() could not change it.
        """
        place = self.place(path)
        file = place.file if place else own
        text = files.read(file)
        pieces = exports.parse(text or "")
        broken = next(("line %d: %s" % (n, p.problem) for n, p in enumerate(pieces, 1) if p.problem), None)
        if broken:
            raise Conflict("%s cannot be read (%s). Mend it first; nothing was changed." % (file, broken))
        return place, file, text, pieces

    def put(self, path: str, entry: t.Optional[Entry], own: str) -> None:
        """Put the entry of a path into the file that has it, or into its own; None removes it.

        All else in the file stays as it is. Its own that is empty goes.
        """
        with lock.held("exports"):
            place, file, text, pieces = self.read(path, own)
            if place:
                after = exports.replace(pieces, place.entry.path, entry)
            elif entry:
                after = [*pieces, Piece(("" if (text or "\n").endswith("\n") else "\n") + exports.line(entry), entry)]
            else:
                return
            if file == own and not any(piece.entry for piece in after):
                files.remove(self._command, file)
            elif exports.render(after) != text:
                files.folder(self._command, FOLDER)
                files.write(self._command, file, exports.render(after))
            self._state = object()

    def admit(self, entry: Entry, clients: t.Iterable[Client]) -> None:
        """Let clients of an entry in, as it says. Raises Failed when one of them is not in the table then."""
        path = files.real(entry.path)
        groups: t.Dict[t.Tuple[str, ...], t.List[Client]] = {}
        for client in clients:
            groups.setdefault(entry.defaults + client.options, []).append(client)
        for options, group in groups.items():
            names = [_spelled(client.who, path) for client in group]
            answer = self._exportfs(*(["-o", ",".join(options)] if options else []), *names)
            known = self._table().get(path, [])
            for client in group:
                if find(known, client.who, entry.writable(client)) is None:
                    # exportfs exits with 0 after most errors.
                    raise Failed(
                        "%s was not let in to %s: %s" % (client.who, path, answer.reason),
                        status=answer.status,
                        reason=answer.reason,
                    )

    def expel(self, path: str, clients: t.Optional[t.Collection[str]] = None) -> None:
        """Let clients, or all of them, in no longer. Raises Failed when one is still in the table then."""
        there = [client.who for client in self._table().get(path, ())]
        gone = [who for who in there if clients is None or any(exports.same_client(who, each) for each in clients)]
        # The table may have a host under another name than the one it was let in by: exportfs finds it.
        gone += [who for who in clients or () if who not in gone and not exports.is_network(who)]
        if not gone:
            return
        answer = self._exportfs("-u", *[_spelled(who, path) for who in gone], check=False)
        left = self._table().get(path, ())
        for who in gone:
            # What exportfs has not found is well out, unless it is only the name that cannot be resolved any more.
            if find(left, who) is not None and (who in there or answer.status):
                raise Failed(
                    "%s could not be shut out of %s: %s" % (who, path, answer.reason),
                    status=answer.status,
                    reason=answer.reason,
                )

    def _exportfs(self, *words: str, check: bool = True) -> Answer:
        try:
            return self._command.write("exportfs", *words, check=check)
        finally:
            self._state = object()


def only(look: Look, path: str) -> t.Optional[Place]:
    """The one entry of a path. Raises Conflict when there are several."""
    found = look.places.get(path, ())
    if len(found) > 1:
        raise Conflict(
            "%s is exported by several lines (in %s): make them one."
            % (path, ", ".join(sorted({place.file for place in found})))
        )
    return found[0] if found else None


def find(clients: t.Iterable[Client], who: str, writable: t.Optional[bool] = None) -> t.Optional[Client]:
    """The client of this address; with writable, only one that may write or may not.

    Of a host that is let in by its short name, the server's table has the full one.
    """
    able = [each for each in clients if writable in (None, Entry("/", (each,)).writable(each))]
    for same in (exports.same_client, exports.full_name_of):
        for client in able:
            if same(client.who, who):
                return client
    return None


def strangers(found: t.Iterable[Client], known: t.Collection[Client]) -> t.List[Client]:
    """Those of some clients that are none of the known ones."""
    return [client for client in found if not any(find([client], each.who) for each in known)]


def _spelled(who: str, path: str) -> str:
    """A client and a path as exportfs takes them."""
    return "%s:%s" % ("[%s]" % who if ":" in who else who, path)
