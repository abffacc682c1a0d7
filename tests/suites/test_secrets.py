# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret in any output at -vvvv; and what is no secret can be read."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import Cloud, Playbook, Rest, RunResult, UniqueNames

CHAP_SECRET = "chap-secret-"
"""What the driver's CHAP passwords start with"""
CHAP_USER = "chap-user"
CONNECTOR = {"host": "nobody", "ip": "192.0.2.9", "initiator": "iqn.1994-05.com.example:nobody"}
INFO, ACTION = "unified.storage.volume_info", "unified.storage.volume_action"
VERBOSE = 4


def everything(run: RunResult) -> str:
    """All that a run has shown, in whatever form: stdout, stderr, and the results that callbacks get."""
    return "\n".join([run.stdout, run.stderr, *(json.dumps(task.result, default=str) for task in run.tasks)])


def hidden(run: RunResult, *values: str) -> None:
    shown = everything(run)
    assert "invocation" in shown, "-vvvv shows what modules were given: else this proves nothing"
    for value in values:
        at = shown.find(value)
        assert at < 0, f"...{shown[max(0, at - 200) : at]}<the secret>"


@pytest.fixture
def application_credential(demo: Rest) -> Iterator[dict[str, str]]:
    path = f"/v3/users/{demo.user_id}/application_credentials"
    body = {"application_credential": {"name": f"us-{secrets.token_hex(4)}"}}
    made = demo.post(path, body, service="keystone")["application_credential"]
    yield {"application_credential_id": made["id"], "application_credential_secret": made["secret"]}
    demo.delete(f"{path}/{made['id']}", service="keystone")


def test_logins(
    cloud: Cloud,
    playbook: Playbook,
    demo: Rest,
    names: UniqueNames,
    application_credential: dict[str, str],
    tmp_path: Path,
) -> None:
    """A password, a token, an application credential's secret: with tasks that succeed and that fail."""
    given = cloud.login("demo")["auth"]
    where = {k: v for k, v in given.items() if k.startswith(("auth_url", "project"))}
    own = {
        "PASSWORD": given["password"],
        "TOKEN": Rest(cloud, "demo").token,
        "SECRET": application_credential["application_credential_secret"],
        "WRONG": f"wrong-{secrets.token_hex(8)}",
    }
    # Not in the playbook: with an error, ansible-core shows the lines of it.
    password, token, secret, wrong = (f"{{{{ lookup('env', '{name}') }}}}" for name in own)
    given = {**given, "password": password}
    credential = {**application_credential, "application_credential_secret": secret}
    ways: dict[str, dict[str, Any]] = {
        "password": {"auth": given},
        "token": {"auth_type": "token", "auth": {**where, "token": token}},
        "application credential": {
            "auth_type": "v3applicationcredential",
            "auth": {"auth_url": where["auth_url"], **credential},
        },
    }
    create = {"name": names("v"), "size": 1}
    tasks = [
        *({"name": way, INFO: {"limit": 1, **login}} for way, login in ways.items()),
        *(
            {"name": f"{way} fails", ACTION: {"volume": names("none"), "action": "extend", "new_size": 2, **login}}
            for way, login in ways.items()
        ),
        {"name": "create", "unified.storage.volume": {**create, **ways["password"]}},
        {"name": "wrong password", INFO: {"auth": {**given, "password": wrong}}},
        {"name": "wrong token", INFO: {"auth_type": "token", "auth": {**where, "token": wrong}}},
        {"name": "wrong option", INFO: {"auth": given, "colour": "red"}},
        {"name": "wrong login", INFO: {"auth": {**given, "colour": "red"}}},
    ]
    tmp_path.chmod(0o700)
    env: dict[str, str | None] = {"OS_CLIENT_CONFIG_FILE": None, "XDG_RUNTIME_DIR": str(tmp_path), **own}
    for extra in ({"diff": True}, {"check": True, "diff": True}):
        run = playbook(tasks, cloud=None, env=env, verbosity=VERBOSE, **extra)
        failed = {task.name for task in run.tasks if task.failed}
        assert failed == {t["name"] for t in tasks if "fails" in t["name"] or "wrong" in t["name"]}
        cached = [json.loads(f.read_text()) for f in (tmp_path / "unified.storage").glob("*.json")]
        assert len(cached) == len(ways)
        tokens = [record["token"] for record in cached]
        hidden(run, *own.values(), *tokens)
    for file in (tmp_path / "unified.storage").iterdir():
        assert not any(value in file.name for value in [*own.values(), *tokens])
        content = file.read_bytes()
        assert not any(own[name].encode() in content for name in ("PASSWORD", "SECRET", "WRONG"))


