"""The conversation (orossamtal): invite, note the reply, keep notes, finish with an outcome and a next date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from access import door
from access.actor import Actor
from access.models import AgencyKind
from access.policy import Action
from access.request_transaction import record
from cases.models import (
    Case,
    Consent,
    Conversation,
    ConversationAddition,
    ConversationState,
    InvitedHow,
    Original,
    Reply,
)
from cases.models.case import OPEN_STAGES
from cases.rules.codes import row_of
from cases.rules.conversation_phases import TEXTS
from cases.rules.law import in_force
from cases.services.acting import acting_membership
from cases.services.case_seal import seal_texts
from cases.services.consent import hold_case
from cases.services.conversation_draft import drop_draft, drop_drafts
from cases.services.follow_up import agree_next
from cases.services.refusals import CaseStopped, ChangedMeanwhile
from reminders.models.deadline import MoveReason
from reminders.working_days import local_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What was sent, how and when; `texts` holds the sealed fields that are known by then.

    row_id: of the conversation; a form that can be sent twice takes it from cases.services.once.
    """

    kind: str
    sent_on: date
    how: InvitedHow
    planned_for: datetime | None
    texts: Mapping[str, str]
    row_id: UUID = field(default_factory=uuid4)

    def __repr__(self) -> str:
        return "Invitation(‹förseglat›)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """All that can be written about a conversation; saved as it stands, however far it has come."""

    texts: Mapping[str, str]
    held_on: date | None
    outcome: str
    original: Original

    def __repr__(self) -> str:
        return "Notes(‹förseglat›)"


class NoConsent(Exception):
    """Others take part in this kind of conversation, and no consent is in force."""


def kinds(agency_kind: AgencyKind, *, on: date) -> list[Mapping[str, str]]:
    """The kinds that an agency of this kind may lead (`law/conversation_kind.toml`)."""
    return [row for row in in_force("conversation_kind", on) if agency_kind in row["agencies"]]


def invite(*, actor: Actor, case: Case, invitation: Invitation, now: datetime) -> Conversation:
    """An invitation that was sent; the same form twice is one. Raises CaseStopped, NoConsent, NoRule."""
    door.demand(actor, case, "conversation", Action.CREATE)
    _must_be_open(case.pk)
    sent = Conversation.objects.filter(pk=invitation.row_id).first()
    if sent is not None:
        return sent
    today = local_date(now)
    if row_of("conversation_kind", invitation.kind, today)["needs_consent"] and not _consented(
        case, today
    ):
        raise NoConsent
    author = acting_membership(actor)
    row_id = invitation.row_id
    texts = dict.fromkeys(TEXTS, "") | dict(invitation.texts)
    conversation = Conversation.objects.create(
        id=row_id,
        municipality_id=case.municipality_id,
        agency_id=case.agency_id,
        case=case,
        kind=invitation.kind,
        invited_on=invitation.sent_on,
        invited_how=invitation.how,
        planned_for=invitation.planned_for,
        author_id=author,
        saved_by_id=author,
        saved_at=now,
        created_at=now,
        **seal_texts(case, model=Conversation, row_id=row_id, texts=texts),
    )
    _note("conversation.invite", conversation)
    return conversation


def note_reply(
    *, actor: Actor, conversation: Conversation, reply: Reply, replied_on: date, seen_version: int
) -> None:
    """What they answered. A no ends the invitation and nothing else. Raises ChangedMeanwhile, CaseStopped."""
    _claim(actor, conversation, seen_version)
    conversation.reply, conversation.replied_on = reply, replied_on
    conversation.state = (
        ConversationState.NOT_HELD
        if reply in {Reply.DECLINED, Reply.NO_REPLY}
        else ConversationState.INVITED
    )
    conversation.version = seen_version + 1
    conversation.save(update_fields=["reply", "replied_on", "state", "version"])
    _note("conversation.reply", conversation)


def save_notes(
    *,
    actor: Actor,
    conversation: Conversation,
    notes: Notes,
    seen_version: int,
    now: datetime,
) -> None:
    """Keeps the notes as far as they have come. Raises ChangedMeanwhile, CaseStopped."""
    _claim(actor, conversation, seen_version)
    _write(actor, conversation, notes, now)
    conversation.save()
    drop_draft(actor=actor, conversation=conversation)
    _note("conversation.write", conversation)


def finish_conversation(
    *,
    actor: Actor,
    conversation: Conversation,
    notes: Notes,
    next_on: date | None,
    seen_version: int,
    now: datetime,
    why_moved: MoveReason = MoveReason.AGREED,
) -> None:
    """The conversation was held: an outcome, and a next date that moves the case's follow-up.

    why_moved: what the page asked for where the manager is told of the move. next_on is None only where the case is to be closed next. Raises ChangedMeanwhile, CaseStopped, NoRule.
    """
    case = _claim(actor, conversation, seen_version)
    row_of("conversation_outcome", notes.outcome, local_date(now))
    if notes.held_on is None:
        raise ValueError("a conversation that was held has a day")
    _write(actor, conversation, notes, now)
    conversation.state = ConversationState.HELD
    conversation.next_on, conversation.finished_at = next_on, now
    conversation.save()
    drop_drafts(conversation=conversation)
    if next_on is not None:
        agree_next(
            case=case,
            due_on=next_on,
            responsible=acting_membership(actor),
            now=now,
            reason=why_moved,
        )
    _note("conversation.finish", conversation)


def add_to_notes(
    *, actor: Actor, conversation: Conversation, text: str, now: datetime
) -> ConversationAddition:
    """Something more, or a correction, beside finished notes. Raises CaseStopped."""
    door.demand(actor, conversation, "conversation", Action.WRITE)
    _must_be_open(conversation.case_id)
    row_id = uuid4()
    addition = ConversationAddition.objects.create(
        id=row_id,
        municipality_id=conversation.municipality_id,
        agency_id=conversation.agency_id,
        conversation=conversation,
        author_id=acting_membership(actor),
        written_at=now,
        **seal_texts(
            conversation.case, model=ConversationAddition, row_id=row_id, texts={"text": text}
        ),
    )
    _note("conversation.add", conversation)
    return addition


def note_copied(*, conversation: Conversation) -> None:
    """The text was taken out, ready to copy into the agency's own system."""
    _note("conversation.copy", conversation)


