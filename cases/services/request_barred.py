"""A question from the police that everybody who decides in the asked unit is barred from: the next who may decide is asked.

Where nobody in the agency may, the administrator is warned of the agency, and the first who comes is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from access.actor import system_actor
from access.models import Agency, Membership, Municipality
from access.request_transaction import current_work, record, set_partition
from cases.models import Person, PoliceRequest, RequestDeputy, RequestState
from cases.rules.request_routing import route_of
from cases.services.protection import may_work_with
from reminders.models import Deadline
from reminders.services import cancel, set_deadline

KIND = "police_request"
NAME = gettext_noop("Det som ingen får besluta om")


def ask_the_next(*, today: date, person: Person | None = None) -> int:
    """In the agency's own work: each waiting question about the person, or about anybody known. How many nobody may decide on."""
    rows = _waiting().select_for_update(of=("self",))
    mine = rows.filter(person=person) if person else rows
    return sum(not _ask(one, today) for one in mine)


def nobody_decides(municipality: Municipality, today: date) -> list[str]:
    """For an administrator: the agencies where a question waits that nobody may decide on. Not which, nor about whom."""
    return [
        _(
            "%(agency)s: en fråga från polisen väntar, och ingen där får besluta om den."
            " Föreslå en till som kan besluta."
        )
        % {"agency": agency.name}
        for agency in Agency.objects.filter(municipality=municipality).order_by("name")
        if _any_left(agency, today)
    ]


def _any_left(agency: Agency, today: date) -> bool:
    """Asked in the agency's own partition, as `access.figures` asks for numbers: yes or no comes out of it."""
    set_partition(
        system_actor(
            name=NAME,
            municipality_id=agency.municipality_id,
            agency_id=agency.id,
            agency_kind=agency.kind,
        )
    )
    try:
        return any(not _able(one, today) and _next(one, today) is None for one in _waiting())
    finally:
        set_partition(current_work().actor)


def _waiting() -> QuerySet[PoliceRequest]:
    known = PoliceRequest.objects.filter(state=RequestState.WAITING, person__isnull=False)
    return known.select_related("person", "unit__agency")


def _ask(request: PoliceRequest, today: date) -> bool:
    able = {one.id: one for one in _able(request, today)}
    asked = Deadline.objects.filter(
        kind=KIND, subject_id=request.id, state=Deadline.State.OPEN
    ).first()
    if asked is not None and asked.responsible_membership_id in able:
        return True
    to = next(iter(able.values()), None) or _next(request, today)
    if to is None:
        # Whoever is barred is not reminded of what they cannot open.
        cancel(kind=KIND, subject_id=request.id)
        return False
    if to.id not in able:
        request.unit_id, request.decider_role = to.unit_id, to.role
        request.version += 1
        request.save(update_fields=["unit", "decider_role", "version"])
    set_deadline(
        kind=KIND,
        subject_id=request.id,
        label=request.number,
        route="police_request",
        responsible=to.id,
        due_on=request.answer_by,
    )
    record(
        "request.pass_to",
        object_type="cases.policerequest",
        object_id=request.id,
        basis=request.basis,
    )
    return True


def _able(request: PoliceRequest, today: date) -> list[Membership]:
    """Those who find it now: in the unit, in the role that decides, or a deputy; whom nothing bars."""
    deputies = RequestDeputy.objects.in_force(today).filter(unit_id=request.unit_id)
    held = (
        Membership.objects.in_force(today)
        .filter(
            Q(role=request.decider_role) | Q(pk__in=deputies.values("membership_id")),
            unit_id=request.unit_id,
        )
        .order_by("starts_on", "id")
    )
    return _unbarred(request, held, today)


def _next(request: PoliceRequest, today: date) -> Membership | None:
    """Of those whom the routing of the day it came lets decide: another role in the unit, then another unit of the agency."""
    agency = request.unit.agency
    route = route_of(
        request.basis,
        kind=agency.kind,
        regime=agency.secrecy_regime,
        on=timezone.localdate(request.received_at),
    )
    held = Membership.objects.in_force(today).filter(
        agency_id=request.agency_id, role__in=route.deciders
    )
    ranked = sorted(
        held,
        key=lambda one: (
            one.unit_id != request.unit_id,
            route.deciders.index(one.role),
            one.starts_on,
            one.pk,
        ),
    )
    return next(iter(_unbarred(request, ranked, today)), None)


def _unbarred(request: PoliceRequest, held: Iterable[Membership], today: date) -> list[Membership]:
    return may_work_with(request.person, held, today=today) if request.person else list(held)
