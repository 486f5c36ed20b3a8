"""The guardians of a case's young person: who they are, how they are reached, since when, and what was put right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest, Actor
from access.forms import bound
from access.policy import Action
from cases.forms.again import seen_now
from cases.forms.guardian import CorrectGuardianForm, EndGuardianForm, GuardianForm
from cases.models import Case, Guardian, GuardianCorrection
from cases.models.case import ENDED_STAGES
from cases.rules.codes import words
from cases.rules.consent import missing_guardians
from cases.rules.guardians import Held
from cases.rules.protection import Closed, closes
from cases.services import guardian as service
from cases.services.consent import live_in, live_scopes
from cases.services.consent_effect import effect_of
from cases.services.custody import consents_lacking, held_of
from cases.services.refusals import CaseStopped, ChangedMeanwhile
from cases.views.consent_parts import may_begin
from cases.views.stopped import case_stopped
from cases.views.text_guard import text_passes

NOTHING_CHANGED = _("Inget är ändrat. Ändra det som är fel, eller gå tillbaka.")


@require_http_methods(["GET", "POST"])
def guardians(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    case = door.open_one(actor, Case, pk)
    door.demand(actor, case, "case", Action.WRITE)
    if case.stage in ENDED_STAGES:
        return case_stopped(request, case)
    closed = closes(case.person.protection, Closed.ADDRESS, today)
    form = bound(request, GuardianForm, today=today, address_closed=closed)
    if request.method == "POST" and form.is_valid() and text_passes(actor, form, case):
        given = form.cleaned_data
        facts = service.GuardianFacts(
            name=given["name"],
            phone=given["phone"],
            address=given.get("address", ""),
            custody=given["custody"],
            starts_on=given["starts_on"],
            form_id=given["form_id"] or uuid4(),
        )
        one_more = Held(facts.form_id, facts.custody, facts.starts_on, None)
        effect = _effect(actor, case, [*held_of(case), one_more], today)
        if effect and request.POST.get("act") != "confirm":
            return _first_the_effect(request, case, form, effect)
        try:
            service.add_guardian(actor=actor, case=case, facts=facts, now=timezone.now())
        except CaseStopped:
            return case_stopped(request, case)
        return redirect("guardians", pk=pk)
    shown = service.guardians_of(actor, case, on=today)
    corrected = _corrections(actor, shown)
    context = {
        "case": case,
        "form": form,
        "guardians": [
            {
                "shown": one,
                "custody": words("custody", one.row.custody),
                "corrections": corrected.get(one.row.pk, ()),
            }
            for one in shown
        ],
        "may_consent": may_begin(actor, case),
        "lacking": missing_guardians([one.row.custody for one in shown], today),
    }
    return render(request, "cases/guardians.html", context, status=422 if request.POST else 200)


@require_http_methods(["GET", "POST"])
def guardian_correct(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Wrong from the beginning; a custody that has changed since ends, and the new one is added."""
    actor, today = request.actor, timezone.localdate()
    guardian, case = _open(actor, pk)
    if case.stage in ENDED_STAGES:
        return case_stopped(request, case)
    if guardian.ends_on is not None and guardian.ends_on < today:
        return redirect("guardians", pk=case.pk)
    shown = door.reveal_one(actor, guardian, door.Purpose.CASE_WORK)
    version = service.version_of(guardian)
    going = [one for one in held_of(case) if one.ends_on is None and one.id != pk]
    form = bound(
        request,
        CorrectGuardianForm,
        today=today,
        address_closed=closes(case.person.protection, Closed.ADDRESS, today),
        others=len(going),
        initial={"custody": guardian.custody, "seen_version": version}
        | {name: shown.text.get(name, "") for name in service.TEXTS},
    )
    changed = False
    if request.method == "POST" and form.is_valid() and text_passes(actor, form, case):
        try:
            answer = _put_right(request, case, shown, form, version)
        except ChangedMeanwhile:
            answer, changed = None, True
            seen_now(form, version)
        if answer is not None:
            return answer
    context = {
        "form": form,
        "case": case,
        "guardian": shown,
        "custody": words("custody", guardian.custody),
        "changed": changed,
    }
    status = 409 if changed else 422 if request.POST else 200
    return render(request, "cases/guardian_correct.html", context, status=status)


