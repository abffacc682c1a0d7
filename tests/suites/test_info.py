# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The info modules: what is listed, in which order, all pages of it; and that nothing is changed by it."""

from __future__ import annotations

import configparser
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import Cloud, Playbook, RequestLog, Rest, RunResult, UniqueNames

NO_SUCH_ID = "00000000-0000-4000-8000-000000000000"
MANY = 1053
"""More than one page: the service gives 1,000 at most"""

Row = tuple[str, dict[str, Any], list[str] | set[str]]
"""A case: its title, its options, and the keys of what is to be listed; a list where the order counts"""


def resolve(value: Any, words: dict[str, str]) -> Any:
    """{key} stands for the id, {key_name} for the name of what the setup made."""
    if isinstance(value, dict):
        return {k: resolve(v, words) for k, v in value.items()}
    return value.format(**words) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def made(rest: Rest, demo: Rest, module_names: UniqueNames) -> dict[str, Any]:
    """By key. All volumes and snapshots bear the same metadata, so that a list can be of them only."""
    ours = {"suite": module_names("info")}

    def name(key: str) -> str:
        return module_names("twin") if key.startswith("twin") else module_names(key)

    def volume(key: str, size: int, login: Rest = rest, **metadata: str) -> Any:
        return login.volume(name(key), size, metadata={**ours, **metadata})

    volumes = {
        "a": volume("a", 1, tier="gold"),
        "b": volume("b", 2),
        "c": volume("c", 3, tier="gold", odd='it\'s "Ω"'),
        "twin1": volume("twin1", 4),
        "twin2": volume("twin2", 5),
        "other": volume("other", 6, demo),
    }
    rest.action(volumes["a"], "os-set_bootable", {"bootable": True})
    rest.action(volumes["b"], "os-reset_status", {"status": "error"})
    snapshots = {
        f"s{n}": rest.snapshot(volumes[of], name(f"s{n}"), metadata={**ours, "n": str(n)})
        for n, of in enumerate(("a", "a", "c", "twin1"))
    }
    rest.action(snapshots["s1"], "os-reset_status", {"status": "error"}, kind="snapshots")
    groups = {key: rest.volume_group(name(key)) for key in ("g1", "g2", "twing")}
    rest.put(f"/groups/{groups['g1']['id']}", {"group": {"add_volumes": volumes["c"]["id"]}})
    rest.wait_group(groups["g1"])
    return {**volumes, **snapshots, **groups, "suite": {"id": "", "name": ours["suite"]}}


