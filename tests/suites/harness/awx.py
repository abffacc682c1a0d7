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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .playbook import ROOT

AWX = ROOT / "extensions" / "awx"
RUNNER = Path(sys.executable).with_name("ansible-runner")
LOCALHOST = f"localhost ansible_connection=local ansible_python_interpreter={sys.executable}"


class Loader(yaml.SafeLoader):
    """Knows Ansible's tag."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


class Unsafe(yaml.SafeDumper):
    """For all but the job template's own variables: no text is to be taken for Jinja, keys of dictionaries included."""


Unsafe.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text))


def render(template: str, given: Mapping[str, Any]) -> str:
    """As AWX does: what is not given is undefined, and of that nothing comes."""
    return ImmutableSandboxedEnvironment().from_string(template).render(given)


def configured(what: str) -> dict[str, Any]:
    """The job_templates or credential_types of extensions/awx, by name."""
    listed = yaml.load((AWX / "vars" / f"{what}.yml").read_text(), Loader)[what]
    return {one["name"]: one for one in listed}


TEMPLATES, TYPES = configured("job_templates"), configured("credential_types")
DEFAULTS = yaml.load((AWX / "configure.yml").read_text(), Loader)[0]["vars"]


def answers(template: str, **given: Any) -> dict[str, Any]:
    """What a survey gives a job of this template: each question answered, or by default."""
    survey = {one["variable"]: one["default"] for one in TEMPLATES[template]["survey"]}
    assert set(given) <= set(survey)
    by_default = {name: render(value, DEFAULTS) if isinstance(value, str) else value for name, value in survey.items()}
    return {**by_default, **given}


@dataclass(frozen=True)
class Credential:
    """One of a type of ours. fields: what somebody has filled in; AWX has no use for the defaults of the others."""

    type: str
    fields: Mapping[str, Any]

    def inject(self, folder: Path) -> tuple[dict[str, str], dict[str, Any]]:
        """The environment of a job, and its extra vars. folder: for files."""
        inputs, injectors = TYPES[self.type]["inputs"], TYPES[self.type]["injectors"]
        assert set(inputs["required"]) <= set(self.fields) <= {field["id"] for field in inputs["fields"]}
        boxes = {field["id"]: False for field in inputs["fields"] if field["type"] == "boolean"}
        given = {**boxes, **{name: value for name, value in self.fields.items() if value != ""}}
        for text in injectors.get("file", {}).values():
            path = folder / "credential-file"
            path.write_text(render(text, given))
            given["tower"] = {"filename": str(path)}

        def fill(node: Any) -> Any:
            return {key: fill(value) for key, value in node.items()} if isinstance(node, dict) else render(node, given)

        environment: dict[str, str] = fill(injectors.get("env", {}))
        return environment, fill(injectors.get("extra_vars", {}))


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

    def events(self, status: str = "successful") -> list[dict[str, Any]]:
        """Its job events, in order, once it is over."""
        output, _ = self.process.communicate(timeout=900)
        (artifacts,) = (self.folder / "artifacts").iterdir()
        found = [json.loads(path.read_text()) for path in (artifacts / "job_events").glob("*.json")]
        assert (artifacts / "status").read_text() == status, output[-3000:]
        return sorted(found, key=lambda event: event["counter"])


class Awx:
    """Starts jobs as AWX does: a private data folder each.

    environment: what AWX's own credentials put there. credentials: of our types, with every job.
    """

    def __init__(
        self, folder: Path, environment: Mapping[str, str] | None = None, credentials: Iterable[Credential] = ()
    ) -> None:
        self._folder, self._environment, self._jobs = folder, environment or {}, 0
        self._credentials = list(credentials)
        tree = folder / "tree" / "ansible_collections" / "unified"
        tree.mkdir(parents=True)
        (tree / "storage").symlink_to(ROOT, target_is_directory=True)

    def launch(
        self,
        playbook: str,
        answers: Mapping[str, Any],
        *,
        own: Mapping[str, Any] | None = None,
        project: Path = AWX / "project",
        inventory: str = LOCALHOST,
        options: Iterable[str] = (),
    ) -> Job:
        """answers: of the survey. own: the template's own extra vars. inventory: its text."""
        self._jobs += 1
        home = self._folder / f"job-{self._jobs}"
        shutil.copytree(project, home / "project")
        (home / "inventory").mkdir()
        (home / "inventory" / "hosts").write_text(inventory + "\n")
        env = home / "env"
        env.mkdir()
        trusted, given = dict(own or {}), dict(answers)
        written = [yaml.safe_dump(trusted) if trusted else "", yaml.dump(given, Dumper=Unsafe) if given else ""]
        (env / "extravars").write_text("".join(written))
        environment = {
            **self._environment,
            "ANSIBLE_COLLECTIONS_PATH": str(self._folder / "tree"),
            "ANSIBLE_HOME": str(home / "ansible"),
            "HOME": str(home),
        }
        arguments = list(options)
        for number, credential in enumerate(self._credentials):
            injected, extra = credential.inject(env)
            environment.update(injected)
            path = env / f"credential-{number}"
            path.write_text(yaml.dump(extra, Dumper=Unsafe))
            arguments += ["-e", f"@{path}"]  # before the extra vars above, which therefore win
        (env / "envvars").write_text(json.dumps(environment))
        (env / "cmdline").write_text(" ".join(arguments))
        process = subprocess.Popen(
            [RUNNER, "run", str(home), "-p", playbook],
            env={"PATH": f"{RUNNER.parent}:{os.environ['PATH']}", "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Job(process, home)

    def launch_template(self, name: str, *, inventory: str = LOCALHOST, **given: Any) -> Job:
        """One of ours, with the answers that are given, and the defaults of the other questions."""
        place = DEFAULTS["places"][TEMPLATES[name]["place"]]
        own = {"storage_connection": DEFAULTS["awx_connection"]} if "extra_vars" in place else {}
        options = ["--become"] if place.get("become") else []
        playbook = TEMPLATES[name]["playbook"]
        return self.launch(playbook, answers(name, **given), own=own, inventory=inventory, options=options)
