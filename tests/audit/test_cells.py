"""The owner of the server changes rows past the triggers, or the notes themselves; the verifier finds and names it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from io import StringIO
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from psycopg.conninfo import make_conninfo

from access.request_transaction import record, work
from audit import auditctl
from audit.auditctl import NOTE_NOT_HASHED, NOTED, check_cells, check_changes
from audit.change_sql import note_what_is_there, watch_table
from cases.models import Person
from crypto.keys import Scope, data_key
from crypto.seal import seal
from sspf import local
from tests.audit.conftest import as_role
from tests.audit.row_steps import faults, kinds, somebody
from tests.cases import steps, talk_steps
from tests.conftest import committed  # noqa: F401  a database of its own for each test
from tests.crypto.bystanders import Office
from tests.crypto.bystanders import run as run_rotation

Tamper = Callable[..., Any]


def disarm(superuser: psycopg.Connection[Any]) -> Tamper:
    """What the owner of the whole server can do: triggers, foreign keys and checks are out of the way."""
    for (table,) in superuser.execute(
        "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger"
        " WHERE tgname IN ('noted', 'not_emptied') OR tgname LIKE 'append_only%' AND tgparentid = 0"
    ).fetchall():
        superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    for table, name in superuser.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c'"
        " AND conrelid IN (SELECT to_regclass(table_name) FROM audit.watched)"
    ).fetchall():
        superuser.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    return superuser.execute


@pytest.fixture
def tamper(superuser: psycopg.Connection[Any], person: Person) -> Tamper:
    return disarm(superuser)


def without_triggers(found: list[auditctl.Fault]) -> list[auditctl.Fault]:
    """Disabling the triggers is a fault by itself, one for each table; here the rows are of interest."""
    return [fault for fault in found if fault.kind != "unwatched"]


# -------------------------------------------------------------------------------------------- whole


def test_the_demos_whole_story_is_whole(superuser):
    """Everything that the seeded story does goes through the services, and no change is without an event."""
    call_command("seed_demo", stdout=StringIO())
    assert faults(check_cells) == []
    assert faults(check_changes) == []
    counted = superuser.execute(
        "SELECT count(DISTINCT shape), count(*), count(*) FILTER (WHERE request_id IS NULL) FROM audit.change"
    ).fetchone()
    assert (counted[0] > 15, counted[1] > 50, counted[2]) == (True, True, 0)
    for (municipality,) in superuser.execute("SELECT id FROM access_municipality").fetchall():
        assert faults(check_cells, municipality) == []
        assert faults(check_changes, municipality) == []


@pytest.mark.parametrize("kind", ["data", "index"])
def test_what_a_rotation_seals_anew_is_noted_and_bound(
    committed_cast, environment_of, superuser, kind
):
    Office(committed_cast.actor("koordinator")).fill(12)
    run_rotation(environment_of("rotator"), kind, "--municipality", "1495")
    noted = superuser.execute(
        "SELECT count(*) > 0 FROM audit.change WHERE db_user = 'sspf_rotator' AND operation = 'U'"
    )
    assert noted.fetchone() == (True,)
    assert faults(check_changes) == []
    assert faults(check_cells) == []


def test_triggers_that_are_disabled_or_gone_are_named(superuser):
    superuser.execute("ALTER TABLE cases_person DISABLE TRIGGER noted")
    superuser.execute("ALTER TABLE cases_case ENABLE TRIGGER noted")
    superuser.execute("DROP TRIGGER noted ON cases_release")
    found = faults(check_cells)
    assert [fault.kind for fault in found] == ["unwatched"] * 3
    assert [fault.text.partition(":")[0] for fault in found] == [
        "cases_case",
        "cases_person",
        "cases_release",
    ]


# ---------------------------------------------------------------------------------- rows and their cells


def test_every_sealed_column_of_every_table_is_held(committed_cast, superuser):
    """One bit of each token of one row of each table: each is named by table, row and column."""
    case, _summary = steps.released(committed_cast)
    talk_steps.held(committed_cast.client("koordinator"), case)
    tamper = disarm(superuser)
    changed = set()
    # A table whose columns have changed is watched in more than one shape.
    watched = tamper(
        "SELECT table_name, array_agg(DISTINCT name) FROM audit.watched, unnest(sealed) AS name GROUP BY 1"
    )
    for table, sealed in watched.fetchall():
        row = tamper(f"SELECT id FROM {table} LIMIT 1").fetchone()
        for column in sealed if row else ():
            place = f"{table} row {row[0]}, {column}"
            done = tamper(
                f"UPDATE {table} SET {column} = set_bit({column}, 200, 1 - get_bit({column}, 200))"
                f" WHERE id = %s AND {column} IS NOT NULL RETURNING 1",
                [row[0]],
            )
            if done.fetchone():
                changed.add(place)
    assert len(changed) > 30
    found = [fault for fault in without_triggers(faults(check_cells)) if fault.kind == "cell"]
    assert {fault.text.partition(":")[0] for fault in found} == changed


def test_every_other_column_of_every_table_is_held(committed_cast, superuser):
    steps.released(committed_cast)
    disarm(superuser)
    for table, plain in superuser.execute("SELECT table_name, plain FROM audit.watched").fetchall():
        row = superuser.execute(f"SELECT id FROM {table} LIMIT 1").fetchone()
        for column in [name for name in plain if row and name != "id"]:
            (kind,) = superuser.execute(
                "SELECT atttypid::regtype::text FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attname = %s",
                [table, column],
            ).fetchone()
            with superuser.transaction(force_rollback=True):
                superuser.execute(
                    f'UPDATE {table} SET "{column}" = {OTHER[kind].format(column)} WHERE id = %s',
                    row,
                )
                before = superuser.execute(NOTED_REST, row).fetchone()
                names = ", ".join(f'"{name}"' for name in plain)
                (now,) = superuser.execute(
                    f"SELECT record_send(ROW({names})) FROM {table} WHERE id = %s", row
                ).fetchone()
                assert sha256(now).digest() != before[0], (table, column)


NOTED_REST = "SELECT rest FROM audit.change WHERE row_id = %s ORDER BY n DESC LIMIT 1"
OTHER = {
    "uuid": "gen_random_uuid()",
    "date": "DATE '1999-01-01'",
    "timestamp with time zone": "TIMESTAMPTZ '1999-01-01'",
    "boolean": "NOT coalesce({}, false)",
    "character varying": "'x'",
    "integer": "77",
    "smallint": "77",
    "bigint": "77",
    "bytea": "'\\x77'",
}


def test_a_cell_set_to_null_or_to_another_rows_value_is_named(committed_cast, tamper, person):
    tamper("ALTER TABLE cases_person ALTER COLUMN birth_date DROP NOT NULL")
    tamper("UPDATE cases_person SET birth_date = NULL WHERE id = %s", [person.id])
    tamper(
        "UPDATE cases_person p SET name = o.name FROM cases_person o WHERE p.id = %s AND o.id <> p.id",
        [person.id],
    )
    found = without_triggers(faults(check_cells))
    assert [(fault.kind, fault.text.partition(":")[0]) for fault in found] == [
        ("cell", f"cases_person row {person.id}, name"),
        ("cell", f"cases_person row {person.id}, birth_date"),
    ]


def test_an_older_token_put_back_into_its_own_cell_is_known_as_one(
    committed_cast, superuser, tamper, person
):
    """The seal opens: only the note of what came after tells."""
    (older,) = superuser.execute(
        "SELECT name FROM cases_person WHERE id = %s", [person.id]
    ).fetchone()
    superuser.execute("ALTER TABLE cases_person ENABLE ALWAYS TRIGGER noted")
    with work(committed_cast.actor("koordinator")):
        key = data_key(
            municipality_id=person.municipality_id,
            agency_id=person.agency_id,
            scope=Scope.PERSON,
            scope_id=person.id,
        )
        person.name = seal("Person Två", key=key, field="cases.person.name", row_id=person.id)
        person.save(update_fields=["name"])
        record("write", object_type="cases.person", object_id=person.id)
    assert without_triggers(faults(check_cells)) == []
    tamper("ALTER TABLE cases_person DISABLE TRIGGER noted")
    tamper("UPDATE cases_person SET name = %s WHERE id = %s", [older, person.id])
    found = without_triggers(faults(check_cells))
    assert [fault.kind for fault in found] == ["cell", "replay"]
    (first,) = superuser.execute(
        "SELECT min(n) FROM audit.change WHERE row_id = %s", [person.id]
    ).fetchone()
    assert f"cases_person row {person.id}, name: the older value of note {first}" in found[1].text


def test_an_assignment_made_longer_past_the_triggers_is_named(committed_cast, superuser, tamper):
    membership = committed_cast.membership("koordinator")
    tamper("UPDATE access_membership SET role = 'manager' WHERE id = %s", [membership.id])
    (fault,) = without_triggers(faults(check_cells))
    assert fault.kind == "row"
    assert f"access_membership row {membership.id}" in fault.text
    tamper("UPDATE access_membership SET role = 'coordinator' WHERE id = %s", [membership.id])
    assert without_triggers(faults(check_cells)) == []


def test_a_row_inserted_deleted_or_put_back_past_the_triggers_is_named(
    committed_cast, superuser, tamper, person
):
    strange = uuid4()
    tamper(
        "INSERT INTO cases_person SELECT (jsonb_populate_record(p, jsonb_build_object('id', %s::uuid))).*"
        " FROM cases_person p WHERE id = %s",
        [strange, person.id],
    )
    tamper("DELETE FROM cases_person WHERE id = %s", [person.id])
    found = {fault.text for fault in without_triggers(faults(check_cells))}
    assert found == {
        f"cases_person row {strange} is in the table, and no note tells of it: it was inserted past the triggers",
        f"cases_person row {person.id} is gone, and no note tells of it: it was deleted past the triggers",
    }


def test_a_deleted_row_that_is_put_back_past_the_triggers_is_named(tamper, person):
    tamper("CREATE TABLE kept AS SELECT * FROM cases_person WHERE id = %s", [person.id])
    tamper("ALTER TABLE cases_person ENABLE ALWAYS TRIGGER noted")
    tamper("DELETE FROM cases_person WHERE id = %s", [person.id])
    assert without_triggers(faults(check_cells)) == []
    tamper("ALTER TABLE cases_person DISABLE TRIGGER noted")
    tamper("INSERT INTO cases_person SELECT * FROM kept")
    (fault,) = without_triggers(faults(check_cells))
    assert fault.text.startswith(
        f"cases_person row {person.id} was deleted, and is in the table again"
    )


def test_a_list_of_watched_columns_that_was_rewritten_is_named(tamper, person):
    """The shadow column: the old values are kept beside, and the list is made to point there."""
    tamper("ALTER TABLE cases_person ADD COLUMN before varchar(20)")
    tamper("UPDATE cases_person SET before = protection")
    tamper("UPDATE cases_person SET protection = 'marked' WHERE id = %s", [person.id])
    tamper(
        "UPDATE audit.watched SET plain = array_replace(plain, 'protection', 'before')"
        " WHERE table_name = 'cases_person'"
    )
    texts = [fault.text for fault in faults(check_cells)]
    assert "cases_person: the list of its watched columns has been rewritten" in texts


def test_a_table_no_longer_listed_or_a_column_no_longer_there_is_named(tamper, person):
    tamper("DELETE FROM audit.watched WHERE table_name = 'cases_person'")
    tamper("ALTER TABLE access_membership DROP COLUMN role")
    texts = [fault.text for fault in faults(check_cells)]
    assert [text for text in texts if "not among the watched" in text]
    assert "access_membership: has lost what was watched (role)" in texts


def test_a_column_that_came_later_is_held_from_then_on(committed_cast, superuser, person):
    """Until what is there has been noted anew, the rows whose notes say nothing of it are named."""
    (plain,) = superuser.execute(
        "SELECT plain FROM audit.watched WHERE table_name = 'cases_person'"
    ).fetchone()
    superuser.execute("ALTER TABLE cases_person ADD COLUMN later int")
    watching = watch_table("cases_person", sealed=["name", "birth_date"], plain=[*plain, "later"])
    with as_role("owner"), connection.schema_editor() as editor:
        watching.database_forwards("cases", editor, None, None)
    with work(committed_cast.actor("koordinator")) as mine:
        younger = somebody(mine.actor)
    found = faults(check_cells)
    assert {fault.kind for fault in found} == {"unwatched"}
    assert f"row {person.id}: the last note of it says nothing of later" in str(found)
    assert f"row {younger.id}" not in str(found)
    with as_role("owner"), connection.schema_editor() as editor:
        note_what_is_there("cases_person").code(None, editor)  # type: ignore[arg-type]
    assert faults(check_cells) == []
    superuser.execute("ALTER TABLE cases_person DISABLE TRIGGER noted")
    superuser.execute("UPDATE cases_person SET later = 1 WHERE id = %s", [younger.id])
    (fault,) = without_triggers(faults(check_cells))
    assert f"row {younger.id}" in fault.text


def test_what_was_there_is_noted_and_bound_when_the_watching_begins(superuser, person):
    tables = ("cases_person", "access_membership")
    for table in ("audit.change", *tables):
        superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    superuser.execute("DELETE FROM audit.change")
    assert {fault.kind for fault in without_triggers(faults(check_cells))} == {"row"}
    for table in tables:
        superuser.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
        superuser.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER noted")
    with as_role("owner"), connection.schema_editor() as editor:
        note_what_is_there(*tables).code(None, editor)  # type: ignore[arg-type]
    assert faults(check_cells) == []
    # What the removed notes were bound to is still told of; what was there now is bound.
    assert set(kinds(check_changes)) == {"unnoted"}
    rows = superuser.execute(
        "SELECT action FROM audit.event JOIN audit.change USING (request_id) GROUP BY 1"
    )
    assert rows.fetchall() == [("watch.begin",)]
    forced = superuser.execute(
        "SELECT relforcerowsecurity FROM pg_class WHERE oid = 'cases_person'::regclass"
    )
    assert forced.fetchone() == (True,)


# ------------------------------------------------------------------------------------------ the notes


def test_a_change_with_triggers_on_but_past_the_application_is_named(superuser, person):
    superuser.execute("UPDATE cases_person SET protection = 'marked' WHERE id = %s", [person.id])
    (fault,) = faults(check_changes)
    assert fault.kind == "unattributed"
    assert f"cases_person row {person.id} changed" in fault.text
    assert "by postgres" in fault.text
    assert faults(check_cells) == []


def test_a_request_whose_changes_no_event_binds_is_named(superuser, person):
    request = uuid4()
    with superuser.transaction():
        superuser.execute("SELECT set_config('sspf.request', %s, true)", [str(request)])
        superuser.execute(
            "UPDATE cases_person SET protection = 'marked' WHERE id = %s", [person.id]
        )
    (fault,) = faults(check_changes)
    assert (fault.kind, str(request) in fault.text) == ("unbound", True)


def test_a_change_smuggled_into_another_request_is_named(superuser, person):
    """Whoever holds the web's password may claim any request: its event then binds other notes."""
    (request,) = superuser.execute(
        "SELECT request_id FROM audit.change WHERE row_id = %s", [person.id]
    ).fetchone()
    with superuser.transaction():
        superuser.execute("SELECT set_config('sspf.request', %s, true)", [str(request)])
        superuser.execute(
            "UPDATE cases_person SET protection = 'marked' WHERE id = %s", [person.id]
        )
    (fault,) = faults(check_changes)
    assert (fault.kind, str(request) in fault.text) == ("digest", True)