OURS = {"metadata": {"suite": "{suite_name}"}}
VOLUMES: list[Row] = [
    ("name", {"name": "{a_name}"}, ["a"]),
    ("id", {"name": "{a}"}, ["a"]),
    ("name of two", {"name": "{twin1_name}"}, {"twin1", "twin2"}),
    ("name and what fits", {"name": "{a_name}", "status": "available", "bootable": True, **OURS}, ["a"]),
    ("name and another status", {"name": "{a_name}", "status": "error"}, []),
    ("id and another status", {"name": "{a}", "status": "error"}, []),
    ("id and other metadata", {"name": "{b}", "metadata": {"tier": "gold"}}, []),
    ("id and another filter", {"name": "{b}", "filters": {"size": 1}}, []),
    ("no such name", {"name": "{a_name}-not"}, []),
    ("a piece of a name", {"name": "{suite_name}"}, []),
    ("no such id", {"name": NO_SUCH_ID}, []),
    ("metadata", OURS, {"a", "b", "c", "twin1", "twin2"}),
    ("two metadata", {"metadata": {"suite": "{suite_name}", "tier": "gold"}}, {"a", "c"}),
    ("odd metadata", {"metadata": {"suite": "{suite_name}", "odd": "it's \"Ω\""}}, ["c"]),
    ("no such metadata", {"metadata": {"suite": "{suite_name}-not"}}, []),
    ("status", {"status": "error", **OURS}, ["b"]),
    ("no such status", {"status": "none-such", **OURS}, []),
    ("bootable", {"bootable": True, **OURS}, ["a"]),
    ("not bootable", {"bootable": False, **OURS}, {"b", "c", "twin1", "twin2"}),
    ("a filter of the service", {"filters": {"size": 3}, **OURS}, ["c"]),
    ("sort", {"sort": "size:asc", **OURS}, ["a", "b", "c", "twin1", "twin2"]),
    ("sort backwards", {"sort": "size:desc", **OURS}, ["twin2", "twin1", "c", "b", "a"]),
    ("sort by two", {"sort": "name:desc,size:desc", **OURS}, ["twin2", "twin1", "c", "b", "a"]),
    ("limit", {"sort": "size:asc", "limit": 2, **OURS}, ["a", "b"]),
    ("limit above all", {"sort": "size:asc", "limit": 5000, **OURS}, ["a", "b", "c", "twin1", "twin2"]),
    ("offset", {"sort": "size:asc", "offset": 3, **OURS}, ["twin1", "twin2"]),
    ("offset and limit", {"sort": "size:asc", "offset": 1, "limit": 2, **OURS}, ["b", "c"]),
    ("offset behind all", {"offset": 100, **OURS}, []),
    ("marker", {"sort": "size:asc", "marker": "{b}", **OURS}, ["c", "twin1", "twin2"]),
    ("marker and limit", {"sort": "size:asc", "marker": "{b}", "limit": 1, **OURS}, ["c"]),
    ("the last as marker", {"sort": "size:asc", "marker": "{twin2}", **OURS}, []),
    ("another project's, unasked", {"name": "{other_name}"}, []),
    ("all projects by name", {"name": "{other_name}", "all_projects": True}, ["other"]),
    ("all projects", {"all_projects": True, "sort": "size:desc", **OURS},
     ["other", "twin2", "twin1", "c", "b", "a"]),
]  # fmt: skip
SNAPSHOTS: list[Row] = [
    ("name", {"name": "{s0_name}"}, ["s0"]),
    ("id", {"name": "{s0}"}, ["s0"]),
    ("name, volume and status", {"name": "{s0_name}", "volume": "{a_name}", "status": "available"}, ["s0"]),
    ("name and another volume", {"name": "{s0_name}", "volume": "{c}"}, []),
    ("id and another volume", {"name": "{s0}", "volume": "{c}"}, []),
    ("no such name", {"name": "{s0_name}-not"}, []),
    ("no such id", {"name": NO_SUCH_ID}, []),
    ("volume by name", {"volume": "{a_name}"}, {"s0", "s1"}),
    ("volume by id", {"volume": "{c}"}, ["s2"]),
    ("volume without snapshots", {"volume": "{b}"}, []),
    ("no such volume", {"volume": "{a_name}-not"}, []),
    ("status", {"status": "error", **OURS}, ["s1"]),
    ("metadata", {"metadata": {"suite": "{suite_name}", "n": "2"}}, ["s2"]),
    ("a filter of the service", {"filters": {"volume_id": "{twin1}"}}, ["s3"]),
    ("sort", {"sort": "name:asc", **OURS}, ["s0", "s1", "s2", "s3"]),
    ("sort backwards", {"sort": "name:desc", **OURS}, ["s3", "s2", "s1", "s0"]),
    ("limit", {"sort": "name:asc", "limit": 3, **OURS}, ["s0", "s1", "s2"]),
    ("offset", {"sort": "name:asc", "offset": 1, "limit": 2, **OURS}, ["s1", "s2"]),
    ("marker", {"sort": "name:asc", "marker": "{s1}", **OURS}, ["s2", "s3"]),
    ("all projects", {"all_projects": True, "sort": "name:asc", **OURS}, ["s0", "s1", "s2", "s3"]),
]  # fmt: skip
GROUPS: list[Row] = [
    ("name", {"name": "{g1_name}"}, ["g1"]),
    ("id", {"name": "{g2}"}, ["g2"]),
    ("name and status", {"name": "{g1_name}", "status": "available"}, ["g1"]),
    ("name and another status", {"name": "{g1_name}", "status": "error"}, []),
    ("no such name", {"name": "{g1_name}-not"}, []),
    ("no such id", {"name": NO_SUCH_ID}, []),
    ("a filter of the service", {"filters": {"name": "{g2_name}"}}, ["g2"]),
    ("status", {"status": "none-such"}, []),
    ("limit", {"filters": {"name": "{g1_name}"}, "limit": 1}, ["g1"]),
    ("offset", {"filters": {"name": "{g1_name}"}, "offset": 1}, []),
    ("marker", {"filters": {"name": "{g1_name}"}, "marker": "{g1}"}, []),
    ("all projects", {"filters": {"name": "{g1_name}"}, "all_projects": True}, ["g1"]),
]  # fmt: skip
TABLES = {"volume": VOLUMES, "volume_snapshot": SNAPSHOTS, "volume_group": GROUPS}
EVERY = [(kind, row[0]) for kind, rows in TABLES.items() for row in rows]


