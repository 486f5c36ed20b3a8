"""Följ upp: how it goes and a new date, or the end of the case; or only another day, with its reason."""

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
from cases.forms.follow_up import CLOSE, FollowUpForm, MoveForm
from cases.models import Conversation, ConversationState, FollowUp, FollowUpState
from cases.models.case import OPEN_STAGES
from cases.rules.follow_up_dates import After, proposed
from cases.services import closing
from cases.services import follow_up as service
from cases.services.assignment import LEADERS, people_on
from cases.services.case_stop import stage_on
from cases.services.refusals import CaseStopped, ChangedMeanwhile
from cases.views.commitment_words import commitments_of, may_promise
from cases.views.moved_often import told_beforehand
from cases.views.text_guard import text_passes
from reminders.models.deadline import MoveReason


@require_http_methods(["GET", "POST"])
def follow_up(request: ActingRequest, pk: UUID) -> HttpResponse:
    """One page: the earlier agreement to ask about, what is to be written now, and what comes next."""
    actor = request.actor
    row = door.open_one(actor, FollowUp, pk)
    moving = request.POST.get("act") == "move"
    form = _form(request, row) if not moving else _fresh(row)
    move = _move_form(request, row, moving=moving)
    problem = ""
    if request.method == "POST":
        try:
            if moving and move.is_valid():
                _move(actor, row, move)
                return redirect("case_detail", pk=row.case_id)
            if not moving and form.is_valid() and text_passes(actor, form, row.case):
                return _hold_or_close(actor, row, form)
        except ChangedMeanwhile:
            row = door.open_one(actor, FollowUp, pk)
            problem = _what_happened(row)
            seen_now(form, row.version)
            seen_now(move, row.version)
        except CaseStopped:
            problem = _("Ärendet är stoppat: samtycke saknas. Du kan bara avsluta det.")
    context = _page(actor, row) | {"form": form, "move": move, "problem": problem}
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/follow_up.html", context, status=status)


def _form(request: ActingRequest, row: FollowUp) -> FollowUpForm:
    return bound(request, FollowUpForm, **_choices(row))


def _fresh(row: FollowUp) -> FollowUpForm:
    return FollowUpForm(**_choices(row))


def _choices(row: FollowUp) -> dict[str, Any]:
    now, today = timezone.now(), timezone.localdate()
    people = [one for one in people_on(row.case, today=today) if one.membership.role in LEADERS]
    return {
        "people": people,
        "reasons": closing.reasons(row.case, now=now),
        "today": today,
        "may_continue": stage_on(row.case, timezone.localdate()) in OPEN_STAGES,
        "initial": {
            "next_on": proposed(After.FOLLOW_UP, today),
            "responsible": row.responsible_id,
            "seen_version": row.version,
        },
    }


def _move_form(request: ActingRequest, row: FollowUp, *, moving: bool) -> MoveForm:
    today = timezone.localdate()
    if moving:
        return MoveForm(request.POST, today=today, auto_id="flytta_%s")
    return MoveForm(today=today, auto_id="flytta_%s", initial={"seen_version": row.version})


def _hold_or_close(actor: Actor, row: FollowUp, form: FollowUpForm) -> HttpResponse:
    given = form.cleaned_data
    text = service.FollowUpText(how=given["how"], agreed=given["agreed"])
    if given["then"] == CLOSE:
        closing.close_case(
            actor=actor,
            follow_up=row,
            reason=given["reason"],
            text=text,
            seen_version=given["seen_version"],
            now=timezone.now(),
        )
        # Who does not lead the case has no access to it once it is closed.
        stays = door.visible(actor, FollowUp).filter(pk=row.pk).exists()
        return redirect("case_detail", pk=row.case_id) if stays else redirect("case_list")
    service.hold_follow_up(
        actor=actor,
        follow_up=row,
        text=text,
        next_on=given["next_on"],
        responsible=UUID(given["responsible"]),
        seen_version=given["seen_version"],
        now=timezone.now(),
    )
    return redirect("case_detail", pk=row.case_id)


def _move(actor: Actor, row: FollowUp, form: MoveForm) -> None:
    service.move_follow_up(
        actor=actor,
        follow_up=row,
        due_on=form.cleaned_data["due_on"],
        reason=MoveReason(form.cleaned_data["why"]),
        seen_version=form.cleaned_data["seen_version"],
    )


def _what_happened(row: FollowUp) -> str:
    if row.state == FollowUpState.HELD:
        return _(
            "En kollega har just gjort uppföljningen. Det du skrev är inte sparat, men står kvar här nedanför."
        )
    return _(
        "En kollega har ändrat dagen eller vem som ansvarar. Det du skrev står kvar. Läs igenom och spara igen."
    )


def _page(actor: Actor, row: FollowUp) -> dict[str, Any]:
    shown = door.reveal_one(actor, row, door.Purpose.CASE_WORK)
    planned = row.state == FollowUpState.PLANNED
    today = timezone.localdate()
    return {
        "follow_up": shown,
        "case": row.case,
        "responsible": row.responsible.user.name,
        "planned": planned,
        "late": planned and row.due_on < today,
        "told_beforehand": told_beforehand(kind=service.KIND, subject_id=row.id),
        "may_move": stage_on(row.case, today) in OPEN_STAGES,
        "may_write": planned and door.may(actor, row, "follow_up", Action.WRITE),
        "before": _before(actor, row),
        "talk": _latest_talk(actor, row),
        "commitments": commitments_of(actor, row.case, today=today),
        "may_promise": may_promise(actor, row.case),
        "next": service.planned_of(row.case) if not planned else None,
    }


def _before(actor: Actor, row: FollowUp) -> door.Revealed[FollowUp] | None:
    """The follow-up before this one: what was agreed then is what to ask about now."""
    earlier = (
        door.visible(actor, FollowUp)
        .filter(case_id=row.case_id, state=FollowUpState.HELD, created_at__lt=row.created_at)
        .select_related("case", "held_by__user")
        .order_by("-held_at")
        .first()
    )
    return door.reveal_one(actor, earlier, door.Purpose.CASE_WORK) if earlier else None


def _latest_talk(actor: Actor, row: FollowUp) -> door.Revealed[Conversation] | None:
    talk = (
        door.visible(actor, Conversation)
        .filter(case_id=row.case_id, state=ConversationState.HELD)
        .select_related("case")
        .order_by("-held_on", "-finished_at")
        .first()
    )
    return door.reveal_one(actor, talk, door.Purpose.CASE_WORK) if talk else None
