"""Who gets a reminder, resolved when it is sent: the responsible person, or whoever stands in for an absent one.

Absent: no longer in force, or noted as away. Then the substitute named for those days; for mail the unit's own
mailbox; then whoever coordinates or leads. None of them: nobody, and an alarm. Whoever is barred from what it is
about (`reminders.barred`) is passed over as if they were away: not even the number may reach them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from uuid import UUID

from django.db.models import Q, QuerySet

from access.models import Membership, Role
from reminders.barred import Holder, barred
from reminders.models import Absence, Deadline, Reminder
from reminders.rules import Recipient, rules

Deputy = Callable[[Deadline, date], Membership | None]
_deputies: dict[str, Deputy] = {}


class Why(Enum):
    """Why it is this person: for itself, named for the days, or by role."""

    OWN = auto()
    NAMED = auto()
    ROLE = auto()


@dataclass(frozen=True, slots=True)
class Taker:
    membership: Membership
    why: Why


def deputies_of(kind: str, deputy: Deputy) -> None:
    """Registers who stands in for the responsible person of deadlines of `kind`, as a dated list says."""
    _deputies[kind] = deputy


def takers_of(reminders: Sequence[Reminder], *, today: date) -> dict[UUID, Taker]:
    """Reminder → who takes it today, without those that nobody can take. Responsible persons are looked up together."""
    own = _there({reminder.deadline.responsible_membership_id for reminder in reminders}, today)
    closed = barred(map(_holder, own.values()), (one.deadline for one in reminders))
    found = ((reminder.pk, _taker(reminder, own, closed, today)) for reminder in reminders)
    return {pk: taker for pk, taker in found if taker is not None}


def person_for(reminder: Reminder, *, today: date) -> Membership | None:
    """The membership whose inbox it goes to; None if nobody in the agency can take it."""
    taker = taker_of(reminder, today=today)
    return taker.membership if taker else None


def address_for(reminder: Reminder, *, today: date) -> str | None:
    """Where the mail goes: to whom it is for, or the one named for the days; else the unit's own mailbox; else by role."""
    taker = taker_of(reminder, today=today)
    if reminder.recipient == Recipient.RESPONSIBLE and (taker is None or taker.why is Why.ROLE):
        mailbox: str = reminder.deadline.unit.mailbox
        if mailbox:
            return mailbox
    return taker.membership.user.email if taker else None


def taker_of(reminder: Reminder, *, today: date) -> Taker | None:
    """Who takes it today, and why that person."""
    return takers_of([reminder], today=today).get(reminder.pk)


def _holder(held: Membership) -> Holder:
    return Holder(held.pk, held.user_id)


def _may_know(held: Membership, deadline: Deadline) -> bool:
    return not barred([_holder(held)], [deadline])


def _taker(
    reminder: Reminder,
    own: Mapping[UUID, Membership],
    closed: Collection[tuple[UUID, UUID]],
    today: date,
) -> Taker | None:
    """own: the responsible persons who are there. closed: of them with the deadlines, the pairs that are barred."""
    deadline = reminder.deadline
    # Where a timer names its stand-ins, nobody outside the unit may even know of the deadline.
    named = tuple(Role(role) for role in rules().timer(deadline.kind, today).stand_ins)
    within = Q(unit_id=deadline.unit_id) if named else Q(agency_id=deadline.agency_id)
    responsible = deadline.responsible_membership_id
    match Recipient(reminder.recipient):
        case Recipient.DEPUTY:
            deputy = _deputies[deadline.kind](deadline, today)
            return Taker(deputy, Why.NAMED) if deputy and _may_know(deputy, deadline) else None
        case Recipient.MANAGER:
            leading = (Role.MANAGER,) if named else (Role.MANAGER, Role.COORDINATOR)
            return _by_role(deadline, today, leading, within)
        case Recipient.SUBSTITUTE:
            others = within & ~Q(pk=responsible)
            return _named(deadline, responsible, today, others) or _by_role(
                deadline, today, named or (Role.COORDINATOR,), others
            )
        case Recipient.RESPONSIBLE:
            if responsible in own and (responsible, deadline.pk) not in closed:
                return Taker(own[responsible], Why.OWN)
            others = within & ~Q(pk=responsible)
            return _named(deadline, responsible, today, others) or _by_role(
                deadline, today, named or (Role.COORDINATOR, Role.MANAGER), others
            )


def _in_force(today: date) -> QuerySet[Membership]:
    rows: QuerySet[Membership] = Membership.objects.in_force(today)
    return rows.select_related("user")


def _there(memberships: set[UUID], today: date) -> dict[UUID, Membership]:
    """Of these, those that are in force and not away."""
    away = _away(memberships, today)
    return {pk: row for pk, row in _in_force(today).in_bulk(memberships).items() if pk not in away}


def _away(memberships: set[UUID], today: date) -> dict[UUID, list[UUID]]:
    """Of these, those that are away today, each with the substitutes named for it."""
    found: dict[UUID, list[UUID]] = {}
    rows = Absence.objects.in_force(today).filter(membership_id__in=memberships)
    for row in rows.order_by("-noted_at", "id"):
        named = found.setdefault(row.membership_id, [])
        if row.substitute_id is not None:
            named.append(row.substitute_id)
    return found


def _named(deadline: Deadline, away: UUID, today: date, within: Q) -> Taker | None:
    """The substitute; where that one is away too, or may not know of it, the substitute's own, and so on."""
    asked, ahead = {away}, [away]
    while ahead:
        named = _away({ahead.pop(0)}, today)
        for substitute in (one for several in named.values() for one in several):
            if substitute in asked:
                continue
            asked.add(substitute)
            row = _in_force(today).filter(within, pk=substitute).first()
            if row is not None and not _away({row.pk}, today) and _may_know(row, deadline):
                return Taker(row, Why.NAMED)
            ahead.append(substitute)
    return None


def _by_role(deadline: Deadline, today: date, roles: tuple[Role, ...], within: Q) -> Taker | None:
    """In order of `roles`, first in the deadline's unit, then in its agency; whoever is away gives way to a substitute."""
    candidates = list(_in_force(today).filter(within, role__in=roles))
    candidates.sort(
        key=lambda held: (
            held.unit_id != deadline.unit_id,
            roles.index(Role(held.role)),
            held.starts_on,
            held.pk,
        )
    )
    closed = barred(map(_holder, candidates), [deadline])
    away = _away({held.pk for held in candidates}, today)
    for held in candidates:
        if held.pk not in away and (held.pk, deadline.pk) not in closed:
            return Taker(held, Why.ROLE)
    for held in candidates:
        stands_in = _named(deadline, held.pk, today, within)
        if stands_in is not None:
            return stands_in
    return None
