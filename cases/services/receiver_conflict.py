"""A receiver's conflict of interest: closed to them at once, and the head of the unit is told that somebody else is to be asked."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from access import door
from access.actor import Actor
from access.models import Membership
from access.policy import Action
from access.request_transaction import record
from cases.models import ConflictKind, MeetingCall, ReceiverConflict, Release
from cases.services.once import hold_row
from cases.services.sharing import HEADS
from reminders.services import cancel, finish, set_deadline
from reminders.working_days import local_date

KIND = "receiver_conflict"


def declare_received(
    *, actor: Actor, row: Release | MeetingCall, kind: ConflictKind, now: datetime
) -> None:
    """From the next request it does not exist for the one who says it, in any role of theirs here. Said twice it is said once.

    Whoever reads it may say so: it takes away, and only from oneself. The sender is not told by the system: nothing here
    leads back to them, and the head asks them.
    """
    released = isinstance(row, Release)
    door.demand(actor, row, "release" if released else "meeting_call", Action.READ)
    hold_row(row.pk)
    mine = ReceiverConflict.objects.filter(number=row.number, ended_at__isnull=True)
    if mine.filter(about_user=actor.user).exists():
        return
    me = Membership.objects.get(pk=actor.member)
    barred = {actor.user, *mine.values_list("about_user", flat=True)}
    head = _head(me, barred, today=local_date(now))
    made = ReceiverConflict.objects.create(
        municipality_id=row.municipality_id,
        agency_id=row.agency_id,
        about_user=actor.user,
        membership=me,
        unit_id=head.unit_id if head else me.unit_id,
        kind=kind,
        number=row.number,
        from_agency_name=row.from_agency_name,
        contact=row.contact if isinstance(row, Release) else row.called_by_name,
        declared_at=now,
        **{"release_id" if released else "call_id": row.pk},
    )
    if head is not None:
        set_deadline(
            kind=KIND,
            subject_id=made.id,
            label=row.number,
            route="receiver_conflict",
            responsible=head.id,
        )
    record(
        "conflict.declare_received",
        object_type=row._meta.label_lower,
        object_id=row.pk,
        basis=kind.value,
    )


def other_asked(*, actor: Actor, conflict: ReceiverConflict) -> None:
    """The head has asked the sender for somebody else to tell."""
    door.demand(actor, conflict, "conflict", Action.DECIDE)
    if finish(kind=KIND, subject_id=conflict.id):
        record("conflict.ask_other", object_type="cases.receiverconflict", object_id=conflict.id)


def end_received(*, actor: Actor, conflict_id: UUID, now: datetime) -> None:
    """By the head, where it was a mistake: what is still handed over is open to the receiver again."""
    conflict = door.open_one(actor, ReceiverConflict, conflict_id, lock=True)
    door.demand(actor, conflict, "conflict", Action.DECIDE)
    if conflict.ended_at is not None:
        return
    conflict.ended_at, conflict.ended_by_id = now, actor.member
    conflict.save(update_fields=["ended_at", "ended_by"])
    cancel(kind=KIND, subject_id=conflict.id)
    record("conflict.end_received", object_type="cases.receiverconflict", object_id=conflict.id)


def _head(of: Membership, barred: set[UUID], *, today: date) -> Membership | None:
    """Who leads the unit, else another unit of the agency; never somebody who is barred from it too."""
    held = (
        Membership.objects.in_force(today)
        .filter(agency_id=of.agency_id, role__in=HEADS)
        .exclude(user_id__in=barred)
    )
    ranked = sorted(held, key=lambda one: (one.unit_id != of.unit_id, one.starts_on, one.pk))
    return next(iter(ranked), None)
