"""Keys exchanged while people work: nothing fails to open, nothing written is lost, and a kill loses nothing."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from crypto import municipality_keys
from tests.cast import Cast
from tests.crypto.bystanders import NUMBERS, Office, at_work, run, start

Environment = Callable[[str], dict[str, str]]
REPLACED = {
    "municipality": "SELECT count(*) FROM keys.municipality_key WHERE kind = 'wrap' AND wrapped IS NULL",
    "data": "SELECT count(*) FROM keys.data_key WHERE wrapped IS NULL",
    "index": "SELECT count(*) FROM keys.municipality_key WHERE kind = 'index' AND wrapped IS NULL",
}
CODE = "1495"


@pytest.fixture
def office(committed_cast: Cast) -> Office:
    municipality_keys._unwrapped.clear()
    return Office(committed_cast.actor("koordinator")).fill(60)


def number(superuser: psycopg.Connection, statement: str) -> int:
    found = superuser.execute(statement).fetchone()
    assert found is not None
    return int(found[0])


def first_keys(superuser: psycopg.Connection) -> dict[str, set[Any]]:
    """What is wrapped, sealed and indexed with which key."""
    return {
        "municipality": {
            row[0]
            for row in superuser.execute(
                "SELECT DISTINCT municipality_key_id FROM keys.data_key WHERE wrapped IS NOT NULL"
            )
        },
        "data": {
            row[0]
            for row in superuser.execute(
                "SELECT substring(name FROM 3 FOR 16) FROM cases_person UNION"
                " SELECT substring(value FROM 3 FOR 16) FROM cases_personidentifier"
            )
        },
        "index": {
            row[0]
            for row in superuser.execute(
                'SELECT "index" FROM cases_personidentifier WHERE "index" IS NOT NULL'
            )
        },
    }


@pytest.mark.parametrize("kind", REPLACED)
def test_while_everybody_works_keys_are_exchanged_and_the_old_ones_are_gone(
    kind: str, office: Office, environment_of: Environment, superuser: psycopg.Connection
):
    before = first_keys(superuser)
    with at_work(office):
        said = run(environment_of("rotator"), kind, "--municipality", CODE)
    assert "done" in said
    after = first_keys(superuser)
    assert not before[kind] & after[kind]
    for other in set(REPLACED) - {kind}:
        # The others' keys are as they were (and new rows have keys of their own).
        assert before[other] <= after[other]
    assert number(superuser, REPLACED[kind]) > 0
    assert office.reads > 5
    assert office.writes > 65
    assert [office.known(one) for one in NUMBERS] == [1] * len(NUMBERS)
    municipality_keys._unwrapped.clear()
    assert office.opened() == office.called


@pytest.mark.parametrize("kind", REPLACED)
def test_a_rotation_that_is_killed_again_and_again_ends_all_the_same(
    kind: str, office: Office, environment_of: Environment, superuser: psycopg.Connection
):
    before = first_keys(superuser)
    environment = environment_of("rotator")
    phases: list[str] = []
    with at_work(office):
        for wait in (0.05, 0.4, 0.9, 1.6):
            process = start(environment, kind, "--municipality", CODE, "--pace", "0.05")
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and process.poll() is None:
                row = superuser.execute("SELECT phase FROM keys.rotation").fetchone()
                if row is not None:
                    break
                time.sleep(0.01)
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            phases += [row[0] for row in superuser.execute("SELECT phase FROM keys.rotation")]
            assert office.wrong == []
        said = run(environment, kind, "--municipality", CODE)
    assert phases
    assert "done" in said
    assert not before[kind] & first_keys(superuser)[kind]
    assert number(superuser, "SELECT count(*) FROM keys.rotation WHERE phase <> 'done'") == 0
    assert [office.known(one) for one in NUMBERS] == [1] * len(NUMBERS)


def test_the_status_tells_how_far_it_is(office: Office, environment_of: Environment):
    environment = environment_of("rotator")
    assert "No keys have been exchanged" in run(environment, "--status")
    run(environment, "municipality", "--municipality", CODE, "--pace", "1")
    said = run(environment, "--status")
    assert re.search(r"municipality · 1495 Skara: done, \d+ of \d+ \(", said)
    assert f"{office.actor.municipality_id}: local" in said
