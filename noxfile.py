# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be done in this repository: `./run` lists it, `./run SESSION` does it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import antsibull_nox
import nox
from nox.command import CommandFailed

ROOT = Path(__file__).parent
CACHE = Path(os.environ.get("UNIFIED_STORAGE_CACHE", ROOT / ".cache")).absolute()
REPORTS = CACHE / "reports"
PINS = nox.project.load_toml(ROOT / "pyproject.toml")

# ansible-core: the release that is tested, and the Python that its controller runs on here.
CORES = {
    "2.16": ("2.16.19", "3.11"),
    "2.19": ("2.19.14", "3.11"),
    "2.21": ("2.21.5", "3.12"),
    "2.22": ("2.22.0rc1", "3.13"),
}
CORE = "2.19"  # for what needs one core, whichever
CORE_OF_PYTHON = {python: release for release, python in CORES.values()}
# The older Pythons of managed hosts, each with the newest ansible-core whose controller runs on it, for module_utils.
OLD_PYTHONS = {"3.8": "2.13.13", "3.9": "2.15.13", "3.10": "2.17.14"}

REPORTS.mkdir(parents=True, exist_ok=True)
nox.needs_version = ">=2025.10.14"
nox.options.envdir = str(CACHE / "venvs")
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.report = str(REPORTS / "sessions.json")
nox.options.error_on_missing_interpreters = False  # skipped in one plain line, and counted as skipped

# The suites are dealt out, so that every core sees one: block storage has CORE, and part of it the oldest.
SUITES_CORE = {"zstack": "2.21", "hosts": "2.22"}
ON_EVERY_CORE = ["logins", "snapshot"]  # of the suites of block storage
# Suites with sessions of their own, so that they run beside the others.
SHARES, GROUPS = "test_share*.py", "test_*group*.py"

QUICK = [f"sanity-{CORE}", "extra-checks", "lint", "types", f"units-{CORES[CORE][1]}"]
# Taken one after the other by so many workers: what takes longest first, so that they end at one time, then what is
# cheap to find.
AT_ONCE = 4
TEST = [
    *[f"suites-{CORE}", "shares", "hosts"],
    *["extra-checks", "lint", "types", f"units-{CORES[CORE][1]}"],
    *["molecule", "groups", "operations"],
    *[f"sanity-{core}" for core in (CORE, *(core for core in CORES if core != CORE))],
    *["demo", "zstack", f"suites-{min(CORES)}"],
    *["build", "site", "docs-check", "build-import-check"],
    *[f"old-pythons-{python}" for python in OLD_PYTHONS],
    *[f"units-{python}" for python in CORE_OF_PYTHON if python != CORES[CORE][1]],
]


# ---- helpers ----


def core(release: str) -> str:
    return f"ansible-core=={release}"


def install(session: nox.Session, *wanted: str) -> None:
    """Install requirements and groups (`@name`) of pyproject.toml, unless the venv has just these already."""
    requirements: list[str] = []
    for want in wanted:
        group = nox.project.dependency_groups(PINS, want[1:]) if want.startswith("@") else (want,)
        requirements.extend(group)
    stamp = Path(session.virtualenv.location) / "installed.txt"
    if not stamp.exists() or stamp.read_text().split("\n") != requirements:
        stamp.unlink(missing_ok=True)
        session.install(*requirements)
        stamp.write_text("\n".join(requirements))


def run_all(session: nox.Session, *commands: list[str]) -> None:
    """Run every command, whatever the others say, then fail if any did."""
    failed = []
    for command in commands:
        try:
            session.run(*command)
        except CommandFailed:
            failed.append(" ".join(command[:2]))
    if failed:
        session.error(f"failed: {', '.join(failed)}")


def use_tree(session: nox.Session) -> Path:
    """The working tree as an importable collection, by a symlink: what is edited is what runs."""
    tree = CACHE / "tree"
    link = tree / "ansible_collections" / "unified" / "storage"
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.resolve() != ROOT.resolve():
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT, target_is_directory=True)
    session.env.update(
        UNIFIED_STORAGE_CACHE=str(CACHE),
        ANSIBLE_COLLECTIONS_PATH=str(tree),
        ANSIBLE_HOME=str(CACHE / "ansible"),  # else ansible writes to ~/.ansible
        PYTHONPYCACHEPREFIX=str(CACHE / "pycache"),  # and Python into the tree
    )
    return tree


