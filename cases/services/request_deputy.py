"""Who decides on the police's questions in a unit, and the dated deputies that stand in for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from access import door
from access.actor import Actor
from access.models import Membership, Unit
from access.policy import Action
from access.request_transaction import record
from cases.models import RequestDeputy
from cases.rules.request_routing import Route
from reminders.models import Deadline


class NotAColleague(Exception):
    """A deputy works in the same unit, throughout, and is somebody else."""


def decider_of(unit: Unit, route: Route, today: date) -> Membership | None:
    """Whoever decides for `unit`: in it, or else the only one in its agency. None where nobody can be named."""
    held = (
        Membership.objects.in_force(today)
        .filter(agency_id=unit.agency_id, role__in=route.deciders)
        .select_related("unit", "agency", "user")
        .order_by("starts_on", "id")
    )
    ordered = sorted(held, key=lambda one: route.deciders.index(one.role))
    here = [one for one in ordered if one.unit_id == unit.id]
    if here:
        return here[0]
    # With several schools under one agency nobody can say whose pupil it is.
    return ordered[0] if len({one.unit_id for one in ordered}) == 1 else None


def colleagues(actor: Actor, today: date) -> Sequence[Membership]:
    held = Membership.objects.in_force(today).filter(unit_id=actor.unit).exclude(pk=actor.member)
    return list(held.select_related("user").order_by("user__name", "id"))


def name_deputy(
    *, actor: Actor, deputy: Membership, starts_on: date, ends_on: date, now: datetime
) -> RequestDeputy:
    """Raises NotAColleague."""
    if deputy.unit_id != actor.unit or deputy.id == actor.member or ends_on > deputy.ends_on:
        raise NotAColleague
    place = {"municipality_id": actor.municipality_id, "agency_id": actor.agency_id}
    # Two presses are one deputy: the second waits for the first, and finds it.
    Membership.objects.select_for_update(no_key=True).get(pk=actor.member)
    named = RequestDeputy.objects.filter(
        unit_id=actor.unit, membership=deputy, starts_on=starts_on, ends_on=ends_on, ended_at=None
    ).first()
    if named is not None:
        return named
    row = RequestDeputy.objects.create(
        **place,
        unit_id=actor.unit,
        membership=deputy,
        starts_on=starts_on,
        ends_on=ends_on,
        named_by_id=actor.member,
        named_at=now,
    )
    record("request.deputy", object_type="cases.requestdeputy", object_id=row.id)
    return row


def end_deputy(*, actor: Actor, deputy: RequestDeputy, now: datetime) -> None:
    """From the next request on."""
    door.demand(actor, deputy, "request_deputy", Action.WRITE)
    if deputy.ended_at is None:
        deputy.ended_at = now
        deputy.save(update_fields=["ended_at"])
    record("request.deputy_end", object_type="cases.requestdeputy", object_id=deputy.id)


def deputy_for(deadline: Deadline, today: date) -> Membership | None:
    """Who stands in for the responsible person today; asked by the reminders when they are sent."""
    row = (
        RequestDeputy.objects.in_force(today)
        .filter(unit_id=deadline.unit_id, membership__ends_on__gte=today)
        .select_related("membership__user")
        .first()
    )
    return row.membership if row else None
