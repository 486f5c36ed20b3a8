"""How deadlines and notices stand behind the door."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from access.actor import Actor
from access.models import Membership, Role
from access.protection import Protection, protect
from reminders.models import Absence, CalendarFeed, Choice, Deadline, Notice
from reminders.working_days import local_date

MANAGER_SEES = "follow_up_due"


def _responsible(actor: Actor) -> Q:
    return Q(responsible_membership_id=actor.membership_id)


def _own(actor: Actor) -> Q:
    return Q(membership_id=actor.membership_id)


def _late_in_unit(actor: Actor) -> Q:
    return Q(
        unit_id=actor.unit_id,
        kind=MANAGER_SEES,
        state=Deadline.State.OPEN,
        due_on__lt=local_date(timezone.now()),
    )


def _ownerless(actor: Actor) -> Q:
    """Open, its responsible person gone, in the actor's unit or in one that has no manager left."""
    today = local_date(timezone.now())
    held = Membership.objects.in_force(today)
    responsible = held.filter(pk=OuterRef("responsible_membership_id"))
    manager = held.filter(role=Role.MANAGER, unit_id=OuterRef("unit_id"))
    return (
        Q(state=Deadline.State.OPEN)
        & ~Q(Exists(responsible))
        & (Q(unit_id=actor.unit_id) | ~Q(Exists(manager)))
    )


def _of_the_unit(actor: Actor) -> Q:
    return Q(membership__unit_id=actor.unit_id)


def _number(row: Deadline) -> tuple[UUID | None, str]:
    return None, row.label


def protect_models() -> None:
    """Called once, when the app is ready."""
    protect(
        Deadline,
        Protection(
            head="deadline",
            relations={
                "owner": _responsible,
                "unit_manager": _late_in_unit,
                "ownerless": _ownerless,
            },
            case=_number,
        ),
    )
    # How one is told belongs to the same as what one is told: one's own, and nobody else's.
    for model in (Notice, Choice, CalendarFeed):
        protect(model, Protection(head="notice", relations={"owner": _own}))
    protect(
        Absence,
        Protection(
            head="absence",
            relations={
                "owner": _own,
                "unit_manager": _of_the_unit,
                "colleague": _of_the_unit,
            },
        ),
    )
