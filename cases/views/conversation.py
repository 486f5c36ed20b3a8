"""The orossamtal: inviting, noting the reply, reading it, adding to it, taking its text out."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from access import door
from access.actor import ActingRequest, Actor
from access.forms import bound
from access.models import Agency, AgencyKind
from access.policy import Action
from cases.forms.conversation import VOLUNTARY, AdditionForm, InviteForm, ReplyForm
from cases.models import (
    Case,
    Conversation,
    ConversationAddition,
    ConversationState,
    InvitedHow,
    Person,
    Reply,
)
from cases.models.case import OPEN_STAGES
from cases.rules.codes import words
from cases.rules.guardians import Say, who_has_a_say
from cases.rules.protection import Closed
from cases.services import conversation as service
from cases.services.case_stop import stage_on
from cases.services.once import row_of
from cases.services.protection import closed_for
from cases.services.refusals import CaseStopped, ChangedMeanwhile
from cases.views.conversation_text import plain_text, written_sections
from cases.views.stopped import case_stopped, closed_by_protection
from cases.views.text_guard import text_passes


@require_http_methods(["GET", "POST"])
def conversation_new(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    case = door.open_one(actor, Case, pk)
    door.demand(actor, case, "conversation", Action.CREATE)
    if stage_on(case, timezone.localdate()) not in OPEN_STAGES:
        return case_stopped(request, case)
    agency_kind = AgencyKind(Agency.objects.get(pk=case.agency_id).kind)
    kinds = service.kinds(agency_kind, on=today)
    form = bound(
        request,
        InviteForm,
        kinds=kinds,
        today=today,
        no_messages=closed_for(case, Closed.MAIL),
        initial={"kind": kinds[0]["code"], "sent_on": today, "invitation": VOLUNTARY},
    )
    if request.method == "POST" and form.is_valid() and text_passes(actor, form, case):
        try:
            conversation = _invite(actor, case, form)
            return redirect("conversation_detail", pk=conversation.pk)
        except service.NoConsent:
            form.add_error(
                "kind",
                _(
                    "Ett gemensamt samtal kräver ett samtycke som gäller. Registrera det först, eller led samtalet själva."
                ),
            )
    context = {"form": form, "case": case, "say": _say(actor, case, today)}
    return render(
        request, "cases/conversation_new.html", context, status=422 if request.POST else 200
    )


def _invite(actor: Actor, case: Case, form: InviteForm) -> Conversation:
    given = form.cleaned_data
    return service.invite(
        actor=actor,
        case=case,
        invitation=service.Invitation(
            kind=given["kind"],
            sent_on=given["sent_on"],
            how=InvitedHow(given["how"]),
            planned_for=given["planned_for"],
            texts={n: given[n] for n in ("trigger", "invitation", "place", "interpreter")},
            row_id=row_of(actor, given["token"]),
        ),
        now=timezone.now(),
    )


def _say(actor: Actor, case: Case, today: date) -> Say:
    """From the birth date this actor may read; a hint, it stops nobody."""
    row = door.visible(actor, Person).filter(pk=case.person_id).first()
    shown = door.reveal_one(actor, row, door.Purpose.CASE_WORK) if row else None
    written = shown.text.get("birth_date", "") if shown else ""
    return who_has_a_say(date.fromisoformat(written) if written else None, today)


@require_http_methods(["GET", "POST"])
def conversation_detail(request: ActingRequest, pk: UUID) -> HttpResponse:
    """What was written, by phase. Before it is held: the reply. Afterwards: additions."""
    actor, today = request.actor, timezone.localdate()
    conversation = door.open_one(actor, Conversation, pk)
    act = request.POST.get("act")
    reply = (
        ReplyForm(request.POST, today=today)
        if act == "reply"
        else ReplyForm(
            today=today,
            initial={
                "seen_version": conversation.version,
                "reply": conversation.reply,
                "replied_on": conversation.replied_on or today,
            },
        )
    )
    addition = bound(request, AdditionForm) if act != "reply" else AdditionForm()
    problem = ""
    if (act == "reply" and reply.is_valid()) or (
        act == "add" and addition.is_valid() and text_passes(actor, addition, conversation.case)
    ):
        problem = _write(actor, conversation, reply, addition)
        if not problem:
            return redirect("conversation_detail", pk=pk)
        conversation = door.open_one(actor, Conversation, pk)
    context = _page(actor, conversation) | {
        "reply": reply,
        "addition": addition,
        "problem": problem,
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/conversation_detail.html", context, status=status)


def _write(
    actor: Actor, conversation: Conversation, reply: ReplyForm, addition: AdditionForm
) -> str:
    """Gives the reason why it could not be done; empty when it was."""
    try:
        if reply.is_bound:
            service.note_reply(
                actor=actor,
                conversation=conversation,
                reply=Reply(reply.cleaned_data["reply"]),
                replied_on=reply.cleaned_data["replied_on"],
                seen_version=reply.cleaned_data["seen_version"],
            )
        else:
            service.add_to_notes(
                actor=actor,
                conversation=conversation,
                text=addition.cleaned_data["text"],
                now=timezone.now(),
            )
    except ChangedMeanwhile:
        return _("En kollega har ändrat samtalet sedan du öppnade sidan. Läs det igen nedan.")
    except CaseStopped:
        return _("Ärendet är stoppat eller avslutat. Inget nytt skrivs i det.")
    return ""


def _page(actor: Actor, conversation: Conversation) -> dict[str, Any]:
    shown = door.reveal_one(actor, conversation, door.Purpose.CASE_WORK)
    open_case = stage_on(conversation.case, timezone.localdate()) in OPEN_STAGES
    writes = open_case and door.may(actor, conversation, "conversation", Action.WRITE)
    held = conversation.state == ConversationState.HELD
    return {
        "conversation": shown,
        "case": conversation.case,
        "kind": words("conversation_kind", conversation.kind),
        "outcome": words("conversation_outcome", conversation.outcome) if held else "",
        "sections": written_sections(shown),
        "additions": _additions(actor, conversation),
        "held": held,
        "may_write": writes and not held,
        "may_add": writes and held,
    }


def _additions(
    actor: Actor, conversation: Conversation
) -> list[door.Revealed[ConversationAddition]]:
    rows = (
        door.visible(actor, ConversationAddition)
        .filter(conversation=conversation)
        .select_related("conversation__case", "author__user")
    )
    return door.reveal(actor, rows, door.Purpose.CASE_WORK)


@require_GET
def conversation_text(request: ActingRequest, pk: UUID) -> HttpResponse:
    """The whole text in one block, ready to paste into the agency's own system; noted in the log."""
    actor = request.actor
    conversation = door.open_one(actor, Conversation, pk)
    door.demand(actor, conversation, "conversation", Action.WRITE)
    if closed_for(conversation.case, Closed.EXPORT):
        return closed_by_protection(request, conversation.case)
    shown = door.reveal_one(actor, conversation, door.Purpose.CASE_WORK)
    service.note_copied(conversation=conversation)
    context = {
        "conversation": conversation,
        "case": conversation.case,
        "text": plain_text(shown, _additions(actor, conversation)),
    }
    return render(request, "cases/conversation_text.html", context)
