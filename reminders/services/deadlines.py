"""Setting, moving and ending deadlines. The reminders are rows made in the caller's own transaction (design D9).

Every function acts in the partition of the work that is going on (`access.request_transaction.work`);
only `set_deadline` can put something into another agency of the same municipality.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from access.models import Membership
from access.request_transaction import current_work, record
from reminders.models import Deadline, MoveReason, Notice, Reminder
from reminders.moving import MOVED_STAGE, manager_is_told
from reminders.rules import Channel, Planned, Recipient, rules
from reminders.rules_version import counted_with
from reminders.texts import MOVED_OFTEN
from reminders.working_days import local_date

# What every new plan of a deadline's reminders changes in its own row.
PLANNED = ("version", "planned_at", "planned_with")


class NoOpenDeadline(LookupError):
    """There is no open deadline of that kind for that subject here."""


class WrongPlace(ValueError):
    """A deadline lives in the agency of the person who is responsible for it."""


def set_deadline(
    *,
    kind: str,
    subject_id: UUID,
    label: str,
    route: str,
    responsible: UUID,
    route_pk: UUID | None = None,
    due_on: date | None = None,
    unit_id: UUID | None = None,
    place: tuple[UUID, UUID] | None = None,
) -> Deadline:
    """The open deadline of `kind` for `subject_id`, with its reminders; setting it again changes it.

    label: a case or concern number, never a name. route, route_pk: the page where it is done (the
    subject's own id if none is given). responsible: a membership of the agency where the deadline lives.
    due_on: counted from today by the rule if not given. unit_id: whose manager is told when it is late;
    the responsible person's own unit if not given. place: (municipality, agency), if it isn't the
    actor's own; what goes to another agency is only ever new there (the drop box).
    """
    now = timezone.now()
    here = _here()
    place = place or here
    membership = _member_of(place, responsible)
    if due_on is None:
        due_on = rules().timer(kind, local_date(now)).due_after(local_date(now))
    earlier = _open(kind=kind, subject_id=subject_id) if place == here else None
    deadline = earlier or Deadline(
        municipality_id=place[0],
        agency_id=place[1],
        kind=kind,
        subject_id=subject_id,
        created_at=now,
        planned_at=now,
    )
    changed = (
        deadline.responsible_membership_id,
        deadline.due_on,
        deadline.unit_id,
    ) != (responsible, due_on, unit_id or membership.unit_id)
    announce = deadline.responsible_membership_id != responsible
    deadline.label, deadline.route, deadline.route_pk = label, route, route_pk or subject_id
    deadline.responsible_membership = membership
    deadline.unit_id = unit_id or membership.unit_id
    deadline.due_on = due_on
    if earlier is None:
        deadline.planned_with = counted_with()
        deadline.save(force_insert=True)
        _plan(deadline, now=now, announce=True)
        return deadline
    if changed:
        _replan(deadline, now=now, announce=announce)
    deadline.save()
    return deadline


def finish(*, kind: str, subject_id: UUID) -> bool:
    """Ends the deadline because it is done; what was still to be sent is cancelled. False if none was open."""
    return _close(kind, subject_id, state=Deadline.State.DONE)


def cancel(*, subject_id: UUID, kind: str | None = None) -> bool:
    """Ends the deadline (every kind of the subject's, if no kind is given) because it no longer applies."""
    return _close(kind, subject_id, state=Deadline.State.CANCELLED)


def move(*, kind: str, subject_id: UUID, due_on: date, reason: MoveReason) -> Deadline:
    """Another date, with a reason from the closed list; the reason is written in the log.

    A date that is moved as often as `rules.toml` says is told to the unit's manager, in the inbox.
    """
    deadline = _must_open(kind, subject_id)
    if deadline.due_on == due_on:
        return deadline
    now = timezone.now()
    deadline.due_on = due_on
    deadline.moves += 1
    _replan(deadline, now=now, announce=False)
    deadline.save(update_fields=["due_on", "moves", *PLANNED])
    _note("deadline.move", deadline, basis=MoveReason(reason).value)
    if manager_is_told(deadline.moves, on=local_date(now)):
        _tell_manager(deadline, now=now)
        _note("deadline.move_told", deadline, basis=MoveReason(reason).value)
    return deadline


def next_told_move(*, kind: str, subject_id: UUID) -> int:
    """Which move the next one is (3 is the third), if the manager will be told of it; else 0. For the page to say before."""
    moves = (
        Deadline.objects.filter(kind=kind, subject_id=subject_id, state=Deadline.State.OPEN)
        .values_list("moves", flat=True)
        .first()
    )
    if moves is None or not manager_is_told(moves + 1, on=local_date(timezone.now())):
        return 0
    return moves + 1


def reassign(*, kind: str, subject_id: UUID, responsible: UUID) -> Deadline:
    """Another responsible person in the same agency, who is told from now on; the earlier one isn't any more."""
    deadline = _must_open(kind, subject_id)
    if deadline.responsible_membership_id == responsible:
        return deadline
    membership = _member_of(_here(), responsible)
    deadline.responsible_membership = membership
    deadline.unit_id = membership.unit_id
    _replan(deadline, now=timezone.now(), announce=True)
    deadline.save(update_fields=["responsible_membership", "unit", *PLANNED])
    _note("deadline.reassign", deadline)
    return deadline


def _here() -> tuple[UUID, UUID]:
    actor = current_work().actor
    if actor is None:
        raise WrongPlace("a deadline is set by somebody, in an agency")
    return actor.municipality_id, actor.agency_id


def _member_of(place: tuple[UUID, UUID], membership_id: UUID) -> Membership:
    membership = Membership.objects.get(pk=membership_id)
    if (membership.municipality_id, membership.agency_id) != place:
        raise WrongPlace("the responsible person works in another agency")
    return membership


def _open(*, kind: str, subject_id: UUID) -> Deadline | None:
    return (
        Deadline.objects.select_for_update()
        .filter(kind=kind, subject_id=subject_id, state=Deadline.State.OPEN)
        .first()
    )


def _must_open(kind: str, subject_id: UUID) -> Deadline:
    deadline = _open(kind=kind, subject_id=subject_id)
    if deadline is None:
        raise NoOpenDeadline(kind)
    return deadline


def _close(kind: str | None, subject_id: UUID, *, state: Deadline.State) -> bool:
    _here()
    rows = Deadline.objects.select_for_update().filter(
        subject_id=subject_id, state=Deadline.State.OPEN
    )
    if kind is not None:
        rows = rows.filter(kind=kind)
    now = timezone.now()
    closed = False
    for deadline in rows:
        deadline.state, deadline.closed_at = state, now
        deadline.save(update_fields=["state", "closed_at"])
        _silence(deadline, now=now)
        closed = True
    return closed


def _silence(deadline: Deadline, *, now: datetime) -> None:
    """Nothing more is sent, and what is in an inbox is no longer waiting. A delivery under way loses its claim.

    What the manager is owed for a move goes only with a deadline that is called off.
    """
    waiting = deadline.reminders.filter(status__in=Reminder.UNFINISHED)
    shown = Notice.objects.filter(deadline=deadline, done_at=None)
    if deadline.state != Deadline.State.CANCELLED:
        waiting, shown = waiting.exclude(stage=MOVED_STAGE), shown.exclude(text=MOVED_OFTEN)
    waiting.update(status=Reminder.Status.CANCELLED)
    shown.update(done_at=now)


def _replan(deadline: Deadline, *, now: datetime, announce: bool) -> None:
    _silence(deadline, now=now)
    deadline.version += 1
    deadline.planned_at, deadline.planned_with = now, counted_with()
    _plan(deadline, now=now, announce=announce)


def _plan(deadline: Deadline, *, now: datetime, announce: bool) -> None:
    planned = rules().plan(deadline.kind, due_on=deadline.due_on, now=now, announce=announce)
    Reminder.objects.bulk_create(row_of(deadline, one, past=one.past) for one in planned)


def row_of(deadline: Deadline, planned: Planned, *, past: bool) -> Reminder:
    """An unsaved row of the deadline's version; `past` is on record and never sent."""
    return Reminder(
        municipality_id=deadline.municipality_id,
        agency_id=deadline.agency_id,
        deadline=deadline,
        version=deadline.version,
        stage=planned.stage,
        channel=planned.channel,
        recipient=planned.to,
        text=planned.text,
        fire_at=planned.fire_at,
        next_at=planned.fire_at,
        any_hour=planned.any_hour,
        status=Reminder.Status.SUPERSEDED if past else Reminder.Status.PENDING,
    )


def _tell_manager(deadline: Deadline, *, now: datetime) -> None:
    Reminder.objects.create(
        municipality_id=deadline.municipality_id,
        agency_id=deadline.agency_id,
        deadline=deadline,
        version=deadline.version,
        stage=MOVED_STAGE,
        channel=Channel.INAPP,
        recipient=Recipient.MANAGER,
        text=MOVED_OFTEN,
        fire_at=now,
        next_at=now,
    )


def _note(action: str, deadline: Deadline, *, basis: str = "") -> None:
    record(
        action,
        object_type="reminders.deadline",
        object_id=deadline.id,
        case=(None, deadline.label),
        basis=basis,
    )
