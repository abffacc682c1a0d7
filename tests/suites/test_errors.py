# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong on a real cloud: one sentence, the right kind, nothing left half-done.

All cases are tasks of one run of ansible-playbook; each has its own test.
"""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from faultproxy import FaultProxy
from harness import Cloud, Playbook, Rest, RunResult, TaskResult, UniqueNames

SENTENCE = 450
"""Characters that one sentence may have; what a service says may be long"""

Made = dict[str, Any]


@dataclass(frozen=True)
class Wrong:
    """One task that must fail.

    task: gets what the setup returned; the setup, a witness and the case's unique name.
    says: what msg must contain; a function gets (the witness, what was made, the result).
    left: bears witness that nothing is half-done; gets the same.
    """

    name: str
    kind: str
    task: Callable[[Made], dict[str, Any]]
    setup: Callable[[Rest, str], Made] = lambda rest, name: {"name": name}
    says: tuple[str, ...] | Callable[[Rest, Made, TaskResult], tuple[str, ...]] = ()
    left: Callable[[Rest, Made, TaskResult], object] = lambda rest, made, result: unmade(rest, made)
    changed: bool = False
    options: dict[str, Any] = field(default_factory=dict)


def unmade(rest: Rest, made: Made) -> bool:
    return not rest.named(made["name"])


def untouched(rest: Rest, made: Made, result: TaskResult) -> None:
    """The volume is as it was."""
    watched = ("name", "size", "status", "metadata", "volume_type", "description")
    now = rest.show(made)
    assert {k: now[k] for k in watched} == {k: made[k] for k in watched}


# ---- setups


def volume(rest: Rest, name: str, **fields: Any) -> Made:
    return rest.volume(name, **fields)


def two(rest: Rest, name: str) -> Made:
    return {"name": name, "ids": sorted(v["id"] for v in (rest.volume(name), rest.volume(name)))}


def in_maintenance(rest: Rest, name: str) -> Made:
    made = rest.volume(name)
    rest.action(made, "os-reset_status", {"status": "maintenance"})
    return rest.show(made)


def with_snapshot(rest: Rest, name: str) -> Made:
    made = rest.volume(name)
    return {**made, "snapshot": rest.snapshot(made, f"{name}-snapshot")["id"]}


def neighbours(rest: Rest, name: str) -> Made:
    return {**rest.volume(name), "other": rest.volume(f"{name}-other")}


def foreign(rest: Rest, name: str) -> Made:
    return {"name": name, "file": rest.cloud.add_foreign(f"{name}-file")}


def unsafe(rest: Rest, name: str) -> Made:
    return {"name": name, "file": rest.cloud.add_foreign(f"unsafe-{name}")}


# ---- tasks


def act(action: str, **options: Any) -> Callable[[Made], dict[str, Any]]:
    return lambda made: {
        "unified.storage.volume_action": {"volume": made.get("id", made["name"]), "action": action, **options}
    }


def keep(**options: Any) -> Callable[[Made], dict[str, Any]]:
    def task(made: Made) -> dict[str, Any]:
        given = {k: v(made) if callable(v) else v for k, v in options.items()}
        return {"unified.storage.volume": {"name": made["name"], **given}}

    return task


def manage(**reference: Any) -> Callable[[Made], dict[str, Any]]:
    def task(made: Made) -> dict[str, Any]:
        named = {k: v(made) if callable(v) else v for k, v in reference.items()}
        return {
            "unified.storage.manageable_volume": {
                "name": made["name"],
                "host": "{{ host }}",
                "reference": {k.replace("_", "-"): v for k, v in named.items()},
            }
        }

    return task


def batch(*entries: dict[str, Any], **options: Any) -> Callable[[Made], dict[str, Any]]:
    def task(made: Made) -> dict[str, Any]:
        named = [{**e, "name": made["name"] + e["name"]} if "name" in e else e for e in entries]
        return {"unified.storage.volume": {"batch": named, **options}}

    return task


# ---- what they say and leave


def message_of(rest: Rest, made: Made, result: TaskResult) -> tuple[str, ...]:
    """What the service itself says of the resource."""
    said = rest.get(f"/messages?resource_uuid={result['error']['resource']['id']}")["messages"]
    assert said, "the witness finds no message"
    newest = max(said, key=lambda m: str(m["created_at"]))
    return (newest["user_message"],)


def removed(rest: Rest, made: Made, result: TaskResult) -> bool:
    return unmade(rest, made) and rest.is_gone(result["error"]["resource"]["id"])


def not_extended(rest: Rest, made: Made, result: TaskResult) -> None:
    now = rest.show(made)
    assert (now["status"], now["size"]) == ("error_extending", 1)


def extended_later(rest: Rest, made: Made, result: TaskResult) -> None:
    assert rest.wait_volume(made, "available")["size"] == 2


def file_is_there(rest: Rest, made: Made, result: TaskResult) -> bool:
    assert unmade(rest, made)
    path = rest.cloud.store() / made["file"]
    return path.stat().st_size == 2**30 and path.open("rb").readline() == f"foreign {made['file']}\n".encode()


def snapshot_is_there(rest: Rest, made: Made, result: TaskResult) -> bool:
    return rest.show(made)["status"] == rest.show_snapshot(made["snapshot"])["status"] == "available"


def good_ones_made(rest: Rest, made: Made, result: TaskResult) -> None:
    """Of a batch: what is valid is done, what isn't is told for itself."""
    assert [r["failed"] for r in result["results"]] == [False, True, True, True, False]
    assert {r["error"]["kind"] for r in result["results"] if r["failed"]} == {"invalid"}
    assert [len(rest.named(made["name"] + end)) for end in ("-1", "-2", "-3", "-4")] == [1, 0, 0, 1]
    assert result["summary"] == {"total": 5, "changed": 2, "unchanged": 0, "failed": 3}
    texts = [r["msg"] for r in result["results"] if r["failed"]]
    for text, word in zip(texts, ("colour", "size", "name"), strict=True):
        assert word in text


