"""The numbers of the case's person: the present one, the earlier ones, and recording a new one."""

from __future__ import annotations

import re
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
from cases.forms.person_number import BIRTH_DATE_DIFFERS, PersonNumberForm
from cases.models import Case, Person
from cases.models.case import ENDED_STAGES
from cases.rules.identity_number import birth_date_in, read_identity_number
from cases.services import identifier as service
from cases.services.refusals import CaseStopped, ChangedMeanwhile

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@require_http_methods(["GET", "POST"])
def person_number(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    case = door.open_one(actor, Case, pk)
    person = door.open_one(actor, Person, case.person_id, action=Action.WRITE)
    numbers = service.numbers_of(actor, person)
    form = bound(request, PersonNumberForm, has_number=numbers.present is not None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        problem = _record(request, case, form)
        if not problem:
            return redirect("person_number", pk=pk)
    shown = door.reveal_one(actor, person, door.Purpose.CASE_WORK, damaged=True)
    context = {
        "case": case,
        "person": shown,
        "differs": BIRTH_DATE_DIFFERS if _differs(shown, numbers) else "",
        "numbers": numbers,
        "form": form,
        "ended": case.stage in ENDED_STAGES,
        "problem": problem,
    }
    status = 409 if problem else 422 if form.errors else 200
    return render(request, "cases/person_number.html", context, status=status)


def _differs(person: door.Revealed[Person], numbers: service.Numbers) -> bool:
    """Allowed (folkbokföringslagen 18 §), and worth a second look."""
    if numbers.present is None or not ISO_DATE.fullmatch(person.birth_date):
        return False
    told = birth_date_in(read_identity_number(numbers.present.value))
    return told is not None and told.isoformat() != person.birth_date


def _record(request: ActingRequest, case: Case, form: PersonNumberForm) -> str:
    """Gives the reason why it could not be recorded; empty when it was."""
    try:
        service.record_number(
            actor=request.actor,
            case=case,
            number=form.cleaned_data["number"],
            was_wrong=form.was_wrong(),
            seen=request.POST.get("seen", ""),
            now=timezone.now(),
        )
    except service.SameNumber:
        return _("Det är redan personens nummer.")
    except ChangedMeanwhile:
        return _("Någon annan har just registrerat ett nummer. Läs det nedan innan du fortsätter.")
    except CaseStopped:
        return _("Ärendet är avslutat. Inget nytt skrivs i det.")
    return ""
