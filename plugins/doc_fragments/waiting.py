# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""How to wait, and many items in one task: waiting() of module_utils/_argspec.py."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait until the last step is over, by that step's own rule of success.
      - With V(false), the task ends when the service has accepted the last step, whose RV(ignore:plan[].outcome) is then V(started).
        A step that another one follows is waited for in any case.
    type: bool
    default: true
  wait_timeout:
    description:
      - How many seconds one step may take until it is over.
      - After that the task fails with RV(ignore:error.kind=timeout). What is under way goes on, and another run waits further.
      - It also bounds how long a request is repeated through passing faults of the service.
    type: int
    default: 600
  wait_interval:
    description: The longest pause between two looks, in seconds. The first pauses are short, and grow up to this.
    type: float
    default: 5.0
  batch:
    description:
      - Many items in one task. Each entry is a dictionary of the module's own options, that is, of all but those that connect, wait or batch.
        The options of the task itself are the defaults of every entry.
      - The world is observed once for all entries, O(batch_concurrency) workers act, and one loop waits for all.
      - An entry that fails does not stop the others. At the end the task fails if any entry has failed,
        and RV(ignore:results) says of each what became of it.
      - Entries run side by side, in no order. Two entries that would change the same resource, or give the same name, are refused.
      - An empty list is fine, and does nothing.
      - Ten entries or more say every five seconds how far they are, on the controller and behind SSH.
        The variable C(unified_storage_progress) with V(false) turns that off.
    type: list
    elements: dict
  batch_concurrency:
    description: How many entries of O(batch) are acted on at the same time.
    type: int
    default: 8
notes:
  - Observes first and makes a plan, an ordered list of steps. Check mode, the diff and C(changed) all come from this plan,
    and nothing is written that is not in it.
  - A run that was killed is continued by running the task again. What is under way by then is waited for.
"""