EXTEND = act("extend", new_size=2)
CREATE = keep(size=1)
CLOSED, UNTRUSTED = ("Connection refused",), ("certificate",)

WRONG = [
    Wrong("unknown volume", "not_found", EXTEND, says=lambda rest, made, result: (made["name"],)),
    Wrong("unknown id", "not_found", act("extend", new_size=2), lambda rest, name: {"name": "0" * 8 + "-0000" * 3
          + "-" + "0" * 12}, says=("00000000-0000",)),
    Wrong("ambiguous name", "ambiguous", EXTEND, two, says=lambda rest, made, result: tuple(made["ids"]),
          left=lambda rest, made, result: {v["size"] for v in rest.named(made["name"])} == {1}),
    Wrong("ambiguous name kept", "ambiguous", CREATE, two, says=lambda rest, made, result: tuple(made["ids"]),
          left=lambda rest, made, result: len(rest.named(made["name"])) == 2),
    Wrong("shrinking by an action", "invalid", act("extend", new_size=1), lambda *a: volume(*a, size=2),
          says=("2 GiB", "1 GiB"), left=untouched),
    Wrong("shrinking", "invalid", keep(size=1), lambda *a: volume(*a, size=2), says=("2 GiB", "1 GiB"),
          left=untouched),
    Wrong("wrong status", "conflict", EXTEND, in_maintenance, says=("maintenance", "available or in-use"),
          left=untouched),
    Wrong("wrong status for a snapshot", "conflict",
          lambda made: {"unified.storage.volume_snapshot": {"name": made["name"], "volume": made["id"]}},
          in_maintenance, says=("maintenance", "available"),
          left=lambda rest, made, result: not rest.named(made["name"], "snapshots")),
    Wrong("lands in error", "failed", CREATE, says=message_of, left=removed),
    Wrong("cannot be extended", "failed", EXTEND, volume, says=message_of, left=not_extended, changed=True),
    Wrong("times out", "timeout", act("extend", new_size=2, wait_timeout=1), volume, says=("extending", "1 s"),
          left=extended_later, changed=True),
    Wrong("unknown type", "not_found", keep(size=1, volume_type="no such type"), says=("no such type",)),
    Wrong("unknown snapshot", "not_found", keep(size=1, snapshot="no such snapshot"), says=("no such snapshot",)),
    Wrong("unknown image", "not_found", keep(size=1, image="no such image"), says=("no such image",)),
    Wrong("unknown source", "not_found", keep(source_volume="no such volume"), says=("no such volume",)),
    Wrong("unknown type to retype to", "not_found", act("retype", new_type="no such type"), volume,
          says=("no such type",), left=untouched),
    Wrong("reference that does not exist", "not_found", manage(source_name=lambda made: made["name"]), foreign,
          says=lambda rest, made, result: (made["name"], rest.cloud.host()), left=file_is_there),
    Wrong("reference that the driver refuses", "failed", manage(source_id="999999999"), foreign,
          left=file_is_there),
    Wrong("unsafe to manage", "conflict", manage(source_name=lambda made: made["file"]), unsafe,
          says=("in use by another application",), left=file_is_there),
    Wrong("with snapshots", "conflict", keep(state="absent"), with_snapshot, says=("cascade", "snapshot"),
          left=snapshot_is_there),
    Wrong("a taken name", "conflict", keep(new_name=lambda made: made["other"]["name"]), neighbours,
          says=lambda rest, made, result: (made["other"]["id"],), left=untouched),
    Wrong("no size", "invalid", keep(), says=("size",)),
    Wrong("no name", "invalid", lambda made: {"unified.storage.volume": {"size": 1}}, says=("name",)),
    Wrong("no action", "invalid", lambda made: {"unified.storage.volume_action": {"volume": made["name"]}},
          says=("action",)),
    Wrong("no new_size", "invalid", act("extend"), volume, says=("new_size",), left=untouched),
    Wrong("two sources", "invalid", keep(size=1, image="tiny", snapshot="any"), says=("image", "snapshot")),
    Wrong("host and cluster", "invalid", lambda made: {"unified.storage.manageable_volume": {
          "host": "a", "cluster": "b", "reference": {"source-name": "c"}}}, says=("host", "cluster")),
    Wrong("wrong entries of a batch", "invalid",
          batch({"name": "-1"}, {"name": "-2", "colour": "red"}, {"name": "-3", "size": "many"}, {"size": 1},
                {"name": "-4"}, size=1),
          says=("3 of 5",), left=good_ones_made, changed=True),
    Wrong("wrong password", "forbidden", lambda made: {"unified.storage.volume_info": {
          "cloud": "admin", "auth": {"password": "wrong"}}}, says=("refused",)),
    Wrong("no such cloud", "invalid", lambda made: {"unified.storage.volume_info": {"cloud": "nowhere"}},
          says=("nowhere",)),
    Wrong("unreachable login", "unreachable", keep(size=1, cloud="closed_login"), says=CLOSED),
    Wrong("unreachable service", "unreachable", keep(size=1, cloud="closed_service", wait_timeout=2), says=CLOSED),
    Wrong("untrusted login", "unreachable", keep(size=1, cloud="untrusted_login"), says=UNTRUSTED),
    Wrong("untrusted service", "unreachable", keep(size=1, cloud="untrusted_service", wait_timeout=2),
          says=UNTRUSTED),
    Wrong("a certificate that is not there", "invalid", keep(size=1, ca_cert="/no/such/bundle.pem"),
          says=("ca_cert", "/no/such/bundle.pem")),
    Wrong("null as metadata", "invalid", keep(size=1, metadata={"tier": None}), says=("tier is null",)),
    Wrong("metadata that Cinder hides", "unsupported", keep(size=1, metadata={"readonly": "yes"}), says=("readonly",)),
    Wrong("over the quota", "quota", keep(size=1, cloud="alt"), says=("VolumeLimitExceeded",)),
    Wrong("extended over the quota", "quota",
          lambda made: {"unified.storage.volume_action": {"cloud": "alt", "volume": made["in_alt"]["id"],
                                                          "action": "extend", "new_size": 100}},
          lambda rest, name: {"name": name, "in_alt": Rest(rest.cloud, "alt").volume(f"{name}-in-alt")},
          left=lambda rest, made, result: (rest.show(made["in_alt"])["size"],
                                           rest.show(made["in_alt"])["status"]) == (1, "available")),
]  # fmt: skip

