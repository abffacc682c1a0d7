# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of unified.storage.report: with nothing, with little and with much in it, and on the real cloud."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from faultproxy import FaultProxy
from harness import Cloud, Manila, Rest, UniqueNames
from harness.playbook import ROOT
from harness.warm import ANSIBLE

TEMPLATE = ROOT / "playbooks" / "templates" / "report.html.j2"
NASTY = """<script>alert(1)</script><img src=x onerror=alert(1)>"'&{{ 7 * 7 }}{% raw %}{# no #}\u202eΩ"""
STATES = ["available"] * 12 + ["in-use"] * 6 + ["error", "creating", "error_deleting", "maintenance", None]
Report = dict[str, Any]


def generated(volumes: int, odd: str = "") -> Report:
    """What a storage of this size would tell; `odd` is in every text that a user can choose."""

    def base(kind: str, n: int) -> Report:
        ident = f"{n:08x}-0000-4000-8000-{len(kind):012x}"
        day = f"{2024 + n % 3}-{1 + n % 12:02}-{1 + n % 28:02}T{n % 24:02}:00:00Z"
        return {"id": ident, "name": f"{kind}-{n}{odd}", "created_at": day, "status": STATES[n % len(STATES)]}

    def pool(n: int) -> Report:
        total: float | None = None if n == 3 else 1000.0 * (n + 1)
        free = None if n == 3 else total and total * (0.95, 0.4, 0.05)[n % 3]
        name = f"rack{n}@lvm#pool{odd}"
        return {"name": name, "total_capacity": total, "free_capacity": free, "provisioned_capacity": total}

    def foreign(n: int) -> Report:
        safe = n % 3 != 0
        return {
            "reference": {"source-name": f"foreign-{n}{odd}"},
            "size": n + 1,
            "safe_to_manage": safe,
            "reason_not_safe": None if safe else f"volume in use{odd}",
            "cinder_id": None,
        }

    few = min(volumes, volumes // 10 + 3)
    kind = {"share_type": "gold", "share_protocol": "NFS", "host": None}
    shares = [{**base("share", n), "size": n + 1, **kind} for n in range(few)]
    of = {"source_reference": {"source-name": f"of{odd}"}}
    source = {"kind": "volume_group", "id": "x", "name": f"ledgers{odd}"}
    place = {
        "name": f"localhost{odd}",
        "backend": "openstack",
        "volume_pools": [pool(n) for n in range(min(4, volumes))],
        "share_pools": [pool(n) for n in range(min(2, volumes))],
        "volumes": [
            {**base("volume", n), "size": 1 + n % 500, "volume_type": f"type{odd}", "host": f"rack{n % 4}@lvm#pool"}
            for n in range(volumes)
        ],
        "shares": shares,
        "resource_locks": [
            {
                "resource_type": "share",
                "resource_id": share["id"],
                "resource_action": "delete",
                "lock_reason": f"payroll{odd}",
                "lock_context": "user",
                "created_at": share["created_at"],
            }
            for share in shares[::2]
        ],
        "manageable_volumes": {f"rack0@lvm#pool{odd}": [foreign(n) for n in range(few)]},
        "manageable_snapshots": {"rack0@lvm#pool": [{**foreign(n), **of} for n in range(few // 3)]},
        "snapshot_groups": [{**base("nightly", n), "source": source, "members": [{}, {}]} for n in range(few)],
        "left_out": [{"what": "locks", "why": f"Policy says no{odd}"}] if odd else [],
    }
    return {"title": f"Storage{odd}", "generated_at": "2026-11-21T12:00:00Z", "places": [place]}


def run(folder: Path, *arguments: str, fails: bool = False, **environment: str) -> str:
    """ansible-playbook, on localhost."""
    given = ["-i", "localhost,", "-e", f"ansible_python_interpreter={sys.executable}", "-c", "local"]
    return command(folder, ANSIBLE, *given, *arguments, fails=fails, **environment)


def command(folder: Path, program: Path, *arguments: str, fails: bool = False, **environment: str) -> str:
    """One of Ansible's, with no configuration of the user's."""
    tree = folder / "tree" / "ansible_collections" / "unified"
    tree.mkdir(parents=True, exist_ok=True)
    if not (tree / "storage").is_symlink():
        (tree / "storage").symlink_to(ROOT, target_is_directory=True)
    (folder / "ansible.cfg").touch()
    done = subprocess.run(
        [program, *arguments],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_COLLECTIONS_PATH": str(folder / "tree"),
            "ANSIBLE_NOCOLOR": "1",
            **environment,
        },
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert (done.returncode != 0) == fails, done.stdout[-3000:] + done.stderr[-1000:]
    return done.stdout


#: What is rendered and opened: little, much, and little with hostile names
PAGES = {"0": generated(0), "3": generated(3), "2000": generated(2000), "hostile": generated(30, NASTY)}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of them, rendered by one playbook: <name>.html, and how long each took in <name>.seconds."""
    folder = tmp_path_factory.mktemp("pages")
    tasks: list[Report] = []
    for name, report in PAGES.items():
        (folder / f"{name}.json").write_text(json.dumps(report))
        page = {"src": str(TEMPLATE), "dest": str(folder / f"{name}.html"), "mode": "0644"}
        tasks.append(
            {
                "name": name,
                "ansible.builtin.template": page,
                # What a lookup returns is data from outside, as a module's result is.
                "vars": {"report": "{{ lookup('ansible.builtin.file', '%s.json') | from_json }}" % (folder / name)},
            }
        )
    (folder / "render.yml").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    began = time.monotonic()
    run(folder, str(folder / "render.yml"))
    print(f"rendered {len(tasks)} pages in {time.monotonic() - began:.1f} s")
    return folder


def look(browser: Any, page: Path, picture: Path, **context: Any) -> dict[str, Any]:
    """Open a page; what is on it, and how long it took."""
    opened = browser.new_context(viewport={"width": 1280, "height": 900}, **context).new_page()
    asked: list[str] = []
    said: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: said.append(message.text))
    opened.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
    # Its own time of the processor, for others are at work on this machine
    meter = opened.context.new_cdp_session(opened)
    meter.send("Performance.enable", {"timeDomain": "threadTicks"})
    opened.goto(page.as_uri(), wait_until="load")
    opened.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")  # painted
    seconds = {m["name"]: m["value"] for m in meter.send("Performance.getMetrics")["metrics"]}["TaskDuration"]
    seen = opened.evaluate(
        """() => {
            const all = [...document.body.querySelectorAll('*')];
            const wide = document.documentElement.clientWidth;
            const shown = (element) => element.getBoundingClientRect();
            return {
                tags: [...new Set(all.map((element) => element.localName))].sort(),
                events: all.flatMap((element) => element.getAttributeNames()).filter((name) => name.startsWith('on')),
                rows: Object.fromEntries([...document.querySelectorAll('h2')].map((title) => {
                    let next = title;
                    while (next && next.localName !== 'table') {
                        next = next.nextElementSibling;
                        if (next && next.localName === 'h2') next = null;
                    }
                    return [title.id, next ? next.tBodies[0].rows.length : 0];
                })),
                outside: all.filter((element) => shown(element).right > wide + 1 || shown(element).left < -1)
                    .map((element) => element.outerHTML.slice(0, 200)),
                // A text of a plot beyond its picture would be cut off.
                cut: [...document.querySelectorAll('svg text')].filter((text) => {
                    const [box, frame] = [shown(text), shown(text.ownerSVGElement)];
                    return box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1;
                }).map((text) => text.textContent),
                text: document.body.innerText,
                title: document.title,
                ink: getComputedStyle(document.body).color,
                paper: getComputedStyle(document.body).backgroundColor,
            };
        }"""
    )
    opened.screenshot(path=str(picture), full_page=len(seen["text"]) < 30000)
    opened.context.close()
    return {**seen, "seconds": seconds, "asked": asked, "said": said}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opens_whole(chromium: Any, pages: Path, name: str, scheme: str) -> None:
    page = pages / f"{name}.html"
    seen = look(chromium, page, pages / f"{name}-{scheme}.png", color_scheme=scheme)
    (place,) = PAGES[name]["places"]
    print(name, scheme, "%.2f s" % seen["seconds"])
    assert seen["seconds"] < 2, f"{seen['seconds']:.1f} s"
    assert seen["asked"] == [page.as_uri()], "it asks the network"
    assert seen["said"] == []
    assert seen["outside"] == [] and seen["cut"] == []
    assert seen["rows"] == {
        "pools": len(place["volume_pools"]) + len(place["share_pools"]),
        "volumes": len(place["volumes"]),
        "shares": len(place["shares"]),
        "adoptable": sum(map(len, [*place["manageable_volumes"].values(), *place["manageable_snapshots"].values()])),
        "groups": len(place["snapshot_groups"]),
        "locks": len(place["resource_locks"]),
    }
    light = sum(int(part) for part in seen["paper"].strip("rgb()").split(",")) > 3 * 128
    assert light == (scheme == "light")
    # Names are text, whatever is in them.
    assert not {"script", "img"} & set(seen["tags"]) and seen["events"] == []
    if name == "hostile":
        assert f"volume-7{NASTY}" in seen["text"].replace("\n", " ") and seen["title"].startswith(f"Storage{NASTY}")


def test_prints_on_paper(chromium: Any, pages: Path) -> None:
    """Each row of the long list is on a page of paper; in the dark it is printed dark on white."""
    opened = chromium.new_context(color_scheme="dark").new_page()
    opened.goto((pages / "2000.html").as_uri())
    opened.emulate_media(media="print")
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    printed = opened.pdf(path=str(pages / "2000.pdf"), format="A4", print_background=True)
    opened.context.close()
    assert len(printed) > 100_000


def test_of_three_logins(
    cloud: Cloud, rest: Rest, manila: Manila, names: UniqueNames, share_names: UniqueNames, tmp_path: Path
) -> None:
    """One page of an administrator whose pools are not all well, of a member, and of one who may not log in.

    Each has its connection from the inventory, as slices of a job have.
    """
    volume = rest.volume(names("v"), 1)
    broken = rest.volume(names("broken"), 1)
    rest.action(broken, "os-reset_status", {"status": "error"})
    share = manila.share(share_names("s"))
    manila.lock(share, lock_reason="for the report")
    foreign = cloud.add_foreign(names("foreign"))
    unsafe = cloud.add_foreign("unsafe-" + names("foreign"))
    folder = tmp_path / "storage-report"  # where it is run
    # As AWX gives it: a survey's answers are text.
    answers = {"storage_hosts": "admin,member,refused", "report_folder": "", "report_all_projects": "true"}
    hosts = {name: {"storage_connection": json.dumps({"cloud": name})} for name in ("admin", "member", "refused")}
    (tmp_path / "hosts.yml").write_text(json.dumps({"all": {"hosts": hosts}}))
    arguments = ["unified.storage.report", "-i", str(tmp_path / "hosts.yml"), "-e", json.dumps(answers)]
    with FaultProxy(cloud.url("cinder")) as cinder:
        cinder.add(400, path="manageable_volumes.*beta", times=None)
        clouds = cloud.write_configs(
            tmp_path / "clouds.yaml",
            admin={"block_storage_endpoint_override": f"{cinder.url}/v3"},
            member={"like": "demo"},
            refused={"auth": {"password": "wrong"}},
        )
        try:
            said = run(tmp_path, *arguments, fails=True, OS_CLIENT_CONFIG_FILE=str(clouds))
        finally:
            cloud.remove_foreign(unsafe)
    stats = {name: re.search(rf"^{name} .*failed=(\d)", said, re.MULTILINE) for name in hosts}
    assert {name: found and found[1] for name, found in stats.items()} == {"admin": "1", "member": "0", "refused": "1"}
    report = json.loads((folder / "report.json").read_text())
    page = (folder / "report.html").read_text()
    assert report["failed"] == ["refused"] and "there the report failed: refused" in page
    admin, member = report["places"]
    assert (admin["name"], member["name"]) == ("admin", "member")
    assert {one["what"] for one in member["left_out"]} >= {"the pools of volumes", "the pools of shares"}
    assert page.count("Left out on member:") == len(member["left_out"])
    assert volume["id"] not in {one["id"] for one in member["volumes"]}
    # What went wrong in one pool is said, and all else is there.
    assert [one["what"] for one in admin["left_out"]] == ["volumes that could be adopted"]
    assert "Left out on admin: volumes that could be adopted." in page
    assert {pool["name"] for pool in admin["volume_pools"]} >= {cloud.host("alpha"), cloud.host("beta")}
    status = {one["id"]: one["status"] for one in admin["volumes"]}
    assert status[volume["id"]] == "available" and status[broken["id"]] == "error"
    assert share["id"] in {one["id"] for one in admin["shares"]}
    assert "for the report" in {one["lock_reason"] for one in admin["resource_locks"]}
    safe = {one["reference"]["source-name"]: one["safe_to_manage"] for one in admin["manageable_volumes"][cloud.host()]}
    assert safe[foreign] and not safe[unsafe]
    for word in (volume["id"], broken["id"], share["id"], foreign, unsafe, "for the report"):
        assert word in page