def install_built(session: nox.Session, where: Path) -> Path:
    """Build the collection and install the artifact under `where`: what ships, and nothing else."""
    shutil.rmtree(where, ignore_errors=True)
    where.mkdir(parents=True)
    session.env["ANSIBLE_HOME"] = str(CACHE / "ansible")
    session.run("ansible-galaxy", "collection", "build", "--output-path", str(where), silent=True)
    (artifact,) = where.glob("*.tar.gz")
    # fmt: off
    session.run("ansible-galaxy", "collection", "install", str(artifact), "--no-deps", "--offline",
                "--force", "--collections-path", str(where), silent=True)
    # fmt: on
    return where / "ansible_collections" / "unified" / "storage"


GET_PIP = """\
# Written by noxfile.py in place of the script that ansible-test would download from a host of its own.
import subprocess, sys
subprocess.check_call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
wanted = [arg for arg in sys.argv[1:] if arg.startswith("pip==")]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", "--quiet"] + wanted))
"""


def ansible_test_home(session: nox.Session) -> Path:
    """A home for ansible-test, which keeps its venvs in ~/.ansible/test and makes them with a downloaded get-pip.

    One for each ansible-core: two that run at once would make the same venvs.
    """
    home = CACHE / f"home-{session.name}"
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    (internal,) = Path(session.virtualenv.location).glob("lib/*/site-packages/ansible_test/_internal")
    for version in re.findall(r"pip='([0-9.]+)'", (internal / "python_requirements.py").read_text()):
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(GET_PIP)
    # 2.22 asks GitHub for a dill that knows Python 3.15; for the Pythons here a released one does.
    pylint = internal.parent / "_data" / "requirements" / "sanity.pylint.txt"
    pylint.write_text(re.sub(r"^dill @ .*$", "dill==0.4.0", pylint.read_text(), flags=re.MULTILINE))
    for name in (".config/pip", ".pip", ".netrc"):  # how pip finds and enters the package index here
        mine, real = home / name, Path.home() / name
        if real.exists() and not mine.exists():
            mine.parent.mkdir(exist_ok=True)
            mine.symlink_to(real)
    return home


def take_ports(session: nox.Session, base: int) -> None:
    """Where the session's cloud listens: sessions run side by side, and by a shift so do two clones on one machine."""
    session.env["UNIFIED_STORAGE_PORT_BASE"] = str(base + int(os.environ.get("UNIFIED_STORAGE_PORT_SHIFT", "0")))


def pytest(session: nox.Session, *where: str) -> None:
    """Run the tests under `where`, or those that the arguments name, and keep a report for .ci/summary.py."""
    named = any(Path(arg.split("::")[0]).exists() for arg in session.posargs)
    report = REPORTS / f"{session.name}.xml"
    # fmt: off
    session.run("pytest", *([] if named else where), *session.posargs,
                f"--junit-xml={report}", "-o", f"cache_dir={CACHE / 'pytest'}")
    # fmt: on


