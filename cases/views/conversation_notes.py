"""Writing during and after an orossamtal: all phases on one page, nothing typed is ever lost."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from access import door
from access.actor import ActingRequest
from access.forms import bound
from access.policy import Action
from cases.forms.again import seen_now
from cases.forms.conversation_notes import NotesForm
from cases.models import Conversation, ConversationState
from cases.models.case import OPEN_STAGES
from cases.rules.codes import choices
from cases.rules.conversation_phases import PHASES, TEXTS
from cases.rules.follow_up_dates import After, proposed
from cases.services import conversation as service
from cases.services.case_stop import stage_on
from cases.services.conversation_draft import Draft, drop_draft, read_draft, save_draft
from cases.services.follow_up import KIND as FOLLOW_UP
from cases.services.follow_up import planned_of
from cases.services.protection import stops
from cases.services.refusals import CaseStopped, ChangedMeanwhile
from cases.views.moved_often import told_beforehand
from cases.views.seen_version import seen_version
from cases.views.stopped import case_stopped
from cases.views.text_guard import text_passes

PLAIN_FIELDS = ("held_on", "outcome", "then", "next_on", "why", "original")
DRAFT_FIELDS = (*TEXTS, *PLAIN_FIELDS)
LAST = ("outcome", "then", "next_on", "why", "original", "original_number")
LONGEST = 20_000


@require_http_methods(["GET", "POST"])
def conversation_notes(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    conversation = door.open_one(actor, Conversation, pk)
    door.demand(actor, conversation, "conversation", Action.WRITE)
    if request.method == "GET" and conversation.state == ConversationState.HELD:
        return redirect("conversation_detail", pk=pk)
    stage = stage_on(conversation.case, timezone.localdate())
    if stage not in OPEN_STAGES and request.method == "GET":
        return case_stopped(request, conversation.case)
    if request.POST.get("act") == "discard":
        drop_draft(actor=actor, conversation=conversation)
        return redirect("conversation_notes", pk=pk)
    draft = read_draft(actor=actor, conversation=conversation) if not request.POST else None
    saved = door.reveal_one(actor, conversation, door.Purpose.CASE_WORK)
    planned = planned_of(conversation.case)
    told = told_beforehand(kind=FOLLOW_UP, subject_id=planned.pk) if planned else ""
    form = bound(
        request,
        NotesForm,
        outcomes=choices("conversation_outcome", today),
        today=today,
        moved_from=planned.due_on if planned else None,
        asks_why=bool(told),
        finishing=request.POST.get("act") == "finish",
        initial=_initial(saved, draft, today),
    )
    problem = ""
    if request.method == "POST" and form.is_valid() and text_passes(actor, form, conversation.case):
        try:
            return _save(request, conversation, form)
        except ChangedMeanwhile:
            conversation = door.open_one(actor, Conversation, pk)
            saved = door.reveal_one(actor, conversation, door.Purpose.CASE_WORK)
            problem = _what_happened(conversation)
            seen_now(form, conversation.version)
        except CaseStopped:
            problem = _(
                "Ärendet är stoppat eller avslutat. Det du har skrivit är inte sparat, men står kvar här."
            )
    context = _page(form, saved, draft, problem=problem, me=actor.membership_id)
    context["told_beforehand"] = told
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/conversation_notes.html", context, status=status)


@require_POST
def conversation_draft(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Saves what has been typed so far, by itself from the page; the notes themselves are not touched."""
    actor = request.actor
    conversation = door.open_one(actor, Conversation, pk)
    version = seen_version(request)
    fields = {name: request.POST.get(name, "")[:LONGEST] for name in DRAFT_FIELDS}
    if conversation.state == ConversationState.HELD or version < 0:
        return HttpResponse(status=409)
    # Not even a draft holds an address of somebody protected; what was typed stays on the page.
    if stops(conversation.case, fields):
        return HttpResponse(status=422)
    save_draft(
        actor=actor,
        conversation=conversation,
        fields=fields,
        base_version=version,
        now=timezone.now(),
    )
    return HttpResponse(status=204)


def _save(request: ActingRequest, conversation: Conversation, form: NotesForm) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    notes, seen = form.notes(TEXTS), form.cleaned_data["seen_version"]
    if not form.finishing:
        service.save_notes(
            actor=actor, conversation=conversation, notes=notes, seen_version=seen, now=now
        )
        at = date_format(timezone.localtime(now), "H.i")
        messages.success(request, _("Sparat kl. %(time)s. Du kan fortsätta skriva.") % {"time": at})
        return redirect("conversation_notes", pk=conversation.pk)
    next_on = form.next_day()
    service.finish_conversation(
        actor=actor,
        conversation=conversation,
        notes=notes,
        next_on=next_on,
        why_moved=form.why_moved(),
        seen_version=seen,
        now=now,
    )
    follow_up = planned_of(conversation.case) if next_on is None else None
    if follow_up is not None:
        return redirect("follow_up", pk=follow_up.pk)
    return redirect("conversation_detail", pk=conversation.pk)


def _initial(
    saved: door.Revealed[Conversation], draft: Draft | None, today: date
) -> dict[str, Any]:
    """What is saved, with what the same person typed last on top; the version is what the typing began from."""
    row = saved.row
    planned = timezone.localtime(row.planned_for).date() if row.planned_for else None
    initial: dict[str, Any] = {name: saved.text[name] for name in TEXTS} | {
        "seen_version": row.version,
        "held_on": row.held_on or (planned if planned and planned <= today else None),
        "outcome": row.outcome,
        "original": row.original,
        "next_on": proposed(After.CONVERSATION, today),
    }
    if draft is not None:
        initial |= draft.fields
        initial["seen_version"] = draft.base_version
    return initial


def _what_happened(conversation: Conversation) -> str:
    if conversation.state == ConversationState.HELD:
        return _(
            "En kollega har just avslutat samtalet. Det du skrev är inte sparat, men står kvar här. "
            "Kopiera det som saknas och lägg till det på samtalets sida."
        )
    return _(
        "En kollega har sparat sedan du öppnade sidan. Det du skrev står kvar. Där ni har skrivit olika ser du "
        "båda texterna: ta med det som saknas i din och spara igen."
    )


def _page(
    form: NotesForm,
    saved: door.Revealed[Conversation],
    draft: Draft | None,
    *,
    problem: str,
    me: UUID | None,
) -> dict[str, Any]:
    stale = draft is not None and draft.base_version != saved.row.version
    compares = bool(problem) or (draft is not None and saved.row.saved_by_id != me)

    def beside(name: str) -> str:
        """What a colleague has saved in the field meanwhile, where it is not what was typed."""
        typed = str(form[name].value() or "").replace("\r\n", "\n").strip()
        theirs = saved.text.get(name, "").replace("\r\n", "\n").strip()
        return theirs if compares and theirs != typed else ""

    return {
        "form": form,
        "conversation": saved,
        "case": saved.row.case,
        "problem": problem,
        "draft": draft,
        "stale": stale,
        "finished": saved.row.state == ConversationState.HELD,
        "head": [
            {"field": form[n], "saved": beside(n)}
            for n in ("held_on", "attended", "place", "interpreter")
        ],
        "phases": [
            {
                "phase": phase,
                "fields": [{"field": form[n.name], "saved": beside(n.name)} for n in phase.notes],
            }
            for phase in PHASES
        ],
        "last": [form[n] for n in LAST if n in form.fields],
    }
