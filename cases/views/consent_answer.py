"""What a signer answers: noted by whoever works on the case, or signed on the screen by the signer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from access import door
from access.actor import ActingRequest
from access.forms import bound
from access.policy import Action
from access.session_guard import HANDED, LOCKED
from cases.forms.consent_answer import (
    OPINION_MOST,
    AnswerForm,
    DecisionForm,
    ExceptionForm,
    ReasonForm,
    ScreenForm,
)
from cases.models import Consent, ConsentEvent, ConsentSigner
from cases.rules.codes import words
from cases.rules.consent_answers import Answer
from cases.rules.consent_form import form_content
from cases.rules.consent_screen import screen_words
from cases.rules.consent_state import UNSIGNED, consent_state
from cases.services import consent_answer as service
from cases.services.consent_form import filled_form
from cases.services.consent_give import answers_of
from cases.services.consent_start import NoBirthDate, who_signs
from cases.services.protection import stops
from cases.services.refusals import ChangedMeanwhile
from cases.views.consent_parts import signer_of, signer_rows
from cases.views.text_guard import text_passes

# How long a signer may use the page that was handed over.
SIGNING_LASTS = timedelta(minutes=30)


@require_http_methods(["GET", "POST"])
def consent_answer(request: ActingRequest, pk: UUID, item: UUID) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    consent, signer = _open(request, pk, item)
    if consent_state(consent, today) not in UNSIGNED:
        return redirect("consent_detail", pk=pk)
    form = bound(
        request,
        AnswerForm,
        youth=signer.guardian_id is None,
        must_sign=signer.must_sign,
        adult=not consent.rests_on_guardians,
        today=today,
    )
    problem = False
    if request.method == "POST" and form.is_valid() and text_passes(actor, form, consent.case):
        given = form.cleaned_data
        answer = service.GivenAnswer(
            answer=Answer(given["answer"]),
            channel=given["channel"],
            day=given["day"],
            opinion=given.get("opinion", ""),
            read_by=given["read_by"],
        )
        try:
            service.note_answer(actor=actor, signer=signer, given=answer, now=timezone.now())
            return redirect("consent_detail", pk=pk)
        except ChangedMeanwhile:
            problem = True
    context = _context(request, consent, signer, form) | {"changed": problem}
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/consent_answer.html", context, status=status)


@require_http_methods(["GET", "POST"])
def consent_reason(request: ActingRequest, pk: UUID) -> HttpResponse:
    """The young person said no, at an age where that is weighed: why go on?"""
    actor = request.actor
    consent = door.open_one(actor, Consent, pk)
    door.demand(actor, consent, "consent", Action.WRITE)
    form = bound(request, ReasonForm)
    problem = False
    if request.method == "POST" and form.is_valid() and text_passes(actor, form, consent.case):
        try:
            reason = form.cleaned_data["reason"]
            service.justify(actor=actor, consent=consent, reason=reason, now=timezone.now())
            return redirect("consent_detail", pk=pk)
        except ChangedMeanwhile:
            problem = True
    context = {"form": form, "consent": consent, "case": consent.case, "changed": problem}
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/consent_reason.html", context, status=status)


@require_http_methods(["GET", "POST"])
def consent_except(request: ActingRequest, pk: UUID, item: UUID) -> HttpResponse:
    """Asking that a guardian need not sign. A no is never an obstacle: then there is no exception to ask for."""
    actor, today, now = request.actor, timezone.localdate(), timezone.now()
    consent, signer = _open(request, pk, item)
    try:
        rule = who_signs(actor, consent.case, on=today).rule
    except NoBirthDate:
        return redirect("consent_detail", pk=pk)
    rows = service.open_exceptions(consent, signer, rule, today)
    if not rows or consent_state(consent, today) not in UNSIGNED:
        context = {"case": consent.case, "consent": consent}
        return render(request, "cases/consent_no_exception.html", context, status=409)
    form = bound(request, ExceptionForm, rows=rows)
    if request.method == "POST" and form.is_valid() and text_passes(actor, form, consent.case):
        given = form.cleaned_data
        try:
            service.ask_exception(
                actor=actor, signer=signer, basis=given["basis"], reason=given["reason"], now=now
            )
        except (service.NoException, ChangedMeanwhile):
            context = {"case": consent.case, "consent": consent}
            return render(request, "cases/consent_no_exception.html", context, status=409)
        return redirect("consent_detail", pk=pk)
    context = _context(request, consent, signer, form) | {"exceptions": rows}
    status = 422 if request.POST else 200
    return render(request, "cases/consent_except.html", context, status=status)


@require_http_methods(["GET", "POST"])
def consent_exception(request: ActingRequest, pk: UUID) -> HttpResponse:
    """A second person decides on the exceptions that were asked for, one at a time."""
    actor = request.actor
    consent = door.open_one(actor, Consent, pk)
    door.demand(actor, consent, "consent", Action.DECIDE)
    rows = door.visible(actor, ConsentEvent).filter(consent=consent).select_related("consent__case")
    shown = door.reveal(actor, rows, door.Purpose.APPROVAL)
    undecided = {event.pk for event in service.exceptions_waiting(consent)}
    waiting = next((one for one in shown if one.row.pk in undecided), None)
    if waiting is None:
        return redirect("case_detail", pk=consent.case_id)
    form = bound(request, DecisionForm)
    problem = ""
    if request.method == "POST" and form.is_valid() and text_passes(actor, form, consent.case):
        try:
            service.decide_exception(
                actor=actor,
                signer=signer_of(consent, waiting.row.signer_id),
                granted=form.cleaned_data["decision"] == "grant",
                reason=form.cleaned_data["reason"],
                now=timezone.now(),
            )
            return redirect("case_detail", pk=consent.case_id)
        except service.SamePerson:
            problem = "same_person"
        except (service.NoException, ChangedMeanwhile):
            problem = "changed"
    context = {
        "form": form,
        "case": consent.case,
        "consent": consent,
        "asked": waiting,
        "basis_words": words("consent_exception", waiting.row.basis),
        "problem": problem,
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/consent_exception.html", context, status=status)


@require_POST
def consent_screen(request: ActingRequest, pk: UUID, item: UUID) -> HttpResponse:
    """Hands the screen to the signer: the session locks, and only the page to sign on is left open."""
    consent, signer = _open(request, pk, item)
    if answers_of(consent)[signer.id] is Answer.SIGNED or not signer.must_sign:
        return redirect("consent_detail", pk=pk)
    page = reverse("consent_sign", args=[pk, item])
    until = timezone.now() + SIGNING_LASTS
    request.session[HANDED] = {"page": page, "until": until.isoformat()}
    request.session[LOCKED] = True
    return redirect(page)


@require_http_methods(["GET", "POST"])
def consent_sign(request: ActingRequest, pk: UUID, item: UUID) -> HttpResponse:
    """The signer's own page, in the chosen language; every way back goes through the lock."""
    actor, now = request.actor, timezone.now()
    consent, signer = _open(request, pk, item)
    if not _may_sign_here(request):
        return redirect(*(["unlock"] if request.session.get(LOCKED) else ["consent_detail", pk]))
    form = form_content(
        consent.language, filled_form(actor=actor, consent=consent), on=timezone.localdate(now)
    )
    signs = request.method == "POST" and request.POST.get("act") == "sign"
    said = _said(request, consent, signer, sent=signs)
    context: dict[str, Any] = {
        "case": consent.case,
        "consent": consent,
        "form_text": form,
        "units": [_counted(unit) for unit in form["scopes"]],
        "words": screen_words(consent.language),
        "said": said,
        "most": OPINION_MOST,
    }
    if signs:
        if said is not None and not _passes(said, consent):
            return render(request, "cases/consent_sign.html", context, status=422)
        answer = service.GivenAnswer(
            answer=Answer.SIGNED,
            channel="screen",
            day=timezone.localdate(now),
            opinion=said.cleaned_data["opinion"] if said else "",
        )
        try:
            service.note_answer(actor=actor, signer=signer, given=answer, now=now)
        except ChangedMeanwhile:
            return redirect("unlock")
    if request.method == "POST":
        del request.session[HANDED]
        context["signed"] = signs
        return render(request, "cases/consent_signed.html", context)
    return render(request, "cases/consent_sign.html", context)


