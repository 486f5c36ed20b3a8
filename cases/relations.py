"""How an actor can relate to the rows of `cases`: each function gives what must hold of a row, in SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from access.actor import Actor
from cases.models import Assignment, ConcernState, ReleaseEnd, ReleaseReader


def works_on(lookup: str, reference: str, *, of_unit: bool = False) -> Callable[[Actor], Q]:
    """The actor (or somebody of the unit the actor leads) has an assignment in force.

    `lookup` goes from Assignment to the row's column `reference`.
    """

    def condition(actor: Actor) -> Q:
        today = timezone.localdate()
        who = {"membership__unit_id": actor.unit} if of_unit else {"membership_id": actor.member}
        works = Assignment.objects.in_force(today).filter(**who, **{lookup: OuterRef(reference)})
        return Q(Exists(works))

    return condition


def works_on_both(one: str, other: str) -> Callable[[Actor], Q]:
    """The actor works with both persons of a pair, each in a case of their own."""
    first, second = works_on("case__person_id", one), works_on("case__person_id", other)
    return lambda actor: first(actor) & second(actor)


def author(actor: Actor) -> Q:
    return Q(membership_id=actor.member)


def principal(actor: Actor) -> Q:
    return Q(unit_id=actor.unit)


def untaken(actor: Actor) -> Q:
    return Q(state=ConcernState.NEW)


def recipient(actor: Actor) -> Q:
    """Named, still within its time, and not ended: asked anew in every request."""
    named = ReleaseReader.objects.filter(release_id=OuterRef("pk"), membership_id=actor.member)
    ended = ReleaseEnd.objects.filter(release_id=OuterRef("pk"))
    return Q(Exists(named)) & ~Q(Exists(ended)) & Q(until__gte=timezone.localdate())


def unsettled(condition: Callable[[Actor], Q]) -> Callable[[Actor], Q]:
    return lambda actor: condition(actor) & Q(settled_at__isnull=True)


def kept(condition: Callable[[Actor], Q]) -> Callable[[Actor], Q]:
    return lambda actor: condition(actor) & Q(removed_at__isnull=True)


def case_of(row: Any) -> tuple[UUID | None, str]:
    return (row.case_id, row.case.number) if row.case_id else (None, "")