def test_logins_of_clouds_yaml_and_the_environment(cloud: Cloud, playbook: Playbook) -> None:
    given = cloud.login("demo")["auth"]
    run = playbook([{INFO: {"limit": 1}}], cloud="demo", verbosity=VERBOSE).assert_ok()
    hidden(run, given["password"])
    named: dict[str, str | None] = {f"OS_{key.upper()}": value for key, value in given.items()}
    env = {"OS_CLIENT_CONFIG_FILE": None, **named}
    run = playbook([{INFO: {"limit": 1}}], cloud=None, env=env, verbosity=VERBOSE).assert_ok()
    hidden(run, given["password"])


def test_chap_secrets(playbook: Playbook, rest: Rest, names: UniqueNames) -> None:
    """Only who asks for them gets them."""
    made = rest.volume(names("v"))
    connect = {"volume": made["id"], "action": "initialize_connection", "connector": CONNECTOR}
    run = playbook([{ACTION: connect}, {ACTION: {"batch": [connect]}}], verbosity=VERBOSE, diff=True).assert_ok()
    hidden(run, CHAP_SECRET, CHAP_USER)
    for result in (run[0].result, run[1]["results"][0]):
        assert result["connection_info"]["data"]["target_iqn"].endswith(made["id"])
        assert not [key for key in result["connection_info"]["data"] if "password" in key]
    asked = playbook([{ACTION: {**connect, "return_secrets": True}}]).assert_ok()
    data = asked.only["connection_info"]["data"]
    assert (data["auth_username"], data["auth_password"]) == (CHAP_USER, CHAP_SECRET + made["id"])


def test_what_is_no_secret_can_be_read(cloud: Cloud, playbook: Playbook, rest: Rest, names: UniqueNames) -> None:
    """Not even where it is as short and common as the names of users and projects are."""
    given = cloud.login("admin")["auth"]
    assert given["username"] == given["project_name"] == "admin"
    nobody = f"nobody-{secrets.token_hex(4)}"
    run = playbook(
        [
            {"name": "ok", INFO: {"auth": given, "name": rest.volume(names("admin"))["name"]}},
            {"name": "not found", ACTION: {"auth": given, "volume": "admin-default", "action": "extend",
                                           "new_size": 2}},
            {"name": "project", INFO: {"auth": {**given, "project_name": nobody}, "name": "x"}},
            {"name": "keys", ACTION: {"auth": given, "volume": "admin", "action": "unset_image_metadata",
                                      "keys": ["token", "password"]}},
        ],
        cloud=None,
        verbosity=VERBOSE,
    )  # fmt: skip
    assert run["ok"]["volumes"][0]["name"] == names("admin")
    assert "admin-default" in run["not found"].msg and run["not found"]["error"]["resource"]["name"] == "admin-default"
    assert run["project"].kind == "forbidden"
    for line in ('"username": "admin"', f'"project_name": "{nobody}"', '"project_domain_id": "default"'):
        assert line in run.stdout
    assert '"password": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"' in run.stdout
    assert "admin" in run["keys"].msg and "********" not in run["keys"].msg