CHANGES = {
    "n": "n + 100000",
    "municipality_id": "gen_random_uuid()",
    "request_id": "NULL",
    "at": "at + interval '1 microsecond'",
    "db_user": "'sspf_worker'",
    "operation": "'U'",
    "shape": "(SELECT shape FROM audit.watched WHERE table_name = 'cases_followup')",
    "row_id": "gen_random_uuid()",
    "cells": "ARRAY[cells[2], cells[1]]",
    "rest": "sha256('')",
    "leaf": "sha256('')",
    "erased_by": "n",
}


def test_every_column_of_a_note_is_hashed_or_on_the_list(superuser):
    columns = [
        name
        for (name,) in superuser.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'audit'"
            " AND table_name = 'change' ORDER BY ordinal_position"
        ).fetchall()
    ]
    assert columns == [*NOTED, "leaf", "erased_by"]
    assert {"leaf", "erased_by"} == NOTE_NOT_HASHED
    assert set(CHANGES) == set(columns)


@pytest.fixture
def bare(tamper: Tamper) -> Tamper:
    """No constraint of the table is in the way either."""
    for column in (*NOTED[1:], "leaf"):
        tamper(f"ALTER TABLE audit.change ALTER COLUMN {column} DROP NOT NULL")
    for (name,) in tamper(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'audit.change'::regclass AND contype = 'c'"
    ).fetchall():
        tamper(f"ALTER TABLE audit.change DROP CONSTRAINT {name}")
    return tamper


