# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""The world as it was observed: what the planners look things up in."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend, Resource
from ansible_collections.unified.storage.plugins.module_utils._errors import Ambiguous, NotFound, StorageError

#: Up to so many questions are asked one after the other: threads would cost more than they save.
FEW = 3
#: What can be listed for one place (a share's snapshots) and for all alike: the scope that tells the places apart.
DEALT = {
    "volume_snapshot": "volume_id",
    "share_snapshot": "share_id",
    "resource_lock": "resource_id",
    "group_snapshot": "source_id",
    "share_group_snapshot": "share_group_id",
}

#: A kind and a scope: what one question is about.
Place = t.Tuple[str, t.Tuple[t.Tuple[str, t.Any], ...]]


def say(kind: str) -> str:
    """A kind in words: C(volume_group) is a volume group."""
    return kind.replace("_", " ")


def label(resource: Resource) -> str:
    """How to call a resource in a sentence."""
    name, ident = resource.get("name"), resource.get("id")
    return "%s (%s)" % (name, ident) if name and ident and name != ident else str(name or ident)


def describe(kind: str, resource: t.Optional[Resource], ref: t.Optional[str]) -> str:
    """A resource in a sentence: C(volume db (1234-...))."""
    return "%s %s" % (say(kind), label(resource) if resource else ref)


def home(kind: str, resource: t.Mapping[str, t.Any]) -> t.Any:
    """The id of what a resource is of (a snapshot's volume), for a kind that is dealt by it."""
    field = DEALT[kind]
    return resource["source"]["id"] if field == "source_id" else resource.get(field)


@dataclass(frozen=True)
class Want:
    """What a planner needs to know.

    ref: a name or id; None for every resource of the kind.
    scope: what narrows the search, as sorted pairs (it must be hashable).
    """

    kind: str
    ref: t.Optional[str] = None
    scope: t.Tuple[t.Tuple[str, t.Any], ...] = ()

    @classmethod
    def of(cls, kind: str, ref: t.Optional[str] = None, **scope: t.Any) -> Want:
        return cls(kind, ref, tuple(sorted((k, v) for k, v in scope.items() if v)))


class World:
    """What has been observed, by kind and scope.

    Planners ask it again and again; it never asks anybody. A kind that was not
    observed is a defect of the planner and raises KeyError. What could not be
    observed raises why, to those who need it.
    """

    def __init__(self) -> None:
        self._known: t.Dict[Place, t.Dict[t.Any, Resource]] = {}
        self._names: t.Dict[Place, t.Dict[str, t.List[Resource]]] = {}
        self._wants: t.Set[Want] = set()
        self._refused: t.Dict[Want, StorageError] = {}

    def knows(self, want: Want) -> bool:
        """Whether it was asked for, be it in vain."""
        return any(want in known for want in _asked_by(want) for known in (self._wants, self._refused))

    def refuse(self, wants: t.Iterable[Want], error: StorageError) -> None:
        """Take in why some wants could not be answered."""
        self._refused.update(dict.fromkeys(wants, error))

    def _place(self, want: Want) -> Place:
        """Where the answer to a want is. Raises why there is none."""
        asked = _asked_by(want)
        error = next((self._refused[one] for one in asked if one in self._refused), None)
        if error is not None and not any(one in self._wants for one in asked):
            raise error
        return want.kind, want.scope

    def learn(self, wants: t.Iterable[Want], resources: t.Iterable[Resource]) -> None:
        """Take in the answer to some wants of one kind and scope."""
        for want in wants:
            self._wants.add(want)
            key = (want.kind, want.scope)
            known = self._known.setdefault(key, {})
            names = self._names.setdefault(key, {})
        for resource in resources:
            ident = resource.get("id") or len(known)
            if ident in known:
                continue
            known[ident] = resource
            if resource.get("name"):
                names.setdefault(resource["name"], []).append(resource)

    def all(self, kind: str, **scope: t.Any) -> t.List[Resource]:
        return list(self._known[self._place(Want.of(kind, None, **scope))].values())

    def find(self, kind: str, ref: str, **scope: t.Any) -> t.Optional[Resource]:
        """The resource that a name or id means, or None.

        An id wins over a name. What is on its way out does not count beside
        something of the same name that stays.
        Raises Ambiguous when several resources bear the name.
        """
        key = self._place(Want.of(kind, ref, **scope))
        known = self._known[key]
        if ref in known:
            return known[ref]
        matches = self._names[key].get(ref, [])
        if len(matches) > 1:
            matches = [m for m in matches if m.get("status") != "deleting"] or matches[:1]
        if len(matches) > 1:
            raise Ambiguous(
                "The name %s matches %d %ss: %s. Give the id."
                % (ref, len(matches), say(kind), ", ".join(sorted(str(m["id"]) for m in matches))),
                resource={"kind": kind, "name": ref},
            )
        return matches[0] if matches else None

    def need(self, kind: str, ref: str, **scope: t.Any) -> Resource:
        """Like find(), but raises NotFound when there is none."""
        found = self.find(kind, ref, **scope)
        if found is None:
            raise NotFound(
                "There is no %s with the name or id %s that this login can see." % (say(kind), ref),
                resource={"kind": kind, "name": ref},
            )
        return found


