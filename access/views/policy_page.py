"""The page "Vem får se vad": the policy table as people read it, for everybody or for one's own role."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from access.actor import ActingRequest
from access.models import Role
from access.policy import policy
from access.policy_page_rows import classes_shown, closed_shown
from access.signed_tables.services import signed_state
from access.signed_tables.tables import POLICY

MINE = "min"


@require_GET
def who_sees_what(request: ActingRequest) -> HttpResponse:
    mine = request.GET.get("roll") == MINE
    roles = [Role(request.actor.role)] if mine else list(Role)
    context = {
        "classes": classes_shown(roles),
        "closed": closed_shown(),
        "mine": mine,
        "role": request.actor.role_label,
        "version": policy().version,
        "digest": policy().digest,
        "state": signed_state(request.actor, POLICY),
    }
    return render(request, "access/who_sees_what.html", context)
