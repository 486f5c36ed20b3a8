"""Utan ansvarig: what lost its owner, by number only, and one step to hand it over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from access import door, routes
from access.actor import ActingRequest, Actor
from access.models import Membership
from cases.models import Case
from cases.services import ownerless as service
from cases.services.refusals import ChangedMeanwhile
from reminders.models import Deadline
from reminders.texts import KINDS
from reminders.today import Panel


@require_http_methods(["GET", "POST"])
def without_owner(request: ActingRequest) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    problem = ""
    if request.method == "POST":
        problem = _give(request, actor)
        if not problem:
            return redirect("without_owner")
    cases, dates = service.seen_by(actor)
    context: dict[str, Any] = {
        "cases": cases,
        "leaders": service.leaders(actor, today=today) if cases else [],
        "dates": [
            {
                "row": one,
                "what": KINDS[one.kind].task,
                "people": service.fitting(actor, one, today=today),
            }
            for one in dates
        ],
        "problem": problem,
    }
    return render(request, "cases/without_owner.html", context, status=409 if problem else 200)


def _give(request: ActingRequest, actor: Actor) -> str:
    """Gives the reason why it could not be done; empty when it was."""
    now = timezone.now()
    try:
        to = Membership.objects.select_related("user", "unit").get(pk=_id(request, "to"))
        if "case" in request.POST:
            case = door.open_one(actor, Case, _id(request, "case"))
            service.give_case(actor=actor, case=case, to=to, now=now)
        else:
            deadline = door.open_one(actor, Deadline, _id(request, "date"))
            service.give_date(actor=actor, deadline=deadline, to=to, now=now)
    except (ValueError, LookupError, Membership.DoesNotExist):
        return _("Välj en kollega som kan ta över.")
    except ChangedMeanwhile:
        return _("Någon har redan tagit över ärendet.")
    return ""


def _id(request: ActingRequest, name: str) -> UUID:
    return UUID(request.POST.get(name, ""))


def ownerless_panel(actor: Actor) -> list[Panel]:
    """How much is without an owner, on the manager's own first page: true at once, whenever the job runs."""
    if not routes.may_enter(actor, "without_owner"):
        return []
    cases, dates = service.seen_by(actor)
    count = len(cases) + len(dates)
    if not count:
        return []
    title = ngettext("%(count)d sak saknar ansvarig", "%(count)d saker saknar ansvarig", count)
    return [
        Panel(
            title=title % {"count": count},
            template="cases/panel_ownerless.html",
            place="above",
            order=8,
        )
    ]
