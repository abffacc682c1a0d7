# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: rules that are told to the server while it runs.

A rule is a dictionary: C(fault), which one; C(method) and C(path), regular expressions that the request must match
(path without the query); C(times), how often it strikes (1; 0 is for ever); C(skip), how many matches it lets pass;
and what belongs to the fault:

slow_job          seconds: how long the job takes, unless the rules are cleared before
failed_job        code, description, details, cause: the error that the job ends with
forgotten_job     the job is answered like one that was purged
lost_answer       when (after or before the work): the connection is closed without an answer
expired_session   the session of the request has ended before the request arrives
sessions_reached  a login is refused for too many sessions
partial_failure   verb (delete or revert), member (a regular expression for a volume's name or uuid), details
foreign_host      host: the address that the location of a job names
plain_text        status, text: an answer that is not JSON
"""

from __future__ import annotations

import re
import threading
from typing import Any

Rule = dict[str, Any]

NAMES = {
    "slow_job",
    "failed_job",
    "forgotten_job",
    "lost_answer",
    "expired_session",
    "sessions_reached",
    "partial_failure",
    "foreign_host",
    "plain_text",
}


class Faults:
    """The rules that are in force."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self.cleared = threading.Event()
        """Set when the rules that are in force are cleared; those that are added then have another"""

    def add(self, rules: list[Rule]) -> None:
        """:raises ValueError: for a fault that does not exist."""
        for rule in rules:
            if rule.get("fault") not in NAMES:
                raise ValueError(f"there is no fault {rule.get('fault')!r}; there are {', '.join(sorted(NAMES))}")
        with self._lock:
            self._rules += [{"times": 1, "skip": 0, **rule} for rule in rules]

    def clear(self) -> None:
        with self._lock:
            self._rules = []
            self.cleared.set()
            self.cleared = threading.Event()

    def all(self) -> list[Rule]:
        with self._lock:
            return [dict(rule) for rule in self._rules]

    def take(self, fault: str, method: str = "", path: str = "", **matching: str) -> Rule | None:
        """The rule that strikes now, counted; None when none does.

        matching: further names of the rule that must have this value, or be left out.
        """
        with self._lock:
            for rule in self._rules:
                if rule["fault"] != fault:
                    continue
                if not (re.search(rule.get("method", ""), method) and re.search(rule.get("path", ""), path)):
                    continue
                if any(rule.get(name, value) != value for name, value in matching.items()):
                    continue
                if rule["skip"] > 0:
                    rule["skip"] -= 1
                    continue
                if rule["times"] == 1:
                    self._rules.remove(rule)
                elif rule["times"] > 1:
                    rule["times"] -= 1
                return rule
        return None

    def member(self, verb: str, volume: dict[str, Any]) -> Rule | None:
        """The partial failure that strikes this volume now."""
        with self._lock:
            for rule in self._rules:
                if rule["fault"] != "partial_failure" or rule.get("verb", verb) != verb:
                    continue
                wanted = rule.get("member", "")
                if not (re.search(wanted, volume["name"]) or re.search(wanted, volume["uuid"])):
                    continue
                if rule["times"] == 1:
                    self._rules.remove(rule)
                elif rule["times"] > 1:
                    rule["times"] -= 1
                return rule
        return None
