"""The inbox: what has come, why, and one step to where it is done; putting off, read and unread."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from access import door
from access.actor import ActingRequest
from access.policy import Action
from reminders import services
from reminders.inbox import inbox_of
from reminders.models import Deadline, Notice
from reminders.rows import crumbs, link, long_day
from reminders.working_days import local_date


@require_GET
def inbox(request: ActingRequest) -> HttpResponse:
    return _page(request, chosen=request.GET.get("visa", ""))


@require_POST
def inbox_done(request: ActingRequest, pk: UUID) -> HttpResponse:
    services.mark_seen(notice=_taken(request, pk))
    messages.success(
        request, _("Meddelandet är borttaget. Uppgiften finns kvar tills den är gjord.")
    )
    return redirect("inbox")


@require_POST
def inbox_finish(request: ActingRequest, pk: UUID) -> HttpResponse:
    """The task is done, where nothing needs to be written about it."""
    notice = _taken(request, pk)
    try:
        services.finish_task(actor=request.actor, notice=notice)
    except services.NotFromHere:
        door.refuse(Notice, pk, outcome="denied", action=Action.WRITE)
        raise door.NotHere from None
    messages.success(request, _("Uppgiften är klar. Ingen påminns om den mer."))
    return redirect("inbox")


@require_POST
def inbox_read(request: ActingRequest, pk: UUID) -> HttpResponse:
    notice = _taken(request, pk)
    services.mark_read(notice=notice, read=request.POST.get("read") == "1")
    return redirect("inbox")


@require_POST
def inbox_snooze(request: ActingRequest, pk: UUID) -> HttpResponse:
    """The day comes from one of two buttons, or from the field beside the third."""
    notice, today = _taken(request, pk), local_date(timezone.now())
    given = request.POST.get("until") or request.POST.get("day", "")
    try:
        until = date.fromisoformat(given)
        services.snooze(notice=notice, until=until, today=today)
    except ValueError as wrong:
        latest = services.latest_snooze(notice.deadline.due_on, today=today)
        problem = (
            _("Välj en dag efter i dag, senast %(day)s.")
            if isinstance(wrong, services.TooEarly)
            else _("Välj en dag senast %(day)s.")
        )
        words = problem % {"day": long_day(latest)}
        return _page(request, chosen="", wrong=(pk, words, given), status=422)
    messages.success(request, _("Meddelandet kommer tillbaka %(day)s.") % {"day": long_day(until)})
    return redirect("inbox")


@require_GET
def deadline_open(request: ActingRequest, pk: UUID) -> HttpResponse:
    """The way from a calendar to the task: an address that tells nothing, for the one whose task it is."""
    deadline = door.open_one(request.actor, Deadline, pk)
    if deadline.state != Deadline.State.OPEN:
        return redirect("today")
    return redirect(link(request.actor, deadline.route, deadline.route_pk) or reverse("today"))


def _taken(request: ActingRequest, pk: UUID) -> Notice:
    return door.open_one(request.actor, Notice, pk, action=Action.WRITE, lock=True)


def _page(
    request: ActingRequest,
    *,
    chosen: str,
    wrong: tuple[UUID, str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """wrong: the notice whose day was wrong, what to do about it, and what was typed."""
    page = inbox_of(request.actor, today=local_date(timezone.now()), chosen=chosen)
    pk, words, typed = wrong or (None, "", "")
    context = {
        "page": page,
        "crumbs": crumbs(),
        "wrong_pk": pk,
        "wrong_words": words,
        "typed": typed,
        "summary": [{"id": f"dag-{pk}", "text": words}] if pk else [],
    }
    return render(request, "reminders/inbox.html", context, status=status)
