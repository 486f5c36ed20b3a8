"""Delat med oss: what was released to me by name, and nothing else."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from access import door
from access.actor import ActingRequest
from cases.models import Release
from cases.rules.codes import words
from cases.rules.legal_basis import version_of


@require_GET
def released_list(request: ActingRequest) -> HttpResponse:
    rows = door.visible(request.actor, Release)
    shown = door.reveal(request.actor, rows, door.Purpose.LIST)
    return render(request, "cases/released_list.html", {"releases": shown})


@require_GET
def released_detail(request: ActingRequest, pk: UUID) -> HttpResponse:
    row = door.open_one(request.actor, Release, pk)
    shown = door.reveal_one(request.actor, row, door.Purpose.RELEASED)
    context = {
        "release": shown,
        "rule": version_of(row.basis, row.basis_version),
        "kind_words": words("information_kind", row.kind),
    }
    return render(request, "cases/released_detail.html", context)