def test_every_column_of_a_note_by_itself(committed_cast, bare, person):
    """Another value, and NULL; each in turn, put right again afterwards."""
    (n,) = bare("SELECT max(n) FROM audit.change WHERE row_id = %s", [person.id]).fetchone()
    bare("CREATE TABLE kept AS SELECT * FROM audit.change")
    for column, other in CHANGES.items():
        for value in (other,) if column in ("n", "erased_by") else (other, "NULL"):
            bare(f"UPDATE audit.change SET {column} = {value} WHERE n = %s", [n])
            found = kinds(check_changes)
            assert found, (column, value)
            assert set(found) <= {"note", "digest", "unattributed", "unnoted", "unbound", "blank"}
            bare("DELETE FROM audit.change")
            bare("INSERT INTO audit.change SELECT * FROM kept")
            assert kinds(check_changes) == []


def test_a_note_rewritten_with_its_leaf_is_named(bare, person):
    bare(
        "UPDATE audit.change SET db_user = 'x', leaf = sha256(record_send(ROW(n, municipality_id, request_id, at,"
        " 'x'::text, operation, shape, row_id, cells, rest))) WHERE row_id = %s",
        [person.id],
    )
    assert kinds(check_changes) == ["digest"]


DOUBLED = """
    INSERT INTO audit.change
    SELECT (jsonb_populate_record(c, jsonb_build_object('n', 99999))).* FROM audit.change c WHERE n = {}
"""


