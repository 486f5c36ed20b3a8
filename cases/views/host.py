"""Var samordningen sitter: what it means for secrecy, and what must be in place before individual cases are opened."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access import door, routes
from access.actor import ActingRequest, Actor
from access.forms import bound
from access.models import Agency, Membership, Municipality
from cases.forms.host import KINDS, HostForm
from cases.services import host as service
from reminders.today import Panel

View = Callable[..., HttpResponse]


def needs_host(view: View) -> View:
    """A page of individual cases: where the agency may hold none there is no such page, and the answer says why."""

    @wraps(view)
    def guarded(request: ActingRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        mine = Agency.objects.get(pk=request.actor.agency_id)
        if mine.hosts_sspf and not service.may_hold_cases(mine, timezone.localdate()):
            return closed(request, mine)
        return view(request, *args, **kwargs)

    return guarded


def needs_receiver(view: View) -> View:
    """Telling of a concern: where the municipality's host may hold none, nothing is typed that could not be sent."""

    @wraps(view)
    def guarded(request: ActingRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        host = Agency.objects.get(municipality_id=request.actor.municipality_id, hosts_sspf=True)
        if not service.may_hold_cases(host, timezone.localdate()):
            return closed(request, host)
        return view(request, *args, **kwargs)

    return guarded


def closed(request: ActingRequest, host: Agency) -> HttpResponse:
    context = {
        "host": host,
        "municipality": Municipality.objects.get(pk=request.actor.municipality_id),
        "may_mend": routes.may_enter(request.actor, "host_setup")
        and host.pk == request.actor.agency_id,
    }
    return render(request, "cases/host_closed.html", context, status=404)


@require_http_methods(["GET", "POST"])
def host_setup(request: ActingRequest) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    agency = Agency.objects.filter(pk=actor.agency_id, hosts_sspf=True).first()
    if agency is None:
        raise door.NotHere
    rule = service.rule_of(agency, today)
    removing = request.POST.get("act") == "remove"
    form = (
        HostForm(needs=rule.needs, today=today)
        if removing
        else bound(request, HostForm, needs=rule.needs, today=today)
    )
    problem = ""
    if request.method == "POST" and (removing or form.is_valid()):
        problem = _change(actor, form, removing=removing)
        if not problem:
            return redirect("host_setup")
    by = Membership.objects.filter(pk__in=[agency.hosting_added_by]).select_related("user").first()
    context = {
        "agency": agency,
        "rule": rule,
        "open": service.may_hold_cases(agency, today),
        "attached": KINDS.get(agency.hosting_kind, ""),
        "added_by": by.user.name if by else "",
        "form": form,
        "problem": problem,
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/host_setup.html", context, status=status)


def _change(actor: Actor, form: HostForm, *, removing: bool) -> str:
    """Gives the reason why it could not be done; empty when it was."""
    try:
        if removing:
            service.remove(actor=actor)
        else:
            given = form.cleaned_data
            service.attach(
                actor=actor,
                kind=given["kind"],
                reference=given["reference"],
                dated=given["dated"],
                now=timezone.now(),
            )
    except service.CasesOpen:
        return _("Det finns öppna ärenden. Avsluta dem innan underlaget tas bort.")
    except service.NotNeeded:
        return _("Här behövs inget underlag, eller så hjälper inget.")
    return ""


def host_panel(actor: Actor) -> list[Panel]:
    """Where cases are closed, whoever would work with them is told on the first page."""
    if not (routes.may_enter(actor, "intake") or routes.may_enter(actor, "host_setup")):
        return []
    agency = Agency.objects.filter(pk=actor.agency_id, hosts_sspf=True).first()
    if agency is None or service.may_hold_cases(agency, timezone.localdate()):
        return []
    return [
        Panel(
            title=_("Enskilda ärenden är avstängda här"),
            template="cases/panel_host.html",
            context={"may_mend": routes.may_enter(actor, "host_setup")},
            place="above",
            order=5,
        )
    ]
