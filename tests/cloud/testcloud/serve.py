# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One process per service: its API in waitress, its scheduler and managers as threads.

Between them is oslo.messaging's `fake://` (in the process), so there is no broker.
Two services cannot share a process: each has the global oslo.config for itself.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

from .accesslog import AccessLog
from .layout import HOST, VOLUME_BACKENDS, Cloud
from .store import GIB


def serve(cloud: Cloud, service: str) -> None:
    """Run a service until it is ended."""
    if cloud.database == "sqlite":
        from .database import patch_sqlite

        patch_sqlite()
    app, workers = {"keystone": _keystone, "glance": _glance, "cinder": _cinder, "manila": _manila}[service](cloud)
    for worker in workers:
        worker.start()
    import waitress

    log = AccessLog(app, cloud.requests(service), bodies=service in ("cinder", "manila"))
    waitress.serve(
        log,
        host=HOST,
        port=cloud.port(service),
        threads=8,
        backlog=1024,
        connection_limit=1000,
        ident=service,
        channel_timeout=300,
        max_request_body_size=64 * GIB,
        clear_untrusted_proxy_headers=False,
    )


def _keystone(cloud: Cloud) -> tuple[Any, list[Any]]:
    os.environ["OS_KEYSTONE_CONFIG_FILES"] = str(cloud.conf("keystone"))
    sys.argv = ["keystone"]
    from keystone.wsgi.api import application

    return application, []


def _glance(cloud: Cloud) -> tuple[Any, list[Any]]:
    os.environ["OS_GLANCE_CONFIG_DIR"] = str(cloud.conf("glance").parent)
    sys.argv = ["glance-api"]
    from glance.wsgi.api import application

    return application, []


def _cinder(cloud: Cloud) -> tuple[Any, list[Any]]:
    os.environ["OS_CINDER_DISABLE_EVENTLET_PATCHING"] = "true"
    sys.argv = ["cinder", "--config-file", str(cloud.conf("cinder"))]
    from cinder import monkey_patch

    monkey_patch.patch()
    from cinder.wsgi import wsgi

    app = wsgi.initialize_application()
    import os_brick
    from cinder import db, privsep, service, utils
    from cinder.common import constants
    from cinder.volume import volume_utils
    from os_brick.privileged import default as brick_privileges
    from oslo_config import cfg

    os_brick.setup(cfg.CONF)
    # No sudo and no privileged daemon: the files are this user's own.
    brick_privileges.set_client_mode(False)
    privsep.sys_admin_pctxt.set_client_mode(False)
    utils.get_root_helper = lambda: "env"
    # Without this machine's initiator the driver gives Cinder's own copying the plain file.
    volume_utils.brick_get_connector_properties = lambda *_args, **_kwargs: {"host": socket.gethostname(), "ip": HOST}
    # Each flow throws the pool of database connections away, for fear of forks. Nothing forks here.
    db.api.dispose_engine = lambda: None
    workers = []
    for backend in VOLUME_BACKENDS:
        for name in ("backend_host", "cluster"):
            cfg.CONF.register_opt(cfg.StrOpt(name), group=backend)
        cluster = cfg.CONF[backend].cluster
        workers.append(
            service.Service.create(
                host=f"{cfg.CONF.host}@{backend}",
                service_name=backend,
                binary=constants.VOLUME_BINARY,
                coordination=True,
                cluster=f"{cluster}@{backend}" if cluster else None,
            )
        )
    # last: it asks the volume services for what they can do
    workers.append(service.Service.create(binary=constants.SCHEDULER_BINARY))
    return app, workers


def _manila(cloud: Cloud) -> tuple[Any, list[Any]]:
    os.environ["OS_MANILA_DISABLE_EVENTLET_PATCHING"] = "true"
    sys.argv = ["manila", "--config-file", str(cloud.conf("manila"))]
    from manila import monkey_patch

    monkey_patch.patch()
    from manila.wsgi import wsgi

    app = wsgi.initialize_application()
    from manila import service
    from oslo_config import cfg

    create = service.Service.create
    workers = [create(binary="manila-scheduler", coordination=True)]
    for backend in cfg.CONF.enabled_share_backends:
        host = f"{cfg.CONF.host}@{backend}"
        workers.append(create(host=host, service_name=backend, binary="manila-share", coordination=True))
    workers.append(create(binary="manila-data", coordination=True))
    return app, workers
