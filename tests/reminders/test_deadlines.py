"""Setting, moving and ending deadlines: the reminders are rows of the same transaction."""

from datetime import date
from uuid import uuid4

import pytest

from access.actor import Actor
from access.request_transaction import OutsideWork, work
from reminders.models import Deadline, MoveReason, Reminder
from reminders.services import (
    NoOpenDeadline,
    WrongPlace,
    cancel,
    finish,
    move,
    reassign,
    set_deadline,
)
from tests.cast import Cast
from tests.reminders.conftest import put_notice, reminder_of

DUE = date(2027, 1, 20)


def set_for(actor: Actor, **changes: object) -> Deadline:
    given = {
        "kind": "follow_up_due",
        "subject_id": uuid4(),
        "label": "S-1",
        "route": "case_detail",
        "responsible": actor.membership_id,
        "due_on": DUE,
    }
    return set_deadline(**(given | changes))  # type: ignore[arg-type]


def rows(deadline: Deadline, *, version: int) -> dict[tuple[int, str], str]:
    found = Reminder.objects.filter(deadline=deadline, version=version)
    return {(r.stage, r.channel): r.status for r in found}


def test_a_deadline_comes_with_its_full_set_of_reminders(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    with work(actor):
        deadline = set_for(actor)
        assert set(rows(deadline, version=1)) == {
            (-7, "inapp"),
            (-1, "inapp"),
            (-1, "mail"),
            (0, "inapp"),
            (3, "inapp"),
            (3, "mail"),
            (7, "inapp"),
            (7, "mail"),
            (14, "inapp"),
        }


def test_a_decision_that_is_undone_leaves_no_reminder(cast: Cast) -> None:
    actor = cast.actor("koordinator")

    def decide_and_fail() -> None:
        with work(actor):
            set_for(actor)
            raise RuntimeError("the decision is undone")

    with pytest.raises(RuntimeError):
        decide_and_fail()
    with work(actor):
        assert not Deadline.objects.exists()
        assert not Reminder.objects.exists()


def test_nothing_is_set_outside_a_transaction_with_an_actor(cast: Cast) -> None:
    with pytest.raises(OutsideWork):
        set_for(cast.actor("koordinator"))


def test_without_a_date_the_rule_counts_it(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    with work(actor):
        deadline = set_for(actor, kind="concern_unanswered", due_on=None)
        from reminders.working_days import add_working_days, local_date

        assert deadline.due_on == add_working_days(local_date(deadline.created_at), 2)


def test_setting_the_same_again_changes_nothing(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    subject = uuid4()
    with work(actor):
        first = set_for(actor, subject_id=subject)
        again = set_for(actor, subject_id=subject)
        assert (again.pk, again.version) == (first.pk, 1)
        assert Reminder.objects.filter(deadline=first).count() == 9


def test_setting_another_date_replaces_the_reminders(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    subject = uuid4()
    with work(actor):
        first = set_for(actor, subject_id=subject)
        set_for(actor, subject_id=subject, due_on=date(2027, 2, 3))
        assert set(rows(first, version=1).values()) == {"cancelled"}
        assert set(rows(first, version=2).values()) == {"pending"}
        assert Deadline.objects.count() == 1


def test_moving_needs_a_known_reason_and_is_counted(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    subject = uuid4()
    with work(actor) as mine:
        deadline = set_for(actor, subject_id=subject)
        move(
            kind="follow_up_due",
            subject_id=subject,
            due_on=date(2027, 2, 3),
            reason=MoveReason.WAITING,
        )
        deadline.refresh_from_db()
        assert (deadline.moves, deadline.version, deadline.due_on) == (1, 2, date(2027, 2, 3))
        assert [(e.action, e.basis, e.case_number) for e in mine.acts] == [
            ("deadline.move", "waiting", "S-1")
        ]
        with pytest.raises(ValueError, match="because I say so"):
            move(
                kind="follow_up_due",
                subject_id=subject,
                due_on=date(2027, 2, 4),
                reason="because I say so",  # type: ignore[arg-type]
            )


def test_what_is_not_open_cannot_be_moved(cast: Cast) -> None:
    with work(cast.actor("koordinator")), pytest.raises(NoOpenDeadline):
        move(kind="task_due", subject_id=uuid4(), due_on=DUE, reason=MoveReason.AGREED)


@pytest.mark.parametrize("how", [finish, cancel])
def test_ending_cancels_what_was_still_to_be_sent(cast: Cast, how: object) -> None:
    actor = cast.actor("koordinator")
    subject = uuid4()
    with work(actor):
        deadline = set_for(actor, subject_id=subject)
        assert how(kind="follow_up_due", subject_id=subject)  # type: ignore[operator]
        deadline.refresh_from_db()
        assert deadline.state != "open"
        assert deadline.closed_at is not None
        assert set(rows(deadline, version=1).values()) == {"cancelled"}
        assert not how(kind="follow_up_due", subject_id=subject)  # type: ignore[operator]


def test_cancelling_a_subject_ends_every_kind_of_it_and_nothing_else(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    subject = uuid4()
    with work(actor):
        set_for(actor, subject_id=subject)
        set_for(actor, subject_id=subject, kind="task_due")
        other = set_for(actor)
        cancel(subject_id=subject)
        assert list(Deadline.objects.filter(state="open")) == [other]


def test_what_is_ended_can_be_set_anew(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    subject = uuid4()
    with work(actor):
        first = set_for(actor, subject_id=subject)
        finish(kind="follow_up_due", subject_id=subject)
        assert set_for(actor, subject_id=subject).pk != first.pk


def test_reassigning_takes_the_notice_from_one_and_the_reminders_to_another(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    other = cast.actor("socialsekreterare-utanfor")
    assert other.membership_id
    subject = uuid4()
    with work(actor):
        deadline = set_for(actor, subject_id=subject)
        notice = put_notice(deadline, actor, reminder_id=reminder_of(deadline))
        reassign(kind="follow_up_due", subject_id=subject, responsible=other.membership_id)
        deadline.refresh_from_db()
        notice.refresh_from_db()
        assert deadline.responsible_membership_id == other.membership_id
        assert deadline.unit_id == other.unit_id
        assert notice.done_at is not None


def test_nobody_in_another_agency_can_be_made_responsible(cast: Cast) -> None:
    actor, teacher = cast.actor("koordinator"), cast.actor("larare")
    with work(actor), pytest.raises(WrongPlace):
        set_for(actor, responsible=teacher.membership_id)


def test_a_teacher_sets_the_coordinators_deadline_and_cannot_see_it(cast: Cast) -> None:
    teacher, coordinator = cast.actor("larare"), cast.actor("koordinator")
    with work(teacher):
        deadline = set_for(
            teacher,
            kind="concern_unanswered",
            place=(coordinator.municipality_id, coordinator.agency_id),
            responsible=coordinator.membership_id,
        )
        assert not Deadline.objects.exists()
        assert not Reminder.objects.exists()
    with work(coordinator):
        assert list(Deadline.objects.all()) == [deadline]
        assert Reminder.objects.filter(deadline=deadline).count() == 10


def test_nothing_is_set_in_another_municipality(cast: Cast) -> None:
    from django.db import DatabaseError

    actor, elsewhere = cast.actor("koordinator"), cast.actor("gotene-koordinator")
    with pytest.raises(DatabaseError, match="row-level security"), work(actor):
        set_for(
            actor,
            place=(elsewhere.municipality_id, elsewhere.agency_id),
            responsible=elsewhere.membership_id,
        )
