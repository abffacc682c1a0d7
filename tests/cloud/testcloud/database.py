# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MariaDB from Debian's packages without installing them; or SQLite, and what it needs.

`sync` and `bootstrap` run in processes of their own, for each service takes the
global oslo.config.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from . import process
from .layout import Cloud, CloudError, cache

PACKAGES = ("mariadb-server-core", "mariadb-client-core")
TABLES = 1
"""To be raised when this file makes the tables in another way: saved ones are then not used any more"""


# ---- MariaDB: getting it


def unpack_mariadb() -> Path:
    """The folder that holds MariaDB's programs; on the first call they are downloaded into it.

    :raises CloudError: it is not to be had here; the text says why.
    """
    target = cache() / "mariadb"
    cache().mkdir(parents=True, exist_ok=True)
    with open(cache() / "mariadb.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / ".complete").exists():
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            # apt-get may fetch as a user of its own, who must be able to write here
            packages = target / "packages"
            packages.mkdir()
            packages.chmod(0o777)
            _download(PACKAGES, packages, target)
            if missing := _missing_libraries(target):
                _download(_library_packages(), packages, target)
                if missing := _missing_libraries(target):
                    raise CloudError(f"MariaDB lacks libraries: {', '.join(missing)}")
            shutil.rmtree(packages)
            (target / ".complete").touch()
    return target


def _download(names: tuple[str, ...], packages: Path, target: Path) -> None:
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise CloudError("this is no Debian: no apt-get and dpkg")
    get = ["apt-get", "download", "-q", *names]
    done = subprocess.run(get, cwd=packages, capture_output=True, text=True, check=False)
    if done.returncode and os.geteuid() == 0:  # perhaps the package lists are old, or missing
        subprocess.run(["apt-get", "update", "-q"], capture_output=True, check=False)
        done = subprocess.run(get, cwd=packages, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CloudError((done.stderr.strip().splitlines() or ["apt-get download failed"])[-1])
    for package in packages.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, target], check=True)
        package.unlink()


def library_path(target: Path) -> str:
    return ":".join(str(p) for p in [*target.glob("usr/lib/*-linux-gnu*"), *target.glob("lib/*-linux-gnu*")])


