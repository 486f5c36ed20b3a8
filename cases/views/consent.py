"""Registering and withdrawing a consent, with the effect in plain words before it is confirmed."""

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
from cases.forms.consent import ConsentForm, WithdrawForm, months_after
from cases.models import Case, Consent, Disclosure
from cases.models.case import ENDED_STAGES
from cases.rules.law import in_force
from cases.services import consent as service
from cases.views.stopped import case_stopped
from cases.views.text_guard import text_passes


@require_http_methods(["GET", "POST"])
def consent_new(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    case = door.open_one(actor, Case, pk)
    door.demand(actor, case, "consent", Action.CREATE)
    if case.stage in ENDED_STAGES:
        return case_stopped(request, case)
    default = months_after(today, in_force("consent", today)[0]["default_months"])
    agencies = Agency.objects.filter(municipality_id=case.municipality_id).exclude(
        pk=case.agency_id
    )
    form = bound(
        request,
        ConsentForm,
        agencies=list(agencies),
        today=today,
        initial={"signed_on": today, "valid_from": today, "valid_to": default},
    )
    if request.method == "POST" and form.is_valid() and text_passes(actor, form, case):
        given = form.cleaned_data
        signature = service.Signature(
            signed_by=given["signed_by"],
            not_shared=given["not_shared"],
            signed_on=given["signed_on"],
            valid_from=given["valid_from"],
            valid_to=given["valid_to"],
            received_how=given["received_how"],
        )
        service.register_consent(
            actor=actor, case=case, signature=signature, agencies=form.chosen(), now=timezone.now()
        )
        return redirect("case_detail", pk=case.pk)
    context = {"form": form, "case": case}
    return render(request, "cases/consent_new.html", context, status=422 if request.POST else 200)


@require_http_methods(["GET", "POST"])
def consent_withdraw(request: ActingRequest, pk: UUID) -> HttpResponse:
    """First the choice, then the effect in words, then the confirmation: three looks, two presses."""
    actor = request.actor
    consent = door.open_one(actor, Consent, pk)
    door.demand(actor, consent, "consent", Action.WRITE)
    scopes = service.live_scopes(consent)
    form = bound(request, WithdrawForm, scopes=scopes)
    ending: list[Disclosure] | None = None
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
        ending = list(
            door.visible(actor, Disclosure).filter(
                consent=consent,
                to_agency__in=[scope.covers_agency for scope in chosen],
                end__isnull=True,
            )
        )
    context = {
        "form": form,
        "consent": consent,
        "case": consent.case,
        "ending": ending,
        "chosen": form.chosen() if ending is not None else [],
        "all_of_it": ending is not None and len(form.chosen()) == len(scopes),
    }
    status = 422 if request.POST and ending is None else 200
    return render(request, "cases/consent_withdraw.html", context, status=status)
