"""The inbox: what has come, why, and one step to where it is done."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from access import door
from access.actor import ActingRequest
from access.policy import Action
from reminders.models import Notice
from reminders.rows import crumbs
from reminders.services import mark_seen
from reminders.today import open_notices


@require_GET
def inbox(request: ActingRequest) -> HttpResponse:
    context = {"notices": open_notices(request.actor), "crumbs": crumbs()}
    return render(request, "reminders/inbox.html", context)


@require_POST
def inbox_done(request: ActingRequest, pk: UUID) -> HttpResponse:
    notice = door.open_one(request.actor, Notice, pk, action=Action.WRITE, lock=True)
    mark_seen(notice=notice)
    return redirect("inbox")
