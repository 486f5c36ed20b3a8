"""Searching one's own cases. Posted, so that no name or number ends up in an address or its history."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from access.actor import ActingRequest
from cases.services.search import MOST_SHOWN, find_cases
from cases.views.host import needs_host

LONGEST = 80


@require_http_methods(["GET", "POST"])
@needs_host
def case_search(request: ActingRequest) -> HttpResponse:
    term = request.POST.get("term", "").strip()[:LONGEST]
    hits = find_cases(actor=request.actor, term=term) if term else []
    return render(
        request,
        "cases/case_search.html",
        {
            "hits": hits,
            "term": term,
            "searched": bool(term),
            "cut": len(hits) >= MOST_SHOWN,
            "most": MOST_SHOWN,
        },
    )
