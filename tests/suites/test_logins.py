# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All ways to log in, and what is kept of a login between tasks."""

from __future__ import annotations

import contextlib
import json
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from faultproxy import FaultProxy
from harness import Cloud, Playbook, Rest, RunResult, UniqueNames

Env = dict[str, str | None]
INFO = "unified.storage.volume_info"
VOLUME = "unified.storage.volume"


@dataclass(frozen=True)
class Logins:
    """Where the requests of a run can be counted: proxies in front of Keystone and Cinder.

    runtime: the user's private runtime folder of the runs; env: theirs.
    """

    keystone: FaultProxy
    cinder: FaultProxy
    runtime: Path
    env: Env

    def clear(self) -> None:
        self.keystone.clear()
        self.cinder.clear()

    @property
    def tokens(self) -> int:
        """How often a token was asked for."""
        return sum(p.method == "POST" and p.path.endswith("/auth/tokens") for p in self.keystone.log)


@contextlib.contextmanager
def counted(cloud: Cloud, folder: Path, name: str = "admin") -> Iterator[Logins]:
    """The cloud `admin`, through proxies, with a runtime folder of its own."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    with FaultProxy(cloud.url("keystone")) as keystone, FaultProxy(cloud.url("cinder")) as cinder:
        config = cloud.write_config(
            folder / "clouds.yaml",
            name,
            auth={"auth_url": f"{keystone.url}/v3"},
            block_storage_endpoint_override=f"{cinder.url}/v3",
        )
        yield Logins(keystone, cinder, runtime, {"OS_CLIENT_CONFIG_FILE": str(config), "XDG_RUNTIME_DIR": str(runtime)})


@pytest.fixture
def logins(cloud: Cloud, tmp_path: Path) -> Iterator[Logins]:
    with counted(cloud, tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def volume(demo: Rest, module_names: UniqueNames) -> dict[str, Any]:
    return demo.volume(module_names("seen-by-all"))


@pytest.fixture
def application_credential(demo: Rest) -> Iterator[dict[str, str]]:
    path = f"/v3/users/{demo.user_id}/application_credentials"
    body = {"application_credential": {"name": f"us-{secrets.token_hex(4)}", "description": "of a test"}}
    made = demo.post(path, body, service="keystone")["application_credential"]
    yield {"application_credential_id": made["id"], "application_credential_secret": made["secret"]}
    demo.delete(f"{path}/{made['id']}", service="keystone")


def sees(run: RunResult, volume: dict[str, Any]) -> None:
    run.assert_ok()
    for task in run.tasks:
        assert [v["id"] for v in task["volumes"]] == [volume["id"]]


# ---- the ways


NOTHING: Env = {"OS_CLIENT_CONFIG_FILE": None}
"""Nothing in the environment says where the cloud is"""


def look(volume: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {INFO: {"name": volume["name"], **options}}


def test_clouds_yaml_without_any_microversion(cloud: Cloud, playbook: Playbook, volume: dict[str, Any]) -> None:
    assert "version" not in " ".join(k for k in cloud.login("demo") if k != "identity_api_version")
    sees(playbook([look(volume)], cloud="demo"), volume)


def test_auth(cloud: Cloud, playbook: Playbook, volume: dict[str, Any]) -> None:
    """Given by `auth` it stands alone: what the environment says otherwise does not count."""
    auth = cloud.login("demo")["auth"]
    sees(playbook([look(volume, auth=auth)], cloud=None, env=NOTHING), volume)
    foreign: Env = {"OS_USERNAME": "somebody", "OS_PROJECT_NAME": "else", "OS_CLOUD": "nowhere"}
    sees(playbook([look(volume, auth=auth)], cloud=None, env=foreign), volume)


def test_auth_before_what_clouds_yaml_says(cloud: Cloud, playbook: Playbook, volume: dict[str, Any]) -> None:
    """The cloud alt is demo's other project."""
    run = playbook([look(volume, cloud="alt"), look(volume, cloud="alt", auth={"project_name": "demo"})])
    hidden, shown = run.assert_ok().tasks
    assert hidden["volumes"] == []
    assert [v["id"] for v in shown["volumes"]] == [volume["id"]]


def test_environment(cloud: Cloud, playbook: Playbook, volume: dict[str, Any]) -> None:
    named = {f"OS_{key.upper()}": value for key, value in cloud.login("demo")["auth"].items()}
    run = playbook([look(volume)], cloud=None, env={**NOTHING, **named, "OS_REGION_NAME": "RegionOne"})
    sees(run, volume)
    sees(playbook([look(volume)], cloud=None, env={"OS_CLOUD": "demo"}), volume)


