# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""The factory of back ends: the only place that names them.

Imported when asked for, so that one back end never needs another's libraries.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend
from ansible_collections.unified.storage.plugins.module_utils._errors import Unsupported


def open_backend(params: t.Mapping[str, t.Any]) -> Backend:
    """The back end that the task names, ready to be asked.

    params: the module's parameters, of which the connection is read.
    Raises StorageError when it cannot be reached, or refuses the login.
    """
    if params["backend"] == "openstack":
        from ansible_collections.unified.storage.plugins.module_utils._openstack.backend import OpenStack

        return OpenStack(params)
    if params["backend"] == "zstack":
        from ansible.module_utils.basic import missing_required_lib

        from ansible_collections.unified.storage.plugins.module_utils._zstack.backend import ZStack
        from ansible_collections.unified.storage.plugins.module_utils._zstack.client import MISSING

        if MISSING:
            raise Unsupported(missing_required_lib("requests"), reason=MISSING)
        return ZStack(params)
    if params["backend"] == "host":
        from ansible_collections.unified.storage.plugins.module_utils._host.backend import Host

        return Host(params)
    raise Unsupported("The back end %s does not have this module. Use backend: openstack." % params["backend"])