def _put_right(
    request: ActingRequest,
    case: Case,
    shown: door.Revealed[Guardian],
    form: CorrectGuardianForm,
    version: int,
) -> HttpResponse | None:
    """None where the form, with an error at the field, is to be shown anew. Raises ChangedMeanwhile."""
    given, guardian = form.cleaned_data, shown.row
    seen = given["seen_version"] or 0
    if form.says_the_same:
        if seen != version:
            # Pressed twice, or put right by a colleague in the same way.
            return redirect("guardians", pk=case.pk)
        form.add_error("custody", NOTHING_CHANGED)
        return None
    if seen != version:
        raise ChangedMeanwhile
    effect = _effect(
        request.actor, case, _as_if(case, guardian, given["custody"]), timezone.localdate()
    )
    if effect and request.POST.get("act") != "confirm":
        return _first_the_effect(request, case, form, effect)
    to = service.Correction(
        name=given["name"],
        name_was=shown.text["name"] if given["name"] != shown.text["name"] else "",
        phone=given["phone"],
        address=given.get("address"),
        custody=given["custody"],
        reason=given["reason"],
    )
    try:
        service.correct_guardian(
            actor=request.actor,
            guardian=guardian,
            case=case,
            to=to,
            seen_version=seen,
            now=timezone.now(),
        )
    except CaseStopped:
        return case_stopped(request, case)
    return redirect("guardians", pk=case.pk)


@require_http_methods(["GET", "POST"])
def guardian_end(request: ActingRequest, pk: UUID) -> HttpResponse:
    """A custody that has ended; never deleted, since it was in force when something was signed."""
    actor, today = request.actor, timezone.localdate()
    guardian, case = _open(actor, pk)
    form = bound(request, EndGuardianForm, today=today)
    if request.method == "POST" and form.is_valid():
        service.end_guardian(
            actor=actor,
            guardian=guardian,
            case=case,
            last_day=form.cleaned_data["last_day"],
            now=timezone.now(),
        )
        return redirect("guardians", pk=case.pk)
    shown = door.reveal_one(actor, guardian, door.Purpose.CASE_WORK)
    context = {"form": form, "case": case, "guardian": shown}
    return render(request, "cases/guardian_end.html", context, status=422 if request.POST else 200)


def _open(actor: Actor, pk: UUID) -> tuple[Guardian, Case]:
    guardian = door.open_one(actor, Guardian, pk)
    door.demand(actor, guardian, "guardian", Action.WRITE)
    case = door.visible(actor, Case).filter(person_id=guardian.person_id).first()
    if case is None:
        raise door.NotHere
    return guardian, case


def _as_if(case: Case, guardian: Guardian, custody: str) -> list[Held]:
    """The custodies, had this one been entered so."""
    return [
        replace(one, custody=custody) if one.id == guardian.id else one for one in held_of(case)
    ]


def _effect(actor: Actor, case: Case, held: Sequence[Held], today: date) -> list[str]:
    """What ends, had the custodies been these; nothing where no consent in force lacks anybody by them."""
    ending = consents_lacking(case, held, on=today)
    if not ending:
        return []
    parts = [(consent, live_scopes(consent)) for consent in ending]
    return effect_of(actor, parts, live=live_in(case, on=today))


def _first_the_effect(
    request: ActingRequest, case: Case, form: forms.Form, effect: Sequence[str]
) -> HttpResponse:
    """What was typed goes along, hidden; nothing has been saved."""
    context = {"case": case, "form": form, "effect": effect}
    return render(request, "cases/guardian_effect.html", context)


def _corrections(
    actor: Actor, shown: Sequence[door.Revealed[Guardian]]
) -> dict[UUID, list[dict[str, Any]]]:
    """By guardian, oldest first: what stood, and why it was put right."""
    rows = door.visible(actor, GuardianCorrection).filter(
        guardian__in=[one.row.pk for one in shown]
    )
    told: dict[UUID, list[dict[str, Any]]] = {}
    for one in door.reveal(actor, rows, door.Purpose.CASE_WORK):
        said = {
            "at": one.row.at,
            "custody_was": words("custody", one.row.custody_was),
            "name_was": one.text.get("name_was", ""),
            "reason": one.text["reason"],
        }
        told.setdefault(one.row.guardian_id, []).append(said)
    return told