def test_application_credential(
    cloud: Cloud, playbook: Playbook, volume: dict[str, Any], application_credential: dict[str, str]
) -> None:
    auth = {"auth_url": cloud.login("demo")["auth"]["auth_url"], **application_credential}
    task = look(volume, auth_type="v3applicationcredential", auth=auth)
    sees(playbook([task], cloud=None, env=NOTHING), volume)


def test_token(cloud: Cloud, playbook: Playbook, demo: Rest, volume: dict[str, Any]) -> None:
    given = cloud.login("demo")["auth"]
    auth = {k: v for k, v in given.items() if k.startswith(("auth_url", "project"))}
    task = look(volume, auth_type="token", auth={**auth, "token": demo.token})
    sees(playbook([task, task], cloud=None, env=NOTHING), volume)


# ---- what is kept


def test_a_login_is_kept(logins: Logins, playbook: Playbook, rest: Rest, names: UniqueNames) -> None:
    """An unchanged volume: nothing from Keystone, and at most one request to Cinder."""
    made = rest.volume(names("v"))
    playbook([look(made)], env=logins.env).assert_ok()
    assert logins.tokens == 1
    for ref in (made["name"], made["id"]):
        logins.clear()
        run = playbook([{VOLUME: {"name": ref, "size": 1}}], env=logins.env).assert_ok()
        assert run.only["volume"]["id"] == made["id"] and not run.only.changed
        assert not logins.keystone.log
        assert [p.method for p in logins.cinder.log] == ["GET"], logins.cinder.log


def test_the_cache_is_private_and_holds_no_password(cloud: Cloud, logins: Logins, playbook: Playbook) -> None:
    playbook([{INFO: {"limit": 1}}], env=logins.env).assert_ok()
    folder = logins.runtime / "unified.storage"
    assert_private(folder, cloud.login("admin")["auth"]["password"])


def assert_private(folder: Path, password: str) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.iterdir())
    assert [f for f in files if f.suffix == ".json"]
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        assert password.encode() not in file.read_bytes()
        assert password not in file.name


def test_a_cache_at_a_path(cloud: Cloud, logins: Logins, playbook: Playbook, tmp_path: Path) -> None:
    chosen, env = tmp_path / "chosen" / "here", {**logins.env, "XDG_RUNTIME_DIR": None}
    task = {INFO: {"limit": 1, "auth_cache": str(chosen)}}
    playbook([task, task], env=env).assert_ok()
    assert logins.tokens == 1
    assert_private(chosen, cloud.login("admin")["auth"]["password"])
    assert not list(logins.runtime.iterdir())


def test_without_a_cache(logins: Logins, playbook: Playbook, tmp_path: Path) -> None:
    """Turned off, or without a private folder: every task logs in."""
    task = {INFO: {"limit": 1, "auth_cache": False}}
    playbook([task, task], env=logins.env).assert_ok()
    assert logins.tokens == 2
    logins.clear()
    task = {INFO: {"limit": 1}}
    playbook([task, task], env={**logins.env, "XDG_RUNTIME_DIR": None}).assert_ok()
    assert logins.tokens == 2
    assert not list(logins.runtime.iterdir())


def test_a_cache_that_cannot_be_private(logins: Logins, playbook: Playbook, tmp_path: Path) -> None:
    """Asked for, it fails; by itself, it is left out."""
    public = tmp_path / "public"
    public.mkdir()
    public.chmod(0o755)
    given = playbook([{INFO: {"limit": 1, "auth_cache": str(public)}}], env=logins.env).only
    assert (given.failed, given.kind) == (True, "invalid") and "0700" in given.msg
    insisted = playbook([{INFO: {"limit": 1, "auth_cache": True}}], env={**logins.env, "XDG_RUNTIME_DIR": None}).only
    assert (insisted.failed, insisted.kind) == (True, "invalid") and "XDG_RUNTIME_DIR" in insisted.msg
    assert not list(public.iterdir())


def test_a_changed_login_is_another(logins: Logins, playbook: Playbook, cloud: Cloud) -> None:
    """What is kept is found by all that identifies the login: never another's."""
    playbook([{INFO: {"limit": 1}}], env=logins.env).assert_ok()
    wrong = {"cloud": "admin", "auth": {"password": "wrong"}}
    run = playbook([{INFO: {"limit": 1, **wrong}}, {INFO: {"limit": 1}}], env=logins.env)
    assert (run[0].failed, run[0].kind) == (True, "forbidden")
    assert not run[1].failed
    assert logins.tokens == 2


