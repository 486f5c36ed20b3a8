"""One event as one plain sentence, made of its metadata alone: an event holds no content and no child's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access.log_review.words import ACTIONS, BASES, OBJECTS, OPEN, PURPOSES, RELATIONS
from access.models.membership import Role, in_sentence
from access.policy import policy

SYSTEM = "system"


class Told(Protocol):
    """What a sentence is made of; `audit.event.Event` and `audit.models.AuditEvent` both have it."""

    @property
    def occurred_at(self) -> datetime: ...
    @property
    def actor_name(self) -> str: ...
    @property
    def actor_role(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def object_type(self) -> str: ...
    @property
    def case_id(self) -> UUID | None: ...
    @property
    def case_number(self) -> str: ...
    @property
    def field_groups(self) -> Sequence[str]: ...
    @property
    def relation(self) -> str: ...
    @property
    def basis(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def outcome(self) -> str: ...


def sentence(event: Told) -> str:
    """Like "Elias Brodin läste ärendet S26-7KQ2M lördag 21 november kl. 10.42, som den som arbetar med ärendet"."""
    return f"{_head(event)} {moment(event.occurred_at)}{_tail(event)}"


def short_sentence(event: Told) -> str:
    """The same where day and time already stand beside it."""
    return f"{_head(event)}{_tail(event)}"


def moment(at: datetime) -> str:
    """Like "lördag 21 november kl. 10.42", by the wall clock."""
    local = timezone.localtime(at)
    return _("%(day)s kl. %(time)s") % {
        "day": date_format(local, "l j F"),
        "time": date_format(local, "H.i"),
    }


def details(event: Told) -> str:
    """What the sentence leaves out: which field groups were shown, to what end, on which ground."""
    groups = policy().groups
    parts = []
    if event.field_groups:
        names = ", ".join(_lower(_(groups.get(key, key))) for key in event.field_groups)
        parts.append(_("Visade: %(names)s.") % {"names": names})
    if event.purpose:
        parts.append(_("Syfte: %(purpose)s.") % {"purpose": _word(PURPOSES, event.purpose)})
    if event.basis:
        parts.append(_("Grund: %(basis)s.") % {"basis": _word(BASES, event.basis)})
    return " ".join(parts)


def who(event: Told) -> str:
    """The person, or the part of the system."""
    if event.actor_role == SYSTEM:
        return _("Systemet (%(part)s)") % {"part": _lower(_(event.actor_name))}
    return event.actor_name or _("Någon som inte var inloggad")


def role(event: Told) -> str:
    """The role's word, in lower case."""
    try:
        return in_sentence(str(Role(event.actor_role).label))
    except ValueError:
        return event.actor_role


def _head(event: Told) -> str:
    act = ACTIONS.get(event.action)
    if act is None:
        # A test keeps this from happening; an old event must still be told.
        did = _("gjorde något som saknar ord (%(action)s)") % {"action": event.action}
        return f"{who(event)} {did}"
    if event.outcome == "done":
        return f"{who(event)} {str(act.done) % _placeholders(event)}"
    tried = str(act.tried or OPEN) % _placeholders(event)
    missing = _(" som inte finns") if event.outcome == "missing" else ""
    return _("%(who)s försökte %(do)s%(missing)s") % {
        "who": who(event),
        "do": tried,
        "missing": missing,
    }


def _tail(event: Told) -> str:
    match event.outcome:
        case "denied" if event.action == "search":
            return _(", och fick samma svar som när ingen finns")
        case "denied":
            return _(", men det är stängt för rollen %(role)s") % {"role": role(event)}
        case "failed":
            return _(", men något gick fel och inget visades")
    if event.relation in RELATIONS:
        return f", {RELATIONS[event.relation]}"
    return ""


def _placeholders(event: Told) -> dict[str, str]:
    number = event.case_number
    case = _("ärendet %(number)s") % {"number": number} if number else _("ett ärende")
    noun = str(OBJECTS.get(event.object_type, _("något")))
    # A file that somebody opened is told as a file, not as the case that it lies in.
    if event.case_id and event.action == "read" and event.object_type != "cases.attachment":
        noun = case
    elif number:
        noun = f"{noun} ({number})"
    return {"what": noun, "case": case, "number": number or _("ett ärende"), "about": _about(event)}


def _about(event: Told) -> str:
    """Which part of the log was read: the log of the log tells it without naming a colleague."""
    if event.case_number:
        return _(" om %(number)s") % {"number": event.case_number}
    return _(" om kollegor") if event.object_type == "access.membership" else ""


def _word(table: Mapping[str, Any], key: str) -> str:
    return str(table.get(key, key))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
