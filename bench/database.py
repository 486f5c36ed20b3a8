"""Databases of the run's own: one migrated template with the cast, a copy for each benchmark, all dropped again."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sspf import local
from sspf.provision import provision

TEMPLATE = f"sspf_bench_{os.getpid()}"


def environment(database: str, role: str = "web") -> dict[str, str]:
    """What a process needs to work on `database` as sspf_<role>."""
    os.environ["SSPF_ENV"] = "test"
    values = local.variables(role)
    url = values["SSPF_DATABASE_URL"].rsplit("/", 1)[0] + "/" + database
    return values | {
        "SSPF_ENV": "test",
        "SSPF_DATABASE_URL": url,
        "SSPF_DATABASE_ROLE": role,
        "DJANGO_SETTINGS_MODULE": "sspf.settings",
    }


@contextmanager
def template() -> Iterator[str]:
    """A migrated database with the cast, for the duration of the run."""
    state = local.ensure()
    try:
        provision(state.superuser_conninfo, TEMPLATE, state.passwords)
        _manage("owner", "migrate", "--verbosity", "0")
        _manage("web", "seed_demo", "--cast-only")
        yield TEMPLATE
    finally:
        _drop(TEMPLATE)


@contextmanager
def copy(name: str) -> Iterator[str]:
    """A copy of the template, which Django's connection then is to; dropped at the end."""
    database = f"{TEMPLATE}_{name}"
    with psycopg.connect(local.ensure().superuser_conninfo, autocommit=True) as cluster:
        cluster.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER sspf_owner").format(
                sql.Identifier(database), sql.Identifier(TEMPLATE)
            )
        )
        cluster.execute(
            sql.SQL(
                "GRANT CONNECT ON DATABASE {} TO sspf_web, sspf_worker, sspf_sequencer, sspf_backup"
            ).format(sql.Identifier(database))
        )
    connection.close()
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = database
    try:
        yield database
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        _drop(database)


@contextmanager
def as_role(role: str) -> Iterator[None]:
    """Django's own connection as another role."""
    settings, before = connection.settings_dict, dict(connection.settings_dict)
    connection.close()
    settings.update(USER=f"sspf_{role}", PASSWORD=local.ensure().passwords[role])
    try:
        yield
    finally:
        connection.close()
        settings.update(USER=before["USER"], PASSWORD=before["PASSWORD"])


def connect(database: str, role: str | None = None) -> psycopg.Connection[Any]:
    """A connection apart from Django's: as sspf_<role>, or as the superuser, who fills tables."""
    state = local.ensure()
    parts = conninfo_to_dict(state.superuser_conninfo) | {"dbname": database}
    if role is not None:
        parts |= {"user": f"sspf_{role}", "password": state.passwords[role]}
    return psycopg.connect(make_conninfo(**parts), autocommit=True)  # type: ignore[arg-type]


def server_version() -> str:
    """PostgreSQL's version, as it says itself."""
    with psycopg.connect(local.ensure().superuser_conninfo) as cluster:
        (version,) = cluster.execute("SHOW server_version").fetchone() or ("unknown",)
    return str(version).split(" ", maxsplit=1)[0]


def _manage(role: str, *command: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=local.ROOT,
        env=_with(environment(TEMPLATE, role)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"manage.py {command[0]} failed:\n{done.stderr[-4000:]}")


def _with(values: Mapping[str, str]) -> dict[str, str]:
    return dict(os.environ) | dict(values)


def _drop(database: str) -> None:
    with psycopg.connect(local.ensure().superuser_conninfo, autocommit=True) as cluster:
        cluster.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
        )