def _asked_by(want: Want) -> t.Tuple[Want, Want]:
    """The questions that answer a want: itself, and that for all of its kind and scope."""
    return want, Want(want.kind, None, want.scope)


def observe(backend: Backend, world: World, wants: t.Iterable[Want], workers: int = 1) -> bool:
    """Ask the back end for what the world does not know yet.

    One call per kind and scope, however many refs; several calls at once where
    there are many (the access rules of each of a hundred shares), or one for all
    where one will do (their snapshots). What is refused is known as such, and
    stops nobody who does not need it.
    False when nothing was new.
    """
    todo: t.Dict[Place, t.Set[Want]] = {}
    for want in wants:
        if not world.knows(want):
            todo.setdefault((want.kind, want.scope), set()).add(want)

    def ask(question: Place) -> t.Union[t.List[Resource], StorageError]:
        refs = {want.ref for place in questions[question] for want in todo[place]}
        asked = None if None in refs else sorted(t.cast("t.Set[str]", refs))
        try:
            return backend.observe(question[0], asked, dict(question[1]))
        except StorageError as exc:
            return exc

    questions = _questions(todo)
    if min(workers, len(questions)) > FEW:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=workers) as pool:
            answers = list(pool.map(ask, questions))
    else:
        answers = [ask(question) for question in questions]
    for places, answer in zip(questions.values(), answers):
        if isinstance(answer, StorageError):
            world.refuse((want for place in places for want in todo[place]), answer)
            continue
        hands = _deal(places, answer)
        for place in places:
            world.learn(todo[place], hands[place])
    return bool(todo)


def _questions(places: t.Iterable[Place]) -> t.Dict[Place, t.List[Place]]:
    """What to ask, and which places it answers for: many that differ in one field alone share a question."""
    alike: t.Dict[Place, t.List[Place]] = {}
    for kind, scope in places:
        wide = tuple(pair for pair in scope if pair[0] != DEALT.get(kind))
        alike.setdefault((kind, wide), []).append((kind, scope))
    questions: t.Dict[Place, t.List[Place]] = {}
    for wide_place, group in alike.items():
        questions.update({wide_place: group} if len(group) > FEW else {place: [place] for place in group})
    return questions


def _deal(places: t.Sequence[Place], answer: t.List[Resource]) -> t.Dict[Place, t.List[Resource]]:
    """An answer, place by place."""
    if len(places) == 1:
        return {places[0]: answer}
    kind = places[0][0]
    field = DEALT[kind]
    hands: t.Dict[t.Any, t.List[Resource]] = {}
    for resource in answer:
        hands.setdefault(home(kind, resource), []).append(resource)
    return {place: hands.get(dict(place[1])[field], []) if field in dict(place[1]) else answer for place in places}
