"""Relations that last for minutes or days and end by themselves: break-glass, appointment, and what lost its owner."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Exists, Model, OuterRef, Q, Subquery
from django.utils import timezone

from access.actor import Actor
from access.models import Membership, Role
from cases.models import Appointment, Assignment, BreakGlass, SummaryState
from cases.models.case import ENDED_STAGES
from cases.rules.break_glass import opening_rule
from cases.rules.legal_basis import Approver

Condition = Callable[[Actor], Q]


def opened(lookup: str, reference: str) -> Condition:
    """The actor has a break-glass opening in force at this moment. `lookup` goes from it to the row's `reference`."""

    def condition(actor: Actor) -> Q:
        mine = BreakGlass.objects.in_force(timezone.now()).filter(membership_id=actor.member)
        return Q(Exists(mine.filter(**{lookup: OuterRef(reference)})))

    return condition


def latest(condition: Condition, model: type[Model], *order: str, **only: object) -> Condition:
    """Of the rows of a case, only as many of the latest as a break-glass opening shows."""

    def of_the_latest(actor: Actor) -> Q:
        here = model._default_manager.filter(case_id=OuterRef("case_id"), **only)
        shown = opening_rule(timezone.localdate()).notes
        return condition(actor) & Q(pk__in=Subquery(here.order_by(*order).values("pk")[:shown]))

    return of_the_latest


def to_review(actor: Actor) -> Q:
    """An opening by somebody else of the unit, or one that the actor has been asked to review."""
    asked = Q(unit_id=actor.unit) | Q(reviewer_id=actor.member)
    return asked & ~Q(opened_by_user=actor.user)


def asked_to_review(actor: Actor) -> Q:
    return Q(reviewer_id=actor.member) & ~Q(opened_by_user=actor.user)


def appointed(actor: Actor) -> Q:
    """A proposal that waits for a decision, in a case where the actor is appointed today."""
    mine = Appointment.objects.in_force(timezone.localdate()).filter(membership_id=actor.member)
    afterwards = Q(state=SummaryState.RELEASED, approver=Approver.AFTER, approved_by__isnull=True)
    return (Q(state=SummaryState.DRAFT) | afterwards) & Q(
        Exists(mine.filter(case_id=OuterRef("case_id")))
    )


def ownerless(actor: Actor) -> Q:
    """An open case that nobody leads, led before in the actor's unit, or where no manager is left to see it."""
    today = timezone.localdate()
    led_before = Assignment.objects.filter(case_id=OuterRef("pk"), lead=True)
    leads_now = Assignment.objects.manned(today).filter(case_id=OuterRef("pk"), lead=True)
    managers = Membership.objects.in_force(today).filter(
        role=Role.MANAGER, unit_id=OuterRef("membership__unit_id")
    )
    mine = Q(Exists(led_before.filter(membership__unit_id=actor.unit)))
    nobodys = ~Q(Exists(led_before.filter(Exists(managers))))
    return ~Q(stage__in=ENDED_STAGES) & ~Q(Exists(leads_now)) & (mine | nobodys)
