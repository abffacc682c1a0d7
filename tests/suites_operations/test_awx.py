# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What configure.yml makes, and jobs as AWX starts them: extra vars from surveys, credentials, job events."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import Cloud, Manila, Rest, UniqueNames
from harness.awx import AWX, LOCALHOST, RUNNER, TEMPLATES, TYPES, Awx, Credential, answers, changed
from harness.playbook import ROOT

sys.path.insert(0, str(ROOT / "tests" / "zstack"))

from zstackserver import ZStackServer


def openstack_credential(path: Path, login: dict[str, Any]) -> dict[str, str]:
    """The environment that AWX's own credential of type OpenStack makes, and its file: these keys, and no others."""
    auth = {key: login["auth"][key] for key in ("auth_url", "username", "password", "project_name")}
    auth |= {"project_domain_name": "Default", "domain_name": "Default"}
    path.write_text(yaml.safe_dump({"clouds": {"devstack": {"auth": auth, "verify": True}}}))
    path.chmod(0o600)
    return {"OS_CLIENT_CONFIG_FILE": str(path)}


@pytest.fixture(scope="module")
def awx(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Awx:
    folder = tmp_path_factory.mktemp("awx")
    return Awx(folder, openstack_credential(folder / "clouds.yaml", cloud.login("admin")))


def of(place: str) -> set[str]:
    """The names of the templates there."""
    return {name for name, one in TEMPLATES.items() if one["place"] == place}


def grouped(rest: Rest, names: UniqueNames) -> Any:
    """A volume group with one volume."""
    group = rest.volume_group(names("group"), "snapgroup")
    rest.volume(names("member"), group_id=group["id"], volume_type="alpha")
    return group


def test_a_job_for_each_template(
    cloud: Cloud, awx: Awx, rest: Rest, manila: Manila, names: UniqueNames, share_names: UniqueNames, tmp_path: Path
) -> None:
    """With the survey's answers as they come: text and whole numbers."""
    volume = cloud.add_foreign(names("old"))
    group = grouped(rest, names)
    share = share_names("share")
    moving = rest.volume(names("moving"), volume_type="beta")
    page = tmp_path / "page"
    jobs: dict[str, dict[str, Any]] = {
        "Storage report": {"report_folder": str(page), "report_all_projects": "false"},
        "Adopt storage": {"pool": cloud.host("alpha"), "match": volume, "new_name": names("new")},
        "Provision shares": {"share_name": share, "share_size": 2},
        "Rotate snapshots": {"volume_groups": group["id"], "keep": 1},
        "Evacuate a back end": {"from": cloud.host("beta"), "new_type": "alpha", "at_once": 1},
    }
    assert set(jobs) == of("openstack")
    for name, given in jobs.items():
        events = awx.launch_template(name, **given).events()
        assert any(event["event"] == "runner_on_ok" for event in events) and changed(events), name
    assert moving["id"] in (page / "report.html").read_text()
    (adopted,) = rest.named(names("new"))
    assert adopted["status"] == "available"
    (made,) = manila.of_name(share)
    assert made["size"] == 2 and [rule["access_to"] for rule in manila.rules(made)] == ["10.0.0.0/24"]
    assert rest.show(moving)["volume_type"] == "alpha"


def test_a_job_on_zstack(tmp_path: Path) -> None:
    """The login is a credential of our type, and there is no template variable that would win over it."""
    with ZStackServer(tmp_path / "zstack") as server:
        machine = server.store.add_vm("ledger", 1)
        login = Credential("ZStack", {"url": server.url, "account": server.account, "password": server.password})
        awx = Awx(tmp_path / "awx", credentials=[login])
        assert of("zstack") == {"Rotate snapshots on ZStack"}
        job = awx.launch_template("Rotate snapshots on ZStack", root_volumes=machine["rootVolumeUuid"])
        assert changed(job.events()) == 1
        assert [group["vmInstanceUuid"] for group in server.store.groups.values()] == [machine["uuid"]]


SIDE_BY_SIDE = """
- name: Volumes of each host, and some that all of them want
  hosts: all
  gather_facts: false
  tasks:
    - name: Make them
      unified.storage.volume:
        cloud: devstack
        size: 1
        batch: "{{ own[inventory_hostname] + shared }}"
"""


def test_two_jobs_side_by_side(cloud: Cloud, awx: Awx, rest: Rest, names: UniqueNames, tmp_path: Path) -> None:
    """Two slices of one job: what both want is made once, and nothing is lost. They say how far they are."""
    (tmp_path / "side_by_side.yml").write_text(SIDE_BY_SIDE)
    shared = [names(f"shared{n}") for n in range(10)]
    own = {host: [names(f"{host}-{n}") for n in range(10)] for host in ("h1", "h2")}
    wanted = {
        "shared": [{"name": name} for name in shared],
        "own": {host: [{"name": name} for name in mine] for host, mine in own.items()},
    }
    with cloud.fault("create_volume", "slow", seconds=1):
        jobs = [
            awx.launch("side_by_side.yml", wanted, project=tmp_path, inventory=LOCALHOST.replace("localhost", host))
            for host in own
        ]
        both = [job.events() for job in jobs]
    assert all(changed(events) == 1 for events in both)
    made = {name: [v["status"] for v in rest.named(name)] for name in [*shared, *own["h1"], *own["h2"]]}
    assert made == {name: ["available"] for name in made}
    # In AWX's output as in a terminal
    assert any(
        "20 done, after" in event["stdout"] or " of 20 done" in event["stdout"] for events in both for event in events
    )


def test_slices(cloud: Cloud, share_names: UniqueNames, tmp_path: Path) -> None:
    """Each has the hosts of its part of the inventory, and a host's variables say which project it stands for."""
    awx = Awx(tmp_path / "awx", openstack_credential(tmp_path / "clouds.yaml", cloud.login("demo")))
    share = share_names("sliced")
    given = answers("Provision shares", storage_hosts="all", share_name=share, share_size=1, clients="")
    projects = {host: cloud.login(host)["auth"]["project_name"] for host in ("demo", "alt")}
    jobs = []
    for host, project in projects.items():
        connection = json.dumps({"cloud": "devstack", "auth": {"project_name": project}})
        inventory = f"{LOCALHOST.replace('localhost', host)} storage_connection='{connection}'"
        jobs.append(awx.launch("provision_shares.yml", given, inventory=inventory))
    assert [changed(job.events()) for job in jobs] == [1, 1]
    for host in projects:
        witness = Manila(cloud, host)
        assert len(witness.of_name(share)) == 1, host


def test_credential_types(tmp_path: Path) -> None:
    """What they inject is what the modules and playbooks take, whether a field is filled in or not."""

    def inject(name: str, **fields: Any) -> tuple[dict[str, str], dict[str, Any]]:
        environment, extra_vars = Credential(name, fields).inject(tmp_path)
        return environment, extra_vars["storage_connection"]

    source = (ROOT / "plugins/module_utils/_argspec.py").read_text()
    password = 'it\'s "x" {{ y }}'
    environment, connection = inject("ZStack", url="http://zstack", account="admin", password=password)
    assert all(f'["{name}"]' in source for name in environment) and environment["ZSTACK_PASSWORD"] == password
    assert environment["ZSTACK_ACCESS_KEY_ID"] == ""
    assert not any(name.startswith("ANSIBLE_") for name in environment)  # which AWX reserves
    assert connection == {"backend": "zstack", "zstack": {"validate_certs": "True", "ca_cert": ""}}
    _, connection = inject("ZStack", url="https://zstack", ca_cert="-----BEGIN", insecure=True)
    assert connection["zstack"]["validate_certs"] == "False"
    assert Path(connection["zstack"]["ca_cert"]).read_text() == "-----BEGIN"
    _, connection = inject("Storage host", volume_group='d"x')
    host_storage = {"volume_group": 'd"x', "thin_pool": "", "export_root": "/srv/shares"}
    assert connection == {"backend": "host", "host_storage": host_storage}
    _, connection = inject("Storage host", volume_group="data", thin_pool="pool", export_root="/shares")
    assert connection["host_storage"] == {"volume_group": "data", "thin_pool": "pool", "export_root": "/shares"}


def test_the_execution_environment(tmp_path: Path) -> None:
    """Its definition is whole; what the collection needs is what the builder finds in it. (Images need a registry.)"""
    definition = AWX / "execution-environment.yml"
    builder = [RUNNER.with_name("ansible-builder"), "create", "--file", definition, "--context", tmp_path / "context"]
    builder += ["--output-filename", "Containerfile"]
    subprocess.run(builder, check=True, capture_output=True)
    assert "ansible-runner==2.4.3" in (tmp_path / "context" / "Containerfile").read_text()
    introspect = [RUNNER.with_name("ansible-builder"), "introspect", tmp_path / "collections"]
    inside = tmp_path / "collections" / "ansible_collections" / "unified"
    inside.mkdir(parents=True)
    (inside / "storage").symlink_to(ROOT, target_is_directory=True)
    found = subprocess.run(introspect, check=True, capture_output=True, text=True).stdout
    assert "openstacksdk>=4.2.0" in found and "requests>=2.25.0" in found


def test_every_template_has_its_playbook() -> None:
    for template in TEMPLATES.values():
        (play,) = yaml.safe_load((AWX / "project" / template["playbook"]).read_text())
        assert play["ansible.builtin.import_playbook"] == f"unified.storage.{Path(template['playbook']).stem}"
        assert all(question["type"] in ("text", "integer", "multiplechoice") for question in template["survey"])


# ---- configure.yml, with modules that write down what they are told (a whole AWX is too much for a test)

MODULE = """\
#!/usr/bin/python
# WANT_JSON
import json, sys
told = {key: value for key, value in json.load(open(sys.argv[1])).items() if not key.startswith("_")}
with open(%r, "a") as written:
    written.write(json.dumps(told) + "\\n")
print(json.dumps({"changed": False}))
"""
MODULES = ("credential_type", "execution_environment", "project", "job_template", "schedule")


@pytest.fixture
def configure(tmp_path: Path) -> Callable[..., dict[str, list[dict[str, Any]]]]:
    """configure(awx_image="storage-ee") -> what each module was told, in order."""
    modules = tmp_path / "ansible_collections" / "awx" / "awx" / "plugins" / "modules"
    modules.mkdir(parents=True)
    written = {name: tmp_path / name for name in MODULES}
    for name, path in written.items():
        (modules / f"{name}.py").write_text(MODULE % str(path))

    def run(**variables: str) -> dict[str, list[dict[str, Any]]]:
        for path in written.values():
            path.write_text("")
        variables["awx_project_url"] = "https://git.example/storage-jobs.git"
        command = [RUNNER.with_name("ansible-playbook"), AWX / "configure.yml", "-e", json.dumps(variables)]
        home = {"HOME": str(tmp_path), "ANSIBLE_HOME": str(tmp_path), "ANSIBLE_COLLECTIONS_PATH": str(tmp_path)}
        ran = subprocess.run(command, check=False, env={**os.environ, **home}, text=True, capture_output=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return {name: [json.loads(line) for line in path.read_text().splitlines()] for name, path in written.items()}

    return run


def test_configured_for_nobody_yet(configure: Callable[..., Any]) -> None:
    """The types come first: the credentials that the templates need are made of them."""
    told = configure()
    assert {one["name"] for one in told["credential_type"]} == set(TYPES)
    assert all(one["injectors"] == TYPES[one["name"]]["injectors"] for one in told["credential_type"])
    assert len(told["project"]) == 1
    assert not told["execution_environment"] and not told["job_template"] and not told["schedule"]


def test_configured_for_openstack(configure: Callable[..., Any]) -> None:
    told = configure(awx_openstack_credential="mycloud")
    assert {one["name"] for one in told["job_template"]} == of("openstack")
    for one in told["job_template"]:
        assert one["credentials"] == ["mycloud"] and one["extra_vars"] == {"storage_connection": {"cloud": "devstack"}}
        assert one["inventory"] == "Demo Inventory" and "execution_environment" not in one
    assert not told["schedule"], "which would report to nowhere, and rotate nothing"


def test_configured_for_all(configure: Callable[..., Any]) -> None:
    told = configure(
        awx_openstack_credential="mycloud",
        awx_connection="",
        awx_zstack_credential="zstack",
        awx_host_inventory="Racks",
        awx_machine_credential="ssh",
        awx_host_credential="data",
        awx_image="registry.example/storage-ee",
        awx_report_folder="/srv/pages",
        awx_share_groups="documents",
        awx_volumes="ledger,journal",
    )
    templates = {one["name"]: one for one in told["job_template"]}
    assert set(templates) == set(TEMPLATES)
    assert [one["image"] for one in told["execution_environment"]] == ["registry.example/storage-ee"]
    credentials = {"openstack": ["mycloud"], "zstack": ["zstack"], "hosts": ["ssh", "data"]}
    for name, one in templates.items():
        place = TEMPLATES[name]["place"]
        assert one["credentials"] == credentials[place]
        assert one["inventory"] == ("Racks" if place == "hosts" else "Demo Inventory")
        assert one["become_enabled"] == (place == "hosts")
        assert one["extra_vars"] == {}, "which would win over what a credential or a host says"
        assert one["execution_environment"] == told["execution_environment"][0]["name"]
    made = [one for one in told["schedule"] if one["state"] == "exists"]
    brought_up_to_date = [one for one in told["schedule"] if one["state"] == "present"]
    assert {one["name"]: one["extra_data"] for one in made} == {
        one["name"]: one["extra_data"] for one in brought_up_to_date
    }
    assert [one["enabled"] for one in made] == [False] * len(made)
    assert not any("enabled" in one for one in brought_up_to_date), "whoever has switched it on will not find it off"
    assert {one["unified_job_template"]: one["extra_data"].get("report_folder") for one in made} == {
        "Storage report": "/srv/pages",
        "Storage report of hosts": "/srv/pages/hosts",
        "Rotate snapshots": None,
        "Rotate snapshots on hosts": None,
    }
    answered = {one["unified_job_template"]: one["extra_data"] for one in made}
    assert answered["Rotate snapshots"]["share_groups"] == "documents"
    assert answered["Rotate snapshots on hosts"]["volumes"] == "ledger,journal"
    for name, extra_data in answered.items():
        questions = templates[name]["survey_spec"]["spec"]
        required = {question["variable"] for question in questions if question["required"]}
        assert required <= set(extra_data) <= {question["variable"] for question in questions}