def test_a_cache_that_is_spoilt_is_renewed(logins: Logins, playbook: Playbook) -> None:
    task = {INFO: {"limit": 1}}
    playbook([task], env=logins.env).assert_ok()
    (cached,) = (logins.runtime / "unified.storage").glob("*.json")
    for spoilt in (b"", b"{", b"[]", b'{"expires": 9e99}'):
        cached.write_bytes(spoilt)
        logins.clear()
        playbook([task], env=logins.env).assert_ok()
        assert logins.tokens == 1, spoilt


def test_what_is_kept_of_a_service_is_looked_for_anew_where_it_does_not_hold(
    logins: Logins, playbook: Playbook
) -> None:
    """The API was rolled back to an older version, or has moved: the kept login would fail until its token ends."""
    task = {INFO: {"limit": 1}}
    playbook([task], env=logins.env).assert_ok()
    logins.clear()
    logins.cinder.rewrite = lambda path, body: body.replace(b'"3.71"', b'"3.60"')
    logins.cinder.add(406, path="/volumes")
    playbook([task, task], env=logins.env).assert_ok()
    assert [p.status for p in logins.cinder.log if "/volumes" in p.path] == [406, 200, 200]
    (cached,) = (logins.runtime / "unified.storage").glob("*.json")
    record = json.loads(cached.read_text())
    there = record["services"]["block-storage"]
    assert there["max"] == "3.60"
    record["services"]["block-storage"] = {**there, "url": "http://127.0.0.1:9"}  # nobody listens there
    cached.write_text(json.dumps(record))
    playbook([task], env=logins.env).assert_ok()
    assert json.loads(cached.read_text())["services"]["block-storage"] == there


# ---- logins that are refused, and older clouds


def test_refused(playbook: Playbook, cloud: Cloud) -> None:
    right = cloud.login("demo")["auth"]
    run = playbook(
        [
            {"name": "password", INFO: {"auth": {**right, "password": "wrong"}}},
            {"name": "project", INFO: {"auth": {**right, "project_name": "nobody's"}}},
            {"name": "token", INFO: {"auth_type": "token", "auth": {"auth_url": right["auth_url"], "token": "none"}}},
            {"name": "cloud", INFO: {"cloud": "nowhere"}},
            {"name": "nothing", INFO: {}},
            {"name": "plug-in", INFO: {"auth_type": "magic", "auth": right}},
        ],
        cloud=None,
        env=NOTHING,
    )
    kinds = {task.name: task.kind for task in run.tasks if task.failed}
    assert kinds == {
        "password": "forbidden",
        "project": "forbidden",
        "token": "forbidden",
        "cloud": "invalid",
        "nothing": "invalid",
        "plug-in": "invalid",
    }
    assert "nowhere" in run["cloud"].msg and "magic" in run["plug-in"].msg
    assert "Traceback" not in run.stdout + run.stderr


def test_an_older_cloud(cloud: Cloud, playbook: Playbook, rest: Rest, names: UniqueNames, tmp_path: Path) -> None:
    """What it cannot do fails before any change, and says what is needed and offered."""
    made = rest.volume(names("v"))
    reimage = {"unified.storage.volume_action": {"volume": made["id"], "action": "reimage", "image": "tiny"}}
    adopt = {
        "unified.storage.manageable_volume": {
            "host": cloud.host(),
            "reference": {"source-name": "any"},
            "name": names("adopted"),
        }
    }
    rename = {VOLUME: {"name": made["name"], "description": "told to an older cloud"}}
    with FaultProxy(cloud.url("cinder")) as cinder:
        cinder.rewrite = lambda path, body: body.replace(b'"3.71"', b'"3.5"')
        env: Env = {
            "OS_CLIENT_CONFIG_FILE": str(
                cloud.write_config(tmp_path / "clouds.yaml", block_storage_endpoint_override=f"{cinder.url}/v3")
            )
        }
        run = playbook([reimage, adopt, rename], env=env)
        assert [p.method for p in cinder.log if p.method != "GET"] == ["PUT"]
    for task, needed in zip(run.tasks[:2], ("3.68", "3.8"), strict=True):
        assert (task.failed, task.kind, task.changed) == (True, "unsupported", False), task.msg
        assert needed in task.msg and "3.5" in task.msg
    assert not run[2].failed and run[2].changed
    assert rest.show(made)["description"] == "told to an older cloud"
