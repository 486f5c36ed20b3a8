"""The page "Vem får se vad": the policy table as people read it, the same that is printed for signature."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from access.actor import ActingRequest
from access.signed_tables.services import signed_state
from access.signed_tables.tables import POLICY, table_called


@require_GET
def who_sees_what(request: ActingRequest) -> HttpResponse:
    table = table_called(POLICY)
    context = {
        "sections": table.sections(table.content),
        "version": table.version,
        "state": signed_state(request.actor, POLICY),
    }
    return render(request, "access/who_sees_what.html", context)
