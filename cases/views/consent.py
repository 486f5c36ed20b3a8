"""A consent: begun, shown with what is missing, and taken back with the effect in plain words before it is confirmed."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest, Actor
from access.forms import bound
from access.models import AgencyKind, Unit
from access.policy import Action
from cases.forms.consent import BirthDateForm, ConsentForm
from cases.forms.consent_answer import WithdrawForm
from cases.models import Case, Consent
from cases.models.case import ENDED_STAGES
from cases.rules.consent import last_day, missing_guardians, months_after
from cases.rules.consent_state import GRANTS, consent_state
from cases.services import consent as service
from cases.services.birth_date import write_birth_date
from cases.services.consent_effect import effect_of
from cases.services.consent_give import give_if_all_is_there
from cases.services.consent_start import (
    NoBirthDate,
    Offer,
    WhoSigns,
    await_signatures,
    start_consent,
    who_signs,
)
from cases.services.refusals import CaseStopped
from cases.views.consent_parts import consent_page
from cases.views.stopped import case_stopped
from cases.views.text_guard import text_passes


@require_http_methods(["GET", "POST"])
def consent_new(request: ActingRequest, pk: UUID) -> HttpResponse:
    """First what must be known: the birth date and every guardian. Then the ticks."""
    actor, today = request.actor, timezone.localdate()
    case = door.open_one(actor, Case, pk)
    door.demand(actor, case, "consent", Action.CREATE)
    if case.stage in ENDED_STAGES:
        return case_stopped(request, case)
    try:
        signs = who_signs(actor, case, on=today)
    except NoBirthDate:
        return _birth_date_first(request, case)
    lacking = (
        missing_guardians([one.row.custody for one in signs.guardians], today)
        if signs.guardians_sign
        else 0
    )
    if lacking > 0:
        context = {"case": case, "guardians": signs.guardians, "lacking": lacking}
        return render(request, "cases/consent_first.html", context)
    earlier = Consent.objects.in_force(today).filter(case=case).first()
    default = last_day(months_after(today, signs.rule.default_months), born=signs.born, on=today)
    form = bound(
        request,
        ConsentForm,
        units=_units(case),
        host=case.agency_id,
        rule=signs.rule,
        today=today,
        renewable=earlier is not None,
        initial={"valid_to": default} | _as_before(actor, earlier),
    )
    if request.method == "POST" and form.is_valid() and text_passes(actor, form, case):
        given = form.cleaned_data
        offer = Offer(
            ticks=form.ticks(),
            valid_from=today,
            valid_to=given["valid_to"],
            language=given["language"],
            signed_by=_in_words(signs),
            not_shared=given["not_shared"],
            contact=given["contact"],
            interpreter=given["interpreter"],
            renews=earlier if given.get("renews") else None,
            form_id=given["form_id"] or uuid4(),
        )
        try:
            consent = start_consent(actor=actor, case=case, offer=offer, now=timezone.now())
        except CaseStopped:
            return case_stopped(request, case)
        return redirect("consent_detail", pk=consent.pk)
    context = {"form": form, "case": case, "signs": signs, "earlier": earlier}
    return render(request, "cases/consent_new.html", context, status=422 if request.POST else 200)


def _birth_date_first(request: ActingRequest, case: Case) -> HttpResponse:
    form = bound(request, BirthDateForm, today=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        write_birth_date(actor=request.actor, case=case, born=form.cleaned_data["born"])
        return redirect("consent_new", pk=case.pk)
    context = {"form": form, "case": case}
    status = 422 if request.POST else 200
    return render(request, "cases/consent_birth_date.html", context, status=status)


@require_http_methods(["GET", "POST"])
def consent_detail(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Who must sign, who has, what is ticked, and what is missing."""
    actor = request.actor
    consent = door.open_one(actor, Consent, pk)
    act = request.POST.get("act")
    if request.method == "POST":
        now = timezone.now()
        door.demand(actor, consent, "consent", Action.WRITE)
        if act == "await":
            await_signatures(actor=actor, consent=consent, now=now)
        elif act == "give":
            service.hold_case(consent.case)
            give_if_all_is_there(actor, consent, now)
        elif act == "decline":
            service.decline_consent(actor=actor, consent=consent, channel="visit", now=now)
        return redirect("consent_detail", pk=pk)
    return render(request, "cases/consent_detail.html", consent_page(actor, consent))


@require_http_methods(["GET", "POST"])
def consent_withdraw(request: ActingRequest, pk: UUID) -> HttpResponse:
    """First the choice, then the effect in words, then the confirmation: three looks, two presses."""
    actor = request.actor
    consent = door.open_one(actor, Consent, pk)
    if consent_state(consent, timezone.localdate()) not in GRANTS:
        return redirect("consent_detail", pk=pk)
    door.demand(actor, consent, "consent_end", Action.CREATE)
    scopes = service.live_scopes(consent)
    form = bound(request, WithdrawForm, scopes=scopes)
    context: dict[str, Any] = {"form": form, "consent": consent, "case": consent.case}
    if request.method == "POST" and form.is_valid():
        chosen = form.chosen()
        if request.POST.get("act") == "confirm":
            service.withdraw_consent(
                actor=actor,
                consent=consent,
                scopes=chosen,
                channel=form.cleaned_data["channel"],
                now=timezone.now(),
            )
            return redirect("case_detail", pk=consent.case_id)
        today = timezone.localdate()
        context["effect"] = effect_of(
            actor,
            [(consent, chosen), *service.ending_beside(consent, chosen, on=today)],
            live=service.live_in(consent.case, on=today),
            begun=service.signed_and_waiting(consent, chosen, on=today),
        )
    status = 422 if request.POST and "effect" not in context else 200
    return render(request, "cases/consent_withdraw.html", context, status=status)


def _units(case: Case) -> list[Unit]:
    """Every unit that can take part, the host's first; a coordination agency opens no individual cases (S20)."""
    units = (
        Unit.objects.going()
        .filter(agency__municipality_id=case.municipality_id)
        .exclude(agency__kind=AgencyKind.COORDINATION)
        .select_related("agency")
        .order_by("agency__name", "name")
    )
    return sorted(units, key=lambda unit: unit.agency_id != case.agency_id)


def _as_before(actor: Actor, earlier: Consent | None) -> dict[str, Any]:
    """A renewal begins with the ticks that still hold."""
    if earlier is None:
        return {}
    ticks = [s for s in service.live_scopes(earlier) if s.covers_unit and s.kind]
    row = door.open_one(actor, Consent, earlier.pk)
    shown = door.reveal_one(actor, row, door.Purpose.CASE_WORK)
    return {
        "share": [f"{s.covers_unit}:{s.kind}" for s in ticks if s.may_share],
        "receive": [f"{s.covers_unit}:{s.kind}" for s in ticks if s.may_receive],
        "language": earlier.language,
        **{name: shown.text[name] for name in ("not_shared", "contact", "interpreter")},
    }


def _in_words(signs: WhoSigns) -> str:
    names = [
        _("%(name)s, vårdnadshavare") % {"name": one.text["name"]}
        for one in (signs.guardians if signs.guardians_sign else ())
    ]
    return "\n".join([*names, signs.youth_name] if signs.youth_signs else names)
