"""A summary for another agency: written by one, approved by another, released by push to named people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from access import door
from access.actor import Actor
from access.models import Membership, Unit
from access.policy import Action
from access.request_transaction import record
from cases.models import Assignment, Case, Disclosure, Summary, SummaryReader, SummaryState
from cases.rules.law import in_force
from cases.services.consent import covering_consent, hold_case
from cases.services.disclosure import push_release
from crypto.keys import Scope, data_key
from crypto.seal import seal
from crypto.sealed import Sealed
from reminders.services import finish, set_deadline
from reminders.working_days import add_working_days


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryText:
    about: str
    body: str

    def __repr__(self) -> str:
        return "SummaryText(‹förseglat›)"


class NotCovered(Exception):
    """No consent in force covers the receiving agency for that long."""


class SamePerson(Exception):
    """The author cannot approve their own summary."""


class ChangedMeanwhile(Exception):
    """Somebody has saved the summary since this page was opened."""


def write_summary(
    *,
    actor: Actor,
    case: Case,
    text: SummaryText,
    unit: Unit,
    readers: Sequence[Membership],
    until: date,
    now: datetime,
) -> Summary:
    """A summary awaiting a second person. Raises NotCovered."""
    consent = covering_consent(case, agency_id=unit.agency_id, on=now.date())
    if consent is None or until > consent.valid_to:
        raise NotCovered
    place = {"municipality_id": case.municipality_id, "agency_id": case.agency_id}
    row_id = uuid4()
    sealed = _sealed(case, row_id, text)
    summary = Summary.objects.create(
        id=row_id,
        **place,
        case=case,
        consent=consent,
        to_agency=unit.agency_id,
        to_agency_name=unit.agency.name,
        to_unit=unit.id,
        to_unit_name=unit.name,
        about=sealed["about"],
        body=sealed["body"],
        until=until,
        author_id=actor.member,
        written_at=now,
    )
    SummaryReader.objects.bulk_create(
        SummaryReader(
            **place, summary=summary, reader_membership=reader.id, reader_name=reader.user.name
        )
        for reader in readers
    )
    _ask_for_approval(actor, summary, now)
    record(
        "summary.write",
        object_type="cases.summary",
        object_id=summary.id,
        case=(case.id, case.number),
    )
    return summary


def change_summary(
    *, actor: Actor, summary: Summary, text: SummaryText, seen_version: int, now: datetime
) -> None:
    """A new wording of one that has not been released. Raises ChangedMeanwhile."""
    locked = Summary.objects.select_for_update().get(pk=summary.pk)
    if locked.version != seen_version or locked.state == SummaryState.RELEASED:
        raise ChangedMeanwhile
    sealed = _sealed(summary.case, summary.id, text)
    summary.about, summary.body = sealed["about"], sealed["body"]
    summary.author_id = actor.member
    summary.state = SummaryState.DRAFT
    summary.version = seen_version + 1
    summary.save(update_fields=["about", "body", "author", "state", "version"])
    _ask_for_approval(actor, summary, now)
    record(
        "summary.change",
        object_type="cases.summary",
        object_id=summary.id,
        case=(summary.case_id, summary.case.number),
    )


def approvers(case: Case, *, author_id: UUID, today: date) -> list[Membership]:
    """Who else can be the second pair of eyes: colleagues on the case first, then managers of the agency.

    On the case its lead is asked first, then a manager, then the others.
    """
    working = dict(
        Assignment.objects.in_force(today).filter(case=case).values_list("membership_id", "lead")
    )
    held = Membership.objects.in_force(today).filter(agency_id=case.agency_id)
    colleagues = held.filter(id__in=working)
    managers = held.filter(role="manager", unit_id__in=colleagues.values("unit_id"))
    found = {
        m.id: m for m in (*colleagues.select_related("user"), *managers.select_related("user"))
    }
    asked = sorted(
        found.values(),
        key=lambda m: (
            m.id not in working,
            not working.get(m.id),
            m.role != "manager",
            m.user.name,
        ),
    )
    return [membership for membership in asked if membership.id != author_id]


def approve_and_release(
    *, actor: Actor, summary: Summary, seen_version: int, now: datetime
) -> Disclosure:
    """The second person approves; a copy is written into the receiver's partition. Consent is asked again here.

    Raises SamePerson, ChangedMeanwhile, NotCovered.
    """
    # The case first, as a withdrawal takes it: a consent cannot end between the question and the release.
    hold_case(summary.case)
    locked = _awaiting(summary, seen_version)
    if locked.author_id == actor.membership_id or _same_user(locked.author_id, actor):
        raise SamePerson
    door.demand(actor, summary, "summary", Action.DECIDE)
    consent = covering_consent(summary.case, agency_id=summary.to_agency, on=now.date())
    if consent is None or summary.until > consent.valid_to or summary.until < now.date():
        raise NotCovered
    shown = door.reveal_one(actor, summary, door.Purpose.APPROVAL)
    disclosure = push_release(
        actor=actor,
        summary=summary,
        consent=consent,
        about=shown.text["about"],
        body=shown.text["body"],
        basis="SAMTYCKE",
        basis_version=in_force("consent", now.date())[0]["valid_from"],
        now=now,
    )
    summary.state = SummaryState.RELEASED
    summary.approved_by_id = actor.membership_id
    summary.approved_at = now
    summary.version = seen_version + 1
    summary.save(update_fields=["state", "approved_by", "approved_at", "version"])
    finish(kind="summary_approval", subject_id=summary.id)
    record(
        "summary.release",
        object_type="cases.summary",
        object_id=summary.id,
        case=(summary.case_id, summary.case.number),
        basis="SAMTYCKE",
    )
    return disclosure


def return_summary(*, actor: Actor, summary: Summary, seen_version: int, now: datetime) -> None:
    """Back to the author for change; nothing has been shared. Raises ChangedMeanwhile."""
    door.demand(actor, summary, "summary", Action.DECIDE)
    _awaiting(summary, seen_version)
    summary.state = SummaryState.RETURNED
    summary.version += 1
    summary.save(update_fields=["state", "version"])
    finish(kind="summary_approval", subject_id=summary.id)
    record(
        "summary.return",
        object_type="cases.summary",
        object_id=summary.id,
        case=(summary.case_id, summary.case.number),
    )


def _awaiting(summary: Summary, seen_version: int) -> Summary:
    """The summary locked, as it was when the page was opened, still to be decided on. Raises ChangedMeanwhile."""
    locked = Summary.objects.select_for_update().get(pk=summary.pk)
    if {locked.version, summary.version} != {seen_version} or locked.state != SummaryState.DRAFT:
        raise ChangedMeanwhile
    return locked


def _sealed(case: Case, row_id: UUID, text: SummaryText) -> dict[str, Sealed]:
    key = data_key(
        municipality_id=case.municipality_id,
        agency_id=case.agency_id,
        scope=Scope.CASE,
        scope_id=case.id,
    )
    return {
        name: seal(value, key=key, field=f"cases.summary.{name}", row_id=row_id)
        for name, value in (("about", text.about), ("body", text.body))
    }


def _same_user(author_id: UUID, actor: Actor) -> bool:
    return Membership.objects.filter(pk=author_id, user_id=actor.user).exists()


def _ask_for_approval(actor: Actor, summary: Summary, now: datetime) -> None:
    others = approvers(summary.case, author_id=actor.member, today=now.date())
    others = [other for other in others if other.user_id != actor.user_id]
    if others:
        set_deadline(
            place=(summary.municipality_id, summary.agency_id),
            kind="summary_approval",
            subject_id=summary.id,
            label=summary.case.number,
            route="summary_detail",
            responsible=others[0].id,
            due_on=add_working_days(now.date(), 1),
        )
