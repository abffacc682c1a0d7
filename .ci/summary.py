# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""summary.py CACHE: how long each session took, what failed and why, the ends of the services' logs, and the count.

A session that runs pytest counts as its tests, any other as one.
"""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

LOG_TAIL = 60  # lines


def main(cache: Path) -> int:
    reports = cache / "reports"
    # Each session of `./run test` leaves its own.
    sessions = [s for path in sorted(reports.glob("sessions*.json")) for s in json.loads(path.read_text())["sessions"]]
    if not sessions:
        print("no session ran to its end")
        return 1
    count: Counter[str] = Counter()
    failures: list[str] = []
    times: list[str] = []
    for session in sessions:
        name, result = session["signatures"][0], session["result"]
        if name in ("test", "quick"):  # only names the others
            continue
        times.append(f"{name} {session['duration'] / 60:.1f}")
        cases = read_cases(reports / f"{name}.xml")
        count.update(outcome for _, outcome, _ in cases)
        failures += [f"{name}: {test}: {why}" for test, outcome, why in cases if outcome == "failed"]
        if result == "skipped":
            print(f"skipped: session {name}")
            count["skipped"] += 1
        elif result not in ("success", "passed"):
            if not any(outcome == "failed" for _, outcome, _ in cases):
                count["failed"] += 1
                failures.append(f"{name}: the session failed, see its output above")
        elif not cases:
            count["passed"] += 1
    print(f"Minutes: {', '.join(times)}")
    if failures:
        for log in sorted(cache.glob("cloud-*/log/*.log")):
            lines = log.read_text(errors="replace").splitlines()
            print(f"\n==== the end of {log.relative_to(cache)} ({len(lines)} lines)")
            print("\n".join(lines[-LOG_TAIL:]))
        print("\n==== what failed")
        print("\n".join(failures))
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if failures or not count["passed"] else 0


def read_cases(report: Path) -> list[tuple[str, str, str]]:
    """(test, passed | failed | skipped, first line of the reason) of each test in a JUnit file."""
    if not report.exists():
        return []
    cases = []
    for case in ET.parse(report).iter("testcase"):
        bad = next((case.find(tag) for tag in ("failure", "error") if case.find(tag) is not None), None)
        outcome = "failed" if bad is not None else "skipped" if case.find("skipped") is not None else "passed"
        why = (bad.get("message") or "").strip().splitlines() if bad is not None else []
        cases.append((f"{case.get('classname')}::{case.get('name')}", outcome, why[0] if why else ""))
    return cases


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
