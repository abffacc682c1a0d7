#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: manageable_volume_info
short_description: List what could be brought under management as volumes
version_added: 1.0.0
description:
  - Lists the volumes that a back end has, as its driver sees them, all pages of them unless O(limit) is given.
  - What is under management already is listed too, and is not safe to manage again. RV(manageable_volumes[].reason_not_safe) says why.
  - It never changes anything.
  - Needs microversion 3.8, and with O(cluster) 3.17.
author:
  - The unified.storage authors (@unified-storage)
extends_documentation_fragment:
  - unified.storage.connection
  - unified.storage.attributes
  - unified.storage.attributes.info
  - unified.storage.listing
options:
  host:
    description: The back end's pool to list, as C(host@backend#pool). Either this or O(cluster) is required.
    type: str
  cluster:
    description: The cluster to list, as C(cluster@backend#pool). Either this or O(host) is required.
    type: str
  detail:
    description: Whether to tell all, and not only the reference, the size and whether it is safe.
    type: bool
    default: true
notes:
  - O(host) and O(cluster) exclude each other.
  - By Cinder's default policy, only an administrator may see these lists.
  - A driver that cannot manage volumes makes the task fail.
  - With O(backend=host), O(host) is C(name@group#pool), with the host's own name, a volume group and, if need be, a thin pool.
    What is open is not safe to manage.
seealso:
  - module: unified.storage.manageable_volume
  - module: unified.storage.volume_info
"""

EXAMPLES = r"""
---
- name: What one pool could give into management
  unified.storage.manageable_volume_info:
    cloud: admin
    host: lab@alpha#alpha
    sort: reference:asc
  register: found

- name: Say which of it is safe
  ansible.builtin.debug:
    msg: "{{ found.manageable_volumes | selectattr('safe_to_manage') | map(attribute='reference') }}"

- name: Adopt all that is safe, each under a name of its own
  unified.storage.manageable_volume:
    cloud: admin
    host: lab@alpha#alpha
    reference: "{{ item.reference }}"
    name: "{{ item.reference['source-name'] | replace('foreign', 'adopted') }}"
  loop: "{{ found.manageable_volumes | selectattr('safe_to_manage') }}"
  loop_control:
    label: "{{ item.reference }}"

- name: Only what is biggest, in a cluster
  unified.storage.manageable_volume_info:
    cloud: admin
    cluster: lab@gamma#gamma
    detail: false
    sort: size:desc
    limit: 3
"""

RETURN = r"""
---
manageable_volumes:
  description: What there is, in the order of the service.
  type: list
  elements: dict
  returned: success
  contains:
    reference:
      description: How the driver knows it. It is what O(unified.storage.manageable_volume#module:reference) takes.
      type: dict
      sample: {source-name: foreign-1}
    size:
      description: Its size in GiB.
      type: int
      sample: 10
    safe_to_manage:
      description: Whether it can be brought under management.
      type: bool
      sample: true
    reason_not_safe:
      description: Why it cannot. V(null) where it can. Left out with O(detail=false).
      type: str
      sample: null
    cinder_id:
      description: The id of the volume that it is already. V(null) where it is none. Left out with O(detail=false).
      type: str
      sample: null
    extra_info:
      description: What else the driver says of it. Left out with O(detail=false).
      type: raw
      sample: {source-id: "1234"}
error:
  description: What went wrong, as facts. The same in one sentence is in C(msg).
  type: dict
  returned: on failure
  contains:
    kind:
      description: Which kind of failure it is. Words may be added in later releases.
      type: str
      choices: [not_found, ambiguous, conflict, forbidden, locked, quota, unsupported, invalid, timeout, unreachable, failed]
      sample: conflict
    status:
      description: The HTTP status of the answer, V(null) where there was none.
      type: int
      sample: 409
    request_id:
      description: The id of the request, for those who run the service.
      type: str
      sample: req-2a1c7d1e-6a0b-4d52-8a1e-1f0d2a9b3c4d
    resource:
      description: What it is about, as far as it is known, by V(kind), V(id) and V(name).
      type: dict
      sample: {kind: volume, id: 7f1c4a3e-3d0e-4b6a-9a38-5d1b6f0e2c11, name: db-data}
    reason:
      description: The reason in the service's own words, V(null) where it gave none.
      type: str
      sample: status in-use
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec, listing
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run_info
from ansible_collections.unified.storage.plugins.module_utils._module.info import Manageable

SPEC = Spec(
    {
        "host": {"type": "str"},
        "cluster": {"type": "str"},
        "detail": {"type": "bool", "default": True},
        **listing(),
    },
    {"mutually_exclusive": [("host", "cluster")], "required_one_of": [("host", "cluster")]},
    info=True,
)


def main() -> None:
    run_info(SPEC, Manageable("manageable_volume", "manageable_volumes"))


if __name__ == "__main__":
    main()
