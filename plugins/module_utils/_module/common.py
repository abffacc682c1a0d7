# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""What the planners have in common. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._api.marks import LONGEST, once
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Seen, Step, Until
from ansible_collections.unified.storage.plugins.module_utils._engine.world import World, describe
from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Conflict,
    Failed,
    Invalid,
    NotFound,
)

Params = t.Mapping[str, t.Any]

#: Statuses of a volume at rest.
AT_REST = ("available", "in-use")


def reference(kind: str, resource: Resource) -> t.Dict[str, t.Any]:
    """The C(resource) of an error."""
    return {"kind": kind, "id": resource.get("id"), "name": resource.get("name")}


def is_error(status: t.Any) -> bool:
    """Cinder says error_deleting, Manila also shrinking_error."""
    return "error" in str(status)


def until(*statuses: str, also: t.Callable[[Resource], bool] = lambda seen: True) -> Until:
    """Over when the resource is in one of these statuses and something else holds too."""

    def failed(seen: Seen) -> t.Optional[str]:
        if seen is not None and is_error(seen["status"]) and seen["status"] not in statuses:
            return "its status is %s" % seen["status"]
        return None

    return Until(lambda seen: seen is not None and seen["status"] in statuses and also(seen), failed)


def until_gone() -> Until:
    """Over when the resource is gone. One that is back at rest could not be removed."""

    def failed(seen: Seen) -> t.Optional[str]:
        if seen is not None and (is_error(seen["status"]) or seen["status"] in AT_REST):
            return "its status is %s" % seen["status"]
        return None

    return Until(lambda seen: seen is None, failed)


def check_status(kind: str, verb: str, resource: Resource, allowed: t.Sequence[str], hint: str = "") -> None:
    """Raises Conflict when the status does not allow the verb; says which do."""
    if resource["status"] not in allowed:
        raise Conflict(
            "%s of %s needs the status %s, and it is %s.%s"
            % (
                verb,
                describe(kind, resource, None),
                " or ".join(allowed),
                resource["status"],
                " " + hint if hint else "",
            ),
            resource=reference(kind, resource),
            reason="status %s" % resource["status"],
        )


def check_alive(kind: str, resource: Resource) -> None:
    """Raises where C(state=present) cannot be: it is in error, or on its way out."""
    if is_error(resource["status"]):
        raise Failed(
            "%s is in the status %s. Mend it, or remove it and run again."
            % (describe(kind, resource, None), resource["status"]),
            resource=reference(kind, resource),
            reason="status %s" % resource["status"],
        )
    if resource["status"] == "deleting":
        raise Conflict(
            "%s is being deleted. %s"
            % (
                describe(kind, resource, None),
                "The run that began it was killed: finish it with state absent."
                if resource.get("unfinished")
                else "Run again when it is gone.",
            ),
            resource=reference(kind, resource),
            reason="status deleting",
        )


def missing_id(kind: str, ref: str) -> NotFound:
    """A new resource cannot be given an id: a reference that looks like one must exist."""
    return NotFound(
        "There is no %s with the id %s that this login can see, and one cannot be made with a given id."
        % (kind.replace("_", " "), ref),
        resource={"kind": kind, "id": ref},
    )


def looks_like_id(ref: str) -> bool:
    parts = ref.lower().split("-")
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and all(c in "0123456789abcdef" for c in "".join(parts))


def find_renamed(kind: str, params: Params, world: World, **scope: t.Any) -> t.Optional[Resource]:
    """What C(name) means; where it is to be renamed and has been, what C(new_name) means.

    Raises Conflict when both names are borne by different resources.
    """
    found, new = world.find(kind, params["name"], **scope), params.get("new_name")
    if not new or params["state"] == "absent":
        return found
    renamed = world.find(kind, new, **scope)
    if found is not None and renamed is not None and renamed["id"] != found["id"]:
        raise Conflict(
            "%s cannot be renamed to %s: %s bears that name." % (describe(kind, found, None), new, renamed["id"]),
            resource=reference(kind, found),
        )
    return found or renamed


