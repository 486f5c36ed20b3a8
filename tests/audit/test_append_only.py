"""Who may do what to the log's tables, by grants, row-level security and triggers."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import DataError, ProgrammingError, connection, transaction

from audit.event import PLATFORM
from audit.models import AuditEvent
from audit.record import write
from tests.audit.conftest import as_role, connect, enter

TABLES = (
    "event", "unsequenced", "sequence", "tree", "verification", "verification_request", "change", "watched"
)  # fmt: skip


def _partitions(superuser: psycopg.Connection[Any]) -> list[str]:
    rows = superuser.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit.event'::regclass"
    )
    return sorted(row[0] for row in rows)


def test_what_is_written_is_read_by_its_own_agency_only(log):
    (event,) = log.write()
    with transaction.atomic():
        enter(log.municipality_id, log.agency_id)
        assert AuditEvent.objects.get().id == event.id
        enter(log.municipality_id, uuid4())
        assert not AuditEvent.objects.exists()
        enter(uuid4(), log.agency_id)
        assert not AuditEvent.objects.exists()


def test_many_events_in_one_call_are_all_written(log):
    log.write(2_345)
    log.sequence()
    assert log.report().events == 2_345
    with transaction.atomic():
        write([])


def test_a_rollback_takes_event_and_queue_with_it(log, superuser):
    with transaction.atomic():
        enter(log.municipality_id, log.agency_id)
        write([log.event()])
        transaction.set_rollback(True)
    for table in ("event", "unsequenced"):
        counted = superuser.execute(
            f"SELECT count(*) FROM audit.{table} WHERE municipality_id = %s", [log.municipality_id]
        )
        assert counted.fetchone() == (0,)


def test_an_event_that_cannot_be_written_stops_the_work(log):
    event = log.event()
    with transaction.atomic():
        enter(log.municipality_id, log.agency_id)
        write([event])
        with pytest.raises(Exception, match="duplicate key"), transaction.atomic():
            write([event])
        with pytest.raises(DataError), transaction.atomic():
            write([log.event(actor_name="a\0b")])


def test_no_event_is_written_into_another_municipality(log):
    with transaction.atomic():
        enter(uuid4(), log.agency_id)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            write([log.event()])


def test_an_event_of_the_platform_can_always_be_written_inside_a_partition(log):
    for municipality_id in (PLATFORM, log.municipality_id):
        with transaction.atomic():
            enter(municipality_id, PLATFORM)
            write([log.event(municipality_id=PLATFORM, agency_id=PLATFORM, action="sign_in")])


@pytest.mark.parametrize("setting", ["empty", "unset"])
def test_without_a_partition_reading_and_writing_are_errors(log, setting):
    log.write()
    for work in (lambda: list(AuditEvent.objects.all()), lambda: write([log.event()])):
        connection.close()
        with transaction.atomic():
            if setting == "empty":
                enter("", "")
            with pytest.raises((DataError, ProgrammingError)), transaction.atomic():
                work()
    connection.close()
    with pytest.raises(ProgrammingError), transaction.atomic():
        write([log.event(municipality_id=PLATFORM, agency_id=PLATFORM)])


@pytest.mark.parametrize("role", ["web", "worker", "sequencer", "backup"])
@pytest.mark.parametrize("table", ["event", "sequence", "verification", "change"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit.{} SET municipality_id = municipality_id",
        "DELETE FROM audit.{}",
        "TRUNCATE audit.{}",
    ],
)
def test_nobody_may_change_delete_or_truncate(log, role, table, statement):
    log.grow()
    with connect(role) as own:
        # With a partition set: it must be the missing right that stops it.
        own.execute(
            "SELECT set_config('sspf.municipality', %s, true), set_config('sspf.agency', %s, true)",
            [str(log.municipality_id), str(log.agency_id)],
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            own.execute(statement.format(table))


@pytest.mark.parametrize("role", ["web", "worker"])
@pytest.mark.parametrize("table", ["unsequenced", "sequence", "tree", "verification_request"])
def test_the_application_cannot_read_the_queue_or_the_tree(log, role, table):
    with connect(role) as own, pytest.raises(psycopg.errors.InsufficientPrivilege):
        own.execute(f"SELECT * FROM audit.{table}")


@pytest.mark.parametrize("role", ["web", "worker", "sequencer"])
def test_nobody_reaches_a_partition_past_the_parent(log, superuser, role):
    for partition in _partitions(superuser):
        for statement in (f"SELECT * FROM {partition}", f"TRUNCATE {partition}"):
            with connect(role) as own, pytest.raises(psycopg.errors.InsufficientPrivilege):
                own.execute(statement)


def test_a_dump_reads_each_partition_whole_also_one_that_is_made_later(log, superuser):
    log.grow(2)
    superuser.execute("SELECT audit.make_partition((current_date + interval '6 months')::date)")
    with connect("backup") as own:
        for partition in _partitions(superuser):
            counted = f"SELECT count(*) FROM {partition}"
            assert own.execute(counted).fetchone() == superuser.execute(counted).fetchone()
            policies = "SELECT count(*) FROM pg_policy WHERE polrelid = %s::regclass"
            assert superuser.execute(policies, [partition]).fetchone() == (1,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege), own.transaction():
                own.execute(f"TRUNCATE {partition}")


def test_the_backup_role_reads_everything_and_writes_nothing(log):
    log.grow(2)
    with connect("backup") as own:
        for table in TABLES:
            own.execute(f"SELECT * FROM audit.{table}")
        assert own.execute(
            "SELECT count(*) FROM audit.event WHERE municipality_id = %s", [log.municipality_id]
        ).fetchone() == (2,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            own.execute("INSERT INTO audit.verification_request VALUES (gen_random_uuid())")


@pytest.mark.parametrize("replica", [False, True])
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET actor_name = 'x'", "DELETE FROM {}", "TRUNCATE {}"]
)
def test_triggers_stop_even_the_superuser_on_every_partition(log, superuser, statement, replica):
    log.write()
    log.write(occurred_at=datetime(2001, 1, 1, tzinfo=UTC))
    superuser.execute("SELECT audit.make_partition((current_date + interval '5 months')::date)")
    tables = ["audit.event", *_partitions(superuser)]
    assert len(tables) >= 6
    if replica:
        superuser.execute("SET session_replication_role = replica")
    refused = 0
    for table in tables:
        rows = superuser.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        if rows or statement.startswith("TRUNCATE"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                superuser.execute(statement.format(table))
            refused += 1
    assert refused >= 3


def test_a_partition_made_later_is_guarded_like_the_others(log, superuser):
    with as_role("sequencer"), connection.cursor() as cursor:
        cursor.execute("SELECT audit.make_partition((current_date + interval '8 months')::date)")
    tables = ["audit.event", "audit.change", "audit.watched", *_partitions(superuser)]
    assert len(tables) >= 8
    for table in tables:
        triggers = superuser.execute(
            "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal"
            " ORDER BY 1",
            [table],
        ).fetchall()
        assert triggers == [("append_only_rows", "A"), ("append_only_table", "A")], table
        forced = superuser.execute(
            "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = %s::regclass",
            [table],
        ).fetchone()
        assert forced == (True,), table
        may = superuser.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'sspf_%%' AND rolname <> 'sspf_owner'"
            " AND has_table_privilege(oid, %s, 'UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES')",
            [table],
        ).fetchall()
        assert may == [], table


def test_every_table_of_the_log_forces_row_level_security(log, superuser):
    rows = superuser.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'audit'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity)"
    ).fetchall()
    assert rows == [("sequencer_status",)]


def test_months_are_made_ahead_once_and_by_the_sequencer_only(log, superuser):
    with as_role("sequencer"), connection.cursor() as cursor:
        cursor.execute("SELECT audit.make_partition((current_date + interval '7 months')::date)")
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT audit.make_partition((current_date + interval '7 months')::date)")
        assert cursor.fetchone() == (False,)
    with connect("web") as own, pytest.raises(psycopg.errors.InsufficientPrivilege):
        own.execute("SELECT audit.make_partition(current_date)")
    with pytest.raises(psycopg.errors.RaiseException, match="so far"):
        superuser.execute("SELECT audit.make_partition('1999-01-01')")


def test_an_event_of_a_month_without_partition_is_kept_and_stays_where_it_is(log, superuser):
    far = datetime.now(UTC).replace(day=1) + (date(2026, 10, 1) - date(2026, 1, 1))
    log.write(occurred_at=far)
    log.sequence()
    superuser.execute("SELECT audit.make_partition(%s)", [far.date()])
    assert superuser.execute(
        "SELECT tableoid::regclass::text FROM audit.event WHERE municipality_id = %s",
        [log.municipality_id],
    ).fetchone() == ("audit.event_default",)
    assert log.report().faults == []


def test_the_model_refuses_what_the_database_would(log):
    with pytest.raises(TypeError):
        AuditEvent().save()
    with pytest.raises(TypeError):
        AuditEvent().delete()
    for name in ("create", "bulk_create", "bulk_update", "update"):
        with pytest.raises(TypeError):
            getattr(AuditEvent.objects, name)()
    with pytest.raises(TypeError):
        AuditEvent.objects.all().delete()
