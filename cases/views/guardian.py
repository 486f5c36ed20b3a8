"""The guardians of a case's young person: who they are, how they are reached, and since when."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest
from access.forms import bound
from access.policy import Action
from cases.forms.guardian import EndGuardianForm, GuardianForm
from cases.models import Case, Guardian
from cases.models.case import ENDED_STAGES
from cases.rules.codes import words
from cases.rules.consent import missing_guardians
from cases.rules.protection import Closed, closes
from cases.services import guardian as service
from cases.services.refusals import CaseStopped
from cases.views.consent_parts import may_begin
from cases.views.stopped import case_stopped
from cases.views.text_guard import text_passes


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
        try:
            service.add_guardian(actor=actor, case=case, facts=facts, now=timezone.now())
        except CaseStopped:
            return case_stopped(request, case)
        return redirect("guardians", pk=pk)
    shown = service.guardians_of(actor, case, on=today)
    context = {
        "case": case,
        "form": form,
        "guardians": [
            {"shown": one, "custody": words("custody", one.row.custody)} for one in shown
        ],
        "may_consent": may_begin(actor, case),
        "lacking": missing_guardians([one.row.custody for one in shown], today),
    }
    return render(request, "cases/guardians.html", context, status=422 if request.POST else 200)


@require_http_methods(["GET", "POST"])
def guardian_end(request: ActingRequest, pk: UUID) -> HttpResponse:
    """A custody that has ended; never deleted, since it was in force when something was signed."""
    actor, today = request.actor, timezone.localdate()
    guardian = door.open_one(actor, Guardian, pk)
    door.demand(actor, guardian, "guardian", Action.WRITE)
    case = door.visible(actor, Case).filter(person_id=guardian.person_id).first()
    if case is None:
        raise door.NotHere
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