LATER = "and the next run waits"


@dataclass(frozen=True)
class Outcome:
    """The run, and what was made for it."""

    run: RunResult
    made: dict[str, Made]


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextlib.contextmanager
def quota(rest: Rest, project: str, **limits: int) -> Iterator[None]:
    before = rest.get(f"/os-quota-sets/{project}")["quota_set"]
    rest.put(f"/os-quota-sets/{project}", {"quota_set": limits})
    try:
        yield
    finally:
        rest.put(f"/os-quota-sets/{project}", {"quota_set": {k: before[k] for k in limits}})


@pytest.fixture(scope="module")
def outcome(
    cloud: Cloud,
    playbook: Playbook,
    rest: Rest,
    alt: Rest,
    module_names: UniqueNames,
    tmp_path_factory: pytest.TempPathFactory,
) -> Outcome:
    """Everything that can go wrong, in one run."""
    slugs = {case.name: module_names(case.name.replace(" ", "-")) for case in WRONG}
    made = dict(zip(slugs, Rest.each(lambda c: c.setup(rest, slugs[c.name]), WRONG), strict=True))
    late = made["times out"]
    tasks = [{**case.task(made[case.name]), "name": case.name} for case in WRONG]
    after = tasks.index(next(t for t in tasks if t["name"] == "times out")) + 1
    tasks.insert(after, {**EXTEND(late), "name": LATER})
    with (
        FaultProxy(cloud.url("keystone"), tls=True) as keystone,
        FaultProxy(cloud.url("cinder"), tls=True) as cinder,
        cloud.fault("create_volume", match=slugs["lands in error"], message="disk on fire"),
        cloud.fault("extend_volume", match=slugs["cannot be extended"], message="no more discs"),
        cloud.fault("extend_volume", "slow", match=late["id"], seconds=5),
        quota(rest, alt.project_id, volumes=len(alt.list("/volumes/detail", "volumes")), gigabytes=50),
    ):
        config = cloud.write_configs(
            tmp_path_factory.mktemp("errors") / "clouds.yaml",
            admin={},
            alt={"like": "alt"},
            closed_login={"auth": {"auth_url": f"http://127.0.0.1:{closed_port()}/v3"}},
            closed_service={"block_storage_endpoint_override": f"http://127.0.0.1:{closed_port()}/v3"},
            untrusted_login={"auth": {"auth_url": f"{keystone.url}/v3"}},
            untrusted_service={"block_storage_endpoint_override": f"{cinder.url}/v3"},
        )
        run = playbook(tasks, env={"OS_CLIENT_CONFIG_FILE": str(config)}, vars={"host": cloud.host()})
    return Outcome(run, made)


