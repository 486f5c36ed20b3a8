"""What somebody has typed in the notes of a conversation and not saved: theirs alone, sealed, easily destroyed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from access import door
from access.actor import Actor
from access.policy import Action
from cases.models import Case, Conversation, ConversationDraft
from cases.services.acting import acting_membership
from crypto.keys import Scope, destroy_data_key, new_data_key
from crypto.seal import seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`base_version` is the version of the notes that the typing started from."""

    fields: Mapping[str, str]
    base_version: int
    saved_at: datetime

    def __repr__(self) -> str:
        return "Draft(‹förseglat›)"


def save_draft(
    *,
    actor: Actor,
    conversation: Conversation,
    fields: Mapping[str, str],
    base_version: int,
    now: datetime,
) -> None:
    """Replaces what this colleague had typed before; the saved notes are not touched."""
    door.demand(actor, conversation, "conversation", Action.WRITE)
    drop_draft(actor=actor, conversation=conversation)
    row_id = uuid4()
    key = new_data_key(
        municipality_id=conversation.municipality_id,
        agency_id=conversation.agency_id,
        scope=Scope.DRAFT,
        scope_id=row_id,
    )
    ConversationDraft.objects.create(
        id=row_id,
        municipality_id=conversation.municipality_id,
        agency_id=conversation.agency_id,
        conversation=conversation,
        membership_id=acting_membership(actor),
        payload=seal(
            json.dumps(dict(fields)),
            key=key,
            field="cases.conversation_draft.payload",
            row_id=row_id,
        ),
        base_version=base_version,
        saved_at=now,
    )


def read_draft(*, actor: Actor, conversation: Conversation) -> Draft | None:
    row = (
        door.visible(actor, ConversationDraft)
        .filter(conversation=conversation)
        .select_related("conversation__case")
        .first()
    )
    if row is None:
        return None
    shown = door.reveal_one(actor, row, door.Purpose.DRAFT)
    return Draft(
        fields=json.loads(shown.text["payload"]),
        base_version=row.base_version,
        saved_at=row.saved_at,
    )


def drop_draft(*, actor: Actor, conversation: Conversation) -> None:
    mine = ConversationDraft.objects.select_for_update().filter(
        conversation=conversation, membership_id=acting_membership(actor)
    )
    for row in mine:
        destroy_draft(row)


def drop_drafts(*, conversation: Conversation) -> None:
    """Everybody's, when the conversation is over."""
    for row in ConversationDraft.objects.select_for_update().filter(conversation=conversation):
        destroy_draft(row)


def drop_drafts_of(*, case: Case, membership_id: UUID) -> None:
    """A colleague's who works on the case no longer: nobody else could open them, and nobody comes back to them."""
    left = ConversationDraft.objects.select_for_update().filter(
        conversation__case=case, membership_id=membership_id
    )
    for row in left:
        destroy_draft(row)


def destroy_draft(row: ConversationDraft) -> None:
    destroy_data_key(
        municipality_id=row.municipality_id,
        agency_id=row.agency_id,
        scope=Scope.DRAFT,
        scope_id=row.id,
    )
    row.delete()
