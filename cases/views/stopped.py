"""The page that says why nothing new can be written in a case, and what can be done instead."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cases.models import Case
from cases.models.case import ENDED_STAGES


def closed_by_protection(request: HttpRequest, case: Case) -> HttpResponse:
    """What the level of protection closes; the page says what to do instead."""
    return render(request, "cases/closed_by_protection.html", {"case": case}, status=409)


def case_stopped(request: HttpRequest, case: Case) -> HttpResponse:
    context = {"case": case, "ended": case.stage in ENDED_STAGES}
    return render(request, "cases/case_stopped.html", context, status=409)
