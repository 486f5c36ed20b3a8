"""Who works on the case: the lead adds, removes and hands over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
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
from cases.forms.case_people import AddColleagueForm
from cases.models import Case
from cases.models.case import ENDED_STAGES
from cases.services import assignment as service
from cases.services.refusals import CaseStopped

LASTS = timedelta(days=180)


@require_http_methods(["GET", "POST"])
def case_people(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    case = door.open_one(actor, Case, pk)
    door.demand(actor, case, "case", Action.WRITE)
    act = request.POST.get("act", "")
    form_data: dict[str, Any] = {
        "colleagues": service.others_of_the_agency(case, today=today),
        "today": today,
        "initial": {"until": today + LASTS},
    }
    form = (
        AddColleagueForm(**form_data) if act in {"remove", "hand_over"}
        else bound(request, AddColleagueForm, **form_data)
    )  # fmt: skip
    problem = ""
    if request.method == "POST" and (act in {"remove", "hand_over"} or form.is_valid()):
        problem = _change(request, case, form)
        if not problem:
            return redirect("case_people", pk=pk)
    context = {
        "case": case,
        "form": form,
        "people": service.people_on(case, today=today),
        "me": actor.membership_id,
        "leads": case.stage not in ENDED_STAGES and service.leads(actor, case, today=today),
        "leaders": service.LEADERS,
        "problem": problem,
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/case_people.html", context, status=status)


def _change(request: ActingRequest, case: Case, form: AddColleagueForm) -> str:
    """Gives the reason why it could not be done; empty when it was."""
    actor, now = request.actor, timezone.now()
    act = request.POST.get("act")
    try:
        if act == "add":
            service.add_colleague(
                actor=actor,
                case=case,
                membership=form.chosen(),
                until=form.cleaned_data["until"],
                now=now,
            )
        else:
            membership_id = UUID(request.POST.get("membership", ""))
            change = service.remove_colleague if act == "remove" else service.hand_over
            change(actor=actor, case=case, membership_id=membership_id, now=now)
    except service.NotTheLead:
        return _("Bara den som leder ärendet bestämmer vilka som arbetar i det.")
    except service.LeadStays:
        return _("Den som leder ärendet kan inte tas bort. Lämna över ledningen först.")
    except CaseStopped:
        return _("Ärendet är avslutat. Ingen mer kan läggas till.")
    except (LookupError, ValueError):
        return _("Personen arbetar inte längre i ärendet. Listan nedan är ny.")
    return ""
