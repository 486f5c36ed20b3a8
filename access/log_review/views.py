"""The log reviewer's own work: this month's sample, one verdict at a time, the signature, the verification."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from access import door, routes
from access.actor import ActingRequest, Actor
from access.forms import bound
from access.log_review import sampling, services
from access.log_review.barred import with_numbers
from access.log_review.check_panel import panel, remember_asked
from access.log_review.events import Line, hidden_hits, line, log, newest_first
from access.log_review.forms import VerdictForm
from access.log_review.selection import crumbs, find_forms
from access.models import LogReview, LogReviewItem, Verdict
from access.request_transaction import record


@require_GET
def log_review(request: ActingRequest) -> HttpResponse:
    """The start page: the sample first, then the ways to look things up, then whether the log is whole."""
    actor, now = request.actor, timezone.now()
    today = timezone.localdate(now)
    month = services.ensure_month(actor=actor, today=today)
    context: dict[str, Any] = find_forms(actor)
    context["hidden_hits"] = hidden_hits(actor, now=now)
    context["check"] = panel(actor, request.session, now=now)
    context["earlier"] = list(door.visible(actor, LogReview).exclude(month=month.month)[:12])
    if isinstance(month, services.NotDrawn):
        context |= _preview(actor, month)
    else:
        context |= _month(actor, door.open_one(actor, LogReview, month.pk))
    record("log.read", object_type="access.logreview", object_id=None)
    return render(request, "access/log_review.html", context)


@require_GET
def log_review_month(request: ActingRequest, pk: UUID) -> HttpResponse:
    review = door.open_one(request.actor, LogReview, pk)
    record("log.read", object_type="access.logreview", object_id=pk)
    return render(request, "access/log_review_month.html", _month(request.actor, review))


@require_http_methods(["GET", "POST"])
def log_review_item(request: ActingRequest, pk: UUID) -> HttpResponse:
    """One drawn event and the verdict on it."""
    actor = request.actor
    item = door.open_one(actor, LogReviewItem, pk)
    has_note = item.note is not None
    note = door.reveal_one(actor, item, door.Purpose.LOG_REVIEW).text["note"] if has_note else ""
    form = bound(
        request,
        VerdictForm,
        initial={
            "verdict": item.verdict,
            "note": note,
            "seen_version": item.version,
        },
    )
    problem = ""
    if request.method == "POST" and form.is_valid():
        problem = _judge(actor, item, form)
        if not problem:
            messages.success(request, _("Bedömningen är sparad."))
            return _next(actor, item)
        item = door.open_one(actor, LogReviewItem, pk)
    context = {
        "item": item,
        "review": item.review,
        "month": month_name(item.review),
        "line": _lines(actor, [item.event_id]).get(item.event_id),
        "form": form,
        "problem": problem,
        "own": item.about_user == actor.user_id,
        "crumbs": crumbs(),
    }
    record("log.read", object_type="access.logreviewitem", object_id=pk)
    status = 409 if problem else 422 if form.errors else 200
    return render(request, "access/log_review_item.html", context, status=status)


def _judge(actor: Actor, item: LogReviewItem, form: VerdictForm) -> str:
    """Gives the reason why it could not be done; empty when it was."""
    given = form.cleaned_data
    try:
        services.judge(
            actor=actor,
            item=item,
            verdict=Verdict(given["verdict"]),
            note=given["note"].strip(),
            seen_version=given["seen_version"],
            now=timezone.now(),
        )
    except services.OwnAct:
        return _("Händelsen är din egen. Någon annan som granskar loggen måste bedöma den.")
    except services.AlreadySigned:
        return _("Månadens loggkontroll är underskriven och kan inte ändras.")
    except services.ChangedMeanwhile:
        return _("Någon har bedömt händelsen sedan du öppnade sidan. Det du skrev står kvar här.")
    return ""


def _next(actor: Actor, item: LogReviewItem) -> HttpResponse:
    """To the next event that waits for a verdict and isn't the reviewer's own; else to the month."""
    waiting = door.visible(actor, LogReviewItem).filter(review_id=item.review_id, verdict="")
    following = waiting.exclude(Q(about_user=actor.user_id)).first()
    if following is not None:
        return redirect("log_review_item", pk=following.pk)
    return redirect("log_review_month", pk=item.review_id)


@require_POST
def log_review_sign(request: ActingRequest, pk: UUID) -> HttpResponse:
    review = door.open_one(request.actor, LogReview, pk)
    try:
        services.sign(actor=request.actor, review=review, now=timezone.now())
    except services.Incomplete:
        problem = _("Alla händelser behöver en bedömning innan du kan skriva under.")
    except services.AlreadySigned:
        problem = _("Månadens loggkontroll var redan underskriven.")
    else:
        messages.success(request, _("Loggkontrollen är underskriven och kan inte längre ändras."))
        return redirect("log_review_month", pk=pk)
    context = _month(request.actor, door.open_one(request.actor, LogReview, pk))
    return render(
        request, "access/log_review_month.html", context | {"problem": problem}, status=409
    )


@require_POST
def log_verify(request: ActingRequest) -> HttpResponse:
    """Asks for a verification; the page it came from tells when the answer is there."""
    services.ask_for_verification(actor=request.actor)
    remember_asked(request.session, now=timezone.now())
    back = "log_review" if routes.may_enter(request.actor, "log_review") else "unit_log"
    return redirect(f"{reverse(back)}#check")


def month_name(review: LogReview) -> str:
    """Like "oktober 2026"."""
    return date_format(review.month, "F Y")


def _month(actor: Actor, review: LogReview) -> dict[str, Any]:
    rows = door.visible(actor, LogReviewItem).filter(review=review)
    items = list(rows.select_related("decided_by__user"))
    lines = _lines(actor, [item.event_id for item in items])
    judged = sum(1 for item in items if item.verdict)
    first, end = sampling.bounds(review.month, timezone.get_default_timezone())
    return {
        "review": review,
        "month": month_name(review),
        "rows": [
            {
                "item": item,
                "line": lines.get(item.event_id),
                "own": item.about_user == actor.user_id,
                "tone": VERDICT_TONES[item.verdict],
            }
            for item in items
        ],
        "judged": judged,
        "complete": judged == len(items),
        "signer": review.signed_by.user.name if review.signed_by else "",
        "root": base64.b64encode(bytes(review.checkpoint_root)).decode(),
        "first": first,
        "end": end,
        "not_drawn_from": ", ".join(f"{prefix}*" for prefix in sampling.NEVER_DRAWN),
        "crumbs": crumbs(),
    }


VERDICT_TONES = {
    "": "neutral",
    Verdict.OK: "good",
    Verdict.EXPLAINED: "good",
    Verdict.ASKED: "wait",
    Verdict.ESCALATED: "stop",
}


def _preview(actor: Actor, month: services.NotDrawn) -> dict[str, Any]:
    found = services.preview(actor=actor, today=timezone.localdate())
    lines = _lines(actor, found.event_ids) if found else {}
    return {
        "not_drawn": month.why.value,
        "month": date_format(month.month, "F Y"),
        "this_month": date_format(timezone.localdate(), "F"),
        "preview": [lines[one] for one in found.event_ids if one in lines] if found else [],
        "preview_size": found.size if found else 0,
    }


def _lines(actor: Actor, event_ids: Any) -> dict[UUID, Line]:
    rows = newest_first(log(actor).filter(id__in=list(event_ids)), now=timezone.now())
    # An event has "everything about this number" only where the number is its own.
    own = {event.id: event.case_number for event in rows}
    return {
        event.id: replace(line(event), case_number=own[event.id])
        for event in with_numbers(actor, rows)
    }
