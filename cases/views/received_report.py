"""Orosanmälningar: what has come in to the intake unit, what is to be done today, and by when it is to be decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from access import door
from access.actor import ActingRequest
from access.forms import bound
from access.held import take_back
from cases.forms.person_number import PersonNumberForm
from cases.forms.received_report import DecisionForm, ProtectionForm, ReceivedReportForm
from cases.models import FeedbackRequest, ReceivedReport, ReportState
from cases.rules.report_dates import legal_limit
from cases.services import received_report as service
from cases.services.about import tie_report
from cases.services.once import row_of
from cases.services.refusals import ChangedMeanwhile
from cases.views.seen_version import seen_version

SHOWN = 100
# Said after a number has been tried, whatever came of it.
TRIED = "provat"


@require_GET
def received_reports(request: ActingRequest) -> HttpResponse:
    actor = request.actor
    reports = door.visible(actor, ReceivedReport)
    asked = door.visible(actor, FeedbackRequest)
    waiting = asked.filter(answered_at__isnull=True)
    answered = asked.filter(answered_at__isnull=False).order_by("-answered_at")
    context = {
        "open": _rows(request, reports.filter(state=ReportState.RECEIVED).order_by("decide_by")),
        "decided": _rows(request, reports.exclude(state=ReportState.RECEIVED)[:SHOWN]),
        "questions": door.reveal(actor, waiting, door.Purpose.LIST, groups=()),
        "answered": door.reveal(actor, answered[:SHOWN], door.Purpose.LIST, groups=()),
        "today": timezone.localdate(),
        "is_intake": service.is_intake(actor),
    }
    return render(request, "cases/received_reports.html", context)


def _rows(request: ActingRequest, reports: Any) -> list[dict[str, Any]]:
    shown = door.reveal(request.actor, reports, door.Purpose.LIST, groups=())
    return [{"report": one, "limit": legal_limit(one.row.decide_by)} for one in shown]


@require_http_methods(["GET", "POST"])
def received_report_new(request: ActingRequest) -> HttpResponse:
    actor = request.actor
    if not service.is_intake(actor):
        raise door.NotHere
    form = bound(request, ReceivedReportForm, initial={"received_at": timezone.localtime()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        report = service.receive_report(
            actor=actor,
            report=service.Report(
                **{name: given[name] for name in ("child", "reporter", "reference")},
                received_at=given["received_at"],
                how=given["how"],
            ),
            row_id=row_of(actor, given["token"]),
            now=timezone.now(),
        )
        return redirect("received_report", pk=report.pk)
    status = 422 if request.POST else 200
    return render(request, "cases/received_report_new.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
def received_report(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    report = door.open_one(actor, ReceivedReport, pk)
    given = request.POST if request.method == "POST" else take_back(request)
    act = given.get("act", "") if given else ""
    protect = ProtectionForm(
        given if act == "protect" else None,
        received_at=report.received_at,
        initial={"assessed_at": timezone.localtime()},
    )
    decide = DecisionForm(
        given if act == "decide" else None,
        received_on=timezone.localdate(report.received_at),
        initial={"decided_on": timezone.localdate()},
    )
    about = PersonNumberForm(given if act == "tie" else None, has_number=False)
    problem = ""
    if request.method == "POST":
        try:
            forms_of = {"protect": protect, "decide": decide, "tie": about}
            if _do(request, report, forms_of.get(act), act):
                return redirect(f"{request.path}?{TRIED}" if act == "tie" else request.path)
        except ChangedMeanwhile:
            problem = _("En kollega har just ändrat här. Titta vad som gäller nu och försök igen.")
        except service.AssessFirst:
            problem = _("Anteckna skyddsbedömningen först. Den ska göras genast.")
    context = {
        "report": door.reveal_one(actor, report, door.Purpose.INTAKE),
        "limit": legal_limit(report.decide_by),
        "protect": protect,
        "decide": decide,
        "about": about,
        "tried": TRIED in request.GET,
        "questions": door.reveal(
            actor,
            door.visible(actor, FeedbackRequest).filter(report=report),
            door.Purpose.INTAKE,
            groups=(),
        ),
        "problem": problem,
        "today": timezone.localdate(),
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/received_report.html", context, status=status)


def _do(request: ActingRequest, report: ReceivedReport, form: forms.Form | None, act: str) -> bool:
    """Whether something was done; a form that is not valid shows what is wrong."""
    if form is not None and not form.is_valid():
        return False
    seen = seen_version(request)
    acts: dict[str, Callable[[dict[str, Any]], None]] = {
        "protect": lambda given: service.note_protection(
            actor=request.actor,
            report=report,
            assessed_at=given["assessed_at"],
            seen_version=seen,
        ),
        "decide": lambda given: service.note_decision(
            actor=request.actor,
            report=report,
            state=ReportState(given["state"]),
            decided_on=given["decided_on"],
            seen_version=seen,
            today=timezone.localdate(),
        ),
        "tie": lambda given: tie_report(
            actor=request.actor,
            report=report,
            number=given["number"],
            seen_version=seen,
            today=timezone.localdate(),
        ),
        "take_over": lambda _given: service.take_over(
            actor=request.actor, report=report, seen_version=seen
        ),
    }
    if act not in acts:
        return False
    acts[act](form.cleaned_data if form else {})
    return True
