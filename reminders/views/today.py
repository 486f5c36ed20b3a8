"""The first page after signing in."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from access.actor import ActingRequest
from reminders import today as today_page
from reminders.late import late_in_unit
from reminders.rows import crumbs, long_day
from reminders.working_days import local_date


@require_GET
def today(request: ActingRequest) -> HttpResponse:
    day = local_date(timezone.now())
    page = today_page.page(request.actor, today=day)
    return render(request, "reminders/today.html", {"page": page, "day": long_day(day)})


@require_GET
def late_follow_ups(request: ActingRequest) -> HttpResponse:
    rows = [
        [
            {"text": late.number},
            {"text": late.colleague},
            {"text": long_day(late.due_on)},
            {"text": str(late.days), "numeric": True},
        ]
        for late in late_in_unit(request.actor)
    ]
    columns = [
        {"label": _("Nummer")},
        {"label": _("Ansvarig")},
        {"label": _("Skulle ha gjorts")},
        {"label": _("Dagar sent"), "numeric": True},
    ]
    return render(
        request,
        "reminders/late_follow_ups.html",
        {"rows": rows, "columns": columns, "crumbs": crumbs()},
    )