def run_session(name: str) -> bool:
    """Run nox for a session, and print what it says as it comes, each line with the session's name. True: it passed."""
    environ = {**os.environ, "UNIFIED_STORAGE_TESTS": "often"}
    environ["PIP_COMPILE"] = "0"  # Python compiles the small part of what is installed that is used
    command = [sys.executable, "-m", "nox", "--non-interactive", "--session", name]
    command += ["--report", str(REPORTS / f"sessions-{name}.json")]
    # fmt: off
    process = subprocess.Popen(command, cwd=ROOT, text=True, errors="replace", env=environ,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    # fmt: on
    assert process.stdout is not None
    for line in process.stdout:
        print(f"{name}: {line}", end="", flush=True)
    return process.wait() == 0


def run_sessions(session: nox.Session, names: list[str], at_once: int) -> None:
    """Run sessions side by side."""
    for report in REPORTS.iterdir():
        report.unlink()
    use_tree(session)  # all workers would make it
    with ThreadPoolExecutor(at_once) as workers:
        passed = dict(zip(names, workers.map(run_session, names), strict=True))
    if failed := [name for name in names if not passed[name]]:
        session.error(f"failed: {', '.join(failed)}")


def for_each_core(name: str, doc: str) -> Callable[[Callable[[nox.Session, str], None]], None]:
    """Make one session NAME-CORE of a function for every ansible-core that is tested."""

    def decorate(function: Callable[[nox.Session, str], None]) -> None:
        for key, (_release, python) in CORES.items():

            def session_function(session: nox.Session, key: str = key) -> None:
                function(session, key)

            session_function.__doc__ = doc.format(key)
            nox.session(session_function, name=f"{name}-{key}", python=python)

    return decorate


# ---- what people run ----


@nox.session(python=CORES[CORE][1])
def demo(session: nox.Session) -> None:
    """First steps on a real Cinder: adopt, extend, snapshot and revert volumes (--keep leaves it running)."""
    install(session, core(CORES[CORE][0]), "@sdk")
    use_tree(session)
    session.run("python", "tests/demo/run.py", *session.posargs)


@nox.session(python=False)
def test(session: nox.Session) -> None:
    """Everything that CI runs."""
    run_sessions(session, TEST, AT_ONCE)


@nox.session(python=False)
def quick(session: nox.Session) -> None:
    """Lint, types, units and sanity on one ansible-core: before each commit."""
    run_sessions(session, QUICK, 2)


@nox.session(name="format", python=CORES[CORE][1])
def format_(session: nox.Session) -> None:
    """Let ruff format the code and mend what it can."""
    install(session, "@lint", core(CORES[CORE][0]))
    session.run("ruff", "check", "--fix", *(session.posargs or ["."]))
    session.run("ruff", "format", *(session.posargs or ["."]))


@nox.session(python=CORES[CORE][1])
def lint(session: nox.Session) -> None:
    """Style: ruff, yamllint, changelog fragments, ansible-lint with the production profile."""
    install(session, "@lint", core(CORES[CORE][0]))
    use_tree(session)
    run_all(
        session,
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["yamllint", "--strict", "."],
        ["antsibull-changelog", "lint"],
        ["ansible-lint", "--offline", "--strict"],
    )


@nox.session(python=CORES[CORE][1])
def types(session: nox.Session) -> None:
    """Types: mypy, strict, on plugins/module_utils."""
    install(session, "@types", core(CORES[CORE][0]), "@sdk")
    tree = use_tree(session)
    package = "ansible_collections/unified/storage/plugins/module_utils"
    # fmt: off
    with session.chdir(tree):
        session.run("mypy", "--config-file", str(ROOT / "pyproject.toml"),
                    "--cache-dir", str(CACHE / "mypy"), package, *session.posargs)
    # fmt: on


@nox.session(python=list(CORE_OF_PYTHON))
def units(session: nox.Session) -> None:
    """Unit tests, on each Python of the controller."""
    install(session, "@units", core(CORE_OF_PYTHON[str(session.python)]), "@sdk")
    session.env["PYTHONPATH"] = str(use_tree(session))
    pytest(session, "tests/unit")


@nox.session(name="old-pythons", python=list(OLD_PYTHONS), venv_backend="venv")  # the newest virtualenv makes no 3.8
def old_pythons(session: nox.Session) -> None:
    """The older Pythons of managed hosts: plugins/ compiles and imports, the host's units pass."""
    install(session, core(OLD_PYTHONS[str(session.python)]), "@old-pythons")
    session.env["PYTHONPATH"] = str(use_tree(session))
    session.run("python", "tests/old_python.py")
    # This pytest is too old for the options in pyproject.toml.
    units = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/unit/test_host_*.py"))
    options = ["--config-file", os.devnull, "--rootdir", str(ROOT), "--import-mode=importlib", "-p", "no:cacheprovider"]
    session.run("pytest", "-q", *options, f"--junit-xml={REPORTS / session.name}.xml", *units)


@for_each_core("sanity", "ansible-test sanity with ansible-core {}, on what ships.")
def sanity(session: nox.Session, key: str) -> None:
    install(session, core(CORES[key][0]))
    collection = install_built(session, CACHE / f"sanity-{key}")
    for name in ("config.yml", "sanity"):
        source, target = ROOT / "tests" / name, collection / "tests" / name
        target.parent.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.exists():
            shutil.copy(source, target)
    session.env["HOME"] = str(ansible_test_home(session))
    with session.chdir(collection):
        # Its own repository, or ansible-test would find ours above it, where all this is ignored.
        session.run("git", "init", "--quiet", external=True)
        # All on one core. On the others their controller's Python alone, for each takes a venv of its own, and
        # nothing that takes long and looks at text, which differs least from core to core.
        skipped = [word for test in ("pep8", "pylint", "yamllint") for word in ("--skip-test", test)]
        narrow = [] if key == CORE else ["--python", CORES[key][1], *skipped]
        # In place: containers are not to be had everywhere. ansible-test makes a venv for each of its tests.
        session.run("ansible-test", "sanity", "--color", "no", "--requirements", *narrow, *session.posargs)


@for_each_core("suites", "The playbook suites on a real Cinder, with ansible-core {}.")
def suites(session: nox.Session, key: str) -> None:
    # The oldest core runs with the oldest SDK: the lower bounds that meta/ promises.
    install(session, core(CORES[key][0]), "@suites", "@sdk-oldest" if key == min(CORES) else "@sdk")
    use_tree(session)
    take_ports(session, 29000 + 10 * list(CORES).index(key))
    # All of them once; with each other core what could differ there: the logins, and some of the rest.
    chosen = [f"tests/suites/test_{name}.py" for name in ON_EVERY_CORE]
    elsewhere = [f"--ignore-glob=*/{files}" for files in (SHARES, GROUPS)]
    pytest(session, *(["tests/suites", *elsewhere] if key == CORE else chosen))


def suites_of(session: nox.Session, files: str, port_base: int) -> None:
    """The suites in these files, on a cloud of their own."""
    install(session, core(CORES[CORE][0]), "@suites", "@sdk")
    use_tree(session)
    take_ports(session, port_base)
    pytest(session, *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(f"tests/suites/{files}")))