def _write(actor: Actor, conversation: Conversation, notes: Notes, now: datetime) -> None:
    texts = {name: notes.texts[name] for name in TEXTS if name in notes.texts}
    sealed = seal_texts(conversation.case, model=Conversation, row_id=conversation.id, texts=texts)
    for name, value in sealed.items():
        setattr(conversation, name, value)
    conversation.held_on, conversation.outcome = notes.held_on, notes.outcome
    conversation.original = notes.original
    conversation.saved_by_id, conversation.saved_at = acting_membership(actor), now
    conversation.version += 1


def _claim(actor: Actor, conversation: Conversation, seen_version: int) -> Case:
    """Locks case and conversation, in that order; finished notes are not changed but added to."""
    door.demand(actor, conversation, "conversation", Action.WRITE)
    case = _must_be_open(conversation.case_id)
    locked = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if locked.version != seen_version or locked.state == ConversationState.HELD:
        raise ChangedMeanwhile
    return case


def _must_be_open(case_id: UUID) -> Case:
    case = Case.objects.get(pk=case_id)
    hold_case(case)
    if case.stage not in OPEN_STAGES:
        raise CaseStopped
    return case


def _consented(case: Case, today: date) -> bool:
    return Consent.objects.in_force(today).filter(case=case).exists()


def _note(action: str, conversation: Conversation) -> None:
    record(
        action,
        object_type="cases.conversation",
        object_id=conversation.id,
        case=(conversation.case_id, conversation.case.number),
    )
