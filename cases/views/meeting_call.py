"""Kallelser: the meetings I am called to, and nothing of the case behind them."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from access import door
from access.actor import ActingRequest
from cases.models import MeetingCall


@require_GET
def meeting_call_list(request: ActingRequest) -> HttpResponse:
    rows = door.visible(request.actor, MeetingCall)
    shown = door.reveal(request.actor, rows, door.Purpose.LIST)
    return render(request, "cases/meeting_call_list.html", {"calls": shown})


@require_GET
def meeting_call_detail(request: ActingRequest, pk: UUID) -> HttpResponse:
    row = door.open_one(request.actor, MeetingCall, pk)
    shown = door.reveal_one(request.actor, row, door.Purpose.RELEASED)
    return render(request, "cases/meeting_call_detail.html", {"call": shown})
