"""Whom a reminder must not tell of what has a number: whoever a protected person or a conflict of interest is closed to."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, UUIDField, Value
from django.utils import timezone

from cases.models import (
    Case,
    Concern,
    Conflict,
    FeedbackRequest,
    NamedAccess,
    Person,
    PoliceRequest,
    ReceivedReport,
    ReceiverConflict,
)
from cases.rules.protection import for_the_named
from reminders.barred import Holder

# Whoever looks at an emergency opening, or hands over what nobody answers for, is told its number and sees nothing else.
SPARED_KINDS = frozenset({"break_glass_review", "without_owner"})
# What a reminder is about by its number, and the way from there to the young person.
NUMBERED = (
    (Case, "person_id"),
    (Concern, "case__person_id"),
    (FeedbackRequest, "report__person_id"),
    (PoliceRequest, "person_id"),
    (ReceivedReport, "person_id"),
)


def numbers_barred(holders: Collection[Holder], numbers: Collection[str]) -> set[tuple[UUID, str]]:
    """The pairs (membership, number) as `cases.bars` has them, for many people and many numbers at once."""
    about = _people(numbers)
    people = {person for _number, person in about}
    guarded = _protected(people)
    named = _named(guarded, {holder.membership for holder in holders})
    conflicts = _conflicts({holder.user for holder in holders}, people, numbers)
    pairs = {
        (holder, number)
        for holder in holders
        for number, person in about
        if (person in guarded and (holder.membership, person) not in named)
        or (holder.user, person) in conflicts
    }
    pairs |= {
        (holder, number)
        for holder in holders
        for number in numbers
        if (holder.user, number) in conflicts
    }
    return {(holder.membership, number) for holder, number in pairs}


def _people(numbers: Collection[str]) -> set[tuple[str, UUID]]:
    first, *others = (
        model.objects.filter(number__in=numbers, **{f"{person}__isnull": False})
        .order_by()
        .values_list("number", person)
        for model, person in NUMBERED
    )
    return set(first.union(*others))


def _protected(people: Collection[UUID]) -> set[UUID]:
    levels = for_the_named(timezone.localdate())
    return set(
        Person.objects.filter(pk__in=people, protection__in=levels).values_list("pk", flat=True)
    )


def _named(people: Collection[UUID], members: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    rows = NamedAccess.objects.in_force(timezone.localdate())
    rows = rows.filter(person_id__in=people, membership_id__in=members)
    return set(rows.values_list("membership_id", "person_id")) if people else set()


def _conflicts(
    users: Collection[UUID], people: Collection[UUID], numbers: Collection[str]
) -> set[tuple[UUID, UUID | str | None]]:
    """(user, person), and (user, number) of a concern that nobody has taken, or of what was handed over."""
    rows = Conflict.objects.filter(about_user__in=users, ended_at__isnull=True).filter(
        Q(person_id__in=people) | Q(concern__number__in=numbers)
    )
    received = ReceiverConflict.objects.filter(
        about_user__in=users, ended_at__isnull=True, number__in=numbers
    )
    known = rows.order_by().values_list("about_user", "person_id", "concern__number")
    nobody = Value(None, output_field=UUIDField())
    found: set[tuple[UUID, UUID | str | None]] = set()
    for user, person, number in known.union(
        received.order_by().values_list("about_user", nobody, "number")
    ):
        found |= {(user, person), (user, number)}
    return found - {(user, None) for user in users}
