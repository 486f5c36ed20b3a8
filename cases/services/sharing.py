"""Before the law: who tells, who receives, whom it is about. Asks the catalogue what can apply, and who else decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from access.actor import Actor
from access.models import Agency, Membership, Role, Unit
from access.policy import Action, policy
from cases.models import Appointment, Assignment, Case, Summary
from cases.rules.legal_basis import Approver, Party, Question, Subject, Verdict, bases_for
from cases.rules.outside_receiver import OutsideReceiver, outside
from cases.services.consent import covering_consent
from cases.services.protection import may_work_with

HEADS = (Role.MANAGER, Role.PRINCIPAL)
# Social services in another municipality (law/outside_receiver.toml): what the page on moving is about.
OUTSIDE = UUID(int=0)
ELSEWHERE = "social_services_elsewhere"


class ShareRefused(Exception):
    """It may not be told like this; the subclass says why."""


class NotPossible(ShareRefused):
    """The basis does not apply (any more); `verdict` says why not, and what else there is."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.code)
        self.verdict = verdict


class Blocked(ShareRefused):
    """An answer means that this basis may not be used; the question says what to look at instead."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.code)
        self.question = question


class NotAnswered(ShareRefused):
    """A question has no answer, or no note."""


class BasisChanged(ShareRefused):
    """The rule has another wording now than when this was proposed."""


class NotCovered(ShareRefused):
    """No consent in force covers the receiver, this kind of information, and for that long."""


class NotReadable(ShareRefused):
    """Somebody named does not work there any more, or may not read this kind of information in the system."""


class NotDecided(ShareRefused):
    """The municipality has not decided on standing sharing with this receiver."""


class SharingEnded(ShareRefused):
    """It is shared with nobody any more: ended by hand, or with its consent."""


class NotInSystem(ShareRefused):
    """Told on an earlier day, or to somebody who has no partition here: nothing of it is written into one now."""


class DayNotBeen(ShareRefused):
    """It cannot have been told on a day that has not been."""


class SamePerson(ShareRefused):
    """Who wrote it cannot approve it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """To one question of a basis: yes, no or either, and why."""

    answer: str
    note: str

    def __repr__(self) -> str:
        return "Answer(‹förseglat›)"


def receiving(summary: Summary) -> Agency:
    """The receiving agency; for one outside, what the catalogue needs to know of it, and no row."""
    there = outside(summary.to_agency)
    if there is not None:
        return Agency(id=there.id, kind=there.kind, name=summary.to_agency_name)
    return Agency.objects.get(pk=summary.to_agency)


def unit_of(there: OutsideReceiver) -> Unit:
    """What stands in the place of a unit for a receiver that has none here: no row."""
    agency = Agency(id=there.id, kind=there.kind, secrecy_regime="", name=there.name)
    return Unit(id=there.id, agency=agency, name=there.name)


def party_of(agency: Agency, role: str = "") -> Party:
    return Party(
        kind=agency.kind,
        regime=agency.secrecy_regime,
        independent=agency.independent,
        role=role,
    )


def teller(membership: Membership) -> Party:
    return party_of(membership.agency, membership.role)


def verdicts(
    *,
    sender: Party,
    case: Case | None,
    to: Agency,
    kind: str,
    born: date | None,
    on: date,
    unit_id: UUID | None = None,
) -> list[Verdict]:
    """What can apply and what cannot, if this is told to that agency, or that unit of it, on that day."""
    consent = (
        covering_consent(case, agency_id=to.id, unit_id=unit_id, kinds={kind}, on=on)
        if case
        else None
    )
    return bases_for(
        sender,
        party_of(to),
        Subject(born=born, consented=consent is not None),
        frozenset({kind}),
        on,
    )


def check_answers(questions: Sequence[Question], answers: Mapping[str, Answer]) -> None:
    """Raises NotAnswered, or Blocked at the first answer that does not allow it."""
    for question in questions:
        given = answers.get(question.code)
        if given is None or not given.note.strip():
            raise NotAnswered(question.code)
        if not question.allows(given.answer):
            raise Blocked(question)


def can_be_read_by(role: str, *, kind: str, full_name: bool, basis: str) -> bool:
    """Whether the policy lets a named receiver in this role read such a release at all."""
    holds = frozenset({"consent" if basis.startswith("SAMTYCKE") else "law"})
    name = "release_full_name" if full_name else "release_first_name"
    return all(
        policy().permits(role, "recipient", group, Action.READ, holds=holds)
        for group in ("release", f"release_{kind}", name)
    )


def people_at(unit: Unit, today: date) -> list[Membership]:
    """Who can be named as receiver: everybody who has a role there that receives at all."""
    held = Membership.objects.in_force(today).filter(unit=unit).select_related("user", "unit")
    return [
        member
        for member in held.order_by("user__name", "id")
        if "recipient" in policy().relations_of(member.role)
    ]


def approvers(case: Case, *, author_id: UUID, today: date) -> list[Membership]:
    """Who else can be the second pair of eyes: who is appointed for it, colleagues on the case, managers of the agency.

    On the case its lead is asked first, then a manager, then the others. Never the author, in any membership.
    """
    working = dict(
        Assignment.objects.in_force(today).filter(case=case).values_list("membership_id", "lead")
    )
    of_case = Appointment.objects.in_force(today).filter(case=case)
    appointed = set(of_case.values_list("membership_id", flat=True))
    author = Membership.objects.filter(pk=author_id)
    held = (
        Membership.objects.in_force(today)
        .filter(agency_id=case.agency_id)
        .exclude(user_id__in=author.values("user_id"))
    )
    colleagues = held.filter(id__in={*working, *appointed})
    units = Membership.objects.filter(id__in=working).values("unit_id")
    managers = held.filter(role="manager", unit_id__in=units)
    found = {
        m.id: m for m in (*colleagues.select_related("user"), *managers.select_related("user"))
    }
    asked = sorted(
        found.values(),
        key=lambda m: (
            m.id not in appointed,
            m.id not in working,
            not working.get(m.id),
            m.role != "manager",
            m.user.name,
        ),
    )
    return may_work_with(case.person, asked, today=today)


def approvers_of(summary: Summary, *, today: date) -> list[Membership]:
    """Who may decide on a proposal, the first to ask first: the role that its basis asks for, never its author."""
    asked = Approver(summary.approver)
    if asked is Approver.NONE:
        return []
    if asked is Approver.PRINCIPAL or summary.case is None:
        found = _heads(summary, asked, today)
    else:
        found = approvers(summary.case, author_id=summary.author_id, today=today)
        if asked is not Approver.COLLEAGUE:
            appointed = set(
                Appointment.objects.in_force(today)
                .filter(case=summary.case)
                .values_list("membership_id", flat=True)
            )
            found = [one for one in found if one.role in HEADS or one.id in appointed]
    return [one for one in found if one.user_id != summary.author.user_id]


def _heads(summary: Summary, asked: Approver, today: date) -> list[Membership]:
    if summary.unit_id is None:
        return []
    roles = (Role.PRINCIPAL,) if asked is Approver.PRINCIPAL else HEADS
    held = Membership.objects.in_force(today).filter(
        agency_id=summary.agency_id, unit_id=summary.unit_id, role__in=roles
    )
    return list(held.select_related("user").order_by("user__name", "id"))


def may_share_without_case(actor: Actor) -> bool:
    return bool(policy().permits(actor.role, "author", "summary", Action.CREATE))
