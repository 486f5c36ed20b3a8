"""Utsedd beslutsfattare: the lead or the manager appoints somebody of another municipality, and ends it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest
from access.forms import bound
from access.policy import Action
from cases.forms.appointment import AppointForm
from cases.models import Case
from cases.models.case import ENDED_STAGES
from cases.services import appointment as service
from cases.services.assignment import NotTheLead
from cases.services.refusals import CaseStopped


@require_http_methods(["GET", "POST"])
def case_appointment(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    case = door.open_one(actor, Case, pk)
    door.demand(actor, case, "appointment", Action.LIST)
    latest = service.latest_day(today)
    initial = {"until": service.proposed_day(today)}
    ending = request.POST.get("act") == "end"
    form = (
        AppointForm(today=today, latest=latest, initial=initial)
        if ending
        else bound(request, AppointForm, today=today, latest=latest, initial=initial)
    )
    problem = ""
    if request.method == "POST" and (ending or form.is_valid()):
        problem = _end(request, case) if ending else _appoint(request, case, form, today)
        if not problem and not form.errors:
            return redirect("case_appointment", pk=pk)
    context = {
        "case": case,
        "form": form,
        "appointed": list(service.appointments(case, today=today).values()),
        "may_appoint": case.stage not in ENDED_STAGES
        and service.may_appoint(actor, case, today=today),
        "problem": problem,
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/case_appointment.html", context, status=status)


def _appoint(request: ActingRequest, case: Case, form: AppointForm, today: date) -> str:
    """Gives the reason why it could not be done; what is wrong with the address stands at its field."""
    try:
        service.appoint(
            actor=request.actor,
            case=case,
            home=service.candidate(case, form.cleaned_data["address"], today=today),
            until=form.cleaned_data["until"],
            now=timezone.now(),
        )
    except service.NobodyThere:
        form.add_error("address", _("Ingen med den adressen arbetar med SSPF i en annan kommun."))
    except service.OnesOwn:
        form.add_error("address", _("Du kan inte utse dig själv."))
    except NotTheLead:
        return _only_the_lead()
    except CaseStopped:
        return _("Ärendet är avslutat. Ingen kan utses i det.")
    return ""


def _end(request: ActingRequest, case: Case) -> str:
    try:
        service.end_appointment(
            actor=request.actor,
            case=case,
            appointment_id=UUID(request.POST.get("appointment", "")),
            now=timezone.now(),
        )
    except NotTheLead:
        return _only_the_lead()
    except (LookupError, ValueError):
        return _("Uppdraget är redan avslutat.")
    return ""


def _only_the_lead() -> str:
    return _("Bara den som leder ärendet, eller enhetens chef, utser någon.")
