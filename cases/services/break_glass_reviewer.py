"""Asking somebody to review a break-glass opening: never the opener, and never nobody for longer than it takes to appoint one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from access.accounts import rules as account_rules
from access.accounts.guests import begin_guest_reviewer
from access.models import Agency, Membership, Municipality, Role
from access.policy import Action, policy
from access.request_transaction import record
from cases.models import BreakGlass, Conflict
from cases.rules.break_glass_reviewer import Candidate, Reviewer, in_order, roles_that_review
from reminders.services import cancel, reassign, set_deadline
from reminders.working_days import local_date

KIND = "break_glass_review"


def reviewer_of(opener: Membership, today: date, *, person_id: UUID) -> Membership | None:
    """By the dated order; from another agency as a guest who reads the log's metadata and nothing else.

    Nobody with a conflict of interest about the person: to them there is no opening.
    """
    barred = _barred(person_id)
    held = [one for one in _held(opener.municipality_id, today) if one.user not in barred]
    for one in _order(opener, held, today):
        found = Membership.objects.select_related("user").get(pk=one.membership)
        if not one.guest_days:
            return found
        guest = _guest(found, opener, days=one.guest_days, today=today)
        if guest is not None:
            return guest
    return None


def ask(opening: BreakGlass, number: str, reviewer: Membership) -> None:
    """Sets the day by which it is to be reviewed."""
    set_deadline(
        kind=KIND,
        subject_id=opening.id,
        label=number,
        route="break_glass_review",
        responsible=reviewer.id,
    )


def ask_for_the_forgotten(*, now: datetime) -> int:
    """In the agency's own work: openings that found nobody, or whose reviewer's role has ended, go to the first who can.

    A day that was set stays. Gives how many still wait.
    """
    waiting = 0
    held = Membership.objects.in_force(local_date(now)).filter(pk=OuterRef("reviewer_id"))
    rows = BreakGlass.objects.select_for_update(of=("self",)).filter(~Exists(held), outcome="")
    for opening in rows.select_related("case", "membership"):
        reviewer = reviewer_of(
            opening.membership, local_date(now), person_id=opening.case.person_id
        )
        if reviewer is None:
            waiting += 1
            continue
        had_one = opening.reviewer_id is not None
        _give(opening, reviewer)
        if had_one:
            reassign(kind=KIND, subject_id=opening.id, responsible=reviewer.id)
        else:
            ask(opening, opening.case.number, reviewer)
    return waiting


def pass_on_reviews(*, person_id: UUID, today: date) -> None:
    """After somebody has been barred from the person: what they were to review goes to the next, and the day stays."""
    rows = BreakGlass.objects.select_for_update(of=("self",)).filter(
        case__person_id=person_id, reviewer__user__in=_barred(person_id), outcome=""
    )
    for opening in rows.select_related("case", "membership"):
        reviewer = reviewer_of(opening.membership, today, person_id=person_id)
        if reviewer is None:
            opening.reviewer = None
            opening.save(update_fields=["reviewer"])
            cancel(kind=KIND, subject_id=opening.id)
            continue
        _give(opening, reviewer)
        reassign(kind=KIND, subject_id=opening.id, responsible=reviewer.id)


def nobody_reviews(municipality: Municipality, today: date) -> list[str]:
    """For an administrator: the agencies where somebody can open in an emergency and nobody could review it."""
    held = _held(municipality.id, today)
    openers = Membership.objects.in_force(today).filter(
        municipality=municipality, role__in=_opening_roles()
    )
    alone = {one.agency_id for one in openers if not _order(one, held, today)}
    return [
        _(
            "%(agency)s: om någon gör en nödöppning kan ingen annan granska den."
            " Föreslå en enhetschef till eller en logggranskare."
        )
        % {"agency": agency.name}
        for agency in Agency.objects.filter(pk__in=alone)
    ]


def _give(opening: BreakGlass, reviewer: Membership) -> None:
    opening.reviewer = reviewer
    opening.save(update_fields=["reviewer"])
    record(
        "break_glass.ask",
        object_type="access.membership",
        object_id=reviewer.id,
        case=(opening.case_id, opening.case.number),
    )


def _barred(person_id: UUID) -> set[UUID]:
    """The users whom a conflict of interest keeps from the person."""
    held = Conflict.objects.filter(person_id=person_id, ended_at__isnull=True)
    return set(held.values_list("about_user", flat=True))


def _opening_roles() -> list[Role]:
    return [role for role in Role if policy().ways(role, "break_glass", Action.CREATE)]


def _held(municipality_id: UUID, today: date) -> list[Candidate]:
    rows = Membership.objects.in_force(today).filter(
        municipality_id=municipality_id, role__in=roles_that_review(today)
    )
    return [
        Candidate(
            membership=one.id,
            user=one.user_id,
            role=one.role,
            unit=one.unit_id,
            agency=one.agency_id,
            since=one.starts_on,
        )
        for one in rows
    ]


def _order(opener: Membership, held: list[Candidate], today: date) -> list[Reviewer]:
    return in_order(
        held,
        opener=opener.user_id,
        unit=opener.unit_id,
        agency=opener.agency_id,
        on=today,
    )


def _guest(home: Membership, opener: Membership, *, days: int, today: date) -> Membership | None:
    """None where the rules keep the role apart from another that the person has in the opener's agency."""
    there = Membership.objects.in_force(today).filter(
        user_id=home.user_id, agency_id=opener.agency_id
    )
    new = account_rules.Held(
        role=Role.LOG_REVIEWER,
        municipality_id=opener.municipality_id,
        agency_id=opener.agency_id,
    )
    others = [
        account_rules.Held(
            role=one.role, municipality_id=one.municipality_id, agency_id=one.agency_id
        )
        for one in there
    ]
    if account_rules.kept_apart(new, others, today) is not None:
        return None
    return begin_guest_reviewer(
        home, unit_id=opener.unit_id, first=today, last=today + timedelta(days=days)
    )
