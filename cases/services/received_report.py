"""Reports of concern that have come in to the social services' intake: what is to be done, by when, and that it is done.

Only the unit that receives reports reaches them; they never become part of an SSPF case. What the assessment and the
investigation say stays in the agency's own case system.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from access import door
from access.actor import Actor
from access.models import Unit
from access.policy import Action
from access.request_transaction import record
from cases.models import ReceivedReport, ReportState
from cases.rules import report_dates
from cases.rules.numbers import draw_number
from cases.services import feedback
from cases.services.case_seal import uid_of
from cases.services.once import hold_row
from cases.services.refusals import ChangedMeanwhile
from crypto.keys import Scope, new_data_key
from crypto.seal import seal
from reminders.services import finish, reassign, set_deadline

TASKS = ("protection_assessment", "preliminary_assessment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is written down: whom it is about, who made it, and where the original is."""

    child: str
    reporter: str
    reference: str
    received_at: datetime
    how: str

    def __repr__(self) -> str:
        return "Report(‹förseglat›)"


class NotTheIntake(Exception):
    """The actor's unit does not receive reports of concern."""


class AssessFirst(Exception):
    """The protection assessment comes before the decision (SoL 20:1–2)."""


def is_intake(actor: Actor) -> bool:
    return Unit.objects.filter(pk=actor.unit, receives_reports=True).exists()


def receive_report(*, actor: Actor, report: Report, row_id: UUID, now: datetime) -> ReceivedReport:
    """Registers it with its two dates; the one who registers it is responsible. Raises NotTheIntake.

    row_id: from cases.services.once; the same one twice gives the row of the first time.
    """
    if not is_intake(actor):
        raise NotTheIntake
    hold_row(row_id)
    made = ReceivedReport.objects.filter(pk=row_id).first()
    if made is not None:
        return made
    place = {"municipality_id": actor.municipality_id, "agency_id": actor.agency_id}
    key = new_data_key(**place, scope=Scope.CONCERN, scope_id=row_id)
    received_on = timezone.localdate(report.received_at)
    texts = {"child": report.child, "reporter": report.reporter, "reference": report.reference}
    row = ReceivedReport.objects.create(
        id=row_id,
        **place,
        unit_id=actor.unit,
        number=draw_number("M", received_on),
        received_at=report.received_at,
        how=report.how,
        responsible_id=actor.member,
        registered_at=now,
        decide_by=report_dates.decide_by(received_on),
        **{
            name: seal(text, key=key, field=uid_of(ReceivedReport, name), row_id=row_id)
            for name, text in texts.items()
        },
    )
    for kind, due_on in zip(TASKS, (received_on, row.decide_by), strict=True):
        set_deadline(
            kind=kind,
            subject_id=row.id,
            label=row.number,
            route="received_report",
            responsible=actor.member,
            due_on=due_on,
        )
    record("report.receive", object_type="cases.receivedreport", object_id=row.id)
    return row


def note_protection(
    *, actor: Actor, report: ReceivedReport, assessed_at: datetime, seen_version: int
) -> None:
    """That the protection assessment is made (SoL 20:1), and when; never what it says. Raises ChangedMeanwhile."""
    door.demand(actor, report, "received_report", Action.WRITE)
    _hold(report, seen_version)
    report.protection_assessed_at = assessed_at
    report.protection_assessed_by_id = actor.member
    _save(report, "protection_assessed_at", "protection_assessed_by")
    finish(kind="protection_assessment", subject_id=report.id)
    record("report.assess_protection", object_type="cases.receivedreport", object_id=report.id)


def note_decision(
    *,
    actor: Actor,
    report: ReceivedReport,
    state: ReportState,
    decided_on: date,
    seen_version: int,
    today: date,
) -> None:
    """Opened, not opened or already ongoing (SoL 20:2). Whoever has asked is to be told within a week.

    Raises ChangedMeanwhile, AssessFirst.
    """
    door.demand(actor, report, "received_report", Action.DECIDE)
    _hold(report, seen_version)
    if report.protection_assessed_at is None:
        raise AssessFirst
    report.state, report.decided_on, report.decided_by_id = state, decided_on, actor.member
    _save(report, "state", "decided_on", "decided_by")
    finish(kind="preliminary_assessment", subject_id=report.id)
    record("report.decide", object_type="cases.receivedreport", object_id=report.id)
    for request in feedback.unanswered(report):
        feedback.remind(request, report, today=today)


def take_over(*, actor: Actor, report: ReceivedReport, seen_version: int) -> None:
    """The actor is responsible from now on for what is left to do. Raises ChangedMeanwhile."""
    door.demand(actor, report, "received_report", Action.WRITE)
    _hold(report, seen_version)
    left = [
        kind
        for kind, done in zip(
            TASKS, (report.protection_assessed_at, report.decided_on), strict=True
        )
        if done is None
    ]
    for kind in left:
        reassign(kind=kind, subject_id=report.id, responsible=actor.member)
    report.responsible_id = actor.member
    _save(report, "responsible")
    record("report.take_over", object_type="cases.receivedreport", object_id=report.id)


def _hold(report: ReceivedReport, seen_version: int) -> None:
    locked = ReceivedReport.objects.select_for_update().get(pk=report.pk)
    if {locked.version, report.version} != {seen_version}:
        raise ChangedMeanwhile


def _save(report: ReceivedReport, *fields: str) -> None:
    report.version += 1
    report.save(update_fields=[*fields, "version"])
