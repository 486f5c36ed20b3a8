"""Appointing a named person of another municipality to approve in one case: dated, logged, ended by itself or at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from access import door
from access.actor import Actor
from access.models import Membership, Role
from access.policy import Action
from access.request_transaction import record
from cases.models import Appointment, Case, Summary, SummaryState
from cases.models.case import ENDED_STAGES
from cases.rules.law import NoRule, in_force
from cases.services.assignment import NotTheLead, leads
from cases.services.consent import hold_case
from cases.services.refusals import CaseStopped
from cases.services.summary import ask_for_approval
from reminders.services import cancel
from reminders.working_days import local_date


class NobodyThere(Exception):
    """Nobody with that address works with SSPF in another municipality."""


class OnesOwn(Exception):
    """One cannot appoint oneself."""


def latest_day(today: date) -> date:
    """The last day an appointment made today can have."""
    return today + timedelta(days=_rule(today)["longest_days"])


def proposed_day(today: date) -> date:
    """The last day that is proposed for one made today."""
    return today + timedelta(days=_rule(today)["default_days"])


def candidate(case: Case, address: str, *, today: date) -> Membership:
    """The person with exactly that address, by the role they have at home. Raises NobodyThere."""
    found = (
        Membership.objects.in_force(today)
        .filter(
            user__email__iexact=address.strip(),
            role__in=_rule(today)["roles"],
            agency__hosts_sspf=True,
        )
        .exclude(municipality_id=case.municipality_id)
        .select_related("user", "municipality")
        .first()
    )
    if found is None:
        raise NobodyThere
    return found


def appoint(
    *, actor: Actor, case: Case, home: Membership, until: date, now: datetime
) -> Appointment:
    """A guest membership here, for this case until that day. Raises NotTheLead, CaseStopped, OnesOwn."""
    today = local_date(now)
    _demand(actor, case, today)
    hold_case(case)
    if case.stage in ENDED_STAGES:
        raise CaseStopped
    if home.user_id == actor.user_id:
        raise OnesOwn
    guest = _guest(actor, home, until, today)
    standing = Appointment.objects.in_force(today).filter(case=case, membership=guest).first()
    if standing is not None:
        return standing
    appointment = Appointment.objects.create(
        municipality_id=case.municipality_id,
        agency_id=case.agency_id,
        case=case,
        membership=guest,
        home=home.municipality.name,
        appointed_by_id=actor.member,
        appointed_at=now,
        starts_on=today,
        ends_on=min(until, home.ends_on),
    )
    _ask_again(case, now)
    record(
        "case.appoint",
        object_type="access.membership",
        object_id=guest.id,
        case=(case.id, case.number),
    )
    return appointment


def end_appointment(*, actor: Actor, case: Case, appointment_id: UUID, now: datetime) -> None:
    """From the next request the appointed person sees nothing of the case. Raises NotTheLead, LookupError."""
    today = local_date(now)
    _demand(actor, case, today)
    hold_case(case)
    found = appointments(case, today=today).get(appointment_id)
    if found is None:
        raise LookupError("no such appointment in force")
    found.ended_at = now
    found.save(update_fields=["ended_at"])
    others = Appointment.objects.in_force(today).filter(membership_id=found.membership_id)
    if not others.exists():
        found.membership.ended_at = now
        found.membership.save(update_fields=["ended_at"])
    _ask_again(case, now)
    record(
        "case.appoint_end",
        object_type="access.membership",
        object_id=found.membership_id,
        case=(case.id, case.number),
    )


def end_with_their_role(*, today: date, now: datetime) -> None:
    """In the agency's own work: whose guest role has ended is appointed no longer, and what waited goes to the next."""
    held = Membership.objects.in_force(today).filter(pk=OuterRef("membership_id"))
    left = Appointment.objects.in_force(today).exclude(Exists(held))
    for appointment in left.select_related("case"):
        hold_case(appointment.case)
        appointment.ended_at = now
        appointment.save(update_fields=["ended_at"])
        _ask_again(appointment.case, now)
        record(
            "case.appoint_end",
            object_type="access.membership",
            object_id=appointment.membership_id,
            case=(appointment.case_id, appointment.case.number),
        )


def appointments(case: Case, *, today: date) -> dict[UUID, Appointment]:
    """Those in force, by id."""
    rows = Appointment.objects.in_force(today).filter(case=case)
    return {one.id: one for one in rows.select_related("membership__user", "appointed_by__user")}


def may_appoint(actor: Actor, case: Case, *, today: date) -> bool:
    """The case's lead, or the manager of those who work on it."""
    if not door.may(actor, case, "appointment", Action.CREATE):
        return False
    return actor.role == Role.MANAGER or leads(actor, case, today=today)


def _demand(actor: Actor, case: Case, today: date) -> None:
    door.demand(actor, case, "appointment", Action.CREATE)
    if not may_appoint(actor, case, today=today):
        raise NotTheLead


def _guest(actor: Actor, home: Membership, until: date, today: date) -> Membership:
    """The person's guest membership in the actor's agency: the standing one, lasting at least so long, or a new one."""
    until = min(until, home.ends_on)
    guest = (
        Membership.objects.in_force(today)
        .select_for_update(of=("self",))
        .filter(home=home, agency_id=actor.agency_id, role=Role.APPROVER)
        .first()
    )
    if guest is None:
        return Membership.objects.create(
            user_id=home.user_id,
            municipality_id=actor.municipality_id,
            agency_id=actor.agency_id,
            unit_id=actor.unit,
            role=Role.APPROVER,
            starts_on=today,
            ends_on=until,
            home=home,
        )
    if guest.ends_on < until:
        guest.ends_on = until
        guest.save(update_fields=["ends_on"])
    return guest


def _ask_again(case: Case, now: datetime) -> None:
    """What waits for a decision goes to whoever is first to be asked now; to nobody where nobody is left."""
    for summary in Summary.objects.filter(case=case, state=SummaryState.DRAFT):
        if not ask_for_approval(summary, now):
            cancel(subject_id=summary.id, kind="summary_approval")


def _rule(today: date) -> Mapping[str, Any]:
    found = in_force("appointment", today)
    if not found:
        raise NoRule(f"appointment on {today}")
    return max(found, key=lambda row: row["valid_from"])
