"""The throttle counts every try, also those made at the same moment, and keeps nothing that runs code."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from access.request_transaction import set_partition
from audit.models import AuditEvent
from crypto.keys import Scope, new_data_key
from tests.access.test_session import PASSWORD, sign_in
from tests.cast import Cast

ROOT = Path(__file__).resolve().parents[2]
GUESSES = 24
ALLOWED = 5


def stored() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM access_throttle")
        rows: list[tuple[str, str]] = cursor.fetchall()
    return rows


def test_it_gives_back_what_was_put_in_until_it_is_too_old(db: None) -> None:
    cache.set("a", [1.5, 2], 60)
    assert cache.get("a") == [1.5, 2]
    cache.set("a", [3], 60)
    assert cache.get("a") == [3]
    assert cache.get("b") is None
    assert cache.get("b", []) == []
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert cache.get("a") is None
        assert cache.add("a", "new", 60)
        assert cache.get("a") == "new"
    cache.delete("a")
    assert cache.get("a") is None


def test_add_is_refused_while_the_key_is_there(db: None) -> None:
    assert cache.add("code", "y", 60)
    assert not cache.add("code", "n", 60)
    assert cache.get("code") == "y"


def test_more_entries_than_djangos_own_cache_keeps_push_none_out(db: None) -> None:
    cache.set("guesses of one address", [1, 2, 3], 60)
    for number in range(400):
        cache.set(f"noise {number}", [], 60)
    assert cache.get("guesses of one address") == [1, 2, 3]


def test_what_is_too_old_goes(db: None) -> None:
    cache.set("old", [], 60)
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        cache.set("new", [], 60)
        assert len(stored()) == 1


def test_no_address_stands_in_the_table_and_no_pickle(db: None) -> None:
    cache.set("allauth:rl:login:198.51.100.7", [1.0], 60)
    ((key, value),) = stored()
    assert "198.51" not in key
    assert value == "[1.0]"
    with pytest.raises(TypeError):
        cache.set("a", object(), 60)
    with pytest.raises(ValueError, match="for ever"):
        cache.set("a", 1, None)


def test_no_key_gets_into_the_cache(db: None, cast: Cast) -> None:
    actor = cast.actor("koordinator")
    set_partition(actor)
    key = new_data_key(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        scope=Scope.CASE,
        scope_id=uuid4(),
    )
    with pytest.raises(TypeError):
        cache.set("key", key, 60)


def test_another_transactions_lock_is_waited_for_not_walked_past(committed: str) -> None:
    """Until the first commits, nobody else may read the count: it has not been written yet."""

    def second() -> bool:
        try:
            with transaction.atomic():
                return cache.add("history:lock", True, 10)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert cache.add("history:lock", True, 10)
            cache.delete("history:lock")
            assert not pool.submit(second).result(timeout=5)
        assert pool.submit(second).result(timeout=5)


def guess(cast: Cast, number: int) -> int:
    user = cast.membership("larare").user
    try:
        return sign_in(Client(), user, f"fel-losenord-{number}")
    finally:
        connection.close()


def checked_guesses() -> int:
    """How many guesses came as far as a comparison with the password."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('sspf.municipality', %s, true), set_config('sspf.agency', %s, true)",
            ["00000000-0000-0000-0000-000000000000"] * 2,
        )
        return AuditEvent.objects.filter(action="session.refuse").count()


@pytest.mark.slow
def test_parallel_guesses_are_all_counted(committed_cast: Cast) -> None:
    with ThreadPoolExecutor(GUESSES) as pool:
        answers = list(pool.map(lambda number: guess(committed_cast, number), range(GUESSES)))
    assert len(answers) == GUESSES
    assert 1 <= checked_guesses() <= ALLOWED
    # On a slow machine most of them were turned away while one was looked at; only what was looked at counts.
    for number in range(GUESSES, GUESSES + ALLOWED + 1):
        guess(committed_cast, number)
    assert checked_guesses() == ALLOWED
    user = committed_cast.membership("larare").user
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    sign_in(client, user)
    assert client.get("/").headers["Location"].startswith("/logga-in/")


COUNTS = """
import sys, time
import django
django.setup()
from django.db import transaction
from allauth.core.internal.ratelimit import cache_lock
from django.core.cache import cache
while time.time() < float(sys.argv[1]):
    pass
done = 0
while done < 10:
    with transaction.atomic(), cache_lock("history") as locked:
        if locked:
            cache.set("history", [*cache.get("history", []), 1], 60)
            done += 1
"""


@pytest.mark.slow
def test_processes_that_count_at_once_lose_nothing(
    committed: str, environment_of: Callable[[str], dict[str, str]]
) -> None:
    environment = environment_of("web") | {"DJANGO_SETTINGS_MODULE": "sspf.settings"}
    start = str(time.time() + 3)
    running = [
        subprocess.Popen([sys.executable, "-c", COUNTS, start], cwd=ROOT, env=environment)
        for _process in range(3)
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    assert len(cache.get("history")) == 30
