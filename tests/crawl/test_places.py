"""No marker of the world is in its dump, in Redis, in mail, or in what the worker and the sequencer log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import policy as mail_policy
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from psycopg import sql

from reminders import engine
from tests.conftest import _copy, _drop
from tests.crawl.conftest import _connect, _django_on
from tests.crawl.expect import Cell
from tests.crawl.graph import Graph
from tests.crawl.markers import readings
from tests.crawl.sought import LogWatch, World
from tests.crypto.test_canary import Database, redis_content
from tests.reminders.conftest import MailServer, role


@pytest.fixture
def own_world(
    superuser_conninfo: str, world_template: str, django_db_blocker: Any
) -> Iterator[str]:
    """A copy where commits are real."""
    name = "sspf_test_crawl_places"
    _copy(superuser_conninfo, world_template, name)
    with _django_on(name, django_db_blocker):
        yield name
    _drop(superuser_conninfo, name)


@pytest.fixture
def everything(world_template: str, cells: dict[str, Cell], graph: Graph) -> World:
    return World(graph, cells)


def test_the_dump_holds_every_row_and_no_marker(
    own_world: str, everything: World, superuser_conninfo: str
) -> None:
    with _connect(superuser_conninfo, own_world) as superuser:
        dumped = Database(superuser).dumped()
    assert everything.numbers_in([dumped.decode("utf-8", errors="replace")])
    assert everything.cells_in_bytes(dumped) == set()


def test_mail_tells_of_no_case_and_its_log_of_no_marker(
    own_world: str, everything: World, settings: Any, superuser_conninfo: str
) -> None:
    server = MailServer()
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    try:
        with LogWatch(everything) as log, role("worker"):
            for days in (1, 8, 40, 200):
                engine.tick(datetime.now(UTC).replace(hour=9) + timedelta(days=days))
    finally:
        server.stop()
    assert log.kept == []
    assert len(server.mails) > 20
    for mail in server.mails:
        texts = list(readings(mail.as_bytes(policy=mail_policy.default)))
        texts += [
            bytes(part.get_payload(decode=True)).decode("utf-8", errors="replace")
            for part in mail.walk()
            if not part.is_multipart()
        ]
        assert "SSPF" in " ".join(texts)
        assert everything.cells_in(texts) == set()
        assert everything.numbers_in(texts) == set()
        assert everything.ids_in(texts) == set()


def test_redis_holds_no_marker(everything: World) -> None:
    held = redis_content(str(django_settings.CELERY_BROKER_URL))
    assert everything.cells_in_bytes(held) == set()
    broker = redis.Redis.from_url(str(django_settings.CELERY_BROKER_URL))
    text = next(iter(everything.cells))
    broker.set("crawl-planted", text)
    try:
        assert everything.cells_in_bytes(redis_content(str(django_settings.CELERY_BROKER_URL)))
    finally:
        broker.delete("crawl-planted")


def test_a_marker_planted_in_the_dump_is_found(
    own_world: str, everything: World, superuser_conninfo: str
) -> None:
    text = next(iter(everything.cells))
    with _connect(superuser_conninfo, own_world) as superuser:
        superuser.execute("CREATE TABLE leak (said bytea)")
        superuser.execute(sql.SQL("INSERT INTO leak VALUES (%s)"), [text.encode()])
        assert everything.cells_in_bytes(Database(superuser).dumped())
