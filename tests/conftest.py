"""What every test stands on: real servers, a migrated template database with the cast, the web role.

Ordinary tests (`db`) run in a transaction that is rolled back. Tests with other processes take
`committed`: a copy of the template of their own, thrown away afterwards.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

os.environ["SSPF_ENV"] = "test"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sspf.settings")

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sspf import local
from sspf.provision import provision
from tests.order import place_of
from tests.rendering import _as_in_use, noted_templates  # noqa: F401 - fixtures
from tests.site import browser, chromium, web_server

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "sspf_test_template"


def requires(part: str) -> bool:
    """SSPF_REQUIRE names the parts whose absence is a failure, not a skip."""
    return part in os.environ.get("SSPF_REQUIRE", "").split(",")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a parallel run (`--no-loadscope-reorder`) files are given out in this order."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place_of(item.nodeid))


@pytest.fixture(scope="session")
def superuser_conninfo() -> str:
    """Connects as the cluster's superuser; only to build databases and to play the attacker."""
    return local.ensure().superuser_conninfo


def _environment(database: str, role: str) -> dict[str, str]:
    values = dict(os.environ) | local.variables(role)
    url = values["SSPF_DATABASE_URL"].rsplit("/", 1)[0] + "/" + database
    return values | {
        "SSPF_ENV": "test",
        "SSPF_DATABASE_URL": url,
        "SSPF_DATABASE_ROLE": role,
    }


