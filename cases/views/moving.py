"""Familjen flyttar: what holds, a summary handed over on paper, or the case closed."""

from __future__ import annotations

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
from cases.forms.moving import HandoverForm
from cases.models import Case, FollowUp, FollowUpState
from cases.models.case import ENDED_STAGES
from cases.rules.law import in_force
from cases.services import moving as service
from cases.services.refusals import CaseStopped
from cases.services.sharing import ShareRefused
from cases.services.summary import SummaryText
from cases.views.stopped import case_stopped
from cases.views.text_guard import text_passes


@require_http_methods(["GET", "POST"])
def case_moving(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    case = door.open_one(actor, Case, pk)
    door.demand(actor, case, "summary", Action.CREATE)
    if case.stage in ENDED_STAGES:
        return case_stopped(request, case)
    ways = service.ways(actor, case, on=today)
    form = bound(request, HandoverForm, ways=ways, home=actor.municipality_code)
    problem = ""
    if request.method == "POST" and form.is_valid() and text_passes(actor, form, case):
        given = form.cleaned_data
        try:
            summary = service.propose_handover(
                actor=actor,
                case=case,
                municipality=given["municipality"],
                recipient=given["recipient"],
                basis=given["basis"],
                answers=form.answers(),
                text=SummaryText(about=given["about"], body=given["body"]),
                now=timezone.now(),
            )
            return redirect("summary_detail", pk=summary.pk)
        except CaseStopped:
            return case_stopped(request, case)
        except ShareRefused:
            problem = _("Grunden räcker inte längre. Inget har lämnats ut.")
    context = {
        "case": case,
        "rules": [
            {"text": _(row["text"]), "provision": row["provision"]}
            for row in in_force("moving", today)
        ],
        "possible": [way for way in ways if way.possible],
        "impossible": [way for way in ways if not way.possible],
        "handovers": service.handovers(actor, case.pk),
        "follow_up": door.visible(actor, FollowUp)
        .filter(case=case, state=FollowUpState.PLANNED)
        .first(),
        "form": form,
        "problem": problem,
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/case_moving.html", context, status=status)
