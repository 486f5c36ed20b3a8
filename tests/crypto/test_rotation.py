"""Keys exchanged while people work: nothing fails to open, nothing written is lost, and a kill loses nothing."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from access.request_transaction import work
from cases.models import Person
from crypto import municipality_keys
from crypto.errors import KeyDestroyed
from crypto.keys import Scope, data_key, destroy_data_key
from crypto.rotation.state import barrier, passed
from crypto.seal import Binding, open_batch
from tests.audit.conftest import connect
from tests.cast import Cast
from tests.crypto.bystanders import NAME, NUMBERS, Office, at_work, row_at, run, start
from tests.limits import ended_after

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
            process.communicate(timeout=60)
            phases += [row[0] for row in superuser.execute("SELECT phase FROM keys.rotation")]
            assert not office.wrong, "\n".join(office.wrong)
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


def test_what_was_damaged_keeps_its_key_and_is_told(
    office: Office, environment_of: Environment, superuser: psycopg.Connection
):
    who = next(iter(office.called))
    superuser.execute(
        "UPDATE cases_person SET birth_date = set_byte(birth_date, 40, get_byte(birth_date, 40) # 1)"
        " WHERE id = %s",
        [who],
    )
    said = run(environment_of("rotator"), "data", "--municipality", CODE, "--pace", "1")
    assert "1 keys kept" in said
    kept = superuser.execute(
        "SELECT count(*) FROM keys.data_key WHERE scope_id = %s AND wrapped IS NOT NULL", [who]
    ).fetchone()
    assert kept == (2,)
    assert number(superuser, REPLACED["data"]) == len(office.called) - 1


def test_what_was_erased_stays_erased(
    office: Office, environment_of: Environment, superuser: psycopg.Connection
):
    who = next(iter(office.called))
    with work(office.actor):
        destroy_data_key(**office.place, scope=Scope.PERSON, scope_id=who)
    run(environment_of("rotator"), "data", "--municipality", CODE, "--pace", "1")
    with work(office.actor), pytest.raises(KeyDestroyed):
        data_key(**office.place, scope=Scope.PERSON, scope_id=who)
    versions = superuser.execute(
        "SELECT count(*) FROM keys.data_key WHERE scope_id = %s", [who]
    ).fetchone()
    assert versions == (1,)


def test_an_erasure_that_meets_a_new_version_destroys_both(
    office: Office, environment_of: Environment
):
    """The erasure waits for the rotator's lock on the first version, and must then see the second."""
    who = next(iter(office.called))
    with connect("rotator") as rotator, connect("web") as web:
        for opened in (rotator, web):
            opened.execute(
                "SELECT set_config('sspf.municipality', %s, false), set_config('sspf.agency', %s, false)",
                [str(value) for value in office.place.values()],
            )
            opened.commit()
        rotator.execute("SELECT FROM keys.data_key WHERE scope_id = %s FOR NO KEY UPDATE", [who])
        rotator.execute(
            "INSERT INTO keys.data_key (id, municipality_id, agency_id, scope, scope_id, version,"
            " municipality_key_id, wrapped) SELECT gen_random_uuid(), municipality_id, agency_id, scope,"
            " scope_id, 2, municipality_key_id, wrapped FROM keys.data_key WHERE scope_id = %s",
            [who],
        )
        erased = threading.Thread(target=_erase, args=(office, who))
        erased.start()
        erased.join(0.5)
        assert erased.is_alive()
        rotator.commit()
        erased.join(20)
        left = web.execute(
            "SELECT count(*) FROM keys.data_key WHERE scope_id = %s AND wrapped IS NOT NULL", [who]
        ).fetchone()
    assert left == (0,)


def _erase(office: Office, who: UUID) -> None:
    with work(office.actor):
        destroy_data_key(**office.place, scope=Scope.PERSON, scope_id=who)
    connection.close()


def test_an_old_key_lives_as_long_as_a_transaction_that_may_hold_it(
    office: Office, environment_of: Environment, superuser: psycopg.Connection
):
    """Somebody reads a row, dawdles, and only then asks for its key: the rotation waits."""
    environment = environment_of("rotator")
    with work(office.actor):
        rows = list(Person.objects.all())
        process = start(environment, "data", "--municipality", CODE, "--pace", "1")
        deadline = time.monotonic() + 60
        waiting = "SELECT count(*) FROM keys.rotation WHERE phase = 'settle'"
        while not number(superuser, waiting) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(3)
        assert process.poll() is None
        assert superuser.execute("SELECT phase FROM keys.rotation").fetchall() == [("settle",)]
        assert number(superuser, REPLACED["data"]) == 0
        at = [Binding(NAME, *row_at(row)) for row in rows]
        names = open_batch([(row.name, one) for row, one in zip(rows, at, strict=True)])
    assert dict(zip((row.id for row in rows), names, strict=True)) == office.called
    assert process.wait(120) == 0
    assert number(superuser, REPLACED["data"]) > 0


def test_a_transaction_next_door_in_the_cluster_holds_nothing_up(
    office: Office, environment_of: Environment, superuser_conninfo: str
):
    with psycopg.connect(superuser_conninfo, dbname="postgres") as next_door:
        next_door.execute("SELECT pg_current_xact_id()")
        assert "done" in run(environment_of("rotator"), "municipality", "--municipality", CODE)
    assert office.opened() == office.called


def test_a_transaction_of_this_database_is_waited_for(
    office: Office,
):
    with connect("web") as dawdler:
        older = dawdler.execute("SELECT pg_current_xact_id()::text").fetchone()
        assert older is not None
        with work(None):
            mine = barrier()
        assert not passed(mine)
        assert passed(int(older[0]))
        dawdler.commit()
        assert passed(mine)


def test_two_rotations_at_once_are_refused(office: Office, environment_of: Environment):
    environment = environment_of("rotator")
    with work(office.actor):
        # The first one waits for this transaction, so it is at work all the time.
        first = start(environment, "data", "--municipality", CODE)
        assert first.stdout
        with ended_after(60, first):
            assert any("waiting" in line for line in first.stdout)
        said, _ = start(environment, "municipality", "--municipality", CODE).communicate(timeout=60)
    assert "Another rotation is at work" in said
    assert first.wait(120) == 0