def _counted(unit: Mapping[str, Any]) -> dict[str, Any]:
    """A unit's ticks, and how many kinds it may tell of and be told of."""
    return {
        "unit": unit,
        "tells": sum(row["may_share"] for row in unit["ticks"]),
        "told": sum(row["may_receive"] for row in unit["ticks"]),
    }


def _said(
    request: ActingRequest, consent: Consent, signer: ConsentSigner, *, sent: bool
) -> ScreenForm | None:
    """The young person's own view, which is asked for beside a guardian's consent; None for everybody else."""
    if signer.guardian_id is not None or not consent.rests_on_guardians:
        return None
    return ScreenForm(request.POST if sent else None, words=screen_words(consent.language))


def _passes(said: ScreenForm, consent: Consent) -> bool:
    """Names of siblings are not looked for: what is told of them may not be read on a handed-over screen."""
    if not said.is_valid():
        return False
    if stops(consent.case, {"opinion": said.cleaned_data["opinion"]}):
        said.refuse_address()
    return not said.errors


def _may_sign_here(request: ActingRequest) -> bool:
    handed = request.session.get(HANDED) or {}
    return (
        bool(request.session.get(LOCKED))
        and handed.get("page") == request.path
        and timezone.now() < datetime.fromisoformat(handed["until"])
    )


def _open(request: ActingRequest, pk: UUID, item: UUID) -> tuple[Consent, ConsentSigner]:
    consent = door.open_one(request.actor, Consent, pk)
    door.demand(request.actor, consent, "consent", Action.WRITE)
    return consent, signer_of(consent, item)


def _context(
    request: ActingRequest, consent: Consent, signer: ConsentSigner, form: Any
) -> dict[str, Any]:
    rows = signer_rows(request.actor, consent, timezone.localdate(), writes=False)
    row = next(one for one in rows if one["signer"].id == signer.id)
    return {"form": form, "case": consent.case, "consent": consent, "row": row}
