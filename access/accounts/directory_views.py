"""Enheter and Kommunen: the directory as an administrator keeps it."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from access import door
from access.accounts import directory, listing
from access.accounts.directory import Contacts, UnitFacts, contacts_of, facts_of
from access.accounts.forms import ContactsForm, UnitForm
from access.accounts.services import ChangedMeanwhile
from access.actor import ActingRequest, Actor
from access.forms import bound
from access.models import Agency, Membership, Municipality, Unit
from access.policy import Action


@require_GET
def unit_list(request: ActingRequest) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    held = Membership.objects.filter(
        municipality_id=actor.municipality_id, ended_at__isnull=True, ends_on__gte=today
    )
    people = Counter(held.values_list("unit_id", flat=True))
    agencies = [
        {
            "agency": agency,
            "units": [{"unit": unit, "people": people[unit.id]} for unit in agency.units.all()],
        }
        for agency in _agencies(actor).prefetch_related("units")
    ]
    return render(request, "access/unit_list.html", {"agencies": agencies})


@require_http_methods(["GET", "POST"])
def unit_new(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    agency = _agencies(actor).filter(pk=pk).first()
    if agency is None:
        door.refuse(Agency, pk, outcome="missing", action=Action.READ)
        raise door.NotHere
    form = bound(request, UnitForm, agency=agency)
    if request.method == "POST" and form.is_valid():
        try:
            directory.add_unit(actor=actor, agency=agency, facts=form.facts())
            return redirect("unit_list")
        except directory.NameTaken:
            form.add_error("name", _("Det finns eller har funnits en enhet med det namnet."))
    status = 422 if request.method == "POST" else 200
    return render(request, "access/unit_new.html", {"form": form, "agency": agency}, status=status)


@require_http_methods(["GET", "POST"])
def unit_detail(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    unit = (
        Unit.objects.filter(pk=pk, agency__municipality_id=actor.municipality_id)
        .select_related("agency")
        .first()
    )
    if unit is None:
        door.refuse(Unit, pk, outcome="missing", action=Action.READ)
        raise door.NotHere
    facts = facts_of(unit)
    ending = request.POST.get("act") == "end"
    initial = {name: getattr(facts, name) for name in UnitFacts.__slots__}
    form = (
        UnitForm(agency=unit.agency, initial=initial)
        if ending
        else bound(request, UnitForm, agency=unit.agency, initial=initial)
    )
    problem = ""
    if request.method == "POST" and (ending or form.is_valid()):
        problem = _change(request, unit, form, ending=ending)
        if not problem and not form.errors:
            return redirect("unit_list")
        unit.refresh_from_db()
    context: dict[str, Any] = {
        "unit": unit,
        "form": form,
        "seen": facts_of(unit) if problem else facts,
        "problem": problem,
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "access/unit_detail.html", context, status=status)


def _change(request: ActingRequest, unit: Unit, form: UnitForm, *, ending: bool) -> str:
    """Gives the reason why it could not be done; empty when it was, or when the field says why."""
    seen = UnitFacts(
        name=request.POST.get("seen_name", ""),
        mailbox=request.POST.get("seen_mailbox", ""),
        receives_reports=request.POST.get("seen_reports") == "1",
    )
    try:
        if ending:
            directory.end_unit(actor=request.actor, unit=unit, today=timezone.localdate())
        else:
            directory.change_unit(actor=request.actor, unit=unit, seen=seen, facts=form.facts())
    except directory.PeopleLeft:
        return _(
            "Någon har en behörighet i enheten, eller ett förslag som väntar. Avsluta dem först."
        )
    except directory.NameTaken:
        form.add_error("name", _("Det finns eller har funnits en enhet med det namnet."))
    except ChangedMeanwhile:
        return _("En kollega har just ändrat här. Titta vad som gäller nu och försök igen.")
    return ""


@require_http_methods(["GET", "POST"])
def municipality(request: ActingRequest) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    mine = Municipality.objects.get(pk=actor.municipality_id)
    initial = {name: getattr(mine, name) for name in Contacts.__slots__}
    form = bound(request, ContactsForm, initial=initial)
    problem = ""
    if request.method == "POST" and form.is_valid():
        seen = Contacts(
            **{name: request.POST.get(f"seen_{name}", "") for name in Contacts.__slots__}
        )
        try:
            directory.change_contacts(actor=actor, seen=seen, contacts=form.contacts())
            return redirect("municipality")
        except ChangedMeanwhile:
            problem = _("En kollega har just ändrat här. Titta vad som gäller nu och försök igen.")
    context = {
        "municipality": mine,
        "host": Agency.objects.filter(municipality=mine, hosts_sspf=True).first(),
        "form": form,
        "seen": contacts_of(mine),
        "problem": problem,
        "warnings": listing.warnings(actor, today=today),
    }
    status = 409 if problem else 422 if request.method == "POST" else 200
    return render(request, "access/municipality.html", context, status=status)


def _agencies(actor: Actor) -> Any:
    return Agency.objects.filter(municipality_id=actor.municipality_id)
