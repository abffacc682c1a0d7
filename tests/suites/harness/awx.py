# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX starts them: ansible-runner, extra vars from surveys, credentials injected, job events."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import yaml

from .playbook import ROOT

AWX = ROOT / "extensions" / "awx"
RUNNER = Path(sys.executable).with_name("ansible-runner")


class Loader(yaml.SafeLoader):
    """Knows Ansible's tag."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def configured(what: str) -> dict[str, Any]:
    """The job_templates or credential_types of extensions/awx, by name."""
    listed = yaml.load((AWX / "vars" / f"{what}.yml").read_text(), Loader)[what]
    return {one["name"]: one for one in listed}


TEMPLATES, TYPES = configured("job_templates"), configured("credential_types")


def answers(template: str, **given: Any) -> dict[str, Any]:
    """What a survey gives a job of this template: each question answered, or by default."""
    survey = {one["variable"]: one["default"] for one in TEMPLATES[template]["survey"]}
    assert set(given) <= set(survey)
    return {**survey, **given}


def render(template: str, given: Mapping[str, Any]) -> str:
    """As AWX fills in the injectors of a credential type: its fields, those without a value empty."""
    return jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False).from_string(template).render(given)


def credential(name: str, **given: str) -> dict[str, str]:
    """The extra vars that a credential of a type of ours brings along."""
    fields = {field["id"]: field.get("default", "") for field in TYPES[name]["inputs"]["fields"]} | given
    return {key: render(text, fields) for key, text in TYPES[name]["injectors"]["extra_vars"].items()}


def changed(events: list[dict[str, Any]]) -> int:
    """How many tasks changed something in a job where none failed."""
    (stats,) = (e["event_data"] for e in events if e["event"] == "playbook_on_stats")
    assert not stats["failures"] and not stats["dark"]
    return sum(stats["changed"].values())


@dataclass
class Job:
    """One that has been started."""

    process: subprocess.Popen[str]
    folder: Path

    def events(self) -> list[dict[str, Any]]:
        """Its job events, in order, once it is over."""
        output, _ = self.process.communicate(timeout=900)
        (artifacts,) = (self.folder / "artifacts").iterdir()
        found = [json.loads(path.read_text()) for path in (artifacts / "job_events").glob("*.json")]
        assert (artifacts / "status").read_text() == "successful", output[-3000:]
        return sorted(found, key=lambda event: event["counter"])


class Awx:
    """Starts jobs as AWX does: a private data folder each. environment: what credentials put there."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder, self._environment, self._jobs = folder, environment, 0
        tree = folder / "tree" / "ansible_collections" / "unified"
        tree.mkdir(parents=True)
        (tree / "storage").symlink_to(ROOT, target_is_directory=True)

    def launch(
        self,
        playbook: str,
        extra_vars: Mapping[str, Any],
        *,
        project: Path = AWX / "project",
        inventory: str = f"localhost ansible_connection=local ansible_python_interpreter={sys.executable}",
        limit: str = "",
    ) -> Job:
        """inventory: its text."""
        self._jobs += 1
        home = self._folder / f"job-{self._jobs}"
        shutil.copytree(project, home / "project")
        (home / "inventory").mkdir()
        (home / "inventory" / "hosts").write_text(inventory + "\n")
        (home / "env").mkdir()
        (home / "env" / "extravars").write_text(json.dumps(dict(extra_vars)))
        environment = {
            **self._environment,
            "ANSIBLE_COLLECTIONS_PATH": str(self._folder / "tree"),
            "ANSIBLE_HOME": str(home / "ansible"),
            "HOME": str(home),
        }
        (home / "env" / "envvars").write_text(json.dumps(environment))
        (home / "env" / "cmdline").write_text(f"--limit {limit}" if limit else "")
        process = subprocess.Popen(
            [RUNNER, "run", str(home), "-p", playbook],
            env={"PATH": f"{RUNNER.parent}:{os.environ['PATH']}", "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Job(process, home)
