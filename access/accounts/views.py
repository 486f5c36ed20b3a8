"""Behörigheter: who has which role where, proposing one, agreeing to one, attesting and ending one."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from access import door
from access.accounts import listing, services
from access.accounts.forms import AttestForm, LastDayForm, ProposalForm
from access.actor import ActingRequest
from access.forms import bound
from access.held import take_back
from access.models import Membership, MembershipProposal, Role, Unit
from access.policy import Action

PER_PAGE = 50


@require_GET
def role_list(request: ActingRequest) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    rows = listing.accounts(actor, today=today)
    units = _units(actor)
    chosen = request.GET.get("enhet", "")
    if chosen in {str(unit.id) for unit in units}:
        rows = rows.filter(unit_id=chosen)
    else:
        chosen = ""
    context = {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "units": units,
        "chosen": chosen,
        "query": f"enhet={chosen}&" if chosen else "",
        "due": listing.due(actor, today=today),
        "waiting": listing.waiting(actor),
        "warnings": listing.warnings(actor, today=today),
        "today": today,
    }
    return render(request, "access/role_list.html", context)


@require_http_methods(["GET", "POST"])
def role_new(request: ActingRequest) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    form = bound(request, ProposalForm, units=_units(actor), today=today)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.propose(actor=actor, asked=form.asked(), now=timezone.now())
            return redirect("role_proposal", pk=made.pk)
        except services.OnesOwn:
            form.add_error("email", _("Du kan inte föreslå en behörighet för dig själv."))
        except services.HeldAlready:
            form.add_error("email", _("Personen har redan den rollen i enheten under den tiden."))
        except services.KeptApart as fault:
            form.add_error("role", _apart(fault))
    status = 422 if request.method == "POST" else 200
    return render(request, "access/role_new.html", {"form": form}, status=status)


@require_GET
def role_proposals(request: ActingRequest) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    mine = listing.to_confirm(actor, today=today)
    others = [one for one in listing.waiting(actor) if one not in mine]
    return render(request, "access/role_proposals.html", {"mine": mine, "others": others})


@require_http_methods(["GET", "POST"])
def role_proposal(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Seen by the administrators, and by the managers of the agency that it is about."""
    actor, today = request.actor, timezone.localdate()
    rows = MembershipProposal.objects.filter(municipality_id=actor.municipality_id)
    if actor.role != Role.ADMINISTRATOR:
        rows = rows.filter(agency_id=actor.agency_id)
    proposal = (
        rows.select_related("unit", "agency", "proposed_by__user", "decided_by__user")
        .filter(pk=pk)
        .first()
    )
    if proposal is None:
        door.refuse(MembershipProposal, pk, outcome="missing", action=Action.READ)
        raise door.NotHere
    problem = ""
    if request.method == "POST":
        problem = _answer(request, proposal)
        if not problem:
            return redirect("role_proposal", pk=pk)
        proposal.refresh_from_db()
    context = {
        "proposal": proposal,
        "may_confirm": services.may_confirm(actor, proposal, today),
        "mine": proposal.proposed_by_user == actor.user_id,
        "account": services.account_here(proposal),
        "problem": problem,
    }
    return render(request, "access/role_proposal.html", context, status=409 if problem else 200)


def _answer(request: ActingRequest, proposal: MembershipProposal) -> str:
    """Gives the reason why it could not be done; empty when it was."""
    actor, today, now = request.actor, timezone.localdate(), timezone.now()
    try:
        match request.POST.get("act"):
            case "confirm":
                services.confirm(actor=actor, proposal=proposal, today=today, now=now)
            case "refuse" | "withdraw":
                services.decline(actor=actor, proposal=proposal, today=today, now=now)
            case _:
                raise door.NotHere
    except services.NotTheirs:
        return _("Någon annan än den som föreslog behörigheten måste bekräfta den.")
    except services.ChangedMeanwhile:
        return _("En kollega har redan svarat.")
    except services.Passed:
        return _("Den sista dagen har passerat. Avslå, och be om ett nytt förslag.")
    except services.HeldAlready:
        return _("Personen har redan den rollen i enheten under den tiden.")
    except services.KeptApart as fault:
        return _apart(fault)
    return ""


@require_http_methods(["GET", "POST"])
def role_detail(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    held = listing.accounts(actor, today=today).filter(pk=pk).first()
    if held is None:
        door.refuse(Membership, pk, outcome="missing", action=Action.READ)
        raise door.NotHere
    given = request.POST if request.method == "POST" else take_back(request)
    act = given.get("act", "") if given else ""
    attest = AttestForm(given if act == "attest" else None, seen=held.ends_on, today=today)
    shorten = LastDayForm(
        given if act == "shorten" else None,
        starts_on=held.starts_on,
        seen=held.ends_on,
        today=today,
    )
    problem = ""
    if request.method == "POST":
        form = {"attest": attest, "shorten": shorten}.get(act)
        if form is None or form.is_valid():
            problem = _change(request, held, act, form)
            if not problem:
                return redirect("role_list") if act == "end" else redirect("role_detail", pk=pk)
            held = listing.accounts(actor, today=today).filter(pk=pk).first() or held
    context: dict[str, Any] = {
        "held": held,
        "attestations": held.attestations.select_related("attested_by__user"),
        "attest": attest,
        "shorten": shorten,
        "own": held.user_id == actor.user_id,
        "guest": held.role == Role.APPROVER,
        "problem": problem,
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "access/role_detail.html", context, status=status)


def _change(request: ActingRequest, held: Membership, act: str, form: forms.Form | None) -> str:
    """Gives the reason why it could not be done; empty when it was."""
    actor, today, now = request.actor, timezone.localdate(), timezone.now()
    seen = _seen(request)
    try:
        if act == "attest" and form is not None and held.role != Role.APPROVER:
            services.attest(
                actor=actor,
                membership=held,
                ends_on=form.cleaned_data["ends_on"],
                seen_ends_on=seen,
                today=today,
                now=now,
            )
        elif act == "shorten" and form is not None:
            services.shorten(
                actor=actor,
                membership=held,
                ends_on=form.cleaned_data["last_day"],
                seen_ends_on=seen,
                today=today,
            )
        elif act == "invite":
            services.invite_again(actor=actor, membership=held)
        elif act == "end":
            services.end_now(actor=actor, membership=held, today=today, now=now)
        else:
            raise door.NotHere
    except services.OnesOwn:
        return _("Någon annan måste intyga att du behöver din behörighet.")
    except services.ChangedMeanwhile:
        return _("En kollega har just ändrat här. Titta vad som gäller nu och försök igen.")
    except services.LastAdministrator:
        return _("Hen är kommunens enda systemadministratör. Ge en till rollen först.")
    except services.KeptApart as fault:
        return _apart(fault)
    return ""


def _seen(request: ActingRequest) -> date:
    """The last day that the page showed. What is no day is a day that no role ends."""
    try:
        return date.fromisoformat(request.POST.get("seen", ""))
    except ValueError:
        return date.min


def _apart(fault: services.KeptApart) -> str:
    apart = fault.apart
    return _("%(role)s och %(other)s hålls isär: %(why)s.") % {
        "role": apart.role.label,
        "other": apart.other.label,
        "why": _(apart.basis),
    }


def _units(actor: Any) -> list[Unit]:
    rows = Unit.objects.going().filter(agency__municipality_id=actor.municipality_id)
    return list(rows.select_related("agency").order_by("agency__name", "name"))