@pytest.fixture(scope="module")
def listed(made: dict[str, Any], playbook: Playbook, request_log: RequestLog) -> tuple[RunResult, list[Any]]:
    """All of them in one play, and what it wrote."""
    words = {key: row["id"] for key, row in made.items()} | {f"{key}_name": row["name"] for key, row in made.items()}
    tasks = [
        {"name": f"{kind} {title}", f"unified.storage.{kind}_info": resolve(options, words)}
        for kind, rows in TABLES.items()
        for title, options, _keys in rows
    ]
    mark = request_log.mark()
    run = playbook(tasks, diff=True)
    return run, request_log.since(mark).writes()


@pytest.mark.parametrize(("kind", "title"), EVERY, ids=[f"{kind}-{title}" for kind, title in EVERY])
def test_what_is_listed(listed: Any, made: dict[str, Any], kind: str, title: str) -> None:
    (wanted,) = (keys for name, _options, keys in TABLES[kind] if name == title)
    result = listed[0][f"{kind} {title}"]
    assert (result.failed, result.changed, result.diff) == (False, False, None), result.msg
    keys = {row["id"]: key for key, row in made.items()}
    found = [keys.get(row["id"], row["name"]) for row in result[f"{kind}s"]]
    assert sorted(found) == sorted(wanted) if isinstance(wanted, set) else found == wanted


def test_nothing_is_written(listed: Any) -> None:
    assert listed[1] == []


def test_what_is_told(listed: Any, made: dict[str, Any]) -> None:
    """A few values of each kind, as plain REST tells them; and no notes of the collection's own."""
    run = listed[0]
    (volume,) = run["volume id"]["volumes"]
    wanted = {"name": made["a"]["name"], "size": 1, "status": "available", "bootable": True, "volume_type": "alpha",
              "metadata": made["a"]["metadata"], "host": "lab@alpha#alpha", "attachments": []}  # fmt: skip
    assert {k: volume[k] for k in wanted} == wanted
    assert "marks" not in volume
    (snapshot,) = run["volume_snapshot id"]["volume_snapshots"]
    assert (snapshot["volume_id"], snapshot["size"]) == (made["a"]["id"], 1)
    assert snapshot["metadata"] == made["s0"]["metadata"]
    (group,) = run["volume_group name"]["volume_groups"]
    assert group["volumes"] == [made["c"]["id"]]


# ---- more than a page of volumes

CLONE = """
import datetime, json, sys, uuid
import sqlalchemy as sa
connection, ident, names = json.load(sys.stdin)
engine = sa.create_engine(connection)
volumes = sa.Table("volumes", sa.MetaData(), autoload_with=engine)
with engine.begin() as database:
    if ident:
        row = dict(database.execute(sa.select(volumes).where(volumes.c.id == ident)).mappings().one())
        # three of the same second each: the order must not depend on the time alone
        rows = [{**row, "id": str(uuid.uuid4()), "display_name": name,
                 "created_at": row["created_at"] - datetime.timedelta(seconds=n // 3)} for n, name in enumerate(names)]
        database.execute(volumes.insert(), rows)
    else:
        database.execute(volumes.delete().where(volumes.c.display_name.in_(names)))
"""


def sql(cloud: Cloud, volume: str | None, names: list[str]) -> None:
    """Copies of a volume's record under these names; with None, the records of these names go.

    That takes a second, and a thousand volumes by REST take minutes.
    """
    config = configparser.ConfigParser(interpolation=None)
    config.read(cloud.state / "etc" / "cinder.conf")
    python = Path(config["DEFAULT"]["api_paste_config"]).parents[2] / "bin" / "python"  # the services' own
    task = json.dumps([config["database"]["connection"], volume, names])
    subprocess.run([python, "-c", CLONE], input=task, text=True, check=True)


@pytest.fixture(scope="module")
def thousand(cloud: Cloud, alt: Rest, module_names: UniqueNames) -> Iterator[list[str]]:
    names = module_names.many(MANY, "page")
    template = alt.volume(module_names("template"))
    sql(cloud, template["id"], names)
    try:
        yield names
    finally:
        sql(cloud, None, names)