def test_notes_removed_exchanged_or_doubled_are_named(committed_cast, bare, person):
    (request, first, last) = bare(
        "SELECT request_id, min(n), max(n) FROM audit.change WHERE request_id = "
        "(SELECT request_id FROM audit.change WHERE row_id = %s) GROUP BY 1",
        [person.id],
    ).fetchone()
    bare("CREATE TABLE kept AS SELECT * FROM audit.change")
    for statement, expected in (
        (f"DELETE FROM audit.change WHERE n = {last}", {"digest"}),
        (f"DELETE FROM audit.change WHERE request_id = '{request}'", {"unnoted"}),
        ("DELETE FROM audit.change", {"unnoted"}),
        (
            f"UPDATE audit.change SET n = CASE n WHEN {first} THEN {last} + 1000 ELSE n END",
            {"note", "digest"},
        ),
        (DOUBLED.format(last), {"note", "digest"}),
    ):
        bare(statement)
        assert set(kinds(check_changes)) == expected, statement
        bare("DELETE FROM audit.change")
        bare("INSERT INTO audit.change SELECT * FROM kept")


def test_two_events_that_claim_the_same_request_are_named(committed_cast, bare, person):
    bare(
        "INSERT INTO audit.event SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid()))).*"
        " FROM audit.event e WHERE request_id = (SELECT request_id FROM audit.change WHERE row_id = %s)",
        [person.id],
    )
    (fault,) = faults(check_changes)
    assert "2 events claim" in fault.text


