"""Siblings: a link that exists for who works with both, and a guard on naming the one in the other's case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from access import door
from access.actor import Actor
from access.policy import Action
from access.request_transaction import record
from cases.models import Case, Person, Sibling
from cases.rules.protection import level
from cases.services.acting import acting_membership
from reminders.working_days import local_date

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
SHORTEST_NAME = 3


class SamePersonTwice(Exception):
    """The other case is about the same person."""


class NoLink(Exception):
    """A person with a new identity is never linked to anybody."""


@dataclass(frozen=True, slots=True)
class Brother:
    """A sibling whom the actor works with, and the cases of theirs that the actor may open."""

    link: Sibling
    person: door.Revealed[Person]
    cases: list[Case]


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a text names a sibling; `line` counts from 1."""

    field: str
    line: int
    name: str

    def __repr__(self) -> str:
        return "Mention(‹förseglat›)"


def siblings_of(actor: Actor, case: Case) -> list[Brother]:
    """Those whom the actor works with too. Nobody else's are even counted."""
    links = list(
        door.visible(actor, Sibling).filter(
            Q(one_id=case.person_id) | Q(other_id=case.person_id), ended_at__isnull=True
        )
    )
    found = []
    for link in links:
        other_id = link.other_id if link.one_id == case.person_id else link.one_id
        person = door.visible(actor, Person).filter(pk=other_id).first()
        if person is not None:
            cases = list(door.visible(actor, Case).filter(person_id=other_id))
            shown = door.reveal_one(actor, person, door.Purpose.CASE_WORK)
            found.append(Brother(link, shown, cases))
    return found


def link_sibling(*, actor: Actor, case: Case, other: Case, now: datetime) -> None:
    """Notes that the two cases' persons are siblings. Both came through the door. Raises SamePersonTwice, NoLink."""
    door.demand(actor, case, "sibling", Action.CREATE)
    door.demand(actor, other, "sibling", Action.CREATE)
    if case.person_id == other.person_id:
        raise SamePersonTwice
    today = local_date(now)
    if any(level(one.person.protection, today).own_person for one in (case, other)):
        raise NoLink
    one_id, other_id = sorted((case.person_id, other.person_id))
    # The one with the lower id decides, so that two who link at once make one link.
    Person.objects.select_for_update().get(pk=one_id)
    held = Sibling.objects.filter(one_id=one_id, other_id=other_id, ended_at__isnull=True)
    if held.exists():
        return
    link = Sibling.objects.create(
        municipality_id=case.municipality_id,
        agency_id=case.agency_id,
        one_id=one_id,
        other_id=other_id,
        linked_by_id=acting_membership(actor),
        linked_at=now,
    )
    _record("sibling.link", link, case)


def unlink_sibling(*, actor: Actor, case: Case, link_id: UUID, now: datetime) -> None:
    link = door.open_one(actor, Sibling, link_id, lock=True)
    door.demand(actor, link, "sibling", Action.WRITE)
    if link.ended_at is None:
        link.ended_at = now
        link.save(update_fields=["ended_at"])
        _record("sibling.unlink", link, case)


def mentions(actor: Actor, case: Case, texts: Mapping[str, str]) -> list[Mention]:
    """Where the texts (field name → text) name a sibling by another name than the case's own person has."""
    brothers = siblings_of(actor, case)
    if not brothers:
        return []
    row = door.visible(actor, Person).filter(pk=case.person_id).first()
    own = set(_words(door.reveal_one(actor, row, door.Purpose.CASE_WORK).name)) if row else set()
    names = {
        word: written
        for one in brothers
        for word, written in _words(one.person.name).items()
        if word not in own and len(word) >= SHORTEST_NAME
    }
    return [
        Mention(field, line, names[name])
        for field, text in texts.items()
        for line, written in enumerate(text.splitlines(), start=1)
        for name in _named_in(written, names)
    ]


def note_mention(case: Case, reason: str) -> None:
    """That the writer went on, and why (`law/sibling_mention.toml`); not what was written."""
    record(
        "sibling.mention",
        object_type="cases.case",
        object_id=case.id,
        case=(case.id, case.number),
        basis=reason,
    )


def _named_in(line: str, names: Mapping[str, str]) -> list[str]:
    """The names that stand in the line, also in the genitive."""
    words = {word.casefold() for word in WORD.findall(line)}
    return [name for name in names if name in words or f"{name}s" in words]


def _words(name: str) -> dict[str, str]:
    return {word.casefold(): word for word in WORD.findall(name)}


def _record(action: str, link: Sibling, case: Case) -> None:
    record(action, object_type="cases.sibling", object_id=link.id, case=(case.id, case.number))
