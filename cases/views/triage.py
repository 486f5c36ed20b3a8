"""The intake (inkommen oro): take, decline, join with a person this agency knows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from access import door
from access.actor import ActingRequest, Actor
from access.held import take_back
from access.models import Membership
from cases.forms.person_number import BIRTH_DATE_DIFFERS
from cases.forms.triage import DeclineForm, TakeForm
from cases.models import Case, Concern, ConcernState, Person, Protection
from cases.rules.identity_number import birth_date_in
from cases.rules.protection import level, lowers
from cases.services import triage as service
from cases.services.conflict import leave_what_is_barred
from cases.services.protection import ManagerNotNamed, TooFewNamed, nameable
from cases.services.protection_level import LeadNotNamed, raise_level
from cases.views.case_protection import words_of
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
    here: dict[str, Any] = {
        "colleagues": nameable(actor.agency_id, today=timezone.localdate()),
        "me": actor.member,
    }
    take = TakeForm(given, **here) if given and not declining else TakeForm(**here)
    decline = DeclineForm(given) if declining else DeclineForm()
    known: Person | None = None
    problem = ""
    if request.method == "POST":
        try:
            if taking and take.is_valid():
                known = _known(actor, take)
                if known is None or act == "join":
                    taken = _take(request, concern, take, known)
                    if taken is not None:
                        return taken
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


def _known(actor: Actor, form: TakeForm) -> Person | None:
    """Nobody with a new identity is looked up: there is no earlier person to find."""
    given = form.cleaned_data
    if level(given["protection"], timezone.localdate()).own_person:
        return None
    return service.known_person(actor=actor, number=given["number"])


def _take(
    request: ActingRequest, concern: Concern, form: TakeForm, known: Person | None
) -> HttpResponse | None:
    """To the case; None where the form says why the person could not be protected as asked."""
    try:
        # One or the other: a case without its protection must not be left behind.
        with transaction.atomic():
            case = _take_concern(request.actor, concern, form, known)
            if known is not None:
                _protect(request.actor, case, form, known)
                leave_what_is_barred(actor=request.actor, case=case, now=timezone.now())
    except (LeadNotNamed, TooFewNamed, ManagerNotNamed) as fault:
        form.add_error("named", words_of(fault))
        concern.refresh_from_db()
        return None
    number, birth_date = form.cleaned_data["number"], form.cleaned_data["birth_date"]
    if number and birth_date and birth_date_in(number) not in {None, birth_date}:
        messages.info(request, BIRTH_DATE_DIFFERS)
    return redirect("case_detail", pk=case.pk)


def _protect(actor: Actor, case: Case, form: TakeForm, known: Person) -> None:
    """Somebody known here already gets the level that the form asks for, if it is a higher one."""
    to = Protection(form.cleaned_data["protection"])
    if to == known.protection or lowers(known.protection, to):
        return
    mine = Membership.objects.get(pk=actor.member)
    raise_level(
        actor=actor,
        case=door.open_one(actor, Case, case.pk),
        to=to,
        named=[mine, *form.chosen()],
        reason=service.AT_TRIAGE,
        seen=known.protection,
        now=timezone.now(),
    )


def _take_concern(actor: Actor, concern: Concern, form: TakeForm, known: Person | None) -> Case:
    given = form.cleaned_data
    return service.take_concern(
        actor=actor,
        concern=concern,
        identity=service.Identity(
            name=given["name"],
            birth_date=given["birth_date"].isoformat() if given["birth_date"] else "",
            number=given["number"],
            protection=given["protection"],
        ),
        join=known,
        named=form.chosen(),
        now=timezone.now(),
    )