def assert_one_sentence(text: str) -> None:
    assert text and "\n" not in text and len(text) <= SENTENCE, text
    for noise in ("Traceback", "<class", " object at 0x", "Exception("):
        assert noise not in text, text


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.name)
def test_what_goes_wrong(outcome: Outcome, rest: Rest, case: Wrong) -> None:
    result, made = outcome.run[case.name], outcome.made[case.name]
    assert result.failed, f"it did not fail: {result}"
    assert result.kind == case.kind, result.msg
    assert_one_sentence(result.msg)
    assert set(result["error"]) == {"kind", "status", "request_id", "resource", "reason"}
    for text in case.says(rest, made, result) if callable(case.says) else case.says:
        assert text in result.msg
    assert result.changed == case.changed
    assert case.left(rest, made, result) is not False


def test_the_next_run_waits_for_what_timed_out(outcome: Outcome, rest: Rest) -> None:
    result = outcome.run[LATER]
    assert not result.failed, result.msg
    assert result["volume"]["size"] == 2
    assert result["volume"]["status"] == "available"
    assert not result.changed, "the extension was begun, and reported, by the task before"


def test_no_traceback(outcome: Outcome) -> None:
    for word in ("Traceback", "MODULE FAILURE", "Unhandled"):
        assert word not in outcome.run.stdout + outcome.run.stderr
    assert outcome.run.rc == 0 and len(outcome.run.tasks) == len(WRONG) + 1


def test_a_token_that_is_revoked_between_two_tasks(
    cloud: Cloud, playbook: Playbook, rest: Rest, tmp_path: Path
) -> None:
    """The second task succeeds, with exactly one new token."""
    tmp_path.chmod(0o700)
    task = {"unified.storage.volume_info": {"limit": 1, "cloud": "admin"}}
    with FaultProxy(cloud.url("keystone")) as keystone:
        config = cloud.write_config(tmp_path / "clouds.yaml", auth={"auth_url": f"{keystone.url}/v3"})
        env = {"OS_CLIENT_CONFIG_FILE": str(config), "XDG_RUNTIME_DIR": str(tmp_path)}

        def logins() -> int:
            return sum(p.method == "POST" and p.path.endswith("/auth/tokens") for p in keystone.log)

        playbook([task], env=env).assert_ok()
        assert logins() == 1
        old = cached_token(tmp_path)
        rest.delete("/v3/auth/tokens", service="keystone", headers={"X-Subject-Token": old})
        time.sleep(cloud.facts["token_cache"] + 0.5)  # for so long Cinder trusts what it has seen
        playbook([task, task], env=env).assert_ok()
        assert logins() == 2
        assert cached_token(tmp_path) != old


def cached_token(folder: Path) -> str:
    (cached,) = (folder / "unified.storage").glob("*.json")
    token: str = json.loads(cached.read_text())["token"]
    return token
