# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""What a list takes: listing() of module_utils/_argspec.py."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  sort:
    description:
      - By what the service sorts the list, as keys with directions, such as V(created_at:desc) or V(name:asc,id:asc).
      - Which keys there are is up to the service. What can be managed is sorted by V(size) or V(reference).
    type: str
  limit:
    description: How many entries to return at most. Without it, all pages are read and all entries are returned.
    type: int
  offset:
    description: How many entries to leave out at the beginning.
    type: int
  marker:
    description:
      - The last entry of the page before, for the list to go on after it.
      - It is the id of a resource. In a list of what can be managed, it is the RV(ignore:reference) of the entry, a dictionary.
    type: raw
"""
