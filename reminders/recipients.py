"""Who gets a reminder, resolved when it is sent: the responsible person, or whoever stands in for an absent one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db.models import QuerySet

from access.models import Membership, Role
from reminders.models import Deadline, Reminder
from reminders.rules import Recipient, rules

Deputy = Callable[[Deadline, date], Membership | None]
_deputies: dict[str, Deputy] = {}


def deputies_of(kind: str, deputy: Deputy) -> None:
    """Registers who stands in for the responsible person of deadlines of `kind`, as a dated list says."""
    _deputies[kind] = deputy


def person_for(reminder: Reminder, *, today: date) -> Membership | None:
    """The membership whose inbox it goes to; None if nobody in the agency can take it."""
    deadline = reminder.deadline
    if reminder.recipient == Recipient.DEPUTY:
        return _deputies[deadline.kind](deadline, today)
    # Where a timer names its stand-ins, nobody outside the unit may even know of the deadline.
    named = tuple(Role(role) for role in rules().timer(deadline.kind, today).stand_ins)
    if reminder.recipient == Recipient.MANAGER:
        leading = (Role.MANAGER,) if named else (Role.MANAGER, Role.COORDINATOR)
        return _stand_in(deadline, today, leading, within_unit=bool(named))
    own = _in_force(today).filter(pk=deadline.responsible_membership_id).first()
    return own or _stand_in(
        deadline, today, named or (Role.COORDINATOR, Role.MANAGER), within_unit=bool(named)
    )


def address_for(reminder: Reminder, *, today: date) -> str | None:
    """The address of the responsible person; absent: the unit's own mailbox; then whoever stands in."""
    deadline = reminder.deadline
    person = person_for(reminder, today=today)
    if reminder.recipient == Recipient.DEPUTY:
        return person.user.email if person else None
    if person is not None and person.pk == deadline.responsible_membership_id:
        return person.user.email
    if deadline.unit.mailbox:
        return deadline.unit.mailbox
    return person.user.email if person else None


def _in_force(today: date) -> QuerySet[Membership]:
    rows: QuerySet[Membership] = Membership.objects.in_force(today)
    return rows.select_related("user")


def _stand_in(
    deadline: Deadline, today: date, roles: tuple[Role, ...], *, within_unit: bool
) -> Membership | None:
    """In order of `roles`, first in the deadline's unit, then (unless `within_unit`) in its agency."""
    held = _in_force(today).filter(agency_id=deadline.agency_id, role__in=roles)
    candidates = list(held.filter(unit_id=deadline.unit_id) if within_unit else held)
    candidates.sort(
        key=lambda held: (
            held.unit_id != deadline.unit_id,
            roles.index(Role(held.role)),
            held.starts_on,
            held.pk,
        )
    )
    return candidates[0] if candidates else None
