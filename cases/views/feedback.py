"""Feedback on a report of concern: the reporter asks; the intake finds the report and answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest
from access.forms import bound
from access.held import take_back
from access.policy import Action
from cases.forms.feedback import AnswerFeedbackForm, AskFeedbackForm, MatchForm
from cases.models import FeedbackRequest, ReceivedReport, ReportMade, ReportState
from cases.rules.codes import Choices, choices, words
from cases.services import feedback as service
from cases.services.refusals import ChangedMeanwhile
from cases.views.seen_version import seen_version
from cases.views.text_guard import stranger_passes

LATEST = 50


@require_http_methods(["GET", "POST"])
def feedback_ask(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    row = door.open_one(actor, ReportMade, pk)
    door.demand(actor, row, "report_made", Action.WRITE)
    shown = door.reveal_one(actor, row, door.Purpose.RECEIPT)
    form = bound(request, AskFeedbackForm)
    problem = ""
    if request.method == "POST" and form.is_valid() and stranger_passes(form):
        question = service.Question(
            child=form.cleaned_data["child"], received_by=shown.text["received_by"]
        )
        try:
            service.ask_for_feedback(actor=actor, report=row, question=question, now=timezone.now())
        except service.NobodyReceives:
            problem = _(
                "Ingen på mottagningen kan ta emot frågan här just nu. Ring mottagningen i stället."
            )
        except service.AlreadyAsked:
            return redirect("report_made", pk=pk)
        else:
            return redirect("report_made", pk=pk)
    status = 409 if problem else 422 if request.POST else 200
    context = {"form": form, "report": shown, "problem": problem}
    return render(request, "cases/feedback_ask.html", context, status=status)


@require_http_methods(["GET", "POST"])
def feedback_request(request: ActingRequest, pk: UUID) -> HttpResponse:
    """One page: find the report that the question is about, then answer it."""
    actor = request.actor
    row = door.open_one(actor, FeedbackRequest, pk)
    given = request.POST if request.method == "POST" else take_back(request)
    act = given.get("act", "") if given else ""
    match = MatchForm(given if act == "match" else None, reports=_reports(request))
    answer = AnswerFeedbackForm(given if act == "answer" else None, answers=_answers(row))
    problem = ""
    if request.method == "POST":
        try:
            if _do(request, row, act, match, answer):
                return redirect("feedback_request", pk=pk)
        except ChangedMeanwhile:
            problem = _("En kollega har just ändrat här. Titta vad som gäller nu och försök igen.")
        except (service.NotDecided, service.NotThatAnswer):
            problem = _("Svaret stämmer inte med beslutet om anmälan. Läs beslutet och välj igen.")
    context = {
        "question": door.reveal_one(actor, row, door.Purpose.INTAKE),
        "matched": _matched(request, row),
        "match": match,
        "answer": answer,
        "told": words("feedback_answer", row.answer) if row.answer else "",
        "problem": problem,
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/feedback_request.html", context, status=status)


def _do(
    request: ActingRequest,
    row: FeedbackRequest,
    act: str,
    match: MatchForm,
    answer: AnswerFeedbackForm,
) -> bool:
    seen = seen_version(request)
    if act == "match" and match.is_valid():
        service.match(
            actor=request.actor,
            request=row,
            report=door.open_one(request.actor, ReceivedReport, UUID(match.cleaned_data["report"])),
            seen_version=seen,
            today=timezone.localdate(),
        )
        return True
    if act == "answer" and answer.is_valid() and stranger_passes(answer):
        service.answer(
            actor=request.actor,
            request=row,
            code=answer.cleaned_data["answer"],
            reason=answer.cleaned_data["reason"],
            seen_version=seen,
            now=timezone.now(),
        )
        return True
    return False


def _reports(request: ActingRequest) -> Choices:
    """The latest reports with what one knows them by; the page is one's own unit's."""
    rows = door.visible(request.actor, ReceivedReport).order_by("-received_at")[:LATEST]
    return [
        (
            str(one.row.pk),
            f"{one.row.number}, {timezone.localdate(one.row.received_at)}: {one.child} ({one.reporter})",
        )
        for one in door.reveal(request.actor, rows, door.Purpose.INTAKE)
    ]


def _answers(row: FeedbackRequest) -> Choices:
    """What was decided, and to give no feedback; only the latter before there is a decision."""
    state = row.report.state if row.report else ReportState.RECEIVED
    return [
        (code, label)
        for code, label in choices("feedback_answer", timezone.localdate())
        if code in {state, service.WITHHELD}
    ]


def _matched(request: ActingRequest, row: FeedbackRequest) -> Any:
    if row.report_id is None:
        return None
    report = door.open_one(request.actor, ReceivedReport, row.report_id)
    return door.reveal_one(request.actor, report, door.Purpose.INTAKE)