def wait_for(kind: str, resource: Resource, over: Until) -> Step:
    """A step that waits for what is under way already (by a run that was killed, or somebody else).

    Where there is no service that goes on by itself, and nobody at work, it goes on instead.
    """
    if resource.get("unfinished"):
        reason = "it is %s, and the run that began it was killed" % resource["status"]
        return Step(kind, "resume", describe(kind, resource, None), reason, until=over)
    return Step(kind, "wait", describe(kind, resource, None), "it is %s" % resource["status"], until=over)


def settle(kind: str, resource: Resource) -> t.Tuple[t.List[Step], Resource]:
    """What a killed run has left half done goes on first; the resource as it is after that."""
    if not resource.get("unfinished"):
        return [], resource
    rest = "in-use" if resource.get("attachments") else "available"
    after = {**{k: v for k, v in resource.items() if k != "unfinished"}, "status": rest}
    if "migration_status" in after:
        after["migration_status"] = None
    return [wait_for(kind, resource, until(*AT_REST))], after


def check_once(verb: str, word: t.Optional[str], by_once: t.Sequence[str]) -> None:
    """Raises Invalid for a word beside a verb that has a state to compare."""
    if word and verb not in by_once:
        raise Invalid("once is for %s: %s compares what is with what is wanted." % (", ".join(by_once), verb))
    check_word(word)


def check_word(word: t.Optional[str]) -> None:
    """Raises Invalid for a word that could not be kept, and for which the verb would be done each time."""
    if len(word or "") > LONGEST:
        raise Invalid("once is longer than the %d characters that can be kept." % LONGEST)


def once_step(kind: str, resource: Resource, verb: str, word: str) -> Step:
    """Keep on the resource for which word the verb was done."""
    return Step(
        kind,
        "merge_metadata",
        describe(kind, resource, None),
        "to know that it was done once for %s" % word,
        {"metadata": once(verb, word)},
        {"once": (resource["once"], {**resource["once"], verb: word})},
    )


def text_steps(kind: str, subject: Resource, params: Params, names: t.Mapping[str, str]) -> t.List[Step]:
    """One update of what is plain (name, description, a flag), if it differs.

    names: option to field.
    """
    changes = {
        name: (subject[name], params[option])
        for option, name in names.items()
        if params.get(option) is not None and _plain(params[option]) != _plain(subject[name])
    }
    if not changes:
        return []
    return [
        Step(
            kind,
            "update",
            describe(kind, subject, None),
            ", ".join(sorted(changes)) + " differ" + ("s" if len(changes) == 1 else ""),
            {name: new for name, (old, new) in changes.items()},
            changes,
        )
    ]


def _plain(value: t.Any) -> t.Any:
    """What is compared: some services drop the blanks around a text, and the line end that YAML leaves behind one."""
    return value.strip() if isinstance(value, str) else "" if value is None else value


def as_text(metadata: t.Optional[t.Mapping[str, t.Any]]) -> t.Dict[str, str]:
    """Metadata as the services keep them: text. Booleans as YAML's true is meant, and not as Python's.

    Raises Invalid for a null, which could mean no text, no such key, or a variable that was forgotten.
    """
    for key, value in (metadata or {}).items():
        if value is None:
            raise Invalid("%s is null, and can only be text: leave it out, or give it a value." % key)
    return {str(k): str(v).lower() if isinstance(v, bool) else str(v) for k, v in (metadata or {}).items()}


def metadata_steps(kind: str, subject: Resource, params: Params) -> t.List[Step]:
    """Bring the metadata to what the task says: merged, or exactly that."""
    if params.get("metadata") is None:
        return []
    wanted, now = as_text(params["metadata"]), subject["metadata"] or {}  # None where the service has none of them
    exact = params.get("metadata_mode") == "exact"
    after = dict(wanted) if exact else {**now, **wanted}
    if after == now:
        return []
    changes = {"metadata": (now, after)}
    target = describe(kind, subject, None)
    if set(now) <= set(after):
        merged = {k: v for k, v in wanted.items() if now.get(k) != v}
        return [Step(kind, "merge_metadata", target, "metadata differ", {"metadata": merged}, changes)]
    whole = {**after, **subject.get("marks", {})}
    return [Step(kind, "replace_metadata", target, "metadata differ", {"metadata": whole}, changes)]