def _missing_libraries(target: Path) -> list[str]:
    listing = subprocess.run(
        ["ldd", target / "usr/sbin/mariadbd"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LD_LIBRARY_PATH": library_path(target)},
    ).stdout
    return re.findall(r"(\S+) => not found", listing)


def _library_packages() -> tuple[str, ...]:
    """What the packages say that they depend on, without the C library and its like."""
    listing = subprocess.run(["apt-cache", "depends", *PACKAGES], capture_output=True, text=True, check=False).stdout
    names = set(re.findall(r"Depends: (lib\S+)", listing))
    return tuple(sorted(n for n in names if not n.startswith(("libc6", "libgcc", "libstdc++", "libcrypt1"))))


# ---- MariaDB: running it


def start_mariadb(cloud: Cloud) -> None:
    """A server of the cloud's own on a socket, with a database per service.

    Its files are a saved copy, or new ones. Nothing is ever synced to the disk:
    its data live as long as the tests.
    """
    import pymysql

    root = unpack_mariadb()
    options = [
        "--no-defaults",
        f"--basedir={root / 'usr'}",
        f"--datadir={cloud.state / 'db'}",
        *(["--user=root"] if os.geteuid() == 0 else []),  # MariaDB will not be root unasked
        "--innodb-file-per-table=0",
        "--innodb-log-file-size=32M",
    ]
    environment = ["env", f"LD_LIBRARY_PATH={library_path(root)}"]
    if not (cloud.state / "db").exists():
        install = root / "usr/bin/mariadb-install-db"
        tables: list[str | Path] = [
            *environment,
            install,
            *options,
            "--skip-test-db",
            "--auth-root-authentication-method=normal",
        ]
        process.finish(cloud, "mariadb", process.start(cloud, "mariadb", tables))
    server = process.start(
        cloud,
        "mariadb",
        [
            *environment,
            root / "usr/sbin/mariadbd",
            *options,
            f"--socket={cloud.socket}",
            f"--pid-file={cloud.state / 'db.pid'}",
            "--skip-networking",
            "--skip-name-resolve",
            "--skip-log-bin",
            "--performance-schema=0",
            "--max-connections=400",
            f"--lc-messages-dir={root}/usr/share/mysql",
            f"--character-sets-dir={root}/usr/share/mysql/charsets",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-flush-method=nosync",
            "--innodb-doublewrite=0",
            "--innodb-buffer-pool-size=64M",
        ],
    )
    deadline = time.monotonic() + 30
    while True:
        try:
            connection = pymysql.connect(unix_socket=str(cloud.socket), user="root")
            break
        except pymysql.err.OperationalError as error:
            process.must_live(cloud, "mariadb", server)
            if time.monotonic() > deadline:
                raise CloudError(f"MariaDB does not answer: {error}\n{process.tail(cloud, 'mariadb')}") from None
            time.sleep(0.05)
    with connection, connection.cursor() as cursor:
        for service in cloud.services:
            cursor.execute(f"CREATE DATABASE IF NOT EXISTS {service} CHARACTER SET utf8mb3")


# ---- empty tables: made once, then copied


def prepare(cloud: Cloud) -> bool:
    """Leave the database running with every service's empty tables in it.

    Making them costs ten seconds of migrations, so the files are saved in the cache.

    :returns: whether they came from there
    """
    saved = _saved_tables(cloud)
    if saved.exists():
        shutil.copytree(saved, cloud.state, dirs_exist_ok=True)
        if cloud.database == "mariadb":
            start_mariadb(cloud)
        return True
    if cloud.database == "mariadb":
        start_mariadb(cloud)
    syncs = {f"{s}-sync": process.start_self(cloud, f"{s}-sync", "sync", s) for s in cloud.services}
    for name, started in syncs.items():
        process.finish(cloud, name, started)
    process.stop(cloud.state, patience=20)  # so that the files are whole
    _save_tables(cloud, saved)
    if cloud.database == "mariadb":
        start_mariadb(cloud)
    return False


def _saved_tables(cloud: Cloud) -> Path:
    """A folder per set of versions and services."""
    versions = (Path(sys.prefix) / ".made-from").read_text()
    made_from = f"{TABLES} {versions} {cloud.database} {cloud.services}"
    return cache() / f"cloud-tables-{hashlib.sha256(made_from.encode()).hexdigest()[:16]}"


def _save_tables(cloud: Cloud, saved: Path) -> None:
    new = Path(tempfile.mkdtemp(dir=cache(), prefix=f"{saved.name}."))
    if cloud.database == "mariadb":
        shutil.copytree(cloud.state / "db", new / "db")
    for file in cloud.state.glob("*.sqlite"):
        shutil.copy2(file, new)
    try:
        new.rename(saved)
    except OSError:  # another cloud was faster
        shutil.rmtree(new)


# ---- tables


def sync(cloud: Cloud, service: str) -> None:
    """Make a service's tables, in this process."""
    {"keystone": _sync_keystone, "glance": _sync_glance, "cinder": _sync_cinder, "manila": _sync_manila}[service](cloud)
    if cloud.database == "sqlite":
        connection = sqlite3.connect(cloud.state / f"{service}.sqlite")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.close()


def _sync_keystone(cloud: Cloud) -> None:
    from keystone.cmd import cli

    cli.main(argv=["keystone-manage", "--config-file", str(cloud.conf("keystone")), "db_sync"])


def bootstrap(cloud: Cloud) -> None:
    """Keystone's keys and first user: three calls of keystone-manage in this one process."""
    from keystone.cmd import cli

    url = f"{cloud.url('keystone')}/v3"
    config = ["--config-file", str(cloud.conf("keystone"))]
    owner = ["--keystone-user", "root", "--keystone-group", "root"] if os.geteuid() == 0 else []
    cli.main(argv=["keystone-manage", *config, "fernet_setup", *owner])
    for command in (
        ["credential_setup", *owner],
        [
            *("bootstrap", "--bootstrap-password", cloud.passwords["admin"]),
            *("--bootstrap-public-url", url, "--bootstrap-internal-url", url, "--bootstrap-admin-url", url),
            *("--bootstrap-region-id", "RegionOne"),
        ],
    ):
        cli.CONF(args=[*config, *command], project="keystone")
        cli.CONF.command.cmd_class.main()


def _sync_glance(cloud: Cloud) -> None:
    from glance.cmd import manage

    sys.argv = ["glance-manage", "--config-file", str(cloud.conf("glance")), "db_sync"]
    manage.main()


def _sync_cinder(cloud: Cloud) -> None:
    _manage("cinder", cloud)


def _sync_manila(cloud: Cloud) -> None:
    if cloud.database == "mariadb":
        _manage("manila", cloud)
        return
    # Manila's migrations cannot run on SQLite (they alter columns, and open a second
    # connection inside the first one's transaction): make today's tables, and say so.
    sys.argv = ["manila-manage"]
    from oslo_config import cfg
    from oslo_log import log

    log.register_options(cfg.CONF)
    from manila.common import config  # noqa: F401  (registers the options)

    cfg.CONF(["--config-file", str(cloud.conf("manila"))], project="manila")
    from manila.db import migration
    from manila.db.sqlalchemy import api, models

    models.BASE.metadata.create_all(api.get_engine())
    migration.stamp("head")


def _manage(service: str, cloud: Cloud) -> None:
    """`<service>-manage db sync`, the script: its module has side effects on import."""
    script = Path(sys.prefix) / "bin" / f"{service}-manage"
    subprocess.run([sys.executable, script, "--config-file", cloud.conf(service), "db", "sync"], check=True)


# ---- SQLite's two work-arounds


def patch_sqlite() -> None:
    """To be called in a service before it opens its database.

    oslo.db opens each transaction with a deferred BEGIN: a SELECT followed by an
    UPDATE then fails with "database is locked" when another thread wrote in
    between. Here the sqlite3 module itself begins IMMEDIATE before the first write.

    Manila opens a second writing transaction inside the first
    (share_instance_delete, writer.independent); SQLite cannot have two.
    """
    from oslo_db.sqlalchemy import enginefacade
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    @event.listens_for(Engine, "begin")
    def begin(connection: Any) -> None:
        if connection.dialect.name == "sqlite":
            connection.connection.dbapi_connection.isolation_level = "IMMEDIATE"
            connection.info["in_transaction"] = True

    enginefacade._TransactionContextManager.independent = property(lambda self: self)
