"""Who gets a reminder, resolved when it is sent: the responsible person, or whoever stands in for an absent one."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from access.models import Membership, Role
from reminders.models import Deadline, Reminder
from reminders.rules import Recipient


def person_for(reminder: Reminder, *, today: date) -> Membership | None:
    """The membership whose inbox it goes to; None if nobody in the agency can take it."""
    deadline = reminder.deadline
    if reminder.recipient == Recipient.MANAGER:
        return _stand_in(deadline, today, (Role.MANAGER, Role.COORDINATOR))
    own = _in_force(today).filter(pk=deadline.responsible_membership_id).first()
    return own or _stand_in(deadline, today, (Role.COORDINATOR, Role.MANAGER))


def address_for(reminder: Reminder, *, today: date) -> str | None:
    """The address of the responsible person; absent: the unit's own mailbox; then whoever stands in."""
    deadline = reminder.deadline
    person = person_for(reminder, today=today)
    if person is not None and person.pk == deadline.responsible_membership_id:
        return person.user.email
    if deadline.unit.mailbox:
        return deadline.unit.mailbox
    return person.user.email if person else None


def _in_force(today: date) -> QuerySet[Membership]:
    rows: QuerySet[Membership] = Membership.objects.in_force(today)
    return rows.select_related("user")


def _stand_in(deadline: Deadline, today: date, roles: tuple[Role, ...]) -> Membership | None:
    """In order of `roles`, first in the deadline's unit, then in its agency."""
    candidates = list(_in_force(today).filter(agency_id=deadline.agency_id, role__in=roles))
    candidates.sort(
        key=lambda held: (
            held.unit_id != deadline.unit_id,
            roles.index(Role(held.role)),
            held.starts_on,
            held.pk,
        )
    )
    return candidates[0] if candidates else None
