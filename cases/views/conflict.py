"""Jäv: declaring that one is not to handle a case or a concern; a manager registers and ends it for others."""

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
from access.models import Membership
from access.policy import Action
from cases.forms.conflict import CaseConflictForm, ConflictForm
from cases.models import Case, Concern, Conflict, ConflictKind
from cases.services import conflict as service
from cases.services.protection import nameable
from cases.views.text_guard import text_passes


@require_http_methods(["GET", "POST"])
def case_conflict(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    case = door.open_one(actor, Case, pk)
    door.demand(actor, case, "conflict", Action.CREATE)
    decides = door.may(actor, case, "conflict", Action.DECIDE)
    if request.POST.get("act") == "end":
        _end(request, case)
        return redirect("case_conflict", pk=pk)
    me = Membership.objects.select_related("user", "unit").get(pk=actor.member)
    colleagues = nameable(case.agency_id, today=today) if decides else []
    leads = decides or service.leads_any(case, me, today=today)
    form = bound(
        request,
        CaseConflictForm,
        colleagues=colleagues,
        successors=service.successors(case, me, today=today) if leads else [],
    )
    if request.method == "POST" and form.is_valid() and text_passes(actor, form, case):
        _declare(request, case, form, me)
        if not form.errors:
            stays = door.visible(actor, Case).filter(pk=pk).exists()
            return redirect("case_conflict", pk=pk) if stays else redirect("case_list")
    held = door.visible(actor, Conflict).filter(person_id=case.person_id, ended_at__isnull=True)
    context = {
        "case": case,
        "form": form,
        "decides": decides,
        "conflicts": door.reveal(
            actor,
            held.select_related("membership__user", "registered_by__user"),
            door.Purpose.CASE_WORK,
        ),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "cases/case_conflict.html", context, status=status)


def _declare(request: ActingRequest, case: Case, form: CaseConflictForm, me: Membership) -> None:
    """Marks the form where it could not be done."""
    try:
        service.declare(
            actor=request.actor,
            case=case,
            membership=form.chosen(me),
            kind=ConflictKind(form.cleaned_data["kind"]),
            reason=form.cleaned_data["reason"],
            successor=form.heir(),
            now=timezone.now(),
        )
    except service.SuccessorNeeded:
        where = "successor" if "successor" in form.fields else None
        form.add_error(
            where,
            _("Välj vem som leder ärendet i stället. Ärendet får aldrig bli utan ansvarig."),
        )


def _end(request: ActingRequest, case: Case) -> None:
    try:
        conflict_id = UUID(request.POST.get("row", ""))
    except ValueError:
        raise door.NotHere from None
    service.end_conflict(
        actor=request.actor, case=case, conflict_id=conflict_id, now=timezone.now()
    )


@require_http_methods(["GET", "POST"])
def concern_conflict(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    concern = door.open_one(actor, Concern, pk)
    door.demand(actor, concern, "conflict", Action.CREATE)
    form = bound(request, ConflictForm)
    if request.method == "POST" and form.is_valid():
        service.declare_on_concern(
            actor=actor,
            concern=concern,
            kind=ConflictKind(form.cleaned_data["kind"]),
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
        )
        return redirect("intake")
    context = {"form": form, "concern": concern}
    status = 422 if request.method == "POST" else 200
    return render(request, "cases/concern_conflict.html", context, status=status)
