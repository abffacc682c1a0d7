# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""What the modules can do: check mode, diff, a second run, defaults by group."""

from __future__ import annotations


class ModuleDocFragment:
    # For every module; one that changes things adds CHANGES, an info module INFO.
    DOCUMENTATION = r"""
options: {}
attributes:
  action_group:
    description: Takes its defaults from C(group/unified.storage.storage) in C(module_defaults).
    support: full
    membership:
      - unified.storage.storage
  check_mode:
    description: With C(--check), makes the plan that a real run would carry out, returns it, and sends no write.
  diff_mode:
    description: With C(--diff), shows each field that the plan changes, before and after.
  idempotent:
    description:
      - A second run with the same options changes nothing and sends no write,
        as long as nobody else has changed the storage in between.
"""

    CHANGES = r"""
options: {}
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - Only reads, in check mode and outside it.
  diff_mode:
    support: N/A
    details:
      - Only reads.
  idempotent:
    support: full
    details:
      - Only reads.
"""
