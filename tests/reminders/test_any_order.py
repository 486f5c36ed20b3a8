"""Whatever happens in whatever order: nothing about what is over, nothing twice in an inbox, nothing lost.

A model beside the product: which deadlines are open, who is responsible, what time it is. Hypothesis chooses what
happens (set, move, reassign, finish, erase, a tick, an outage, a worker that dies holding its claims) and shrinks what fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    rule,
    run_state_machine_as_test,
)

from access.request_transaction import work
from reminders import engine
from reminders.claim import claim_due
from reminders.models import Attempt, Deadline, MoveReason, Notice, Reminder
from reminders.services import cancel, finish, move, reassign
from tests.cast import Cast
from tests.reminders.conftest import MailServer, Owing, at

AsWorker = Callable[[], AbstractContextManager[None]]
KIND = "follow_up_due"
FIRST = at(2027, 1, 4, 9)
days = st.integers(1, 30)


class Life(RuleBasedStateMachine):
    owing: Owing
    people: list[UUID]
    as_worker: AsWorker
    superuser: psycopg.Connection
    subjects = Bundle("subjects")

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = FIRST
        self.open: dict[UUID, UUID] = {}

    def teardown(self) -> None:
        for subject in [*self.open]:
            self.end(subject)

    @rule(target=subjects, day=days, who=st.integers(0, 1))
    def set(self, day: int, who: int) -> UUID:
        subject = uuid4()
        due_on = (self.now + timedelta(days=day)).date()
        self.owing.deadline(due_on, subject_id=subject, responsible=self.people[who])
        self.open[subject] = self.people[who]
        return subject

    @rule(subject=subjects, day=days)
    def move(self, subject: UUID, day: int) -> None:
        if subject in self.open:
            due_on = (self.now + timedelta(days=day)).date()
            with work(self.owing.actor):
                move(kind=KIND, subject_id=subject, due_on=due_on, reason=MoveReason.AGREED)

    @rule(subject=subjects, who=st.integers(0, 1))
    def reassign(self, subject: UUID, who: int) -> None:
        if subject in self.open:
            with work(self.owing.actor):
                reassign(kind=KIND, subject_id=subject, responsible=self.people[who])
            self.open[subject] = self.people[who]

    @rule(subject=consumes(subjects), how=st.booleans())
    def finish(self, subject: UUID, how: bool) -> None:
        self.end(subject, done=how)

    @rule(subject=consumes(subjects))
    def erase(self, subject: UUID) -> None:
        self.open.pop(subject, None)
        for table, column in (
            ("notice", "deadline_id"),
            ("attempt", "reminder_id"),
            ("letter", "first_id"),
            ("reminder", "deadline_id"),
            ("deadline", "id"),
        ):
            inner = "reminder" if column in {"reminder_id", "first_id"} else "deadline"
            which = (
                "SELECT r.id FROM reminders_reminder r JOIN reminders_deadline d ON d.id = r.deadline_id"
                if inner == "reminder"
                else "SELECT d.id FROM reminders_deadline d"
            )
            statement = (
                f"DELETE FROM reminders_{table} WHERE {column} IN ({which} WHERE d.subject_id = %s)"
            )
            self.superuser.execute(statement, [subject])

    @rule(hours=st.integers(1, 24 * 20))
    def time_passes_without_a_tick(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def a_worker_dies_with_its_claims(self) -> None:
        with self.as_worker():
            for _partition in engine.due_partitions(self.now)[:1]:
                with work(self.owing.actor):
                    claim_due(now=self.now)
            self.superuser.execute(
                "UPDATE reminders_reminder SET lease_until = now() - interval '1 s' WHERE status = 'claimed'"
            )

    @rule(hours=st.integers(0, 30))
    def tick(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        before = self.told()
        with self.as_worker():
            for _again in range(2):  # a claim that ran out is taken by the next
                engine.tick(self.now)
        new = self.told() - before
        assert {subject for subject, _row in new} <= set(self.open)
        self.nothing_is_lost()

    def told(self) -> Counter[tuple[UUID, UUID]]:
        """(subject, reminder) of every notice and every mail that was taken."""
        with work(self.owing.actor):
            notices = Notice.objects.values_list("deadline__subject_id", "reminder_id")
            mails = Attempt.objects.filter(outcome="accepted").values_list(
                "reminder__deadline__subject_id", "reminder_id"
            )
            found = Counter([*notices, *mails])
        assert not found or max(found.values()) == 1
        return found

    def nothing_is_lost(self) -> None:
        with work(self.owing.actor):
            left = Reminder.objects.filter(status__in=Reminder.UNFINISHED, next_at__lte=self.now)
            assert not left.exists()
            for subject, person in self.open.items():
                deadline = Deadline.objects.get(subject_id=subject, state="open")
                due = deadline.reminders.filter(
                    version=deadline.version,
                    channel="inapp",
                    recipient="responsible",
                    fire_at__lte=self.now,
                ).order_by("-stage")
                if due:
                    assert due[0].status == "sent"
                    assert Notice.objects.get(reminder=due[0]).membership_id == person
                    assert all(row.status in {"sent", "superseded"} for row in due)

    def end(self, subject: UUID, *, done: bool = True) -> None:
        if self.open.pop(subject, None):
            with work(self.owing.actor):
                if done:
                    finish(kind=KIND, subject_id=subject)
                else:
                    cancel(subject_id=subject)


def test_in_whatever_order(
    owing: Owing,
    as_worker: AsWorker,
    mail_server: MailServer,
    committed_cast: Cast,
    superuser: psycopg.Connection,
) -> None:
    Life.owing, Life.as_worker, Life.superuser = owing, staticmethod(as_worker), superuser
    Life.people = [
        committed_cast.membership(who).id for who in ("koordinator", "socialsekreterare")
    ]
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=6,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
