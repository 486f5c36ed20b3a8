"""What a person does with a notice, opened through the door. None of it touches what is still to be sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.utils import timezone

from access import door
from access.actor import Actor
from access.policy import Action
from reminders.models import Deadline, Notice
from reminders.working_days import next_working_day

_DAY = timedelta(days=1)
Finish = Callable[[Actor, Deadline], None]
_finishers: dict[tuple[str, str], Finish] = {}


class TooLate(ValueError):
    """Nobody puts a thing off past its last day; what is late already, only to the next working day."""


class TooEarly(ValueError):
    """What is put off comes back on another day than today."""


class NotFromHere(LookupError):
    """The task is done on its own page: something has to be written there."""


def done_from_inbox(*, kind: str, route: str, finish: Finish) -> None:
    """Registers that tasks of `kind` on the page `route` need nothing but to be called done; called once, from `ready`."""
    _finishers[(kind, route)] = finish


def can_finish(deadline: Deadline) -> bool:
    return (deadline.kind, deadline.route) in _finishers


def finish_task(*, actor: Actor, notice: Notice) -> None:
    """Does what the task's own page does. Raises NotFromHere, and NotHere where the actor may not."""
    deadline = door.open_one(actor, Deadline, notice.deadline_id, action=Action.WRITE)
    finisher = _finishers.get((deadline.kind, deadline.route))
    if finisher is None or deadline.responsible_membership_id != actor.membership_id:
        raise NotFromHere
    if deadline.state == Deadline.State.OPEN:
        finisher(actor, deadline)
    mark_seen(notice=notice)


def mark_seen(*, notice: Notice) -> None:
    """Takes a notice off the list; the task itself stays until it is done."""
    if notice.done_at is None:
        notice.done_at = timezone.now()
        notice.read_at = notice.read_at or notice.done_at
        notice.save(update_fields=["read_at", "done_at"])


def mark_read(*, notice: Notice, read: bool) -> None:
    if (notice.read_at is not None) != read:
        notice.read_at = timezone.now() if read else None
        notice.save(update_fields=["read_at"])


def latest_snooze(due_on: date, *, today: date) -> date:
    """The last day that something may be put off to: its own last day, or the next working day if that is later."""
    return max(due_on, next_working_day(today + _DAY))


def snooze(*, notice: Notice, until: date, today: date) -> None:
    """Shows it again on `until`. Raises TooEarly, TooLate."""
    if until <= today:
        raise TooEarly
    if until > latest_snooze(notice.deadline.due_on, today=today):
        raise TooLate
    notice.snoozed_until = until
    notice.save(update_fields=["snoozed_until"])