def _manage(database: str, role: str, *command: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=_environment(database, role),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    if done.returncode != 0:
        raise RuntimeError(f"manage.py {command[0]} failed:\n{done.stderr[-4000:]}")


def _migrations_state() -> str:
    """Changes when a migration or the cast does, so that a finished template can be used again."""
    import hashlib

    digest = hashlib.sha256()
    for path in sorted(
        [
            *ROOT.glob("*/migrations/*.py"),
            *(
                ROOT / name
                for name in (
                    "access/partition_sql.py",
                    "audit/change_sql.py",
                    "sspf/cast.py",
                    "sspf/cast.toml",
                    "sspf/provision.py",
                    "audit/event.py",
                )
            ),
        ]
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@pytest.fixture(scope="session")
def template_database(superuser_conninfo: str) -> str:
    """A migrated database with the cast, built once per state of the migrations."""
    name = f"{TEMPLATE}_{_migrations_state()}"
    with psycopg.connect(superuser_conninfo, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(72119)")
        ready = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", [name]
        ).fetchone()
        if not ready:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            provision(superuser_conninfo, name, local.ensure().passwords)
            _manage(name, "owner", "migrate", "--verbosity", "0")
            _manage(name, "web", "seed_demo", "--cast-only")
            analyze(superuser_conninfo, name)
            connection.execute(
                sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(sql.Identifier(name))
            )
    return name


def analyze(superuser_conninfo: str, name: str) -> None:
    """Gives a new database, and so its copies, the statistics that one in use has.

    Without them PostgreSQL answered the crawl's queries with seven times the work, until autovacuum came by.
    """
    parts = conninfo_to_dict(superuser_conninfo) | {"dbname": name}
    with psycopg.connect(make_conninfo(**parts), autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute("ANALYZE")


def _copy(superuser_conninfo: str, template: str, name: str) -> None:
    with psycopg.connect(superuser_conninfo, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(72119)")
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER sspf_owner").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        end = time.monotonic() + 60
        while True:
            try:
                connection.execute(made)
                break
            except psycopg.errors.ObjectInUse:
                # Autovacuum looks after templates too, and on a busy machine needs a while to leave.
                if time.monotonic() > end:
                    raise
        connection.execute(
            sql.SQL(
                "GRANT CONNECT ON DATABASE {} TO sspf_web, sspf_worker, sspf_sequencer, sspf_rotator, sspf_backup, sspf_owner"
            ).format(sql.Identifier(name))
        )


def _drop(superuser_conninfo: str, name: str) -> None:
    with psycopg.connect(superuser_conninfo, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


@pytest.fixture(scope="session")
def django_db_setup(
    superuser_conninfo: str, template_database: str, django_db_blocker: pytest.FixtureRequest
) -> Iterator[None]:
    """pytest-django's database, but copied from the template and connected to as the web role."""
    from django.db import connections

    name = f"sspf_test_{os.getpid()}"
    _copy(superuser_conninfo, template_database, name)
    connection = connections["default"]
    connection.close()
    connection.settings_dict["NAME"] = name
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        connection.close()
    _drop(superuser_conninfo, name)


@pytest.fixture
def committed(
    superuser_conninfo: str,
    template_database: str,
    django_db_setup: None,
    django_db_blocker: pytest.FixtureRequest,
) -> Iterator[str]:
    """A database of the test's own, where commits are real; its name. Other processes may join it."""
    from django.db import connections

    name = f"sspf_test_own_{uuid4().hex[:10]}"
    _copy(superuser_conninfo, template_database, name)
    connection = connections["default"]
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        connection.close()
        shared = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = name
        try:
            yield name
        finally:
            connection.close()
            connection.settings_dict["NAME"] = shared
    _drop(superuser_conninfo, name)


@pytest.fixture
def superuser(superuser_conninfo: str, committed: str) -> Iterator[psycopg.Connection]:
    """The attacker who owns the database of this test."""
    parts = conninfo_to_dict(superuser_conninfo) | {"dbname": committed}
    with psycopg.connect(make_conninfo(**parts), autocommit=True) as connection:  # type: ignore[arg-type]
        yield connection


@pytest.fixture
def environment_of(committed: str) -> Callable[[str], dict[str, str]]:
    """The environment for another process of this test, by role."""
    return lambda role: _environment(committed, role)


# --- a running site and a browser -----------------------------------------------------------------------


@pytest.fixture(scope="session")
def site(
    superuser_conninfo: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a running demo with its story, on a database of its own, for the whole session."""
    name = f"sspf_test_site_{os.getpid()}"
    _copy(superuser_conninfo, template_database, name)
    environment = _environment(name, "web") | {
        "SSPF_ENV": "demo",
        "SSPF_HOSTS": "localhost,127.0.0.1",
    }
    _manage(name, "web", "seed_demo")
    analyze(superuser_conninfo, name)
    with web_server(environment, tmp_path_factory.mktemp("site") / "web.log") as address:
        yield address
    _drop(superuser_conninfo, name)


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Any]:
    """Real Chromium; without it browser tests are skipped, or fail where SSPF_REQUIRE names `browser`."""
    if chromium() is None:
        if requires("browser"):
            pytest.fail("Chromium is missing, and SSPF_REQUIRE asks for it")
        pytest.skip(
            "Chromium is not installed: browser tests are skipped (apt-get install chromium)"
        )
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with browser() as running:
        yield running


@pytest.fixture
def page_as(site: str, chromium_browser: Any) -> Iterator[Callable[..., Any]]:
    """`page_as("larare", width=390)` is a fresh browser window, signed in as one of the cast."""
    contexts = []

    def open_page(who: str, *, width: int = 1280, dark: bool = False, script: bool = True) -> Any:
        context = chromium_browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            locale="sv-SE",
            base_url=site,
        )
        contexts.append(context)
        page = context.new_page()
        page.goto("/logga-in/")
        page.locator(f'button[name="cast"][value="{who}"]').click()
        page.wait_for_url("**/")
        return page

    yield open_page
    for context in contexts:
        context.close()


# --- the cast -------------------------------------------------------------------------------------------

from tests.cast import Cast  # noqa: E402


@pytest.fixture
def cast(db: None) -> Cast:
    """The people of the demo, as actors and as signed-in clients, in a transaction that is rolled back."""
    return Cast()


@pytest.fixture
def committed_cast(committed: str) -> Cast:
    return Cast()
