"""Nödöppning: the form with the second factor, the opened case, its end, and the manager's review."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from access import door, routes
from access.actor import ActingRequest, Actor
from access.context import Banner
from access.forms import bound
from access.log_review.barred import without_barred_numbers
from access.log_review.events import line, newest_first
from access.policy import Action
from access.step_up import code_is_right, demo_needs_no_code
from audit.models import AuditEvent
from cases.forms.break_glass import BreakGlassForm, BreakGlassReviewForm
from cases.models import BreakGlass, Conversation, FollowUp, FollowUpState, Guardian, Person
from cases.rules.break_glass import OUTCOMES, REASONS, opening_rule
from cases.rules.codes import words
from cases.services import break_glass as service
from cases.services.assignment import people_on
from cases.services.barred import barred_numbers
from cases.services.break_glass_log import reads_during
from cases.services.refusals import ChangedMeanwhile
from cases.views.conversation_text import written_sections
from cases.views.host import needs_host

LATEST_REVIEWED = 50


@require_http_methods(["GET", "POST"])
@needs_host
def break_glass(request: ActingRequest) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    form = bound(
        request, BreakGlassForm, today=timezone.localdate(), demo=demo_needs_no_code(request)
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        earlier = service.opening_of(actor, given["once"])
        if earlier is not None:
            return redirect("break_glass_case", pk=earlier.pk)
        if "code" in form.fields and not code_is_right(request, given["code"], recovery=True):
            service.note_refused("denied")
            form.add_error("code", _("Koden stämmer inte. Vänta på nästa kod i appen och försök igen."))  # fmt: skip
        else:
            answer = _open(actor, form, now)
            if answer is not None:
                return answer
    context = {
        "form": form,
        "minutes": int(opening_rule(timezone.localdate()).lasts.total_seconds() // 60),
        "demo": demo_needs_no_code(request),
        "reviews": routes.may_enter(actor, "break_glass_reviews"),
    }
    return render(request, "cases/break_glass.html", context, status=422 if request.POST else 200)


@require_GET
def break_glass_reviews(request: ActingRequest) -> HttpResponse:
    """For who reviews such openings: those that have been, the latest first. No number: a reviewer may be barred."""
    actor = request.actor
    rows = door.visible(actor, BreakGlass).filter(reviewed_at__isnull=False)
    latest = rows.select_related("membership__user", "reviewed_by__user").order_by("-reviewed_at")
    shown = door.reveal(actor, latest[:LATEST_REVIEWED], door.Purpose.LIST, groups=())
    reviewed = [
        {"row": one.row, "outcome": words(OUTCOMES, one.row.outcome)}
        for one in shown
        if door.may(actor, one.row, "break_glass", Action.DECIDE)
    ]
    return render(request, "cases/break_glass_reviews.html", {"reviewed": reviewed})


def _open(actor: Actor, form: BreakGlassForm, now: datetime) -> HttpResponse | None:
    """Where to go; None, with the reason at the field, where nothing was opened."""
    given = form.cleaned_data
    try:
        opening = service.open_in_emergency(
            actor=actor,
            once=given["once"],
            case=service.case_numbered(actor, given["number"]),
            emergency=service.Emergency(reason=given["reason"], words=given["words"]),
            now=now,
        )
    except service.AlreadyOpen as mine:
        return redirect("case_detail", pk=mine.case_id)
    except service.NoSuchCase:
        service.note_refused("missing")
        form.add_error("number", _("Det finns inget ärende med det numret som kan öppnas här. Ring den som har bakjour."))  # fmt: skip
        return None
    return redirect("break_glass_case", pk=opening.pk)


@require_GET
def break_glass_case(request: ActingRequest, pk: UUID) -> HttpResponse:
    """What an opening shows while it lasts; afterwards only that it has been made, and when it ended."""
    actor, now = request.actor, timezone.now()
    opening = door.open_one(actor, BreakGlass, pk)
    if opening.membership_id != actor.membership_id:
        raise door.NotHere
    lasts = service.is_running(opening, now=now)
    context = {"opening": opening, "case": opening.case, "lasts": lasts} | (
        _opened(actor, opening) if lasts else {}
    )
    return render(request, "cases/break_glass_case.html", context)


def _opened(actor: Actor, opening: BreakGlass) -> dict[str, Any]:
    """Through the door like everything else: what the relation `break_glass` opens, and nothing more."""
    case, today = opening.case, timezone.localdate()
    people = door.reveal(
        actor, door.visible(actor, Person).filter(pk=case.person_id), door.Purpose.EMERGENCY
    )
    if not people:
        # Closed by the bar on protected persons: whom to call, never an address, a name or a note.
        return {"person": None, "colleagues": service.forwarding_contacts(opening, today=today)}
    guardians = door.visible(actor, Guardian).filter(person=case.person_id)
    talks = door.visible(actor, Conversation).filter(case=case).select_related("case")
    follow_ups = door.visible(actor, FollowUp).filter(case=case, state=FollowUpState.HELD)
    return {
        "person": people[0],
        "guardians": door.reveal(
            actor, guardians.exclude(ends_on__lt=today), door.Purpose.EMERGENCY
        ),
        "colleagues": [one.membership for one in people_on(case, today=today)],
        "conversations": [
            {"row": one.row, "sections": written_sections(one), "text": one.text}
            for one in door.reveal(actor, talks, door.Purpose.EMERGENCY)
        ],
        "follow_ups": door.reveal(
            actor, follow_ups.select_related("case", "held_by__user"), door.Purpose.EMERGENCY
        ),
    }


@require_POST
def break_glass_end(request: ActingRequest, pk: UUID) -> HttpResponse:
    opening = door.open_one(request.actor, BreakGlass, pk)
    service.end_opening(actor=request.actor, opening=opening, now=timezone.now())
    return redirect("break_glass_case", pk=pk)


@require_http_methods(["GET", "POST"])
def break_glass_review(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    opening = door.open_one(actor, BreakGlass, pk)
    door.demand(actor, opening, "break_glass", Action.DECIDE)
    form = bound(request, BreakGlassReviewForm, today=timezone.localdate())
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            service.review_opening(
                actor=actor,
                opening=opening,
                outcome=form.cleaned_data["outcome"],
                note=form.cleaned_data["note"],
                now=timezone.now(),
            )
            return redirect("break_glass_review", pk=pk)
        except ChangedMeanwhile:
            problem = _("Någon har redan granskat den här öppningen. Läs granskningen nedan.")
            opening = door.open_one(actor, BreakGlass, pk)
    shown = door.reveal_one(actor, opening, door.Purpose.BREAK_GLASS_REVIEW)
    events = newest_first(reads_during(opening), now=timezone.now())
    # The reviewer may be barred from the case itself: the opening is reviewed, its number is not told.
    barred = opening.case.number in barred_numbers(actor, {opening.case.number})
    context = {
        "opening": shown,
        "number": "" if barred else opening.case.number,
        "reason": words(REASONS, opening.reason),
        "outcome": words(OUTCOMES, opening.outcome) if opening.outcome else "",
        "lines": _told_once(without_barred_numbers(actor, events)),
        "form": form,
        "problem": problem,
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/break_glass_review.html", context, status=status)


def _told_once(events: Iterable[AuditEvent]) -> list[dict[str, Any]]:
    """What was done, oldest first; the same done again stands once, with how often and when last. The log has each."""
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for one in reversed([line(event) for event in events]):
        row = told.setdefault(
            (one.short, one.details),
            {"at": one.at, "short": one.short, "details": one.details, "times": 0},
        )
        row["times"] += 1
        row["last"] = one.at
    return list(told.values())


def running_banner(actor: Actor) -> Banner | None:
    """On every page of the one who made it, as long as it lasts."""
    if not door.may_create(actor, "break_glass"):
        return None
    now = timezone.now()
    openings = service.running(actor, now=now)
    if not openings:
        return None
    first = openings[0]
    minutes = max(int((first.until - now).total_seconds() // 60), 1)
    left = ngettext("%(count)d minut kvar", "%(count)d minuter kvar", minutes) % {"count": minutes}
    text = _("Nödöppning av %(number)s till kl. %(time)s (%(left)s). Allt du läser noteras.") % {
        "number": first.case.number,
        "time": date_format(timezone.localtime(first.until), "H.i"),
        "left": left,
    }
    return Banner(
        text=text,
        url=reverse("break_glass_case", args=[first.pk]),
        label=_("Visa ärendet"),
        end_url=reverse("break_glass_end", args=[first.pk]),
        end_label=_("Avsluta nu"),
    )
