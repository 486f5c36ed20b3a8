"""One tick: claim and deliver, once each, to the right person, whoever else ticks at the same time."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from threading import Barrier, Thread
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

from access.models import Membership, Unit
from access.request_transaction import work
from reminders import claim, engine
from reminders.claim import claim_due
from reminders.delivery import deliver
from reminders.models import Deadline, Notice, Reminder
from reminders.moving import MOVED_STAGE
from reminders.services import finish
from tests.cast import Cast
from tests.reminders.conftest import MailServer, Owing, at, put_notice, reminder_of

AsWorker = Callable[[], AbstractContextManager[None]]
DUE = date(2027, 1, 20)  # a Wednesday
DUE_MORNING = at(2027, 1, 20, 8, 0)


def notices(owing: Owing) -> list[tuple[str, object]]:
    with work(owing.actor):
        return [(n.text, n.membership_id) for n in Notice.objects.order_by("created_at")]


def test_a_reminder_comes_to_the_inbox_of_the_responsible_person_once(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    deadline = owing.deadline(DUE)
    with as_worker():
        assert engine.tick(at(2027, 1, 13, 7, 59)) == {}
        assert engine.tick(at(2027, 1, 13, 8, 0)) == {"delivered": 1}
        assert engine.tick(at(2027, 1, 13, 8, 1)) == {}
    assert notices(owing) == [("due_soon", owing.actor.membership_id)]
    assert owing.statuses(deadline)[-7] == "sent"


def ticks_at_once(as_worker: AsWorker) -> None:
    """Three threads at the same moment, each as the worker; afterwards nothing is left for that moment."""
    together, faults = Barrier(3, timeout=60), list[BaseException]()

    def run() -> None:
        try:
            together.wait(timeout=20)
            engine.tick(DUE_MORNING)
        except BaseException as fault:  # noqa: BLE001  told in the test's own thread
            faults.append(fault)
        finally:
            connection.close()

    with as_worker():
        threads = [Thread(target=run, daemon=True) for _number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert engine.tick(DUE_MORNING) == {}
        # Those that saw another one just sending have looked again by then.
        engine.tick(DUE_MORNING + timedelta(minutes=1))
    assert faults == []


def test_two_ticks_at_once_deliver_each_reminder_once(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    for colleague in owing.colleagues(12):
        owing.deadline(DUE, kind="task_due", responsible=colleague)
    ticks_at_once(as_worker)
    assert len(notices(owing)) == 12
    ids = [mail["Message-ID"] for mail in mail_server.mails]
    assert len(ids) == len(set(ids)) == 12


def test_two_ticks_at_once_write_to_one_person_once(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    """All of them in one minute: one mail has said it, and no reminder is left."""
    for _number in range(12):
        owing.deadline(DUE, kind="task_due")
    ticks_at_once(as_worker)
    assert len(notices(owing)) == 12
    assert len(mail_server.mails) == 1
    with work(owing.actor):
        due = Reminder.objects.filter(channel="mail", fire_at=DUE_MORNING)
        assert list(due.values_list("status", flat=True)) == ["sent"] * 12


def test_after_an_outage_only_the_highest_stage_is_sent(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    deadline = owing.deadline(DUE)
    with as_worker():
        engine.tick(at(2027, 1, 25, 9, 0))
    assert owing.statuses(deadline) == {
        -7: "superseded",
        -1: "superseded",
        0: "superseded",
        3: "sent",
        7: "pending",
        14: "pending",
    }
    assert len(mail_server.mails) == 1


def test_the_inbox_holds_one_notice_about_one_thing_and_it_says_how_things_stand(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    owing.deadline(DUE, kind="task_due")

    def waiting() -> list[str]:
        with work(owing.actor):
            return list(Notice.objects.filter(done_at=None).values_list("text", flat=True))

    with as_worker():
        engine.tick(at(2027, 1, 17, 9, 0))
        assert waiting() == ["due_soon"]
        engine.tick(at(2027, 1, 21, 9, 0))  # a day late, after an outage
        assert waiting() == ["late"]


def test_when_it_is_done_nothing_more_comes(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    deadline = owing.deadline(DUE)
    with as_worker():
        engine.tick(at(2027, 1, 13, 8, 0))
    with work(owing.actor):
        finish(kind="follow_up_due", subject_id=deadline.subject_id)
        assert not Notice.objects.filter(done_at=None).exists()
    with as_worker():
        assert engine.tick(at(2027, 3, 1, 9, 0)) == {}
    assert mail_server.mails == []


def test_what_is_done_between_claim_and_delivery_is_not_delivered(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer
) -> None:
    deadline = owing.deadline(DUE)
    with as_worker(), work(owing.actor):
        batch = claim_due(now=DUE_MORNING)
    assert len(batch) == 2
    with work(owing.actor):
        finish(kind="follow_up_due", subject_id=deadline.subject_id)
    with as_worker():
        assert [deliver(c, actor=owing.actor, now=DUE_MORNING) for c in batch] == [None, None]
    assert notices(owing) == []
    assert mail_server.mails == []


@pytest.mark.parametrize("change", ["state = 'done', closed_at = now()", "version = 2"])
def test_a_deadline_closed_or_moved_past_the_services_is_not_delivered_either(
    owing: Owing,
    as_worker: AsWorker,
    mail_server: MailServer,
    superuser: psycopg.Connection,
    change: str,
) -> None:
    owing.deadline(DUE, kind="task_due")
    superuser.execute(f"UPDATE reminders_deadline SET {change}")
    with as_worker():
        assert engine.tick(DUE_MORNING) == {}
    with work(owing.actor):
        due = Reminder.objects.filter(stage=0).values_list("status", flat=True)
        assert list(due) == ["cancelled", "cancelled"]
    assert mail_server.mails == []


def test_what_another_worker_holds_is_passed_over_without_waiting(
    owing: Owing, as_worker: AsWorker, superuser: psycopg.Connection
) -> None:
    owing.deadline(DUE)
    free = owing.deadline(DUE)
    with superuser.transaction():
        superuser.execute(
            "SELECT 1 FROM reminders_reminder WHERE deadline_id <> %s FOR UPDATE", [free.pk]
        )
        with as_worker(), work(owing.actor):
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
            batch = {claimed.reminder_id for claimed in claim_due(now=DUE_MORNING)}
            assert batch == set(
                Reminder.objects.filter(deadline=free, status="claimed").values_list(
                    "id", flat=True
                )
            )
            assert len(batch) == 2


def test_a_worker_that_slept_past_its_lease_delivers_nothing(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, superuser: psycopg.Connection
) -> None:
    owing.deadline(DUE)
    with as_worker():
        with work(owing.actor):
            asleep = claim_due(now=DUE_MORNING)
        superuser.execute("UPDATE reminders_reminder SET lease_until = now() - interval '1 s'")
        with work(owing.actor):
            awake = claim_due(now=DUE_MORNING)
        assert {c.reminder_id for c in asleep} == {c.reminder_id for c in awake}
        assert [deliver(c, actor=owing.actor, now=DUE_MORNING) for c in asleep] == [None, None]
        done = sorted(str(deliver(c, actor=owing.actor, now=DUE_MORNING)) for c in awake)
    assert done == ["accepted", "delivered"]
    assert len(notices(owing)) == 1
    assert len(mail_server.mails) == 1


def test_a_claim_that_runs_out_is_taken_again_by_the_next_tick(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, superuser: psycopg.Connection
) -> None:
    owing.deadline(DUE)
    with as_worker():
        with work(owing.actor):
            claim_due(now=DUE_MORNING)
        assert engine.tick(DUE_MORNING) == {}
        superuser.execute("UPDATE reminders_reminder SET lease_until = now() - interval '1 s'")
        assert engine.tick(DUE_MORNING) == {"delivered": 1, "accepted": 1}


def test_each_delivery_is_in_the_log_with_metadata_only(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, superuser: psycopg.Connection
) -> None:
    owing.deadline(DUE)
    with as_worker():
        engine.tick(DUE_MORNING)
    events = superuser.execute(
        "SELECT actor_name, actor_role, basis, case_number, outcome FROM audit.event"
        " WHERE action = 'reminder.sent' ORDER BY basis"
    ).fetchall()
    assert events == [
        ("Påminnelser", "system", "inapp", "S-7F3K-2M", "done"),
        ("Påminnelser", "system", "mail", "S-7F3K-2M", "done"),
    ]


def test_the_manager_of_the_unit_is_told_after_fourteen_days_in_the_inbox_only(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, committed_cast: Cast
) -> None:
    owing.deadline(DUE)
    with as_worker():
        engine.tick(at(2027, 2, 3, 9, 0))
    manager = committed_cast.actor("chef").membership_id
    assert ("late_in_unit", manager) in notices(owing)
    assert mail_server.receivers == ["koordinator@sspf.example"]


def test_the_reminder_of_one_who_has_left_goes_to_the_coordinator_and_to_the_units_mailbox(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, committed_cast: Cast
) -> None:
    worker = committed_cast.membership("socialsekreterare-utanfor")
    owing.deadline(DUE, responsible=worker.id)
    Unit.objects.filter(pk=worker.unit_id).update(mailbox="ekonomi@sspf.example")
    Membership.objects.filter(pk=worker.id).update(ends_on=date(2027, 1, 1))
    with as_worker():
        engine.tick(DUE_MORNING)
    coordinator = committed_cast.actor("koordinator").membership_id
    assert notices(owing) == [("due_today", coordinator)]
    assert mail_server.receivers == ["ekonomi@sspf.example"]


def test_without_a_mailbox_the_mail_goes_to_the_one_who_stands_in(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, committed_cast: Cast
) -> None:
    worker = committed_cast.membership("socialsekreterare")
    owing.deadline(DUE, responsible=worker.id)
    type(worker.user).objects.filter(pk=worker.user_id).update(is_active=False)
    with as_worker():
        engine.tick(DUE_MORNING)
    assert mail_server.receivers == ["koordinator@sspf.example"]


def test_when_nobody_is_left_it_is_dead_and_an_alarm_says_so_without_content(
    owing: Owing,
    as_worker: AsWorker,
    mail_server: MailServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    deadline = owing.deadline(DUE)
    Membership.objects.filter(agency_id=owing.actor.agency_id).update(ends_on=date(2027, 1, 1))
    with as_worker():
        assert engine.tick(DUE_MORNING) == {"nobody": 2}
    assert owing.statuses(deadline)[0] == "dead"
    alarms = [r.getMessage() for r in caplog.records if r.name == "reminders"]
    assert len(alarms) == 2
    assert all("nobody in the agency" in alarm for alarm in alarms)
    assert not any("S-7F3K-2M" in alarm or "follow_up" in alarm for alarm in alarms)


def test_one_delivery_that_fails_does_not_hold_up_the_others(
    owing: Owing, as_worker: AsWorker, mail_server: MailServer, superuser: psycopg.Connection
) -> None:
    broken = owing.deadline(DUE, kind="task_due")
    owing.deadline(DUE, kind="task_due", subject_id=uuid4())
    # A notice that is there already makes this delivery break in the database.
    with work(owing.actor):
        put_notice(broken, owing.actor, reminder_id=reminder_of(broken))
    with as_worker():
        assert engine.tick(DUE_MORNING) == {"failed": 1, "delivered": 1, "accepted": 1, "joined": 1}
    assert len(notices(owing)) == 2
    with work(owing.actor):
        assert Deadline.objects.filter(state="open").count() == 2


def test_a_claim_that_ran_out_leaves_a_mail_unknown_and_a_notice_as_it_was(
    owing: Owing, as_worker: AsWorker, superuser: psycopg.Connection
) -> None:
    """A mail may have gone; a notice is made together with its row's state, so there is none."""
    deadline = owing.deadline(DUE, kind="task_due")

    def statuses() -> dict[str, set[str]]:
        with work(owing.actor):
            rows = Reminder.objects.filter(deadline=deadline)
            found = list(rows.values_list("channel", "status"))
        return {way: {one for of, one in found if of == way} for way in ("inapp", "mail")}

    held = "UPDATE reminders_reminder SET status = 'claimed', claim = gen_random_uuid(), lease_until = now() + interval %s"  # fmt: skip
    for lease, expected in (
        ("20 s", {"inapp": {"claimed"}, "mail": {"claimed"}}),
        ("-1 s", {"inapp": {"pending"}, "mail": {"unknown"}}),
    ):
        superuser.execute(held.replace("%s", f"'{lease}'"))
        with as_worker(), work(owing.actor):
            # Before anything is due, so that nothing is claimed anew.
            assert claim_due(now=at(2027, 1, 1, 8, 0)) == []
        assert statuses() == expected


@pytest.mark.parametrize("name", ["_EXPIRE", "_SUPERSEDE", "_POSTPONE"])
def test_what_is_to_be_changed_is_sought_once_and_not_for_every_row(
    owing: Owing, as_worker: AsWorker, name: str
) -> None:
    """A look that locks rows cannot be hashed: within IN (…) the plan may begin it anew for each."""
    with as_worker(), work(owing.actor), connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN (COSTS OFF) " + getattr(claim, name),
            {"now": DUE_MORNING, "opens": DUE_MORNING, "moved": MOVED_STAGE},
        )
        plan = [line for (line,) in cursor.fetchall()]
    locks = [number for number, line in enumerate(plan) if "LockRows" in line]
    made = next(number for number, line in enumerate(plan) if line.strip().startswith("CTE "))
    assert locks == [made + 1]