@nox.session(python=CORES[CORE][1])
def shares(session: nox.Session) -> None:
    """The playbook suites of file shares, on a real Manila."""
    suites_of(session, SHARES, 29100)


@nox.session(python=CORES[CORE][1])
def groups(session: nox.Session) -> None:
    """The playbook suites of volume groups and snapshot groups, on a real Cinder and Manila."""
    suites_of(session, GROUPS, 29300)


@nox.session(python=CORES[CORE][1])
def operations(session: nox.Session) -> None:
    """The report in a browser, progress, and jobs as AWX starts them, on the test cloud."""
    install(session, core(CORES[CORE][0]), "@suites", "@runner", "@operations", "@sdk")
    use_tree(session)
    take_ports(session, 29200)
    pytest(session, "tests/suites_operations")


@nox.session(python=CORES[SUITES_CORE["hosts"]][1])
def hosts(session: nox.Session) -> None:
    """The suites on real LVM and NFS hosts (User-Mode Linux; needs root, and says so)."""
    install(session, core(CORES[SUITES_CORE["hosts"]][0]), "@suites", "@runner", "@sdk")
    use_tree(session)
    pytest(session, "tests/suites_host")


@nox.session(python=CORES[SUITES_CORE["zstack"]][1])
def zstack(session: nox.Session) -> None:
    """The playbook suites on the ZStack test server."""
    # Nothing of OpenStack, and the lower bound that meta/ promises
    install(session, core(CORES[SUITES_CORE["zstack"]][0]), "@suites", "@requests-oldest")
    use_tree(session)
    pytest(session, "tests/suites_zstack")


@nox.session(python=CORES[CORE][1])
def molecule(session: nox.Session) -> None:
    """Each role on the test cloud or a test host: converged after a kill, run again, seen from outside."""
    install(session, core(CORES[CORE][0]), "@molecule", "@sdk")
    session.env["PYTHONPATH"] = str(use_tree(session))
    session.run("molecule", "test", *(session.posargs or ["--all"]))


