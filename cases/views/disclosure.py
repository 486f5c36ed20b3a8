"""The register of disclosures: what was handed over from here, to whom, on which basis; the text as shared; ending one."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from access import door, extract
from access.actor import ActingRequest
from access.forms import bound
from access.models import Agency
from access.policy import Action
from cases.forms.disclosure import EndForm, ExtractForm, RegisterForm
from cases.models import Disclosure, Summary
from cases.rules.codes import words
from cases.rules.legal_basis import LegalBasis, codes, title_of, version_of
from cases.rules.outside_receiver import offered
from cases.services import disclosure_register as register
from cases.services.disclosure import end_by_hand
from cases.views.case_parts import disclosed_line


@require_GET
def disclosure_register(request: ActingRequest) -> HttpResponse:
    form = _form(request, request.GET)
    if form.is_bound and not form.is_valid():
        return render(request, "cases/disclosure_register.html", {"form": form}, status=422)
    return _register(request, form, ExtractForm(), status=200)


@require_POST
def disclosure_export(request: ActingRequest) -> HttpResponse:
    """What is chosen of the register as a file, for a purpose that is written in the log."""
    door.demand_of_role(request.actor, Disclosure, "disclosure", Action.EXPORT)
    form, asked = _form(request, request.POST), ExtractForm(request.POST)
    if not form.is_valid():
        return render(request, "cases/disclosure_register.html", {"form": form}, status=422)
    if not asked.is_valid():
        return _register(request, form, asked, status=422)
    content = register.take_out(request.actor, _chosen(form), purpose=asked.cleaned_data["purpose"])
    return extract.download(content, f"utlamnat-{timezone.localdate():%Y-%m-%d}.csv")


def _form(request: ActingRequest, given: QueryDict) -> RegisterForm:
    agencies = Agency.objects.filter(municipality_id=request.actor.municipality_id)
    return RegisterForm(
        given or None,
        agencies=list(agencies.exclude(pk=request.actor.agency_id)),
        outside=offered(timezone.localdate()),
        titles={code: title_of(code) for code in codes()},
    )


def _chosen(form: RegisterForm) -> register.Chosen:
    return register.Chosen(**form.cleaned_data) if form.is_bound else register.Chosen()


def _register(
    request: ActingRequest, form: RegisterForm, asked: ExtractForm, *, status: int
) -> HttpResponse:
    actor, chosen = request.actor, _chosen(form)
    rows = register.registered(actor, chosen)
    shown = door.reveal(actor, rows[: register.MOST], door.Purpose.LIST, groups=())
    context = {
        "form": form,
        "case": register.case_of_register(actor, chosen),
        "rows": [disclosed_line(one.row) for one in shown],
        "waiting": register.waiting(actor, chosen),
        "count": rows.count(),
        "most": register.MOST,
        "extract": asked if register.may_take_out(actor) else None,
        "chosen": [(name, form[name].value()) for name in form.fields if form.is_bound],
    }
    return render(request, "cases/disclosure_register.html", context, status=status)


@require_http_methods(["GET", "POST"])
def disclosure_detail(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    row = door.open_one(actor, Disclosure, pk)
    form = bound(request, EndForm, today=timezone.localdate())
    if request.method == "POST":
        # To close it for its readers only takes away: whoever may read the text may do it.
        door.demand(actor, row, "disclosure_text", Action.READ)
        if form.is_valid():
            end_by_hand(disclosure=row, reason=form.cleaned_data["reason"], now=timezone.now())
            return redirect("disclosure_detail", pk=pk)
    shown = door.reveal_one(actor, row, door.Purpose.CASE_WORK)
    rule: LegalBasis = version_of(row.basis, row.basis_version)
    end = getattr(row, "end", None)
    context = {
        "shown": shown,
        "case": row.case,
        "proposal": door.visible(actor, Summary).filter(disclosures=row).exists(),
        "rule": rule,
        "kind_words": words("information_kind", row.kind),
        "end": end,
        "end_words": words("disclosure_end", end.reason) if end else "",
        "form": form,
        "may_end": end is None
        and row.release_id is not None
        and door.may(actor, row, "disclosure_text", Action.READ),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "cases/disclosure_detail.html", context, status=status)
