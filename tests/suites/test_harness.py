# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The harness itself: what the other suites trust must fail when it should."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from faultproxy import FaultProxy
from harness import Case, FourPasses, RestError, wait_until

pytestmark = pytest.mark.seldom

DESCRIBE = """
from ansible.module_utils.basic import AnsibleModule
import json, urllib.request

def main():
    module = AnsibleModule({"url": {}, "token": {"no_log": True}, "text": {}, "bug": {}}, supports_check_mode=True)
    url, text, bug = (module.params[k] for k in ("url", "text", "bug"))

    def send(method, body=None):
        data = json.dumps(body).encode() if body else None
        head = {"X-Auth-Token": module.params["token"], "Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(url, data, head, method=method)) as answer:
            return json.loads(answer.read())["volume"]["description"]

    before = send("GET")
    changed = before != text
    diff = {"before": {"description": before}, "after": {"description": text}} if changed else {}
    if bug == "fails":
        module.fail_json(msg="as told")
    if bug == "same diff" and diff:
        diff["after"] = diff["before"]
    if bug == "wrong diff" and diff:
        diff["after"] = {"description": "something else"}
    if bug == "other diff in check mode" and diff and module.check_mode:
        diff["before"] = {"description": "something else"}
    writes = changed and not module.check_mode and bug != "does nothing"
    if writes or bug == "writes always" or (bug == "writes in check mode" and changed and module.check_mode):
        send("PUT", {"volume": {"description": text}})
    module.exit_json(changed=changed or bug == "changed always", **({} if bug == "no diff" else {"diff": diff}))

main()
"""

# bug: what the four passes must say about it ({} - nothing), by a piece of the text
BUGS = {
    "": [],
    "fails": ["check: failed: as told"],
    "no diff": ["check: a change without a diff"],
    "same diff": ["check: a diff that shows no difference"],
    "wrong diff": ["check: the diff's after"],
    "other diff in check mode": ["run: the check's diff"],
    "writes in check mode": ["check: wrote: PUT"],
    "writes always": ["check: wrote: PUT", "run again: wrote: PUT", "check again: wrote: PUT"],
    "changed always": ["run again: changed=True", "check again: changed=True"],
    "does nothing": ["run: reported a change without a write", "witness", "run again: changed=True"],
}


@pytest.fixture(scope="module")
def describe(playbook, request_log, rest, module_names, tmp_path_factory) -> FourPasses:
    """The four passes of a small module with every bug in turn."""
    library = tmp_path_factory.mktemp("library")
    (library / "describe.py").write_text(DESCRIBE)

    def task(bug):
        def of(volume):
            url = f"{rest.cloud.url('cinder')}/v3/{rest.project_id}/volumes/{volume['id']}"
            return {"describe": {"url": url, "token": rest.token, "text": "new", "bug": bug}}

        return of

    def witness(rest, volume):
        assert rest.show(volume)["description"] == "new"

    cases = [
        Case(
            bug or "none",
            lambda rest, name: rest.volume(name),
            task(bug),
            witness,
            after=lambda v: {"description": "new"},
        )
        for bug in BUGS
    ]
    env = {"ANSIBLE_LIBRARY": str(library)}
    return FourPasses(playbook, request_log, rest, module_names, cloud=None, env=env).run(cases)


@pytest.mark.parametrize("bug", BUGS)
def test_four_passes_find_the_bug(describe, bug):
    problems = describe.problems[bug or "none"]
    assert bool(problems) == bool(BUGS[bug]), problems
    for text in BUGS[bug]:
        assert any(text in problem for problem in problems), problems
    if bug:
        with pytest.raises(AssertionError, match=bug):
            describe.check(bug)
    else:
        describe.check("none")


def test_a_setup_that_fails_is_told(four_passes):
    def broken(rest, name):
        raise RuntimeError("no luck")

    passes = four_passes([Case("broken", broken, lambda made: {}, lambda rest, made: None)])
    with pytest.raises(AssertionError, match="no luck"):
        passes.check("broken")


def test_results_of_tasks(playbook):
    run = playbook(
        """
        - {name: good, ansible.builtin.command: echo hello}
        - {name: bad, ansible.builtin.command: "false"}
        - {name: skipped, ansible.builtin.command: echo, when: false}
        - {name: looped, ansible.builtin.debug: {msg: "{{ item }}"}, loop: [1, 2]}
        """
    )
    assert run["good"].changed and run["good"]["stdout"] == "hello"
    assert run["bad"].failed and run["bad"]["rc"] == 1
    assert run["skipped"].status == "skipped"
    assert [r["msg"] for r in run["looped"]["results"]] == [1, 2]
    assert (run.rc, run.stats["ok"], run.stats["ignored"]) == (0, 3, 1)
    with pytest.raises(AssertionError, match="bad: failed"):
        run.assert_ok()
    with pytest.raises(AssertionError, match="0 results of task 'none'"):
        run["none"]


def test_the_end_of_a_play_that_must_not_go_on(playbook):
    run = playbook([{"ansible.builtin.command": "false"}, {"ansible.builtin.command": "true"}], keep_going=False)
    assert run.rc != 0 and len(run.tasks) == 1 and run.only.failed
    with pytest.raises(AssertionError, match="did not run"):
        playbook([{"no.such.module": {}}], keep_going=False)


