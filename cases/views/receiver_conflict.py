"""Jäv at the receiver: saying it of a release or a call, and the page of whoever sees that somebody else is asked."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest
from access.forms import bound
from cases.forms.conflict import ConflictKindForm
from cases.models import ConflictKind, MeetingCall, ReceiverConflict, Release
from cases.services import receiver_conflict as service


@require_http_methods(["GET", "POST"])
def release(request: ActingRequest, pk: UUID) -> HttpResponse:
    row = door.open_one(request.actor, Release, pk)
    return _declare(request, row, contact=row.contact, back="released")


@require_http_methods(["GET", "POST"])
def call(request: ActingRequest, pk: UUID) -> HttpResponse:
    row = door.open_one(request.actor, MeetingCall, pk)
    return _declare(request, row, contact=row.called_by_name, back="meeting_call")


def _declare(
    request: ActingRequest, row: Release | MeetingCall, *, contact: str, back: str
) -> HttpResponse:
    form = bound(request, ConflictKindForm)
    if request.method == "POST" and form.is_valid():
        service.declare_received(
            actor=request.actor,
            row=row,
            kind=ConflictKind(form.cleaned_data["kind"]),
            now=timezone.now(),
        )
        return redirect(f"{back}_list")
    context = {
        "form": form,
        "row": row,
        "contact": contact,
        "list_route": f"{back}_list",
        "detail_route": f"{back}_detail",
        "called": isinstance(row, MeetingCall),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "cases/receiver_conflict_declare.html", context, status=status)


@require_http_methods(["GET", "POST"])
def ask_other(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Which number, from whom and whom to ask: never what it says, nor how close the colleague stands."""
    row = door.open_one(request.actor, ReceiverConflict, pk)
    if request.POST.get("act") == "asked":
        service.other_asked(actor=request.actor, conflict=row)
        return redirect("inbox")
    if request.POST.get("act") == "end":
        service.end_received(actor=request.actor, conflict_id=pk, now=timezone.now())
        return redirect("receiver_conflict", pk=pk)
    door.reveal_one(request.actor, row, door.Purpose.CASE_WORK)
    return render(request, "cases/receiver_conflict.html", {"row": row})
