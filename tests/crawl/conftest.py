"""The world's database: built once for a state of the code and a day, copied for each process."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.utils import timezone
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sspf import local
from tests.conftest import _copy, _drop, analyze
from tests.crawl import world as the_world
from tests.crawl.expect import Cell
from tests.crawl.graph import Graph
from tests.crawl.sought import World

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "sspf_test_world_"
# Seconds; longer than any run takes.
KEPT_FOR = 3600
# What the world is made with.
SOURCES = ("access", "cases", "crypto", "reminders", "safety", "sspf", "tests/cases")
WRITTEN_BY = ("asked", "conftest", "consents", "extra_rows", "markers", "people", "world")


def _state(template: str) -> str:
    digest = hashlib.sha256(f"{template} {timezone.localdate()}".encode())
    made_with = [ROOT / "tests" / "crawl" / f"{name}.py" for name in WRITTEN_BY]
    for folder in SOURCES:
        made_with += sorted((ROOT / folder).rglob("*"))
    for path in made_with:
        if path.suffix in {".py", ".toml"} and not path.name.startswith("test_"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _connect(conninfo: str, database: str) -> psycopg.Connection[Any]:
    parts: dict[str, Any] = conninfo_to_dict(conninfo) | {"dbname": database}
    return psycopg.connect(make_conninfo(**parts), autocommit=True)


@pytest.fixture(scope="session")
def world_template(
    superuser_conninfo: str, template_database: str, django_db_setup: None, django_db_blocker: Any
) -> str:
    name = TEMPLATE + _state(template_database)
    with psycopg.connect(superuser_conninfo, autocommit=True) as cluster:
        cluster.execute("SELECT pg_advisory_lock(72120)")
        if not (_is_there(cluster, name) and cells_file(name).exists()):
            _drop_earlier(cluster)
            _build(superuser_conninfo, template_database, f"{name}_building", django_db_blocker)
            cluster.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            cluster.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(f"{name}_building"), sql.Identifier(name)
                )
            )
    return name


def _is_there(cluster: psycopg.Connection[Any], name: str) -> bool:
    found = cluster.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    return found.fetchone() is not None


def _drop_earlier(cluster: psycopg.Connection[Any]) -> None:
    """Worlds of earlier states; one that another run may still copy stays."""
    names = cluster.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE %s", [TEMPLATE + "%"]
    ).fetchall()
    for (name,) in names:
        told = cells_file(name)
        if told.exists() and time.time() - told.stat().st_mtime < KEPT_FOR:
            continue
        try:
            cluster.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        except psycopg.errors.ObjectInUse:
            continue


def _build(conninfo: str, template: str, name: str, django_db_blocker: Any) -> None:
    _copy(conninfo, template, name)
    with _django_on(name, django_db_blocker), _connect(conninfo, name) as superuser:
        cells = the_world.build(superuser)
    analyze(conninfo, name)
    # Beside the database, not in it: what is sought would else be in its dump.
    path = cells_file(name.removesuffix("_building"))
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(cells), encoding="ascii")


def cells_file(name: str) -> Path:
    """Which text is sought for each sealed cell of a world."""
    return local.LOCAL / "world" / f"{name}.json"


class _django_on:  # noqa: N801 - a context manager
    """Django's connection to another database, until it ends."""

    def __init__(self, name: str, django_db_blocker: Any) -> None:
        self.name, self.blocker = name, django_db_blocker

    def __enter__(self) -> None:
        self.unblocked = self.blocker.unblock()
        self.unblocked.__enter__()
        self.connection = connections["default"]
        self.connection.close()
        self.before = self.connection.settings_dict["NAME"]
        self.connection.settings_dict["NAME"] = self.name

    def __exit__(self, *_exc: object) -> None:
        self.connection.close()
        self.connection.settings_dict["NAME"] = self.before
        self.unblocked.__exit__(None, None, None)


@pytest.fixture(scope="module")
def world_database(
    superuser_conninfo: str, world_template: str, django_db_blocker: Any
) -> Iterator[str]:
    """A copy of the world for the tests of one file; what a test changes in it is rolled back."""
    name = f"sspf_test_crawl_{os.getpid()}"
    _copy(superuser_conninfo, world_template, name)
    with _django_on(name, django_db_blocker):
        yield name
    _drop(superuser_conninfo, name)


@pytest.fixture(scope="module")
def graph(world_database: str, django_db_blocker: Any) -> Graph:
    """Every row of the world as it is, without the door."""
    with django_db_blocker.unblock():
        return Graph.of_everything()


@pytest.fixture(scope="module")
def cells(world_template: str, graph: Graph) -> dict[str, Cell]:
    """What is sought, in every form it may be written in → the sealed cell that it stands in."""
    written = json.loads(cells_file(world_template).read_text(encoding="ascii"))
    return the_world.cells_by_text(written)


@pytest.fixture(scope="module")
def sought(graph: Graph, cells: dict[str, Cell]) -> World:
    """The world with everything that may be found in an answer."""
    return World(graph, cells)


@pytest.fixture
def world(world_database: str, db: None, graph: Graph, caplog: pytest.LogCaptureFixture) -> Graph:
    """The world inside a transaction that is rolled back."""
    # A refused request is a line of log each; what a log must not hold is looked for in test_places.py.
    caplog.set_level(logging.ERROR, "django.request")
    return graph