def test_environment_and_verbosity(playbook, monkeypatch):
    monkeypatch.setenv("OS_CLOUD", "not-ours")
    show = {"ansible.builtin.command": "env"}
    run = playbook([show], env={"OS_TOKEN": "abc", "XDG_RUNTIME_DIR": None}, verbosity=3)
    assert "OS_TOKEN=abc" in run.only["stdout"]
    assert not {"OS_CLOUD", "XDG_RUNTIME_DIR"} & {line.split("=")[0] for line in run.only["stdout_lines"]}
    assert "TASK [0]" in run.stdout and "<localhost>" in run.stdout


def test_a_run_whose_ansible_would_start_otherwise_is_started_by_itself(playbook):
    show = {"ansible.builtin.command": "env"}
    for env in ({"OS_TOKEN": "abc"}, {"ANSIBLE_NOCOLOR": None, "ANSIBLE_FORCE_COLOR": "1"}):
        run = playbook([show], env=env).assert_ok()
        assert all(f"{name}={value}" in run.only["stdout_lines"] for name, value in env.items() if value)
        assert ("\x1b[" in run.stdout) == ("ANSIBLE_FORCE_COLOR" in env)


def test_a_killed_run_leaves_no_process(playbook, tmp_path):
    mark = tmp_path / "pid"
    running = playbook.start([{"ansible.builtin.shell": f"echo $$ > {mark}; exec sleep 60"}])
    wait_until(lambda: mark.exists() and mark.read_text())
    running.kill()
    wait_until(lambda: not Path(f"/proc/{mark.read_text().strip()}").exists())  # its new parent reaps it


def test_request_log(request_log, playbook, rest, names):
    volume = rest.volume(names("v"))
    base = f"{rest.cloud.url('cinder')}/v3/{rest.project_id}"

    def uri(method, path, body=None):
        head = {"X-Auth-Token": rest.token}
        more = {"body": body, "body_format": "json"} if body else {}
        return {
            "ansible.builtin.uri": {
                "url": base + path,
                "method": method,
                "headers": head,
                "status_code": [200, 202, 404],
                **more,
            }
        }

    mark = request_log.mark()
    rest.show(volume)  # the witness's own requests do not count
    playbook(
        [
            uri("GET", "/volumes/detail?limit=1"),
            uri("POST", f"/volumes/{volume['id']}/action", {"os-show_image_metadata": {}}),
            uri("POST", f"/volumes/{volume['id']}/action", {"os-extend": {"new_size": 2}}),
        ]
    ).assert_ok()
    asked = request_log.since(mark)
    assert [e.method for e in asked] == ["GET", "POST", "POST"]
    assert "limit=1" in asked.all[0].path
    (write,) = asked.writes()
    assert (write.status, write.keys) == (202, ("os-extend",))
    assert not asked.between(0, mark and time.time() - 3600).all


def test_logins_are_different(rest, demo, alt):
    assert len({rest.project_id, demo.project_id, alt.project_id}) == 3
    assert demo.user_id == alt.user_id != rest.user_id
    with pytest.raises(RestError) as caught:
        demo.get("/os-services")
    assert caught.value.status == 403


def test_foreign_volumes_and_faults_on_demand(cloud, rest, names):
    cloud.add_foreign(names("foreign"), size=2)
    query = f"?host={cloud.host()}".replace("#", "%23")
    listed = rest.get(f"/manageable_volumes/detail{query}")["manageable-volumes"]
    (found,) = (v for v in listed if v["reference"]["source-name"] == names("foreign"))
    assert (found["size"], found["safe_to_manage"]) == (2, True)
    with (
        cloud.fault("create_volume", match=names("bad"), message="disk on fire"),
        pytest.raises(RestError, match="error"),
    ):
        rest.volume(names("bad"))
    assert rest.volume(names("good"))["status"] == "available"


def test_names_are_purged(cloud, rest, demo):
    from harness import UniqueNames

    with UniqueNames(rest) as names:
        held = rest.volume(names("held"))
        rest.snapshot(held, names("snapshot"))
        rest.attached(names("attached"))
        demo.volume(names("member"))
        rest.image(names("image"), protected=True)
        cloud.add_foreign(names("foreign"))
        prefix = names.prefix
    assert not [
        v for v in rest.list("/volumes/detail?all_tenants=1", "volumes") if (v["name"] or "").startswith(prefix)
    ]
    assert not rest.named(names("snapshot"), "snapshots")
    assert not rest.list_images(prefix)
    assert not list(cloud.store().glob(f"{prefix}*"))


def test_a_proxied_cloud(cloud, rest, playbook, tmp_path):
    """The way to the fault proxy by clouds.yaml, with the SDK itself as the client."""
    code = (
        "import openstack; c = openstack.connect(cloud='admin');"
        "print(len(list(c.block_storage.volumes(limit=1))), c.config.auth['auth_url'])"
    )
    with FaultProxy(cloud.url("cinder")) as cinder, FaultProxy(cloud.url("keystone")) as keystone:
        config = cloud.write_config(
            tmp_path / "clouds.yaml",
            auth={"auth_url": f"{keystone.url}/v3"},
            block_storage_endpoint_override=f"{cinder.url}/v3",
        )
        task = {"ansible.builtin.command": {"argv": ["{{ ansible_python_interpreter }}", "-c", code]}}
        playbook([task], env={"OS_CLIENT_CONFIG_FILE": str(config)}).assert_ok()
        assert [p.method for p in keystone.log if "/auth/tokens" in p.path] == ["POST"]
        assert any("/volumes" in p.path for p in cinder.log)
        assert not [p for p in [*cinder.log, *keystone.log] if p.fault or p.status is None or p.status >= 500]
