"""The administrator's page about the machinery of reminders: is it alive, what is late, what nobody got."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from access.actor import ActingRequest
from reminders import operations
from reminders.rows import crumbs
from reminders.texts import CHANNELS, CHECKS, CLOCK_FAULTS, OUTCOMES, QUEUES


@require_GET
def operations_page(request: ActingRequest) -> HttpResponse:
    state = operations.state()
    context = {
        "crumbs": crumbs(),
        "ok": not state.wants_somebody,
        "facts": [
            {"term": _("Väntar på att skickas nu"), "value": str(state.counts.get("due", 0))},
            {"term": _("Skickas just nu"), "value": str(state.counts.get("claimed", 0))},
            {"term": _("Ska skickas inom ett dygn"), "value": str(state.counts.get("today", 0))},
        ],
        "found": [
            {"term": str(words), "value": str(state.counts[check])}
            for check, words in CHECKS.items()
            if check in state.counts
        ],
        "columns": [{"label": _("Del")}, {"label": _("Läge")}, {"label": _("Hördes senast")}],
        "queues": [
            [
                {"text": str(QUEUES[name])},
                _tag(heard=heard is not None, silent=name in state.silent),
                {"text": _when(heard) if heard else _("Aldrig")},
            ]
            for name, heard in state.heard.items()
        ],
        "clock": str(CLOCK_FAULTS[state.clock]) if state.clock else "",
        "dead": [
            {
                "id": letter.id,
                "agency": letter.agency,
                "channel": str(CHANNELS[letter.channel]),
                "since": _when(letter.since) if letter.since else "",
                "why": str(OUTCOMES.get(letter.outcome or "", OUTCOMES[""])),
                "code": letter.smtp_code or "",
            }
            for letter in state.dead
        ],
    }
    return render(request, "reminders/operations.html", context)


@require_POST
def operations_retry(request: ActingRequest, pk: UUID) -> HttpResponse:
    operations.retry(pk)
    messages.success(request, _("Påminnelsen skickas igen inom en minut. Det står i loggen."))
    return redirect("operations")


def _tag(*, heard: bool, silent: bool) -> dict[str, str]:
    if silent:
        return {"tag": _("Tyst") if heard else _("Inte igång"), "tone": "late"}
    return {"tag": _("Hörs"), "tone": "good"}


def _when(moment: datetime) -> str:
    """Like "2026-11-21 10.42"."""
    return date_format(timezone.localtime(moment), "Y-m-d H.i")
