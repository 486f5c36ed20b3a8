"""The register of disclosures: what was handed over from here, to whom, on which basis; the text as shared; ending one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from access import door
from access.actor import ActingRequest
from access.forms import bound
from access.models import Agency
from access.policy import Action
from cases.forms.disclosure import EndForm, RegisterForm
from cases.models import Disclosure
from cases.rules.codes import words
from cases.rules.legal_basis import LegalBasis, codes, title_of, version_of
from cases.services.disclosure import end_by_hand
from cases.views.case_parts import disclosed_line

MOST = 500


@require_GET
def disclosure_register(request: ActingRequest) -> HttpResponse:
    actor = request.actor
    agencies = Agency.objects.filter(municipality_id=actor.municipality_id)
    form = RegisterForm(
        request.GET or None,
        agencies=list(agencies.exclude(pk=actor.agency_id)),
        titles={code: title_of(code) for code in codes()},
    )
    rows = door.visible(actor, Disclosure).select_related("case", "decided_by__user", "end")
    if form.is_bound:
        if not form.is_valid():
            return render(request, "cases/disclosure_register.html", {"form": form}, status=422)
        rows = rows.filter(**_filters(form.cleaned_data))
    shown = door.reveal(actor, rows[:MOST], door.Purpose.LIST, groups=())
    context = {
        "form": form,
        "rows": [disclosed_line(one.row) for one in shown],
        "count": rows.count(),
        "most": MOST,
    }
    return render(request, "cases/disclosure_register.html", context)


def _filters(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in (
            ("decided_at__date__gte", asked["since"]),
            ("decided_at__date__lte", asked["until"]),
            ("to_agency", asked["to"]),
            ("basis", asked["basis"]),
        )
        if value
    }


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