@nox.session(python=CORES[CORE][1])
def build(session: nox.Session) -> None:
    """Build the collection, install it elsewhere, leave there what counts for Ansible alone, and use it."""
    install(session, core(CORES[CORE][0]))
    where = CACHE / "built"
    collection = install_built(session, where)
    for path in collection.iterdir():
        if path.name in ("meta", "plugins", "roles", "playbooks"):
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    session.env["ANSIBLE_COLLECTIONS_PATH"] = str(where)
    modules = sorted(path.stem for path in (collection / "plugins" / "modules").glob("[!_]*.py"))
    playbooks = sorted(path.stem for path in (collection / "playbooks").glob("*.yml"))
    if not modules or not playbooks:
        session.error("the artifact has no modules, or no playbooks")
    session.run("ansible-doc", *[f"unified.storage.{name}" for name in modules], silent=True)
    session.run("ansible-playbook", "--syntax-check", *[f"unified.storage.{name}" for name in playbooks], silent=True)
    # A role, a filter, an action plugin and modules, which have nothing to do
    session.run("ansible-playbook", "unified.storage.provision_shares", silent=True)
    session.log(f"{len(modules)} modules, {len(playbooks)} playbooks in {next(where.glob('*.tar.gz'))}")


@nox.session(python=CORES["2.21"][1])
def bench(session: nox.Session) -> None:
    """Measure against the peers (openstack.cloud from PyPI's ansible, the command line client) and print the ratios."""
    clients = ("python-manilaclient==6.3.0", "python-openstackclient==10.5.0")
    install(session, "ansible==14.5.0", core(CORES["2.21"][0]), "@sdk", *clients)
    use_tree(session)
    session.run("python", "benchmarks/run.py", *session.posargs)


@nox.session(name="bench-hosts", python=CORES["2.21"][1])
def bench_hosts(session: nox.Session) -> None:
    """Measure `backend: host` against community.general.lvol, on a test host (needs root)."""
    install(session, "ansible==14.5.0", core(CORES["2.21"][0]), "@sdk", "@suites")
    use_tree(session)
    session.run("python", "benchmarks/host.py", *session.posargs)


@nox.session(python=False)
def cloud(session: nox.Session) -> None:
    """The test cloud: `./run cloud up`, `./run cloud down`; its own help lists the rest."""
    session.run("tests/cloud/cloud", *session.posargs, external=True)


SITE = """

# Added by noxfile.py. No network: what other sites document is named, and no link.
intersphinx_mapping = {}


def named(app, env, node, shown):
    ours = node["reftarget"].startswith(("ansible_collections.unified.storage", "plugins_in_unified.storage"))
    return None if ours else shown


def setup(app):
    app.connect("missing-reference", named)
"""


@nox.session(python=CORES[CORE][1])
def site(session: nox.Session) -> None:
    """The documentation as a site, by antsibull-docs and Sphinx; a warning fails it."""
    install(session, core(CORES[CORE][0]), "@site")
    use_tree(session)
    where = CACHE / "site"
    shutil.rmtree(where, ignore_errors=True)
    where.mkdir(parents=True)
    # fmt: off
    session.run("antsibull-docs", "sphinx-init", "--use-current", "--squash-hierarchy", "--dest-dir", str(where),
                "unified.storage", silent=True)
    session.install("-r", str(where / "requirements.txt"))
    with (where / "conf.py").open("a") as conf:
        conf.write(SITE)
    # What its build.sh does, which needs rsync
    pages = where / "pages"
    pages.mkdir(mode=0o755)
    session.run("antsibull-docs", "--config-file", str(where / "antsibull-docs.cfg"), "collection", "--use-current",
                "--fail-on-error", "--squash-hierarchy", "--dest-dir", str(pages), "unified.storage")
    session.run("sphinx-build", "-M", "html", str(pages), str(where / "build"), "-c", str(where), "-W", "--keep-going",
                "--quiet")
    # fmt: on
    session.log(f"{where / 'build' / 'html' / 'index.html'}")


@nox.session(python=CORES[CORE][1])
def release(session: nox.Session) -> None:
    """Make the fragments the changelog of the version in galaxy.yml; a commit and a tag are what is next."""
    install(session, "@changelog", core(CORES[CORE][0]))
    use_tree(session)
    session.run("antsibull-changelog", "release", *session.posargs)


# Adds docs-check, extra-checks and build-import-check; antsibull-nox.toml says why these and no more.
antsibull_nox.load_antsibull_nox_toml()