def in_steps(module: str, key: str, of: int, marker: str, **options: Any) -> list[dict[str, Any]]:
    """Tasks that walk through a list by limit and marker, a page each."""
    return [
        {
            f"unified.storage.{module}": {**options, "limit": of}
            | ({"marker": "{{ page%d.%s[-1].%s }}" % (n - 1, key, marker)} if n else {}),
            "register": f"page{n}",
        }
        for n in range(-(-MANY // of) + 1)
    ]


def test_volumes_of_many_pages(playbook: Playbook, thousand: list[str], request_log: RequestLog, alt: Rest) -> None:
    mark = request_log.mark()
    tasks = {"all": {}, "sorted": {"sort": "name:asc"}, "most": {"limit": 1020}, "rest": {"offset": 1020},
             "one": {"name": thousand[1040]}}  # fmt: skip
    run = playbook([{"name": n, "unified.storage.volume_info": o} for n, o in tasks.items()], cloud="alt").assert_ok()
    asked = request_log.since(mark)
    ids = {n: [v["id"] for v in run[n]["volumes"]] for n in tasks}
    everything = [v["id"] for v in alt.list("/volumes/detail", "volumes")]
    assert len(everything) > MANY
    assert ids["all"] == everything
    assert len(set(ids["all"])) == len(everything), "each exactly once"
    pages = [v["name"] for v in run["sorted"]["volumes"] if v["name"] in set(thousand)]
    assert pages == thousand
    assert ids["most"] == everything[:1020]
    assert ids["rest"] == everything[1020:]
    assert [v["name"] for v in run["one"]["volumes"]] == [thousand[1040]]
    listings = asked.between(run["all"].started, run["all"].ended)
    following = [e for e in listings if any(f"marker={ident}" in e.path for ident in everything)]
    assert len(following) == 1, "no more requests than pages"
    assert not asked.writes()


def test_volumes_by_limit_and_marker(playbook: Playbook, thousand: list[str], alt: Rest) -> None:
    tasks = in_steps("volume_info", "volumes", 500, "id")[:3]
    run = playbook(tasks, cloud="alt").assert_ok()
    ours = set(thousand)
    walked = [v["id"] for page in run.tasks for v in page["volumes"] if v["name"] in ours]
    assert len(walked) == MANY
    assert walked == [v["id"] for v in alt.list("/volumes/detail", "volumes") if v["name"] in ours]


# ---- what can be managed

HOST = "lab@beta#beta"
SUMMARY = {"reference", "size", "safe_to_manage"}
DETAIL = SUMMARY | {"reason_not_safe", "cinder_id", "extra_info"}


@pytest.fixture(scope="module")
def foreign(cloud: Cloud, module_names: UniqueNames) -> list[str]:
    """Files that Cinder does not know, of 1 to 3 GiB, in the order of their names."""
    return [cloud.add_foreign(n, i % 3 + 1, "beta") for i, n in enumerate(module_names.many(MANY, "foreign"))]


def reference(name: str) -> dict[str, str]:
    return {"source-name": name}


def sources(result: Any, key: str = "manageable_volumes") -> list[str]:
    return [row["reference"]["source-name"] for row in result[key]]


def manageable(**options: Any) -> dict[str, Any]:
    return {"unified.storage.manageable_volume_info": {"host": HOST, **options}}


def test_manageable_volumes_of_many_pages(
    playbook: Playbook, foreign: list[str], rest: Rest, request_log: RequestLog
) -> None:
    mark = request_log.mark()
    marker = reference(foreign[9])
    tasks = {
        "all": manageable(),
        "summary": manageable(detail=False),
        "by reference": manageable(sort="reference:asc"),
        "backwards": manageable(sort="reference:desc"),
        "by size": manageable(sort="size:asc,reference:asc"),
        "largest": manageable(sort="size:desc,reference:desc", limit=1001),
        "marker": manageable(sort="reference:asc", marker=marker, limit=5),
        "marker as text": manageable(sort="reference:asc", marker=json.dumps(marker), limit=5),
        "marker and offset": manageable(sort="reference:asc", marker=marker, offset=3, limit=5),
        "pages from a marker": manageable(sort="reference:asc", marker=marker, limit=1020),
        "offset": manageable(sort="reference:asc", offset=2, limit=3),
        "behind all": manageable(offset=100_000),
    }
    run = playbook([{"name": n, **t} for n, t in tasks.items()])
    run.assert_ok()
    ours = set(foreign)
    for name in ("all", "summary", "by reference", "backwards", "by size"):
        found = sources(run[name])
        assert len(found) == len(set(found)), name
        assert set(found) >= ours, name
    ascending = sources(run["by reference"])
    assert [s for s in ascending if s in ours] == foreign
    assert ascending == sorted(ascending)
    assert sources(run["backwards"]) == ascending[::-1]
    by_size = [(row["size"], row["reference"]["source-name"]) for row in run["by size"]["manageable_volumes"]]
    assert by_size == sorted(by_size)
    assert sources(run["largest"]) == [name for _size, name in by_size[::-1][:1001]]
    assert sources(run["marker"]) == sources(run["marker as text"]) == foreign[10:15]
    assert sources(run["marker and offset"]) == foreign[13:18]
    assert [s for s in sources(run["pages from a marker"]) if s in ours] == foreign[10:1030]
    assert sources(run["offset"]) == ascending[2:5]
    assert sources(run["behind all"]) == []
    assert {frozenset(row) for row in run["summary"]["manageable_volumes"]} == {frozenset(SUMMARY)}
    assert {frozenset(row) for row in run["all"]["manageable_volumes"]} == {frozenset(DETAIL)}
    (first,) = (r for r in run["all"]["manageable_volumes"] if r["reference"] == reference(foreign[0]))
    assert (first["size"], first["safe_to_manage"], first["reason_not_safe"], first["cinder_id"]) == (
        1,
        True,
        None,
        None,
    )
    assert first["extra_info"]["source-id"].isdigit()
    assert not any(run[name].changed for name in tasks)
    assert not request_log.since(mark).writes()


def test_manageable_volumes_by_limit_and_marker(playbook: Playbook, foreign: list[str]) -> None:
    tasks = in_steps("manageable_volume_info", "manageable_volumes", 400, "reference", host=HOST,
                     sort="reference:asc", detail=False)[:3]  # fmt: skip
    run = playbook(tasks).assert_ok()
    ours = set(foreign)
    walked = [name for page in run.tasks for name in sources(page)]
    assert len(walked) == len(set(walked)) > 1000
    assert [name for name in walked if name in ours] == foreign


def test_manageable_by_cluster(playbook: Playbook, cloud: Cloud, rest: Rest, names: UniqueNames) -> None:
    """In a cluster; and what is managed or not safe is told with the reason."""
    free, unsafe = cloud.add_foreign(names("free"), 1.5, "gamma"), cloud.add_foreign(f"unsafe-{names('x')}", 1, "gamma")
    taken = rest.manage(cloud.add_foreign(names("taken"), 1, "gamma"), names("taken"), "gamma", volume_type="gamma")
    run = playbook([
        {"unified.storage.manageable_volume_info": {"cluster": "lab@gamma#gamma"}},
        {"unified.storage.manageable_volume_info": {"host": "lab@gamma#gamma"}},
    ]).assert_ok()  # fmt: skip
    for task in run.tasks:
        rows = {row["reference"]["source-name"]: row for row in task["manageable_volumes"]}
        assert (rows[free]["size"], rows[free]["safe_to_manage"]) == (2, True)
        assert (rows[unsafe]["safe_to_manage"], rows[unsafe]["reason_not_safe"]) == (
            False,
            "in use by another application",
        )
        managed = rows[f"volume-{taken['id']}"]
        assert (managed["safe_to_manage"], managed["cinder_id"]) == (False, taken["id"])


def test_manageable_snapshots(playbook: Playbook, cloud: Cloud, rest: Rest, names: UniqueNames) -> None:
    volume = rest.volume(names("volume"), 1)
    base = f"volume-{volume['id']}"
    snapshots = [cloud.add_foreign(f"{base}@{names(str(n))}", n + 1) for n in range(4)]
    taken = rest.snapshot(volume, names("taken"))
    marker = reference(snapshots[0])
    lists: dict[str, dict[str, Any]] = {
        "all": {},
        "summary": {"detail": False},
        "by reference": {"sort": "reference:asc"},
        "marker": {"sort": "reference:asc", "marker": marker, "limit": 2},
        "offset": {"sort": "reference:asc", "marker": marker, "limit": 2, "offset": 1},
        "by size": {"sort": "size:desc"},
    }
    module = "unified.storage.manageable_snapshot_info"
    run = playbook([{"name": n, module: {"host": "lab@alpha#alpha", **o}} for n, o in lists.items()]).assert_ok()
    rows = {name: run[name]["manageable_snapshots"] for name in lists}
    found = {name: [s for s in sources(run[name], "manageable_snapshots") if s in snapshots] for name in lists}
    assert sorted(found["all"]) == sorted(found["summary"]) == found["by reference"] == snapshots
    assert found["marker"] == snapshots[1:3]
    assert found["offset"] == snapshots[2:4]
    assert found["by size"] == snapshots[::-1]
    (row,) = (r for r in rows["all"] if r["reference"] == reference(snapshots[2]))
    assert set(row) == DETAIL | {"source_reference"}
    assert (row["size"], row["safe_to_manage"], row["source_reference"]) == (3, True, reference(base))
    (managed,) = (r for r in rows["all"] if r["cinder_id"] == taken["id"])
    assert (managed["safe_to_manage"], managed["reason_not_safe"]) == (False, "already managed")
    assert all(set(r) == SUMMARY | {"source_reference"} for r in rows["summary"])


# ---- what makes no sense

ALPHA = {"host": "lab@alpha#alpha"}
LISTS: dict[str, dict[str, Any]] = {
    "volume_info": {},
    "volume_snapshot_info": {},
    "volume_group_info": {},
    "manageable_volume_info": ALPHA,
    "manageable_snapshot_info": ALPHA,
}
BOUNDS = [("limit", 0), ("limit", -1), ("offset", -1)]


def test_bounds_that_make_no_sense(playbook: Playbook, request_log: RequestLog) -> None:
    """Refused before the service is asked for a list: it takes some of them for others."""
    tasks: list[dict[str, Any]] = [
        {"name": f"{module} {option} {value}", f"unified.storage.{module}": {**place, option: value}}
        for module, place in LISTS.items()
        for option, value in BOUNDS
    ]
    mark = request_log.mark()
    run = playbook(tasks)
    for task in tasks:
        result = run[task["name"]]
        assert (result.failed, result.kind) == (True, "invalid"), (task["name"], result.result)
        assert task["name"].split()[1] in result.msg
    assert not [entry for entry in request_log.since(mark) if "limit=" in entry.path]


# Options, the kind of the error (None: refused by the argument's own rules), a piece of the sentence
SENSELESS: list[tuple[str, dict[str, Any], str | None, str]] = [
    ("manageable_volume_info", {}, None, "host"),
    ("manageable_volume_info", {**ALPHA, "cluster": "lab@gamma#gamma"}, None, "mutually exclusive"),
    ("manageable_volume_info", {**ALPHA, "sort": "colour:asc"}, "invalid", "sort"),
    ("manageable_volume_info", {**ALPHA, "marker": {"source-name": "none-such"}}, "invalid", "marker"),
    ("manageable_snapshot_info", {}, None, "host"),
    ("volume_info", {"sort": "colour:asc"}, "invalid", "sort key"),
    ("volume_info", {"marker": NO_SUCH_ID}, "not_found", NO_SUCH_ID),
    ("volume_info", {"limit": "many"}, None, "limit"),
]


def test_what_makes_no_sense(playbook: Playbook) -> None:
    run = playbook([{f"unified.storage.{module}": options} for module, options, *_ in SENSELESS])
    for number, (module, options, kind, text) in enumerate(SENSELESS):
        result = run[number]
        assert result.failed, (module, options)
        assert text in result.msg, (module, options, result.msg)
        assert kind in (None, result.kind), (module, options, result.result)


def test_check_mode_lists_the_same(playbook: Playbook, made: dict[str, Any]) -> None:
    tasks = [{f"unified.storage.{module}": {**place, "limit": 3}} for module, place in LISTS.items()]
    real, check = playbook(tasks).assert_ok(), playbook(tasks, check=True).assert_ok()
    for number in range(len(tasks)):
        assert check[number].result == real[number].result and not check[number].changed
    assert real[0].result["volumes"], "nothing was listed"


def test_pools(cloud: Cloud, playbook: Playbook) -> None:
    pool = cloud.host("alpha")
    lists = [{}, {"name": pool}, {"name": "nosuch"}]
    run = playbook([{"unified.storage.volume_pool_info": each} for each in lists]).assert_ok()
    every, by_name, none = ([found["name"] for found in task["volume_pools"]] for task in run.tasks)
    assert {cloud.host(backend) for backend in cloud.facts["backends"]} <= set(every)
    assert (by_name, none) == ([pool], [])
    (one,) = run[1]["volume_pools"]
    assert one["total_capacity"] >= one["free_capacity"] > 0 and one["capabilities"]["storage_protocol"] == "file"
    refused = playbook([{"unified.storage.volume_pool_info": {}}], cloud="demo").only
    assert refused.kind == "forbidden"
