"""The database's own lines: whose rows are seen, what the worker may ask across partitions, what is append-only."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import psycopg
import pytest
from django.db import DatabaseError, connection

from access.request_transaction import work
from reminders import engine
from reminders.models import Attempt, Deadline, Notice, Reminder
from reminders.waiting import open_notices
from tests.cast import Cast
from tests.reminders.conftest import MailServer, Owing, at, put_notice, reminder_of

AsWorker = Callable[[], AbstractContextManager[None]]
DUE = date(2027, 1, 20)
DUE_MORNING = at(2027, 1, 20, 8, 0)


@pytest.mark.parametrize("model", [Deadline, Reminder, Notice, Attempt])
def test_another_agency_sees_nothing_of_it(
    owing: Owing,
    as_worker: AsWorker,
    mail_server: MailServer,
    committed_cast: Cast,
    model: type[Deadline],
) -> None:
    owing.deadline(DUE)
    with as_worker():
        engine.tick(DUE_MORNING)
    with work(owing.actor):
        assert model.objects.exists()
    for who in ("larare", "polis", "gotene-koordinator"):
        with work(committed_cast.actor(who)):
            assert not model.objects.exists()


@pytest.mark.parametrize("model", [Deadline, Reminder, Notice, Attempt])
def test_without_a_partition_every_table_is_an_error(
    owing: Owing, model: type[Deadline], as_worker: AsWorker
) -> None:
    owing.deadline(DUE)
    with pytest.raises(DatabaseError):
        list(model.objects.all())
    with as_worker(), pytest.raises(DatabaseError):
        list(model.objects.all())


def test_the_worker_learns_which_partitions_have_work_and_nothing_else(
    owing: Owing, as_worker: AsWorker, committed_cast: Cast
) -> None:
    owing.deadline(DUE)
    elsewhere = Owing(committed_cast.actor("gotene-koordinator"))
    elsewhere.deadline(date(2027, 3, 1))
    here = (owing.actor.municipality_id, owing.actor.agency_id)
    there = (elsewhere.actor.municipality_id, elsewhere.actor.agency_id)
    with as_worker():
        assert engine.due_partitions(at(2027, 1, 13, 7, 59)) == []
        assert engine.due_partitions(at(2027, 1, 13, 8, 0)) == [here]
        assert set(engine.due_partitions(at(2027, 3, 1, 8, 0))) == {here, there}


def test_the_web_role_may_not_ask_across_partitions(committed_cast: Cast) -> None:
    with pytest.raises(DatabaseError, match="permission denied"):
        engine.due_partitions(DUE_MORNING)


def test_a_reminder_in_two_municipalities_is_delivered_in_each(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, committed_cast: Cast
) -> None:
    elsewhere = Owing(committed_cast.actor("gotene-koordinator"))
    owing.deadline(DUE)
    elsewhere.deadline(DUE)
    with as_worker():
        engine.tick(DUE_MORNING)
    for one in (owing, elsewhere):
        with work(one.actor):
            assert [n.membership_id for n in Notice.objects.all()] == [one.actor.membership_id]


def test_what_waits_in_the_other_membership_is_a_number_for_its_owner_alone(
    as_worker: AsWorker, mail_server: MailServer, committed_cast: Cast
) -> None:
    skara = committed_cast.actor("polis", code="1495")
    gotene = committed_cast.actor("polis", code="1471")
    Owing(gotene).deadline(DUE)
    Owing(gotene).deadline(DUE)
    with as_worker():
        engine.tick(DUE_MORNING)
    user = committed_cast.membership("polis").user
    with work(skara):
        assert open_notices(user) == {gotene.membership_id: 2}
    with work(committed_cast.actor("polis-utanfor")):
        assert open_notices(user) == {}


def test_a_try_cannot_be_changed_or_removed(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    owing.deadline(DUE)
    with as_worker():
        engine.tick(DUE_MORNING)
        for statement in (
            "UPDATE reminders_attempt SET outcome = 'started'",
            "DELETE FROM reminders_attempt",
            "TRUNCATE reminders_attempt",
        ):
            with (
                pytest.raises(DatabaseError, match="permission denied"),
                work(owing.actor),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)


def test_a_notice_cannot_point_into_another_partition(owing: Owing, committed_cast: Cast) -> None:
    deadline = owing.deadline(DUE)
    with work(owing.actor):
        reminder_id = reminder_of(deadline)
    teacher = committed_cast.actor("larare")

    def misplace() -> None:
        with work(teacher):
            put_notice(deadline, teacher, reminder_id=reminder_id)

    with pytest.raises(DatabaseError, match="same_place"):
        misplace()


def test_one_reminder_has_one_notice_whoever_tries(owing: Owing) -> None:
    deadline = owing.deadline(DUE)

    def notice() -> None:
        with work(owing.actor):
            put_notice(deadline, owing.actor, reminder_id=reminder_of(deadline))

    notice()
    with pytest.raises(DatabaseError, match="one_notice_per_reminder"):
        notice()


def test_an_idle_poll_reads_a_small_index(owing: Owing, superuser: psycopg.Connection) -> None:
    superuser.execute(
        "INSERT INTO reminders_deadline (id, municipality_id, agency_id, kind, subject_id, label, route,"
        " responsible_membership_id, unit_id, due_on, state, version, moves, created_at)"
        " SELECT gen_random_uuid(), %(m)s, %(a)s, 'task_due', gen_random_uuid(), '', 'case_detail',"
        " %(p)s, %(u)s, date '2030-01-01', 'open', 1, 0, now() FROM generate_series(1, 20000)",
        {
            "m": owing.actor.municipality_id,
            "a": owing.actor.agency_id,
            "p": owing.actor.membership_id,
            "u": owing.actor.unit_id,
        },
    )
    superuser.execute(
        "INSERT INTO reminders_reminder (id, municipality_id, agency_id, deadline_id, version, stage, channel,"
        " recipient, text, fire_at, any_hour, status, fence, attempts, next_at)"
        " SELECT gen_random_uuid(), municipality_id, agency_id, id, 1, 0, 'inapp', 'responsible', 'due_today',"
        " '2030-01-01', false, CASE WHEN random() < 0.5 THEN 'sent' ELSE 'pending' END, 0, 0, '2030-01-01'"
        " FROM reminders_deadline"
    )
    superuser.execute("ANALYZE reminders_reminder")
    plan = superuser.execute(
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT municipality_id FROM reminders_reminder"
        " WHERE status IN ('pending', 'unknown') AND next_at <= now()"
    ).fetchone()
    assert plan
    root = plan[0][0]["Plan"]
    assert root["Index Name"] == "reminders_waiting"
    assert root["Shared Hit Blocks"] + root["Shared Read Blocks"] < 10
