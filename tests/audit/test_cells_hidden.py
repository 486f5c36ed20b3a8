"""The owner of the server turns the verifier's eyes elsewhere: to a copy, a view, fewer columns, fewer rows, a shorter list."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from access.request_transaction import work
from audit import auditctl
from audit.auditctl import WATCHED, check_cells, check_changes, verify
from audit.change_sql import shape_of
from tests.audit.conftest import Log, connect
from tests.audit.row_steps import faults
from tests.audit.test_cells import disarm, without_triggers
from tests.conftest import committed  # noqa: F401  a database of its own for each test


def texts(found: list[auditctl.Fault]) -> list[str]:
    return [fault.text for fault in found]


def rows_of(found: list[auditctl.Fault]) -> list[auditctl.Fault]:
    return [fault for fault in without_triggers(found) if fault.kind != "hidden"]


def drop_keys(superuser: psycopg.Connection[Any], table: str) -> None:
    for (name,) in superuser.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('p', 'u')",
        [table],
    ).fetchall():
        superuser.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE")


def test_the_list_of_watched_tables_is_the_migrations(superuser):
    rows = superuser.execute("SELECT DISTINCT table_name FROM audit.watched")
    assert {table for (table,) in rows.fetchall()} == WATCHED


def test_a_copy_that_comes_first_in_the_search_path_is_not_taken_for_the_table(superuser, person):
    superuser.execute("CREATE SCHEMA sspf_backup")
    superuser.execute("CREATE TABLE sspf_backup.cases_person AS TABLE cases_person")
    superuser.execute(
        "CREATE TRIGGER noted AFTER INSERT ON sspf_backup.cases_person"
        " FOR EACH ROW EXECUTE FUNCTION audit.note_cases_person()"
    )
    superuser.execute("ALTER TABLE sspf_backup.cases_person ENABLE ALWAYS TRIGGER noted")
    superuser.execute("GRANT USAGE ON SCHEMA sspf_backup TO sspf_backup")
    superuser.execute("GRANT SELECT ON sspf_backup.cases_person TO sspf_backup")
    disarm(superuser)
    superuser.execute("UPDATE cases_person SET protection = 'marked' WHERE id = %s", [person.id])
    (fault,) = without_triggers(faults(check_cells))
    assert f"cases_person row {person.id}: at least one of" in fault.text


def test_a_view_in_the_place_of_a_table_is_named(superuser, person):
    superuser.execute("ALTER TABLE cases_person RENAME TO real_person")
    superuser.execute("CREATE VIEW cases_person AS SELECT * FROM real_person")
    superuser.execute("GRANT SELECT ON cases_person TO sspf_backup")
    assert [fault.kind for fault in faults(check_cells)] == ["hidden", "unwatched"]


@pytest.mark.parametrize(
    "policy",
    [
        "CREATE POLICY out_of_sight ON {} AS RESTRICTIVE FOR SELECT TO sspf_backup USING (false)",
        "CREATE POLICY out_of_sight ON {} AS RESTRICTIVE FOR ALL TO PUBLIC USING (false)",
    ],
)
@pytest.mark.parametrize("table", ["cases_person", "audit.change", "audit.event"])
def test_a_policy_that_hides_rows_is_named(superuser, person, tmp_path, table, policy):
    superuser.execute(policy.format(table))
    named = f"{table}: rows of it may be hidden from this user, by a policy or a view that was put there"
    found = [*faults(check_cells), *faults(check_changes)]
    with connect("backup") as own:
        for report in verify(own, tmp_path, bytes(32)):
            found += report.faults
    assert named in texts(found)


def test_a_policy_that_no_longer_shows_every_row_is_named(superuser, person):
    superuser.execute(
        f"ALTER POLICY all_of_it ON audit.change USING (row_id IS DISTINCT FROM '{person.id}')"
    )
    assert {fault.kind for fault in faults(check_changes)} == {"hidden", "digest"}


def test_notes_that_speak_of_fewer_columns_are_named(committed_cast, superuser):
    """The trigger is made to look at two columns; what is changed in the others then fits every note."""
    shape = shape_of("access_membership", [], ["id", "municipality_id"]).hex()
    superuser.execute(
        f"INSERT INTO audit.watched VALUES ('\\x{shape}', 'access_membership', '{{}}', '{{id,municipality_id}}')"
    )
    superuser.execute(
        f"""CREATE OR REPLACE FUNCTION audit.note_access_membership() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
                PERFORM audit.note('U', NEW.municipality_id, '\\x{shape}', NEW.id, ARRAY[]::bytea[],
                                   sha256(record_send(ROW(NEW.id, NEW.municipality_id))));
                RETURN NULL;
            END $$"""
    )
    membership = committed_cast.membership("koordinator")
    with work(committed_cast.actor("koordinator")):
        membership.save()
    (fault,) = faults(check_cells)
    left_out = "agency_id, ended_at, ends_on, home_id, role, starts_on, unit_id, user_id"
    assert (fault.kind, fault.text) == (
        "unwatched",
        f"access_membership row {membership.id}: the last note of it says nothing of {left_out}",
    )


def test_a_column_that_nobody_watches_is_named(superuser, person):
    superuser.execute("ALTER TABLE cases_release ADD COLUMN later int")
    assert texts(faults(check_cells)) == ["cases_release: nobody watches later"]


def test_a_table_taken_off_the_list_before_anything_was_noted_of_it_is_named(superuser):
    superuser.execute("ALTER TABLE audit.watched DISABLE TRIGGER ALL")
    superuser.execute("DELETE FROM audit.watched WHERE table_name = 'cases_assignment'")
    superuser.execute("DROP TRIGGER noted ON cases_assignment")
    assert texts(faults(check_cells)) == [
        "cases_assignment: is not among the watched tables, and was"
    ]


def test_a_row_that_is_there_twice_is_named(superuser, person):
    disarm(superuser)
    drop_keys(superuser, "cases_person")
    superuser.execute(
        "INSERT INTO cases_person SELECT * FROM cases_person WHERE id = %s", [person.id]
    )
    assert [(fault.kind, fault.text) for fault in rows_of(faults(check_cells))] == [
        ("twice", f"cases_person row {person.id} is in the table twice")
    ]
    assert rows_of(faults(check_cells, person.municipality_id)) != []
    assert rows_of(faults(check_cells, uuid4())) == []


def test_an_event_that_belongs_to_no_log_is_named(superuser, person, tmp_path):
    """Otherwise it could bind changes of rows, and stand in no tree."""
    log = Log(tmp_path / "checkpoints")
    log.grow(1)
    drop_keys(superuser, "audit.event")
    superuser.execute("ALTER TABLE audit.event ALTER COLUMN municipality_id DROP NOT NULL")
    superuser.execute("CREATE TABLE forged AS SELECT * FROM audit.event LIMIT 1")
    superuser.execute("UPDATE forged SET municipality_id = NULL, id = gen_random_uuid()")
    superuser.execute("INSERT INTO audit.event SELECT * FROM forged")
    with connect("backup") as own:
        reports = {one.municipality_id: one for one in verify(own, log.folder, bytes(32))}
    assert "there are events or numbers that belong to no log" in texts(reports[UUID(int=0)].faults)


@pytest.mark.parametrize(
    "when",
    [
        "UPDATE OR DELETE ON {} FOR EACH ROW",
        "INSERT OR UPDATE OF created_at OR DELETE ON {} FOR EACH ROW",
        "INSERT OR UPDATE OR DELETE ON {} FOR EACH ROW WHEN (current_user = 'sspf_web')",
        "INSERT OR UPDATE OR DELETE ON {} FOR EACH STATEMENT",
    ],
)
def test_a_trigger_that_does_not_look_at_every_change_is_named(superuser, when):
    function = "EXECUTE FUNCTION audit.note_cases_person()"
    superuser.execute("DROP TRIGGER noted ON cases_person")
    superuser.execute(f"CREATE TRIGGER noted AFTER {when.format('cases_person')} {function}")
    superuser.execute("ALTER TABLE cases_person ENABLE ALWAYS TRIGGER noted")
    assert texts(faults(check_cells)) == [
        "cases_person: the trigger that notes its changes is missing, disabled or not for every change"
    ]
