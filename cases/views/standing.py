"""Löpande delning: which decisions the municipality has made, and registering one (the manager)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest
from access.forms import bound
from access.models import Agency
from access.policy import Action
from cases.forms.standing import StandingForm
from cases.models import StandingDecision
from cases.rules.codes import choices, words
from cases.services.standing import end_standing, register_standing


@require_http_methods(["GET", "POST"])
def standing_decisions(request: ActingRequest) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    may_register = door.may_create(actor, "standing")
    agencies = Agency.objects.filter(municipality_id=actor.municipality_id)
    form = bound(
        request,
        StandingForm,
        agencies=list(agencies.exclude(pk=actor.agency_id)),
        kinds=choices("information_kind", today),
        today=today,
    )
    if request.method == "POST":
        if not may_register:
            raise door.NotHere
        if "end" in request.POST:
            decision = door.open_one(actor, StandingDecision, _id(request.POST["end"]), lock=True)
            door.demand(actor, decision, "standing", Action.DECIDE)
            end_standing(decision=decision, now=timezone.now())
            return redirect("standing_decisions")
        if form.is_valid():
            register_standing(
                actor=actor,
                number=form.cleaned_data["number"],
                decided_on=form.cleaned_data["decided_on"],
                until=form.cleaned_data["until"],
                to=form.agency,
                kinds=form.cleaned_data["kinds"],
                now=timezone.now(),
            )
            return redirect("standing_decisions")
    shown = door.reveal(actor, door.visible(actor, StandingDecision), door.Purpose.LIST)
    context = {
        "form": form if may_register else None,
        "rows": [
            {
                "row": one.row,
                "kind_words": words("information_kind", one.row.kind),
                "live": one.row.ended_at is None and one.row.until >= today,
            }
            for one in shown
        ],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "cases/standing_decisions.html", context, status=status)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise door.NotHere from None
