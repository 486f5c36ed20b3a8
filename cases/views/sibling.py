"""Syskon: noting that a sibling has a case too, for who works in both."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest, Actor
from access.forms import bound
from access.policy import Action
from cases.forms.sibling import SiblingForm
from cases.models import Case
from cases.services import sibling as service
from cases.services.search import as_case_number, note_search


@require_http_methods(["GET", "POST"])
def case_siblings(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    case = door.open_one(actor, Case, pk)
    door.demand(actor, case, "sibling", Action.CREATE)
    if request.POST.get("act") == "unlink":
        _unlink(request, case)
        return redirect("case_siblings", pk=pk)
    form = bound(request, SiblingForm)
    if request.method == "POST" and form.is_valid():
        _link(actor, case, form)
        if not form.errors:
            return redirect("case_siblings", pk=pk)
    context = {"case": case, "form": form, "siblings": service.siblings_of(actor, case)}
    status = 422 if request.method == "POST" else 200
    return render(request, "cases/case_siblings.html", context, status=status)


def _link(actor: Actor, case: Case, form: SiblingForm) -> None:
    """Marks the form where it could not be done: a case that is hidden is answered as one that is missing."""
    number = as_case_number(form.cleaned_data["number"])
    note_search(actor, number)
    other = door.visible(actor, Case).filter(number=number).first()
    if other is None or not door.may(actor, other, "sibling", Action.CREATE):
        form.add_error("number", _("Du arbetar inte i något ärende med det numret."))
        return
    try:
        service.link_sibling(actor=actor, case=case, other=other, now=timezone.now())
    except service.SamePersonTwice:
        form.add_error("number", _("Det är samma persons ärende."))
    except service.NoLink:
        form.add_error("number", _("Den som har en ny identitet kopplas aldrig till någon annan."))


def _unlink(request: ActingRequest, case: Case) -> None:
    try:
        link_id = UUID(request.POST.get("row", ""))
    except ValueError:
        raise door.NotHere from None
    service.unlink_sibling(actor=request.actor, case=case, link_id=link_id, now=timezone.now())
