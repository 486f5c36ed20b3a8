"""The intake (inkommen oro): take, decline, join with a person this agency knows."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from access import door
from access.actor import ActingRequest
from access.held import take_back
from cases.forms.triage import DeclineForm, TakeForm
from cases.models import Concern, ConcernState, Person
from cases.services import triage as service
from cases.views.host import needs_host


@require_GET
@needs_host
def intake(request: ActingRequest) -> HttpResponse:
    rows = door.visible(request.actor, Concern).filter(state=ConcernState.NEW)
    shown = door.reveal(request.actor, rows, door.Purpose.LIST, groups=())
    return render(request, "cases/intake.html", {"concerns": shown, "today": timezone.localdate()})


@require_http_methods(["GET", "POST"])
@needs_host
def concern_triage(request: ActingRequest, pk: UUID) -> HttpResponse:
    """One page: read it, take it, or decline it. What was decided is shown once it is decided."""
    actor = request.actor
    concern = door.open_one(actor, Concern, pk)
    # What the idle lock held comes back in the one of the two forms where it was typed.
    given = request.POST if request.method == "POST" else take_back(request)
    act = given.get("act") if given else None
    taking, declining = act in {"take", "join"}, act == "decline"
    take = TakeForm(given) if given and not declining else TakeForm()
    decline = DeclineForm(given) if declining else DeclineForm()
    known: Person | None = None
    problem = ""
    if request.method == "POST":
        try:
            if taking and take.is_valid():
                number = take.cleaned_data["number"]
                known = service.known_person(actor=actor, number=number)
                if known is None or act == "join":
                    return _take(request, concern, take, known)
            elif declining and decline.is_valid():
                service.decline_concern(
                    actor=actor,
                    concern=concern,
                    reason=decline.cleaned_data["reason"],
                    now=timezone.now(),
                )
                return redirect("intake")
        except service.AlreadyDecided:
            problem = _(
                "Någon annan har just tagit hand om den här oron. Inget du skrev har sparats."
            )
    shown = door.reveal_one(actor, concern, door.Purpose.TRIAGE)
    context = {
        "concern": shown,
        "take": take,
        "decline": decline,
        "known": door.reveal_one(actor, known, door.Purpose.TRIAGE) if known else None,
        "problem": problem,
    }
    status = 409 if problem else 422 if request.POST and not known else 200
    return render(request, "cases/concern_triage.html", context, status=status)


def _take(
    request: ActingRequest, concern: Concern, form: TakeForm, known: Person | None
) -> HttpResponse:
    given = form.cleaned_data
    case = service.take_concern(
        actor=request.actor,
        concern=concern,
        identity=service.Identity(
            name=given["name"],
            birth_date=given["birth_date"].isoformat() if given["birth_date"] else "",
            number=given["number"],
            protection=given["protection"],
        ),
        join=known,
        now=timezone.now(),
    )
    return redirect("case_detail", pk=case.pk)
