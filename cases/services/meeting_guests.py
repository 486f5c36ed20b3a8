"""Who can be called to a network meeting: those who work on the case, and those whom its consents cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from access.models import Membership, Role
from cases.models import Case, Consent
from cases.models.case import ENDED_STAGES
from cases.rules.codes import Choices, choices, row_of
from cases.rules.consent import covers
from cases.services.assignment import people_on
from cases.services.consent import live_scopes
from cases.services.meeting import HEARS
from cases.services.protection import without_conflict

# Those who work with young people; nobody is called as an administrator or a reviewer.
AT_THE_TABLE = (
    Role.TEACHER,
    Role.PRINCIPAL,
    Role.SCHOOL_COUNSELLOR,
    Role.SCHOOL_NURSE,
    Role.SOCIAL_WORKER,
    Role.COORDINATOR,
    Role.POLICE_OFFICER,
    Role.YOUTH_WORKER,
    Role.MANAGER,
)


@dataclass(frozen=True, slots=True)
class Circle:
    """own: of the case's agency, working on it · covered: of others, with a consent today · outside: of others, without.

    Nobody with a conflict of interest about the person is in any of them.
    """

    own: Sequence[Membership]
    covered: Sequence[Membership]
    outside: Sequence[Membership]

    @property
    def outside_units(self) -> list[str]:
        """Unit and agency of those whom no consent covers; a unit where somebody is covered is not named."""
        inside = {one.unit_id for one in self.covered}
        return sorted({place_of(one) for one in self.outside if one.unit_id not in inside})


def place_of(membership: Membership) -> str:
    """Unit and agency; one name where they are called the same."""
    return ", ".join(dict.fromkeys((membership.unit.name, membership.agency.name)))


def circle(case: Case, *, today: date) -> Circle:
    """Everybody who could sit at the table, by whether they may be called today."""
    own = [one.membership for one in people_on(case, today=today)]
    others = list(
        Membership.objects.in_force(today)
        .filter(municipality_id=case.municipality_id, role__in=AT_THE_TABLE)
        .exclude(agency_id=case.agency_id)
        .select_related("user", "unit", "agency")
        .order_by("agency__name", "unit__name", "user__name")
    )
    papers = [
        live_scopes(consent)
        for consent in Consent.objects.in_force(today)
        .filter(case=case)
        .exclude(case__stage__in=ENDED_STAGES)
    ]
    units = {(one.agency_id, one.unit_id) for one in others}
    inside = {
        (agency, unit)
        for agency, unit in units
        if any(
            covers(
                ticks, host=case.agency_id, agency_id=agency, unit_id=unit, kinds=HEARS, on=today
            )
            for ticks in papers
        )
    }
    consented = [one for one in others if (one.agency_id, one.unit_id) in inside]
    covered = without_conflict(case.person, consented)
    known = {one.id for one in consented}
    return Circle(own, covered, [one for one in others if one.id not in known])


def reasons(today: date) -> Choices:
    """Why a meeting may be called off by hand."""
    return [
        (code, label)
        for code, label in choices("meeting_cancelled", today)
        if not row_of("meeting_cancelled", code, today)["by_itself"]
    ]
