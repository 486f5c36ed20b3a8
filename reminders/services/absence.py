"""Noting that somebody is away, with who stands in; ending it early."""

from __future__ import annotations

from datetime import date, datetime

from access import door
from access.actor import Actor
from access.models import Membership, Role
from access.policy import Action
from access.request_transaction import record
from reminders.models import Absence


class NotYours(Exception):
    """One's own absence is noted by oneself, a colleague's by the unit's manager."""


class WrongDays(ValueError):
    """The last day comes before the first."""


class Overlaps(ValueError):
    """Some of the days are noted already (`row`): then nobody would know which substitute holds."""

    def __init__(self, row: Absence) -> None:
        super().__init__(str(row))
        self.row = row


class NotAStandIn(ValueError):
    """A substitute is somebody else, of the same agency, with a membership that lasts all the days."""


def colleagues(actor: Actor, *, today: date) -> list[Membership]:
    """Of the unit, whose absence its manager may note; the manager's own is noted on another page."""
    held = (
        Membership.objects.in_force(today)
        .filter(unit_id=actor.unit)
        .exclude(pk=actor.member)
        .exclude(role__in=(Role.ADMINISTRATOR, Role.LOG_REVIEWER))
    )
    return list(held.select_related("user", "unit").order_by("user__name", "id"))


def stand_ins(membership: Membership, *, from_day: date, to_day: date) -> list[Membership]:
    """Whom the form may offer: the agency's people who are there all those days, the own unit first."""
    held = (
        Membership.objects.in_force(from_day)
        .filter(agency_id=membership.agency_id, ends_on__gte=to_day)
        .exclude(user_id=membership.user_id)
        .exclude(role__in=(Role.ADMINISTRATOR, Role.LOG_REVIEWER))
        .select_related("user", "unit")
        .order_by("user__name", "id")
    )
    return sorted(held, key=lambda one: one.unit_id != membership.unit_id)


def note_absence(
    *,
    actor: Actor,
    membership: Membership,
    from_day: date,
    to_day: date,
    substitute: Membership | None,
    now: datetime,
) -> Absence:
    """Holds for what is sent from now on; the same noted twice is one. Raises NotYours, WrongDays, NotAStandIn, Overlaps."""
    if not may_note(actor, membership):
        raise NotYours
    if to_day < from_day:
        raise WrongDays
    if substitute is not None and substitute not in stand_ins(
        membership, from_day=from_day, to_day=to_day
    ):
        raise NotAStandIn
    # Held until the answer, so that the second of two presses sees what the first has noted.
    Membership.objects.select_for_update().get(pk=membership.pk)
    noted = Absence.objects.filter(
        membership=membership, ended_at=None, from_day__lte=to_day, to_day__gte=from_day
    ).first()
    if noted is not None:
        if (noted.from_day, noted.to_day, noted.substitute) == (from_day, to_day, substitute):
            return noted
        raise Overlaps(noted)
    row = Absence.objects.create(
        municipality_id=membership.municipality_id,
        agency_id=membership.agency_id,
        membership=membership,
        from_day=from_day,
        to_day=to_day,
        substitute=substitute,
        noted_by_id=actor.member,
        noted_at=now,
    )
    record("absence.note", object_type="reminders.absence", object_id=row.id)
    return row


def end_absence(*, actor: Actor, absence: Absence, now: datetime) -> None:
    """Back earlier than was noted, for a row opened through the door; doing it twice changes nothing."""
    door.demand(actor, absence, "absence", Action.WRITE)
    if absence.ended_at is None:
        absence.ended_at = now
        absence.save(update_fields=["ended_at"])
        record("absence.end", object_type="reminders.absence", object_id=absence.id)


def may_note(actor: Actor, membership: Membership) -> bool:
    own = membership.pk == actor.membership_id
    leads = actor.role == Role.MANAGER and membership.unit_id == actor.unit_id
    return own or leads
