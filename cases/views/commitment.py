"""Åtaganden: what somebody promises, and how it went; another day or another adult to remind."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest, Actor
from access.forms import bound
from access.policy import Action
from cases.forms.again import seen_now
from cases.forms.commitment import AdultForm, CommitmentForm, MoveForm
from cases.models import Case, Commitment, CommitmentState, FollowUp, FollowUpState
from cases.services import commitment as service
from cases.services.commitment_reminder import kind_of
from cases.services.guardian import guardians_of
from cases.services.refusals import ChangedMeanwhile
from cases.views.commitment_words import lines
from cases.views.moved_often import told_beforehand
from cases.views.seen_version import seen_version
from cases.views.text_guard import text_passes
from reminders.models.deadline import MoveReason


@require_http_methods(["GET", "POST"])
def commitment_new(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    case = door.open_one(actor, Case, pk)
    door.demand(actor, case, "commitment", Action.CREATE)
    form = bound(
        request,
        CommitmentForm,
        guardians={one.row.pk: one.name for one in guardians_of(actor, case, on=today)},
        adults=service.adults_of(case, today=today),
        today=today,
    )
    problem = ""
    if request.method == "POST" and form.is_valid() and text_passes(actor, form, case):
        try:
            service.make_commitment(
                actor=actor,
                case=case,
                form_id=form.cleaned_data["token"],
                promise=service.Promise(
                    text=form.cleaned_data["promise"],
                    due_on=form.cleaned_data["due_on"],
                    adult=form.reminder(),
                    guardian=form.guardian(),
                    colleague=form.colleague(),
                ),
                now=timezone.now(),
            )
            return redirect("case_detail", pk=pk)
        except ChangedMeanwhile:
            problem = _("Någon av dem du valde är inte längre med i ärendet. Välj igen och spara.")
    context = {"form": form, "case": case, "problem": problem}
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/commitment_new.html", context, status=status)


@require_http_methods(["GET", "POST"])
def commitment_detail(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Klart or blev inte av in one press; or another day, or another adult."""
    actor = request.actor
    row = _open(actor, pk)
    act = request.POST.get("act", "")
    move, adult = _forms(request, row, act)
    problem = ""
    if request.method == "POST":
        try:
            if _done(request, row, act, move, adult):
                return _back(request, row)
        except ChangedMeanwhile:
            problem = _("En kollega har ändrat åtagandet. Läs igenom och gör om.")
            row = _open(actor, pk)
            for form in (move, adult):
                seen_now(form, row.version)
    (line,) = lines(
        actor,
        [door.reveal_one(actor, row, door.Purpose.CASE_WORK)],
        today=timezone.localdate(),
    )
    context = {
        "line": line,
        "case": row.case,
        "move": move,
        "adult": adult,
        "told_beforehand": told_beforehand(kind=kind_of(row), subject_id=row.id),
        "problem": problem,
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/commitment_detail.html", context, status=status)


def _back(request: ActingRequest, row: Commitment) -> HttpResponse:
    """To the follow-up in which it was asked about, else to the case."""
    planned = door.visible(request.actor, FollowUp).filter(
        case=row.case_id, state=FollowUpState.PLANNED
    )
    found = planned.first() if request.POST.get("asked_in") == "follow_up" else None
    if found is not None:
        return redirect("follow_up", pk=found.pk)
    return redirect("case_detail", pk=row.case_id)


def _open(actor: Actor, pk: UUID) -> Commitment:
    return door.open_one(actor, Commitment, pk)


def _forms(request: ActingRequest, row: Commitment, act: str) -> tuple[MoveForm, AdultForm]:
    """The one that was sent, as it was sent; the other as it is."""
    today = timezone.localdate()
    initial: dict[str, Any] = {"seen_version": row.version, "adult": str(row.adult_id)}
    adults = service.adults_of(row.case, today=today)
    move = MoveForm(
        request.POST if act == "move" else None, today=today, auto_id="flytta_%s", initial=initial
    )
    adult = AdultForm(
        request.POST if act == "adult" else None, adults=adults, auto_id="vem_%s", initial=initial
    )
    return move, adult


def _done(
    request: ActingRequest, row: Commitment, act: str, move: MoveForm, adult: AdultForm
) -> bool:
    """False where something at a field is to be put right first. Raises ChangedMeanwhile."""
    actor, now = request.actor, timezone.now()
    if act in service.ENDS:
        service.end_commitment(
            actor=actor,
            commitment=row,
            state=CommitmentState(act),
            seen_version=seen_version(request),
            now=now,
        )
    elif act == "move" and move.is_valid():
        service.move_commitment(
            actor=actor,
            commitment=row,
            due_on=move.cleaned_data["due_on"],
            reason=MoveReason(move.cleaned_data["why"]),
            seen_version=move.cleaned_data["seen_version"],
        )
    elif act == "adult" and adult.is_valid():
        service.choose_adult(
            actor=actor,
            commitment=row,
            adult=UUID(adult.cleaned_data["adult"]),
            seen_version=adult.cleaned_data["seen_version"],
            now=now,
        )
    else:
        return False
    return True
