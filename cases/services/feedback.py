"""Feedback to who made a report of concern (SoL 19:6): asked for, matched by hand, answered in the law's words.

The question is written into the intake's partition, the answer into the reporter's; neither side reads the other's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from access import door
from access.actor import Actor
from access.models import Membership, Role, Unit
from access.policy import Action
from access.request_transaction import record
from cases.models import FeedbackAnswer, FeedbackRequest, ReceivedReport, ReportMade, ReportState
from cases.rules import report_dates
from cases.rules.codes import row_of
from cases.services.case_seal import uid_of
from cases.services.refusals import ChangedMeanwhile
from crypto.keys import DataKey, Scope, data_key, new_data_key
from crypto.seal import seal
from crypto.sealed import Sealed
from reminders.services import finish, set_deadline
from reminders.working_days import add_working_days

WITHHELD = "withheld"
ASKED, DUE = "feedback_request", "feedback_due"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the intake needs to find the report: not kept where it was asked."""

    child: str
    received_by: str

    def __repr__(self) -> str:
        return "Question(‹förseglat›)"


class NobodyReceives(Exception):
    """No unit in the municipality receives reports of concern here, or nobody works there."""


class AlreadyAsked(Exception):
    """One question about each report; the first is on its way or answered."""


class NotDecided(Exception):
    """The report has no decision yet: there is nothing lawful to answer."""


class NotThatAnswer(Exception):
    """The answer is not what was decided."""


def ask_for_feedback(
    *, actor: Actor, report: ReportMade, question: Question, now: datetime
) -> None:
    """Drops the question into the intake's box. Raises NobodyReceives, AlreadyAsked."""
    door.demand(actor, report, "report_made", Action.WRITE)
    locked = ReportMade.objects.select_for_update().get(pk=report.pk)
    if locked.feedback_asked_at is not None:
        raise AlreadyAsked
    unit = _intake(actor.municipality_id)
    responsible = _who_answers(unit, now.date()) if unit else None
    if unit is None or responsible is None:
        raise NobodyReceives
    there = {"municipality_id": actor.municipality_id, "agency_id": unit.agency_id}
    request_id = uuid4()
    key = new_data_key(**there, scope=Scope.CONCERN, scope_id=request_id)
    request = FeedbackRequest.objects.create(
        id=request_id,
        **there,
        unit=unit,
        number=report.number,
        made_at=report.made_at,
        how=report.how,
        report_made=report.id,
        from_agency=actor.agency_id,
        from_name=actor.name,
        from_unit_name=actor.unit_name,
        asked_at=now,
        child=_sealed(question.child, key, "child", request_id),
        received_by=_sealed(question.received_by, key, "received_by", request_id),
        reason=_sealed("", key, "reason", request_id),
    )
    report.feedback_asked_at = now
    report.save(update_fields=["feedback_asked_at"])
    set_deadline(
        place=(actor.municipality_id, unit.agency_id),
        kind=ASKED,
        subject_id=request.id,
        label=request.number,
        route="feedback_request",
        responsible=responsible.id,
        due_on=add_working_days(now.date(), 2),
    )
    record("feedback.ask", object_type="cases.reportmade", object_id=report.id)


def match(
    *,
    actor: Actor,
    request: FeedbackRequest,
    report: ReceivedReport,
    seen_version: int,
    today: date,
) -> None:
    """Says by hand which report the question is about. Raises ChangedMeanwhile."""
    door.demand(actor, request, "feedback_request", Action.WRITE)
    _hold(request, seen_version)
    request.report = report
    _save(request, "report")
    finish(kind=ASKED, subject_id=request.id)
    record("feedback.match", object_type="cases.feedbackrequest", object_id=request.id)
    remind(request, report, today=today)


def unanswered(report: ReceivedReport) -> Sequence[FeedbackRequest]:
    return list(FeedbackRequest.objects.filter(report=report, answered_at__isnull=True))


def remind(request: FeedbackRequest, report: ReceivedReport, *, today: date) -> None:
    """Sets the day by which whoever asked is to be told, once there is a decision to tell of."""
    if report.decided_on is None:
        return
    set_deadline(
        kind=DUE,
        subject_id=request.id,
        label=request.number,
        route="feedback_request",
        responsible=report.responsible_id,
        due_on=report_dates.feedback_by(report.decided_on, asked_on=today),
    )


def answer(
    *,
    actor: Actor,
    request: FeedbackRequest,
    code: str,
    reason: str,
    seen_version: int,
    now: datetime,
) -> None:
    """Tells the reporter what was decided, or that there is no feedback; the reason for that stays here.

    Raises ChangedMeanwhile, NotDecided, NotThatAnswer, NoRule.
    """
    door.demand(actor, request, "feedback_request", Action.DECIDE)
    _hold(request, seen_version)
    row_of("feedback_answer", code, now.date())
    if code != WITHHELD:
        _must_be_decided(request.report, code)
    here = {"municipality_id": request.municipality_id, "agency_id": request.agency_id}
    key = data_key(**here, scope=Scope.CONCERN, scope_id=request.id)
    request.answer = code
    request.reason = _sealed(reason, key, "reason", request.id)
    request.answered_at, request.answered_by_id = now, actor.member
    _save(request, "answer", "reason", "answered_at", "answered_by")
    _push(actor, request, code, now)
    for kind in (ASKED, DUE):
        finish(kind=kind, subject_id=request.id)
    record("feedback.answer", object_type="cases.feedbackrequest", object_id=request.id)


def _must_be_decided(report: ReceivedReport | None, code: str) -> None:
    if report is None or report.state == ReportState.RECEIVED:
        raise NotDecided
    if report.state != code:
        raise NotThatAnswer


def _push(actor: Actor, request: FeedbackRequest, code: str, now: datetime) -> None:
    there = {"municipality_id": request.municipality_id, "agency_id": request.from_agency}
    answer_id = uuid4()
    key = new_data_key(**there, scope=Scope.CONCERN, scope_id=answer_id)
    FeedbackAnswer.objects.create(
        id=answer_id,
        **there,
        report_id=request.report_made,
        answer=seal(code, key=key, field=uid_of(FeedbackAnswer, "answer"), row_id=answer_id),
        answered_at=now,
        answered_by_name=actor.name,
    )


def _intake(municipality_id: UUID) -> Unit | None:
    return (
        Unit.objects.going()
        .filter(agency__municipality_id=municipality_id, receives_reports=True)
        .order_by("agency__name", "name")
        .first()
    )


def _who_answers(unit: Unit, today: date) -> Membership | None:
    """A social worker of the unit, or its manager where there is none."""
    held = Membership.objects.in_force(today).filter(unit=unit)
    for role in (Role.SOCIAL_WORKER, Role.MANAGER):
        found = held.filter(role=role).order_by("starts_on", "id").first()
        if found is not None:
            return found
    return None


def _sealed(text: str, key: DataKey, name: str, row_id: UUID) -> Sealed:
    return seal(text, key=key, field=uid_of(FeedbackRequest, name), row_id=row_id)


def _hold(request: FeedbackRequest, seen_version: int) -> None:
    locked = FeedbackRequest.objects.select_for_update().get(pk=request.pk)
    if {locked.version, request.version} != {seen_version} or locked.answered_at is not None:
        raise ChangedMeanwhile


def _save(request: FeedbackRequest, *fields: str) -> None:
    request.version += 1
    request.save(update_fields=[*fields, "version"])
