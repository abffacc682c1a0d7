# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX starts them: ansible-runner, extra vars from surveys, credentials from the environment, job events."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import Cloud, Manila, Rest, UniqueNames
from harness.awx import AWX, RUNNER, TEMPLATES, TYPES, Awx, answers, changed, credential, render
from harness.playbook import ROOT

CONNECTION = {"storage_connection": {"cloud": "devstack"}}


@pytest.fixture(scope="module")
def awx(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Awx:
    folder = tmp_path_factory.mktemp("awx")
    # What AWX's own credential of type OpenStack writes: one cloud, called devstack
    clouds = cloud.write_configs(folder / "clouds.yaml", devstack={"like": "admin"})
    return Awx(folder, {"OS_CLIENT_CONFIG_FILE": str(clouds)})


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
    jobs = {
        "Storage report": answers("Storage report", report_folder=str(page), report_all_projects="false"),
        "Adopt storage": answers("Adopt storage", pool=cloud.host("alpha"), match=volume, new_name=names("new")),
        "Provision shares": answers("Provision shares", share_name=share, share_size=2),
        "Rotate snapshots": answers("Rotate snapshots", volume_groups=group["id"], keep=1),
        "Evacuate a back end": {
            **answers("Evacuate a back end", new_type="alpha", at_once=1),
            "from": cloud.host("beta"),
        },
    }
    assert {name for name, one in TEMPLATES.items() if not one.get("host")} == set(jobs)
    for name, extra_vars in jobs.items():
        events = awx.launch(TEMPLATES[name]["playbook"], {**CONNECTION, **extra_vars}).events()
        assert any(event["event"] == "runner_on_ok" for event in events) and changed(events), name
    assert moving["id"] in (page / "report.html").read_text()
    (adopted,) = rest.named(names("new"))
    assert adopted["status"] == "available"
    (made,) = manila.of_name(share)
    assert made["size"] == 2 and [rule["access_to"] for rule in manila.rules(made)] == ["10.0.0.0/24"]
    assert rest.show(moving)["volume_type"] == "alpha"


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
    local = f"ansible_connection=local ansible_python_interpreter={sys.executable}"
    inventory = f"h1 {local}\nh2 {local}"
    with cloud.fault("create_volume", "slow", seconds=1):
        jobs = [
            awx.launch("side_by_side.yml", wanted, project=tmp_path, inventory=inventory, limit=host) for host in own
        ]
        both = [job.events() for job in jobs]
    assert all(changed(events) == 1 for events in both)
    made = {name: [v["status"] for v in rest.named(name)] for name in [*shared, *own["h1"], *own["h2"]]}
    assert made == {name: ["available"] for name in made}
    # In AWX's output as in a terminal
    assert any(
        "20 done, after" in event["stdout"] or " of 20 done" in event["stdout"] for events in both for event in events
    )


def test_credential_types() -> None:
    """What they inject is what the modules and playbooks take."""
    zstack = TYPES["ZStack"]
    given = {field["id"]: field.get("default", "") for field in zstack["inputs"]["fields"]} | {"password": 'it\'s "x"'}
    env = {name: render(text, given) for name, text in zstack["injectors"]["env"].items()}
    source = (ROOT / "plugins/module_utils/_argspec.py").read_text()
    assert all(f'["{name}"]' in source for name in env) and env["ZSTACK_PASSWORD"] == given["password"]
    assert not any(name.startswith("ANSIBLE_") for name in env)  # which AWX reserves
    assert json.loads(credential("ZStack")["storage_connection"]) == {"backend": "zstack"}
    connection = json.loads(credential("Storage host", volume_group='d"x')["storage_connection"])
    assert connection == {
        "backend": "host",
        "host_storage": {"volume_group": 'd"x', "thin_pool": "", "export_root": "/srv/shares"},
    }


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
