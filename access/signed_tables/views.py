"""The page Lagtabeller: every table that decides, its version, who has signed it; and each of them as a paper."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from access import door
from access.actor import ActingRequest
from access.forms import bound
from access.models import SignedTable
from access.pdf import pdf_response, render_pdf
from access.policy import Action
from access.signed_tables import services
from access.signed_tables.forms import SignatureForm
from access.signed_tables.tables import Table, table_called, tables


@require_GET
def law_tables(request: ActingRequest) -> HttpResponse:
    states = services.signed_states(request.actor, tables())
    return render(request, "access/law_tables.html", {"states": states})


@require_GET
def law_table(request: ActingRequest, code: str) -> HttpResponse:
    table = _table(code)
    [state] = services.signed_states(request.actor, [table])
    context = {
        "table": table,
        "state": state,
        "sections": table.sections(table.content),
        "may_record": services.may_record(request.actor),
        "municipality": _municipality(request),
        "today": timezone.localdate(),
    }
    return render(request, "access/law_table.html", context)


@require_GET
def law_table_pdf(request: ActingRequest, code: str) -> HttpResponse:
    table, today = _table(code), timezone.localdate()
    data = _paper(table, municipality=_municipality(request), today=today.isoformat())
    return pdf_response(render_pdf("table.typ", data, made_on=today), name="lagtabell")


@require_http_methods(["GET", "POST"])
def law_table_sign(request: ActingRequest, code: str) -> HttpResponse:
    actor, table = request.actor, _table(code)
    if not services.may_record(actor):
        door.refuse(SignedTable, None, outcome="denied", action=Action.CREATE)
        raise door.NotHere
    form = bound(request, SignatureForm, table=table, today=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        signature = services.PaperSignature(
            signed_by=given["signed_by"],
            title=given["title"],
            signed_on=given["signed_on"],
            paper_reference=given["paper_reference"],
        )
        services.record_signature(actor=actor, table=table, signature=signature, now=timezone.now())
        return redirect("law_table", code=code)
    status = 422 if request.method == "POST" else 200
    return render(
        request, "access/law_table_sign.html", {"form": form, "table": table}, status=status
    )


def _municipality(request: ActingRequest) -> str:
    return f"{request.actor.municipality_name} kommun"


def _table(code: str) -> Table:
    try:
        return table_called(code)
    except KeyError as unknown:
        raise Http404 from unknown


def _paper(table: Table, *, municipality: str, today: str) -> dict[str, Any]:
    return {
        "language": get_language() or "sv",
        "municipality": municipality,
        "title": table.title(),
        "version": table.version,
        "sha256": table.sha256,
        "printed": today,
        "sections": [
            {"title": section.title, "columns": section.columns, "rows": section.rows}
            for section in table.sections(table.content)
        ],
        "words": {
            "version": _("Version"),
            "printed": _("Utskriven"),
            "hash": _("Kontrollsumma (SHA-256)"),
            "page": _("Sida {page} av {pages}"),
            "nothing": _("Ingen."),
            "sign": _("Underskrift"),
            "sign_text": _(
                "Jag har granskat tabellen i den version och med den kontrollsumma som står på varje sida."
            ),
            "name": _("Namnförtydligande"),
            "title": _("Titel eller roll"),
            "signature": _("Namnteckning"),
            "date": _("Datum"),
            "reference": _("Papperets nummer"),
            "remarks": _("Anmärkningar"),
        },
    }
