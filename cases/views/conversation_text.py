"""What was written in an orossamtal, by phase, for the page and as one plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from access.door import Revealed
from cases.models import Conversation, ConversationAddition
from cases.rules.codes import words
from cases.rules.conversation_phases import PHASES


def written_sections(conversation: Revealed[Conversation]) -> list[dict[str, Any]]:
    """The phases in which something is written: number, heading, and each note with its label."""
    sections = []
    for phase in PHASES:
        notes = [
            {"label": note.label, "text": conversation.text[note.name]}
            for note in phase.notes
            if conversation.text.get(note.name, "").strip()
        ]
        if notes:
            sections.append({"phase": phase, "notes": notes})
    return sections


# The agency's own record is kept in the product's first language, whoever takes the text out.
@override(settings.LANGUAGE_CODE)
def plain_text(
    conversation: Revealed[Conversation], additions: Sequence[Revealed[ConversationAddition]]
) -> str:
    row = conversation.row
    head = [
        (_("Orossamtal, ärende"), row.case.number),
        (_("Slags samtal"), words("conversation_kind", row.kind)),
        (_("Inbjudan"), f"{row.invited_on:%Y-%m-%d}, {row.get_invited_how_display().lower()}"),
        (_("Svar"), row.get_reply_display() if row.reply else ""),
        (_("Hållet"), f"{row.held_on:%Y-%m-%d}" if row.held_on else ""),
        (_("Plats"), conversation.text.get("place", "")),
        (_("Med var"), conversation.text.get("attended", "")),
        (_("Tolk"), conversation.text.get("interpreter", "")),
        (_("Utfall"), words("conversation_outcome", row.outcome) if row.outcome else ""),
        (_("Nästa datum"), f"{row.next_on:%Y-%m-%d}" if row.next_on else ""),
    ]
    blocks = ["\n".join(f"{label}: {text}" for label, text in head if text.strip())]
    for section in written_sections(conversation):
        notes = [f"{note['label']}\n{note['text'].strip()}" for note in section["notes"]]
        heading = f"{section['phase'].number}. {section['phase'].heading}".upper()
        blocks.append("\n\n".join([heading, *notes]))
    for addition in additions:
        when = timezone.localtime(addition.row.written_at)
        blocks.append(
            f"{_('Tillägg')} {when:%Y-%m-%d %H:%M}, {addition.row.author.user.name}\n"
            f"{addition.text['text'].strip()}"
        )
    saved = timezone.localtime(row.saved_at)
    blocks.append(f"{_('Nedtecknat av')} {row.saved_by.user.name}, {saved:%Y-%m-%d %H:%M}")
    return "\n\n".join(blocks)