# ---------------------------------------------------------------------------------------- the command


def run(command: str, role: str = "backup") -> subprocess.CompletedProcess[str]:
    settings = connection.settings_dict
    database = make_conninfo(
        host=settings["HOST"],
        port=settings["PORT"],
        dbname=settings["NAME"],
        user=f"sspf_{role}",
        password=local.ensure().passwords[role],
    )
    return subprocess.run(
        [sys.executable, auditctl.__file__, command, "--database", database],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_the_commands_say_what_they_saw_and_exit_as_promised(superuser, person):
    for command, said in (("changes", "row changes noted: "), ("cells", "rows compared: ")):
        done = run(command)
        assert done.stdout.startswith(said)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "OK")
    superuser.execute("UPDATE cases_person SET protection = 'marked'")
    superuser.execute("ALTER TABLE cases_person DISABLE TRIGGER noted")
    superuser.execute("UPDATE cases_person SET protection = 'none' WHERE id = %s", [person.id])
    for command in ("changes", "cells"):
        done = run(command)
        assert str(person.id) in done.stdout
        assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "FAULTS")
    for role in ("web", "worker"):
        assert [run(command, role).returncode for command in ("changes", "cells")] == [2, 2]
    # The sequencer reads the log, and no content.
    assert [run(command, "sequencer").returncode for command in ("changes", "cells")] == [1, 2]
