"""Searches that would have hit somebody who is barred: told to the log, never to the one who searched.

What is asked here is asked of every search alike, so that an answer takes the same time and as many questions whether
or not there is anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

from django.db.models import F, Q, QuerySet

from access import door
from access.actor import Actor
from cases.bars import conflicts_of, hidden_persons
from cases.models import Case, Person, PersonIdentifier
from cases.rules.identity_number import IdentityNumber
from cases.services.identifier import indexes_of


def barred_persons(actor: Actor) -> QuerySet[Person]:
    """Protected persons for whom the actor is not named, and those with whom there is a conflict of interest."""
    return Person.objects.filter(
        Q(pk__in=hidden_persons(actor).values("pk"))
        | Q(pk__in=conflicts_of(actor).filter(person__isnull=False).values("person_id"))
    )


def people_barred(actor: Actor, number: IdentityNumber) -> set[UUID]:
    """Those with the number, now or earlier."""
    rows = PersonIdentifier.objects.filter(person__in=barred_persons(actor))
    known = set(
        rows.filter(index__in=indexes_of(actor, number)).values_list("person_id", flat=True)
    )
    # One who shares the number with somebody else here has no index.
    unindexed = rows.filter(index__isnull=True).exclude(ends_at=F("starts_at"))
    fitting = door.fits_unseen(unindexed, "value", lambda text: text == number.digits)
    return known | set(
        PersonIdentifier.objects.filter(pk__in=fitting).values_list("person_id", flat=True)
    )


def people_named(actor: Actor, fit: Callable[[str], float]) -> set[UUID]:
    return set(door.fits_unseen(barred_persons(actor), "name", fit))


def cases_numbered(actor: Actor, number: str) -> set[UUID]:
    rows = Case.objects.filter(number=number, person__in=barred_persons(actor))
    return set(rows.values_list("person_id", flat=True))


def barred_numbers(actor: Actor, numbers: Collection[str]) -> set[str]:
    """Those of the numbers that belong to cases of people who are barred from the actor."""
    rows = Case.objects.filter(number__in=numbers, person__in=barred_persons(actor))
    return set(rows.values_list("number", flat=True))


def numbers_of(actor: Actor, people: Collection[UUID]) -> dict[UUID, list[str]]:
    """The numbers of their cases here; nothing of those who are barred from the actor."""
    rows = Case.objects.filter(person__in=people).exclude(person__in=barred_persons(actor))
    found: dict[UUID, list[str]] = {}
    for person_id, number in rows.order_by("number").values_list("person_id", "number"):
        found.setdefault(person_id, []).append(number)
    return found


def note_barred(people: Collection[UUID]) -> None:
    """An attempt for each. No case number stands in it: whoever reads the unit's log may be barred too."""
    for person_id in sorted(people):
        door.refuse(Person, person_id, outcome="denied", action="search")
